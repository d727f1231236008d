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

import io.prestosql.memory.LowMemoryDecider;
import io.prestosql.testing.GatePlugin;
import io.prestosql.testing.Gates;
import io.prestosql.testing.TestingClient;
import io.prestosql.testing.TestingPrestoCluster;
import io.prestosql.testing.TestingPrestoServer;
import io.trino.execution.QueryManager;
import io.trino.execution.StageId;
import io.trino.execution.TaskId;
import io.trino.memory.ClusterMemoryManager;
import io.trino.memory.LocalMemoryManager;
import io.trino.memory.MemoryPool;
import io.trino.server.BasicQueryInfo;
import io.trino.spi.QueryId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.prestosql.node.NodeRole.COORDINATOR;
import static io.trino.execution.QueryState.RUNNING;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;

/**
 * Workers that are out of memory cost one query at a time, on any coordinator. The test takes the workers' memory in the name of queries,
 * and gives it back, so that it decides when a victim is gone.
 */
@Execution(CONCURRENT)
public class TestLowMemoryKilling
{
    private static final int QUERIES = 4;
    private static final String TAG = "test";
    /** So much that a worker stays blocked when tasks give back their memory. */
    private static final long MORE_THAN_ALL = 16 << 20;

    private final Map<QueryId, Long> taken = new HashMap<>();

