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
package io.prestosql.tests.product;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.airlift.log.Logger;
import io.prestosql.tests.product.LocalCluster.Node;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static com.google.common.collect.Sets.intersection;
import static io.prestosql.tests.product.NodeCounters.awaitQuiet;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static java.util.concurrent.TimeUnit.SECONDS;
import static java.util.function.Function.identity;
import static java.util.stream.Collectors.partitioningBy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * Coordinators are killed under load, in turns. Within seconds the workers have none of their tasks, and nothing that belongs to such a
 * task. No task of a living coordinator is dropped, even while it is paused.
 * <p>
 * {@code -Dleftovers.deaths=N} sets the number of kills, and {@code -Dleftovers.pause-seconds=N} the length of the pause.
 */
@Order(SharedCluster.EVERYDAY)
@TestInstance(PER_CLASS)
@Tag("long")
public class TestLeftoverTasks
{
    private static final Logger log = Logger.get(TestLeftoverTasks.class);

    private static final int DEATHS = Integer.getInteger("leftovers.deaths", 2);
    /** Many times longer than workers take to drop a dead coordinator's tasks, and much shorter than its lease. */
    private static final Duration PAUSE = Duration.ofSeconds(Integer.getInteger("leftovers.pause-seconds", 20));
    private static final Duration BOUND = ofSeconds(15);
    private static final int HELD = 8;
    private static final int LOAD_CLIENTS = 3;
    /** The result is many times larger than the buffers between the stages, so the tasks wait until the client goes on. */
    private static final String HELD_SQL = "SELECT rpad('', 400, l.comment), %s FROM tpch.tiny.lineitem l JOIN tpch.tiny.orders o ON l.orderkey = o.orderkey";
    private static final int ROWS = 60_175;
    private static final Set<String> ENDED = ImmutableSet.of("FINISHED", "CANCELED", "ABORTED", "FAILED");
    private static final Set<String> DROPPED = ImmutableSet.of("FAILING", "FAILED", "ABORTING", "ABORTED");

    private LocalCluster cluster;

    @BeforeAll
    public void setUp()
    {
        cluster = EverydayCluster.get();
    }

    @Test
    public void testTasksOfKilledCoordinators()
            throws Exception
    {
        List<Duration> times = new ArrayList<>();
        for (int death = 0; death < DEATHS; death++) {
            times.add(kill("coordinator-%s".formatted(death % 2 + 1)));
        }
        List<Duration> sorted = times.stream().sorted().collect(toImmutableList());
        log.info("%s deaths: the tasks of the dead coordinator, and their memory, were gone after %s s at least, %s s in the middle, %s s at most",
                DEATHS, seconds(sorted.getFirst()), seconds(sorted.get(sorted.size() / 2)), seconds(sorted.getLast()));
        assertThat(sorted.getLast()).isLessThan(BOUND);
    }

