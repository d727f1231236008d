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

import com.google.common.collect.Sets;
import io.airlift.log.Logger;
import io.prestosql.tests.product.LocalCluster.Node;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static com.google.common.util.concurrent.Futures.getUnchecked;
import static io.prestosql.tests.product.NodeCounters.availableCoordinators;
import static io.prestosql.tests.product.NodeCounters.runningQueries;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static java.util.function.Function.identity;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * One of two coordinators is killed while 40 queries run and others wait. The queries that it runs fail, each with an error that says why;
 * everything else behaves as without a kill. Every query is accounted for.
 */
@Order(SharedCluster.EVERYDAY)
@TestInstance(PER_CLASS)
@Tag("long")
public class TestCoordinatorKill
{
    private static final Logger log = Logger.get(TestCoordinatorKill.class);

    private static final int LIMIT = 40;
    private static final int QUERIES = 240;
    /** The limit for two times: until the queries of a dead coordinator are known to be lost, and until a restarted coordinator is used. */
    private static final Duration REACTION = ofSeconds(2);
    private static final String VICTIM = "coordinator-1";
    private static final String SURVIVOR = "coordinator-2";

    private LocalCluster cluster;

    @BeforeAll
    public void setUp()
    {
        cluster = EverydayCluster.get();
    }

