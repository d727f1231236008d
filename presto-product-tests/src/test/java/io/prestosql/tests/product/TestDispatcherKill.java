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
import io.airlift.log.Logger;
import io.prestosql.tests.product.LocalCluster.Node;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import java.net.URI;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

import static io.prestosql.tests.product.NodeCounters.runningQueries;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static java.util.concurrent.Executors.newFixedThreadPool;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * The dispatcher is killed while 20 queries run and a thousand wait, and is started again. Every query ends correctly and once, in order,
 * under its own id, and clients notice only the delay.
 */
@Order(SharedCluster.EVERYDAY)
@Tag("long")
@TestInstance(PER_CLASS)
public class TestDispatcherKill
{
    private static final Logger log = Logger.get(TestDispatcherKill.class);

    private static final String DISPATCHER = "dispatcher-1";
    private static final int RUNNING = 20;
    private static final int QUEUED = 1000;
    /** More than the queries that may run and those that may be out of place: a query whose rows no client reads keeps its slot. */
    private static final int READERS = 100;
    /** How far a query may start from its place: queries that may start at the same time do so in any order. */
    private static final int MAX_DISPLACEMENT = 60;

    private LocalCluster cluster;

    @BeforeAll
    public void setUp()
    {
        cluster = EverydayCluster.get();
    }

    @Test
    public void testEveryQueryOutlivesTheDispatcher()
            throws Exception
    {
        try (ExecutorService executor = newCachedThreadPool()) {
            List<HeldQuery> held = new ArrayList<>();
            for (int i = 0; i < RUNNING; i++) {
                HeldQuery query = HeldQuery.submit(cluster, EverydayCluster.TWENTY_AT_A_TIME, i);
                assertThat(query.hold()).isTrue();
                held.add(query);
            }
            long start = System.nanoTime();
            List<ProtocolQuery> queued = new ArrayList<>();
            List<Future<?>> polls = new ArrayList<>();
            for (int i = 0; i < QUEUED; i++) {
                ProtocolQuery query = ProtocolQuery.submit(cluster.uri(), "SELECT %s".formatted(i), "X-Trino-Source", EverydayCluster.TWENTY_AT_A_TIME);
                queued.add(query);
                // its first poll, which the server holds for a second, gives it its place in the queue
                polls.add(executor.submit(query::advance));
            }
            for (Future<?> poll : polls) {
                poll.get(120, SECONDS);
            }
            log.info("%s queries were queued in %.1f s", QUEUED, (System.nanoTime() - start) / 1e9);
            assertThat(queued).allMatch(query -> query.state().equals("QUEUED"));
            // a cancel that is acknowledged
            ProtocolQuery canceled = queued.get(QUEUED / 2);
            HttpResponse<String> cancel = Http.tryRequest("DELETE", canceled.nextUri().orElseThrow(), "", Http.AS_TEST_USER);
            assertThat(cancel.statusCode()).isEqualTo(204);

            Future<ProgramRun> cli = executor.submit(() -> Cli.execute(ofMinutes(10), cluster.uri(), "SELECT 'from the command line'", "--source", EverydayCluster.TWENTY_AT_A_TIME));
            Future<String> jdbc = executor.submit(this::selectByJdbc);
            await().atMost(ofSeconds(60)).pollInterval(ofMillis(200)).untilAsserted(() ->
                    assertThat(QueryView.queriesOf(cluster.uri())).filteredOn(query -> query.state().equals("QUEUED")).hasSize(QUEUED - 1 + 2));

            long kill = System.nanoTime();
            cluster.kill(DISPATCHER);
            cluster.restart(DISPATCHER);
            double restartSeconds = (System.nanoTime() - kill) / 1e9;
            log.info("%s is back %.1f s after the kill", DISPATCHER, restartSeconds);

            // the queries that ran have run on, and still have their slots
            assertThat(cluster.coordinators().stream().mapToInt(coordinator -> runningQueries(coordinator)).sum()).isEqualTo(RUNNING);
            Map<String, Integer> outcomes = new TreeMap<>();
            for (HeldQuery query : held) {
                outcomes.merge(query.finish() ? "finished" : query.query().errorName().orElse("WRONG ROWS"), 1, Integer::sum);
            }
            log.info("Of the %s that ran: %s", RUNNING, outcomes);
            assertThat(outcomes).containsExactly(Map.entry("finished", RUNNING));

            outcomes.clear();
            List<Future<List<JsonNode>>> results = new ArrayList<>();
            try (ExecutorService readers = newFixedThreadPool(READERS)) {
                for (ProtocolQuery query : queued) {
                    results.add(readers.submit(query::readToEnd));
                }
                for (int i = 0; i < QUEUED; i++) {
                    ProtocolQuery query = queued.get(i);
                    List<JsonNode> rows = results.get(i).get(300, SECONDS);
                    if (query.error().isPresent()) {
                        outcomes.merge(query.errorName().orElseThrow(), 1, Integer::sum);
                    }
                    else {
                        outcomes.merge(rows.size() == 1 && rows.getFirst().get(0).asInt() == i ? "finished" : "WRONG ROWS", 1, Integer::sum);
                    }
                }
            }
            Map<String, RunningTime> ran = new HashMap<>();
            List<String> twice = new ArrayList<>();
            for (Node coordinator : cluster.coordinators()) {
                for (QueryView query : QueryView.queriesOn(coordinator.uri(), cluster.secret())) {
                    if (!query.resourceGroup().equals(List.of(EverydayCluster.TWENTY_AT_A_TIME))) {
                        continue;
                    }
                    if (ran.put(query.id(), new RunningTime(query.id(), query.startTime(), query.endTime().orElse(Instant.MAX))) != null) {
                        twice.add(query.id());
                    }
                }
            }
            int maxAtOnce = RunningTime.maxAtOnce(ran.values());
            int displacement = maxDisplacement(queued, ran);
            log.info("Of the %s that were queued: %s; ran twice %s; at most %s at once, limit %s; most that one was away from its place in the queue: %s",
                    QUEUED, outcomes, twice.size(), maxAtOnce, RUNNING, displacement);
            assertThat(outcomes).isEqualTo(Map.of("finished", QUEUED - 1, "USER_CANCELED", 1));
            assertThat(canceled.errorName()).contains("USER_CANCELED");
            assertThat(ran).doesNotContainKey(canceled.id());
            assertThat(twice).isEmpty();
            assertThat(maxAtOnce).isLessThanOrEqualTo(RUNNING);
            assertThat(displacement).isLessThanOrEqualTo(MAX_DISPLACEMENT);

            assertThat(cli.get(120, SECONDS).expectSuccess().output()).contains("from the command line");
            assertThat(jdbc.get(120, SECONDS)).isEqualTo("from the driver");
            // the goal is 20 seconds from the kill to a dispatcher that answers; a busy machine with two cores may miss it
            assertThat(restartSeconds).isLessThan(60);
        }
    }