    private Duration kill(String victim)
            throws Exception
    {
        awaitQuiet(cluster);
        List<Counters> before = cluster.workers().stream().map(this::counters).collect(toImmutableList());
        AtomicBoolean done = new AtomicBoolean();
        ConcurrentLinkedQueue<ProtocolQuery> failed = new ConcurrentLinkedQueue<>();
        Duration time;
        try (ExecutorService executor = newCachedThreadPool()) {
            try {
                Map<Boolean, List<Held>> held = hold(victim);
                Set<String> onVictim = idsOf(held.get(true));
                Set<String> onOther = idsOf(held.get(false));
                List<Future<?>> load = new ArrayList<>();
                for (int i = 0; i < LOAD_CLIENTS; i++) {
                    load.add(executor.submit(() -> run(done, failed)));
                }
                Map<Node, Set<String>> leftovers = runningTasks(onVictim);
                Map<Node, Set<String>> others = runningTasks(onOther);
                assertThat(leftovers.values()).anyMatch(tasks -> !tasks.isEmpty());
                assertThat(cluster.workers()).anyMatch(worker -> !intersection(reservingQueries(worker), onVictim).isEmpty());
                long pages = unreadPages(leftovers);
                assertThat(pages).isPositive();

                long killed = System.nanoTime();
                ProcessHandle process = cluster.startKilling(victim);
                await().atMost(ofSeconds(180)).pollInterval(ofMillis(50)).until(() -> cluster.workers().stream().allMatch(worker ->
                        leftovers.get(worker).stream().allMatch(task -> ENDED.contains(stateOf(worker, task))) && intersection(reservingQueries(worker), onVictim).isEmpty()));
                time = Duration.ofNanos(System.nanoTime() - killed);
                await().atMost(BOUND).until(() -> unreadPages(leftovers) == 0);
                log.info("%s tasks of the %s queries that were held on %s are gone %s s after it was killed, and %s pages that no task had read after %s s",
                        leftovers.values().stream().mapToInt(Set::size).sum(),
                        onVictim.size(),
                        victim,
                        seconds(time),
                        pages,
                        seconds(Duration.ofNanos(System.nanoTime() - killed)));

                assertNoneDropped(others);
                done.set(true);
                for (Future<?> client : load) {
                    client.get(120, SECONDS);
                }
                held.get(false).forEach(Held::assertFinishes);
                held.get(true).forEach(query -> query.query().readToEnd());
                assertThat(held.get(true)).extracting(query -> query.query().errorName().orElse("none")).containsOnly("COORDINATOR_LOST");
                // only exposed queries fail; the others run again
                assertThat(failed).allMatch(query -> query.errorName().orElseThrow().equals("COORDINATOR_LOST"));
                process.onExit().get(30, SECONDS);
            }
            finally {
                done.set(true);
            }
        }
        // the workers found only the victim gone, so no other coordinator has lost a task
        for (int i = 0; i < cluster.workers().size(); i++) {
            Counters after = counters(cluster.workers().get(i));
            assertThat(after.goneCoordinators() - before.get(i).goneCoordinators()).isLessThanOrEqualTo(1);
            assertThat(after.returnedCoordinators()).isEqualTo(before.get(i).returnedCoordinators());
        }
        assertThat(cluster.workers().stream().mapToInt(worker -> counters(worker).droppedTasks()).sum())
                .isGreaterThan(before.stream().mapToInt(Counters::droppedTasks).sum());
        cluster.restart(victim);
        return time;
    }

    /**
     * The short run covers this in {@link TestCoordinatorPause}.
     */
    @Test
    public void testTasksOfPausedCoordinatorStay()
            throws Exception
    {
        String paused = "coordinator-1";
        awaitQuiet(cluster);
        List<Counters> before = cluster.workers().stream().map(this::counters).collect(toImmutableList());
        Map<Boolean, List<Held>> held = hold(paused);
        Set<String> onPaused = idsOf(held.get(true));
        Map<Node, Set<String>> tasks = runningTasks(onPaused);
        assertThat(tasks.values()).anyMatch(running -> !running.isEmpty());
        long pause = System.nanoTime();
        cluster.pause(paused);
        try {
            // no event shows that no task is dropped, so the test watches for the whole pause
            await().atMost(PAUSE.plusSeconds(60)).pollInterval(ofMillis(200)).until(() -> {
                assertNoneDropped(tasks);
                return System.nanoTime() - pause > PAUSE.toNanos();
            });
            assertThat(runningTasks(onPaused).values()).anyMatch(running -> !running.isEmpty());
        }
        finally {
            cluster.resume(paused);
        }
        held.values().forEach(queries -> queries.forEach(Held::assertFinishes));
        assertThat(cluster.workers().stream().map(this::counters)).containsExactlyElementsOf(before);
    }

    /**
     * Returns queries that have given their first rows, by whether they are on that coordinator.
     */
    private Map<Boolean, List<Held>> hold(String coordinator)
    {
        List<Held> queries = new ArrayList<>();
        for (int i = 0; i < HELD; i++) {
            ProtocolQuery query = ProtocolQuery.submit(cluster.uri(), HELD_SQL.formatted(i)).advanceToRows();
            assertThat(query.rows()).isNotEmpty();
            queries.add(new Held(query, i));
        }
        Set<String> there = QueryView.queriesOn(cluster.node(coordinator).uri(), cluster.secret()).stream()
                .map(QueryView::id)
                .collect(toImmutableSet());
        Map<Boolean, List<Held>> held = queries.stream().collect(partitioningBy(query -> there.contains(query.query().id())));
        assertThat(held.values()).noneMatch(List::isEmpty);
        return held;
    }

