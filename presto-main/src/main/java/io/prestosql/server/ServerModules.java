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

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.inject.Module;
import io.airlift.http.server.HttpServerModule;
import io.airlift.jaxrs.JaxrsModule;
import io.airlift.jmx.JmxHttpModule;
import io.airlift.jmx.JmxModule;
import io.airlift.json.JsonModule;
import io.airlift.log.LogJmxModule;
import io.airlift.node.NodeModule;
import io.airlift.openmetrics.JmxOpenMetricsModule;
import io.airlift.tracing.TracingModule;
import io.prestosql.catalog.CatalogModule;
import io.prestosql.catalog.CatalogReplacementsModule;
import io.prestosql.catalog.postgresql.PostgresqlCatalogModule;
import io.prestosql.coordinator.AssignedQueriesReplacementsModule;
import io.prestosql.coordinator.nodes.CoordinatorNodesReplacementsModule;
import io.prestosql.coordinator.system.CoordinatorSystemReplacementsModule;
import io.prestosql.discovery.DiscoveryClientModule;
import io.prestosql.dispatcher.admission.AdmissionReplacementsModule;
import io.prestosql.dispatcher.engineless.EnginelessServicesModule;
import io.prestosql.dispatcher.engineless.WorkerReplacementsModule;
import io.prestosql.login.LoginModule;
import io.prestosql.login.LoginReplacementsModule;
import io.prestosql.memory.LowMemoryReplacementsModule;
import io.prestosql.node.NodeRoles;
import io.prestosql.node.NodeRolesModule;
import io.prestosql.queries.QueriesModule;
import io.prestosql.rpc.RpcModule;
import io.prestosql.selection.SelectionPluginsModule;
import io.prestosql.worker.LeftoverTasksModule;
import io.trino.connector.CatalogManagerModule;
import io.trino.connector.system.QuerySystemTable;
import io.trino.connector.system.TaskSystemTable;
import io.trino.connector.system.TransactionsSystemTable;
import io.trino.dispatcher.QueuedStatementResource;
import io.trino.eventlistener.EventListenerModule;
import io.trino.exchange.ExchangeManagerModule;
import io.trino.execution.warnings.WarningCollectorModule;
import io.trino.security.AccessControlModule;
import io.trino.server.CoordinatorDiscoveryModule;
import io.trino.server.NodeStateManagerModule;
import io.trino.server.PrefixObjectNameGeneratorModule;
import io.trino.server.QueryResource;
import io.trino.server.QueryStateInfoResource;
import io.trino.server.ServerMainModule;
import io.trino.server.security.ServerSecurityModule;
import io.trino.server.security.oauth2.OAuth2TokenExchangeResource;
import io.trino.server.ui.ClusterStatsResource;
import io.trino.server.ui.NoWebUiAuthenticationFilter;
import io.trino.server.ui.UiQueryResource;
import io.trino.server.ui.WorkerResource;
import io.trino.transaction.TransactionManagerModule;
import org.weakref.jmx.guice.MBeanModule;

import java.util.List;
import java.util.Set;

/**
 * Creates the modules of a process with given roles.
 */
public final class ServerModules
{
    private ServerModules() {}

    /**
     * @param version the version that the process announces; only nodes of one version work together
     */
    public static List<Module> create(NodeRoles roles, String version)
    {
        ImmutableList.Builder<Module> modules = ImmutableList.<Module>builder()
                .add(
                        new NodeModule(),
                        new NodeRolesModule(roles),
                        new RpcModule(),
                        new DiscoveryClientModule(roles),
                        new HttpServerModule(),
                        new JsonModule(),
                        new JaxrsModule(),
                        new MBeanModule(),
                        new PrefixObjectNameGeneratorModule("io.trino"),
                        new JmxModule(),
                        new JmxHttpModule(),
                        new JmxOpenMetricsModule(),
                        new LogJmxModule(),
                        new TracingModule("trino", version),
                        new ServerSecurityModule(),
                        new AccessControlModule(),
                        new EventListenerModule(),
                        new SelectionPluginsModule());
        if (roles.isDispatcher()) {
            modules.add(new DispatcherRoleModule(roles));
        }
        if (roles.isDispatcher() || roles.isCoordinator()) {
            modules.add(new QueriesModule(roles), new LoginModule(roles));
        }
        if (!roles.needsEngine()) {
            modules.add(new EnginelessServicesModule(version));
            return assemble(modules.build(), roles);
        }

        modules.add(
                new ExchangeManagerModule(),
                new CoordinatorDiscoveryModule(),
                new CatalogManagerModule(),
                new TransactionManagerModule(),
                new ServerMainModule(version),
                new NodeStateManagerModule(),
                new WarningCollectorModule(),
                new CatalogModule(roles, ImmutableList.of(new PostgresqlCatalogModule())),
                new LeftoverTasksModule());
        if (roles.isCoordinator()) {
            modules.add(new CoordinatorRoleModule(roles));
        }
        return assemble(modules.build(), roles);
    }

    private static List<Module> assemble(List<Module> modules, NodeRoles roles)
    {
        return ImmutableList.of(new EngineModule(modules, replacements(roles), leftOut(roles), leftOutIfThere(roles)));
    }

    static List<Module> replacements(NodeRoles roles)
    {
        ImmutableList.Builder<Module> replacements = ImmutableList.builder();
        if (roles.needsEngine()) {
            replacements.add(new CatalogReplacementsModule(roles));
        }
        if (roles.isCoordinator()) {
            replacements.add(
                    new LowMemoryReplacementsModule(),
                    new CoordinatorNodesReplacementsModule(),
                    new AssignedQueriesReplacementsModule(roles),
                    new CoordinatorSystemReplacementsModule());
            if (roles.isDispatcher()) {
                replacements.add(new AdmissionReplacementsModule());
            }
        }
        else if (roles.isDispatcher() && roles.needsEngine()) {
            replacements.add(new WorkerReplacementsModule());
        }
        if (roles.isDispatcher()) {
            replacements.add(new LoginReplacementsModule());
        }
        return replacements.build();
    }

    static Set<Class<?>> leftOut(NodeRoles roles)
    {
        ImmutableSet.Builder<Class<?>> leftOut = ImmutableSet.builder();
        if (roles.isCoordinator()) {
            leftOut.add(
                    QueuedStatementResource.class,
                    QueryResource.class,
                    QueryStateInfoResource.class,
                    WorkerResource.class,
                    QuerySystemTable.class,
                    TransactionsSystemTable.class,
                    TaskSystemTable.class);
        }
        else if (roles.isDispatcher() && roles.needsEngine()) {
            // a worker that is a dispatcher, too, has a UI
            leftOut.add(NoWebUiAuthenticationFilter.class);
        }
        return leftOut.build();
    }

    /**
     * Returns the classes to leave out that the engine adds when its Web UI is on, or when clients log in with OAuth2.
     */
    static Set<Class<?>> leftOutIfThere(NodeRoles roles)
    {
        ImmutableSet.Builder<Class<?>> leftOut = ImmutableSet.builder();
        if (roles.isCoordinator()) {
            leftOut.add(UiQueryResource.class, ClusterStatsResource.class);
        }
        if (roles.isDispatcher()) {
            leftOut.add(OAuth2TokenExchangeResource.class);
        }
        return leftOut.build();
    }
}
