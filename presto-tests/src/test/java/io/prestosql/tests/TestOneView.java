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

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.inject.Key;
import io.airlift.discovery.client.Announcement;
import io.airlift.discovery.client.ForDiscoveryClient;
import io.airlift.discovery.client.HttpDiscoveryAnnouncementClient;
import io.airlift.discovery.client.ServiceAnnouncement;
import io.airlift.http.client.HttpClient;
import io.airlift.log.Logger;
import io.airlift.node.NodeConfig;
import io.airlift.node.NodeInfo;
import io.prestosql.fleet.core.CoordinatorHealth;
import io.prestosql.queries.ViewPeers;
import io.prestosql.queue.QueueDriver;
import io.prestosql.testing.GatePlugin;
import io.prestosql.testing.Gates;
import io.prestosql.testing.RawClient;
import io.prestosql.testing.TestingClient;
import io.prestosql.testing.TestingPorts;
import io.prestosql.testing.TestingPrestoCluster;
import io.prestosql.testing.TestingPrestoServer;
import io.prestosql.testing.TestingTier;
import io.trino.client.QueryError;
import io.trino.client.StatementClient;
import io.trino.client.Warning;
import io.trino.plugin.resourcegroups.ResourceGroupManagerPlugin;
import io.trino.plugin.tpch.TpchPlugin;
import io.trino.transaction.TransactionManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.airlift.discovery.client.ServiceAnnouncement.serviceAnnouncement;
import static io.airlift.json.JsonCodec.jsonCodec;
import static io.airlift.units.Duration.nanosSince;
import static io.prestosql.node.NodeRole.COORDINATOR;
import static io.prestosql.node.NodeRole.DISPATCHER;
import static io.prestosql.node.ServiceNames.COORDINATOR_SERVICE;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * Every dispatcher and every coordinator shows the same queries, lets the same users kill them, and waits for no dead or silent node.
 */
@TestInstance(PER_CLASS)
@TestMethodOrder(OrderAnnotation.class)
public class TestOneView
{
    private static final Logger log = Logger.get(TestOneView.class);
    private static final String MISSING = "X-Presto-Missing";
    private static final String SILENT = "silent-1";
    private static final String SILENT_IS_MISSING = SILENT + " (it does not answer)";
    private static final int RUNNING = 4;
    private static final int QUEUED = 3;

