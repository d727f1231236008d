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
import com.google.common.collect.ImmutableMap;
import io.prestosql.cluster.Clusters;
import io.prestosql.node.ClusterName;
import io.prestosql.testing.Gates;
import io.prestosql.testing.RawClient;
import io.prestosql.testing.TestingClient;
import io.prestosql.testing.TestingClusters;
import io.prestosql.testing.TestingPrestoServer;
import io.trino.execution.QueryManager;
import io.trino.spi.QueryId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.stream.Stream;

import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A cluster that stands in no file: operators define it by a call, at any dispatcher, and it outlives every dispatcher.
 */
public class TestClusterDefinitions
{
    private static final ClusterName B = new ClusterName("b");

    @TempDir
    private Path directory;

    @Test
    public void testDefinedByCalls()
            throws Exception
    {
        Gates gates = new Gates();
        ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));
        Path rules = Files.writeString(directory.resolve("rules.json"),
                """
                {"system_information": [{"user": "operator", "allow": ["read", "write"]}, {"user": "watcher", "allow": ["read"]}]}
                """);
        Path accessControl = Files.writeString(directory.resolve("access-control.properties"), "access-control.name=file\nsecurity.config-file=%s\n".formatted(rules));
        try (RawClient raw = new RawClient();
                TestingClusters clusters = TestingClusters.builder(directory)
                        .addCluster("a", ImmutableMap.of())
                        .addCluster("b", ImmutableMap.of())
                        .setDispatchers(3)
                        .addDispatcherProperty("access-control.config-files", accessControl.toString())
                        .addDispatcherProperty("cluster.forget-after", "0s")
                        .addGates(gates)
                        .build()) {
            clusters.undefine("b");
            await().until(() -> clusters.getDispatchers().stream().allMatch(dispatcher -> dispatcher.getInstance(Clusters.class).find(B).isEmpty()));
            assertThat(send(raw, clusters.getDispatcher(), "PUT", "/a/state", "\"INACTIVE\"", "operator").status()).isEqualTo(204);

            String definition = """
                    {"discovery.uri": "%s", "node.environment": "environment_of_b", "internal-communication.shared-secret": "%s", "cluster.max-running-queries": "2"}
                    """.formatted(clusters.getNode("b").getBaseUrl(), TestingClusters.secret("b"));
            for (TestingPrestoServer dispatcher : clusters.getDispatchers()) {
                assertThat(send(raw, dispatcher, "PUT", "/b", definition, "watcher").status()).isEqualTo(403);
                assertThat(send(raw, dispatcher, "DELETE", "/b", "", "watcher").status()).isEqualTo(403);
                assertThat(send(raw, dispatcher, "PUT", "/b", definition.replace("\"2\"", "\"0\""), "operator")).satisfies(answer -> {
                    assertThat(answer.status()).isEqualTo(400);
                    assertThat(answer.body()).contains("cluster.max-running-queries");
                });
                assertThat(send(raw, dispatcher, "PUT", "/b", "[1]", "operator").status()).isEqualTo(400);
                assertThat(send(raw, dispatcher, "PUT", "/B", definition, "operator")).satisfies(answer -> {
                    assertThat(answer.status()).isEqualTo(400);
                    assertThat(answer.body()).startsWith("'B' is no name for a cluster");
                });
                assertThat(send(raw, dispatcher, "PUT", "/a", definition, "operator")).satisfies(answer -> {
                    assertThat(answer.status()).isEqualTo(409);
                    assertThat(answer.body()).startsWith("Cluster a is defined in ");
                });
                assertThat(send(raw, dispatcher, "DELETE", "/b", "", "operator").status()).isEqualTo(404);
            }

            assertThat(send(raw, clusters.getDispatchers().getLast(), "PUT", "/b", definition, "operator").status()).isEqualTo(204);
            awaitTakesQueries(raw, clusters);
            for (TestingPrestoServer dispatcher : clusters.getDispatchers()) {
                try (TestingClient client = new TestingClient(dispatcher.getBaseUrl())) {
                    assertThat(ranInB(clusters, client.execute("SELECT 1"))).isTrue();
                }
                RawClient.Response shown = send(raw, dispatcher, "GET", "", "", "watcher");
                assertThat(shown.body()).contains("the query log").doesNotContain(TestingClusters.secret("b"));
            }
            assertThat(contains(directory, "cluster-definition/b")).as("the log is where it is looked for").isTrue();
            assertThat(contains(directory, TestingClusters.secret("b"))).isFalse();

            clusters.restartDispatchers();
            awaitTakesQueries(raw, clusters);
            TestingPrestoServer dispatcher = clusters.getDispatcher();
            try (TestingClient client = new TestingClient(dispatcher.getBaseUrl())) {
                Future<TestingClient.Result> running = executor.submit(() -> client.execute("SELECT x FROM gate.default.removed"));
                await().until(() -> gates.getInside("removed"), inside -> inside == 1);
                assertThat(send(raw, dispatcher, "DELETE", "/b", "", "operator")).satisfies(answer -> {
                    assertThat(answer.status()).isEqualTo(409);
                    assertThat(answer.body()).startsWith("Cluster b runs queries. From now on its state is DRAINING, so it gets no new ones: ");
                });
                JsonNode draining = send(raw, dispatcher, "GET", "/b", "", "watcher").json();
                assertThat(draining.get("state").asText()).isEqualTo("DRAINING");
                assertThat(draining.at("/orderedState/state").asText()).isEqualTo("DRAINING");
                assertThat(draining.at("/orderedState/user").asText()).isEqualTo("operator");
                assertThat(draining.get("drained").asBoolean()).isFalse();
                assertThat(send(raw, clusters.getDispatchers().getLast(), "DELETE", "/b", "", "operator")).satisfies(answer -> {
                    assertThat(answer.status()).isEqualTo(409);
                    assertThat(answer.body()).startsWith("Cluster b still runs queries. Its state is DRAINING, so it gets no new ones: ");
                });

                // b has room for it, and a is taken out
                Future<TestingClient.Result> waiting = executor.submit(() -> client.execute("SELECT 1"));
                await().until(() -> send(raw, dispatcher, "GET", "/b", "", "watcher").json().path("waitingQueries").asInt(), count -> count == 1);
                gates.open("removed");
                assertThat(running.get().error()).isEmpty();
                await().until(() -> send(raw, dispatcher, "DELETE", "/b", "", "operator").status(), status -> status == 204);
                assertThat(waiting.isDone()).isFalse();
                assertThat(send(raw, dispatcher, "PUT", "/a/state", "\"ACTIVE\"", "operator").status()).isEqualTo(204);
                assertThat(ranInB(clusters, waiting.get())).isFalse();
            }
            await().until(() -> clusters.getDispatchers().stream().allMatch(other -> other.getInstance(Clusters.class).find(B).isEmpty()));
            assertThat(send(raw, dispatcher, "GET", "", "", "watcher").json().get("problems")).isEmpty();
            assertThat(send(raw, dispatcher, "DELETE", "/b", "", "operator").status()).isEqualTo(404);

            // one of the same name has nothing to do with it
            assertThat(send(raw, dispatcher, "PUT", "/b", definition, "operator").status()).isEqualTo(204);
            assertThat(send(raw, dispatcher, "PUT", "/a/state", "\"INACTIVE\"", "operator").status()).isEqualTo(204);
            awaitTakesQueries(raw, clusters);
            assertThat(send(raw, dispatcher, "GET", "/b", "", "watcher").json().has("orderedState")).isFalse();
            try (TestingClient client = new TestingClient(dispatcher.getBaseUrl())) {
                assertThat(ranInB(clusters, client.execute("SELECT 1"))).isTrue();
            }
        }
        finally {
            executor.shutdownNow();
        }
    }

    /**
     * Calls define all clusters: dispatchers start without any, and know them again after a restart.
     */
    @Test
    public void testNoFiles()
    {
        try (RawClient raw = new RawClient();
                TestingClusters clusters = TestingClusters.builder(directory)
                        .addUndefinedCluster("b")
                        .setDispatchers(3)
                        .addDispatcherProperty("access-control.config-files", allowAll().toString())
                        .build()) {
            clusters.getLeader();
            for (TestingPrestoServer dispatcher : clusters.getDispatchers()) {
                await().untilAsserted(() -> {
                    JsonNode report = send(raw, dispatcher, "GET", "", "", "operator").json();
                    assertThat(report.get("clusters")).isEmpty();
                    assertThat(report.get("problems")).singleElement().satisfies(problem -> assertThat(problem.asText()).startsWith("No cluster is defined, so all queries wait: "));
                });
                assertThat(send(raw, dispatcher, "PUT", "/b/state", "\"ACTIVE\"", "operator")).satisfies(answer -> {
                    assertThat(answer.status()).isEqualTo(404);
                    assertThat(answer.body()).isEqualTo("There is no cluster 'b', nor any other one");
                });
            }

            String definition = """
                    {"discovery.uri": "%s", "node.environment": "environment_of_b", "internal-communication.shared-secret": "%s"}
                    """.formatted(clusters.getNode("b").getBaseUrl(), TestingClusters.secret("b"));
            assertThat(send(raw, clusters.getDispatchers().getLast(), "PUT", "/b", definition, "operator").status()).isEqualTo(204);
            for (int start = 0; start < 2; start++) {
                if (start > 0) {
                    clusters.restartDispatchers();
                }
                awaitTakesQueries(raw, clusters);
                for (TestingPrestoServer dispatcher : clusters.getDispatchers()) {
                    try (TestingClient client = new TestingClient(dispatcher.getBaseUrl())) {
                        assertThat(ranInB(clusters, client.execute("SELECT 1"))).isTrue();
                    }
                }
                assertThat(send(raw, clusters.getDispatcher(), "GET", "", "", "operator").json().get("problems")).isEmpty();
            }
        }
    }

    private Path allowAll()
    {
        try {
            Path rules = Files.writeString(directory.resolve("rules.json"),
                    """
                    {"system_information": [{"allow": ["read", "write"]}]}
                    """);
            return Files.writeString(directory.resolve("access-control.properties"), "access-control.name=file\nsecurity.config-file=%s\n".formatted(rules));
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void awaitTakesQueries(RawClient raw, TestingClusters clusters)
    {
        for (TestingPrestoServer dispatcher : clusters.getDispatchers()) {
            await().until(() -> dispatcher.getInstance(Clusters.class).find(B).isPresent());
            await().until(() -> {
                RawClient.Response answer = send(raw, dispatcher, "GET", "/b", "", "watcher");
                JsonNode cluster = answer.status() == 200 ? answer.json() : null;
                return cluster != null && cluster.get("takesQueries").asBoolean() && cluster.has("runningQueries");
            });
        }
    }

    private static boolean ranInB(TestingClusters clusters, TestingClient.Result result)
    {
        assertThat(result.error()).isEmpty();
        return clusters.getNode("b").getInstance(QueryManager.class).hasQuery(new QueryId(result.queryId()));
    }

    private static RawClient.Response send(RawClient raw, TestingPrestoServer dispatcher, String method, String path, String body, String user)
    {
        return raw.send(method, dispatcher.getBaseUrl().resolve("/v1/clusters" + path), body, ImmutableMap.of("X-Trino-User", user, "Content-Type", "application/json"));
    }

    /**
     * Returns whether a file of a query log has the text.
     */
    private static boolean contains(Path directory, String text)
            throws IOException
    {
        try (Stream<Path> files = Files.walk(directory)) {
            return files
                    .filter(file -> file.toString().contains("query-log-of-") && Files.isRegularFile(file))
                    .anyMatch(file -> {
                        try {
                            return Files.readString(file, ISO_8859_1).contains(text);
                        }
                        catch (IOException _) {
                            // removed in the meantime
                            return false;
                        }
                    });
        }
    }
}
