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
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableMap;
import io.prestosql.fleet.CoordinatorCondition;
import io.prestosql.fleet.Coordinators;
import io.prestosql.queries.AuthorizedQueries;
import io.prestosql.queue.QueueDriver;
import io.prestosql.rpc.ProtocolVersionFilter;
import io.prestosql.rpc.ProtocolVersions;
import io.prestosql.testing.Gates;
import io.prestosql.testing.RawClient;
import io.prestosql.testing.TestingClient;
import io.prestosql.testing.TestingClusters;
import io.prestosql.testing.TestingPrestoCluster;
import io.prestosql.testing.TestingPrestoServer;
import io.trino.execution.QueryManager;
import io.trino.metadata.NodeState;
import io.trino.spi.QueryId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.prestosql.node.NodeRole.DISPATCHER;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Clusters of other versions than the dispatchers', behind one queue.
 */
public class TestClustersOfOtherVersions
{
    private static final String BLOCKED = "SELECT x FROM gate.default.";

    private final Gates gates = new Gates();
    private final RawClient raw = new RawClient();
    private final ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));

    @TempDir
    private Path directory;

    @AfterEach
    public void tearDown()
    {
        executor.shutdownNow();
        raw.close();
    }

    /**
     * Nodes of two versions do not work together in one cluster, but their clusters work behind the same dispatchers.
     */
    @Test
    public void testOtherVersion()
            throws Exception
    {
        try (TestingClusters clusters = TestingClusters.builder(directory)
                .addCluster("a", ImmutableMap.of())
                .addCluster("b", ImmutableMap.of())
                .setVersion("b", "otherversion")
                .addGates(gates)
                .build();
                TestingClient client = new TestingClient(clusters.getDispatcher().getBaseUrl())) {
            TestingPrestoServer dispatcher = clusters.getDispatcher();
            // a state that a later engine has
            assertThat(dispatcher.getInstance(ObjectMapper.class).readValue("[\"INVALID\"]", NodeState[].class)).containsExactly(NodeState.INACTIVE);
            assertThat(dispatcher.getInstance(Coordinators.class).getConditions())
                    .extracting(condition -> condition.id() + " " + condition.version().orElseThrow())
                    .containsExactlyInAnyOrder("a.node-1 " + TestingPrestoServer.VERSION, "b.node-1 otherversion");

            List<Future<TestingClient.Result>> results = IntStream.range(0, 2)
                    .mapToObj(_ -> executor.submit(() -> client.execute(BLOCKED + "versions")))
                    .collect(toImmutableList());
            await().until(() -> gates.getInside("versions"), inside -> inside == 2);
            assertThat(clusters.getNode("a").getInstance(QueryManager.class).getQueries()).hasSize(1);
            assertThat(clusters.getNode("b").getInstance(QueryManager.class).getQueries()).hasSize(1);
            String ofOtherVersion = clusters.getNode("b").getInstance(QueryManager.class).getQueries().getFirst().getQueryId().toString();

            // lists, details, and kill
            RawClient.Response list = get(dispatcher, "/v1/query");
            assertThat(list.header(AuthorizedQueries.MISSING_HEADER)).isEmpty();
            assertThat(ids(list.json())).contains(ofOtherVersion).hasSize(2);
            assertThat(get(dispatcher, "/v1/query/" + ofOtherVersion).json().get("queryId").asText()).isEqualTo(ofOtherVersion);
            assertThat(raw.send("DELETE", dispatcher.getBaseUrl().resolve("/v1/query/" + ofOtherVersion), "", user()).status()).isEqualTo(204);
            gates.open("versions");
            List<TestingClient.Result> done = results.stream().map(TestClustersOfOtherVersions::get).collect(toImmutableList());
            assertThat(done).filteredOn(result -> result.queryId().equals(ofOtherVersion)).singleElement()
                    .satisfies(result -> assertThat(result.error().orElseThrow().getErrorName()).isEqualTo("USER_CANCELED"));
            assertThat(done).filteredOn(result -> !result.queryId().equals(ofOtherVersion)).singleElement()
                    .satisfies(result -> assertThat(result.error()).isEmpty());

            // results of several pages
            for (int number = 0; number < 2; number++) {
                assertThat(client.execute("SELECT sequential_number FROM TABLE(sequence(1, 20000))").rows()).hasSize(20_000);
            }
        }
    }

    @Test
    public void testOtherProtocol()
    {
        ProtocolVersions later = new ProtocolVersions(7, 8);
        try (TestingClusters clusters = TestingClusters.builder(directory)
                .addCluster("a", ImmutableMap.of())
                .addCluster("b", ImmutableMap.of())
                .setProtocol("b", later)
                .addDispatcherProperty("cluster-view.timeout", "2s")
                .build();
                TestingClient client = new TestingClient(clusters.getDispatcher().getBaseUrl())) {
            TestingPrestoServer dispatcher = clusters.getDispatcher();
            String reason = "speaks versions 7 to 8 of the protocol between nodes, and this node " + ProtocolVersions.SUPPORTED;
            await().untilAsserted(() -> assertThat(condition(dispatcher, "b").flatMap(CoordinatorCondition::refusal)).contains(reason));
            for (int number = 0; number < 5; number++) {
                TestingClient.Result result = client.execute("SELECT 1");
                assertThat(result.onlyValue()).isEqualTo(1);
                assertThat(clusters.getNode("a").getInstance(QueryManager.class).hasQuery(new QueryId(result.queryId()))).isTrue();
            }
            assertThat(clusters.getNode("b").getInstance(QueryManager.class).getQueries()).isEmpty();
            assertThat(clusters.getNode("b").getInstance(ProtocolVersionFilter.class).getRefusedCalls()).isPositive();
            assertThat(condition(dispatcher, "a").orElseThrow().takesQueries()).isTrue();

            // the list has all others, and says whose are missing and why
            RawClient.Response list = get(dispatcher, "/v1/query");
            assertThat(ids(list.json())).hasSize(5);
            assertThat(list.header(AuthorizedQueries.MISSING_HEADER).orElseThrow()).contains("b.node-1", reason);

            // the other cluster may be started again meanwhile
            clusters.kill("a");
            clusters.start("a");
            clusters.awaitAvailable(1);
            assertThat(client.execute("SELECT 1").onlyValue()).isEqualTo(1);
        }
    }

    /**
     * Clients of a dispatcher that cannot talk to the leader are told why, and go on at another dispatcher.
     */
    @Test
    public void testOtherProtocolOfTheLeader()
    {
        try (TestingPrestoCluster cluster = TestingPrestoCluster.builder()
                .addDispatchers(3)
                .addCoordinators(1)
                .addWorkers(1)
                .shareQueue()
                .addProperty(DISPATCHER, "dispatcher.leader-timeout", "2s")
                .addReplacement(DISPATCHER, binder -> binder.bind(ProtocolVersions.class).toInstance(new ProtocolVersions(7, 8)))
                .build()) {
            TestingPrestoServer leader = cluster.getServers(DISPATCHER).stream()
                    .filter(dispatcher -> dispatcher.getInstance(QueueDriver.class).getCurrentEpoch() != 0)
                    .findFirst()
                    .orElseThrow();
            TestingPrestoServer standby = cluster.getServers(DISPATCHER).stream()
                    .filter(dispatcher -> dispatcher != leader)
                    .findFirst()
                    .orElseThrow();
            RawClient.Response refused = raw.post(standby.getBaseUrl().resolve("/v1/statement"), "SELECT 1", user());
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.header("Retry-After")).isPresent();
            assertThat(refused.body()).contains("Dispatcher %s, which leads the queue, speaks versions 7 to 8 of the protocol between nodes, and this node %s".formatted(leader.getNodeId(), ProtocolVersions.SUPPORTED));
            try (TestingClient client = new TestingClient(leader.getBaseUrl())) {
                assertThat(client.execute("SELECT 1").onlyValue()).isEqualTo(1);
            }
        }
    }

    private static Optional<CoordinatorCondition> condition(TestingPrestoServer dispatcher, String cluster)
    {
        return dispatcher.getInstance(Coordinators.class).getConditions().stream()
                .filter(condition -> condition.cluster().toString().equals(cluster))
                .findFirst();
    }

    private RawClient.Response get(TestingPrestoServer server, String path)
    {
        RawClient.Response response = raw.get(server.getBaseUrl().resolve(path), user());
        assertThat(response.status()).isEqualTo(200);
        return response;
    }

    private static ImmutableMap<String, String> user()
    {
        return ImmutableMap.of("X-Trino-User", "test");
    }

    private static List<String> ids(JsonNode list)
    {
        return StreamSupport.stream(list.spliterator(), false)
                .map(query -> query.get("queryId").asText())
                .collect(toImmutableList());
    }

    private static TestingClient.Result get(Future<TestingClient.Result> result)
    {
        try {
            return result.get();
        }
        catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
