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
import io.prestosql.cluster.ClusterModule;
import io.prestosql.dispatcher.admission.AdmissionModule;
import io.prestosql.dispatcher.clusters.ClustersApiModule;
import io.prestosql.dispatcher.engineless.DispatcherServicesModule;
import io.prestosql.dispatcher.gateway.GatewayApiModule;
import io.prestosql.dispatcher.leader.LeaderRoutingModule;
import io.prestosql.dispatcher.statement.StatementModule;
import io.prestosql.fleet.FleetModule;
import io.prestosql.history.HistoryModule;
import io.prestosql.node.NodeRoles;
import io.prestosql.operations.OperationsModule;
import io.prestosql.querylog.QueryLogModule;
import io.prestosql.queue.QueueModule;
import io.prestosql.selection.SelectionModule;
import io.prestosql.selection.gateway.GatewayModule;
import io.prestosql.selection.rules.RulesModule;
import io.prestosql.ui.DispatcherUiModule;

import static java.util.Objects.requireNonNull;

/**
 * Installs the parts of a dispatcher. A coordinator's engine has the services that the dispatcher uses of it; in every other
 * process, {@link DispatcherServicesModule} binds them.
 */
public class DispatcherRoleModule
        extends AbstractConfigurationAwareModule
{
    private final NodeRoles roles;

    public DispatcherRoleModule(NodeRoles roles)
    {
        this.roles = requireNonNull(roles, "roles is null");
    }

    @Override
    protected void setup(Binder binder)
    {
        install(new QueryLogModule(QueryLogStores::moduleOf));
        install(new QueueModule());
        install(new ClusterModule());
        install(new SelectionModule());
        install(new RulesModule());
        install(new GatewayModule());
        install(new FleetModule());
        install(new AdmissionModule(roles));
        install(new LeaderRoutingModule());
        install(new ClustersApiModule());
        install(new GatewayApiModule());
        install(new HistoryModule(HistoryStores::moduleOf));
        install(new StatementModule(roles));
        install(new OperationsModule());
        if (!roles.isCoordinator()) {
            install(new DispatcherServicesModule());
            install(new DispatcherUiModule());
        }
    }
}
