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

import io.prestosql.testing.GatePlugin;
import io.prestosql.testing.Gates;
import io.prestosql.testing.StockServer;
import io.prestosql.testing.TestingClient;
import io.prestosql.testing.TestingPrestoCluster;
import io.prestosql.testing.TestingPrestoServer;
import io.trino.client.QueryError;
import io.trino.client.StatementClient;
import io.trino.plugin.resourcegroups.ResourceGroupManagerPlugin;
import io.trino.plugin.tpch.TpchPlugin;
import io.trino.server.testing.TestingTrinoServer;
import io.trino.transaction.TransactionInfo;
import io.trino.transaction.TransactionManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.prestosql.node.NodeRole.COORDINATOR;
import static io.prestosql.node.NodeRole.DISPATCHER;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * A transaction lives on one coordinator, and so do its statements.
 */
@TestInstance(PER_CLASS)
public class TestTransactions
{
    private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(2);

    private TestingPrestoCluster cluster;
    private TestingClient client;

    @BeforeAll
    public void setUp()
    {
        cluster = TestingPrestoCluster.builder()
                .addDispatchers(1)
                .addCoordinators(2)
                .addWorkers(1)
                .addPlugin(new TpchPlugin())
                .addCatalog("tpch", "tpch")
                .build();
        client = new TestingClient(cluster.getDispatcherUrl());
    }

    @AfterAll
    public void tearDown()
    {
        client.close();
        cluster.close();
    }

    @Test
    public void testStatementsOfTransactionRunOnOneCoordinator()
    {
        Set<String> coordinators = new HashSet<>();
        for (String end : new String[] {"COMMIT", "ROLLBACK", "COMMIT", "ROLLBACK"}) {
            TestingClient.Result start = client.execute(session -> session.transactionId("NONE"), "START TRANSACTION");
            assertThat(start.error()).isEmpty();
            String transaction = start.startedTransactionId();
            assertThat(transaction).isNotNull();
            String coordinator = coordinatorOf(start);
            coordinators.add(coordinator);

            for (int i = 0; i < 4; i++) {
                // goes to the other coordinator, which has less to do
                client.execute("SELECT 1");
                TestingClient.Result result = client.execute(session -> session.transactionId(transaction), "SELECT count(*) FROM tpch.tiny.nation");
                assertThat(result.onlyValue()).isEqualTo(25L);
                assertThat(coordinatorOf(result)).isEqualTo(coordinator);
            }
            TestingClient.Result ended = client.execute(session -> session.transactionId(transaction), end);
            assertThat(ended.error()).isEmpty();
            assertThat(ended.clearTransactionId()).isTrue();
            assertThat(coordinatorOf(ended)).isEqualTo(coordinator);
        }
        assertThat(coordinators).hasSize(2);
        for (TestingPrestoServer coordinator : cluster.getServers(COORDINATOR)) {
            await().until(() -> coordinator.getInstance(TransactionManager.class).getAllTransactionInfos().isEmpty());
        }
    }

    @Test
    public void testUnknownTransaction()
            throws Exception
    {
        String unknown = UUID.randomUUID().toString();
        try (TestingTrinoServer stock = StockServer.withTpch()) {
            try (TestingClient stockClient = new TestingClient(stock.getBaseUrl())) {
                for (String sql : new String[] {"SELECT 1", "COMMIT", "SELECT count(*) FROM tpch.tiny.nation"}) {
                    QueryError expected = stockClient.execute(session -> session.transactionId(unknown), sql).error().orElseThrow();
                    QueryError actual = client.execute(session -> session.transactionId(unknown), sql).error().orElseThrow();
                    assertThat(actual).as(sql)
                            .usingRecursiveComparison()
                            .ignoringFields("failureInfo")
                            .isEqualTo(expected);
                }
            }
        }
    }

