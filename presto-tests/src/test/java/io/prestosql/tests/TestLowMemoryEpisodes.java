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

import com.google.common.collect.ImmutableList;
import com.google.inject.Module;
import io.airlift.log.Logger;
import io.prestosql.memory.LowMemoryDecider;
import io.prestosql.node.NodeRole;
import io.prestosql.testing.GatePlugin;
import io.prestosql.testing.Gates;
import io.prestosql.testing.TestingClient;
import io.prestosql.testing.TestingPrestoCluster;
import io.prestosql.testing.TestingPrestoServer;
import io.prestosql.testing.TestingTier;
import io.trino.execution.QueryManager;
import io.trino.execution.SqlTaskManager;
import io.trino.memory.ClusterMemoryManager;
import io.trino.memory.LocalMemoryManager;
import io.trino.memory.LowMemoryKiller;
import io.trino.memory.LowMemoryKiller.ForQueryLowMemoryKiller;
import io.trino.memory.LowMemoryKiller.ForTaskLowMemoryKiller;
import io.trino.memory.MemoryPool;
import io.trino.memory.NoneLowMemoryKiller;
import io.trino.memory.TotalReservationLowMemoryKiller;
import io.trino.memory.TotalReservationOnBlockedNodesQueryLowMemoryKiller;
import io.trino.spi.QueryId;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.Iterables.getOnlyElement;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.prestosql.node.NodeRole.COORDINATOR;
import static io.prestosql.node.NodeRole.WORKER;
import static java.util.Comparator.comparing;
import static java.util.Comparator.comparingInt;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;

/**
 * The queries of two coordinators together repeatedly want more memory than a worker has. Each time one of them is killed: the one that a
 * single coordinator with all these queries would have chosen.
 * <p>
 * {@code -Dlow-memory.episodes=N} (1, in the long tier 2) sets the number of episodes for each policy, and {@code -Dlow-memory.kills=N} (1) how often the
 * deciding coordinator dies in an episode.
 */
@Execution(CONCURRENT)
public class TestLowMemoryEpisodes
{
    private static final Logger log = Logger.get(TestLowMemoryEpisodes.class);

    private static final int EPISODES = Integer.getInteger("low-memory.episodes", TestingTier.rounds(1, 2));
    private static final int KILLS = Integer.getInteger("low-memory.kills", 1);
    private static final int QUERIES = 6;

    /** The smallest share of a worker's memory that the victim has. */
    private static final double VICTIM = 0.40;
    /** The share that all queries together want of the worker that runs out of memory. */
    private static final double WANTED = 1.05;

    private final Random random = new Random(7);
    private int episodes;

