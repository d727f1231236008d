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
import io.airlift.log.Logger;
import io.prestosql.coordinator.AssignedQueries;
import io.prestosql.dispatcher.leader.LeaderRoutingQueueService;
import io.prestosql.queue.QueueDriver;
import io.prestosql.testing.GatePlugin;
import io.prestosql.testing.Gates;
import io.prestosql.testing.RawClient;
import io.prestosql.testing.TestingClient;
import io.prestosql.testing.TestingPrestoCluster;
import io.prestosql.testing.TestingPrestoServer;
import io.trino.client.StatementClient;
import io.trino.plugin.tpch.TpchPlugin;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.airlift.units.Duration.nanosSince;
import static io.prestosql.node.NodeRole.COORDINATOR;
import static io.prestosql.node.NodeRole.DISPATCHER;
import static java.time.Duration.ofSeconds;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * Three dispatchers with one queue: any of them answers for any query, and the others go on when the leader is killed.
 */
@TestInstance(PER_CLASS)
@TestMethodOrder(OrderAnnotation.class)
public class TestSeveralDispatchers
{
    private static final Logger log = Logger.get(TestSeveralDispatchers.class);
    private static final Map<String, String> USER = Map.of("X-Trino-User", "user");
    private static final int LIMIT = 3;
    private static final int QUEUED = 40;

