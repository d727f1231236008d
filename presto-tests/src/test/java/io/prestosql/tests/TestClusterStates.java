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
import io.prestosql.dispatcher.clusters.LastingRecordReaders;
import io.prestosql.testing.Gates;
import io.prestosql.testing.RawClient;
import io.prestosql.testing.TestingClient;
import io.prestosql.testing.TestingClusters;
import io.prestosql.testing.TestingClusters.TestingClustersBuilder;
import io.prestosql.testing.TestingPrestoServer;
import io.prestosql.testing.TestingResourceGroup;
import io.trino.execution.QueryManager;
import io.trino.spi.QueryId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Operators see the clusters, and take them out and in, through any dispatcher. What they order outlives every dispatcher.
 */
public class TestClusterStates
{
    private static final String BLOCKED = "SELECT x FROM gate.default.";
    private static final String OPERATOR = "operator";
    private static final String WATCHER = "watcher";
    private static final String STRANGER = "stranger";

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

    @Test
    public void testAnyDispatcher()
    {
        try (TestingClusters clusters = builder().setDispatchers(3).build();
                TestingClient client = new TestingClient(clusters.getDispatcher().getBaseUrl())) {
            for (TestingPrestoServer dispatcher : clusters.getDispatchers()) {
                assertThat(send(dispatcher, "GET", "", "", STRANGER).status()).isEqualTo(403);
                assertThat(send(dispatcher, "GET", "/a", "", STRANGER).status()).isEqualTo(403);
                assertThat(send(dispatcher, "PUT", "/a/state", "\"DRAINING\"", WATCHER).status()).isEqualTo(403);
                assertThat(send(dispatcher, "DELETE", "/a/state", "", WATCHER).status()).isEqualTo(403);
                assertThat(send(dispatcher, "GET", "/c", "", WATCHER)).satisfies(answer -> {
                    assertThat(answer.status()).isEqualTo(404);
                    assertThat(answer.body()).isEqualTo("There is no cluster 'c': there are a, b");
                });
                for (String nonsense : ImmutableList.of("DRAINING", "\"draining\"", "0", "", "null", "{}")) {
                    assertThat(send(dispatcher, "PUT", "/a/state", nonsense, OPERATOR)).as(nonsense).satisfies(answer -> {
                        assertThat(answer.status()).isEqualTo(400);
                        assertThat(answer.body()).isEqualTo("The body has to be the new state, as a JSON string: \"ACTIVE\", \"DRAINING\", \"INACTIVE\"");
                    });
                }
                for (String unknown : ImmutableList.of("c", "No%20Name")) {
                    assertThat(send(dispatcher, "PUT", "/" + unknown + "/state", "\"DRAINING\"", OPERATOR)).satisfies(answer -> {
                        assertThat(answer.status()).isEqualTo(404);
                        assertThat(answer.body()).startsWith("There is no cluster '").endsWith("': there are a, b");
                    });
                }
                JsonNode report = send(dispatcher, "GET", "", "", WATCHER).json();
                assertThat(report.get("leader").asText()).isEqualTo(clusters.getLeader().getNodeId());
                assertThat(report.get("problems")).isEmpty();
                assertThat(report.get("clusters")).extracting(cluster -> cluster.get("name").asText()).containsExactly("a", "b");
                JsonNode a = cluster(dispatcher, "a");
                assertThat(a.get("state").asText()).isEqualTo("ACTIVE");
                assertThat(a.get("takesQueries").asBoolean()).isTrue();
                assertThat(a.get("runningQueries").asInt()).isZero();
                assertThat(a.get("definedIn").asText()).endsWith("a.properties");
                assertThat(a.at("/coordinators/0/nodeId").asText()).isEqualTo("node-1");
                assertThat(a.at("/coordinators/0/version").asText()).isEqualTo(TestingPrestoServer.VERSION);
            }

            for (TestingPrestoServer dispatcher : clusters.getDispatchers()) {
                assertThat(send(dispatcher, "PUT", "/a/state", "\"INACTIVE\"", OPERATOR).status()).isEqualTo(204);
                for (int number = 0; number < 3; number++) {
                    assertThat(ran(clusters, "b", client.execute("SELECT 1").queryId())).isTrue();
                }
                for (TestingPrestoServer other : clusters.getDispatchers()) {
                    JsonNode a = cluster(other, "a");
                    assertThat(a.get("state").asText()).isEqualTo("INACTIVE");
                    assertThat(a.get("definedState").asText()).isEqualTo("ACTIVE");
                    assertThat(a.at("/orderedState/user").asText()).isEqualTo(OPERATOR);
                    assertThat(a.at("/orderedState/address").asText()).isEqualTo("127.0.0.1");
                    assertThat(a.get("refusal").asText()).isEqualTo("Its state is INACTIVE");
                    assertThat(a.get("drained").asBoolean()).isTrue();
                    // also without asking the leader
                    await().until(() -> bean(other, "a", "State"), "INACTIVE"::equals);
                }
                // the file may say something else meanwhile
                clusters.define("a", ImmutableMap.of("cluster.state", "DRAINING"));
                await().until(() -> cluster(dispatcher, "a").get("definedState").asText(), "DRAINING"::equals);
                assertThat(cluster(dispatcher, "a").get("state").asText()).isEqualTo("INACTIVE");
                clusters.define("a", ImmutableMap.of());
                await().until(() -> cluster(dispatcher, "a").get("definedState").asText(), "ACTIVE"::equals);
                assertThat(cluster(dispatcher, "a").get("state").asText()).isEqualTo("INACTIVE");
                assertThat(send(dispatcher, "DELETE", "/a/state", "", OPERATOR).status()).isEqualTo(204);
                assertThat(cluster(dispatcher, "a").get("state").asText()).isEqualTo("ACTIVE");
                assertThat(cluster(dispatcher, "a").has("orderedState")).isFalse();
                await().until(() -> clusters.getDispatchers().stream().allMatch(other -> bean(other, "a", "State").equals("ACTIVE")));
            }
        }
    }