    @Test
    public void testOneVictimAtATime()
            throws Exception
    {
        Gates gates = new Gates();
        ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));
        try (TestingPrestoCluster cluster = cluster(gates);
                TestingClient client = new TestingClient(cluster.getDispatcherUrl())) {
            List<Future<TestingClient.Result>> clients = start(client, executor, gates);
            TestingPrestoServer decider = awaitDecider(cluster);
            TestingPrestoServer other = cluster.getServers(COORDINATOR).stream()
                    .filter(server -> server != decider)
                    .findFirst()
                    .orElseThrow();
            List<QueryId> deciders = running(decider);
            List<QueryId> others = running(other);
            assertThat(deciders).hasSize(QUERIES / 2);
            assertThat(others).hasSize(QUERIES / 2);

            // the other coordinator's query is chosen, as it has the most memory
            MemoryPool pool = cluster.getServer("worker-1").getInstance(LocalMemoryManager.class).getMemoryPool();
            QueryId victim = others.getFirst();
            take(pool, victim, pool.getMaxBytes() / 2);
            take(pool, deciders.getFirst(), pool.getMaxBytes() / 8 * 3);
            take(pool, others.get(1), pool.getFreeBytes() + MORE_THAN_ALL);
            awaitFailure(clients, victim);
            assertThat(decider.getInstance(LowMemoryDecider.class).getChosenVictims()).isEqualTo(1);
            assertThat(kills(other)).isEqualTo(1);
            assertThat(kills(decider)).isZero();

            // its memory is not free yet, so no other query is killed
            long rounds = decider.getInstance(LowMemoryDecider.class).getRounds();
            await().until(() -> decider.getInstance(LowMemoryDecider.class).getRounds() > rounds + 8);
            assertThat(decider.getInstance(LowMemoryDecider.class).getChosenVictims()).isEqualTo(1);
            assertThat(clients.stream().filter(Future::isDone)).hasSize(1);

            // each coordinator also sees the memory of the other's queries, which is no leak, and counts each worker once
            for (TestingPrestoServer coordinator : cluster.getServers(COORDINATOR)) {
                ClusterMemoryManager memoryManager = coordinator.getInstance(ClusterMemoryManager.class);
                assertThat(memoryManager.getNumberOfLeakedQueries()).isZero();
                assertThat(memoryManager.getClusterMemoryBytes()).isEqualTo(cluster.getServers().stream()
                        .filter(server -> server.getRoles().needsEngine())
                        .mapToLong(server -> server.getInstance(LocalMemoryManager.class).getMemoryPool().getMaxBytes())
                        .sum());
            }

            // the victim goes, and other queries take its memory: the next victim is the decider's own query
            free(pool, victim);
            take(pool, deciders.getFirst(), pool.getFreeBytes() + MORE_THAN_ALL);
            awaitFailure(clients, deciders.getFirst());
            assertThat(decider.getInstance(LowMemoryDecider.class).getChosenVictims()).isEqualTo(2);
            assertThat(kills(other)).isEqualTo(1);
            assertThat(kills(decider)).isEqualTo(1);

            // with free memory, the other queries finish
            free(pool, deciders.getFirst());
            free(pool, others.get(1));
            gates.open("running");
            long failed = 0;
            for (Future<TestingClient.Result> future : clients) {
                failed += future.get().error().isPresent() ? 1 : 0;
            }
            assertThat(failed).isEqualTo(2);
        }
        finally {
            executor.shutdownNow();
        }
    }

    @Test
    public void testVictimOfDeadCoordinatorDoesNotStopTheNextChoice()
            throws Exception
    {
        Gates gates = new Gates();
        ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));
        try (TestingPrestoCluster cluster = cluster(gates);
                TestingClient client = new TestingClient(cluster.getDispatcherUrl())) {
            List<Future<TestingClient.Result>> clients = start(client, executor, gates);
            TestingPrestoServer decider = awaitDecider(cluster);
            TestingPrestoServer survivor = cluster.getServers(COORDINATOR).stream()
                    .filter(server -> server != decider)
                    .findFirst()
                    .orElseThrow();
            QueryId victim = running(decider).getFirst();
            QueryId next = running(survivor).getFirst();
            MemoryPool pool = cluster.getServer("worker-1").getInstance(LocalMemoryManager.class).getMemoryPool();
            take(pool, next, pool.getMaxBytes() / 4);
            take(pool, victim, pool.getFreeBytes() + MORE_THAN_ALL);
            awaitFailure(clients, victim);

            // the decider, which runs the victim, dies; the victim's memory stays taken
            executor.submit(() -> cluster.kill(decider.getNodeId()));
            awaitFailure(clients, next);
            assertThat(survivor.getInstance(LowMemoryDecider.class).isDeciding()).isTrue();
            assertThat(survivor.getInstance(LowMemoryDecider.class).getChosenVictims()).isEqualTo(1);
            free(pool, victim);
            free(pool, next);
        }
        finally {
            executor.shutdownNow();
        }
    }

    private static TestingPrestoCluster cluster(Gates gates)
    {
        return TestingPrestoCluster.builder()
                .addDispatchers(1)
                .addCoordinators(2)
                .addWorkers(2)
                .addPlugin(new GatePlugin(gates))
                .addCatalog("gate", "gate")
                .build();
    }

    private static List<Future<TestingClient.Result>> start(TestingClient client, ExecutorService executor, Gates gates)
    {
        List<Future<TestingClient.Result>> clients = new ArrayList<>();
        for (int i = 0; i < QUERIES; i++) {
            clients.add(executor.submit(() -> client.execute("SELECT x FROM gate.default.running")));
        }
        await().until(() -> gates.getInside("running"), inside -> inside == QUERIES);
        return clients;
    }

    private static TestingPrestoServer awaitDecider(TestingPrestoCluster cluster)
    {
        return await().until(
                () -> cluster.getServers(COORDINATOR).stream()
                        .filter(server -> server.getInstance(LowMemoryDecider.class).isDeciding())
                        .findFirst(),
                Optional::isPresent).orElseThrow();
    }

    private static long kills(TestingPrestoServer coordinator)
    {
        return coordinator.getInstance(ClusterMemoryManager.class).getQueriesKilledDueToOutOfMemory() + coordinator.getInstance(LowMemoryDecider.class).getOverdueKills();
    }

    private static List<QueryId> running(TestingPrestoServer coordinator)
    {
        return coordinator.getInstance(QueryManager.class).getQueries().stream()
                .filter(query -> query.getState() == RUNNING)
                .map(BasicQueryInfo::getQueryId)
                .collect(toImmutableList());
    }

    private static void awaitFailure(List<Future<TestingClient.Result>> clients, QueryId query)
    {
        TestingClient.Result result = await().until(
                () -> clients.stream()
                        .filter(Future::isDone)
                        .map(Future::resultNow)
                        .filter(done -> done.queryId().equals(query.toString()))
                        .findFirst(),
                Optional::isPresent).orElseThrow();
        assertThat(result.error().orElseThrow().getErrorName()).isEqualTo("CLUSTER_OUT_OF_MEMORY");
    }

    private void take(MemoryPool pool, QueryId query, long bytes)
    {
        pool.reserve(task(query), TAG, bytes);
        taken.merge(query, bytes, Long::sum);
    }

    private void free(MemoryPool pool, QueryId query)
    {
        pool.free(task(query), TAG, taken.remove(query));
    }

    /** Returns a task that does not exist: the query's own tasks give back their memory when they end. */
    private static TaskId task(QueryId query)
    {
        return new TaskId(new StageId(query, 1_000), 0, 0);
    }
}