    private final Gates gates = new Gates();
    private final RawClient client = new RawClient();
    private final ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));
    private final List<TestingClient> clients = new ArrayList<>();
    private TestingPrestoCluster cluster;

    @BeforeAll
    public void setUp(@TempDir Path directory)
            throws IOException
    {
        Path groups = Files.writeString(directory.resolve("resource-groups.json"),
                """
                {
                  "rootGroups": [
                    {"name": "looking", "softMemoryLimit": "100%%", "hardConcurrencyLimit": 100, "maxQueued": 1000},
                    {"name": "global", "softMemoryLimit": "100%%", "hardConcurrencyLimit": %s, "maxQueued": 1000}
                  ],
                  "selectors": [{"source": "looking", "group": "looking"}, {"group": "global"}]
                }
                """.formatted(RUNNING));
        Path rules = Files.writeString(directory.resolve("rules.json"),
                """
                {
                  "queries": [
                    {"user": "admin", "allow": ["execute", "view", "kill"]},
                    {"allow": ["execute"]}
                  ],
                  "procedures": [
                    {"catalog": "system", "schema": "runtime", "procedure": "kill_query", "privileges": ["EXECUTE"]}
                  ]
                }
                """);
        Path accessControl = Files.writeString(directory.resolve("access-control.properties"), "access-control.name=file\nsecurity.config-file=%s\n".formatted(rules));
        cluster = TestingPrestoCluster.builder()
                .addDispatchers(3)
                .addCoordinators(2)
                .addWorkers(1)
                .shareQueue()
                .addPlugin(new GatePlugin(gates))
                .addPlugin(new TpchPlugin())
                .addPlugin(new ResourceGroupManagerPlugin())
                .addCatalog("gate", "gate")
                .addCatalog("tpch", "tpch")
                .addProperty("access-control.config-files", accessControl.toString())
                // every user of the UI is an admin
                .addProperty(DISPATCHER, "web-ui.authentication.type", "fixed")
                .addProperty(DISPATCHER, "web-ui.user", "admin")
                .addProperty(COORDINATOR, "web-ui.authentication.type", "fixed")
                .addProperty(COORDINATOR, "web-ui.user", "admin")
                .setResourceGroups(Map.of("resource-groups.config-file", groups.toString()))
                .build();
        await().until(() -> leaders().size() == 1);
        for (TestingPrestoServer dispatcher : cluster.getServers(DISPATCHER)) {
            clients.add(new TestingClient(dispatcher.getBaseUrl()));
        }
    }

    @AfterAll
    public void tearDown()
    {
        clients.forEach(TestingClient::close);
        executor.shutdownNow();
        client.close();
        if (cluster != null) {
            cluster.close();
        }
    }

    private List<TestingPrestoServer> leaders()
    {
        return cluster.getServers(DISPATCHER).stream()
                .filter(dispatcher -> dispatcher.getInstance(QueueDriver.class).getCurrentEpoch() != 0)
                .collect(toImmutableList());
    }

    private List<TestingPrestoServer> nodesWithView()
    {
        return cluster.getServers().stream()
                .filter(server -> server.getRoles().isDispatcher() || server.getRoles().isCoordinator())
                .collect(toImmutableList());
    }

    /**
     * Returns the leader, another dispatcher and a coordinator in the short tier, and all nodes that show queries in the long one.
     */
    private List<TestingPrestoServer> nodesOfEachKind()
    {
        if (TestingTier.isLong()) {
            return nodesWithView();
        }
        TestingPrestoServer leader = leaders().getFirst();
        TestingPrestoServer standby = cluster.getServers(DISPATCHER).stream()
                .filter(dispatcher -> dispatcher != leader)
                .findFirst()
                .orElseThrow();
        return List.of(leader, standby, cluster.getServers(COORDINATOR).getFirst());
    }

    @Test
    @Order(1)
    public void testSameQueriesEverywhere()
    {
        try (Load load = new Load("same")) {
            String ended = execute("user", "SELECT count(*) FROM tpch.tiny.nation").queryId();
            Map<String, String> expected = new HashMap<>(load.states());
            expected.put(ended, "FINISHED");
            await().until(() -> statesAt(leaders().getFirst(), "/v1/query", "admin"), states -> states.entrySet().containsAll(expected.entrySet()));
            for (TestingPrestoServer node : nodesWithView()) {
                for (String path : List.of("/v1/query", "/ui/api/query")) {
                    assertThat(states(getFromAll(node, path, "admin"))).as("%s of %s", path, node.getNodeId()).containsAllEntriesOf(expected);
                }
                assertThat(states(getFromAll(node, "/v1/query", "user")).keySet()).as("the owner's queries at %s", node.getNodeId()).containsAll(expected.keySet());
                assertThat(states(getFromAll(node, "/v1/query", "stranger")).keySet()).as("a stranger's queries at %s", node.getNodeId()).doesNotContainAnyElementsOf(expected.keySet());

                for (String queryId : expected.keySet()) {
                    RawClient.Response info = getFromAll(node, "/v1/query/" + queryId, "admin");
                    assertThat(info.status()).as("%s at %s", queryId, node.getNodeId()).isEqualTo(200);
                    assertThat(info.json().get("state").asText()).isEqualTo(expected.get(queryId));
                    assertThat(info.json().get("self").asText()).doesNotContain(otherAddresses(node));
                    assertThat(getFromAll(node, "/v1/query/" + queryId, "stranger").status()).isEqualTo(403);
                }
                JsonNode stats = getFromAll(node, "/ui/api/stats", "admin").json();
                assertThat(stats.get("queuedQueries").asLong()).isEqualTo(QUEUED);
                assertThat(stats.get("activeCoordinators").asLong()).isEqualTo(2);
                assertThat(stats.get("activeWorkers").asLong()).isEqualTo(1);
                JsonNode nodes = get(node, "/ui/api/worker", "admin").json();
                assertThat(nodes.findValuesAsText("nodeId")).containsExactlyInAnyOrder("coordinator-1", "coordinator-2", "worker-1");
                assertThat(get(node, "/ui/api/worker/worker-1/status", "admin").json().get("nodeId").asText()).isEqualTo("worker-1");
                assertThat(get(node, "/ui/api/worker/unknown/status", "admin").status()).isEqualTo(404);
                assertThat(getFromAll(node, "/v1/query/20200101_000000_00000_aaaaa", "admin").status()).isEqualTo(410);
                // only with the cluster's secret
                if (node.getRoles().isCoordinator()) {
                    assertThat(get(node, "/v1/view/query", "admin").status()).isEqualTo(403);
                }
            }
            for (int i = 0; i < 4; i++) {
                await().until(() -> statesInSql("admin"), states -> states.entrySet().containsAll(expected.entrySet()));
                await().until(() -> statesInSql("user"), states -> states.keySet().containsAll(expected.keySet()));
                assertThat(statesInSql("stranger").keySet()).doesNotContainAnyElementsOf(expected.keySet());
            }
        }
    }

    private String[] otherAddresses(TestingPrestoServer node)
    {
        return cluster.getServers().stream()
                .filter(server -> server != node)
                .map(server -> ":" + server.getBaseUrl().getPort() + "/")
                .toArray(String[]::new);
    }

    @Test
    @Order(2)
    public void testTransactionsOfAllCoordinators()
    {
        List<String> transactions = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            transactions.add(execute("user", "START TRANSACTION").startedTransactionId());
        }
        assertThat(cluster.getServers(COORDINATOR)).allSatisfy(coordinator ->
                assertThat(coordinator.getInstance(TransactionManager.class).getAllTransactionInfos().stream().map(info -> info.getTransactionId().toString()))
                        .containsAnyElementsOf(transactions));
        for (int i = 0; i < 4; i++) {
            assertThat(column(execute("admin", "SELECT transaction_id FROM system.runtime.transactions"))).containsAll(transactions);
        }
        for (String transaction : transactions) {
            assertThat(clients.getFirst().execute(session -> session.source("looking").transactionId(transaction), "ROLLBACK").error()).isEmpty();
        }
    }

    @Test
    @Order(3)
    public void testKillFromEveryNode()
            throws Exception
    {
        for (TestingPrestoServer node : nodesWithView()) {
            try (Load load = new Load("killed")) {
                List<String> queries = ImmutableList.copyOf(load.states().keySet());
                for (String queryId : queries) {
                    assertThat(put(node, "/v1/query/" + queryId + "/killed", "because", "stranger").status()).as("%s at %s", queryId, node.getNodeId()).isEqualTo(403);
                }
                assertThat(load.isAnyDone()).isFalse();
                for (int i = 0; i < queries.size(); i++) {
                    // the owner may kill the query, and so may an admin
                    assertThat(put(node, "/v1/query/" + queries.get(i) + "/killed", "because", i % 2 == 0 ? "user" : "admin").status()).as("%s at %s", queries.get(i), node.getNodeId()).isEqualTo(202);
                }
                load.assertAllFailed("ADMINISTRATIVELY_KILLED", "Query killed. Message: because");
                for (String queryId : queries) {
                    await().until(() -> put(node, "/v1/query/" + queryId + "/killed", "again", "admin").status(), status -> status == 409);
                }
            }
        }
    }

    @Test
    @Order(4)
    public void testKillProcedure()
            throws Exception
    {
        for (int round = 0; round < 2; round++) {
            try (Load load = new Load("called")) {
                List<String> queries = ImmutableList.copyOf(load.states().keySet());
                for (int i = 0; i < queries.size(); i++) {
                    String call = "CALL system.runtime.kill_query('%s', 'because')".formatted(queries.get(i));
                    assertThat(execute("stranger", call).error().orElseThrow().getErrorName()).isEqualTo("PERMISSION_DENIED");
                    assertThat(execute(i % 2 == 0 ? "user" : "admin", call).error()).isEmpty();
                }
                load.assertAllFailed("ADMINISTRATIVELY_KILLED", "Query killed. Message: because");
                String again = "CALL system.runtime.kill_query('%s', 'again')".formatted(queries.getFirst());
                await().until(() -> execute("admin", again).error().map(QueryError::getMessage).orElse(""), message -> message.contains("Target query is not running"));
            }
        }
        assertThat(execute("admin", "CALL system.runtime.kill_query('20200101_000000_00000_aaaaa', 'why')").error().orElseThrow().getMessage())
                .isEqualTo("Target query not found: 20200101_000000_00000_aaaaa");
        assertThat(execute("admin", "CALL system.runtime.kill_query('no query', 'why')").error().orElseThrow().getErrorName()).isEqualTo("INVALID_PROCEDURE_ARGUMENT");
    }

    /**
     * A coordinator that accepts connections and does not answer.
     */
    @Test
    @Order(5)
    public void testSilentCoordinator()
            throws Exception
    {
        try (ServerSocket silent = new ServerSocket(0, 10_000, InetAddress.getLoopbackAddress()); Load load = new Load("silence")) {
            announce(SILENT, silent.getLocalPort());
            List<Future<?>> checks = new ArrayList<>();
            for (TestingPrestoServer node : nodesOfEachKind()) {
                // each answer waits for the silent coordinator
                checks.add(executor.submit(() -> assertSilentCoordinatorIsNamed(node, load.states())));
            }
            for (Future<?> check : checks) {
                check.get();
            }
            for (String table : List.of("queries", "transactions")) {
                announce(SILENT, silent.getLocalPort());
                long start = System.nanoTime();
                assertThat(warningsOf("SELECT * FROM system.runtime." + table)).singleElement().asString().contains(SILENT_IS_MISSING);
                assertSoon(start, table);
            }
        }
    }

    private void assertSilentCoordinatorIsNamed(TestingPrestoServer node, Map<String, String> load)
    {
        await("announcement at " + node.getNodeId()).until(() -> node.getInstance(ViewPeers.class).coordinators().containsKey(SILENT));
        getFromAllButSilent(node, "/ui/api/query");
        getFromAllButSilent(node, "/ui/api/stats");
        assertThat(states(getFromAllButSilent(node, "/v1/query"))).containsAllEntriesOf(load);
        // the missing node does not affect queries of other nodes
        for (String queryId : load.keySet()) {
            assertThat(getFromAll(node, "/v1/query/" + queryId, "admin").status()).isEqualTo(200);
        }
        // the silent coordinator may have this query
        assertThat(get(node, "/v1/query/20200101_000000_00000_aaaaa", "admin").status()).isEqualTo(503);
        if (node.getRoles().isDispatcher()) {
            // it is known to be silent then, and named as before without being asked
            await("silence at " + node.getNodeId()).until(() -> node.getInstance(ViewPeers.class).coordinators().get(SILENT).health() == CoordinatorHealth.SILENT);
            assertThat(states(getFromAllButSilent(node, "/v1/query"))).containsAllEntriesOf(load);
            assertThat(get(node, "/v1/query/20200101_000000_00000_aaaaa", "admin").status()).isEqualTo(503);
        }
    }

    /**
     * Announces a coordinator once; a real one repeats that.
     */
    private void announce(String nodeId, int port)
            throws Exception
    {
        NodeInfo node = new NodeInfo(new NodeConfig().setEnvironment("testing").setNodeId(nodeId));
        ServiceAnnouncement announcement = serviceAnnouncement(COORDINATOR_SERVICE)
                .addProperty("http", "http://127.0.0.1:" + port)
                .build();
        for (TestingPrestoServer coordinator : cluster.getServers(COORDINATOR)) {
            new HttpDiscoveryAnnouncementClient(
                    coordinator::getBaseUrl,
                    node,
                    jsonCodec(Announcement.class),
                    coordinator.getInstance(Key.get(HttpClient.class, ForDiscoveryClient.class))).announce(Set.of(announcement)).get();
        }
    }

    /**
     * Queries that ended under an earlier leader are shown under the next.
     */
    @Test
    @Order(6)
    public void testEndedQueriesAfterChangeOfLeaders()
    {
        String ended = execute("user", "SELECT count(*) FROM tpch.tiny.region").queryId();
        try (Load load = new Load("failover")) {
            TestingPrestoServer leader = leaders().getFirst();
            cluster.kill(leader.getNodeId());
            await().until(() -> leaders().size() == 1);
            for (TestingPrestoServer node : nodesWithView()) {
                await("queries at " + node.getNodeId()).until(() -> statesAt(node, "/v1/query", "admin"), states ->
                        "FINISHED".equals(states.get(ended)) && states.keySet().containsAll(load.states().keySet()));
                assertThat(get(node, "/v1/query/" + ended, "user").json().get("state").asText()).isEqualTo("FINISHED");
            }
        }
    }

    @Test
    @Order(7)
    public void testWithoutLeader()
            throws Exception
    {
        Load load = new Load("leaderless");
        TestingPrestoServer leader = leaders().getFirst();
        cluster.kill(leader.getNodeId());
        // one dispatcher of three is left
        await().until(() -> leaders().isEmpty());
        for (TestingPrestoServer node : nodesWithView()) {
            await("the queue at " + node.getNodeId()).until(() -> get(node, "/v1/query", "admin").header(MISSING).orElse(""), missing -> missing.contains("the queue (no dispatcher leads it)"));
            await("queries at " + node.getNodeId()).until(() -> statesAt(node, "/v1/query", "admin"), states -> states.entrySet().containsAll(load.running.entrySet()));
            for (String queryId : load.running.keySet()) {
                RawClient.Response info = await().until(() -> getSoon(node, "/v1/query/" + queryId), response -> response.status() != 503);
                assertThat(info.json().get("state").asText()).isEqualTo("RUNNING");
            }
        }
        Iterator<TestingPrestoServer> nodes = nodesWithView().iterator();
        for (String queryId : load.running.keySet()) {
            TestingPrestoServer node = nodes.hasNext() ? nodes.next() : nodesWithView().getFirst();
            assertThat(put(node, "/v1/query/" + queryId + "/killed", "because", "stranger").status()).isEqualTo(403);
            assertThat(put(node, "/v1/query/" + queryId + "/killed", "because", "user").status()).as("kill at %s", node.getNodeId()).isEqualTo(202);
            assertThat(get(node, "/v1/query/" + queryId, "admin").json().get("state").asText()).isEqualTo("FAILED");
        }
    }

    /**
     * The engine's own tables would wait for more than a minute.
     */
    @Test
    @Order(8)
    public void testSystemTablesRightAfterCoordinatorDied()
            throws Exception
    {
        try (TestingPrestoCluster other = TestingPrestoCluster.builder()
                .addDispatchers(1)
                .addCoordinators(2)
                .addWorkers(1)
                .build();
                TestingClient otherClient = new TestingClient(other.getDispatcherUrl())) {
            for (int round = 0; round < TestingTier.rounds(1, 2); round++) {
                if (round > 0) {
                    other.start("coordinator-1");
                    other.awaitReady();
                }
                URI address = other.getServer("coordinator-1").getBaseUrl();
                Future<?> kill = executor.submit(() -> other.kill("coordinator-1"));
                await().until(() -> TestingPorts.isRefused(address.getPort()));
                for (String table : List.of("queries", "tasks", "transactions", "nodes")) {
                    long start = System.nanoTime();
                    TestingClient.Result result = otherClient.execute("SELECT count(*) FROM system.runtime." + table);
                    log.info("system.runtime.%s right after a coordinator has died: %s, %s", table, nanosSince(start).convertToMostSuccinctTimeUnit(), result.error().map(QueryError::getErrorName));
                    assertSoon(start, table);
                    assertThat(result.onlyValue()).as(table).isInstanceOf(Long.class);
                }
                kill.get();
            }
        }
    }

    /**
     * Allows a second for silent nodes, plus the delays of a busy machine.
     */
    private static void assertSoon(long startNanos, String what)
    {
        assertThat(nanosSince(startNanos).toMillis()).as("milliseconds for %s", what).isLessThan(4_000);
    }

    private RawClient.Response get(TestingPrestoServer node, String path, String user)
    {
        return client.get(node.getBaseUrl().resolve(path), Map.of("X-Trino-User", user));
    }

    /**
     * Asks again while a node is missing: on a busy machine, a node can be silent for longer than the view waits.
     */
    private RawClient.Response getFromAll(TestingPrestoServer node, String path, String user)
    {
        return await().until(() -> get(node, path, user), response -> response.status() != 503 && response.header(MISSING).isEmpty());
    }

    /**
     * Asks again while other nodes than the silent one are missing. Each answer comes in time, and names the silent node.
     */
    private RawClient.Response getFromAllButSilent(TestingPrestoServer node, String path)
    {
        return await().until(
                () -> {
                    RawClient.Response response = getSoon(node, path);
                    assertThat(response.header(MISSING).orElse("")).contains(SILENT_IS_MISSING);
                    return response;
                },
                response -> response.header(MISSING).orElseThrow().equals(SILENT_IS_MISSING));
    }

    private RawClient.Response getSoon(TestingPrestoServer node, String path)
    {
        long start = System.nanoTime();
        RawClient.Response response = get(node, path, "admin");
        assertSoon(start, "%s at %s".formatted(path, node.getNodeId()));
        return response;
    }

    private RawClient.Response put(TestingPrestoServer node, String path, String body, String user)
    {
        return client.send("PUT", node.getBaseUrl().resolve(path), body, Map.of("X-Trino-User", user));
    }

    private Map<String, String> statesAt(TestingPrestoServer node, String path, String user)
    {
        return states(get(node, path, user));
    }

    private static Map<String, String> states(RawClient.Response response)
    {
        assertThat(response.status()).as("%s", response).isEqualTo(200);
        Map<String, String> states = new HashMap<>();
        response.json().forEach(query -> assertThat(states.put(query.get("queryId").asText(), query.get("state").asText())).isNull());
        return states;
    }

    private Map<String, String> statesInSql(String user)
    {
        TestingClient.Result result = execute(user, "SELECT query_id, state FROM system.runtime.queries");
        assertThat(result.error()).isEmpty();
        return result.rows().stream().collect(toImmutableMap(row -> (String) row.getFirst(), row -> (String) row.getLast()));
    }

    private TestingClient.Result execute(String user, String sql)
    {
        return clients.getFirst().execute(session -> session.user(Optional.of(user)).source("looking"), sql);
    }

    private static List<String> column(TestingClient.Result result)
    {
        assertThat(result.error()).isEmpty();
        return result.rows().stream().map(row -> (String) row.getFirst()).collect(toImmutableList());
    }

    private List<String> warningsOf(String sql)
    {
        TestingClient sqlClient = clients.getFirst();
        try (StatementClient statement = sqlClient.start(sqlClient.session().user(Optional.of("admin")).source("looking").build(), sql)) {
            assertThat(TestingClient.drain(statement).error()).isEmpty();
            return statement.finalStatusInfo().getWarnings().stream()
                    .map(Warning::getMessage)
                    .collect(toImmutableList());
        }
    }

    /**
     * As many queries as may run at once, and some that wait behind them.
     */
    private class Load
            implements Closeable
    {
        private final String gate;
        private final List<StatementClient> statements = new ArrayList<>();
        private final List<Future<TestingClient.Result>> results = new ArrayList<>();
        private final Map<String, String> running = new HashMap<>();
        private final Map<String, String> queued = new HashMap<>();

        private Load(String gate)
        {
            this.gate = gate + System.nanoTime();
            for (int i = 0; i < RUNNING; i++) {
                running.put(submit(i), "RUNNING");
            }
            await().until(() -> gates.getInside(this.gate), inside -> inside == RUNNING);
            for (int i = 0; i < QUEUED; i++) {
                queued.put(submit(i), "QUEUED");
            }
            TestingPrestoServer leader = leaders().getFirst();
            await().until(() -> statesAt(leader, "/v1/query", "admin"), states -> states.entrySet().containsAll(states().entrySet()));
        }

        private String submit(int number)
        {
            List<TestingPrestoServer> dispatchers = cluster.getServers(DISPATCHER);
            URI dispatcher = dispatchers.get(number % dispatchers.size()).getBaseUrl();
            TestingClient source = clients.stream().filter(known -> known.session().build().getServer().equals(dispatcher)).findFirst().orElseThrow();
            StatementClient statement = source.start("SELECT x FROM gate.default." + gate);
            statements.add(statement);
            results.add(executor.submit(() -> TestingClient.drain(statement)));
            return statement.currentStatusInfo().getId();
        }

        private Map<String, String> states()
        {
            return ImmutableMap.<String, String>builder().putAll(running).putAll(queued).buildOrThrow();
        }

        private boolean isAnyDone()
        {
            return results.stream().anyMatch(Future::isDone);
        }

        private void assertAllFailed(String errorName, String message)
                throws Exception
        {
            for (Future<TestingClient.Result> result : results) {
                QueryError error = result.get().error().orElseThrow();
                assertThat(error.getErrorName()).isEqualTo(errorName);
                assertThat(error.getMessage()).isEqualTo(message);
            }
        }

        @Override
        public void close()
        {
            gates.open(gate);
            statements.forEach(StatementClient::close);
            // a client of a killed dispatcher reaches no dispatcher, and its query would wait to be read
            TestingPrestoServer leader = leaders().getFirst();
            states().keySet().forEach(queryId -> put(leader, "/v1/query/" + queryId + "/killed", "It is not needed any more", "admin"));
        }
    }
}
