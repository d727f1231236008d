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
import com.google.inject.Key;
import io.airlift.discovery.client.Announcement;
import io.airlift.discovery.client.ForDiscoveryClient;
import io.airlift.discovery.client.HttpDiscoveryAnnouncementClient;
import io.airlift.discovery.client.ServiceAnnouncement;
import io.airlift.http.client.HttpClient;
import io.airlift.node.NodeConfig;
import io.airlift.node.NodeInfo;
import io.prestosql.coordinator.AssignedQueries;
import io.prestosql.queue.QueueDriver;
import io.prestosql.testing.GatePlugin;
import io.prestosql.testing.Gates;
import io.prestosql.testing.RawClient;
import io.prestosql.testing.TestingPrestoCluster;
import io.prestosql.testing.TestingPrestoServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.function.Predicate;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.Iterables.getOnlyElement;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.airlift.discovery.client.ServiceAnnouncement.serviceAnnouncement;
import static io.airlift.json.JsonCodec.jsonCodec;
import static io.airlift.units.Duration.nanosSince;
import static io.prestosql.node.NodeRole.COORDINATOR;
import static io.prestosql.node.NodeRole.DISPATCHER;
import static io.prestosql.node.ServiceNames.DISPATCHER_SERVICE;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * The page for operators: every dispatcher shows the same to logged-in users, including the events after a kill of the leader or a
 * coordinator.
 */
@TestInstance(PER_CLASS)
@TestMethodOrder(OrderAnnotation.class)
public class TestOperations
{
    private static final Map<String, String> USER = Map.of("X-Trino-User", "watcher");
    private static final int RUNNING = 4;
    private static final int QUEUED = 3;

