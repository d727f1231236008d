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

import io.airlift.log.Logger;
import io.prestosql.tests.product.ClientJournal.Entry;
import io.prestosql.tests.product.ClientJournal.Outcome;
import io.prestosql.tests.product.LocalCluster.Node;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import java.net.URI;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.prestosql.tests.product.NodeCounters.queueEpoch;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * Three dispatchers and two coordinators under load, of which one after another is killed or paused, and sometimes all dispatchers at once.
 * Whatever a client was told an id of ends as it should, once.
 * <p>
 * Takes more than a build machine has to give, so {@code bin/faults} runs it. {@code -Dfaults.count=N} (8), {@code -Dfaults.clients=N} (12) and {@code -Dfaults.seed=N} make other runs.
 */
@TestInstance(PER_CLASS)
@Tag("faults")
@Tag("long")
public class TestFaults
{
    private static final Logger log = Logger.get(TestFaults.class);

    private static final int FAULTS = Integer.getInteger("faults.count", 8);
    private static final int CLIENTS = Integer.getInteger("faults.clients", 12);
    private static final long SEED = Long.getLong("faults.seed", 20261122);
    private static final int LIMIT = 6;
    private static final int PAUSE_SECONDS = 8;
    private static final int PATIENCE_MILLIS = 240_000;
    private static final String COORDINATOR_LOST = "COORDINATOR_LOST";

    private final ClientJournal journal = new ClientJournal();
    private final AtomicBoolean done = new AtomicBoolean();
    private final AtomicInteger finished = new AtomicInteger();
    private LocalCluster cluster;
    private List<Node> dispatchers;

    @BeforeAll
    public void setUp()
    {
        cluster = LocalCluster.builder("faults")
                .dispatchers(3)
                .loadBalancer()
                .coordinators(2)
                .workers(1)
                .jvm("dispatcher", "-Xmx320M")
                .jvm("coordinator", "-Xmx768M")
                .jvm("worker", "-Xmx768M")
                .resourceGroup(LIMIT)
                .start();
        dispatchers = cluster.nodes().stream().filter(node -> node.roles().contains("dispatcher")).collect(toImmutableList());
    }

