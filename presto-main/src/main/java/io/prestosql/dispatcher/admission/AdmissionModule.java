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
package io.prestosql.dispatcher.admission;

import com.google.inject.Binder;
import com.google.inject.Module;
import com.google.inject.Provides;
import com.google.inject.Singleton;
import io.prestosql.coordinator.AssignedResourceGroupManager;
import io.prestosql.coordinator.CoordinatorLeaseConfig;
import io.prestosql.fleet.CoordinatorMonitorConfig;
import io.prestosql.fleet.Leadership;
import io.prestosql.node.NodeRoles;
import io.prestosql.queries.SubmissionSessionSupplier;
import io.prestosql.queue.core.QueueTimes;
import io.prestosql.selection.core.ClusterRooms;
import io.trino.event.QueryMonitorConfig;
import io.trino.execution.resourcegroups.InternalResourceGroupManager;
import io.trino.execution.resourcegroups.ResourceGroupManager;
import io.trino.metadata.Metadata;
import io.trino.metadata.SessionPropertyManager;
import io.trino.security.AccessControl;
import io.trino.server.QuerySessionSupplier;
import io.trino.server.SessionSupplier;
import io.trino.sql.SqlEnvironmentConfig;

import static com.google.inject.Scopes.SINGLETON;
import static com.google.inject.multibindings.Multibinder.newSetBinder;
import static io.airlift.configuration.ConfigBinder.configBinder;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static org.weakref.jmx.guice.ExportBinder.newExporter;

/**
 * Binds the resource groups of a dispatcher that leads, and the services that follow admission.
 */
public class AdmissionModule
        implements Module
{
    private final NodeRoles roles;

    public AdmissionModule(NodeRoles roles)
    {
        this.roles = requireNonNull(roles, "roles is null");
    }

    @Override
    public void configure(Binder binder)
    {
        binder.bind(AdmissionGate.class).in(SINGLETON);
        binder.bind(ClusterRooms.class).in(SINGLETON);
        // a coordinator puts assigned queries into no group
        binder.bind(ResourceGroupManager.class).annotatedWith(ForDispatcher.class)
                .to(roles.isCoordinator() ? AssignedResourceGroupManager.class : InternalResourceGroupManager.class);
        binder.bind(GatedResourceGroupManager.class).in(SINGLETON);
        binder.bind(GroupTurns.class).in(SINGLETON);
        newExporter(binder).export(GroupTurns.class).as("io.prestosql.dispatcher:name=GroupTurns");
        binder.bind(ClusterWaits.class).in(SINGLETON);
        newExporter(binder).export(ClusterWaits.class).as("io.prestosql.dispatcher:name=ClusterWaits");
        binder.bind(LeaderClaims.class).in(SINGLETON);
        binder.bind(Leadership.class).to(LeaderClaims.class);
        configBinder(binder).bindConfig(CoordinatorLeaseConfig.class);
        binder.bind(QueryLocations.class).in(SINGLETON);
        binder.bind(QueryRouter.class).in(SINGLETON);
        newExporter(binder).export(QueryRouter.class).as("io.prestosql.dispatcher:name=QueryRouter");
        binder.bind(GroupLoads.class).in(SINGLETON);
        configBinder(binder).bindConfig(QueuedAnalysisConfig.class);
        binder.bind(QueuedAnalyses.class).in(SINGLETON);
        newExporter(binder).export(QueuedAnalyses.class).as("io.prestosql.dispatcher:name=QueuedAnalyses");
        binder.bind(RemoteDispatchQueryFactory.class).in(SINGLETON);
        configBinder(binder).bindConfig(QueryHistoryConfig.class);
        binder.bind(HistoryTexts.class).in(SINGLETON);
        binder.bind(ShortFailedQueryFactory.class).in(SINGLETON);
        binder.bind(DispatchManagerFactory.class).in(SINGLETON);
        binder.bind(QueueSpans.class).in(SINGLETON);
        configBinder(binder).bindConfig(QueryMonitorConfig.class);
        binder.bind(QueuedQueryMonitor.class).in(SINGLETON);
        binder.bind(QueueEvents.class).in(SINGLETON);
        newSetBinder(binder, EndedQueryListener.class);
        binder.bind(EndedQueries.class).in(SINGLETON);
        binder.bind(QueueAdmission.class).in(SINGLETON);
        newExporter(binder).export(QueueAdmission.class).as("io.prestosql.dispatcher:name=DispatcherQueue");
        binder.bind(SelectionDryRun.class).in(SINGLETON);
        binder.bind(WarmUp.class).in(SINGLETON);
    }

    @Provides
    @Singleton
    public static QueueTimes createQueueTimes(CoordinatorLeaseConfig leaseConfig, CoordinatorMonitorConfig monitorConfig)
    {
        // this clock may run a tenth faster than a coordinator's, and a message may be under way
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
        return new SubmissionSessionSupplier(new QuerySessionSupplier(metadata, accessControl, sessionPropertyManager, config));
    }

    @Provides
    @Singleton
    @ForDispatcher
    public static Metadata createMetadata()
    {
        return DispatcherMetadata.create();
    }
}