    private final Gates gates = new Gates();
    private final RawClient client = new RawClient();
    private final ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));
    private TestingPrestoCluster cluster;
    private Map<String, String> login;

    @BeforeAll
    public void setUp(@TempDir Path directory)
    {
        cluster = TestingPrestoCluster.builder()
                .addDispatchers(3)
                .addCoordinators(2)
                .addWorkers(1)
                .shareQueue()
                .addPlugin(new GatePlugin(gates))
                .addCatalog("gate", "gate")
                .addResourceGroup(directory, RUNNING)
                .build();
        await().until(() -> leaders().size() == 1);
    }

    @AfterAll
    public void tearDown()
    {
        gates.open("held");
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

    @Test
    @Order(1)
    public void testNeedsLogIn()
    {
        for (TestingPrestoServer dispatcher : cluster.getServers(DISPATCHER)) {
            assertThat(get(dispatcher, "/ui/api/operations", USER).status()).isEqualTo(401);
            RawClient.Response page = get(dispatcher, "/ui/operations.html", USER);
            assertThat(page.status()).isEqualTo(303);
            assertThat(page.header("Location").orElseThrow()).contains("/ui/login.html");
            // only with the cluster's secret
            assertThat(get(dispatcher, "/v1/dispatcher", USER).status()).isEqualTo(403);
        }

        login = client.logIn(cluster.getServers(DISPATCHER).getFirst().getBaseUrl(), "admin");
        // behind a load balancer, a browser talks to each dispatcher in turn
        for (TestingPrestoServer dispatcher : cluster.getServers(DISPATCHER)) {
            assertThat(get(dispatcher, "/ui/api/operations", login).status()).as(dispatcher.getNodeId()).isEqualTo(200);
        }
    }

    @Test
    @Order(2)
    public void testPage()
    {
        for (TestingPrestoServer dispatcher : cluster.getServers(DISPATCHER)) {
            RawClient.Response page = get(dispatcher, "/ui/operations.html", login);
            assertThat(page.status()).isEqualTo(200);
            assertThat(page.header("Content-Type").orElseThrow()).startsWith("text/html");
            assertThat(page.body()).contains("assets/js/operations.js");
            for (String asset : List.of("assets/js/operations.js", "assets/css/operations.css", "assets/trino.css", "assets/logo.png", "vendor/bootstrap/css/bootstrap.css")) {
                assertThat(get(dispatcher, "/ui/" + asset, USER).status()).as(asset).isEqualTo(200);
            }
            for (String enginePage : List.of("", "query.html", "workers.html")) {
                RawClient.Response original = get(dispatcher, "/ui/" + enginePage, login);
                assertThat(original.status()).as(enginePage).isEqualTo(200);
                assertThat(original.body()).as(enginePage).contains("id=\"title\"").containsOnlyOnce("assets/js/operations-link.js");
            }
        }
        for (TestingPrestoServer coordinator : cluster.getServers(COORDINATOR)) {
            // the log-in is valid here, too; but a coordinator without the dispatcher's role knows neither the dispatchers nor the queue
            RawClient.Response index = get(coordinator, "/ui/", login);
            assertThat(index.status()).isEqualTo(200);
            assertThat(index.body()).doesNotContain("operations-link.js");
            assertThat(get(coordinator, "/ui/api/operations", login).status()).isEqualTo(404);
        }
    }

    @Test
    @Order(3)
    public void testEveryDispatcherShowsTheSame()
    {
        TestingPrestoServer leader = getOnlyElement(leaders());
        TestingPrestoServer standby = cluster.getServers(DISPATCHER).stream()
                .filter(dispatcher -> dispatcher != leader)
                .findFirst().orElseThrow();
        for (int i = 0; i < RUNNING + QUEUED; i++) {
            executor.submit(() -> readToEnd(standby));
        }
        await().until(() -> gates.getInside("held") == RUNNING);

        long epoch = leader.getInstance(QueueDriver.class).getCurrentEpoch();
        for (TestingPrestoServer dispatcher : cluster.getServers(DISPATCHER)) {
            // coordinators report their queries, and workers their memory, a moment later
            JsonNode operations = awaitOperations(dispatcher, shown ->
                    shown.at("/clusters/0/runningQueries").asInt() == RUNNING
                            && shown.at("/clusters/0/waitingQueries").asInt() == QUEUED
                            && shown.get("dispatchers").findValues("logEntriesBehind").stream().allMatch(behind -> behind.isIntegralNumber() && behind.asLong() == 0)
                            && shown.get("coordinators").findValues("queries").stream().mapToInt(JsonNode::asInt).sum() == RUNNING
                            && shown.at("/workers/0/memoryBytes").asLong() > 0
                            && shown.at("/workers/0/cpuLoad").isNumber()
                            && shown.get("missing").isEmpty());
            assertThat(operations.get("answeredBy").asText()).isEqualTo(dispatcher.getNodeId());

            Map<String, JsonNode> dispatchers = byNode(operations.get("dispatchers"));
            assertThat(dispatchers).containsOnlyKeys("dispatcher-1", "dispatcher-2", "dispatcher-3");
            dispatchers.forEach((nodeId, shown) -> {
                assertThat(shown.get("state").asText()).as(nodeId).isEqualTo(nodeId.equals(leader.getNodeId()) ? "LEADER" : "STANDBY");
                assertThat(shown.get("follows").asText()).isEqualTo(leader.getNodeId());
                assertThat(shown.get("address").asText()).isEqualTo(cluster.getServer(nodeId).getBaseUrl().getAuthority());
                assertThat(shown.get("version").asText()).isEqualTo(TestingPrestoServer.VERSION);
                assertThat(shown.get("logStore").asText()).isEqualTo("EMBEDDED");
                assertThat(shown.get("logAvailable").asBoolean()).isTrue();
            });
            assertThat(dispatchers.get(leader.getNodeId()).get("epoch").asLong()).isEqualTo(epoch);

            Map<String, JsonNode> coordinators = byNode(operations.get("coordinators"));
            assertThat(coordinators).containsOnlyKeys("coordinator-1", "coordinator-2");
            assertThat(coordinators.values()).allSatisfy(shown -> {
                assertThat(shown.get("health").asText()).isEqualTo("ANSWERING");
                assertThat(shown.get("state").asText()).isEqualTo("ACTIVE");
                assertThat(shown.get("takesQueries").asBoolean()).isTrue();
                assertThat(shown.has("refusal")).isFalse();
                assertThat(shown.get("leased").asBoolean()).isTrue();
                assertThat(shown.get("version").asText()).isEqualTo(TestingPrestoServer.VERSION);
                assertThat(shown.get("activeWorkers").asInt()).isEqualTo(1);
                assertThat(shown.get("leaseAgeMillis").asLong()).isBetween(0L, 10_000L);
            });

            JsonNode worker = getOnlyElement(operations.get("workers"));
            assertThat(worker.get("nodeId").asText()).isEqualTo("worker-1");
            assertThat(worker.get("state").asText()).isEqualTo("ACTIVE");
            assertThat(worker.get("processors").asInt()).isPositive();

            JsonNode group = getOnlyElement(operations.get("resourceGroups"));
            assertThat(group.get("name").asText()).isEqualTo("global");
            assertThat(group.get("runningQueries").asInt()).isEqualTo(RUNNING);
            assertThat(group.get("hardConcurrencyLimit").asInt()).isEqualTo(RUNNING);
            assertThat(group.get("queuedQueries").asInt()).isEqualTo(QUEUED);
            assertThat(group.get("maxQueuedQueries").asInt()).isEqualTo(1000);

            JsonNode election = operations.get("elections").get(0);
            assertThat(election.get("epoch").asLong()).isEqualTo(epoch);
            assertThat(election.get("leader").asText()).isEqualTo(leader.getNodeId());
            assertThat(election.at("/takeover/queries").asInt()).isZero();
            assertThat(election.at("/takeover/rebuildMillis").isNumber()).isTrue();

            // nothing about single queries, users, or the nodes' secret
            assertThat(operations.toString()).doesNotContain("SELECT", "watcher", TestingPrestoServer.SHARED_SECRET);
        }
    }

    @Test
    @Order(4)
    public void testSilentDispatcher()
            throws Exception
    {
        // the operating system accepts connections, but no process takes them
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"))) {
            announceDispatcher("silent", silent.getLocalPort());
            for (TestingPrestoServer dispatcher : cluster.getServers(DISPATCHER)) {
                awaitOperations(dispatcher, shown -> {
                    announceDispatcher("silent", silent.getLocalPort());
                    return byNode(shown.get("dispatchers")).containsKey("silent");
                });
                long start = System.nanoTime();
                JsonNode operations = operations(dispatcher);
                // a second for the silent one, plus a margin for a slow machine
                assertThat(nanosSince(start).toMillis()).isLessThan(5000);
                assertThat(byNode(operations.get("dispatchers")).get("silent").get("state").asText()).isEqualTo("SILENT");
                assertThat(operations.get("missing")).extracting(JsonNode::asText).containsExactly("silent (it does not answer)");
                assertThat(operations.get("resourceGroups")).isNotEmpty();
            }
        }
        for (TestingPrestoServer dispatcher : cluster.getServers(DISPATCHER)) {
            // it refuses connections from now on, and is missed
            awaitOperations(dispatcher, shown -> byNode(shown.get("dispatchers")).get("silent").get("state").asText().equals("GONE"));
        }
    }

    private void announceDispatcher(String nodeId, int port)
    {
        NodeInfo node = new NodeInfo(new NodeConfig().setEnvironment("testing").setNodeId(nodeId));
        ServiceAnnouncement announcement = serviceAnnouncement(DISPATCHER_SERVICE)
                .addProperty("http", "http://127.0.0.1:" + port)
                .build();
        for (TestingPrestoServer coordinator : cluster.getServers(COORDINATOR)) {
            try {
                new HttpDiscoveryAnnouncementClient(
                        coordinator::getBaseUrl,
                        node,
                        jsonCodec(Announcement.class),
                        coordinator.getInstance(Key.get(HttpClient.class, ForDiscoveryClient.class))).announce(Set.of(announcement)).get();
            }
            catch (Exception e) {
                throw new RuntimeException(e);
            }
        }
    }

    @Test
    @Order(5)
    public void testLeaderKilled()
    {
        TestingPrestoServer killed = getOnlyElement(leaders());
        long epoch = killed.getInstance(QueueDriver.class).getCurrentEpoch();
        cluster.kill(killed.getNodeId());
        await().until(() -> leaders().size() == 1);
        TestingPrestoServer leader = getOnlyElement(leaders());

        for (TestingPrestoServer dispatcher : cluster.getServers(DISPATCHER)) {
            JsonNode operations = awaitOperations(dispatcher, shown ->
                    leader.getNodeId().equals(shown.at("/elections/0/leader").asText())
                            && shown.at("/elections/0/takeover/open").asInt(-1) == 0
                            && shown.at("/clusters/0/waitingQueries").asInt() == QUEUED);
            Map<String, JsonNode> dispatchers = byNode(operations.get("dispatchers"));
            assertThat(dispatchers.get(leader.getNodeId()).get("state").asText()).isEqualTo("LEADER");
            assertThat(dispatchers.get(killed.getNodeId()).get("state").asText()).isEqualTo("GONE");
            assertThat(dispatchers.get(killed.getNodeId()).get("problem").asText()).isEqualTo("it refuses connections");

            JsonNode election = operations.at("/elections/0");
            assertThat(election.get("epoch").asLong()).isGreaterThan(epoch);
            JsonNode takeover = election.get("takeover");
            assertThat(takeover.get("queries").asInt()).isEqualTo(RUNNING + QUEUED);
            assertThat(takeover.get("over").asInt()).isZero();
            assertThat(takeover.get("sent").asInt()).isEqualTo(RUNNING);
            assertThat(takeover.at("/fates/found").asInt()).isEqualTo(RUNNING);
            assertThat(takeover.at("/fates/failed").asInt()).isZero();
            assertThat(takeover.get("rebuildMillis").isNumber()).isTrue();
            // no process still knows what that leader had taken over
            JsonNode before = operations.at("/elections/1");
            assertThat(before.get("leader").asText()).isEqualTo(killed.getNodeId());
            assertThat(before.get("epoch").asLong()).isEqualTo(epoch);
            assertThat(before.has("takeover")).isFalse();
        }

        cluster.start(killed.getNodeId());
        for (TestingPrestoServer dispatcher : cluster.getServers(DISPATCHER)) {
            awaitOperations(dispatcher, shown -> byNode(shown.get("dispatchers")).get(killed.getNodeId()).get("state").asText().equals("STANDBY"));
        }
    }

    @Test
    @Order(6)
    public void testCoordinatorKilled()
    {
        TestingPrestoServer killed = cluster.getServers(COORDINATOR).stream()
                .filter(coordinator -> coordinator.getInstance(AssignedQueries.class).getRunningQueries() > 0)
                .findFirst().orElseThrow();
        int queries = killed.getInstance(AssignedQueries.class).getRunningQueries();
        cluster.kill(killed.getNodeId());
        for (TestingPrestoServer dispatcher : cluster.getServers(DISPATCHER)) {
            // its queries end one after another
            JsonNode operations = awaitOperations(dispatcher, shown ->
                    shown.at("/losses/0/coordinator").asText().equals(killed.getNodeId()) && shown.at("/losses/0/fates/failed").asInt() == queries);
            JsonNode loss = operations.at("/losses/0");
            assertThat(loss.get("reason").asText()).isEqualTo("it refuses connections");
            // an earlier leader may have exposed these queries
            assertThat(loss.at("/fates/errors/COORDINATOR_LOST").asInt()).isEqualTo(queries);
            assertThat(loss.at("/fates/runAgain").asInt()).isZero();
            // one of two coordinators is enough
            assertThat(operations.at("/clusters/0/takesQueries").asBoolean()).isTrue();
            assertThat(operations.at("/clusters/0/availableCoordinators").asInt()).isEqualTo(1);
            assertThat(byNode(operations.get("coordinators")).get(killed.getNodeId()).get("refusal").asText()).isEqualTo("is gone");
        }
    }

    @Test
    @Order(7)
    public void testWorkersMissing()
    {
        TestingPrestoServer coordinator = getOnlyElement(cluster.getServers(COORDINATOR));
        cluster.kill("worker-1");
        for (TestingPrestoServer dispatcher : cluster.getServers(DISPATCHER)) {
            JsonNode operations = awaitOperations(dispatcher, shown -> !shown.at("/clusters/0/takesQueries").asBoolean());
            assertThat(byNode(operations.get("coordinators")).get(coordinator.getNodeId()).get("refusal").asText())
                    .isEqualTo("has 0 of 1 active workers that it requires");
        }
    }

    /**
     * Reads a query to its end, as a client with a single dispatcher does.
     */
    private void readToEnd(TestingPrestoServer dispatcher)
    {
        RawClient.Response response = client.post(dispatcher.getBaseUrl().resolve("/v1/statement"), "SELECT x FROM gate.default.held", USER);
        Optional<URI> next = response.uri("nextUri");
        while (next.isPresent()) {
            response = client.get(next.get(), USER);
            if (response.status() == 200) {
                next = response.uri("nextUri");
            }
            else {
                assertThat(response.status()).isEqualTo(503);
            }
        }
    }

    private JsonNode awaitOperations(TestingPrestoServer dispatcher, Predicate<JsonNode> expected)
    {
        return await("operations at " + dispatcher.getNodeId()).until(() -> operations(dispatcher), expected);
    }

    private JsonNode operations(TestingPrestoServer dispatcher)
    {
        RawClient.Response response = get(dispatcher, "/ui/api/operations", login);
        assertThat(response.status()).as("%s", response).isEqualTo(200);
        return response.json();
    }

    private RawClient.Response get(TestingPrestoServer server, String path, Map<String, String> headers)
    {
        return client.get(server.getBaseUrl().resolve(path), headers);
    }

    private static Map<String, JsonNode> byNode(JsonNode nodes)
    {
        Map<String, JsonNode> byNode = new HashMap<>();
        nodes.forEach(node -> byNode.put(node.get("nodeId").asText(), node));
        return byNode;
    }
}
