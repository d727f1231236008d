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
import io.airlift.http.client.HttpRequestFilter;
import io.airlift.http.server.HttpServerConfig;
import io.airlift.http.server.HttpServerConfig.ProcessForwardedMode;
import io.prestosql.coordinator.AssignedQueries;
import io.prestosql.coordinator.AssignedResourceGroupManager;
import io.prestosql.coordinator.ClientRefusalResource;
import io.prestosql.coordinator.CoordinatorLeaseConfig;
import io.prestosql.coordinator.CoordinatorReporter;
import io.prestosql.coordinator.DispatchResource;
import io.prestosql.coordinator.DispatcherPresence;
import io.prestosql.coordinator.EngineQueryStarter;
import io.prestosql.coordinator.LeaseFilter;
import io.prestosql.coordinator.OrderRefusedExceptionMapper;
import io.prestosql.coordinator.QueryStarter;
import io.prestosql.coordinator.RunDynamicFilterService;
import io.prestosql.coordinator.RunTaskFactory;
import io.prestosql.coordinator.TaskAttempts;
import io.prestosql.coordinator.TaskOwnerRequestFilter;
import io.prestosql.coordinator.nodes.ForNodeLiveness;
import io.prestosql.coordinator.nodes.NodeLivenessDetector;
import io.prestosql.coordinator.nodes.NodeViewRefresh;
import io.prestosql.coordinator.nodes.OwnNodeView;
import io.prestosql.coordinator.nodes.SchedulingClusterSize;
import io.prestosql.coordinator.nodes.SchedulingNodeManager;
import io.prestosql.coordinator.system.AnsweringNodesTaskSystemTable;
import io.prestosql.coordinator.system.ClusterKillQueryProcedure;
import io.prestosql.coordinator.system.ClusterQuerySystemTable;
import io.prestosql.coordinator.system.ClusterTransactionSystemTable;
import io.prestosql.coordinator.system.QueryWarnings;
import io.prestosql.discovery.NodeRoleDirectory;
import io.prestosql.memory.LowMemoryModule;
import io.prestosql.node.NodeRoles;
import io.prestosql.operations.OperationsUiModule;
import io.prestosql.protocol.CoordinatorReport;
import io.prestosql.protocol.DispatchRequest;
import io.prestosql.protocol.DispatchResponse;
import io.prestosql.queries.ClusterSize;
import io.prestosql.queries.NodeView;
import io.prestosql.queries.QueuedTimes;
import io.prestosql.ui.ClusterUiModule;
import io.trino.operator.ForScheduler;
import io.trino.server.HttpRemoteTaskFactory;
import io.trino.spi.connector.SystemTable;
import jakarta.servlet.Filter;

import static com.google.inject.Scopes.SINGLETON;
import static com.google.inject.multibindings.Multibinder.newSetBinder;
import static io.airlift.configuration.ConfigBinder.configBinder;
import static io.airlift.discovery.client.DiscoveryBinder.discoveryBinder;
import static io.airlift.jaxrs.JaxrsBinder.jaxrsBinder;
import static io.airlift.json.JsonCodecBinder.jsonCodecBinder;
import static io.airlift.units.Duration.succinctDuration;
import static io.prestosql.node.ServiceNames.DISPATCHER_SERVICE;
import static io.trino.server.InternalCommunicationHttpClientModule.internalHttpClientModule;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.weakref.jmx.guice.ExportBinder.newExporter;

/**
 * What a coordinator has beside the engine's own coordinator.
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
        binder.bind(DispatcherPresence.class).toInstance(new DispatcherPresence(roles.isDispatcher()));
        configBinder(binder).bindConfig(CoordinatorLeaseConfig.class);
        binder.bind(QueryStarter.class).to(EngineQueryStarter.class).in(SINGLETON);
        binder.bind(AssignedQueries.class).in(SINGLETON);
        binder.bind(QueuedTimes.class).to(AssignedQueries.class);
        newExporter(binder).export(AssignedQueries.class).as("io.prestosql.coordinator:name=DispatchedQueries");
        binder.bind(CoordinatorReporter.class).in(SINGLETON);
        binder.bind(AssignedResourceGroupManager.class).in(SINGLETON);
        jaxrsBinder(binder).bind(DispatchResource.class);
        jaxrsBinder(binder).bind(OrderRefusedExceptionMapper.class);
        newSetBinder(binder, Filter.class).addBinding().to(LeaseFilter.class).in(SINGLETON);
        binder.bind(TaskAttempts.class).in(SINGLETON);
        binder.bind(HttpRemoteTaskFactory.class).in(SINGLETON);
        binder.bind(RunTaskFactory.class).in(SINGLETON);
        binder.bind(RunDynamicFilterService.class).in(SINGLETON);
        // of the client that the scheduler talks to tasks with
        newSetBinder(binder, HttpRequestFilter.class, ForScheduler.class).addBinding().to(TaskOwnerRequestFilter.class).in(SINGLETON);
        jsonCodecBinder(binder).bindJsonCodec(DispatchRequest.class);
        jsonCodecBinder(binder).bindJsonCodec(DispatchResponse.class);
        jsonCodecBinder(binder).bindJsonCodec(CoordinatorReport.class);

        if (!roles.isDispatcher()) {
            discoveryBinder(binder).bindSelector(DISPATCHER_SERVICE);
            jaxrsBinder(binder).bind(ClientRefusalResource.class);
        }

        // dispatchers say which address the client has used
        configBinder(binder).bindConfigDefaults(HttpServerConfig.class, config -> config.setProcessForwarded(ProcessForwardedMode.ACCEPT));

        binder.bind(QueryWarnings.class).in(SINGLETON);
        newSetBinder(binder, SystemTable.class).addBinding().to(ClusterQuerySystemTable.class).in(SINGLETON);
        newSetBinder(binder, SystemTable.class).addBinding().to(ClusterTransactionSystemTable.class).in(SINGLETON);
        newSetBinder(binder, SystemTable.class).addBinding().to(AnsweringNodesTaskSystemTable.class).in(SINGLETON);
        binder.bind(ClusterKillQueryProcedure.class).in(SINGLETON);

        install(new LowMemoryModule());
        binder.bind(ClusterSize.class).to(SchedulingClusterSize.class).in(SINGLETON);
        binder.bind(NodeView.class).to(OwnNodeView.class).in(SINGLETON);
        install(new ClusterUiModule());
        if (roles.isDispatcher()) {
            install(new OperationsUiModule());
        }

        binder.bind(NodeRoleDirectory.class).in(SINGLETON);
        binder.bind(SchedulingNodeManager.class).in(SINGLETON);
        binder.bind(NodeLivenessDetector.class).in(SINGLETON);
        newExporter(binder).export(NodeLivenessDetector.class).as("io.prestosql.discovery:name=NodeLivenessDetector");
        binder.bind(NodeViewRefresh.class).in(SINGLETON);
        install(internalHttpClientModule("node-liveness", ForNodeLiveness.class)
                .withConfigDefaults(config -> {
                    config.setIdleTimeout(succinctDuration(30, SECONDS));
                    config.setRequestTimeout(succinctDuration(5, SECONDS));
                })
                .build());
    }
}
