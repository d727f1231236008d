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

import com.google.inject.Inject;
import io.airlift.concurrent.BoundedExecutor;
import io.opentelemetry.context.Context;
import io.prestosql.protocol.AuthenticatedUser;
import io.prestosql.queue.QueueDriver;
import io.prestosql.queue.core.QueueEvent;
import io.prestosql.selection.ClusterSelections;
import io.trino.Session;
import io.trino.client.NodeVersion;
import io.trino.dispatcher.DispatchExecutor;
import io.trino.dispatcher.DispatchQuery;
import io.trino.dispatcher.DispatchQueryFactory;
import io.trino.execution.LocationFactory;
import io.trino.execution.QueryManagerConfig;
import io.trino.execution.QueryPreparer.PreparedQuery;
import io.trino.execution.QueryState;
import io.trino.execution.QueryStateMachine;
import io.trino.execution.querystats.PlanOptimizersStatsCollector;
import io.trino.execution.warnings.WarningCollector;
import io.trino.metadata.Metadata;
import io.trino.metadata.SessionPropertyManager;
import io.trino.security.AccessControl;
import io.trino.server.protocol.Slug;
import io.trino.spi.resourcegroups.QueryType;
import io.trino.spi.resourcegroups.ResourceGroupId;
import io.trino.transaction.NoOpTransactionManager;
import io.trino.transaction.TransactionId;

import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

import static com.google.common.util.concurrent.Futures.getUnchecked;
import static io.trino.util.StatementUtils.getQueryType;
import static java.util.Objects.requireNonNull;

/**
 * Makes the queries that the dispatcher's {@link io.trino.dispatcher.DispatchManager} puts into the resource groups.
 */
public class RemoteDispatchQueryFactory
        implements DispatchQueryFactory
{
    private static final int NO_RULE_STATS = 0;

    private final QueueDriver driver;
    private final LocationFactory locationFactory;
    private final AccessControl accessControl;
    private final Metadata metadata;
    private final NodeVersion version;
    private final Executor executor;
    private final GroupLoads groupLoads;
    private final SessionPropertyManager sessionPropertyManager;
    private final SessionPropertyCheck sessionPropertyCheck;
    private final QueuedAnalyses analyses;
    private final ClusterSelections selections;
    private final int maxStateMachineThreads;

    @Inject
    public RemoteDispatchQueryFactory(
            QueueDriver driver,
            LocationFactory locationFactory,
            AccessControl accessControl,
            @ForDispatcher Metadata metadata,
            NodeVersion version,
            DispatchExecutor dispatchExecutor,
            GroupLoads groupLoads,
            SessionPropertyManager sessionPropertyManager,
            QueuedAnalyses analyses,
            ClusterSelections selections,
            QueryManagerConfig config)
    {
        this.driver = requireNonNull(driver, "driver is null");
        this.locationFactory = requireNonNull(locationFactory, "locationFactory is null");
        this.accessControl = requireNonNull(accessControl, "accessControl is null");
        this.metadata = requireNonNull(metadata, "metadata is null");
        this.version = requireNonNull(version, "version is null");
        this.executor = dispatchExecutor.getExecutor();
        this.groupLoads = requireNonNull(groupLoads, "groupLoads is null");
        this.sessionPropertyManager = requireNonNull(sessionPropertyManager, "sessionPropertyManager is null");
        this.sessionPropertyCheck = new SessionPropertyCheck(sessionPropertyManager);
        this.analyses = requireNonNull(analyses, "analyses is null");
        this.selections = requireNonNull(selections, "selections is null");
        this.maxStateMachineThreads = config.getMaxStateMachineCallbackThreads();
    }

    @Override
    public DispatchQuery createDispatchQuery(
            Session session,
            Optional<TransactionId> existingTransactionId,
            String query,
            PreparedQuery preparedQuery,
            Slug slug,
            ResourceGroupId resourceGroup)
    {
        QueryOrder order = QueryOrder.fromContext(Context.current())
                .orElseThrow(() -> new IllegalStateException("Query %s was not submitted through a dispatcher".formatted(session.getQueryId())));
        sessionPropertyCheck.check(session);
        RemoteDispatchQuery dispatchQuery = new RemoteDispatchQuery(
                stateMachines(session, query, preparedQuery, resourceGroup),
                order,
                resourceGroup,
                existingTransactionId.map(TransactionId::toString),
                QuerySelection.create(
                        selections,
                        session,
                        preparedQuery.getStatement(),
                        resourceGroup,
                        order.request().user().map(AuthenticatedUser::user),
                        order.query().submittedQuery().requestFacts()),
                driver,
                sessionPropertyManager);
        if (!order.mayRun() && StatementEffects.hasNoneWhenAnalyzed(preparedQuery.getStatement())) {
            analyses.queued(new WaitingQuery(
                    session.getQueryId(),
                    order.epoch(),
                    order.request(),
                    resourceGroup.getSegments(),
                    existingTransactionId.map(TransactionId::toString),
                    order.query().sessionContext().isEmpty(),
                    dispatchQuery::clusterRoute));
        }
        dispatchQuery.addStateChangeListener(state -> {
            if (state != QueryState.QUEUED) {
                analyses.left(session.getQueryId());
            }
        });
        groupLoads.used(resourceGroup);
        // the engine puts the query into a resource group right after this
        getUnchecked(order.turn());
        order.query().created(dispatchQuery);
        // a transaction is lost with its coordinator
        boolean rerunnable = existingTransactionId.isEmpty() && StatementEffects.hasNone(preparedQuery.getStatement());
        driver.post(order.epoch(), new QueueEvent.Queued(session.getQueryId(), rerunnable));
        return dispatchQuery;
    }

    private Supplier<QueryStateMachine> stateMachines(Session session, String query, PreparedQuery preparedQuery, ResourceGroupId resourceGroup)
    {
        // keeps the parsed statement, which is large, out of the supplier
        Optional<String> prepareSql = preparedQuery.getPrepareSql();
        Optional<QueryType> queryType = getQueryType(preparedQuery.getStatement());
        return () -> QueryStateMachine.begin(
                Optional.empty(),
                query,
                prepareSql,
                session,
                locationFactory.createQueryLocation(session.getQueryId()),
                resourceGroup,
                // says that there is no transaction to begin: the coordinator begins it
                true,
                new NoOpTransactionManager(),
                accessControl,
                new BoundedExecutor(executor, maxStateMachineThreads),
                metadata,
                WarningCollector.NOOP,
                new PlanOptimizersStatsCollector(NO_RULE_STATS),
                queryType,
                false,
                Optional.empty(),
                version);
    }
}
