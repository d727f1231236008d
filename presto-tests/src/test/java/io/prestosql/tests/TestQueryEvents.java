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
import io.prestosql.coordinator.AssignedQueries;
import io.prestosql.node.NodeRoles;
import io.prestosql.queries.QueryRun;
import io.prestosql.queue.QueueDriver;
import io.prestosql.spi.querylog.QueryLog;
import io.prestosql.testing.CountingAccessPlugin;
import io.prestosql.testing.ElectableQueryLog;
import io.prestosql.testing.GatePlugin;
import io.prestosql.testing.Gates;
import io.prestosql.testing.QueryEventsPlugin;
import io.prestosql.testing.RawClient;
import io.prestosql.testing.TestingClient;
import io.prestosql.testing.TestingPrestoCluster;
import io.prestosql.testing.TestingPrestoServer;
import io.trino.plugin.resourcegroups.ResourceGroupManagerPlugin;
import io.trino.spi.eventlistener.QueryCompletedEvent;
import io.trino.spi.eventlistener.QueryCreatedEvent;
import io.trino.spi.eventlistener.QueryFailureInfo;
import io.trino.spi.security.GroupProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

import static com.google.common.collect.Iterables.getOnlyElement;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.airlift.units.Duration.nanosSince;
import static io.prestosql.node.NodeRole.COORDINATOR;
import static io.prestosql.node.NodeRole.DISPATCHER;
import static io.prestosql.node.NodeRole.WORKER;
import static io.prestosql.testing.CountingAccessPlugin.SLOW_USER;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * However a query ends, event listeners are told once, by a single node, with the query's true times. The access control is asked once
 * whether the user may run the query.
 */
@TestInstance(PER_CLASS)
@TestMethodOrder(OrderAnnotation.class)
public class TestQueryEvents
{
    private static final String FAILING_USER = "groupless";

