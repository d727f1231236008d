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
import com.google.common.collect.ImmutableSet;
import io.airlift.http.client.Request;
import io.prestosql.dispatcher.engineless.EngineOnlyResource;
import io.prestosql.testing.Gates;
import io.prestosql.testing.RawClient;
import io.prestosql.testing.RawClient.Response;
import io.prestosql.testing.RestResources;
import io.prestosql.testing.RestResources.Operation;
import io.prestosql.testing.TestingClient;
import io.prestosql.testing.TestingClusters;
import io.prestosql.testing.TestingPrestoServer;
import io.prestosql.testing.TestingResourceGroup;
import io.trino.execution.QueryManager;
import io.trino.server.InternalAuthenticationManager;
import io.trino.spi.QueryId;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.airlift.http.client.Request.Builder.prepareGet;
import static io.prestosql.testing.TestingPrestoServer.SHARED_SECRET;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * What the secret of a cluster opens at a dispatcher, and at the nodes of another cluster.
 */
@TestInstance(PER_CLASS)
public class TestClusterSecrets
{
    private static final String TOKEN_HEADER = "X-Trino-Internal-Bearer";
    /** What a coordinator asks of the queue. It may also stop its own queries, and asks whether it may stop others. */
    private static final Set<String> OPEN_TO_CLUSTERS = ImmutableSet.of(
            "GET /v1/queue/query",
            "GET /v1/queue/query/20250101_000000_00000_aaaaa",
            "GET /v1/queue/query/20250101_000000_00000_aaaaa/info",
            "GET /v1/kill/limited");