    private final Gates gates = new Gates();
    private final RawClient client = new RawClient();
    private final ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));
    private TestingPrestoCluster cluster;

    @BeforeAll
    public void setUp(@TempDir Path directory)
    {
        cluster = TestingPrestoCluster.builder()
                .addDispatchers(3)
                .addCoordinators(2)
                .addWorkers(1)
                .shareQueue()
                .addPlugin(new GatePlugin(gates))
                .addPlugin(new TpchPlugin())
                .addCatalog("gate", "gate")
                .addCatalog("tpch", "tpch")
                .addResourceGroup(directory, LIMIT)
                .build();
        await().until(() -> leaders().size() == 1);
    }

    @AfterAll
    public void tearDown()
    {
        gates.open("running");
        gates.open("queued");
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

    private List<TestingPrestoServer> standbys()
    {
        return cluster.getServers(DISPATCHER).stream()
                .filter(dispatcher -> dispatcher.getInstance(QueueDriver.class).getCurrentEpoch() == 0)
                .collect(toImmutableList());
    }

    /**
     * Follows a query, with each request at another dispatcher.
     */
    private class Wanderer
    {
        private final List<TestingPrestoServer> dispatchers = cluster.getServers(DISPATCHER);
        private final List<JsonNode> rows = new ArrayList<>();
        private int next;
        private String queryId;
        private Optional<URI> nextUri;
        private Optional<String> error = Optional.empty();

        private Wanderer(int first, String sql)
        {
            next = first;
            take(client.post(dispatcher().resolve("/v1/statement"), sql, USER));
        }

        private URI dispatcher()
        {
            return dispatchers.get(next++ % dispatchers.size()).getBaseUrl();
        }

        private void take(RawClient.Response response)
        {
            assertThat(response.status()).as("%s", response).isEqualTo(200);
            JsonNode results = response.json();
            queryId = results.get("id").asText();
            nextUri = response.uri("nextUri");
            if (results.has("data")) {
                results.get("data").forEach(rows::add);
            }
            if (results.has("error")) {
                error = Optional.of(results.get("error").get("errorName").asText());
            }
        }

        private boolean advance()
        {
            if (nextUri.isEmpty()) {
                return false;
            }
            URI uri = dispatcher().resolve(nextUri.get().getRawPath());
            RawClient.Response response = client.get(uri, USER);
            // a 503 says that this dispatcher has not heard of the query yet
            if (response.status() != 503) {
                take(response);
            }
            return true;
        }

        private Wanderer toEnd()
        {
            long start = System.nanoTime();
            while (advance()) {
                // each answer is held until there is something to tell
                assertThat(nanosSince(start).toMillis()).as("milliseconds that query %s takes", queryId).isLessThan(60_000);
            }
            return this;
        }
    }

    @Test
    @Order(1)
    public void testEveryRequestToAnotherDispatcher()
    {
        for (int first = 0; first < 3; first++) {
            Wanderer nations = new Wanderer(first, "SELECT name FROM tpch.tiny.nation").toEnd();
            assertThat(nations.error).isEmpty();
            assertThat(nations.rows).hasSize(25);

            Wanderer orders = new Wanderer(first, "SELECT * FROM tpch.tiny.orders").toEnd();
            assertThat(orders.rows).hasSize(15_000);

            Wanderer mistake = new Wanderer(first, "SELECT nothing FROM tpch.tiny.nation").toEnd();
            assertThat(mistake.error).contains("COLUMN_NOT_FOUND");

            Wanderer nonsense = new Wanderer(first, "SELEC 1").toEnd();
            assertThat(nonsense.error).contains("SYNTAX_ERROR");
        }
        assertThat(standbys()).hasSize(2).allMatch(standby -> standby.getInstance(LeaderRoutingQueueService.class).getForwardedCalls() > 0);
    }

    @Test
    @Order(2)
    public void testQueriesAsStandbysShowThem()
    {
        Wanderer query = new Wanderer(0, "SELECT 1").toEnd();
        for (TestingPrestoServer dispatcher : cluster.getServers(DISPATCHER)) {
            RawClient.Response list = client.get(dispatcher.getBaseUrl().resolve("/v1/query"), USER);
            assertThat(list.json().findValuesAsText("queryId")).contains(query.queryId);
            RawClient.Response info = client.get(dispatcher.getBaseUrl().resolve("/v1/query/" + query.queryId), USER);
            assertThat(info.json().get("query").asText()).isEqualTo("SELECT 1");
            assertThat(client.get(dispatcher.getBaseUrl().resolve("/v1/query/20200101_000000_00000_aaaaa"), USER).status()).isEqualTo(410);
            assertThat(client.get(dispatcher.getBaseUrl().resolve("/v1/statement/queued/20200101_000000_00000_aaaaa/slug/1"), USER).status()).isEqualTo(404);
            assertThat(client.get(dispatcher.getBaseUrl().resolve("/v1/statement/executing/20200101_000000_00000_aaaaa/slug/1"), USER).status()).isEqualTo(404);
            // only with the cluster's secret
            assertThat(client.get(dispatcher.getBaseUrl().resolve("/v1/queue/query"), USER).status()).isEqualTo(403);
        }
    }

    @Test
    @Order(3)
    public void testCancelByAnotherDispatcher()
    {
        for (int canceler = 0; canceler < 3; canceler++) {
            Wanderer running = new Wanderer(0, "SELECT x FROM gate.default.canceled");
            Wanderer byProtocol = new Wanderer(1, "SELECT x FROM gate.default.canceled");
            // as in the engine, no other client finds a query before its own client has asked for it
            running.advance();
            URI dispatcher = cluster.getServers(DISPATCHER).get(canceler).getBaseUrl();
            assertThat(client.send("DELETE", dispatcher.resolve("/v1/query/" + running.queryId), "", USER).status()).isEqualTo(204);
            assertThat(client.send("DELETE", dispatcher.resolve(byProtocol.nextUri.orElseThrow().getRawPath()), "", USER).status()).isEqualTo(204);
            assertThat(running.toEnd().error).contains("USER_CANCELED");
            assertThat(byProtocol.toEnd().error).contains("USER_CANCELED");
        }
    }

    /**
     * The answer with the last rows was lost. The dispatcher that is asked for it again was started after the query's end, when
     * coordinators no longer report the query.
     */
    @Test
    @Order(4)
    public void testLastRowsByDispatcherThatWasStartedLater()
    {
        Wanderer query = new Wanderer(0, "SELECT name FROM tpch.tiny.nation");
        Optional<URI> last = Optional.empty();
        while (query.nextUri.isPresent()) {
            last = query.nextUri;
            query.advance();
        }
        assertThat(query.rows).hasSize(25);
        String path = last.orElseThrow().getRawPath();
        // the log has the end, and the coordinators are told so
        await().until(() -> cluster.getServers(COORDINATOR).stream().allMatch(coordinator -> coordinator.getInstance(AssignedQueries.class).getRunningQueries() == 0));

        String nodeId = standbys().getFirst().getNodeId();
        cluster.kill(nodeId);
        URI dispatcher = cluster.start(nodeId).getBaseUrl();
        await().until(() -> client.get(dispatcher.resolve(path), USER).status() == 200);
        RawClient.Response again = client.get(dispatcher.resolve(path), USER);
        assertThat(again.json().get("stats").get("state").asText()).isEqualTo("FINISHED");
        assertThat(again.uri("nextUri")).isEmpty();
    }

    /**
     * One of the last tests, as it takes a dispatcher away.
     */
    @Test
    @Order(5)
    public void testKilledLeader()
            throws Exception
    {
        TestingPrestoServer leader = leaders().getFirst();
        int before = gates.getEntered().size();
        List<Future<TestingClient.Result>> running = new ArrayList<>();
        List<Future<TestingClient.Result>> queued = new ArrayList<>();
        List<TestingClient> clients = standbys().stream().map(standby -> new TestingClient(standby.getBaseUrl())).collect(toImmutableList());
        for (int i = 0; i < LIMIT; i++) {
            TestingClient standby = clients.get(i % clients.size());
            running.add(executor.submit(() -> standby.execute("SELECT x FROM gate.default.running")));
        }
        await().until(() -> gates.getInside("running"), inside -> inside == LIMIT);
        for (int i = 0; i < QUEUED; i++) {
            StatementClient statement = clients.get(i % clients.size()).start("SELECT x FROM gate.default.queued");
            queued.add(executor.submit(() -> TestingClient.drain(statement)));
        }

        long killed = System.nanoTime();
        cluster.kill(leader.getNodeId());
        // the answer is held until there is another leader
        StatementClient submitted = clients.getFirst().start("SELECT x FROM gate.default.queued");
        log.info("The first query after the leader was killed was accepted after %s", nanosSince(killed).convertToMostSuccinctTimeUnit());
        queued.add(executor.submit(() -> TestingClient.drain(submitted)));
        await().until(() -> leaders().size() == 1);
        assertThat(running).noneMatch(Future::isDone);
        assertThat(gates.getInside("queued")).isZero();

        gates.open("running");
        gates.open("queued");
        for (Future<TestingClient.Result> future : running) {
            assertThat(future.get().onlyValue()).isEqualTo(42L);
        }
        for (Future<TestingClient.Result> future : queued) {
            assertThat(future.get().onlyValue()).isEqualTo(42L);
        }
        log.info("%s queries over two leaders; at most %s at once, limit %s", LIMIT + queued.size(), gates.getMaxInside(), LIMIT);
        assertThat(gates.getMaxInside()).isLessThanOrEqualTo(LIMIT);
        assertThat(gates.getEntered()).hasSize(before + LIMIT + queued.size());
        clients.forEach(TestingClient::close);
    }

    /**
     * A missing majority is not a passing state, so clients and operators are told the reason. In the short tier, TestEmbeddedQueryLogPeers
     * shows that the log has it.
     */
    @Tag("long")
    @Test
    @Order(6)
    public void testMajorityIsAway()
    {
        cluster.kill(cluster.getServers(DISPATCHER).getFirst().getNodeId());
        URI last = cluster.getServers(DISPATCHER).getFirst().getBaseUrl();
        await().atMost(ofSeconds(60)).untilAsserted(() -> {
            RawClient.Response response = client.post(last.resolve("/v1/statement"), "SELECT 1", USER);
            assertThat(response.status()).isEqualTo(503);
            assertThat(response.body()).matches("No dispatcher leads the queue: 2 of the 3 dispatchers that keep the query log have to be up, and 1 answers: [^ ]+, [^ ]+ do not");
        });
    }
}