    @Test
    public void testStateOutlivesDispatchers()
    {
        try (TestingClusters clusters = builder().setDispatchers(3).build()) {
            // each knows of the others what the first order needs, also when one of them is dead
            for (TestingPrestoServer dispatcher : clusters.getDispatchers()) {
                await().until(() -> dispatcher.getInstance(LastingRecordReaders.class).agesMillis().size(), readers -> readers == 3);
            }
            clusters.kill(clusters.getLeader());
            assertThat(send(clusters.getDispatcher(), "PUT", "/a/state", "\"INACTIVE\"", OPERATOR).status()).isEqualTo(204);
            assertOnlyInB(clusters);

            clusters.restartDispatchers();
            clusters.getLeader();
            assertOnlyInB(clusters);
            for (TestingPrestoServer dispatcher : clusters.getDispatchers()) {
                await().until(() -> bean(dispatcher, "a", "State"), "INACTIVE"::equals);
            }

            assertThat(send(clusters.getDispatchers().getLast(), "DELETE", "/a/state", "", OPERATOR).status()).isEqualTo(204);
            clusters.restartDispatchers();
            clusters.getLeader();
            assertThat(cluster(clusters.getDispatcher(), "a").get("state").asText()).isEqualTo("ACTIVE");
        }
    }

    private void assertOnlyInB(TestingClusters clusters)
    {
        for (TestingPrestoServer dispatcher : clusters.getDispatchers()) {
            try (TestingClient client = new TestingClient(dispatcher.getBaseUrl())) {
                for (int number = 0; number < 3; number++) {
                    assertThat(ran(clusters, "b", client.execute("SELECT 1").queryId())).isTrue();
                }
            }
            assertThat(cluster(dispatcher, "a").get("state").asText()).isEqualTo("INACTIVE");
        }
    }

