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
package io.prestosql.tests;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.inject.Key;
import io.airlift.log.Logger;
import io.prestosql.coordinator.QueryAnalyses;
import io.prestosql.dispatcher.admission.QueueAdmission;
import io.prestosql.dispatcher.admission.QueuedAnalyses;
import io.prestosql.testing.GatePlugin;
import io.prestosql.testing.Gates;
import io.prestosql.testing.TestingClient;
import io.prestosql.testing.TestingPrestoCluster;
import io.prestosql.testing.TestingPrestoServer;
import io.trino.client.ClientSession;
import io.trino.client.QueryError;
import io.trino.client.StatementClient;
import io.trino.dispatcher.DispatchManager;
import io.trino.eventlistener.EventListenerManager;
import io.trino.execution.resourcegroups.InternalResourceGroupManager;
import io.trino.metadata.Metadata;
import io.trino.metadata.MetadataManager;
import io.trino.plugin.memory.MemoryPlugin;
import io.trino.plugin.resourcegroups.ResourceGroupManagerPlugin;
import io.trino.plugin.tpch.TpchPlugin;
import io.trino.server.BasicQueryInfo;
import io.trino.server.testing.FactoryConfiguration;
import io.trino.server.testing.TestingTrinoServer;
import io.trino.spi.QueryId;
import io.trino.spi.eventlistener.EventListener;
import io.trino.spi.eventlistener.QueryCompletedEvent;
import io.trino.spi.eventlistener.QueryCreatedEvent;
import io.trino.tracing.ForTracing;
import io.trino.transaction.TransactionManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.airlift.units.Duration.nanosSince;
import static io.prestosql.node.NodeRole.COORDINATOR;
import static io.prestosql.node.NodeRole.DISPATCHER;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * While the only slot of a resource group is taken, a wrong statement fails as on a stock server, and a right one waits, unaffected.
 */
@TestInstance(PER_CLASS)
public class TestQueuedAnalysis
{
    private static final Logger log = Logger.get(TestQueuedAnalysis.class);

    private static final List<String> WRONG_STATEMENTS = ImmutableList.of(
            "SELECT * FROM tpch.tiny.missing",
            "SELECT name, missing FROM tpch.tiny.nation",
            "SELECT * FROM missing.tiny.nation",
            "SELECT name FROM tpch.tiny.nation GROUP BY regionkey",
            "SELECT missing(name) FROM tpch.tiny.nation",
            "WITH SESSION missing = 1 SELECT 1",
            "WITH FUNCTION twice(x bigint) RETURNS bigint RETURN x * 2 SELECT twice(name) FROM tpch.tiny.nation",
            "SELECT * FROM memory.default.secret",
            "INSERT INTO memory.default.secret VALUES 1",
            "INSERT INTO memory.default.missing VALUES 1",
            "INSERT INTO memory.default.known VALUES 'text'",
            "CREATE TABLE memory.default.known AS SELECT 1 x",
            "DELETE FROM memory.default.missing",
            "UPDATE memory.default.known SET missing = 1",
            "EXPLAIN SELECT * FROM tpch.tiny.missing",
            "EXPLAIN ANALYZE INSERT INTO memory.default.missing VALUES 1",
            "SHOW COLUMNS FROM tpch.tiny.missing",
            "DESCRIBE INPUT missing",
            "EXECUTE IMMEDIATE 'SELECT missing FROM tpch.tiny.nation'",
            "ANALYZE memory.default.missing");