    /**
     * Runs queries of several stages, one after another.
     */
    private void run(AtomicBoolean done, ConcurrentLinkedQueue<ProtocolQuery> failed)
    {
        while (!done.get()) {
            ProtocolQuery query = ProtocolQuery.submit(cluster.uri(), "SELECT count(*) FROM tpch.tiny.lineitem l JOIN tpch.tiny.orders o ON l.orderkey = o.orderkey");
            List<JsonNode> rows = query.readToEnd();
            if (query.error().isPresent()) {
                failed.add(query);
            }
            else {
                assertThat(rows).extracting(row -> row.get(0).asInt()).containsExactly(60175);
            }
        }
    }

    private static Set<String> idsOf(List<Held> queries)
    {
        return queries.stream()
                .map(query -> query.query().id())
                .collect(toImmutableSet());
    }

    /**
     * Returns each worker's tasks of these queries that have not ended. The worker's answer describes every task of the last minutes, and
     * takes seconds when those are many.
     */
    private Map<Node, Set<String>> runningTasks(Set<String> queries)
    {
        return cluster.workers().stream().collect(toImmutableMap(identity(), worker -> ImmutableList.copyOf(cluster.getInternal(worker, "/v1/task?summarize")).stream()
                .map(task -> task.get("taskStatus"))
                .filter(status -> !ENDED.contains(status.get("state").asText()))
                .map(status -> status.get("taskId").asText())
                .filter(taskId -> queries.contains(taskId.substring(0, taskId.indexOf('.'))))
                .collect(toImmutableSet())));
    }

    private String stateOf(Node worker, String taskId)
    {
        return cluster.getInternal(worker, "/v1/task/" + taskId + "/status").get("state").asText();
    }

    /**
     * Returns the number of pages that the tasks have put out and their readers have not fetched.
     */
    private long unreadPages(Map<Node, Set<String>> tasks)
    {
        return tasks.entrySet().stream()
                .flatMap(entry -> entry.getValue().stream().map(task -> cluster.getInternal(entry.getKey(), "/v1/task/" + task + "?summarize")))
                .mapToLong(task -> task.get("outputBuffers").get("totalBufferedPages").asLong())
                .sum();
    }

    private void assertNoneDropped(Map<Node, Set<String>> tasks)
    {
        tasks.forEach((worker, taskIds) -> assertThat(taskIds).describedAs(worker.name()).noneMatch(taskId -> DROPPED.contains(stateOf(worker, taskId))));
    }

    private Set<String> reservingQueries(Node worker)
    {
        return ImmutableList.copyOf(cluster.getInternal(worker, "/v1/memory").get("pool").get("queryMemoryReservations").fieldNames()).stream()
                .collect(toImmutableSet());
    }

    private Counters counters(Node worker)
    {
        return counters(cluster, worker);
    }

    static Counters counters(LocalCluster cluster, Node worker)
    {
        String bean = "/v1/jmx/mbean/io.prestosql.worker:name=LeftoverTasks/";
        return new Counters(
                cluster.getInternal(worker, bean + "DroppedTasks").asInt(),
                cluster.getInternal(worker, bean + "GoneCoordinators").asInt(),
                cluster.getInternal(worker, bean + "ReturnedCoordinators").asInt());
    }

    private static String seconds(Duration duration)
    {
        return "%.1f".formatted(duration.toMillis() / 1e3);
    }

    private record Held(ProtocolQuery query, int number)
    {
        private void assertFinishes()
        {
            List<JsonNode> rows = query.readToEnd();
            assertThat(query.error()).isEmpty();
            assertThat(rows).hasSize(ROWS);
            assertThat(rows).allMatch(row -> row.get(1).asInt() == number);
        }
    }

    record Counters(int droppedTasks, int goneCoordinators, int returnedCoordinators) {}
}
