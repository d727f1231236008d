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
import com.google.common.base.Throwables;
import com.google.common.collect.ArrayListMultimap;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Multimap;
import io.airlift.log.Logger;
import io.prestosql.tests.product.ClientJournal.Entry;
import io.prestosql.tests.product.ClientJournal.Outcome;
import io.prestosql.tests.product.LocalCluster.Node;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import java.net.URI;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static com.google.common.collect.Iterables.getOnlyElement;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.prestosql.tests.product.NodeCounters.awaitLeader;
import static io.prestosql.tests.product.NodeCounters.runningQueries;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static java.time.ZoneOffset.UTC;
import static java.time.temporal.ChronoUnit.MILLIS;
import static java.util.Collections.nCopies;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * Puts dispatchers and coordinators under load and kills or pauses one after another, sometimes all dispatchers at once, or the store that
 * holds the queue, or a whole cluster. Every query whose client was told an id ends correctly, and once.
 * <p>
 * The short run makes a few faults, the long one many. {@code bin/faults} makes even more: {@code -Dfaults.count=N},
 * {@code -Dfaults.clients=N} and {@code -Dfaults.seed=N}.
 */
@TestInstance(PER_CLASS)
abstract class AbstractTestFaults
{
    private static final Logger log = Logger.get(AbstractTestFaults.class);

    private static final long SEED = Long.getLong("faults.seed", 20261122);
    static final int LIMIT = 6;
    /** The number of queries that have to finish after the begin of a fault before the next one. */
    private static final int PROGRESS = 10;
    /** A query that was sent to a coordinator begins to run within this time. */
    private static final Duration DISPATCH = ofSeconds(4);
    private static final Duration LEASE = ofSeconds(BalancedClusters.LEASE_SECONDS);
    /** Longer than a coordinator's lease plus the time for which a dispatcher then waits before it gives up the queries there. */
    private static final Duration PAUSE_OF_COORDINATOR = ofSeconds(42);
    /** The pause of a slow client. Half of the queries have one, so that the machine has time left to start servers. */
    private static final int MIN_CLIENT_PAUSE_MILLIS = 2000;
    private static final int MAX_CLIENT_PAUSE_MILLIS = 6000;
    /** The pause of a client whose dispatcher does not answer. */
    private static final int NEXT_TRY_MILLIS = 1000;
    private static final int PATIENCE_MILLIS = 240_000;
    /** What ids of queries begin with. */
    private static final DateTimeFormatter ID_TIME = DateTimeFormatter.ofPattern("yyyyMMdd_HHmmss").withZone(UTC);
    private static final String COORDINATOR_LOST = "COORDINATOR_LOST";
    private static final int COORDINATOR_LOST_CODE = 0x0790_0000;

    private final String store;
    private final SharedCluster sharedCluster;
    private final int clientCount;
    private final int faultCount;
    /** The run makes each of them once, in this order, before it repeats any. */
    private final List<Fault> possibleFaults;
    private final ClientJournal journal = new ClientJournal();
    private final CountDownLatch done = new CountDownLatch(1);
    private final AtomicInteger finished = new AtomicInteger();
    /** When each coordinator was paused for longer than its lease. */
    private final Multimap<String, Instant> pauses = ArrayListMultimap.create();
    private LocalCluster cluster;
    private List<Node> dispatchers;

    AbstractTestFaults(String store, SharedCluster sharedCluster, int clientsInLongRun, int faultCount, List<Fault> possibleFaults)
    {
        this.store = requireNonNull(store, "store is null");
        this.sharedCluster = requireNonNull(sharedCluster, "sharedCluster is null");
        this.clientCount = Tier.number("faults.clients", 9, clientsInLongRun);
        this.faultCount = faultCount;
        this.possibleFaults = ImmutableList.copyOf(possibleFaults);
    }

    @BeforeAll
    public void setUp()
    {
        cluster = sharedCluster.get();
        dispatchers = cluster.dispatchers();
    }

    LocalCluster cluster()
    {
        return cluster;
    }

    ClientJournal journal()
    {
        return journal;
    }