    private final Gates gates = new Gates();
    private final RawClient raw = new RawClient();
    private final ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));
    private TestingClusters clusters;

    @BeforeAll
    public void setUp(@TempDir Path directory)
    {
        clusters = TestingClusters.builder(directory)
                .addCluster("a", ImmutableMap.of("cluster.max-running-queries", "2"))
                .addCluster("b", ImmutableMap.of("cluster.max-running-queries", "2"))
                .addResourceGroups(new TestingResourceGroup("global", 10))
                .addGates(gates)
                .build();
    }

    @AfterAll
    public void tearDown()
    {
        gates.open("secret");
        executor.shutdownNow();
        raw.close();
        if (clusters != null) {
            clusters.close();
        }
    }

    @Test
    public void testEveryPathOfADispatcher()
    {
        TestingPrestoServer dispatcher = clusters.getDispatcher();
        Set<String> open = new TreeSet<>();
        List<Class<?>> resources = RestResources.of("io.prestosql.", "io.trino.").stream()
                .filter(dispatcher::has)
                // its paths are patterns
                .filter(resource -> resource != EngineOnlyResource.class)
                .collect(toImmutableList());
        assertThat(resources).hasSizeGreaterThan(10);
        for (Class<?> resource : resources) {
            for (Operation operation : RestResources.operations(resource)) {
                Operation sample = operation.withParameters(TestClusterSecrets::sample);
                int status = send(dispatcher, sample, TestingClusters.secret("a")).status();
                if (status != 403) {
                    open.add("%s %s".formatted(sample.method(), sample.path()));
                }
            }
        }
        assertThat(open).containsExactlyInAnyOrderElementsOf(OPEN_TO_CLUSTERS);
    }

    @Test
    public void testNoStatementInTheNameOfAUser()
    {
        URI statement = clusters.getDispatcher().getBaseUrl().resolve("/v1/statement");
        Response response = raw.send("POST", statement, "SELECT 1", ImmutableMap.of(TOKEN_HEADER, token(TestingClusters.secret("a")), "X-Trino-User", "admin"));
        assertThat(response.status()).isEqualTo(403);
        assertThat(response.body()).isEqualTo("Nodes of cluster a may not call this");
        assertThat(raw.send("POST", statement, "SELECT 1", ImmutableMap.of("X-Trino-User", "admin")).status()).isEqualTo(200);
    }

    @Test
    public void testSecretsOfOthersAtANode()
    {
        for (String secret : ImmutableList.of(TestingClusters.secret("b"), SHARED_SECRET)) {
            assertThat(raw.send("GET", clusters.getNode("a").getBaseUrl().resolve("/v1/view/query"), "", ImmutableMap.of(TOKEN_HEADER, token(secret))).status()).isEqualTo(401);
        }
        assertThat(raw.send("GET", clusters.getNode("a").getBaseUrl().resolve("/v1/view/query"), "", ImmutableMap.of(TOKEN_HEADER, token(TestingClusters.secret("a")))).status()).isEqualTo(200);
    }

    /**
     * Two queries run in each cluster, and one waits.
     */
    @Test
    public void testEachClusterSeesItsOwnQueriesAndThoseThatWait()
    {
        try (TestingClient client = new TestingClient(clusters.getDispatcher().getBaseUrl())) {
            List<Future<TestingClient.Result>> results = IntStream.range(0, 5)
                    .mapToObj(_ -> executor.submit(() -> client.execute("SELECT x FROM gate.default.secret")))
                    .collect(toImmutableList());
            await().until(() -> gates.getInside("secret"), inside -> inside == 4);
            String ofA = send(clusters.getDispatcher(), new Operation("GET", "/v1/queue/query"), TestingClusters.secret("a")).body();
            String ofB = send(clusters.getDispatcher(), new Operation("GET", "/v1/queue/query"), TestingClusters.secret("b")).body();
            String ofDispatchers = send(clusters.getDispatcher(), new Operation("GET", "/v1/queue/query"), SHARED_SECRET).body();
            for (TestingPrestoServer node : ImmutableList.of(clusters.getNode("a"), clusters.getNode("b"))) {
                List<String> running = node.getInstance(QueryManager.class).getQueries().stream()
                        .filter(query -> !query.getState().isDone())
                        .map(query -> query.getQueryId().toString())
                        .collect(toImmutableList());
                assertThat(running).hasSize(2);
                boolean isA = node == clusters.getNode("a");
                assertThat(running).allSatisfy(query -> {
                    assertThat(ofDispatchers).contains(query);
                    assertThat(ofA.contains(query)).isEqualTo(isA);
                    assertThat(ofB.contains(query)).isEqualTo(!isA);
                    // a query of another cluster can be neither looked at nor stopped
                    String other = TestingClusters.secret(isA ? "b" : "a");
                    assertThat(send(clusters.getDispatcher(), new Operation("GET", "/v1/queue/query/" + query), other).body()).isEqualTo("null");
                    assertThat(send(clusters.getDispatcher(), new Operation("GET", "/v1/queue/query/" + query + "/info"), other).body()).isEqualTo("null");
                    assertThat(send(clusters.getDispatcher(), new Operation("PUT", "/v1/queue/query/" + query + "/failure"), other).status()).isEqualTo(403);
                });
            }
            // the nodes do not know how dispatchers call their cluster
            assertThat(ofA).contains("\"node-1\"").doesNotContain("a.node-1");
            assertThat(ofDispatchers).contains("\"a.node-1\"", "\"b.node-1\"");

            // with the queue, as users of a coordinator see it
            String seenInA = raw.send("GET", clusters.getNode("a").getBaseUrl().resolve("/v1/query"), "", ImmutableMap.of("X-Trino-User", "test")).body();
            assertThat(seenInA.split("\"queryId\"", -1)).as("two of its own, and one that waits").hasSizeGreaterThanOrEqualTo(4);

            assertClustersAreNamed();
            assertOnlyOwnQueriesCanBeStopped();

            gates.open("secret");
            results.forEach(result -> await().until(result::isDone));
            assertThat(results).allSatisfy(result -> assertThat(result.resultNow().error()).isEmpty());
        }
    }

    private void assertClustersAreNamed()
    {
        int queued = 0;
        for (JsonNode query : get(clusters.getDispatcher(), "/v1/query").json()) {
            String queryId = query.get("queryId").asText();
            JsonNode details = get(clusters.getDispatcher(), "/v1/query/" + queryId).json();
            if (query.get("state").asText().equals("QUEUED")) {
                queued++;
                assertThat(query.has("cluster")).isFalse();
                assertThat(details.has("cluster")).isFalse();
                continue;
            }
            String cluster = runsIn(queryId, "a") ? "a" : "b";
            assertThat(query.get("cluster").asText()).isEqualTo(cluster);
            assertThat(details.get("cluster").asText()).isEqualTo(cluster);
        }
        assertThat(queued).isEqualTo(1);
        // a node does not know how dispatchers call its cluster
        assertThat(get(clusters.getNode("a"), "/v1/query").json()).isNotEmpty().noneMatch(query -> query.has("cluster"));
    }

    /**
     * A client of a coordinator is told where else to send its request.
     */
    private void assertOnlyOwnQueriesCanBeStopped()
    {
        for (JsonNode query : get(clusters.getDispatcher(), "/v1/query").json()) {
            String queryId = query.get("queryId").asText();
            if (runsIn(queryId, "a")) {
                continue;
            }
            for (Operation operation : ImmutableList.of(
                    new Operation("DELETE", "/v1/query/" + queryId),
                    new Operation("PUT", "/v1/query/%s/killed".formatted(queryId)),
                    new Operation("PUT", "/v1/query/%s/preempted".formatted(queryId)))) {
                Response response = raw.send(operation.method(), clusters.getNode("a").getBaseUrl().resolve(operation.path()), "why", ImmutableMap.of("X-Trino-User", "test"));
                assertThat(response.status()).as("%s %s", operation, query.get("state")).isEqualTo(421);
                assertThat(response.body()).isEqualTo("This coordinator cannot stop query %s: it may stop only queries that run in its own cluster. The dispatchers take such requests: send them to %s".formatted(
                        queryId,
                        clusters.getDispatcher().getBaseUrl()));
            }
        }
        // one that no node knows is no different, so that nothing is told of queries of other clusters
        assertThat(raw.send("DELETE", clusters.getNode("a").getBaseUrl().resolve("/v1/query/20250101_000000_00000_aaaaa"), "", ImmutableMap.of("X-Trino-User", "test")).status()).isEqualTo(421);
        // a dispatcher answers as a stock server does
        assertThat(raw.send("DELETE", clusters.getDispatcher().getBaseUrl().resolve("/v1/query/20250101_000000_00000_aaaaa"), "", ImmutableMap.of("X-Trino-User", "test")).status()).isEqualTo(204);
    }

    private boolean runsIn(String queryId, String cluster)
    {
        return clusters.getNode(cluster).getInstance(QueryManager.class).hasQuery(new QueryId(queryId));
    }

    private Response get(TestingPrestoServer server, String path)
    {
        Response response = raw.get(server.getBaseUrl().resolve(path), ImmutableMap.of("X-Trino-User", "test"));
        assertThat(response.status()).isEqualTo(200);
        return response;
    }

    private Response send(TestingPrestoServer server, Operation operation, String secret)
    {
        boolean hasBody = operation.method().equals("POST") || operation.method().equals("PUT");
        ImmutableMap.Builder<String, String> headers = ImmutableMap.<String, String>builder().put(TOKEN_HEADER, token(secret));
        if (hasBody) {
            headers.put("Content-Type", "application/json");
        }
        Map<String, String> all = headers.buildOrThrow();
        return raw.send(operation.method(), server.getBaseUrl().resolve(operation.path()), hasBody ? "{\"type\": \"x\", \"suppressed\": [], \"stack\": []}" : "", all);
    }

    private static String token(String secret)
    {
        Request request = new InternalAuthenticationManager(secret, "node-1").filterRequest(prepareGet().setUri(URI.create("http://nowhere")).build());
        return request.getHeader(TOKEN_HEADER);
    }

    private static String sample(String parameter)
    {
        return switch (parameter) {
            case "queryId" -> "20250101_000000_00000_aaaaa";
            case "taskId" -> "20250101_000000_00000_aaaaa.0.0.0";
            default -> "1";
        };
    }
}
