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

import com.google.inject.Key;
import io.airlift.http.client.HttpClient;
import io.airlift.http.client.Request;
import io.airlift.http.client.StringResponseHandler.StringResponse;
import io.airlift.http.client.jetty.JettyHttpClient;
import io.airlift.log.Logger;
import io.airlift.node.NodeInfo;
import io.prestosql.node.ProcessIdentity;
import io.prestosql.protocol.TaskOwner;
import io.prestosql.testing.GatePlugin;
import io.prestosql.testing.Gates;
import io.prestosql.testing.TestingClient;
import io.prestosql.testing.TestingPrestoCluster;
import io.prestosql.testing.TestingPrestoServer;
import io.prestosql.worker.LeftoverTasks;
import io.trino.client.StatementClient;
import io.trino.execution.QueryManager;
import io.trino.execution.SqlTask;
import io.trino.execution.SqlTaskManager;
import io.trino.execution.TaskId;
import io.trino.memory.LocalMemoryManager;
import io.trino.operator.ForScheduler;
import io.trino.plugin.tpch.TpchPlugin;
import io.trino.spi.QueryId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static com.google.common.collect.MoreCollectors.onlyElement;
import static com.google.common.collect.Sets.difference;
import static com.google.common.collect.Sets.intersection;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.airlift.http.client.JsonResponseHandler.createJsonResponseHandler;
import static io.airlift.http.client.Request.Builder.prepareDelete;
import static io.airlift.http.client.Request.Builder.prepareGet;
import static io.airlift.http.client.Request.Builder.preparePost;
import static io.airlift.http.client.StatusResponseHandler.createStatusResponseHandler;
import static io.airlift.http.client.StringResponseHandler.createStringResponseHandler;
import static io.airlift.json.JsonCodec.jsonCodec;
import static io.airlift.units.Duration.nanosSince;
import static io.prestosql.node.NodeRole.COORDINATOR;
import static io.prestosql.node.NodeRole.WORKER;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;

/**
 * A coordinator dies without a word to the workers: its tasks go, with everything that they hold, and those of other coordinators stay.
 */
@Execution(CONCURRENT)
public class TestTasksOfDeadCoordinator
{
    private static final Logger log = Logger.get(TestTasksOfDeadCoordinator.class);

    private static final int RUNNING = 6;
    /** The join builds the larger table, which stays in memory until the reader of the other one may go on. */
    private static final String SQL = "SELECT count(*) FROM gate.default.running r JOIN tpch.tiny.orders o ON r.x = o.orderkey";
    private static final long RESULT = 0;
    private static final Duration BOUND = Duration.ofSeconds(15);

