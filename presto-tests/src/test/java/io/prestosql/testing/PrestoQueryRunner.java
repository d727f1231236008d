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
package io.prestosql.testing;

import com.google.common.collect.ImmutableList;
import com.google.inject.Key;
import io.airlift.configuration.secrets.SecretsResolver;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.trino.Session;
import io.trino.client.ClientSession;
import io.trino.client.StatementClient;
import io.trino.cost.StatsCalculator;
import io.trino.eventlistener.EventListenerManager;
import io.trino.execution.FailureInjector.InjectedFailureType;
import io.trino.execution.QueryManager;
import io.trino.execution.SqlQueryManager;
import io.trino.execution.warnings.WarningCollector;
import io.trino.metadata.FunctionBundle;
import io.trino.metadata.MetadataUtil;
import io.trino.metadata.QualifiedObjectName;
import io.trino.metadata.QualifiedTablePrefix;
import io.trino.metadata.SessionPropertyManager;
import io.trino.server.testing.TestingTrinoServer;
import io.trino.spi.ErrorType;
import io.trino.spi.Plugin;
import io.trino.spi.QueryId;
import io.trino.split.PageSourceManager;
import io.trino.split.SplitManager;
import io.trino.sql.PlannerContext;
import io.trino.sql.analyzer.AnalyzerFactory;
import io.trino.sql.analyzer.QueryExplainer;
import io.trino.sql.analyzer.QueryExplainerFactory;
import io.trino.sql.parser.SqlParser;
import io.trino.sql.planner.NodePartitioningManager;
import io.trino.sql.planner.Plan;
import io.trino.testing.MaterializedResult;
import io.trino.testing.QueryRunner;
import io.trino.testing.ResultWithQueryId;
import io.trino.testing.TestingAccessControlManager;
import io.trino.testing.TestingGroupProviderManager;
import io.trino.testing.TestingStatementClientFactory;
import io.trino.testing.TestingTrinoClient;
import io.trino.transaction.TransactionManager;
import okhttp3.OkHttpClient;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

import static io.prestosql.node.NodeRole.COORDINATOR;
import static io.trino.execution.querystats.PlanOptimizersStatsCollector.createPlanOptimizersStatsCollector;
import static io.trino.testing.TransactionBuilder.transaction;
import static java.util.Objects.requireNonNull;
import static org.awaitility.Awaitility.await;

/**
 * Runs the engine's own suites on a cluster: every statement goes through the dispatcher, with the engine's own client.
 * <p>
 * A few suites compare with the planner's output. They get the first coordinator's planner, which is not necessarily the one that ran the
 * statement; all planners are alike.
 */
