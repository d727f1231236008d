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

import com.google.inject.Inject;
import com.google.inject.Module;
import com.google.inject.Provider;
import io.airlift.configuration.ConfigurationAwareModule;
import io.prestosql.cluster.ClusterPart;
import io.prestosql.cluster.ClusterUse;
import io.prestosql.cluster.KnownCluster;

import static java.util.Objects.requireNonNull;

/**
 * Gives each cluster the classes with which this dispatcher follows its coordinators and calls them.
 */
class FleetPart
        implements ClusterPart, ClusterUse
{
    private final Provider<Leadership> leadership;
    private final CoordinatorListeners listeners;

    @Inject
    FleetPart(Provider<Leadership> leadership, CoordinatorListeners listeners)
    {
        this.leadership = requireNonNull(leadership, "leadership is null");
        this.listeners = requireNonNull(listeners, "listeners is null");
    }

    @Override
    public Module createModule()
    {
        return ConfigurationAwareModule.combine(
                new ClusterFleetModule(),
                binder -> {
                    binder.bind(Leadership.class).toProvider(leadership);
                    binder.bind(CoordinatorListeners.class).toInstance(listeners);
                });
    }

    @Override
    public boolean isUsed(KnownCluster cluster)
    {
        return !cluster.services().get(ClusterCoordinators.class).isIdle();
    }
}