    @Test
    public void testTasksOfDeadCoordinator()
            throws Exception
    {
        Gates gates = new Gates();
        ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));
        // the bound is that of a worker with the default configuration
        TestingPrestoCluster.Builder builder = clusterBuilder(gates)
                .addWorkers(2)
                .addProperty(WORKER, "leftover-tasks.refusal-duration", "5s")
                .addProperty(WORKER, "leftover-tasks.silence-timeout", "2s");
        try (TestingPrestoCluster cluster = builder.build();
                TestingClient client = new TestingClient(cluster.getDispatcherUrl())) {
            List<Future<TestingClient.Result>> results = new ArrayList<>();
            for (int i = 0; i < RUNNING; i++) {
                results.add(executor.submit(() -> client.execute(SQL)));
            }
            await().until(() -> gates.getInside("running"), inside -> inside == RUNNING);
            Set<QueryId> onKilled = queriesOf(cluster.getServer("coordinator-1"));
            Set<QueryId> onOther = queriesOf(cluster.getServer("coordinator-2"));
            assertThat(onKilled).isNotEmpty();
            assertThat(onOther).isNotEmpty();
            List<TestingPrestoServer> workers = cluster.getServers(WORKER);
            await().untilAsserted(() -> assertThat(workers).allSatisfy(worker -> {
                assertThat(runningTasksOf(worker, onKilled)).isNotEmpty();
                assertThat(reservingQueriesOf(worker)).containsAll(onKilled).containsAll(onOther);
            }));
            Map<String, Set<TaskId>> tasksOfOther = workers.stream()
                    .collect(toImmutableMap(TestingPrestoServer::getNodeId, worker -> runningTasksOf(worker, onOther)));
            long leftovers = workers.stream().mapToLong(worker -> runningTasksOf(worker, onKilled).size()).sum();

            long killed = System.nanoTime();
            Future<?> kill = executor.submit(() -> cluster.kill("coordinator-1"));
            await().untilAsserted(() -> assertThat(workers).allSatisfy(worker -> {
                assertThat(runningTasksOf(worker, onKilled)).isEmpty();
                assertThat(intersection(reservingQueriesOf(worker), onKilled)).isEmpty();
            }));
            log.info("%s tasks of the killed coordinator are gone after %s", leftovers, nanosSince(killed).convertToMostSuccinctTimeUnit());
            assertThat(nanosSince(killed).toMillis()).isLessThan(BOUND.toMillis());
            kill.get();

            assertThat(workers.stream().mapToLong(worker -> worker.getInstance(LeftoverTasks.class).getDroppedTasks()).sum()).isBetween(1L, leftovers);
            for (TestingPrestoServer worker : workers) {
                LeftoverTasks tasks = worker.getInstance(LeftoverTasks.class);
                assertThat(tasks.getGoneCoordinators()).isEqualTo(1);
                assertThat(tasks.getReturnedCoordinators()).isZero();
                assertThat(tasks.getRefusedRequests()).isZero();
                assertThat(runningTasksOf(worker, onOther)).isEqualTo(tasksOfOther.get(worker.getNodeId()));
            }

            gates.open("running");
            for (Future<TestingClient.Result> future : results) {
                TestingClient.Result result = future.get();
                if (onOther.contains(new QueryId(result.queryId()))) {
                    assertThat(result.onlyValue()).isEqualTo(RESULT);
                }
                else {
                    assertThat(result.error()).isPresent();
                }
            }

            // a new process is at the old address, and its tasks have another owner
            cluster.start("coordinator-1");
            cluster.awaitReady();
            for (int i = 0; i < RUNNING; i++) {
                assertThat(client.execute(SQL).onlyValue()).isEqualTo(RESULT);
            }
            assertThat(workers).allSatisfy(worker -> assertThat(worker.getInstance(LeftoverTasks.class).getGoneCoordinators()).isEqualTo(1));
        }
        finally {
            executor.shutdownNow();
        }
    }

    /**
     * Two coordinators have a query of the same id, as when a dispatcher has run it again.
     */
    @Test
    public void testTaskHasOneOwner()
            throws Exception
    {
        Gates gates = new Gates();
        ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));
        try (TestingPrestoCluster cluster = clusterBuilder(gates).addWorkers(1).build();
                TestingClient client = new TestingClient(cluster.getDispatcherUrl());
                HttpClient stranger = new JettyHttpClient()) {
            List<Future<TestingClient.Result>> results = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                results.add(executor.submit(() -> client.execute(SQL)));
            }
            await().until(() -> gates.getInside("running"), inside -> inside == 2);
            TestingPrestoServer worker = cluster.getServer("worker-1");
            Set<QueryId> onFirst = queriesOf(cluster.getServer("coordinator-1"));
            assertThat(onFirst).hasSize(1);
            LeftoverTasks leftoverTasks = worker.getInstance(LeftoverTasks.class);
            // a task exists as soon as another one wants to read from it, but has no context before it is created
            await().until(() -> worker.getInstance(SqlTaskManager.class).getAllTasks().stream()
                    .filter(task -> onFirst.contains(task.getTaskId().getQueryId()))
                    .allMatch(task -> task.getTaskContext().isPresent()));
            Set<TaskId> tasks = runningTasksOf(worker, onFirst);
            TaskId taskId = tasks.iterator().next();
            URI uri = worker.getBaseUrl().resolve("/v1/task/" + taskId);
            HttpClient second = cluster.getServer("coordinator-2").getInstance(Key.get(HttpClient.class, ForScheduler.class));

            assertThat(statusOf(second, prepareGet().setUri(uri).build())).isEqualTo(200);
            assertLeftBehind(second.execute(preparePost().setUri(uri).build(), createStringResponseHandler()));
            // another task of that query is refused only for now
            URI otherUri = worker.getBaseUrl().resolve("/v1/task/" + taskId.getQueryId() + ".7.0.0");
            assertThat(statusOf(second, preparePost().setUri(otherUri).build())).isEqualTo(503);
            assertLeftBehind(second.execute(prepareDelete().setUri(uri).build(), createStringResponseHandler()));
            assertLeftBehind(second.execute(preparePost().setUri(worker.getBaseUrl().resolve("/v1/task/" + taskId + "/fail")).build(), createStringResponseHandler()));
            assertLeftBehind(second.execute(prepareGet().setUri(worker.getBaseUrl().resolve("/v1/task/" + taskId + "/status")).build(), createStringResponseHandler()));
            assertThat(runningTasksOf(worker, onFirst)).isEqualTo(tasks);
            assertThat(leftoverTasks.getRefusedRequests()).isEqualTo(6);
            assertThat(leftoverTasks.getKnownCoordinators()).isEqualTo(2);

            // without the secret, no client can make itself an owner
            Request request = prepareDelete()
                    .setUri(worker.getBaseUrl().resolve("/v1/task/20000101_000000_00000_aaaaa.0.0.0"))
                    .setHeader(TaskOwner.HEADER, new TaskOwner("stranger", "stranger", URI.create("http://127.0.0.1:1"), 1000).toHeader())
                    .build();
            assertThat(statusOf(stranger, request)).isEqualTo(403);
            assertThat(leftoverTasks.getKnownCoordinators()).isEqualTo(2);

            for (TestingPrestoServer server : cluster.getServers()) {
                Request whoAreYou = prepareGet().setUri(server.getBaseUrl().resolve("/v1/process")).build();
                assertThat(statusOf(stranger, whoAreYou)).isEqualTo(403);
                assertThat(second.execute(whoAreYou, createJsonResponseHandler(jsonCodec(ProcessIdentity.class))))
                        .isEqualTo(new ProcessIdentity(server.getNodeId(), server.getInstance(NodeInfo.class).getInstanceId()));
            }

            cluster.kill("coordinator-1");
            await().until(() -> runningTasksOf(worker, onFirst).isEmpty());
            assertThat(leftoverTasks.getGoneCoordinators()).isEqualTo(1);
            // from now on the query may run elsewhere, but not with its remaining tasks
            assertLeftBehind(second.execute(preparePost().setUri(uri).build(), createStringResponseHandler()));
            assertThat(runningTasksOf(worker, onFirst)).isEmpty();

            gates.open("running");
            List<Long> values = results.stream()
                    .map(TestTasksOfDeadCoordinator::resultOf)
                    .filter(result -> result.error().isEmpty())
                    .map(result -> (Long) result.onlyValue())
                    .collect(toImmutableList());
            assertThat(values).containsExactly(RESULT);
        }
        finally {
            executor.shutdownNow();
        }
    }

    /**
     * A query that is not exposed runs again while the worker still has the tasks of its first run.
     */
    @Test
    public void testQueryThatIsRunAgain(@TempDir Path directory)
            throws Exception
    {
        Gates gates = new Gates();
        ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));
        try (TestingPrestoCluster cluster = clusterBuilder(gates).addWorkers(1).addResourceGroup(directory, 1).build();
                TestingClient client = new TestingClient(cluster.getDispatcherUrl())) {
            Future<TestingClient.Result> first = executor.submit(() -> client.execute("SELECT x FROM gate.default.first"));
            await().until(() -> gates.getInside("first") == 1);
            try (StatementClient query = client.start(SQL)) {
                query.advance();
                assertThat(query.currentStatusInfo().getStats().getState()).isEqualTo("QUEUED");
                gates.open("first");
                first.get();
                await().until(() -> gates.getInside("running") == 1);

                QueryId queryId = new QueryId(query.currentStatusInfo().getId());
                TestingPrestoServer worker = cluster.getServer("worker-1");
                Set<TaskId> firstRun = tasksOf(worker, queryId);
                assertThat(firstRun).isNotEmpty().allMatch(taskId -> taskId.getAttemptId() == 0);
                String victim = cluster.getServers(COORDINATOR).stream()
                        .filter(coordinator -> queriesOf(coordinator).contains(queryId))
                        .map(TestingPrestoServer::getNodeId)
                        .collect(onlyElement());
                Future<?> kill = executor.submit(() -> cluster.kill(victim));

                await().until(() -> difference(tasksOf(worker, queryId), firstRun).size() >= firstRun.size());
                assertThat(difference(tasksOf(worker, queryId), firstRun)).allMatch(taskId -> taskId.getAttemptId() > 0);
                // dynamic filters are taken only from tasks of the query's own attempt, in the engine's count
                await().until(() -> cluster.getServers(COORDINATOR).stream()
                        .filter(coordinator -> !coordinator.getNodeId().equals(victim))
                        .map(coordinator -> coordinator.getInstance(QueryManager.class).getFullQueryInfo(queryId).getQueryStats().getDynamicFiltersStats())
                        .allMatch(filters -> filters.getTotalDynamicFilters() == 1 && filters.getDynamicFiltersCompleted() == 1));
                gates.open("running");
                assertThat(TestingClient.drain(query).onlyValue()).isEqualTo(RESULT);
                assertThat(tasksOf(worker, queryId)).containsAll(firstRun);
                kill.get();
            }
        }
        finally {
            executor.shutdownNow();
        }
    }

    private static void assertLeftBehind(StringResponse response)
    {
        assertThat(response.getStatusCode()).isEqualTo(200);
        assertThat(response.getBody()).contains("\"FAILED\"", "\"COORDINATOR_LOST\"");
    }

    private static TestingPrestoCluster.Builder clusterBuilder(Gates gates)
    {
        return TestingPrestoCluster.builder()
                .addDispatchers(1)
                .addCoordinators(2)
                .addPlugin(new TpchPlugin())
                .addPlugin(new GatePlugin(gates))
                .addCatalog("tpch", "tpch")
                .addCatalog("gate", "gate");
    }

    private static TestingClient.Result resultOf(Future<TestingClient.Result> future)
    {
        try {
            return future.get();
        }
        catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static int statusOf(HttpClient httpClient, Request request)
    {
        return httpClient.execute(request, createStatusResponseHandler()).getStatusCode();
    }

    private static Set<QueryId> queriesOf(TestingPrestoServer coordinator)
    {
        return coordinator.getInstance(QueryManager.class).getQueries().stream()
                .filter(query -> !query.getState().isDone())
                .map(query -> query.getQueryId())
                .collect(toImmutableSet());
    }

    /**
     * Returns the query's tasks, including those that have ended.
     */
    private static Set<TaskId> tasksOf(TestingPrestoServer worker, QueryId queryId)
    {
        return worker.getInstance(SqlTaskManager.class).getAllTasks().stream()
                .map(SqlTask::getTaskId)
                .filter(taskId -> taskId.getQueryId().equals(queryId))
                .collect(toImmutableSet());
    }

    private static Set<TaskId> runningTasksOf(TestingPrestoServer worker, Set<QueryId> queries)
    {
        return worker.getInstance(SqlTaskManager.class).getAllTasks().stream()
                .filter(task -> queries.contains(task.getTaskId().getQueryId()) && !task.getTaskState().isDone())
                .map(SqlTask::getTaskId)
                .collect(toImmutableSet());
    }

    private static Set<QueryId> reservingQueriesOf(TestingPrestoServer worker)
    {
        return worker.getInstance(LocalMemoryManager.class).getMemoryPool().getQueryMemoryReservations().keySet();
    }
}