    @ParameterizedTest
    @MethodSource("queryPolicies")
    public void testOneVictimInEachEpisode(String policy)
            throws Exception
    {
        Gates gates = new Gates();
        ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));
        try (TestingPrestoCluster cluster = clusterBuilder(gates).addProperty(COORDINATOR, "query.low-memory-killer.policy", policy).build();
                TestingClient client = new TestingClient(cluster.getDispatcherUrl())) {
            awaitDecider(cluster);
            int onOtherCoordinator = 0;
            for (int i = 0; i < EPISODES; i++) {
                Episode episode = begin(cluster, client, executor, gates, policy);
                assertThat(episode.awaitVictim()).isEqualTo(episode.expected());
                // the others have enough memory, and none of them is killed
                await().until(() -> episode.pool().getFreeBytes() > 0);
                List<Reader> victims = episode.end(gates);
                assertThat(victims).containsExactly(episode.expected());
                onOtherCoordinator += episode.expected().coordinator().equals(awaitDecider(cluster).getNodeId()) ? 0 : 1;
            }
            log.info("%s: %s episodes, one victim in each, the one that was expected; %s of them on the coordinator that did not decide", policy, EPISODES, onOtherCoordinator);
        }
        finally {
            executor.shutdownNow();
        }
    }

    /**
     * The same for tasks: these run again, and their queries go on.
     */
    @ParameterizedTest
    @MethodSource("taskPolicies")
    public void testOneVictimTaskInEachEpisode(String policy, @TempDir Path exchange)
            throws Exception
    {
        Gates gates = new Gates();
        ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));
        TestingPrestoCluster.Builder builder = clusterBuilder(gates)
                .addExchange(exchange)
                .addProperty(COORDINATOR, "task.low-memory-killer.policy", policy);
        for (NodeRole role : ImmutableList.of(COORDINATOR, WORKER)) {
            builder
                    .addProperty(role, "retry-policy", "TASK")
                    .addProperty(role, "retry-initial-delay", "50ms")
                    // the scheduler's estimates, so small that all tasks have room
                    .addProperty(role, "fault-tolerant-execution-task-memory", "16MB")
                    .addProperty(role, "fault-tolerant-execution-coordinator-task-memory", "16MB");
        }
        try (TestingPrestoCluster cluster = builder.build();
                TestingClient client = new TestingClient(cluster.getDispatcherUrl())) {
            awaitDecider(cluster);
            int onOtherCoordinator = 0;
            for (int i = 0; i < EPISODES; i++) {
                int before = gates.getEntered().size();
                Episode episode = begin(cluster, client, executor, gates, policy);
                // the victim runs again as soon as a worker has more memory than it was killed with
                await("the victim is gone").until(() -> gates.getInside(episode.expected().table()) == 0);
                await().until(() -> episode.pool().getFreeBytes() > 0);
                assertThat(episode.end(gates)).isEmpty();
                assertThat(episode.readers()).allMatch(reader -> reader.error().isEmpty());
                List<String> entered = gates.getEntered().subList(before, gates.getEntered().size());
                assertThat(entered).hasSize(QUERIES + 1);
                assertThat(entered.getLast()).isEqualTo(episode.expected().table());
                onOtherCoordinator += episode.expected().coordinator().equals(awaitDecider(cluster).getNodeId()) ? 0 : 1;
            }
            log.info("tasks, %s: %s episodes, one victim in each, the one that was expected; %s of them on the coordinator that did not decide", policy, EPISODES, onOtherCoordinator);
        }
        finally {
            executor.shutdownNow();
        }
    }

    /**
     * In the short tier, TestEngineVictimPolicy shows what this policy chooses.
     */
    @Tag("long")
    @Test
    public void testPolicyNone()
            throws Exception
    {
        Gates gates = new Gates();
        ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));
        try (TestingPrestoCluster cluster = clusterBuilder(gates)
                .addProperty(COORDINATOR, "query.low-memory-killer.policy", "none")
                .addProperty(COORDINATOR, "task.low-memory-killer.policy", "none")
                .build();
                TestingClient client = new TestingClient(cluster.getDispatcherUrl())) {
            LowMemoryDecider decider = awaitDecider(cluster).getInstance(LowMemoryDecider.class);
            Episode episode = begin(cluster, client, executor, gates, "none");
            long rounds = decider.getRounds();
            await().until(() -> decider.getRounds() > rounds + 3);
            assertThat(episode.readers()).noneMatch(reader -> reader.result().isDone());
            assertThat(decider.getChosenVictims()).isZero();
            assertThat(episode.end(gates)).isEmpty();
        }
        finally {
            executor.shutdownNow();
        }
    }

    @Test
    public void testDeciderDies()
            throws Exception
    {
        Gates gates = new Gates();
        ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));
        try (TestingPrestoCluster cluster = clusterBuilder(gates).build();
                TestingClient client = new TestingClient(cluster.getDispatcherUrl())) {
            int lost = 0;
            int killed = 0;
            Optional<String> dead = Optional.empty();
            for (int i = 0; i < KILLS; i++) {
                if (dead.isPresent()) {
                    cluster.start(dead.get());
                    cluster.awaitReady();
                }
                TestingPrestoServer decider = awaitDecider(cluster);
                long rounds = decider.getInstance(LowMemoryDecider.class).getRounds();
                Episode episode = begin(cluster, client, executor, gates, "total-reservation-on-blocked-nodes");
                await().until(() -> decider.getInstance(LowMemoryDecider.class).getRounds() > rounds);
                executor.submit(() -> cluster.kill(decider.getNodeId())).get();
                // either the victim is gone, or the dead coordinator's tasks are
                await().until(() -> episode.pool().getFreeBytes() > 0);
                List<Reader> victims = episode.end(gates);
                assertThat(victims).hasSizeLessThanOrEqualTo(1);
                assertThat(victims).allMatch(victim -> victim.equals(episode.expected()) || !victim.coordinator().equals(decider.getNodeId()));
                killed += victims.size();
                lost += (int) episode.readers().stream().filter(reader -> reader.error().equals(Optional.of("COORDINATOR_LOST"))).count();
                dead = Optional.of(decider.getNodeId());
            }
            log.info("The deciding coordinator died in %s episodes: %s victims, and %s queries were lost with their coordinator", KILLS, killed, lost);
        }
        finally {
            executor.shutdownNow();
        }
    }

    /**
     * Shows the behavior of the engine's killers, each of which knows only its own queries.
     */
    @Tag("long")
    @ParameterizedTest
    @ValueSource(strings = {"total-reservation", "total-reservation-on-blocked-nodes"})
    public void testStockKillersForComparison(String policy)
            throws Exception
    {
        Gates gates = new Gates();
        ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));
        try (TestingPrestoCluster cluster = clusterBuilder(gates)
                .addProperty(COORDINATOR, "query.low-memory-killer.policy", "none")
                .addReplacement(COORDINATOR, stockKiller(policy))
                .build();
                TestingClient client = new TestingClient(cluster.getDispatcherUrl())) {
            int victims = 0;
            int expected = 0;
            for (int i = 0; i < EPISODES; i++) {
                Episode episode = begin(cluster, client, executor, gates, policy);
                episode.awaitVictim();
                await().until(() -> episode.pool().getFreeBytes() > 0);
                List<Reader> killed = episode.end(gates);
                assertThat(killed).isNotEmpty();
                victims += killed.size();
                expected += killed.equals(ImmutableList.of(episode.expected())) ? 1 : 0;
            }
            log.info("%s, the engine's own killers: %s episodes, %s victims; the one victim that was expected, and no other, in %s", policy, EPISODES, victims, expected);
        }
        finally {
            executor.shutdownNow();
        }
    }

    /**
     * In the short tier, one policy for queries and another one for tasks are enough.
     */
    private static List<String> queryPolicies()
    {
        return TestingTier.isLong() ? ImmutableList.of("total-reservation", "total-reservation-on-blocked-nodes") : ImmutableList.of("total-reservation");
    }

    private static List<String> taskPolicies()
    {
        return TestingTier.isLong() ? ImmutableList.of("total-reservation-on-blocked-nodes", "least-waste") : ImmutableList.of("least-waste");
    }

    private static Module stockKiller(String policy)
    {
        LowMemoryKiller killer = policy.equals("total-reservation") ? new TotalReservationLowMemoryKiller() : new TotalReservationOnBlockedNodesQueryLowMemoryKiller();
        return binder -> {
            binder.bind(LowMemoryKiller.class).annotatedWith(ForQueryLowMemoryKiller.class).toInstance(killer);
            binder.bind(LowMemoryKiller.class).annotatedWith(ForTaskLowMemoryKiller.class).toInstance(new NoneLowMemoryKiller());
        };
    }

    private static TestingPrestoCluster.Builder clusterBuilder(Gates gates)
    {
        return TestingPrestoCluster.builder()
                .addDispatchers(1)
                .addCoordinators(2)
                .addWorkers(2)
                .addProperty(COORDINATOR, "query.max-memory-per-node", "69%")
                .addProperty(WORKER, "query.max-memory-per-node", "69%")
                .addPlugin(new GatePlugin(gates))
                .addCatalog("gate", "gate");
    }

    private static TestingPrestoServer awaitDecider(TestingPrestoCluster cluster)
    {
        return await().until(
                () -> cluster.getServers(COORDINATOR).stream()
                        .filter(server -> server.getInstance(LowMemoryDecider.class).isDeciding())
                        .findFirst(),
                Optional::isPresent).orElseThrow();
    }

    /**
     * Makes queries want more memory than a worker has.
     */
    private Episode begin(TestingPrestoCluster cluster, TestingClient client, ExecutorService executor, Gates gates, String policy)
    {
        episodes++;
        // two stock killers, each of which remembers only its own victims, act on a state that is a second old
        cluster.getServers(COORDINATOR).forEach(coordinator -> await().until(() -> seesFreeMemory(coordinator)));
        List<Reader> readers = new ArrayList<>();
        Map<String, Future<TestingClient.Result>> results = new LinkedHashMap<>();
        for (int i = 0; i < QUERIES; i++) {
            String table = "episode_%s_query_%s".formatted(episodes, i);
            results.put(table, executor.submit(() -> client.execute("SELECT x FROM gate.default." + table)));
        }
        results.forEach((table, result) -> {
            await().until(() -> gates.getInside(table) == 1);
            readers.add(reader(cluster, table, result));
        });

        Map<String, List<Reader>> byWorker = readers.stream().collect(groupingBy(Reader::worker));
        String blocked = byWorker.keySet().stream()
                .max(comparing(worker -> byWorker.get(worker).size()))
                .orElseThrow();
        MemoryPool pool = cluster.getServer(blocked).getInstance(LocalMemoryManager.class).getMemoryPool();
        List<Reader> onBlocked = new ArrayList<>(byWorker.get(blocked));
        assertThat(onBlocked).hasSizeGreaterThan(2);
        Collections.shuffle(onBlocked, random);
        Reader expected = onBlocked.get(random.nextInt(onBlocked.size()));
        double victim = VICTIM + random.nextDouble() / 10;
        double others = (WANTED - victim) / (onBlocked.size() - 1);

        List<Reader> elsewhere = readers.stream()
                .filter(reader -> !reader.worker().equals(blocked))
                .collect(toImmutableList());
        for (int i = 0; i < elsewhere.size(); i++) {
            // on a worker with enough memory, a query may hold more than the victim, if the policy does not count that
            double share = i == 0 && policy.endsWith("on-blocked-nodes") ? victim + 0.1 : 0.3 / elsewhere.size();
            gates.hold(elsewhere.get(i).table(), (long) (pool.getMaxBytes() * share));
        }
        gates.hold(expected.table(), (long) (pool.getMaxBytes() * victim));
        // the killers know the workers' memory at once, but that of queries only when tasks have reported it
        QueryManager queries = cluster.getServer(expected.coordinator()).getInstance(QueryManager.class);
        await().until(() -> queries.getQueryInfo(expected.queryId()).getQueryStats().getTotalMemoryReservation().toBytes() >= (long) (pool.getMaxBytes() * victim));
        onBlocked.stream()
                .filter(reader -> !reader.equals(expected))
                .forEach(reader -> gates.hold(reader.table(), (long) (pool.getMaxBytes() * others)));
        log.info("Episode %s: %s is out of memory, of its %s queries the victim has to be %s on %s", episodes, blocked, onBlocked.size(), expected.queryId(), expected.coordinator());
        return new Episode(readers, expected, pool);
    }

    private static boolean seesFreeMemory(TestingPrestoServer coordinator)
            throws JMException
    {
        MBeanServer beans = coordinator.getInstance(MBeanServer.class);
        ObjectName pool = getOnlyElement(beans.queryNames(ObjectName.getInstance("*:type=ClusterMemoryPool,*"), null));
        // the coordinator calls the killers for blocked nodes, and tells them the nodes' memory
        return beans.getAttribute(pool, "BlockedNodes").equals(0) &&
                coordinator.getInstance(ClusterMemoryManager.class).getAllNodesMemoryInfo().values().stream()
                        .flatMap(Optional::stream)
                        .allMatch(node -> node.getPool().getFreeBytes() > 0);
    }

    private static Reader reader(TestingPrestoCluster cluster, String table, Future<TestingClient.Result> result)
    {
        for (TestingPrestoServer coordinator : cluster.getServers(COORDINATOR)) {
            Optional<QueryId> queryId = coordinator.getInstance(QueryManager.class).getQueries().stream()
                    .filter(query -> query.getQuery().endsWith("." + table))
                    .map(query -> query.getQueryId())
                    .findFirst();
            if (queryId.isPresent()) {
                return new Reader(table, result, queryId.get(), coordinator.getNodeId(), workerOf(cluster, queryId.get()));
            }
        }
        throw new AssertionError("No coordinator has the query of " + table);
    }

    /**
     * Returns the worker that reads the table: the one with the last stage.
     */
    private static String workerOf(TestingPrestoCluster cluster, QueryId queryId)
    {
        record Leaf(String worker, int stage) {}

        return cluster.getServers(WORKER).stream()
                .flatMap(worker -> worker.getInstance(SqlTaskManager.class).getAllTasks().stream()
                        .filter(task -> task.getTaskId().getQueryId().equals(queryId) && task.getTaskContext().isPresent())
                        .map(task -> new Leaf(worker.getNodeId(), task.getTaskId().getStageId().getId())))
                .max(comparingInt(Leaf::stage))
                .map(Leaf::worker)
                .orElseThrow();
    }

    /**
     * A query that reads one table, on one worker.
     */
    private record Reader(String table, Future<TestingClient.Result> result, QueryId queryId, String coordinator, String worker)
    {
        private Optional<String> error()
        {
            return result.resultNow().error().map(error -> error.getErrorName());
        }

        private boolean isVictim()
        {
            return error().equals(Optional.of("CLUSTER_OUT_OF_MEMORY"));
        }
    }

    private record Episode(List<Reader> readers, Reader expected, MemoryPool pool)
    {
        private Reader awaitVictim()
        {
            return await().until(() -> readers.stream().filter(reader -> reader.result().isDone()).findFirst(), Optional::isPresent).orElseThrow();
        }

        /**
         * Lets the other queries end.
         *
         * @return the killed queries, in the order of their arrival
         */
        private List<Reader> end(Gates gates)
                throws Exception
        {
            readers.forEach(reader -> gates.open(reader.table()));
            for (Reader reader : readers) {
                TestingClient.Result result = reader.result().get();
                if (result.error().isEmpty()) {
                    assertThat(result.onlyValue()).isEqualTo(42L);
                }
                else {
                    log.info("%s on %s: %s", reader.queryId(), reader.coordinator(), result.error().get().getErrorName());
                    assertThat(reader.error().orElseThrow()).isIn("CLUSTER_OUT_OF_MEMORY", "COORDINATOR_LOST");
                }
            }
            return readers.stream()
                    .filter(Reader::isVictim)
                    .collect(toImmutableList());
        }
    }
}
