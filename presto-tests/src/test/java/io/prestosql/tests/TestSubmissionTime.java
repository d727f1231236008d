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
import io.prestosql.queue.QueueDriver;
import io.prestosql.testing.ElectableQueryLog;
import io.prestosql.testing.Gates;
import io.prestosql.testing.QueryEventsPlugin;
import io.prestosql.testing.RawClient;
import io.prestosql.testing.TestingClient;
import io.prestosql.testing.TestingPrestoCluster;
import io.prestosql.testing.TestingPrestoServer;
import io.prestosql.testing.TestingResourceGroup;
import io.trino.spi.eventlistener.QueryCompletedEvent;
import io.trino.spi.eventlistener.QueryCreatedEvent;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.Predicate;

import static com.google.common.collect.Iterables.getOnlyElement;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.airlift.testing.Closeables.closeAllRuntimeException;
import static io.airlift.units.Duration.nanosSince;
import static io.prestosql.node.NodeRole.COORDINATOR;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * All times of a query count from its submission: while it waits, after a change of leaders, while it runs, and when it is over.
 */
@TestInstance(PER_CLASS)
public class TestSubmissionTime
{
    private static final Map<String, String> USER = Map.of("X-Trino-User", "user", "X-Trino-Time-Zone", "UTC");
    /** How long queries wait in the queue before and after a change of leaders. */
    private static final long WAIT_MILLIS = 1500;
    /** The largest difference between a time of this class and one of a dispatcher. */
    private static final long ROUNDING_MILLIS = 2;

