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

import com.google.common.base.Throwables;
import com.google.common.collect.ImmutableList;
import io.airlift.log.Logger;
import io.prestosql.tests.product.ClientJournal.Entry;
import io.prestosql.tests.product.ClientJournal.Outcome;
import io.prestosql.tests.product.LocalCluster.Node;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import java.net.URI;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.prestosql.tests.product.NodeCounters.awaitLeader;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * An overloaded machine, on which one process after another stands still for some seconds. The busier the machine is, the less it can
 * afford elections, each of which rebuilds the queue. The leader must stay the leader. {@code -Dbusy.minutes=N} sets the duration, and
 * {@code -Dbusy.election-timeout=DURATION} the time-out.
 */
@Order(SharedCluster.NONE)
@Tag("long")
@TestInstance(PER_CLASS)
public class TestBusyMachine
{
    private static final Logger log = Logger.get(TestBusyMachine.class);

    private static final Duration TIME = ofMinutes(Integer.getInteger("busy.minutes", 10));
    private static final String ELECTION_TIMEOUT = System.getProperty("busy.election-timeout", "4s");
    private static final int CLIENTS = Integer.getInteger("busy.clients", 100);
    /** For each processor, besides the servers and clients. */
    private static final int BURNERS = 9;
    private static final int LOAD = 8;
    private static final Duration BETWEEN_PAUSES = ofSeconds(15);
    private static final List<Integer> PAUSE_SECONDS = ImmutableList.of(3, 1, 2);
    private static final int PATIENCE_MILLIS = 240_000;
    private static final String SOURCE = "small";

    private final int processors = Runtime.getRuntime().availableProcessors();
    private final ClientJournal journal = new ClientJournal();
    private final CountDownLatch done = new CountDownLatch(1);
    private final AtomicInteger finished = new AtomicInteger();
    private LocalCluster cluster;

    @BeforeAll
    public void setUp()
    {
        SharedCluster.stop();
        cluster = LocalCluster.builder("busy")
                .queryLog("embedded")
                .dispatchers(3)
                .coordinators(1)
                .workers(1)
                .property("dispatcher", "query-log.election-timeout", ELECTION_TIMEOUT)
                .jvm("dispatcher", "-Xmx320M")
                .jvm("coordinator", "-Xmx768M")
                .jvm("worker", "-Xmx768M")
                .catalogs("tpch")
                .shortLived()
                .resourceGroup(SOURCE, 20, 1_000_000)
                .start();
    }

    @AfterAll
    public void tearDown()
    {
        cluster.close();
    }

    @Test
    public void testLeaderStays()
            throws Exception
    {
        Node leader = awaitLeader(cluster.dispatchers());
        long elections = elections();
        int pauses = 0;
        double highestLoad = 0;
        try (ExecutorService executor = newCachedThreadPool()) {
            List<Future<?>> clients = new ArrayList<>();
            try (Burners _ = Burners.start(BURNERS * processors)) {
                for (int i = 0; i < CLIENTS; i++) {
                    int number = i;
                    clients.add(executor.submit(() -> runClient(number)));
                }
                await().atMost(ofMinutes(5)).pollInterval(ofSeconds(1)).until(() -> Burners.loadAverage() > LOAD * processors);
                int before = finished.get();
                long start = System.nanoTime();
                while (System.nanoTime() - start < TIME.toNanos()) {
                    long next = System.nanoTime() + BETWEEN_PAUSES.toNanos();
                    // every other pause hits the leader, which must keep its place; the rest hit followers, which must not conclude that
                    // the leader is gone
                    String node = pauses % 2 == 0 ? leader.name() : others(leader).get(pauses / 2 % others(leader).size());
                    int seconds = PAUSE_SECONDS.get(pauses / 2 % PAUSE_SECONDS.size());
                    cluster.pauseFor(node, ofSeconds(seconds));
                    pauses++;
                    double load = Burners.loadAverage();
                    highestLoad = Math.max(highestLoad, load);
                    log.info("%s was paused for %s s; load average %.1f; %s queries done", node, seconds, load, finished.get());
                    boolean _ = done.await(Math.max(0, next - System.nanoTime()), NANOSECONDS);
                }
                double seconds = (System.nanoTime() - start) / 1e9;
                log.info("%s pauses in %.0f s; load average up to %.1f on %s processors; %.1f queries a second; the leader has changed %s times",
                        pauses, seconds, highestLoad, processors, (finished.get() - before) / seconds, elections() - elections);
            }
            finally {
                done.countDown();
            }
            for (Future<?> client : clients) {
                client.get(300, SECONDS);
            }
        }
        log.info("Finished %s, failed %s, not accepted %s, lost %s, wrong results %s",
                finished.get(),
                journal.failures(),
                journal.withOutcome(Outcome.NOT_ACCEPTED).size(),
                journal.withOutcome(Outcome.LOST).size(),
                journal.withOutcome(Outcome.WRONG_ROWS).size());
        assertThat(elections()).as("elections").isEqualTo(elections);
        assertThat(journal.withOutcome(Outcome.LOST)).isEmpty();
        assertThat(journal.withOutcome(Outcome.WRONG_ROWS)).isEmpty();
        assertThat(journal.withOutcome(Outcome.FAILED)).isEmpty();
        assertThat(finished.get()).isGreaterThan(CLIENTS);
    }

    private List<String> others(Node leader)
    {
        return cluster.nodes().stream()
                .map(Node::name)
                .filter(name -> !name.equals(leader.name()))
                .toList();
    }

    /**
     * Returns the number of elections that any dispatcher has won since the start.
     */
    private long elections()
    {
        return cluster.dispatchers().stream()
                .flatMap(dispatcher -> cluster.logLines(dispatcher.name()).stream())
                .filter(line -> line.contains("Leader of the queue in epoch"))
                .count();
    }

    private void runClient(int client)
    {
        for (int number = 0; done.getCount() > 0; number++) {
            Entry entry = run(client, number, cluster.dispatchers().get((client + number) % 3).uri());
            journal.add(entry);
            if (entry.outcome() == Outcome.FINISHED) {
                finished.incrementAndGet();
            }
        }
    }

    private static Entry run(int client, int number, URI server)
    {
        long expected = 1000L * client + number;
        String sql = "SELECT count(*) + %s FROM tpch.tiny.nation".formatted(expected - 25);
        AtomicReference<String> queryId = new AtomicReference<>();
        try (Connection connection = JdbcDriver.NEWEST.connect(server, "source", SOURCE);
                Statement statement = connection.createStatement()) {
            connection.setNetworkTimeout(directExecutor(), PATIENCE_MILLIS);
            JdbcDriver.watch(statement, queryId::set);
            try (ResultSet resultSet = statement.executeQuery(sql)) {
                boolean right = resultSet.next() && resultSet.getLong(1) == expected && !resultSet.next();
                return new Entry(client, number, sql, Optional.ofNullable(queryId.get()), right ? Outcome.FINISHED : Outcome.WRONG_ROWS, Optional.empty());
            }
        }
        catch (SQLException e) {
            Optional<String> id = Optional.ofNullable(queryId.get());
            // the driver passes on the server's error code; it gives none when it has not reached a server
            Outcome outcome = e.getErrorCode() != 0 ? Outcome.FAILED : id.isPresent() ? Outcome.LOST : Outcome.NOT_ACCEPTED;
            log.info("Client %s of %s: %s %s: %s %s", client, server, id.orElse("-"), outcome, sql, Throwables.getCausalChain(e));
            return new Entry(client, number, sql, id, outcome, Optional.of(e.getMessage()));
        }
    }
}
