/*
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package io.prestosql.dispatcher.admission;

import com.google.inject.Inject;
import io.trino.execution.QueryManagerConfig;
import io.trino.execution.resourcegroups.LegacyResourceGroupConfigurationManager;
import io.trino.spi.resourcegroups.ResourceGroup;
import io.trino.spi.resourcegroups.SelectionContext;

import static java.util.Objects.requireNonNull;

/**
 * Configures the only group that exists when no plugin configures any, behind the gate.
 */
public class GatedDefaultGroup
        extends LegacyResourceGroupConfigurationManager
{
    private final AdmissionGate gate;

    @Inject
    public GatedDefaultGroup(QueryManagerConfig config, AdmissionGate gate)
    {
        super(config);
        this.gate = requireNonNull(gate, "gate is null");
    }

    // the engine keeps the type of the context to itself
    @SuppressWarnings({"rawtypes", "unchecked"})
    @Override
    public void configure(ResourceGroup group, SelectionContext criteria)
    {
        super.configure(gate.gate(group), criteria);
    }
}