public final class PrestoQueryRunner
        implements QueryRunner
{
    private final TestingPrestoCluster cluster;
    private final TestingPrestoServer coordinator;
    private final Session defaultSession;
    /** A stock server, which the engine's client asks for the list of types, and for nothing else. */
    private final TestingTrinoServer typeRegistry;
    private final TestingTrinoClient client;
    private final TestingAccessControlManager accessControl;
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private boolean shared;

    /**
     * @param cluster the cluster, which is closed with the runner unless the runner is shared
     */
    public PrestoQueryRunner(TestingPrestoCluster cluster, Session defaultSession)
    {
        this.cluster = requireNonNull(cluster, "cluster is null");
        this.coordinator = cluster.getServers(COORDINATOR).getFirst();
        this.defaultSession = defaultSession.toSessionRepresentation().toSession(
                getSessionPropertyManager(),
                defaultSession.getIdentity().getExtraCredentials(),
                defaultSession.getExchangeEncryptionKey());
        this.typeRegistry = TestingTrinoServer.create();
        this.client = new TestingTrinoClient(typeRegistry, new DispatcherStatementClientFactory(cluster.getDispatcherUrl()), this.defaultSession, new OkHttpClient());
        this.accessControl = new UnchangeableAccessControl(
                getTransactionManager(),
                coordinator.getInstance(EventListenerManager.class),
                coordinator.getInstance(SecretsResolver.class));
    }

    public TestingPrestoCluster getCluster()
    {
        return cluster;
    }

    /**
     * Makes the runner stay open when a suite closes it.
     */
    PrestoQueryRunner share()
    {
        shared = true;
        return this;
    }

    @Override
    public void close()
    {
        if (shared) {
            awaitNothingRuns();
        }
        else {
            closeCluster();
        }
    }

    /**
     * Waits for queries that one suite has left and that would disturb the next.
     */
    private void awaitNothingRuns()
    {
        for (TestingPrestoServer server : cluster.getServers(COORDINATOR)) {
            await("queries of " + server.getNodeId()).until(() -> server.getInstance(QueryManager.class).getQueries().stream().allMatch(query -> query.getState().isDone()));
        }
    }

    void closeCluster()
    {
        client.close();
        cluster.close();
        try {
            typeRegistry.close();
        }
        catch (Exception e) {
            throw new RuntimeException(e);
        }
    }

    @Override
    public TestingTrinoServer getCoordinator()
    {
        throw new UnsupportedOperationException("There are several coordinators, and none is a stock one");
    }

    /**
     * Counts as the engine does: a pure dispatcher is none of its nodes.
     */
    @Override
    public int getNodeCount()
    {
        return (int) cluster.getServers().stream()
                .filter(server -> server.getRoles().needsEngine())
                .count();
    }

    @Override
    public Session getDefaultSession()
    {
        return defaultSession;
    }

    @Override
    public TransactionManager getTransactionManager()
    {
        return coordinator.getInstance(TransactionManager.class);
    }

    @Override
    public PlannerContext getPlannerContext()
    {
        return coordinator.getInstance(PlannerContext.class);
    }

    @Override
    public QueryExplainer getQueryExplainer()
    {
        return coordinator.getInstance(QueryExplainerFactory.class).createQueryExplainer(coordinator.getInstance(AnalyzerFactory.class));
    }

    @Override
    public SessionPropertyManager getSessionPropertyManager()
    {
        return coordinator.getInstance(SessionPropertyManager.class);
    }

    @Override
    public SplitManager getSplitManager()
    {
        return coordinator.getInstance(SplitManager.class);
    }

    @Override
    public PageSourceManager getPageSourceManager()
    {
        return coordinator.getInstance(PageSourceManager.class);
    }

    @Override
    public NodePartitioningManager getNodePartitioningManager()
    {
        return coordinator.getInstance(NodePartitioningManager.class);
    }

    @Override
    public StatsCalculator getStatsCalculator()
    {
        return coordinator.getInstance(StatsCalculator.class);
    }

    @Override
    public TestingGroupProviderManager getGroupProvider()
    {
        throw new UnsupportedOperationException("The cluster has real group providers");
    }

    /**
     * Works only for the suites' own transactions on the first coordinator.
     */
    @Override
    public TestingAccessControlManager getAccessControl()
    {
        return accessControl;
    }

    @Override
    public List<SpanData> getSpans()
    {
        throw new UnsupportedOperationException("Spans are not recorded");
    }

    @Override
    public MaterializedResult execute(Session session, String sql)
    {
        return executeInternal(session, sql).getResult();
    }

    @Override
    public MaterializedResultWithPlan executeWithPlan(Session session, String sql)
    {
        ResultWithQueryId<MaterializedResult> result = executeInternal(session, sql);
        return new MaterializedResultWithPlan(result.getQueryId(), getQueryPlan(result.getQueryId()), result.getResult());
    }

    private Optional<Plan> getQueryPlan(QueryId queryId)
    {
        return cluster.getServers(COORDINATOR).stream()
                .map(server -> server.getInstance(SqlQueryManager.class))
                .filter(queryManager -> queryManager.hasQuery(queryId))
                .findFirst()
                .flatMap(queryManager -> queryManager.getQueryPlan(queryId));
    }

    private ResultWithQueryId<MaterializedResult> executeInternal(Session session, String sql)
    {
        lock.readLock().lock();
        try {
            return client.execute(session, sql);
        }
        catch (Throwable e) {
            e.addSuppressed(new Exception("SQL: " + sql));
            throw e;
        }
        finally {
            lock.readLock().unlock();
        }
    }

    @Override
    public Plan createPlan(Session session, String sql)
    {
        getTransactionManager().getTransactionInfo(session.getRequiredTransactionId());
        return getQueryExplainer().getLogicalPlan(
                session,
                coordinator.getInstance(Key.get(SqlParser.class)).createStatement(sql),
                ImmutableList.of(),
                WarningCollector.NOOP,
                createPlanOptimizersStatsCollector());
    }

    @Override
    public List<QualifiedObjectName> listTables(Session session, String catalog, String schema)
    {
        return transaction(getTransactionManager(), getPlannerContext().getMetadata(), accessControl)
                .readOnly()
                .singleStatement()
                .execute(session, transactionSession -> {
                    return getPlannerContext().getMetadata().listTables(transactionSession, new QualifiedTablePrefix(catalog, schema));
                });
    }

    @Override
    public boolean tableExists(Session session, String table)
    {
        return transaction(getTransactionManager(), getPlannerContext().getMetadata(), accessControl)
                .readOnly()
                .singleStatement()
                .execute(session, transactionSession -> {
                    return MetadataUtil.tableExists(getPlannerContext().getMetadata(), transactionSession, table);
                });
    }

    @Override
    public void installPlugin(Plugin plugin)
    {
        throw new UnsupportedOperationException("Give the cluster its plugins before it starts");
    }

    @Override
    public void addFunctions(FunctionBundle functionBundle)
    {
        throw new UnsupportedOperationException("Give the cluster its functions before it starts");
    }

    @Override
    public void createCatalog(String catalogName, String connectorName, Map<String, String> properties)
    {
        throw new UnsupportedOperationException("Give the cluster its catalogs before it starts");
    }

    @Override
    public Lock getExclusiveLock()
    {
        return lock.writeLock();
    }

    @Override
    public void injectTaskFailure(
            String traceToken,
            int stageId,
            int partitionId,
            int attemptId,
            InjectedFailureType injectionType,
            Optional<ErrorType> errorType)
    {
        throw new UnsupportedOperationException("Failures are not injected");
    }

    @Override
    public void loadExchangeManager(String name, Map<String, String> properties)
    {
        throw new UnsupportedOperationException("There is no exchange manager");
    }

    @Override
    public void loadSpoolingManager(String name, Map<String, String> properties)
    {
        throw new UnsupportedOperationException("There is no spooling manager");
    }

    private record DispatcherStatementClientFactory(URI dispatcher)
            implements TestingStatementClientFactory
    {
        @Override
        public StatementClient create(OkHttpClient httpClient, Session session, ClientSession clientSession, String query)
        {
            return TestingStatementClientFactory.super.create(
                    httpClient,
                    session,
                    ClientSession.builder(clientSession).server(dispatcher).build(),
                    query);
        }
    }

    /**
     * Denies nothing. The cluster's nodes would allow what a test denies here, so an attempt must fail.
     */
    private static class UnchangeableAccessControl
            extends TestingAccessControlManager
    {
        public UnchangeableAccessControl(TransactionManager transactionManager, EventListenerManager eventListenerManager, SecretsResolver secretsResolver)
        {
            super(transactionManager, eventListenerManager, secretsResolver);
        }

        @Override
        public void deny(TestingPrivilege... deniedPrivileges)
        {
            throw new UnsupportedOperationException("The cluster has real access control");
        }
    }
}