    @Test
    public void testFailedTransaction()
    {
        TestingClient.Result start = client.execute(session -> session.transactionId("NONE"), "START TRANSACTION");
        String transaction = start.startedTransactionId();
        assertThat(client.execute(session -> session.transactionId(transaction), "SELECT 1 / 0").error()).isPresent();
        TestingClient.Result result = client.execute(session -> session.transactionId(transaction), "SELECT 1");
        assertThat(result.error().orElseThrow().getErrorName()).isEqualTo("TRANSACTION_ALREADY_ABORTED");
        assertThat(client.execute(session -> session.transactionId(transaction), "ROLLBACK").error()).isEmpty();
    }

    /**
     * The statement waits for longer than a transaction may be idle. A transaction without a statement in the queue still ends when it is
     * idle.
     */
    @Test
    public void testStatementThatIsQueuedForLong(@TempDir Path directory)
            throws Exception
    {
        Gates gates = new Gates();
        Path groups = Files.writeString(directory.resolve("resource-groups.json"),
                """
                {
                  "rootGroups": [
                    {"name": "free", "softMemoryLimit": "100%", "hardConcurrencyLimit": 100, "maxQueued": 1000},
                    {"name": "global", "softMemoryLimit": "100%", "hardConcurrencyLimit": 1, "maxQueued": 1000}
                  ],
                  "selectors": [{"source": "free", "group": "free"}, {"group": "global"}]
                }
                """);
        try (ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));
                TestingPrestoCluster queueing = TestingPrestoCluster.builder()
                        .addDispatchers(1)
                        .addCoordinators(2)
                        .addWorkers(1)
                        .addPlugin(new GatePlugin(gates))
                        .addCatalog("gate", "gate")
                        .addPlugin(new ResourceGroupManagerPlugin())
                        .setResourceGroups(Map.of("resource-groups.config-file", groups.toString()))
                        // each poll tells that the transaction is in use
                        .addProperty(DISPATCHER, "dispatcher.coordinator-poll-interval", "200ms")
                        .addProperty(COORDINATOR, "transaction.idle-timeout", IDLE_TIMEOUT.toMillis() + "ms")
                        .addProperty(COORDINATOR, "transaction.idle-check-interval", "100ms")
                        .build();
                TestingClient queueingClient = new TestingClient(queueing.getDispatcherUrl())) {
            for (boolean cancel : new boolean[] {false, true}) {
                String gate = "held_" + cancel;
                Future<TestingClient.Result> holder = executor.submit(() -> queueingClient.execute("SELECT x FROM gate.default." + gate));
                await().until(() -> gates.getInside(gate) == 1);
                String transaction = queueingClient.execute(session -> session.source("free").transactionId("NONE"), "START TRANSACTION").startedTransactionId();
                StatementClient statement = queueingClient.start(queueingClient.session().transactionId(transaction).build(), "SELECT x FROM gate.default.passed");
                while (statement.getStats().getQueuedTimeMillis() < 2 * IDLE_TIMEOUT.toMillis()) {
                    assertThat(statement.advance()).isTrue();
                }
                if (cancel) {
                    statement.close();
                    await().until(() -> transactions(queueing).isEmpty());
                }
                gates.open(gate);
                assertThat(holder.get().error()).isEmpty();
                if (!cancel) {
                    gates.open("passed");
                    assertThat(TestingClient.drain(statement).onlyValue()).isEqualTo(42L);
                    assertThat(queueingClient.execute(session -> session.transactionId(transaction), "COMMIT").error()).isEmpty();
                }
            }
        }
    }

    private static List<TransactionInfo> transactions(TestingPrestoCluster cluster)
    {
        return cluster.getServers(COORDINATOR).stream()
                .flatMap(coordinator -> coordinator.getInstance(TransactionManager.class).getAllTransactionInfos().stream())
                .filter(transaction -> !transaction.isAutoCommitContext())
                .collect(toImmutableList());
    }

    private String coordinatorOf(TestingClient.Result result)
    {
        return cluster.getCoordinatorOf(result.queryId()).getNodeId();
    }
}
