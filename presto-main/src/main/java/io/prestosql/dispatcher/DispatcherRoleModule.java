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
package io.prestosql.dispatcher;

import com.google.inject.Binder;
import com.google.inject.Key;
import com.google.inject.Provides;
import com.google.inject.Singleton;
import io.airlift.bootstrap.LifeCycleManager;
import io.airlift.configuration.AbstractConfigurationAwareModule;
import io.airlift.http.server.HttpServerConfig;
import io.airlift.node.NodeInfo;
import io.airlift.units.DataSize;
import io.opentelemetry.api.trace.Tracer;
import io.prestosql.cluster.CoordinatorClient;
import io.prestosql.cluster.CoordinatorMonitorConfig;
import io.prestosql.cluster.Coordinators;
import io.prestosql.cluster.ForCoordinators;
import io.prestosql.cluster.Leadership;
import io.prestosql.coordinator.CoordinatorReport;
import io.prestosql.coordinator.DispatchRequest;
import io.prestosql.coordinator.DispatchResponse;
import io.prestosql.coordinator.ReportRequest;
import io.prestosql.coordinator.StopRequest;
import io.prestosql.querylog.MemoryQueryLog;
import io.prestosql.queue.QueryDispatched;
import io.prestosql.queue.QueueLeadership;
import io.prestosql.queue.SubmittedQuery;
import io.prestosql.server.NodeRoles;
import io.prestosql.spi.querylog.QueryLog;
import io.trino.dispatcher.DispatchExecutor;
import io.trino.dispatcher.DispatchManager;
import io.trino.dispatcher.FailedDispatchQueryFactory;
import io.trino.event.QueryMonitor;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.execution.QueryIdGenerator;
import io.trino.execution.QueryManager;
import io.trino.execution.QueryManagerConfig;
import io.trino.execution.QueryPreparer;
import io.trino.execution.resourcegroups.InternalResourceGroupManager;
import io.trino.metadata.Metadata;
import io.trino.metadata.SessionPropertyManager;
import io.trino.security.AccessControl;
import io.trino.server.BasicQueryInfo;
import io.trino.server.QuerySessionSupplier;
import io.trino.server.SessionPropertyDefaults;
import io.trino.server.SessionSupplier;
import io.trino.sql.SqlEnvironmentConfig;
import jakarta.annotation.PreDestroy;
import jakarta.servlet.Filter;

import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;

import static com.google.inject.Scopes.SINGLETON;
import static com.google.inject.multibindings.Multibinder.newSetBinder;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.airlift.configuration.ConfigBinder.configBinder;
import static io.airlift.discovery.client.DiscoveryBinder.discoveryBinder;
import static io.airlift.jaxrs.JaxrsBinder.jaxrsBinder;
import static io.airlift.json.JsonCodecBinder.jsonCodecBinder;
import static io.airlift.units.DataSize.Unit.MEGABYTE;
import static io.airlift.units.Duration.succinctDuration;
import static io.prestosql.cluster.Coordinators.COORDINATOR_SERVICE;
import static io.prestosql.coordinator.ClientRefusalResource.DISPATCHER_SERVICE;
import static io.trino.server.InternalCommunicationHttpClientModule.internalHttpClientModule;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static java.util.concurrent.Executors.newScheduledThreadPool;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.weakref.jmx.guice.ExportBinder.newExporter;