    /**
     * Returns what a client sends with a query, as properties of the JDBC driver. The source chooses the resource group.
     */
    Map<String, String> properties(int client, int number)
    {
        return ImmutableMap.of("source", BalancedClusters.SIX_AT_A_TIME);
    }

    @Test
    public void testEveryAcknowledgedQueryEndsOnce()
            throws Exception
    {
        log.info("%s: %s clients, %s faults, seed %s", store, clientCount, faultCount, SEED);
        Instant begin = Instant.now();
        Random random = new Random(SEED);
        Map<Fault, Integer> faults = new TreeMap<>();
        int outages = 0;
        long slowestNanos = 0;
        try (ExecutorService executor = newCachedThreadPool()) {
            List<Future<?>> clients = new ArrayList<>();
            try {
                for (int i = 0; i < clientCount; i++) {
                    int number = i;
                    clients.add(executor.submit(() -> runClient(number)));
                }
                awaitProgress(0);
                for (int i = 0; i < faultCount; i++) {
                    Fault fault = i < possibleFaults.size() ? possibleFaults.get(i) : anyFault(random);
                    faults.merge(fault, 1, Integer::sum);
                    long start = System.nanoTime();
                    int before = finished.get();
                    make(fault, random);
                    double madeSeconds = (System.nanoTime() - start) / 1e9;
                    if (fault.endsRunningQueries || (fault != Fault.TAKE_CLUSTERS_OUT && madeSeconds > LEASE.toSeconds() - 5)) {
                        outages++;
                    }
                    // queries finish during every fault or after it
                    awaitProgress(before);
                    long nanos = System.nanoTime() - start;
                    slowestNanos = Math.max(slowestNanos, nanos);
                    log.info("%s: fault %s of %s, %s, took %.1f s; %.1f s after its begin %s more queries have finished, %s in all",
                            store, i + 1, faultCount, fault, madeSeconds, nanos / 1e9, PROGRESS, finished.get());
                }
            }
            finally {
                done.countDown();
            }
            for (Future<?> client : clients) {
                client.get(300, SECONDS);
            }
        }
        check(begin, faults, outages, slowestNanos);
    }