    @AfterAll
    public void tearDown()
    {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    public void testEveryAcknowledgedQueryEndsOnce()
            throws Exception
    {
        log.info("%s clients, %s faults, seed %s", CLIENTS, FAULTS, SEED);
        Random random = new Random(SEED);
        Map<Fault, Integer> faults = new TreeMap<>();
        long slowestNanos = 0;
        try (ExecutorService executor = newCachedThreadPool()) {
            List<Future<?>> clients = new ArrayList<>();
            try {
                for (int i = 0; i < CLIENTS; i++) {
                    int number = i;
                    clients.add(executor.submit(() -> runClient(number)));
                }
                awaitProgress(CLIENTS);
                for (int i = 0; i < FAULTS; i++) {
                    Fault fault = i == FAULTS / 2 ? Fault.KILL_ALL_DISPATCHERS : Fault.pick(random);
                    faults.merge(fault, 1, Integer::sum);
                    long start = System.nanoTime();
                    make(fault, random);
                    // whatever the fault was, queries finish again, also those that were there before
                    awaitProgress(2 * CLIENTS);
                    long nanos = System.nanoTime() - start;
                    slowestNanos = Math.max(slowestNanos, nanos);
                    log.info("Fault %s of %s: %s; %s more queries have finished %.1f s later", i + 1, FAULTS, fault, 2 * CLIENTS, nanos / 1e9);
                }
            }
            finally {
                done.set(true);
            }
            for (Future<?> client : clients) {
                client.get(300, SECONDS);
            }
        }
        check(faults, slowestNanos);
    }

    private void check(Map<Fault, Integer> faults, long slowestNanos)
    {
        List<CoordinatorRun> runs = CoordinatorRun.of(cluster);
        Set<String> writes = journal.acknowledged().stream()
                .filter(entry -> entry.sql().startsWith("CREATE"))
                .map(entry -> entry.queryId().orElseThrow())
                .collect(toImmutableSet());
        Map<String, Integer> finishedRuns = new HashMap<>();
        Map<String, Integer> allRuns = new HashMap<>();
        for (CoordinatorRun run : runs) {
            allRuns.merge(run.queryId(), 1, Integer::sum);
            if (run.finished()) {
                finishedRuns.merge(run.queryId(), 1, Integer::sum);
            }
        }
        Set<String> twice = new HashSet<>();
        finishedRuns.forEach((queryId, count) -> {
            if (count > 1) {
                twice.add(queryId);
            }
        });
        allRuns.forEach((queryId, count) -> {
            if (count > 1 && writes.contains(queryId)) {
                twice.add(queryId);
            }
        });
        int maxAtOnce = RunningTime.maxAtOnce(runs.stream().map(run -> new RunningTime(run.queryId(), run.start(), run.end())).toList());
        List<Entry> lost = journal.withOutcome(Outcome.LOST);
        List<Entry> wrong = journal.withOutcome(Outcome.WRONG_ROWS);
        log.info("Faults: %s. Acknowledged %s, finished %s, failed %s, not accepted %s; lost %s, run twice %s, wrong results %s; at most %s at once, limit %s; slowest back to normal after %.1f s",
                faults,
                journal.acknowledged().size(),
                journal.withOutcome(Outcome.FINISHED).size(),
                journal.failures(),
                journal.withOutcome(Outcome.NOT_ACCEPTED).size(),
                lost.size(),
                twice.size(),
                wrong.size(),
                maxAtOnce,
                LIMIT,
                slowestNanos / 1e9);
        assertThat(lost).isEmpty();
        assertThat(wrong).isEmpty();
        assertThat(twice).isEmpty();
        assertThat(maxAtOnce).isBetween(1, LIMIT);
        // a coordinator that is killed takes its queries with it; nothing else fails any
        assertThat(journal.failures().keySet()).isSubsetOf(COORDINATOR_LOST);
        assertThat(journal.withOutcome(Outcome.FAILED)).hasSizeLessThanOrEqualTo(faults.getOrDefault(Fault.KILL_COORDINATOR, 0) * LIMIT);
    }

    // faults

    private enum Fault
    {
        KILL_LEADER(4),
        PAUSE_LEADER(2),
        KILL_STANDBY(1),
        KILL_COORDINATOR(2),
        KILL_ALL_DISPATCHERS(1);

        private final int weight;

        Fault(int weight)
        {
            this.weight = weight;
        }

        private static Fault pick(Random random)
        {
            int choice = random.nextInt(10);
            for (Fault fault : values()) {
                choice -= fault.weight;
                if (choice < 0) {
                    return fault;
                }
            }
            throw new IllegalStateException("weights are not ten together");
        }
    }

    private void make(Fault fault, Random random)
            throws Exception
    {
        switch (fault) {
            case KILL_LEADER -> killAndRestart(List.of(leader()));
            case PAUSE_LEADER -> {
                String leader = leader();
                cluster.pause(leader);
                try {
                    SECONDS.sleep(PAUSE_SECONDS);
                }
                finally {
                    cluster.resume(leader);
                }
            }
            case KILL_STANDBY -> {
                String leader = leader();
                List<String> standbys = dispatchers.stream().map(Node::name).filter(name -> !name.equals(leader)).toList();
                killAndRestart(List.of(standbys.get(random.nextInt(standbys.size()))));
            }
            case KILL_COORDINATOR -> killAndRestart(List.of(cluster.coordinators().get(random.nextInt(cluster.coordinators().size())).name()));
            case KILL_ALL_DISPATCHERS -> killAndRestart(dispatchers.stream().map(Node::name).toList());
        }
    }

    private void killAndRestart(List<String> nodes)
            throws Exception
    {
        for (String node : nodes) {
            cluster.killNow(node);
        }
        try (ExecutorService executor = newCachedThreadPool()) {
            List<Future<?>> restarts = new ArrayList<>();
            for (String node : nodes) {
                restarts.add(executor.submit(() -> cluster.restart(node)));
            }
            for (Future<?> restart : restarts) {
                restart.get();
            }
        }
    }

    private String leader()
    {
        AtomicReference<String> leader = new AtomicReference<>();
        await().atMost(ofSeconds(60)).pollInterval(ofMillis(50)).until(() -> {
            dispatchers.stream()
                    .filter(dispatcher -> queueEpoch(dispatcher) > 0)
                    .findFirst()
                    .ifPresent(dispatcher -> leader.set(dispatcher.name()));
            return leader.get() != null;
        });
        return leader.get();
    }

    private void awaitProgress(int queries)
    {
        int before = finished.get();
        await().atMost(ofSeconds(180)).pollInterval(ofMillis(50)).until(() -> finished.get() >= before + queries);
    }

    // clients

    private void runClient(int client)
    {
        for (int number = 0; !done.get(); number++) {
            Query query = query(client, number);
            // every other client knows all dispatchers, and the others only the load balancer
            URI server = client % 2 == 0 ? cluster.uri() : dispatchers.get((client + number) % dispatchers.size()).uri();
            Entry entry = run(client, number, query, server);
            journal.add(entry);
            if (entry.outcome() == Outcome.FINISHED) {
                finished.incrementAndGet();
            }
        }
    }

    private static Entry run(int client, int number, Query query, URI server)
    {
        AtomicReference<String> queryId = new AtomicReference<>();
        try (Connection connection = JdbcDriver.NEWEST.connect(server);
                Statement statement = connection.createStatement()) {
            // the driver asks only the dispatcher that it has begun with, which takes its time to be back
            connection.setNetworkTimeout(directExecutor(), PATIENCE_MILLIS);
            JdbcDriver.watch(statement, queryId::set);
            long rows = 0;
            long sum = 0;
            statement.execute(query.sql());
            try (ResultSet resultSet = statement.getResultSet()) {
                while (resultSet != null && resultSet.next()) {
                    rows++;
                    sum += resultSet.getLong(1);
                }
            }
            boolean right = query.write() ? statement.getUpdateCount() == query.sum() : rows == query.rows() && sum == query.sum();
            return new Entry(client, number, query.sql(), Optional.ofNullable(queryId.get()), right ? Outcome.FINISHED : Outcome.WRONG_ROWS, Optional.empty());
        }
        catch (SQLException e) {
            Optional<String> id = Optional.ofNullable(queryId.get());
            // the driver gives the server's error code, and none when it did not get through to a server
            Outcome outcome = e.getErrorCode() != 0 ? Outcome.FAILED : id.isPresent() ? Outcome.LOST : Outcome.NOT_ACCEPTED;
            String error = e.getMessage().contains("is lost") ? COORDINATOR_LOST : e.getMessage();
            log.info("Client %s: %s %s: %s %s", client, id.orElse("-"), outcome, query.sql(), e);
            return new Entry(client, number, query.sql(), id, outcome, Optional.of(error));
        }
    }

    private static Query query(int client, int number)
    {
        return switch (number % 4) {
            case 0 -> new Query("SELECT count(*) FROM tpch.tiny.nation WHERE nationkey >= 0 AND %s = %1$s".formatted(number), false, 1, 25);
            case 1 -> new Query("SELECT custkey FROM tpch.tiny.customer", false, 1500, 1500 * 1501 / 2);
            case 2 -> new Query("CREATE TABLE memory.default.t_%s_%s AS SELECT * FROM tpch.tiny.region".formatted(client, number), true, 0, 5);
            default -> new Query("SELECT count(*) FROM tpch.tiny.lineitem l JOIN tpch.tiny.nation n ON l.suppkey % 25 = n.nationkey", false, 1, 60_175);
        };
    }

    /**
     * @param rows how many rows there are
     * @param sum of the first column; of a write, the rows that it has written
     */
    private record Query(String sql, boolean write, long rows, long sum) {}
}