    @Test
    public void testOnlyRunningQueriesOfKilledCoordinatorFail()
            throws Exception
    {
        Node victim = cluster.node(VICTIM);
        Node survivor = cluster.node(SURVIVOR);
        await().atMost(ofSeconds(60)).untilAsserted(() -> assertThat(cluster.coordinators()).allMatch(coordinator -> runningQueries(coordinator) == 0));

        Client[] clients = new Client[QUERIES];
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicBoolean done = new AtomicBoolean();
        AtomicInteger maxOnSurvivor = new AtomicInteger();
        AtomicInteger samples = new AtomicInteger();
        Set<String> runningOnVictim;
        Set<String> runningOnSurvivor;
        long kill;
        Instant killTime;
        try (ExecutorService executor = newCachedThreadPool()) {
            List<Future<?>> results = new ArrayList<>();
            try {
                for (int i = 0; i < QUERIES; i++) {
                    Client client = new Client(i);
                    clients[i] = client;
                    results.add(executor.submit(() -> client.run(goOn)));
                }
                // every client stops at its first rows, so every admitted query keeps running
                await().atMost(ofSeconds(120)).pollInterval(ofMillis(200)).untilAsserted(() -> {
                    assertThat(clients).filteredOn(client -> client.hasRows).hasSize(LIMIT);
                    assertThat(clients).filteredOn(client -> client.query != null && client.query.state().equals("QUEUED")).hasSize(QUERIES - LIMIT);
                });

                runningOnVictim = runningOn(cluster, victim);
                runningOnSurvivor = runningOn(cluster, survivor);
                log.info("%s run on %s, %s on %s, and %s wait", runningOnVictim.size(), VICTIM, runningOnSurvivor.size(), SURVIVOR, QUERIES - LIMIT);
                assertThat(runningOnVictim.size() + runningOnSurvivor.size()).isEqualTo(LIMIT);
                assertThat(runningOnVictim).isNotEmpty();
                assertThat(runningOnSurvivor).isNotEmpty();

                Future<?> sampler = executor.submit(() -> {
                    while (!done.get()) {
                        maxOnSurvivor.accumulateAndGet(runningQueries(survivor), Math::max);
                        samples.incrementAndGet();
                        // leaves processor time for the queries
                        MILLISECONDS.sleep(10);
                    }
                    return null;
                });

                kill = System.nanoTime();
                killTime = Instant.now();
                ProcessHandle.of(cluster.pid(VICTIM)).orElseThrow().destroyForcibly();
                // waiting queries take the slots that the killed coordinator's queries have freed, and run on the survivor
                await().atMost(ofSeconds(60)).pollInterval(ofMillis(20)).untilAsserted(() -> assertThat(runningQueries(survivor)).isEqualTo(LIMIT));
                log.info("%s runs all %s that the limit allows %.2f s after the kill", SURVIVOR, LIMIT, (System.nanoTime() - kill) / 1e9);
                goOn.countDown();

                for (Future<?> result : results) {
                    result.get(180, SECONDS);
                }
                done.set(true);
                sampler.get(60, SECONDS);
            }
            finally {
                goOn.countDown();
                done.set(true);
            }
        }

        Map<String, RunningTime> survivorTimes = new HashMap<>();
        for (QueryView query : QueryView.queriesOn(survivor.uri(), cluster.secret())) {
            if (query.resourceGroup().equals(List.of("forty"))) {
                survivorTimes.put(query.id(), new RunningTime(query.id(), query.startTime(), query.endTime().orElse(Instant.MAX)));
            }
        }
        int maxAtOnce = RunningTime.maxAtOnce(survivorTimes.values());
        printJournal(clients, runningOnVictim, kill, survivorTimes.keySet(), maxOnSurvivor.get(), samples.get(), maxAtOnce);

        // no query is forgotten or appears twice
        Set<String> acknowledged = List.of(clients).stream().map(client -> client.query.id()).collect(toImmutableSet());
        assertThat(acknowledged).hasSize(QUERIES);
        for (Client client : clients) {
            assertThat(client.problem).isNull();
            if (runningOnVictim.contains(client.query.id())) {
                assertThat(client.query.errorName()).contains("COORDINATOR_LOST");
                assertThat(client.query.errorMessage().orElseThrow()).contains(VICTIM);
            }
            else {
                assertThat(client.query.error()).isEmpty();
                assertThat(client.isRight).isTrue();
            }
        }
        // queries of the killed coordinator did not run again; all others ran on the survivor, once
        assertThat(survivorTimes.keySet()).isEqualTo(Sets.difference(acknowledged, runningOnVictim));
        assertThat(maxOnSurvivor.get()).isEqualTo(LIMIT);
        assertThat(maxAtOnce).isLessThanOrEqualTo(LIMIT);

        // the rest of the cluster sees the same
        Map<String, QueryView> views = QueryView.queriesOf(cluster.uri()).stream()
                .filter(query -> acknowledged.contains(query.id()))
                .collect(toImmutableMap(QueryView::id, identity()));
        assertThat(views.keySet()).containsAll(runningOnVictim);
        for (QueryView query : views.values()) {
            assertThat(query.errorName().orElse(query.state())).isEqualTo(runningOnVictim.contains(query.id()) ? "COORDINATOR_LOST" : "FINISHED");
        }
        // the clients ask late, so the dispatcher's end times show when it knew
        Duration slowest = runningOnVictim.stream()
                .map(id -> Duration.between(killTime, views.get(id).endTime().orElseThrow()))
                .max(Duration::compareTo)
                .orElseThrow();
        log.info("The last of the %s lost queries has failed %s ms after the kill", runningOnVictim.size(), slowest.toMillis());
        assertThat(slowest).isLessThan(REACTION);

        assertRestartedCoordinatorTakesQueries(victim);
    }

    private static Set<String> runningOn(LocalCluster cluster, Node coordinator)
    {
        return QueryView.queriesOn(coordinator.uri(), cluster.secret()).stream()
                .filter(query -> query.resourceGroup().equals(List.of("forty")) && !query.isDone())
                .map(QueryView::id)
                .collect(toImmutableSet());
    }