    private void check(Instant begin, Map<Fault, Integer> faults, int outages, long slowestNanos)
    {
        // other classes have used the cluster before
        List<CoordinatorRun> runs = CoordinatorRun.of(cluster).stream()
                .filter(run -> !run.start().isBefore(begin))
                .toList();
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
        int maxAtOnce = RunningTime.maxAtOnce(runs.stream().map(this::runningTime).toList());
        List<Entry> lost = journal.withOutcome(Outcome.LOST);
        List<Entry> wrong = journal.withOutcome(Outcome.WRONG_ROWS);
        log.info("%s, faults: %s. Acknowledged %s, finished %s, failed %s, not accepted %s; lost %s, run twice %s, wrong results %s; at most %s at once, limit %s; slowest back to normal after %.1f s",
                store,
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
        // a coordinator that is killed takes its queries with it; nothing else makes a query fail
        assertThat(journal.failures().keySet()).isSubsetOf(COORDINATOR_LOST);
        assertThat(journal.withOutcome(Outcome.FAILED)).hasSizeLessThanOrEqualTo(outages * LIMIT);
    }

    /**
     * Returns the time in which the query held its slot. A paused coordinator logs the ends of its queries only when it resumes, but its
     * queries have had no slots since the end of its lease.
     */
    private RunningTime runningTime(CoordinatorRun run)
    {
        Instant end = run.end();
        for (Instant pause : pauses.get(run.coordinator())) {
            Instant leaseEnd = pause.plus(LEASE);
            if (run.start().isBefore(pause) && leaseEnd.isBefore(end)) {
                end = leaseEnd;
            }
        }
        return new RunningTime(run.queryId(), run.start(), end);
    }

    // faults

    enum Fault
    {
        KILL_LEADER(false),
        /** Pauses the leader until another dispatcher leads. */
        PAUSE_LEADER(false),
        KILL_STANDBY(false),
        KILL_ALL_DISPATCHERS(false),
        RESTART_ALL_DISPATCHERS(false),
        KILL_DATABASE(false),
        RESTART_DATABASE(false),
        KILL_COORDINATOR(true),
        KILL_CLUSTER(true),
        /** Takes every cluster out and in again, one after another. All dispatchers are killed while the first is out. */
        TAKE_CLUSTERS_OUT(false),
        PAUSE_COORDINATOR(true);

        private final boolean endsRunningQueries;

        Fault(boolean endsRunningQueries)
        {
            this.endsRunningQueries = endsRunningQueries;
        }
    }

    /**
     * Faults of the leader are three times as likely as most others; the slowest fault is half as likely.
     */
    private Fault anyFault(Random random)
    {
        List<Fault> faults = ImmutableList.<Fault>builder()
                .addAll(possibleFaults)
                .addAll(possibleFaults.stream().filter(fault -> fault != Fault.PAUSE_COORDINATOR).toList())
                .addAll(nCopies(4, Fault.KILL_LEADER))
                .addAll(nCopies(4, Fault.PAUSE_LEADER))
                .build().stream()
                .filter(possibleFaults::contains)
                .toList();
        return faults.get(random.nextInt(faults.size()));
    }

    private void make(Fault fault, Random random)
            throws Exception
    {
        switch (fault) {
            case KILL_LEADER -> killAndRestart(List.of(leader()));
            case PAUSE_LEADER -> {
                String paused = leader();
                cluster.pause(paused);
                try {
                    awaitLeader(dispatchers.stream().filter(dispatcher -> !dispatcher.name().equals(paused)).toList());
                }
                finally {
                    cluster.resume(paused);
                }
            }
            case KILL_STANDBY -> {
                String leader = leader();
                List<String> standbys = dispatchers.stream().map(Node::name).filter(name -> !name.equals(leader)).toList();
                killAndRestart(List.of(standbys.get(random.nextInt(standbys.size()))));
            }
            case KILL_ALL_DISPATCHERS -> killAndRestart(dispatchers.stream().map(Node::name).toList());
            case RESTART_ALL_DISPATCHERS -> restart(dispatchers.stream().map(Node::name).toList());
            case KILL_DATABASE -> {
                cluster.kill("postgresql");
                cluster.restart("postgresql");
            }
            case RESTART_DATABASE -> cluster.restart("postgresql");
            case KILL_COORDINATOR -> killAndRestart(List.of(anyCoordinator(random)));
            case KILL_CLUSTER -> {
                List<String> clusters = cluster.clusters();
                List<Node> killed = cluster.nodesOf(clusters.get(random.nextInt(clusters.size())));
                await().atMost(ofSeconds(60)).pollInterval(ofMillis(10)).until(() -> killed.stream().anyMatch(node -> node.roles().contains("coordinator") && runningQueries(node) > 0));
                List<String> nodes = killed.stream().map(Node::name).toList();
                nodes.forEach(cluster::kill);
                // the other clusters take all that waits
                awaitProgress(finished.get());
                restart(nodes);
            }
            case TAKE_CLUSTERS_OUT -> {
                List<Entry> failed = journal.withOutcome(Outcome.FAILED);
                String start = ID_TIME.format(Instant.now());
                boolean kill = true;
                for (String name : cluster.clusters()) {
                    takeOutAndIn(name, kill, random);
                    kill = false;
                }
                // clients may hear only now of the end of queries that ran in a cluster when it was killed, before
                assertThat(journal.withOutcome(Outcome.FAILED)).as("queries that failed until clusters had been out and in")
                        .filteredOn(entry -> !failed.contains(entry) && !isLostBefore(start, entry))
                        .isEmpty();
            }
            case PAUSE_COORDINATOR -> {
                String coordinator = anyCoordinator(random);
                pauses.put(coordinator, Instant.now());
                pause(coordinator, PAUSE_OF_COORDINATOR);
            }
        }
    }

    private static boolean isLostBefore(String start, Entry entry)
    {
        return entry.error().equals(Optional.of(COORDINATOR_LOST)) && entry.queryId().filter(queryId -> queryId.compareTo(start) < 0).isPresent();
    }

    /**
     * A cluster that is out starts no queries, also after all dispatchers have been killed, and starts some when it is in again.
     */
    private void takeOutAndIn(String name, boolean killDispatchers, Random random)
            throws Exception
    {
        Node coordinator = getOnlyElement(cluster.nodesOf(name));
        String state = random.nextBoolean() ? "DRAINING" : "INACTIVE";
        order(anyDispatcher(random), name, state);
        Instant out = Instant.now().plus(DISPATCH);
        await().atMost(ofSeconds(120)).pollInterval(ofMillis(50)).until(() -> {
            JsonNode cluster = clusterReport(anyDispatcher(random), name);
            return cluster.get("state").asText().equals(state) && cluster.path("drained").asBoolean();
        });
        Instant drained = Instant.now();
        if (killDispatchers) {
            killAndRestart(dispatchers.stream().map(Node::name).toList());
            awaitLeader(dispatchers);
            // the new leader and the other dispatchers read the order from the log
            await().atMost(ofSeconds(60)).pollInterval(ofMillis(50)).untilAsserted(() -> {
                for (Node dispatcher : dispatchers) {
                    assertThat(clusterReport(dispatcher, name).get("state").asText()).isEqualTo(state);
                }
            });
        }
        awaitProgress(finished.get());
        Instant last = out.isBefore(drained) ? out : drained;
        assertThat(runsSince(coordinator, last)).as("queries that began in cluster %s while it was %s", name, state).isEmpty();
        order(anyDispatcher(random), name, "ACTIVE");
        await().atMost(ofSeconds(120)).pollInterval(ofMillis(50)).until(() -> !runsSince(coordinator, drained).isEmpty());
        // the cluster is for other classes, too
        send("DELETE", anyDispatcher(random), name, "");
        log.info("Cluster %s was %s for %.1f s, and gets queries again", name, state, drained.until(Instant.now(), MILLIS) / 1e3);
    }

    private List<QueryView> runsSince(Node coordinator, Instant time)
    {
        return QueryView.queriesOn(coordinator.uri(), cluster.secret(coordinator)).stream()
                .filter(query -> query.startTime().isAfter(time))
                .toList();
    }

    private Node anyDispatcher(Random random)
    {
        return dispatchers.get(random.nextInt(dispatchers.size()));
    }

    private static void order(Node dispatcher, String cluster, String state)
    {
        send("PUT", dispatcher, cluster, "\"%s\"".formatted(state));
    }

    private static void send(String method, Node dispatcher, String cluster, String body)
    {
        HttpResponse<String> response = Http.request(method, dispatcher.uri().resolve("/v1/clusters/%s/state".formatted(cluster)), body,
                Http.USER_HEADER, ThreeClusters.OPERATOR, "Content-Type", "application/json");
        assertThat(response.statusCode()).describedAs(response.body()).isEqualTo(204);
    }

    private static JsonNode clusterReport(Node dispatcher, String cluster)
    {
        return Http.getJson(dispatcher.uri().resolve("/v1/clusters/" + cluster), Http.USER_HEADER, ThreeClusters.OPERATOR);
    }

    private String anyCoordinator(Random random)
    {
        List<Node> coordinators = cluster.coordinators();
        return coordinators.get(random.nextInt(coordinators.size())).name();
    }

    private void pause(String node, Duration duration)
            throws Exception
    {
        cluster.pause(node);
        try {
            Thread.sleep(duration);
        }
        finally {
            cluster.resume(node);
        }
    }

    private void killAndRestart(List<String> nodes)
            throws Exception
    {
        for (String node : nodes) {
            cluster.kill(node);
        }
        restart(nodes);
    }

    private void restart(List<String> nodes)
            throws Exception
    {
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
        return awaitLeader(dispatchers).name();
    }

    private void awaitProgress(int before)
    {
        await().atMost(ofSeconds(180)).pollInterval(ofMillis(50)).until(() -> finished.get() >= before + PROGRESS);
    }

    // clients

    private void runClient(int client)
    {
        Random random = new Random(SEED + client);
        for (int number = 0; done.getCount() > 0; number++) {
            Query query = query(client, number);
            // every other client uses the load balancer; the rest take the dispatchers in turns
            URI server = client % 2 == 0 ? cluster.uri() : dispatchers.get((client + number) % dispatchers.size()).uri();
            Entry entry = run(client, number, query, server, random);
            journal.add(entry);
            if (entry.outcome() == Outcome.FINISHED) {
                finished.incrementAndGet();
            }
            else if (entry.outcome() == Outcome.NOT_ACCEPTED) {
                waitAtMost(NEXT_TRY_MILLIS);
            }
        }
    }

    /**
     * Waits for that time, or until the test is over.
     */
    private void waitAtMost(int millis)
    {
        try {
            boolean _ = done.await(millis, MILLISECONDS);
        }
        catch (InterruptedException e) {
            throw new AssertionError("Interrupted", e);
        }
    }

    private Entry run(int client, int number, Query query, URI server, Random random)
    {
        AtomicReference<String> queryId = new AtomicReference<>();
        try (Connection connection = JdbcDriver.NEWEST.connect(server, properties(client, number));
                Statement statement = connection.createStatement()) {
            // the driver asks only the dispatcher that it has started with, which may take long to restart
            connection.setNetworkTimeout(directExecutor(), PATIENCE_MILLIS);
            JdbcDriver.watch(statement, queryId::set);
            long rows = 0;
            long sum = 0;
            statement.execute(query.sql());
            try (ResultSet resultSet = statement.getResultSet()) {
                while (resultSet != null && resultSet.next()) {
                    if (rows == 0 && query.kind() == Kind.SLOW) {
                        // a slow client, whose query keeps its slot
                        waitAtMost(random.nextInt(MIN_CLIENT_PAUSE_MILLIS, MAX_CLIENT_PAUSE_MILLIS));
                    }
                    rows++;
                    sum += resultSet.getLong(1);
                }
            }
            boolean right = query.kind() == Kind.WRITE ? statement.getUpdateCount() == query.sum() : rows == query.rows() && sum == query.sum();
            return new Entry(client, number, query.sql(), Optional.ofNullable(queryId.get()), right ? Outcome.FINISHED : Outcome.WRONG_ROWS, Optional.empty());
        }
        catch (SQLException e) {
            Optional<String> id = Optional.ofNullable(queryId.get());
            // the driver passes on the server's error code; it gives none when it has not reached a server
            Outcome outcome = e.getErrorCode() != 0 ? Outcome.FAILED : id.isPresent() ? Outcome.LOST : Outcome.NOT_ACCEPTED;
            String error = e.getErrorCode() == COORDINATOR_LOST_CODE ? COORDINATOR_LOST : e.getMessage();
            log.info("Client %s of %s: %s %s: %s %s", client, server, id.orElse("-"), outcome, query.sql(), Throwables.getCausalChain(e));
            return new Entry(client, number, query.sql(), id, outcome, Optional.of(error));
        }
    }

    private static Query query(int client, int number)
    {
        return switch (number % 8) {
            case 0 -> new Query("SELECT count(*) FROM tpcds.tiny.ship_mode WHERE sm_ship_mode_sk >= 0 AND %s = %1$s".formatted(number), Kind.READ, 1, 20);
            case 1 -> new Query("SELECT c_customer_sk FROM tpcds.tiny.customer", Kind.READ, 1000, 1000 * 1001 / 2);
            case 2 -> new Query("CREATE TABLE memory.default.t_%s_%s AS SELECT * FROM tpcds.tiny.income_band".formatted(client, number), Kind.WRITE, 0, 20);
            case 3 -> new Query("SELECT count(*) FROM tpcds.tiny.customer c JOIN tpcds.tiny.ship_mode s ON c.c_customer_sk % 20 + 1 = s.sm_ship_mode_sk", Kind.READ, 1, 1000);
            // more than the driver reads ahead, so that the query runs until its rows are read
            default -> new Query("SELECT n, rpad('', 40, 'x') FROM UNNEST(sequence(1, 10000)) t(n) CROSS JOIN UNNEST(sequence(1, 9))", Kind.SLOW, 90_000, 9 * 10_000L * 10_001 / 2);
        };
    }

    private enum Kind
    {
        READ, SLOW, WRITE
    }

    /**
     * @param rows the number of rows
     * @param sum the sum of the first column; for a write, the number of rows that it has written
     */
    private record Query(String sql, Kind kind, long rows, long sum) {}
}