    private final Gates gates = new Gates();
    private final QueryEventsPlugin events = new QueryEventsPlugin();
    private final ElectableQueryLog queryLog = new ElectableQueryLog();
    private final RawClient client = new RawClient();
    private final ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));
    private TestingPrestoCluster cluster;
    private TestingClient engineClient;

    @BeforeAll
    public void setUp(@TempDir Path directory)
    {
        cluster = TestingPrestoCluster.builder()
                .addDispatcherAndOneOther()
                .addGates(gates)
                .addQueryEvents(events, directory)
                .setQueryLog(queryLog)
                .addResourceGroups(directory, new TestingResourceGroup("looking", 100), new TestingResourceGroup("global", 1))
                .build();
        engineClient = new TestingClient(cluster.getDispatcherUrl());
    }

    @AfterAll
    public void tearDown()
    {
        closeAllRuntimeException(executor::shutdownNow, client, engineClient, cluster);
    }

    @Test
    public void testQueuedQuery()
            throws Exception
    {
        testTimes("queued", false);
    }

    @Test
    public void testQueuedQueryAfterFailover()
            throws Exception
    {
        testTimes("inherited", true);
    }

    private void testTimes(String name, boolean failover)
            throws Exception
    {
        Future<TestingClient.Result> holder = hold(name + "_holder");
        Query query = new Query("SELECT CAST(to_unixtime(current_timestamp) * 1000 AS bigint), x FROM gate.default." + name, Map.of());
        query.pollUntil(stats -> stats.get("queuedTimeMillis").asLong() >= WAIT_MILLIS);
        checkShown(query, "QUEUED", 0);
        if (failover) {
            changeLeaders();
            query.pollUntil(stats -> stats.get("queuedTimeMillis").asLong() >= 2 * WAIT_MILLIS);
            checkShown(query, "QUEUED", 0);
        }
        long queuedMillis = query.stats.get("queuedTimeMillis").asLong();

        gates.open(name + "_holder");
        assertThat(holder.get().error()).isEmpty();
        query.pollUntil(stats -> stats.get("state").asText().equals("RUNNING") && gates.getInside(name) == 1);
        assertThat(query.stats.get("queuedTimeMillis").asLong()).isGreaterThanOrEqualTo(queuedMillis);
        checkShown(query, "RUNNING", queuedMillis);

        gates.open(name);
        query.pollUntil(_ -> query.nextUri.isEmpty());
        assertThat(query.stats.get("state").asText()).isEqualTo("FINISHED");
        assertThat(query.stats.get("queuedTimeMillis").asLong()).isBetween(queuedMillis, query.stats.get("elapsedTimeMillis").asLong());
        checkShown(query, "FINISHED", queuedMillis);
        query.checkSubmitted(Instant.ofEpochMilli(query.rows.get(0).get(0).asLong()));

        await().until(() -> !events.getCompleted(query.id).isEmpty());
        QueryCreatedEvent created = getOnlyElement(events.getCreated(query.id));
        query.checkSubmitted(created.getCreateTime());
        QueryCompletedEvent completed = getOnlyElement(events.getCompleted(query.id));
        query.checkSubmitted(completed.getCreateTime());
        assertThat(completed.getStatistics().getQueuedTime().toMillis()).isGreaterThanOrEqualTo(queuedMillis);
        assertThat(completed.getStatistics().getWallTime()).isGreaterThanOrEqualTo(completed.getStatistics().getQueuedTime());
        assertThat(Duration.between(completed.getCreateTime(), completed.getEndTime()).toMillis()).isGreaterThanOrEqualTo(queuedMillis);
    }

    /**
     * Checks the submission, queued and elapsed times in the lists, the details, the UI and SQL.
     *
     * @param queuedMillis the last value that the client was told while the query was queued
     */
    private void checkShown(Query query, String state, long queuedMillis)
    {
        for (TestingPrestoServer node : List.of(cluster.getDispatcher(), cluster.getServers(COORDINATOR).getFirst())) {
            await().until(() -> client.get(node.getBaseUrl().resolve("/v1/query/" + query.id), USER).json().get("state").asText(), state::equals);
            JsonNode details = client.get(node.getBaseUrl().resolve("/v1/query/" + query.id), USER).json();
            checkStats(query, details, queuedMillis);
            JsonNode listed = null;
            for (JsonNode candidate : client.get(node.getBaseUrl().resolve("/v1/query"), USER).json()) {
                if (candidate.get("queryId").asText().equals(query.id)) {
                    listed = candidate;
                }
            }
            assertThat(listed).isNotNull();
            checkStats(query, listed, queuedMillis);
        }
        TestingClient.Result table = engineClient.execute(
                session -> session.source("looking"),
                "SELECT to_unixtime(created), queued_time_ms FROM system.runtime.queries WHERE query_id = '%s'".formatted(query.id));
        query.checkSubmitted(Instant.ofEpochMilli(Math.round((double) table.rows().getFirst().getFirst() * 1000)));
        assertThat((long) table.rows().getFirst().getLast()).isGreaterThanOrEqualTo(queuedMillis);
    }

    private static void checkStats(Query query, JsonNode info, long queuedMillis)
    {
        JsonNode stats = info.get("queryStats");
        query.checkSubmitted(Instant.parse(stats.get("createTime").asText()));
        query.checkSubmitted(Instant.parse(info.get("session").get("start").asText()));
        long queued = io.airlift.units.Duration.valueOf(stats.get("queuedTime").asText()).toMillis();
        // durations are shown with three digits
        assertThat(queued).isGreaterThanOrEqualTo(queuedMillis - queuedMillis / 100);
        assertThat(io.airlift.units.Duration.valueOf(stats.get("elapsedTime").asText()).toMillis()).isGreaterThanOrEqualTo(queued - queued / 100);
    }

    /**
     * A change of leaders does not restart the time that a query may take.
     */
    @Test
    public void testMaxRunTime()
            throws Exception
    {
        long limitMillis = 8000;
        Future<TestingClient.Result> holder = hold("limited_holder");
        long start = System.nanoTime();
        Query query = new Query("SELECT x FROM gate.default.limited", Map.of("X-Trino-Session", "query_max_run_time=%sms".formatted(limitMillis)));
        query.pollUntil(stats -> stats.get("elapsedTimeMillis").asLong() >= limitMillis * 3 / 4);
        changeLeaders();
        gates.open("limited_holder");
        assertThat(holder.get().error()).isEmpty();
        query.pollUntil(_ -> query.nextUri.isEmpty());
        assertThat(query.error).contains("EXCEEDED_TIME_LIMIT");
        // if the limit restarted with the new leader, this would take three quarters longer
        assertThat(nanosSince(start).toMillis()).isBetween(limitMillis, limitMillis * 3 / 2);
    }

    /**
     * Takes the only slot until the gate is opened.
     */
    private Future<TestingClient.Result> hold(String gate)
    {
        Future<TestingClient.Result> holder = executor.submit(() -> engineClient.execute("SELECT x FROM gate.default." + gate));
        await().until(() -> gates.getInside(gate) == 1);
        return holder;
    }

    private void changeLeaders()
    {
        queryLog.electAnew(cluster.getDispatcher().getInstance(QueueDriver.class));
    }

    private class Query
    {
        private final Instant notBefore = Instant.now();
        private final Instant notAfter;
        private final String id;
        private final Map<String, String> headers;
        private JsonNode stats;
        private Optional<URI> nextUri = Optional.empty();
        private JsonNode rows;
        private Optional<String> error = Optional.empty();

        private Query(String sql, Map<String, String> session)
        {
            headers = new HashMap<>(USER);
            headers.putAll(session);
            RawClient.Response response = client.post(cluster.getDispatcherUrl().resolve("/v1/statement"), sql, headers);
            notAfter = Instant.now();
            id = response.json().get("id").asText();
            take(response);
        }

        private void take(RawClient.Response response)
        {
            JsonNode results = response.json();
            if (stats != null) {
                assertThat(results.get("stats").get("elapsedTimeMillis").asLong()).as("elapsed time: %s", response)
                        .isGreaterThanOrEqualTo(stats.get("elapsedTimeMillis").asLong());
            }
            stats = results.get("stats");
            nextUri = response.uri("nextUri");
            if (results.has("data")) {
                rows = results.get("data");
            }
            if (results.has("error")) {
                error = Optional.of(results.get("error").get("errorName").asText());
            }
        }

        private void pollUntil(Predicate<JsonNode> done)
        {
            long start = System.nanoTime();
            while (!done.test(stats)) {
                RawClient.Response response = client.get(nextUri.orElseThrow(() -> new AssertionError("Query is over: " + error)), headers);
                if (response.status() != 503) {
                    take(response);
                }
                assertThat(nanosSince(start).toMillis()).as("time of query %s: %s", id, stats).isLessThan(60_000);
            }
        }

        private void checkSubmitted(Instant time)
        {
            assertThat(time).isBetween(notBefore.minusMillis(ROUNDING_MILLIS), notAfter.plusMillis(ROUNDING_MILLIS));
        }
    }
}