    private static void printJournal(Client[] clients, Set<String> runningOnVictim, long kill, Set<String> ranOnSurvivor, int maxOnSurvivor, int samples, int maxAtOnce)
    {
        StringBuilder journal = new StringBuilder("Journal of the kill\n");
        Map<String, Integer> failures = new TreeMap<>();
        int finished = 0;
        int lost = 0;
        int wrong = 0;
        long slowestNanos = 0;
        for (Client client : clients) {
            String outcome;
            if (client.query == null || client.query.nextUri().isPresent()) {
                outcome = "LOST: " + client.problem;
                lost++;
            }
            else if (client.query.error().isPresent()) {
                outcome = "%s after %.2f s: %s".formatted(client.query.errorName().orElseThrow(), client.failedAfterNanos(kill) / 1e9, client.query.errorMessage().orElseThrow());
                failures.merge(client.query.errorName().orElseThrow(), 1, Integer::sum);
                slowestNanos = Math.max(slowestNanos, client.failedAfterNanos(kill));
            }
            else if (client.isRight) {
                outcome = "finished";
                finished++;
            }
            else {
                outcome = "WRONG ROWS";
                wrong++;
            }
            String id = client.query == null ? "-" : client.query.id();
            String where = runningOnVictim.contains(id) ? VICTIM : ranOnSurvivor.contains(id) ? SURVIVOR : "nowhere";
            journal.append("  client %3s  %-28s %-14s %s%n".formatted(client.number, id, where, outcome));
        }
        journal.append("acknowledged %s, finished %s, failed %s, lost %s, wrong %s; ran twice %s; most at once on %s: %s in %s samples, %s by its own times, limit %s; last client has asked for its failure %.2f s after the kill".formatted(
                clients.length,
                finished,
                failures,
                lost,
                wrong,
                Sets.intersection(runningOnVictim, ranOnSurvivor).size(),
                SURVIVOR,
                maxOnSurvivor,
                samples,
                maxAtOnce,
                LIMIT,
                slowestNanos / 1e9));
        log.info("%s", journal);
    }

    private void assertRestartedCoordinatorTakesQueries(Node victim)
            throws Exception
    {
        try (ExecutorService executor = newCachedThreadPool()) {
            AtomicBoolean done = new AtomicBoolean();
            Future<Instant> up = executor.submit(() -> {
                while (!cluster.isUp(VICTIM)) {
                    MILLISECONDS.sleep(10);
                }
                return Instant.now();
            });
            Future<Instant> back = executor.submit(() -> {
                while (availableCoordinators(cluster.node("dispatcher-1")) < 2) {
                    MILLISECONDS.sleep(10);
                }
                return Instant.now();
            });
            Future<?> restart = executor.submit(() -> cluster.restart(victim.name()));
            Future<?> load = executor.submit(() -> {
                while (!done.get()) {
                    ProtocolQuery query = ProtocolQuery.submit(cluster.uri(), "SELECT count(*) FROM tpch.tiny.region");
                    query.readToEnd();
                    assertThat(query.error()).isEmpty();
                    MILLISECONDS.sleep(100);
                }
                return null;
            });
            try {
                restart.get(180, SECONDS);
                Duration untilBack = Duration.between(up.get(), back.get(60, SECONDS));
                await().atMost(ofSeconds(60)).pollInterval(ofMillis(20)).until(() -> !QueryView.queriesOn(victim.uri(), cluster.secret()).isEmpty());
                Duration untilQuery = QueryView.queriesOn(victim.uri(), cluster.secret()).stream()
                        .map(query -> Duration.between(getUnchecked(up), query.startTime()))
                        .min(Duration::compareTo)
                        .orElseThrow();
                log.info("%s was up, %s ms later the dispatcher would give it queries, and after %s ms it had the first one", victim.name(), untilBack.toMillis(), untilQuery.toMillis());
                assertThat(untilBack).isLessThan(REACTION);
            }
            finally {
                done.set(true);
            }
            // fails if a query of the load has failed
            load.get(60, SECONDS);
        }
    }

    private final class Client
    {
        private final int number;
        private volatile ProtocolQuery query;
        private volatile boolean hasRows;
        private volatile boolean isRight;
        private volatile long end;
        private volatile Throwable problem;

        private Client(int number)
        {
            this.number = number;
        }

        private void run(CountDownLatch goOn)
        {
            try {
                HeldQuery held = HeldQuery.submit(cluster, EverydayCluster.FORTY_AT_A_TIME, number);
                query = held.query();
                hasRows = held.hold();
                goOn.await();
                isRight = held.finish();
                end = System.nanoTime();
            }
            catch (Throwable t) {
                problem = t;
            }
        }

        private long failedAfterNanos(long kill)
        {
            return end - kill;
        }
    }
}
