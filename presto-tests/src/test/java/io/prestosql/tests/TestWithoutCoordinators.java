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
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.prestosql.dispatcher.admission.ClientQuery;
import io.prestosql.dispatcher.admission.GroupLoad;
import io.prestosql.dispatcher.admission.GroupLoads;
import io.prestosql.dispatcher.admission.QueryRouter;
import io.prestosql.dispatcher.admission.QueueAdmission;
import io.prestosql.fleet.Coordinators;
import io.prestosql.fleet.Unavailability;
import io.prestosql.node.NodeRoles;
import io.prestosql.testing.Gates;
import io.prestosql.testing.RawClient;
import io.prestosql.testing.TestingClient;
import io.prestosql.testing.TestingPrestoCluster;
import io.prestosql.testing.TestingPrestoServer;
import io.trino.client.StatementClient;
import io.trino.spi.QueryId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.Iterables.getOnlyElement;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.prestosql.node.NodeRole.COORDINATOR;
import static io.prestosql.node.NodeRole.DISPATCHER;
import static io.prestosql.node.NodeRole.WORKER;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;

/**
 * The queue takes queries even if no coordinator does, but gives out no places meanwhile.
 */
@Execution(CONCURRENT)
public class TestWithoutCoordinators
{
    private static final Map<String, String> USER = Map.of("X-Trino-User", "test");

    @TempDir
    private Path directory;