    private final Gates gates = new Gates();
    private final QueryEventsPlugin events = new QueryEventsPlugin();
    private final CountingAccessPlugin access = new CountingAccessPlugin();
    private final ElectableQueryLog queryLog = new ElectableQueryLog();
    private final RawClient client = new RawClient();
    private final ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));
    private final List<Query> told = new ArrayList<>();
    private TestingPrestoCluster cluster;
    private TestingClient engineClient;

    @BeforeAll
    public void setUp(@TempDir Path directory)
            throws IOException
    {
        Path groups = Files.writeString(directory.resolve("resource-groups.json"),
                """
                {
                  "rootGroups": [
                    {"name": "free", "softMemoryLimit": "100%", "hardConcurrencyLimit": 100, "maxQueued": 1000},
                    {"name": "full", "softMemoryLimit": "100%", "hardConcurrencyLimit": 1, "maxQueued": 0},
                    {"name": "global", "softMemoryLimit": "100%", "hardConcurrencyLimit": 1, "maxQueued": 1000}
                  ],
                  "selectors": [{"source": "free", "group": "free"}, {"source": "full", "group": "full"}, {"group": "global"}]
                }
                """);
        GroupProvider failing = user -> {
            if (user.equals(FAILING_USER)) {
                throw new IllegalStateException("Groups are not known");
            }
            return Set.of();
        };
        cluster = TestingPrestoCluster.builder()
                .addDispatchers(1)
                .addCoordinators(2)
                .addWorkers(1)
                .addPlugin(new GatePlugin(gates))
                .addPlugin(events)
                .addPlugin(access)
                .addPlugin(new ResourceGroupManagerPlugin())
                .addCatalog("gate", "gate")
                .addProperty("event-listener.config-files", QueryEventsPlugin.configuration(directory))
                .addProperty(DISPATCHER, "access-control.config-files", CountingAccessPlugin.configuration(directory, false))
                .addProperty(COORDINATOR, "access-control.config-files", CountingAccessPlugin.configuration(directory, true))
                .addProperty(DISPATCHER, "query.client.timeout", "5s")
                .addReplacement(DISPATCHER, binder -> binder.bind(QueryLog.class).toInstance(queryLog))
                .addReplacement(COORDINATOR, binder -> binder.bind(GroupProvider.class).toInstance(failing))
                .setResourceGroups(Map.of("resource-groups.config-file", groups.toString()))
                .build();
        engineClient = new TestingClient(cluster.getDispatcherUrl());
    }

    @AfterAll
    public void tearDown()
    {
        access.answer();
        executor.shutdownNow();
        client.close();
        if (engineClient != null) {
            engineClient.close();
        }
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    @Order(1)
    public void testFinished()
    {
        checkToldOnce(new Query("SELECT 1", "free").toEnd(), Optional.empty());
    }

    @Test
    @Order(2)
    public void testWrongStatements()
    {
        checkToldOnce(new Query("SELEC 1", "free").toEnd(), Optional.of("SYNTAX_ERROR"));
        checkToldOnce(new Query("SELECT nothing", "free").toEnd(), Optional.of("COLUMN_NOT_FOUND"));
        checkToldOnce(new Query("EXECUTE nothing", "free").toEnd(), Optional.of("NOT_FOUND"));
        checkToldOnce(new Query("COMMIT", "free").toEnd(), Optional.of("NOT_IN_TRANSACTION"));
        checkToldOnce(new Query("SELECT 1 / 0", "free").toEnd(), Optional.of("DIVISION_BY_ZERO"));
    }

    @Test
    @Order(3)
    public void testQueueFull()
            throws Exception
    {
        Query holder = new Query("SELECT x FROM gate.default.filling", "full");
        Future<Query> held = executor.submit(holder::toEnd);
        await().until(() -> gates.getInside("filling") == 1);
        checkToldOnce(new Query("SELECT 1", "full").toEnd(), Optional.of("QUERY_QUEUE_FULL"));
        gates.open("filling");
        checkToldOnce(held.get(), Optional.empty());
    }

    @Test
    @Order(4)
    public void testQueriesThatEndInTheQueue()
            throws Exception
    {
        Query holder = new Query("SELECT x FROM gate.default.held", "test");
        Future<Query> held = executor.submit(holder::toEnd);
        await().until(() -> gates.getInside("held") == 1);

        Query killed = new Query("SELECT 1", "test");
        killed.pollUntilQueued(500);
        assertThat(client.send("PUT", cluster.getDispatcherUrl().resolve("/v1/query/%s/killed".formatted(killed.id)), "why", killed.headers).status()).isEqualTo(202);
        checkToldOnce(killed.toEnd(), Optional.of("ADMINISTRATIVELY_KILLED"));
        assertThat(getOnlyElement(events.getCompleted(killed.id)).getStatistics().getQueuedTime().toMillis()).isGreaterThanOrEqualTo(500);

        Query canceled = new Query("SELECT 1", "test");
        canceled.pollUntilQueued(0);
        canceled.cancel();
        checkToldOnce(canceled, Optional.of("USER_CANCELED"));

        Query canceledBeforePoll = new Query("SELECT 1", "test");
        canceledBeforePoll.cancel();
        checkToldOnce(canceledBeforePoll, Optional.of("USER_CANCELED"));
        QueryCreatedEvent created = getOnlyElement(events.getCreated(canceledBeforePoll.id));
        assertThat(created.getContext().getUser()).isEqualTo("user");
        assertThat(created.getContext().getSource()).contains("test");
        assertThat(created.getMetadata().getQuery()).isEqualTo("SELECT 1");

        Query abandoned = new Query("SELECT 1", "test");
        abandoned.pollUntilQueued(0);
        checkToldOnce(abandoned, Optional.of("ABANDONED_QUERY"));

        gates.open("held");
        checkToldOnce(held.get(), Optional.empty());
    }

    @Test
    @Order(5)
    public void testChangesOfLeaders()
            throws Exception
    {
        Query holder = new Query("SELECT x FROM gate.default.changes", "test");
        Future<Query> held = executor.submit(holder::toEnd);
        await().until(() -> gates.getInside("changes") == 1);
        Query ended = new Query("SELEC 1", "test").toEnd();
        checkToldOnce(ended, Optional.of("SYNTAX_ERROR"));
        Query killed = new Query("SELECT 1", "test");
        killed.pollUntilQueued(0);
        Query finished = new Query("SELECT 1", "test");
        finished.pollUntilQueued(0);

        QueueDriver driver = cluster.getDispatcher().getInstance(QueueDriver.class);
        for (int i = 0; i < 2; i++) {
            long epoch = driver.getCurrentEpoch();
            queryLog.depose();
            queryLog.elect();
            await().until(() -> driver.getCurrentEpoch() > epoch);
        }

        killed.pollUntilQueued(0);
        assertThat(client.send("PUT", cluster.getDispatcherUrl().resolve("/v1/query/%s/killed".formatted(killed.id)), "why", killed.headers).status()).isEqualTo(202);
        checkTimes(killed, Optional.of("ADMINISTRATIVELY_KILLED"));
        gates.open("changes");
        assertThat(held.get().error).isEmpty();
        checkTimes(holder, Optional.empty());
        finished.toEnd();
        checkTimes(finished, Optional.empty());
    }

    @Test
    @Order(6)
    public void testKilledBetweenDispatchAndStart()
    {
        Query query = new Query("SELECT 1", "free", SLOW_USER);
        Future<Query> end = executor.submit(query::toEnd);
        await().until(access::isAsked);
        try {
            // a coordinator has the query, but its engine does not
            assertThat(cluster.getServers(COORDINATOR).stream().mapToInt(coordinator -> coordinator.getInstance(AssignedQueries.class).getRunningQueries()).sum()).isEqualTo(1);
            assertThat(client.send("PUT", cluster.getDispatcherUrl().resolve("/v1/query/%s/killed".formatted(query.id)), "why", query.headers).status()).isEqualTo(202);
        }
        finally {
            access.answer();
        }
        await().until(end::isDone);
        checkToldOnce(query, Optional.of("ADMINISTRATIVELY_KILLED"));
    }

    /**
     * The coordinator is configured differently from the dispatcher, and its engine does not get the query.
     */
    @Test
    @Order(7)
    public void testSessionThatCoordinatorDoesNotTake()
    {
        checkToldOnce(new Query("SELECT 1", "free", FAILING_USER).toEnd(), Optional.of("GENERIC_INTERNAL_ERROR"));
    }

    @Test
    @Order(8)
    public void testRunAgain()
    {
        Query holder = new Query("SELECT x FROM gate.default.dying_holder", "test");
        Future<Query> held = executor.submit(holder::toEnd);
        await().until(() -> gates.getInside("dying_holder") == 1);
        Query query = new Query("SELECT x FROM gate.default.dying", "test");
        query.pollUntilQueued(0);
        gates.open("dying_holder");
        await().until(() -> held.isDone() && gates.getInside("dying") == 1);
        // the query is not exposed
        TestingPrestoServer coordinator = cluster.getCoordinatorOf(query.id);
        cluster.kill(coordinator.getNodeId());
        await().until(() -> events.getCreated(query.id).size() == 2);
        gates.open("dying");
        query.toEnd();
        assertThat(query.error).isEmpty();

        assertThat(events.getCreated(query.id)).extracting(event -> event.getContext().getSessionProperties().get(QueryRun.PROPERTY)).containsExactly(null, "1");
        await().until(() -> events.getCompleted(query.id).stream().anyMatch(event -> event.getFailureInfo().isEmpty()));
        // the dying process may have sent an event of the first run, which names no run
        assertThat(events.getCompleted(query.id).stream().filter(event -> event.getContext().getSessionProperties().containsKey(QueryRun.PROPERTY)))
                .singleElement()
                .satisfies(event -> assertThat(event.getContext().getSessionProperties()).containsEntry(QueryRun.PROPERTY, "1"))
                .satisfies(event -> assertThat(event.getFailureInfo()).isEmpty())
                .satisfies(event -> query.checkSubmitted(event.getCreateTime()));
        assertThat(access.getExecutions(query.id)).isEqualTo(1);
    }

    /**
     * No event has come late or twice.
     */
    @Test
    @Order(9)
    public void testNothingIsToldTwice()
    {
        assertThat(told).hasSizeGreaterThan(10);
        for (Query query : told) {
            assertThat(events.getCreated(query.id)).as("created events of %s", query.sql).hasSize(1);
            assertThat(events.getCompleted(query.id)).as("completed events of %s", query.sql).hasSize(1);
        }
    }

    /**
     * Dispatcher and coordinator share the listener.
     */
    @Test
    @Order(10)
    public void testOneProcess(@TempDir Path directory)
    {
        QueryEventsPlugin ownEvents = new QueryEventsPlugin();
        CountingAccessPlugin ownAccess = new CountingAccessPlugin();
        try (TestingPrestoCluster process = TestingPrestoCluster.builder()
                .addNodes(1, NodeRoles.of(DISPATCHER, COORDINATOR, WORKER))
                .addPlugin(ownEvents)
                .addPlugin(ownAccess)
                .addProperty("event-listener.config-files", QueryEventsPlugin.configuration(directory))
                .addProperty("access-control.config-files", CountingAccessPlugin.configuration(directory, false))
                .build();
                TestingClient processClient = new TestingClient(process.getDispatcherUrl())) {
            for (String sql : List.of("SELECT 1", "SELEC 1", "SELECT nothing", "COMMIT")) {
                String queryId = processClient.execute(sql).queryId();
                await().until(() -> !ownEvents.getCompleted(queryId).isEmpty());
                assertThat(ownEvents.getCreated(queryId)).as(sql).hasSize(1);
                assertThat(ownAccess.getExecutions(queryId)).as(sql).isEqualTo(1);
                // waits for an event of a later query
                String later = processClient.execute("SELECT 1").queryId();
                await().until(() -> !ownEvents.getCompleted(later).isEmpty());
                assertThat(ownEvents.getCompleted(queryId)).as(sql).hasSize(1);
            }
        }
    }

    private void checkToldOnce(Query query, Optional<String> error)
    {
        checkTimes(query, error);
        // the access control was not asked about a query that was stopped before it entered the queue
        assertThat(access.getExecutions(query.id)).as("%s", query.sql).isLessThanOrEqualTo(1);
        if (query.polled) {
            assertThat(access.getExecutions(query.id)).as("%s", query.sql).isEqualTo(1);
        }
    }

    private void checkTimes(Query query, Optional<String> error)
    {
        await().until(() -> !events.getCompleted(query.id).isEmpty());
        QueryCreatedEvent created = getOnlyElement(events.getCreated(query.id));
        query.checkSubmitted(created.getCreateTime());
        QueryCompletedEvent completed = getOnlyElement(events.getCompleted(query.id));
        query.checkSubmitted(completed.getCreateTime());
        assertThat(completed.getEndTime()).isBetween(completed.getCreateTime(), Instant.now());
        assertThat(completed.getFailureInfo().map(QueryFailureInfo::getErrorCode).map(code -> code.getName())).isEqualTo(error);
        assertThat(completed.getContext().getSessionProperties()).doesNotContainKey(QueryRun.PROPERTY);
        assertThat(completed.getContext().getUser()).isEqualTo(query.headers.get("X-Trino-User"));
        told.add(query);
    }

    private class Query
    {
        private final String sql;
        private final Map<String, String> headers = new HashMap<>();
        private final Instant notBefore = Instant.now();
        private final Instant notAfter;
        private final String id;
        private JsonNode stats;
        private Optional<URI> nextUri = Optional.empty();
        private Optional<String> error = Optional.empty();
        private boolean polled;

        private Query(String sql, String source)
        {
            this(sql, source, "user");
        }

        private Query(String sql, String source, String user)
        {
            this.sql = sql;
            headers.put("X-Trino-User", user);
            headers.put("X-Trino-Source", source);
            RawClient.Response response = client.post(cluster.getDispatcherUrl().resolve("/v1/statement"), sql, headers);
            notAfter = Instant.now();
            id = response.json().get("id").asText();
            take(response);
        }

        private void take(RawClient.Response response)
        {
            JsonNode results = response.json();
            stats = results.get("stats");
            nextUri = response.uri("nextUri");
            if (results.has("error")) {
                error = Optional.of(results.get("error").get("errorName").asText());
            }
        }

        private void poll()
        {
            polled = true;
            RawClient.Response response = client.get(nextUri.orElseThrow(), headers);
            if (response.status() != 503) {
                take(response);
            }
        }

        private void pollUntilQueued(long millis)
        {
            do {
                poll();
            }
            while (stats.get("elapsedTimeMillis").asLong() < millis);
            assertThat(stats.get("state").asText()).isEqualTo("QUEUED");
        }

        private Query toEnd()
        {
            long start = System.nanoTime();
            while (nextUri.isPresent()) {
                poll();
                assertThat(nanosSince(start).toMillis()).as("time of query %s: %s", id, stats).isLessThan(60_000);
            }
            return this;
        }

        private void cancel()
        {
            assertThat(client.send("DELETE", nextUri.orElseThrow(), "", headers).status()).isEqualTo(204);
        }

        private void checkSubmitted(Instant time)
        {
            // events have a precision of milliseconds
            assertThat(time).isBetween(notBefore.minusMillis(1), notAfter.plusMillis(1));
        }
    }
}