/**
 * The dispatcher. What it uses of the engine is bound elsewhere: by the engine itself in a process that has it, and by
 * {@link DispatcherServicesModule} otherwise.
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
        discoveryBinder(binder).bindHttpAnnouncement(DISPATCHER_SERVICE);
        discoveryBinder(binder).bindSelector(COORDINATOR_SERVICE);

        configBinder(binder).bindConfig(CoordinatorMonitorConfig.class);
        install(internalHttpClientModule("coordinators", ForCoordinators.class)
                .withConfigDefaults(config -> {
                    config.setIdleTimeout(succinctDuration(60, SECONDS));
                    config.setRequestTimeout(succinctDuration(60, SECONDS));
                    config.setMaxConnectionsPerServer(250);
                    config.setMaxRequestsQueuedPerDestination(65536);
                    config.setMaxContentLength(DataSize.of(256, MEGABYTE));
                })
                .build());
        binder.bind(CoordinatorClient.class).in(SINGLETON);
        binder.bind(LogLeadership.class).in(SINGLETON);
        binder.bind(Leadership.class).to(LogLeadership.class);
        binder.bind(Coordinators.class).in(SINGLETON);
        newExporter(binder).export(Coordinators.class).withGeneratedName();
        jsonCodecBinder(binder).bindJsonCodec(DispatchRequest.class);
        jsonCodecBinder(binder).bindJsonCodec(DispatchResponse.class);
        jsonCodecBinder(binder).bindJsonCodec(CoordinatorReport.class);
        jsonCodecBinder(binder).bindJsonCodec(ExecutionFailureInfo.class);
        jsonCodecBinder(binder).bindJsonCodec(ReportRequest.class);
        jsonCodecBinder(binder).bindJsonCodec(StopRequest.class);
        jsonCodecBinder(binder).bindListJsonCodec(BasicQueryInfo.class);

        binder.bind(QueryLog.class).to(MemoryQueryLog.class).in(SINGLETON);
        binder.bind(MemoryQueryLog.class).in(SINGLETON);
        jsonCodecBinder(binder).bindJsonCodec(SubmittedQuery.class);
        jsonCodecBinder(binder).bindJsonCodec(QueryDispatched.class);
        binder.bind(QueueLeadership.class).in(SINGLETON);
        newExporter(binder).export(QueueLeadership.class).withGeneratedName();

        binder.bind(QueryRouter.class).in(SINGLETON);
        newExporter(binder).export(QueryRouter.class).withGeneratedName();
        binder.bind(RemoteDispatchQueryFactory.class).in(SINGLETON);
        binder.bind(ClientQueries.class).in(SINGLETON);
        newExporter(binder).export(ClientQueries.class).withGeneratedName();
        binder.bind(ClusterQueries.class).in(SINGLETON);
        binder.bind(AuthorizedQueries.class).in(SINGLETON);
        jaxrsBinder(binder).bind(StatementResource.class);
        jaxrsBinder(binder).bind(LostQueryResource.class);
        jaxrsBinder(binder).bind(QueryInfoResource.class);
        if (!roles.isCoordinator()) {
            jaxrsBinder(binder).bind(UnknownQueryResource.class);
        }

        binder.bind(ProxyClientConfig.class).in(SINGLETON);
        binder.bind(ExecutingQueryProxy.class).in(SINGLETON);
        newExporter(binder).export(ExecutingQueryProxy.class).withGeneratedName();
        newSetBinder(binder, Filter.class).addBinding().to(StartingUpFilter.class).in(SINGLETON);
        newSetBinder(binder, Filter.class).addBinding().to(ExecutingQueryFilter.class).in(SINGLETON);

        // the engine's own name of the statistics, which monitoring looks for; beside a coordinator's own it needs another
        Class<?> exportedName = roles.isCoordinator() ? DispatchManager.class : QueryManager.class;
        newExporter(binder).export(Key.get(DispatchManager.class, ForDispatcher.class)).as(generator -> generator.generatedNameOf(exportedName));

        // prepared statements travel in headers
        configBinder(binder).bindConfigDefaults(HttpServerConfig.class, config -> {
            config.setMaxRequestHeaderSize(DataSize.of(2, MEGABYTE));
            config.setMaxResponseHeaderSize(DataSize.of(2, MEGABYTE));
        });
    }

    @Provides
    @Singleton
    public LocalCoordinator createLocalCoordinator(NodeInfo nodeInfo)
    {
        return new LocalCoordinator(roles.isCoordinator() ? Optional.of(nodeInfo.getNodeId()) : Optional.empty());
    }

    /**
     * The engine's own dispatch manager, with the dispatcher's resource groups behind it, and coordinators behind those.
     */
    @Provides
    @Singleton
    @ForDispatcher
    public static DispatchManager createDispatchManager(
            QueryIdGenerator queryIdGenerator,
            QueryPreparer queryPreparer,
            @SuppressWarnings("rawtypes") InternalResourceGroupManager resourceGroupManager,
            RemoteDispatchQueryFactory dispatchQueryFactory,
            FailedDispatchQueryFactory failedDispatchQueryFactory,
            AccessControl accessControl,
            @ForDispatcher SessionSupplier sessionSupplier,
            SessionPropertyDefaults sessionPropertyDefaults,
            SessionPropertyManager sessionPropertyManager,
            Tracer tracer,
            QueryManagerConfig queryManagerConfig,
            DispatchExecutor dispatchExecutor,
            QueryMonitor queryMonitor)
    {
        return new DispatchManager(
                queryIdGenerator,
                queryPreparer,
                resourceGroupManager,
                dispatchQueryFactory,
                failedDispatchQueryFactory,
                accessControl,
                sessionSupplier,
                sessionPropertyDefaults,
                sessionPropertyManager,
                tracer,
                queryManagerConfig,
                dispatchExecutor,
                queryMonitor);
    }

    @Provides
    @Singleton
    @ForDispatcher
    public static SessionSupplier createSessionSupplier(
            @ForDispatcher Metadata metadata,
            AccessControl accessControl,
            SessionPropertyManager sessionPropertyManager,
            SqlEnvironmentConfig config)
    {
        return new QuerySessionSupplier(metadata, accessControl, sessionPropertyManager, config);
    }

    @Provides
    @Singleton
    @ForDispatcher
    public static Metadata createMetadata()
    {
        return DispatcherMetadata.create();
    }

    @Provides
    @Singleton
    @ForCoordinators
    public static ScheduledExecutorService createScheduler(LifeCycleManager lifeCycleManager)
    {
        ScheduledExecutorService scheduler = newScheduledThreadPool(4, daemonThreadsNamed("coordinators-scheduler-%s"));
        stopWith(lifeCycleManager, scheduler);
        return scheduler;
    }

    @Provides
    @Singleton
    @ForCoordinators
    public static Executor createExecutor(LifeCycleManager lifeCycleManager)
    {
        ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("coordinators-%s"));
        stopWith(lifeCycleManager, executor);
        return executor;
    }

    private static void stopWith(LifeCycleManager lifeCycleManager, ExecutorService executor)
    {
        lifeCycleManager.addInstance(new Object()
        {
            @PreDestroy
            public void stop()
            {
                executor.shutdownNow();
            }
        });
    }
}
