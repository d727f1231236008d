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
package io.prestosql.coordinator.system;

import com.google.inject.Binder;
import com.google.inject.Module;
import io.trino.connector.system.KillQueryProcedure;
import io.trino.execution.warnings.WarningCollectorFactory;

/**
 * Replaces parts of the engine on a coordinator, whose system tables and procedures cover the whole cluster. {@code developer/engine.md}
 * lists them with reasons.
 */
public class CoordinatorSystemReplacementsModule
        implements Module
{
    @Override
    public void configure(Binder binder)
    {
        binder.bind(WarningCollectorFactory.class).to(QueryWarnings.class);
        binder.bind(KillQueryProcedure.class).to(ClusterKillQueryProcedure.class);
    }
}
