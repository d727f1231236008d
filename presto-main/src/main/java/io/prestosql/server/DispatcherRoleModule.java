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
import com.google.inject.Provides;
import com.google.inject.Singleton;
import com.google.inject.TypeLiteral;
import io.airlift.bootstrap.LifeCycleManager;
import io.airlift.configuration.AbstractConfigurationAwareModule;
import io.airlift.http.server.HttpServerConfig;
import io.airlift.node.NodeInfo;
import io.airlift.units.DataSize;
import io.prestosql.coordinator.CoordinatorLeaseConfig;
import io.prestosql.dispatcher.admission.DispatchManagerFactory;
import io.prestosql.dispatcher.admission.DispatcherMetadata;
import io.prestosql.dispatcher.admission.ForDispatcher;
import io.prestosql.dispatcher.admission.GroupLoads;
import io.prestosql.dispatcher.admission.LeaderClaims;
import io.prestosql.dispatcher.admission.QueryLocations;
import io.prestosql.dispatcher.admission.QueryOutcome;
import io.prestosql.dispatcher.admission.QueryRouter;
import io.prestosql.dispatcher.admission.QueueAdmission;
import io.prestosql.dispatcher.admission.RemoteDispatchQueryFactory;
import io.prestosql.dispatcher.admission.WarmUp;
import io.prestosql.dispatcher.engineless.DispatcherServicesModule;
import io.prestosql.dispatcher.engineless.ReportedClusterSize;
import io.prestosql.dispatcher.leader.LeaderRoutingConfig;
import io.prestosql.dispatcher.leader.LeaderRoutingQueueService;
import io.prestosql.dispatcher.leader.LocalQueueService;
import io.prestosql.dispatcher.leader.QueueAnswer;
import io.prestosql.dispatcher.leader.QueueResource;
import io.prestosql.dispatcher.leader.RemoteQueueServiceFactory;
import io.prestosql.dispatcher.statement.ClientDrain;
import io.prestosql.dispatcher.statement.ExecutingQueryFilter;
import io.prestosql.dispatcher.statement.ExecutingQueryProxy;
import io.prestosql.dispatcher.statement.LostQueryResource;
import io.prestosql.dispatcher.statement.ProxyClientConfig;
import io.prestosql.dispatcher.statement.QueueResults;
import io.prestosql.dispatcher.statement.StartingUpFilter;
import io.prestosql.dispatcher.statement.StatementResource;
import io.prestosql.dispatcher.statement.UnknownQueryResource;
import io.prestosql.fleet.CoordinatorClient;
import io.prestosql.fleet.CoordinatorMonitorConfig;
import io.prestosql.fleet.Coordinators;
import io.prestosql.fleet.ForCoordinators;
import io.prestosql.fleet.Leadership;
import io.prestosql.node.LocalCoordinator;
import io.prestosql.node.NodeRoles;
import io.prestosql.operations.DispatcherReport;
import io.prestosql.operations.DispatcherReportClient;
import io.prestosql.operations.DispatcherReportResource;
import io.prestosql.operations.DispatcherReporter;
import io.prestosql.operations.KnownDispatchers;
import io.prestosql.protocol.CoordinatorReport;
import io.prestosql.protocol.DispatchRequest;
import io.prestosql.protocol.DispatchResponse;
import io.prestosql.protocol.ReportRequest;
import io.prestosql.protocol.StopRequest;
import io.prestosql.protocol.SubmittedQuery;
import io.prestosql.queries.ClusterSize;
import io.prestosql.queries.QueueView;
import io.prestosql.querylog.QueryLogModule;
import io.prestosql.queue.FailoverHistory;
import io.prestosql.queue.QueueDriver;
import io.prestosql.queue.QueueRecordCodec;
import io.prestosql.queue.QueueRecordCodec.StoredDispatch;
import io.prestosql.queue.QueueRecordCodec.StoredEnd;
import io.prestosql.queue.QueueRecordCodec.StoredFailure;
import io.prestosql.queue.core.QueueTimes;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.metadata.Metadata;
import io.trino.metadata.SessionPropertyManager;
import io.trino.security.AccessControl;
import io.trino.server.QuerySessionSupplier;
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
import static io.prestosql.node.ServiceNames.COORDINATOR_SERVICE;
import static io.prestosql.node.ServiceNames.DISPATCHER_SERVICE;
import static io.trino.server.InternalCommunicationHttpClientModule.internalHttpClientModule;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static java.util.concurrent.Executors.newScheduledThreadPool;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
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
        discoveryBinder(binder).bindSelector(DISPATCHER_SERVICE);

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
        binder.bind(LeaderClaims.class).in(SINGLETON);
        binder.bind(Leadership.class).to(LeaderClaims.class);
        binder.bind(Coordinators.class).in(SINGLETON);
        newExporter(binder).export(Coordinators.class).as("io.prestosql.cluster:name=Coordinators");
        jsonCodecBinder(binder).bindJsonCodec(DispatchRequest.class);
        jsonCodecBinder(binder).bindJsonCodec(DispatchResponse.class);
        jsonCodecBinder(binder).bindJsonCodec(CoordinatorReport.class);
        jsonCodecBinder(binder).bindJsonCodec(ExecutionFailureInfo.class);
        jsonCodecBinder(binder).bindJsonCodec(ReportRequest.class);
        jsonCodecBinder(binder).bindJsonCodec(StopRequest.class);

        install(new QueryLogModule(QueryLogStores::moduleOf));
        jsonCodecBinder(binder).bindJsonCodec(SubmittedQuery.class);
        jsonCodecBinder(binder).bindJsonCodec(StoredDispatch.class);
        jsonCodecBinder(binder).bindJsonCodec(StoredFailure.class);
        jsonCodecBinder(binder).bindJsonCodec(StoredEnd.class);
        binder.bind(QueueRecordCodec.class).in(SINGLETON);
        configBinder(binder).bindConfig(CoordinatorLeaseConfig.class);
        binder.bind(FailoverHistory.class).in(SINGLETON);
        newExporter(binder).export(FailoverHistory.class).as("io.prestosql.queue:name=FailoverHistory");
        binder.bind(QueueDriver.class).in(SINGLETON);
        newExporter(binder).export(QueueDriver.class).as("io.prestosql.queue:name=QueueLeadership");

        binder.bind(QueryLocations.class).in(SINGLETON);
        binder.bind(QueryRouter.class).in(SINGLETON);
        newExporter(binder).export(QueryRouter.class).as("io.prestosql.dispatcher:name=QueryRouter");
        binder.bind(GroupLoads.class).in(SINGLETON);
        binder.bind(RemoteDispatchQueryFactory.class).in(SINGLETON);
        binder.bind(DispatchManagerFactory.class).in(SINGLETON);
        binder.bind(QueueAdmission.class).in(SINGLETON);
        newExporter(binder).export(QueueAdmission.class).as("io.prestosql.dispatcher:name=DispatcherQueue");
        binder.bind(WarmUp.class).in(SINGLETON);
        binder.bind(LocalQueueService.class).in(SINGLETON);
        configBinder(binder).bindConfig(LeaderRoutingConfig.class);
        binder.bind(RemoteQueueServiceFactory.class).in(SINGLETON);
        binder.bind(LeaderRoutingQueueService.class).in(SINGLETON);
        newExporter(binder).export(LeaderRoutingQueueService.class).as("io.prestosql.dispatcher:name=ElectedQueue");
        jsonCodecBinder(binder).bindJsonCodec(QueueAnswer.class);
        jsonCodecBinder(binder).bindJsonCodec(new TypeLiteral<Optional<QueryOutcome>>() {});
        jaxrsBinder(binder).bind(QueueResource.class);
        binder.bind(QueueView.class).to(LeaderRoutingQueueService.class);
        binder.bind(KnownDispatchers.class).in(SINGLETON);
        binder.bind(DispatcherReporter.class).in(SINGLETON);
        jaxrsBinder(binder).bind(DispatcherReportResource.class);
        binder.bind(DispatcherReportClient.class).in(SINGLETON);
        jsonCodecBinder(binder).bindJsonCodec(DispatcherReport.class);
        binder.bind(QueueResults.class).in(SINGLETON);
        jaxrsBinder(binder).bind(StatementResource.class);
        jaxrsBinder(binder).bind(LostQueryResource.class);
        if (!roles.isCoordinator()) {
            binder.bind(ClusterSize.class).to(ReportedClusterSize.class).in(SINGLETON);
            jaxrsBinder(binder).bind(UnknownQueryResource.class);
        }

        binder.bind(ProxyClientConfig.class).in(SINGLETON);
        binder.bind(ExecutingQueryProxy.class).in(SINGLETON);
        newExporter(binder).export(ExecutingQueryProxy.class).as("io.prestosql.dispatcher:name=ExecutingQueryProxy");
        newSetBinder(binder, Filter.class).addBinding().to(StartingUpFilter.class).in(SINGLETON);
        binder.bind(ClientDrain.class).in(SINGLETON);
        newExporter(binder).export(ClientDrain.class).as("io.prestosql.dispatcher:name=ClientDrain");
        newSetBinder(binder, Filter.class).addBinding().to(ClientDrain.class);
        newSetBinder(binder, Filter.class).addBinding().to(ExecutingQueryFilter.class).in(SINGLETON);

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

    @Provides
    @Singleton
    public static QueueTimes createQueueTimes(CoordinatorLeaseConfig leaseConfig, CoordinatorMonitorConfig monitorConfig)
    {
        // clocks may run a tenth faster here than there, and a message may be just under way
        long giveUp = leaseConfig.getLeaseDuration().roundTo(NANOSECONDS) / 10 * 11 + monitorConfig.getSilenceTimeout().roundTo(NANOSECONDS);
        return new QueueTimes(giveUp, monitorConfig.getRetryInterval().roundTo(NANOSECONDS));
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