    private String selectByJdbc()
            throws Exception
    {
        URI server = cluster.uri();
        try (Connection connection = JdbcDriver.NEWEST.connect(server, "source", EverydayCluster.TWENTY_AT_A_TIME);
                Statement statement = connection.createStatement();
                ResultSet resultSet = statement.executeQuery("SELECT 'from the driver'")) {
            assertThat(resultSet.next()).isTrue();
            return resultSet.getString(1);
        }
    }

    /**
     * Returns the largest distance between a query's place in the order of starts and its place in the order of submissions.
     */
    private static int maxDisplacement(List<ProtocolQuery> submitted, Map<String, RunningTime> ran)
    {
        List<ProtocolQuery> started = submitted.stream()
                .filter(query -> ran.containsKey(query.id()))
                .sorted(Comparator.comparing(query -> ran.get(query.id()).start()))
                .toList();
        List<ProtocolQuery> inOrder = submitted.stream()
                .filter(query -> ran.containsKey(query.id()))
                .toList();
        Map<String, Integer> places = new HashMap<>();
        for (int i = 0; i < started.size(); i++) {
            places.put(started.get(i).id(), i);
        }
        int max = 0;
        for (int i = 0; i < inOrder.size(); i++) {
            max = Math.max(max, Math.abs(places.get(inOrder.get(i).id()) - i));
        }
        return max;
    }
}
