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
package io.prestosql.fleet;

import com.google.inject.Binder;
import io.airlift.configuration.AbstractConfigurationAwareModule;
import io.prestosql.cluster.ClusterPart;
import io.prestosql.cluster.ClusterUse;

import static com.google.inject.Scopes.SINGLETON;
import static com.google.inject.multibindings.Multibinder.newSetBinder;
import static org.weakref.jmx.guice.ExportBinder.newExporter;

/**
 * Binds the classes with which a dispatcher follows the coordinators of all clusters and calls them.
 */
public class FleetModule
        extends AbstractConfigurationAwareModule
{
    @Override
    protected void setup(Binder binder)
    {
        binder.bind(CoordinatorListeners.class).in(SINGLETON);
        install(new ClusterFleetModule());
        newSetBinder(binder, ClusterPart.class).addBinding().to(FleetPart.class).in(SINGLETON);
        newSetBinder(binder, ClusterUse.class).addBinding().to(FleetPart.class).in(SINGLETON);
        binder.bind(Coordinators.class).in(SINGLETON);
        binder.bind(TransactionHolders.class).in(SINGLETON);
        newExporter(binder).export(Coordinators.class).as("io.prestosql.cluster:name=Coordinators");
    }
}
