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
package io.prestosql.selection.gateway;

import com.google.inject.Binder;
import com.google.inject.Module;
import com.google.inject.multibindings.Multibinder;
import io.prestosql.spi.selection.ClusterSelectionPolicyFactory;

import static com.google.inject.multibindings.Multibinder.newSetBinder;
import static org.weakref.jmx.guice.ExportBinder.newExporter;

/**
 * Binds the selection of clusters as Trino Gateway does it.
 */
public class GatewayModule
        implements Module
{
    @Override
    public void configure(Binder binder)
    {
        TrinoGatewayCounters counters = new TrinoGatewayCounters();
        Multibinder<ClusterSelectionPolicyFactory> factories = newSetBinder(binder, ClusterSelectionPolicyFactory.class);
        factories.addBinding().toInstance(TrinoGatewayPolicyFactory.forRules(counters));
        factories.addBinding().toInstance(TrinoGatewayPolicyFactory.forService(counters));
        binder.bind(TrinoGatewayCounters.class).toInstance(counters);
        newExporter(binder).export(TrinoGatewayCounters.class).as("io.prestosql.selection:name=TrinoGatewayCounters");
    }
}