    /**
     * A cluster that is taken out finishes what it runs, and what waits runs elsewhere.
     */
    @Test
    public void testQueuedQueriesGoOnElsewhere()
            throws Exception
    {
        try (TestingClusters clusters = builder()
                .addResourceGroups(new TestingResourceGroup("global", 4))
                .build();
                TestingClient client = new TestingClient(clusters.getDispatcher().getBaseUrl())) {
            TestingPrestoServer dispatcher = clusters.getDispatcher();
            List<Future<TestingClient.Result>> results = IntStream.range(0, 10)
                    .mapToObj(_ -> executor.submit(() -> client.execute(BLOCKED + "taken_out")))
                    .collect(toImmutableList());
            await().until(() -> gates.getInside("taken_out"), inside -> inside == 4);
            await().until(() -> cluster(dispatcher, "b").get("waitingQueries").asInt(), waiting -> waiting == 6);
            assertThat(cluster(dispatcher, "a").get("runningQueries").asInt()).isEqualTo(2);
            assertThat(bean(dispatcher, "a", "RunningQueries")).isEqualTo(2);
            assertThat(bean(dispatcher, "a", "WaitingQueries")).isEqualTo(6);

            assertThat(send(dispatcher, "PUT", "/a/state", "\"INACTIVE\"", OPERATOR).status()).isEqualTo(204);
            assertThat(cluster(dispatcher, "a").get("drained").asBoolean()).isFalse();
            gates.open("taken_out");
            for (Future<TestingClient.Result> result : results) {
                assertThat(result.get().error()).isEmpty();
            }
            assertThat(results.stream().filter(result -> ran(clusters, "a", result.resultNow().queryId()))).hasSize(2);
            assertThat(results.stream().filter(result -> ran(clusters, "b", result.resultNow().queryId()))).hasSize(8);
            await().until(() -> cluster(dispatcher, "a").get("drained").asBoolean());
        }
    }

    @Test
    public void testDrainingClusterFinishesTransactions()
    {
        try (TestingClusters clusters = builder().build();
                TestingClient client = new TestingClient(clusters.getDispatcher().getBaseUrl())) {
            TestingPrestoServer dispatcher = clusters.getDispatcher();
            TestingClient.Result started = client.execute("START TRANSACTION");
            String transaction = started.startedTransactionId();
            String cluster = ran(clusters, "a", started.queryId()) ? "a" : "b";
            await().until(() -> cluster(dispatcher, cluster).get("openTransactions").asInt(), open -> open == 1);
            assertThat(send(dispatcher, "PUT", "/" + cluster + "/state", "\"DRAINING\"", OPERATOR).status()).isEqualTo(204);
            TestingClient.Result statement = client.execute(session -> session.transactionId(transaction), "SELECT 1");
            assertThat(statement.error()).isEmpty();
            assertThat(ran(clusters, cluster, statement.queryId())).isTrue();
            assertThat(ran(clusters, cluster, client.execute("SELECT 1").queryId())).isFalse();
            assertThat(cluster(dispatcher, cluster).get("drained").asBoolean()).isFalse();
            assertThat(client.execute(session -> session.transactionId(transaction), "COMMIT").error()).isEmpty();
            await().until(() -> cluster(dispatcher, cluster).get("drained").asBoolean());
        }
    }

    private TestingClustersBuilder builder()
    {
        return TestingClusters.builder(directory)
                .addCluster("a", ImmutableMap.of())
                .addCluster("b", ImmutableMap.of())
                .addDispatcherProperty("access-control.config-files", accessControl().toString())
                .addGates(gates);
    }

    private Path accessControl()
    {
        try {
            Path rules = Files.writeString(directory.resolve("rules.json"),
                    """
                    {
                      "system_information": [
                        {"user": "operator", "allow": ["read", "write"]},
                        {"user": "watcher", "allow": ["read"]}
                      ]
                    }
                    """);
            return Files.writeString(directory.resolve("access-control.properties"), "access-control.name=file\nsecurity.config-file=%s\n".formatted(rules));
        }
        catch (IOException e) {
            throw new RuntimeException(e);
        }
    }

    private RawClient.Response send(TestingPrestoServer dispatcher, String method, String path, String body, String user)
    {
        return raw.send(method, dispatcher.getBaseUrl().resolve("/v1/clusters" + path), body, ImmutableMap.of("X-Trino-User", user, "Content-Type", "application/json"));
    }

    private JsonNode cluster(TestingPrestoServer dispatcher, String cluster)
    {
        RawClient.Response answer = send(dispatcher, "GET", "/" + cluster, "", WATCHER);
        assertThat(answer.status()).isEqualTo(200);
        return answer.json();
    }

    private static Object bean(TestingPrestoServer dispatcher, String cluster, String attribute)
    {
        try {
            return dispatcher.getInstance(MBeanServer.class).getAttribute(new ObjectName("io.prestosql.cluster:name=Cluster,cluster=" + cluster), attribute);
        }
        catch (JMException e) {
            throw new RuntimeException(e);
        }
    }

    private static boolean ran(TestingClusters clusters, String cluster, String queryId)
    {
        return clusters.getNode(cluster).getInstance(QueryManager.class).hasQuery(new QueryId(queryId));
    }
}