    @Test
    public void testQueriesWaitWithoutPlaces()
            throws Exception
    {
        Gates gates = new Gates();
        ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));
        try (TestingPrestoCluster cluster = TestingPrestoCluster.builder()
                .addOneOfEachRole()
                .addResourceGroup(directory, 1)
                .addGates(gates)
                .doNotStart("coordinator-1")
                .doNotStart("worker-1")
                .build();
                TestingClient client = new TestingClient(cluster.getDispatcherUrl())) {
            TestingPrestoServer dispatcher = cluster.getDispatcher();
            List<Future<TestingClient.Result>> early = IntStream.range(0, 3)
                    .mapToObj(number -> executor.submit(() -> client.execute("SELECT " + number)))
                    .collect(toImmutableList());
            await().until(() -> load(dispatcher).map(GroupLoad::queuedQueries).orElse(0) == 3);
            assertThat(load(dispatcher).orElseThrow().runningQueries()).as("queries that have a place").isZero();
            // users see the configured limit
            assertThat(load(dispatcher).orElseThrow().hardConcurrencyLimit()).isEqualTo(1);

            // the time limit of a query goes on
            TestingClient.Result tooLong = client.execute(session -> session.properties(Map.of("query_max_run_time", "1s")), "SELECT 4");
            assertThat(tooLong.error().orElseThrow().getErrorName()).isEqualTo("EXCEEDED_TIME_LIMIT");
            // a query can be stopped
            StatementClient canceled = client.start("SELECT 5");
            canceled.advance();
            canceled.close();
            await().until(() -> load(dispatcher).map(GroupLoad::queuedQueries).orElse(0) == 3);

            // a coordinator without workers takes no queries
            cluster.start("coordinator-1");
            Coordinators coordinators = dispatcher.getInstance(Coordinators.class);
            await().until(() -> Unavailability.explain(coordinators.getConditions()).equals(
                    "No coordinator takes queries at the moment: coordinator coordinator-1 has 0 of 1 active workers that it requires"));
            assertThat(load(dispatcher).orElseThrow().runningQueries()).isZero();
            assertThat(early).noneMatch(Future::isDone);

            cluster.start("worker-1");
            for (int number = 0; number < 3; number++) {
                assertThat(early.get(number).get().onlyValue()).isEqualTo(number);
            }

            // a running query has its own place, even when no coordinator takes others
            Future<TestingClient.Result> running = executor.submit(() -> client.execute("SELECT x FROM gate.default.running"));
            await().until(() -> gates.getInside("running"), inside -> inside == 1);
            cluster.kill("coordinator-1");
            await().until(() -> coordinators.getAvailableCoordinators() == 0);
            assertThat(running.get().error().orElseThrow().getErrorName()).isEqualTo("COORDINATOR_LOST");
            Future<TestingClient.Result> late = executor.submit(() -> client.execute("SELECT 6"));
            await().until(() -> load(dispatcher).orElseThrow().queuedQueries() == 1);
            assertThat(load(dispatcher).orElseThrow().runningQueries()).isZero();

            cluster.start("coordinator-1");
            assertThat(late.get().onlyValue()).isEqualTo(6);
        }
        finally {
            executor.shutdownNow();
        }
    }

    /**
     * For the next leader, a query that is to run again is queued like one that was never sent.
     */
    @Test
    public void testPlaceIsGivenBackBeforeDispatcherRestarts()
            throws Exception
    {
        Gates gates = new Gates();
        try (TestingPrestoCluster cluster = TestingPrestoCluster.builder()
                .addOneOfEachRole()
                .keepQueue(directory)
                .addResourceGroup(directory, 3)
                .addGates(gates)
                .build();
                RawClient rawClient = new RawClient()) {
            // the query is not exposed
            URI query = submit(rawClient, cluster.getDispatcher(), "SELECT x FROM gate.default.first", USER);
            await().until(() -> gates.getInside("first") == 1);
            cluster.kill("coordinator-1");
            await().until(() -> load(cluster.getDispatcher()).orElseThrow().queuedQueries() == 1);
            // once this is accepted, the log has everything before it
            assertThat(rawClient.post(cluster.getDispatcherUrl().resolve("/v1/statement"), "SELECT 1", USER).status()).isEqualTo(200);

            cluster.kill("dispatcher-1");
            cluster.start("dispatcher-1");
            await().until(() -> load(cluster.getDispatcher()).map(load -> load.queuedQueries() == 1).orElse(false));
            cluster.start("coordinator-1");
            gates.open("first");
            assertThat(readValue(rawClient, query)).isEqualTo(42);
        }
    }

    /**
     * Covers queries that were to run, and queries that are to run again.
     */
    @Test
    public void testPlacesAreGivenBack()
            throws Exception
    {
        Gates gates = new Gates();
        ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));
        try (TestingPrestoCluster cluster = TestingPrestoCluster.builder()
                .addOneOfEachRole()
                .addResourceGroup(directory, 3)
                .addGates(gates)
                .build();
                TestingClient client = new TestingClient(cluster.getDispatcherUrl());
                RawClient rawClient = new RawClient()) {
            TestingPrestoServer dispatcher = cluster.getDispatcher();
            // the queries are not exposed, so they may run again
            URI first = submit(rawClient, dispatcher, "SELECT x FROM gate.default.first", USER);
            URI limited = submit(rawClient, dispatcher, "SELECT x FROM gate.default.limited", ImmutableMap.of("X-Trino-User", "test", "X-Trino-Session", "query_max_run_time=9s"));
            URI canceled = submit(rawClient, dispatcher, "SELECT x FROM gate.default.canceled", USER);
            for (String gate : List.of("first", "limited", "canceled")) {
                await().until(() -> gates.getInside(gate) == 1);
            }
            Future<TestingClient.Result> behind = executor.submit(() -> client.execute("SELECT x FROM gate.default.behind"));
            await().until(() -> load(dispatcher).orElseThrow().queuedQueries() == 1);
            assertThat(load(dispatcher).orElseThrow().runningQueries()).isEqualTo(3);

            cluster.kill("coordinator-1");
            await().until(() -> load(dispatcher).orElseThrow().queuedQueries() == 4);
            assertThat(load(dispatcher).orElseThrow().runningQueries()).isZero();
            assertThat(dispatcher.getInstance(QueryRouter.class).getRoutedQueries()).isZero();
            long start = System.nanoTime();
            RawClient.Response waiting = rawClient.get(first, USER);
            // the poll is held, so that clients do not ask all the time
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(500));
            // clients, lists and monitoring are told the same
            assertThat(waiting.json().get("stats").get("state").asText()).isEqualTo("QUEUED");
            long queuedMillis = waiting.json().get("stats").get("queuedTimeMillis").asLong();
            assertThat(queuedMillis).isEqualTo(waiting.json().get("stats").get("elapsedTimeMillis").asLong());
            await().until(() -> dispatcher.getInstance(QueueAdmission.class).dispatchManager().orElseThrow().getQueuedQueries() == 4);
            for (JsonNode query : rawClient.get(cluster.getDispatcherUrl().resolve("/v1/query"), USER).json()) {
                assertThat(query.get("state").asText()).as(query.get("query").asText()).isEqualTo("QUEUED");
            }
            JsonNode group = rawClient.get(cluster.getDispatcherUrl().resolve("/v1/resourceGroupState/" + getOnlyElement(dispatcher.getInstance(GroupLoads.class).getLoads()).name()), USER).json();
            assertThat(group.get("numQueuedQueries").asInt()).isEqualTo(4);
            assertThat(group.get("numRunningQueries").asInt()).isZero();
            // the queries can be stopped, and their time limits go on
            assertThat(rawClient.send("DELETE", canceled, "", USER).status()).isEqualTo(204);
            URI late = limited;
            await().atMost(Duration.ofSeconds(60)).until(() -> rawClient.get(late, USER).json().path("error").path("errorName").asText().equals("EXCEEDED_TIME_LIMIT"));
            await().until(() -> load(dispatcher).orElseThrow().queuedQueries() == 2);
            assertThat(load(dispatcher).orElseThrow().runningQueries()).isZero();

            cluster.start("coordinator-1");
            // places are taken again
            await().until(() -> gates.getInside("behind") == 1);
            gates.open("first");
            gates.open("limited");
            gates.open("canceled");
            gates.open("behind");
            assertThat(behind.get().onlyValue()).isEqualTo(42L);
            assertThat(readValue(rawClient, waiting.uri("nextUri").orElseThrow())).isEqualTo(42);
            await().until(() -> load(dispatcher).orElseThrow().runningQueries() == 0);
        }
        finally {
            gates.open("first");
            gates.open("limited");
            gates.open("canceled");
            executor.shutdownNow();
        }
    }

    /**
     * Submits a query that starts, but is not exposed.
     */
    private static URI submit(RawClient client, TestingPrestoServer dispatcher, String sql, Map<String, String> headers)
            throws Exception
    {
        RawClient.Response response = client.post(dispatcher.getBaseUrl().resolve("/v1/statement"), sql, headers);
        QueueAdmission queue = dispatcher.getInstance(QueueAdmission.class);
        ClientQuery query = queue.get(new QueryId(response.json().get("id").asText())).orElseThrow();
        assertThat(queue.poll(query, new io.airlift.units.Duration(1, MILLISECONDS)).get()).isFalse();
        return response.uri("nextUri").orElseThrow();
    }

    private static int readValue(RawClient client, URI next)
    {
        Optional<URI> page = Optional.of(next);
        Optional<Integer> value = Optional.empty();
        while (page.isPresent()) {
            RawClient.Response response = client.get(page.get(), USER);
            assertThat(response.json().path("error")).isEmpty();
            if (response.json().has("data")) {
                value = Optional.of(response.json().get("data").get(0).get(0).asInt());
            }
            page = response.uri("nextUri");
        }
        return value.orElseThrow();
    }

    @Test
    public void testQueuedQueriesOfEarlierLeader()
            throws Exception
    {
        ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));
        try (TestingPrestoCluster cluster = TestingPrestoCluster.builder()
                .addDispatchers(1)
                .addNodes(1, NodeRoles.of(COORDINATOR, WORKER))
                .addResourceGroup(directory, 1)
                .addProperty(DISPATCHER, "query-log.dir", directory.resolve("query-log").toString())
                .doNotStart("coordinator-worker-1")
                .build();
                TestingClient client = new TestingClient(cluster.getDispatcherUrl())) {
            Future<TestingClient.Result> first = executor.submit(() -> client.execute("SELECT 1"));
            Future<TestingClient.Result> second = executor.submit(() -> client.execute("SELECT 2"));
            await().until(() -> load(cluster.getDispatcher()).map(GroupLoad::queuedQueries).orElse(0) == 2);
            cluster.stop("dispatcher-1");
            cluster.start("dispatcher-1");
            await().until(() -> load(cluster.getDispatcher()).map(GroupLoad::queuedQueries).orElse(0) == 2);
            assertThat(load(cluster.getDispatcher()).orElseThrow().runningQueries()).isZero();

            cluster.start("coordinator-worker-1");
            assertThat(first.get().onlyValue()).isEqualTo(1);
            assertThat(second.get().onlyValue()).isEqualTo(2);
        }
        finally {
            executor.shutdownNow();
        }
    }

    @Test
    public void testRefused()
    {
        for (Map.Entry<String, String> property : ImmutableList.of(Map.entry("dispatcher.accept-without-coordinators", "false"), Map.entry("query-log.store", "memory"))) {
            try (TestingPrestoCluster cluster = TestingPrestoCluster.builder()
                    .addDispatchers(1)
                    .addCoordinators(1)
                    .doNotStart("coordinator-1")
                    .addProperty(DISPATCHER, property.getKey(), property.getValue())
                    .build();
                    RawClient client = new RawClient()) {
                RawClient.Response response = client.post(cluster.getDispatcherUrl().resolve("/v1/statement"), "SELECT 1", USER);
                assertThat(response.status()).isEqualTo(503);
                assertThat(response.header("Retry-After")).contains("1");
                assertThat(response.body()).isEqualTo("No coordinator takes queries at the moment: none has been found yet");
            }
        }
    }

    private static Optional<GroupLoad> load(TestingPrestoServer dispatcher)
    {
        List<GroupLoad> loads = dispatcher.getInstance(GroupLoads.class).getLoads();
        return loads.isEmpty() ? Optional.empty() : Optional.of(getOnlyElement(loads));
    }
}