    private final ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));
    private final Gates gates = new Gates();
    private final Gates stockGates = new Gates();
    private final ConcurrentLinkedQueue<String> events = new ConcurrentLinkedQueue<>();
    private Map<String, String> resourceGroups;
    private TestingPrestoCluster cluster;
    private TestingPrestoServer coordinator;
    private TestingClient client;
    private TestingTrinoServer stock;
    private TestingClient stockClient;

    @BeforeAll
    public void setUp(@TempDir Path directory)
            throws IOException
    {
        Path groups = Files.writeString(directory.resolve("resource-groups.json"),
                """
                {
                  "rootGroups": [
                    {"name": "slot", "softMemoryLimit": "100%", "hardConcurrencyLimit": 1, "maxQueued": 100},
                    {"name": "free", "softMemoryLimit": "100%", "hardConcurrencyLimit": 100, "maxQueued": 100}
                  ],
                  "selectors": [{"source": "slot", "group": "slot"}, {"group": "free"}]
                }
                """);
        resourceGroups = ImmutableMap.of("resource-groups.config-file", groups.toString());
        Path rules = Files.writeString(directory.resolve("rules.json"),
                """
                {
                  "tables": [
                    {"user": "admin", "privileges": ["SELECT", "INSERT", "DELETE", "UPDATE", "OWNERSHIP"]},
                    {"table": "secret", "privileges": []},
                    {"privileges": ["SELECT", "INSERT", "DELETE", "UPDATE", "OWNERSHIP"]}
                  ]
                }
                """);
        Path accessControl = Files.writeString(directory.resolve("access-control.properties"), "access-control.name=file\nsecurity.config-file=%s\n".formatted(rules));
        cluster = builder(gates)
                .addProperty("access-control.config-files", accessControl.toString())
                .build();
        coordinator = cluster.getServers(COORDINATOR).getFirst();
        coordinator.getInstance(EventListenerManager.class).addEventListener(new EventListener()
        {
            @Override
            public void queryCreated(QueryCreatedEvent event)
            {
                events.add(event.getMetadata().getQueryId());
            }

            @Override
            public void queryCompleted(QueryCompletedEvent event)
            {
                events.add(event.getMetadata().getQueryId());
            }
        });
        client = new TestingClient(cluster.getDispatcherUrl());

        stock = TestingTrinoServer.builder()
                .setSystemAccessControls(Optional.empty())
                .setSystemAccessControlConfiguration(Optional.of(new FactoryConfiguration("file", ImmutableMap.of("security.config-file", rules.toString()))))
                .build();
        stock.installPlugin(new TpchPlugin());
        stock.installPlugin(new MemoryPlugin());
        stock.installPlugin(new GatePlugin(stockGates));
        stock.installPlugin(new ResourceGroupManagerPlugin());
        for (String catalog : ImmutableList.of("tpch", "memory", "gate")) {
            stock.createCatalog(catalog, catalog, ImmutableMap.of());
        }
        ((InternalResourceGroupManager<?>) stock.getResourceGroupManager().orElseThrow()).setConfigurationManager("file", resourceGroups);
        stockClient = new TestingClient(stock.getBaseUrl());

        for (TestingClient each : ImmutableList.of(client, stockClient)) {
            for (String table : ImmutableList.of("secret", "known")) {
                assertThat(each.execute(session -> session.user(Optional.of("admin")), "CREATE TABLE memory.default.%s (x bigint)".formatted(table)).error()).isEmpty();
            }
        }
    }

    private TestingPrestoCluster.Builder builder(Gates gates)
    {
        return TestingPrestoCluster.builder()
                .addDispatchers(1)
                .addCoordinators(1)
                .addWorkers(1)
                .addPlugin(new TpchPlugin())
                .addPlugin(new MemoryPlugin())
                .addPlugin(new GatePlugin(gates))
                .addPlugin(new ResourceGroupManagerPlugin())
                .addCatalog("tpch", "tpch")
                .addCatalog("memory", "memory")
                .addCatalog("gate", "gate")
                .setResourceGroups(resourceGroups);
    }

    @AfterAll
    public void tearDown()
            throws IOException
    {
        executor.shutdownNow();
        client.close();
        stockClient.close();
        cluster.close();
        stock.close();
    }

    @Test
    public void testWrongStatements()
            throws Exception
    {
        Future<TestingClient.Result> hold = hold(client, gates, "statements");
        Future<TestingClient.Result> stockHold = hold(stockClient, stockGates, "statements");
        for (String sql : WRONG_STATEMENTS) {
            assertFailsAsOnStock(session -> session, sql);
        }
        assertFailsAsOnStock(session -> session.preparedStatements(Map.of("wrong", "SELECT missing FROM tpch.tiny.nation WHERE name = ?")), "EXECUTE wrong USING 'x'");
        assertFailsAsOnStock(session -> session.catalog("tpch").schema("tiny"), "TABLE missing");
        release(hold, gates, stockHold, "statements");
    }

    @Test
    public void testWrongSessions()
            throws Exception
    {
        Future<TestingClient.Result> hold = hold(client, gates, "sessions");
        Future<TestingClient.Result> stockHold = hold(stockClient, stockGates, "sessions");
        assertFailsAsOnStock(session -> session.properties(Map.of("missing", "1")), "SELECT 1");
        assertFailsAsOnStock(session -> session.properties(Map.of("join_distribution_type", "banana")), "SELECT 1");
        assertFailsAsOnStock(session -> session.properties(Map.of("tpch.missing", "1")), "SELECT 1");
        assertFailsAsOnStock(session -> session.properties(Map.of("missing.missing", "1")), "SELECT 1");
        // only the session of such a statement is analyzed before it is executed
        assertFailsAsOnStock(session -> session.properties(Map.of("missing", "1")), "DROP TABLE memory.default.known");
        assertThat(execute(client, "SELECT count(*) FROM memory.default.known").onlyValue()).isEqualTo(0L);
        release(hold, gates, stockHold, "sessions");
    }

    @Test
    public void testTransactions()
            throws Exception
    {
        Future<TestingClient.Result> hold = hold(client, gates, "transactions");
        Future<TestingClient.Result> stockHold = hold(stockClient, stockGates, "transactions");
        String unknown = UUID.randomUUID().toString();
        assertFailsAsOnStock(session -> session.transactionId(unknown), "SELECT 1");
        assertFailsAsOnStock(session -> session.transactionId(unknown), "SELECT count(*) FROM tpch.tiny.nation");
        assertFailsAsOnStock(session -> session.transactionId(unknown), "DROP TABLE memory.default.known");

        String failed = startTransaction(client);
        String failedOnStock = startTransaction(stockClient);
        assertThat(client.execute(session -> session.transactionId(failed), "SELECT 1 / 0 FROM tpch.tiny.nation").error()).isPresent();
        assertThat(stockClient.execute(session -> session.transactionId(failedOnStock), "SELECT 1 / 0 FROM tpch.tiny.nation").error()).isPresent();
        assertSameError(
                awaitError(client, session -> session.transactionId(failed), "SELECT 1"),
                awaitError(stockClient, session -> session.transactionId(failedOnStock), "SELECT 1"));
        assertThat(client.execute(session -> session.transactionId(failed), "ROLLBACK").error()).isEmpty();

        // a transaction's data is not known outside of it, so its statements wait
        String transaction = startTransaction(client);
        long analyzed = analyses(cluster).getAnalyzed();
        Future<TestingClient.Result> right = submit(client, session -> session.transactionId(transaction), "SELECT count(*) FROM tpch.tiny.nation");
        await().until(() -> analyses(cluster).getAnalyzed() == analyzed + 1);
        assertThat(right.isDone()).isFalse();
        release(hold, gates, stockHold, "transactions");
        assertThat(right.get().onlyValue()).isEqualTo(25L);
        assertThat(client.execute(session -> session.transactionId(transaction), "COMMIT").error()).isEmpty();
    }

    private static String startTransaction(TestingClient client)
    {
        return client.execute(session -> session.transactionId("NONE"), "START TRANSACTION").startedTransactionId();
    }

    @Test
    public void testRightStatementsWait()
            throws Exception
    {
        assertThat(execute(client, "CREATE TABLE memory.default.target (x bigint)").error()).isEmpty();
        Future<TestingClient.Result> hold = hold(client, gates, "waiting");
        TransactionManager transactionManager = coordinator.getInstance(TransactionManager.class);
        int transactions = transactionManager.getAllTransactionInfos().size();
        long analyzed = analyses(cluster).getAnalyzed();
        long rejected = analyses(cluster).getRejected();
        List<String> statements = ImmutableList.of(
                "SELECT count(*) FROM tpch.tiny.nation",
                "INSERT INTO memory.default.target SELECT nationkey FROM tpch.tiny.nation",
                "CREATE TABLE memory.default.made AS SELECT * FROM tpch.tiny.region",
                "EXPLAIN INSERT INTO memory.default.target VALUES 1",
                "SHOW COLUMNS FROM memory.default.target",
                "DROP TABLE memory.default.no_table_yet");
        List<StatementClient> clients = statements.stream()
                .map(sql -> client.start(slot(client, session -> session), sql))
                .collect(toImmutableList());
        List<String> ids = clients.stream()
                .map(each -> each.currentStatusInfo().getId())
                .collect(toImmutableList());
        List<Future<TestingClient.Result>> results = clients.stream()
                .map(each -> executor.submit(() -> TestingClient.drain(each)))
                .collect(toImmutableList());
        await().until(() -> analyses(cluster).getAnalyzed() == analyzed + statements.size());
        assertThat(analyses(cluster).getRejected()).isEqualTo(rejected);

        // the analyses had no effects, and nothing is left of them
        assertThat(results).noneMatch(Future::isDone);
        assertThat(execute(client, "SELECT count(*) FROM memory.default.target").onlyValue()).isEqualTo(0L);
        assertThat(execute(client, "SELECT count(*) FROM memory.information_schema.tables WHERE table_name = 'made'").onlyValue()).isEqualTo(0L);
        assertThat(coordinator.getInstance(DispatchManager.class).getQueries().stream()
                .map(BasicQueryInfo::getQueryId)
                .map(QueryId::toString))
                .noneMatch(id -> ids.contains(id) || id.contains("analysis"));
        assertThat(events).noneMatch(id -> ids.contains(id) || id.contains("analysis"));
        await().until(() -> transactionManager.getAllTransactionInfos().size() == transactions);
        assertThat(((MetadataManager) coordinator.getInstance(Key.get(Metadata.class, ForTracing.class))).getActiveQueryIds()).noneMatch(id -> id.toString().contains("analysis"));

        gates.open("waiting");
        hold.get();
        assertThat(results.get(0).get().onlyValue()).isEqualTo(25L);
        assertThat(results.get(1).get().onlyValue()).isEqualTo(25L);
        assertThat(results.get(2).get().onlyValue()).isEqualTo(5L);
        assertThat(results.get(3).get().error()).isEmpty();
        assertThat(results.get(4).get().error()).isEmpty();
        // such a statement is analyzed only when it is executed
        assertThat(results.get(5).get().error().orElseThrow().getErrorName()).isEqualTo("TABLE_NOT_FOUND");
        assertThat(execute(client, "SELECT count(*) FROM memory.default.target").onlyValue()).isEqualTo(25L);
        assertThat(execute(client, "SELECT count(*) FROM memory.default.made").onlyValue()).isEqualTo(5L);
    }

    /**
     * A connector may do anything with a table function's arguments before the query starts.
     */
    @Test
    public void testTableFunctionsAreNotAnalyzed()
            throws Exception
    {
        Future<TestingClient.Result> hold = hold(client, gates, "functions");
        Future<TestingClient.Result> function = submit(client, session -> session, "SELECT missing FROM TABLE(sequence(1, 3))");
        // of two waiting queries, only the later one was found wrong
        assertThat(awaitError(client, session -> session, "SELECT missing FROM tpch.tiny.nation").getErrorName()).isEqualTo("COLUMN_NOT_FOUND");
        assertThat(function.isDone()).isFalse();
        gates.open("functions");
        hold.get();
        assertThat(function.get().error().orElseThrow().getErrorName()).isEqualTo("COLUMN_NOT_FOUND");
    }

    @Test
    public void testQueriesThatNeedNotWaitAreNotAnalyzed()
    {
        long started = coordinator.getInstance(QueryAnalyses.class).getStarted();
        for (int i = 0; i < 20; i++) {
            assertThat(execute(client, "SELECT count(*) FROM tpch.tiny.nation").onlyValue()).isEqualTo(25L);
        }
        assertThat(coordinator.getInstance(QueryAnalyses.class).getStarted()).isEqualTo(started);
        assertThat(analyses(cluster).getWaiting()).isZero();
    }

    /**
     * In the short tier, TestQueuedAnalyses shows that then no coordinator is asked.
     */
    @Tag("long")
    @Test
    public void testSwitchedOff()
            throws Exception
    {
        Gates otherGates = new Gates();
        try (TestingPrestoCluster other = builder(otherGates).addProperty(DISPATCHER, "dispatcher.analyze-queued-queries", "false").build();
                TestingClient otherClient = new TestingClient(other.getDispatcherUrl())) {
            Future<TestingClient.Result> hold = hold(otherClient, otherGates, "off");
            Future<TestingClient.Result> wrong = submit(otherClient, session -> session, "SELECT * FROM tpch.tiny.missing");
            DispatchManager queue = other.getDispatcher().getInstance(QueueAdmission.class).dispatchManager().orElseThrow();
            await().until(() -> queue.getQueuedQueries() == 1);
            assertThat(analyses(other).getWaiting()).isZero();
            assertThat(wrong.isDone()).isFalse();
            otherGates.open("off");
            hold.get();
            assertThat(wrong.get().error().orElseThrow().getErrorName()).isEqualTo("TABLE_NOT_FOUND");
            assertThat(analyses(other).getAnalyzed()).isZero();
            assertThat(other.getServers(COORDINATOR).getFirst().getInstance(QueryAnalyses.class).getStarted()).isZero();
        }
    }

    private static QueuedAnalyses analyses(TestingPrestoCluster cluster)
    {
        return cluster.getDispatcher().getInstance(QueuedAnalyses.class);
    }

    /**
     * Takes the slot, without any CPU time, until the gate is opened.
     */
    private Future<TestingClient.Result> hold(TestingClient client, Gates gates, String gate)
    {
        Future<TestingClient.Result> hold = submit(client, session -> session, "SELECT x FROM gate.default." + gate);
        await().until(() -> gates.getInside(gate) == 1);
        return hold;
    }

    private void release(Future<TestingClient.Result> hold, Gates gates, Future<TestingClient.Result> stockHold, String gate)
            throws Exception
    {
        // none of these queries has had the slot
        assertThat(gates.getInside(gate)).isEqualTo(1);
        assertThat(hold.isDone()).isFalse();
        gates.open(gate);
        stockGates.open(gate);
        assertThat(hold.get().onlyValue()).isEqualTo(42L);
        assertThat(stockHold.get().onlyValue()).isEqualTo(42L);
    }

    private void assertFailsAsOnStock(UnaryOperator<ClientSession.Builder> session, String sql)
            throws Exception
    {
        QueryError expected = awaitError(stockClient, session, sql);
        long start = System.nanoTime();
        QueryError actual = awaitError(client, session, sql);
        log.info("After %s: %s: %s", nanosSince(start).convertToMostSuccinctTimeUnit(), sql, actual.getMessage());
        assertSameError(actual, expected);
    }

    private static void assertSameError(QueryError actual, QueryError expected)
    {
        assertThat(actual)
                .usingRecursiveComparison()
                .ignoringFields("failureInfo")
                .isEqualTo(expected);
        assertThat(actual.getFailureInfo().getType()).isEqualTo(expected.getFailureInfo().getType());
    }

    private QueryError awaitError(TestingClient client, UnaryOperator<ClientSession.Builder> session, String sql)
            throws Exception
    {
        return submit(client, session, sql).get(30, SECONDS).error().orElseThrow(() -> new AssertionError("Does not fail: " + sql));
    }

    private Future<TestingClient.Result> submit(TestingClient client, UnaryOperator<ClientSession.Builder> session, String sql)
    {
        return executor.submit(() -> client.execute(slot(client, session), sql));
    }

    private static ClientSession slot(TestingClient client, UnaryOperator<ClientSession.Builder> session)
    {
        return session.apply(client.session().source("slot")).build();
    }

    private static TestingClient.Result execute(TestingClient client, String sql)
    {
        return client.execute(session -> session.source("free"), sql);
    }
}
