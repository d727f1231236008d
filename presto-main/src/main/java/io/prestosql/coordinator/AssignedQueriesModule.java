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
package io.prestosql.coordinator;

import com.google.inject.Binder;
import com.google.inject.Module;
import io.airlift.http.client.HttpRequestFilter;
import io.airlift.http.server.HttpServerConfig;
import io.airlift.http.server.HttpServerConfig.ProcessForwardedMode;
import io.prestosql.node.NodeRoles;
import io.prestosql.protocol.AnalysisRequest;
import io.prestosql.protocol.AnalysisResponse;
import io.prestosql.protocol.CoordinatorReport;
import io.prestosql.protocol.DispatchRequest;
import io.prestosql.protocol.DispatchResponse;
import io.prestosql.queries.SubmissionSessionSupplier;
import io.prestosql.queries.SubmittedFailedQueryFactory;
import io.trino.dispatcher.LocalDispatchQueryFactory;
import io.trino.operator.ForScheduler;
import io.trino.server.HttpRemoteTaskFactory;
import io.trino.server.QuerySessionSupplier;
import io.trino.server.SessionSupplier;
import jakarta.servlet.Filter;

import static com.google.inject.Scopes.SINGLETON;
import static com.google.inject.multibindings.Multibinder.newSetBinder;
import static com.google.inject.multibindings.OptionalBinder.newOptionalBinder;
import static io.airlift.configuration.ConfigBinder.configBinder;
import static io.airlift.discovery.client.DiscoveryBinder.discoveryBinder;
import static io.airlift.jaxrs.JaxrsBinder.jaxrsBinder;
import static io.airlift.json.JsonCodecBinder.jsonCodecBinder;
import static io.prestosql.node.ServiceNames.DISPATCHER_SERVICE;
import static java.util.Objects.requireNonNull;
import static org.weakref.jmx.guice.ExportBinder.newExporter;

/**
 * Binds the handling of queries that dispatchers assign to this coordinator.
 */
public class AssignedQueriesModule
        implements Module
{
    private final NodeRoles roles;

    public AssignedQueriesModule(NodeRoles roles)
    {
        this.roles = requireNonNull(roles, "roles is null");
    }

    @Override
    public void configure(Binder binder)
    {
        binder.bind(DispatcherPresence.class).toInstance(new DispatcherPresence(roles.isDispatcher()));
        configBinder(binder).bindConfig(CoordinatorLeaseConfig.class);
        binder.bind(QueryStarter.class).to(EngineQueryStarter.class).in(SINGLETON);
        binder.bind(AssignedQueries.class).in(SINGLETON);
        newExporter(binder).export(AssignedQueries.class).as("io.prestosql.coordinator:name=DispatchedQueries");
        binder.bind(CoordinatorReporter.class).in(SINGLETON);
        binder.bind(QueuedTransactions.class).in(SINGLETON);
        binder.bind(KnownQueries.class).in(SINGLETON);
        binder.bind(LocalDispatchQueryFactory.class).in(SINGLETON);
        binder.bind(SubmittedDispatchQueryFactory.class).in(SINGLETON);
        binder.bind(SubmissionQueryManager.class).in(SINGLETON);
        binder.bind(AssignedQueryMonitor.class).in(SINGLETON);
        binder.bind(AssignedDispatchManager.class).in(SINGLETON);
        binder.bind(SubmittedFailedQueryFactory.class).in(SINGLETON);
        binder.bind(QuerySessionSupplier.class).in(SINGLETON);
        newOptionalBinder(binder, SessionSupplier.class).setBinding().to(SubmissionSessionSupplier.class).in(SINGLETON);
        binder.bind(AssignedResourceGroupManager.class).in(SINGLETON);
        jaxrsBinder(binder).bind(DispatchResource.class);
        jaxrsBinder(binder).bind(OrderRefusedExceptionMapper.class);
        binder.bind(QueryAnalyzer.class).to(EngineQueryAnalyzer.class).in(SINGLETON);
        binder.bind(QueryAnalyses.class).in(SINGLETON);
        newExporter(binder).export(QueryAnalyses.class).as("io.prestosql.coordinator:name=QueryAnalyses");
        jaxrsBinder(binder).bind(AnalysisResource.class);
        jsonCodecBinder(binder).bindJsonCodec(AnalysisRequest.class);
        jsonCodecBinder(binder).bindJsonCodec(AnalysisResponse.class);
        jsonCodecBinder(binder).bindJsonCodec(DispatchRequest.class);
        jsonCodecBinder(binder).bindJsonCodec(DispatchResponse.class);
        jsonCodecBinder(binder).bindJsonCodec(CoordinatorReport.class);
        newSetBinder(binder, Filter.class).addBinding().to(LeaseFilter.class).in(SINGLETON);
        binder.bind(TaskAttempts.class).in(SINGLETON);
        binder.bind(HttpRemoteTaskFactory.class).in(SINGLETON);
        binder.bind(RunTaskFactory.class).in(SINGLETON);
        binder.bind(RunDynamicFilterService.class).in(SINGLETON);
        // for the client with which the scheduler calls tasks
        newSetBinder(binder, HttpRequestFilter.class, ForScheduler.class).addBinding().to(TaskOwnerRequestFilter.class).in(SINGLETON);

        if (!roles.isDispatcher()) {
            discoveryBinder(binder).bindSelector(DISPATCHER_SERVICE);
            jaxrsBinder(binder).bind(ClientRefusalResource.class);
        }

        // dispatchers forward the address that the client has used
        configBinder(binder).bindConfigDefaults(HttpServerConfig.class, config -> config.setProcessForwarded(ProcessForwardedMode.ACCEPT));
    }
}
