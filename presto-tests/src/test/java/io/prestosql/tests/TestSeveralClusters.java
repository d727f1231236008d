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

import com.google.common.collect.ImmutableMap;
import io.prestosql.cluster.Clusters;
import io.prestosql.cluster.KnownCluster;
import io.prestosql.coordinator.QueryAnalyses;
import io.prestosql.dispatcher.admission.GroupLoads;
import io.prestosql.dispatcher.admission.QueuedAnalyses;
import io.prestosql.fleet.Coordinators;
import io.prestosql.node.ClusterName;
import io.prestosql.testing.Gates;
import io.prestosql.testing.TestingClient;
import io.prestosql.testing.TestingClusters;
import io.prestosql.testing.TestingPrestoServer;
import io.prestosql.testing.TestingResourceGroup;
import io.trino.execution.QueryManager;
import io.trino.execution.QueryState;
import io.trino.plugin.memory.MemoryPlugin;
import io.trino.spi.QueryId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_METHOD;

/**
 * Clusters with secrets of their own, and nodes of the same name, behind one queue.
 */
@TestInstance(PER_METHOD)
public class TestSeveralClusters
{
    private static final String BLOCKED = "SELECT x FROM gate.default.";

    private final Gates gates = new Gates();
    private final ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));

    @TempDir
    private Path directory;

    @AfterEach
    public void tearDown()
    {
        executor.shutdownNow();
    }

    @Test
    public void testQueriesAreSpread()
            throws Exception
    {
        try (TestingClusters clusters = TestingClusters.builder(directory)
                .addCluster("a", ImmutableMap.of())
                .addCluster("b", ImmutableMap.of())
                .setDispatchers(3)
                .addGates(gates)
                .build();
                TestingClient one = new TestingClient(clusters.getDispatchers().get(0).getBaseUrl());
                TestingClient two = new TestingClient(clusters.getDispatchers().get(1).getBaseUrl())) {
            List<Future<TestingClient.Result>> results = IntStream.range(0, 4)
                    .mapToObj(number -> executor.submit(() -> (number % 2 == 0 ? one : two).execute(BLOCKED + "spread")))
                    .collect(toImmutableList());
            await().until(() -> gates.getInside("spread"), inside -> inside == 4);
            gates.open("spread");
            for (Future<TestingClient.Result> result : results) {
                assertThat(result.get().error()).isEmpty();
            }
            List<String> ids = results.stream().map(result -> result.resultNow().queryId()).collect(toImmutableList());
            assertThat(ids.stream().filter(id -> ran(clusters, "a", id))).hasSize(2);
            assertThat(ids.stream().filter(id -> ran(clusters, "b", id))).hasSize(2);
        }
    }

    /**
     * In the short tier, TestFaultsOfClusters kills a cluster with processes of its own.
     */
    @Tag("long")
    @Test
    public void testLossOfACluster()
            throws Exception
    {
        try (TestingClusters clusters = TestingClusters.builder(directory)
                .addCluster("a", ImmutableMap.of())
                .addCluster("b", ImmutableMap.of())
                .addGates(gates)
                .build();
                TestingClient client = new TestingClient(clusters.getDispatcher().getBaseUrl())) {
            List<Future<TestingClient.Result>> results = IntStream.range(0, 2)
                    .mapToObj(_ -> executor.submit(() -> client.execute(BLOCKED + "lost")))
                    .collect(toImmutableList());
            await().until(() -> gates.getInside("lost"), inside -> inside == 2);
            // both nodes have the same name
            clusters.kill("a");
            await().until(() -> results.stream().filter(Future::isDone).count() == 1);
            TestingClient.Result lost = results.stream().filter(Future::isDone).findFirst().orElseThrow().get();
            assertThat(lost.error().orElseThrow().getErrorName()).isEqualTo("COORDINATOR_LOST");
            assertThat(lost.error().orElseThrow().getMessage()).startsWith("Coordinator a.node-1, which ran the query, is lost");
            assertThat(client.execute("SELECT 1").onlyValue()).isEqualTo(1);

            clusters.start("a");
            clusters.awaitAvailable(2);
            gates.open("lost");
            assertThat(results.stream().filter(result -> get(result).error().isEmpty())).hasSize(1);
        }
    }

    @Test
    public void testStateInAFile()
            throws Exception
    {
        try (TestingClusters clusters = TestingClusters.builder(directory)
                .addCluster("a", ImmutableMap.of())
                .addCluster("b", ImmutableMap.of("cluster.state", "INACTIVE"))
                .addDispatcherProperty("cluster.forget-after", "2s")
                .addGates(gates)
                .build();
                TestingClient client = new TestingClient(clusters.getDispatcher().getBaseUrl())) {
            Future<TestingClient.Result> running = executor.submit(() -> client.execute(BLOCKED + "draining"));
            await().until(() -> gates.getInside("draining"), inside -> inside == 1);
            Clusters definitions = clusters.getDispatcher().getInstance(Clusters.class);

            clusters.define("b", ImmutableMap.of());
            clusters.define("a", ImmutableMap.of("cluster.state", "DRAINING"));
            await().until(() -> definitions.find(new ClusterName("b")).orElseThrow().takesQueries());
            await().until(() -> !definitions.find(new ClusterName("a")).orElseThrow().takesQueries());
            for (int number = 0; number < 4; number++) {
                assertThat(ran(clusters, "b", client.execute("SELECT " + number).queryId())).isTrue();
            }

            // a cluster that is taken out finishes what it runs
            clusters.undefine("a");
            await().until(() -> definitions.find(new ClusterName("a")).orElseThrow().isRemoved());
            assertThat(running.isDone()).isFalse();
            gates.open("draining");
            assertThat(running.get().error()).isEmpty();
            await().until(() -> definitions.find(new ClusterName("a")).isEmpty());
            assertThat(clusters.getDispatcher().getInstance(Coordinators.class).getKnownCoordinators()).isEqualTo(1);
        }
    }

    /**
     * A query that waits fails early only when each cluster that it may go to says that it is wrong.
     */
    @Test
    public void testAnalysisOfWaitingQueries()
            throws Exception
    {
        Gates gates = new Gates();
        ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));
        try (TestingClusters clusters = TestingClusters.builder(directory)
                .addCluster("a", ImmutableMap.of("cluster.state", "INACTIVE"))
                .addCluster("b", ImmutableMap.of())
                .addResourceGroups(new TestingResourceGroup("global", 1))
                .addCatalog("memory", new MemoryPlugin())
                .addGates(gates)
                .build();
                TestingClient client = new TestingClient(clusters.getDispatcher().getBaseUrl())) {
            assertThat(ran(clusters, "b", client.execute("CREATE TABLE memory.default.only_b AS SELECT 7 x").queryId())).isTrue();
            KnownCluster clusterA = clusters.getDispatcher().getInstance(Clusters.class).find(new ClusterName("a")).orElseThrow();
            clusters.define("a", ImmutableMap.of());
            await().until(clusterA::takesQueries);
            Future<TestingClient.Result> hold = executor.submit(() -> client.execute(BLOCKED + "held"));
            await().until(() -> gates.getInside("held"), inside -> inside == 1);

            QueuedAnalyses analyses = clusters.getDispatcher().getInstance(QueuedAnalyses.class);
            QueryAnalyses analysesOfA = clusters.getNode("a").getInstance(QueryAnalyses.class);
            QueryAnalyses analysesOfB = clusters.getNode("b").getInstance(QueryAnalyses.class);
            List<Future<TestingClient.Result>> right = new ArrayList<>();
            // the id of a query decides which cluster is asked first, and b says enough
            while (analysesOfA.getStarted() == 0) {
                right.add(executor.submit(() -> client.execute("SELECT x FROM memory.default.only_b")));
                await().until(() -> analyses.getAnalyzed() == right.size());
            }
            assertThat(analyses.getRejected()).isZero();
            assertThat(right).noneMatch(Future::isDone);

            long startedByA = analysesOfA.getStarted();
            long startedByB = analysesOfB.getStarted();
            TestingClient.Result wrong = executor.submit(() -> client.execute("SELECT x FROM memory.default.nowhere")).get();
            assertThat(wrong.error().orElseThrow().getErrorName()).isEqualTo("TABLE_NOT_FOUND");
            assertThat(analyses.getRejected()).isEqualTo(1);
            assertThat(analysesOfA.getStarted()).isEqualTo(startedByA + 1);
            assertThat(analysesOfB.getStarted()).isEqualTo(startedByB + 1);
            assertThat(gates.getInside("held")).isEqualTo(1);
            assertThat(right).noneMatch(Future::isDone);

            clusters.define("a", ImmutableMap.of("cluster.state", "INACTIVE"));
            await().until(() -> !clusterA.takesQueries());
            gates.open("held");
            assertThat(hold.get().error()).isEmpty();
            for (Future<TestingClient.Result> result : right) {
                assertThat(result.get().onlyValue()).isEqualTo(7);
            }
        }
        finally {
            gates.open("held");
            executor.shutdownNow();
        }
    }

    /**
     * Limits of clusters hold beside those of resource groups, and across a failover.
     */
    @Test
    public void testMaxRunningQueries()
            throws Exception
    {
        try (TestingClusters clusters = TestingClusters.builder(directory)
                .addCluster("a", ImmutableMap.of("cluster.max-running-queries", "1"))
                .addCluster("b", ImmutableMap.of("cluster.max-running-queries", "2"))
                .addResourceGroups(new TestingResourceGroup("global", 10))
                .setDispatchers(3)
                .addGates(gates)
                .build()) {
            TestingPrestoServer leader = clusters.getLeader();
            List<TestingClient> clients = clusters.getDispatchers().stream()
                    .filter(dispatcher -> dispatcher != leader)
                    .map(dispatcher -> new TestingClient(dispatcher.getBaseUrl()))
                    .collect(toImmutableList());
            List<Future<TestingClient.Result>> results = IntStream.range(0, 6)
                    .mapToObj(number -> executor.submit(() -> clients.get(number % 2).execute(BLOCKED + "limited")))
                    .collect(toImmutableList());
            await().until(() -> gates.getInside("limited"), inside -> inside == 3);
            assertThat(runningIn(clusters, "a")).isEqualTo(1);
            assertThat(runningIn(clusters, "b")).isEqualTo(2);
            awaitQueue(clusters, 3, 3);

            // the new leader has all of them, and starts none
            clusters.kill(leader);
            awaitQueue(clusters, 3, 3);
            assertThat(gates.getMaxInside()).isEqualTo(3);
            gates.open("limited");
            for (Future<TestingClient.Result> result : results) {
                assertThat(get(result).error()).isEmpty();
            }
            assertThat(gates.getMaxInside()).as("at the same time").isEqualTo(3);
            clients.forEach(TestingClient::close);
        }
    }

    /**
     * @param running queries with a slot of the group
     */
    private static void awaitQueue(TestingClusters clusters, int running, int queued)
    {
        await().untilAsserted(() -> assertThat(clusters.getLeader().getInstance(GroupLoads.class).getLoads()).singleElement().satisfies(group -> {
            assertThat(group.runningQueries()).isEqualTo(running);
            assertThat(group.queuedQueries()).isEqualTo(queued);
        }));
    }

    private static long runningIn(TestingClusters clusters, String cluster)
    {
        return clusters.getNode(cluster).getInstance(QueryManager.class).getQueries().stream()
                .filter(query -> query.getState() == QueryState.RUNNING)
                .count();
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

    private static boolean ran(TestingClusters clusters, String cluster, String queryId)
    {
        TestingPrestoServer node = clusters.getNode(cluster);
        return node.getInstance(QueryManager.class).hasQuery(new QueryId(queryId));
    }
}
