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
package io.prestosql.server;

import com.google.inject.Binder;
import io.airlift.configuration.AbstractConfigurationAwareModule;
import io.prestosql.coordinator.AssignedQueriesModule;
import io.prestosql.coordinator.SegmentRetrievalModule;
import io.prestosql.coordinator.nodes.CoordinatorNodesModule;
import io.prestosql.coordinator.system.CoordinatorSystemModule;
import io.prestosql.memory.LowMemoryModule;
import io.prestosql.node.NodeRoles;
import io.prestosql.ui.ClusterUiModule;

import static java.util.Objects.requireNonNull;

/**
 * Installs the parts that a coordinator has beside the engine's own coordinator.
 */
public class CoordinatorRoleModule
        extends AbstractConfigurationAwareModule
{
    private final NodeRoles roles;

    public CoordinatorRoleModule(NodeRoles roles)
    {
        this.roles = requireNonNull(roles, "roles is null");
    }

    @Override
    protected void setup(Binder binder)
    {
        install(new LowMemoryModule());
        install(new CoordinatorNodesModule());
        install(new AssignedQueriesModule(roles));
        install(new CoordinatorSystemModule());
        install(new SegmentRetrievalModule());
        install(new ClusterUiModule());
    }
}
