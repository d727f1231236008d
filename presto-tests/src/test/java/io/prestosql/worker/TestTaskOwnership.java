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
package io.prestosql.worker;

import com.google.common.base.Ticker;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.airlift.configuration.secrets.SecretsResolver;
import io.airlift.http.client.HttpStatus;
import io.airlift.http.client.Request;
import io.airlift.http.client.testing.TestingHttpClient;
import io.airlift.http.client.testing.TestingResponse;
import io.airlift.json.JsonCodec;
import io.airlift.node.NodeInfo;
import io.airlift.stats.TestingGcMonitor;
import io.airlift.units.DataSize;
import io.airlift.units.Duration;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.prestosql.node.ProcessIdentity;
import io.prestosql.protocol.TaskOwner;
import io.prestosql.testing.PromptStop;
import io.trino.Session;
import io.trino.connector.ConnectorServices;
import io.trino.connector.ConnectorServicesProvider;
import io.trino.exchange.ExchangeManagerRegistry;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.execution.LocationFactory;
import io.trino.execution.ScheduledSplit;
import io.trino.execution.SplitAssignment;
import io.trino.execution.SqlTask;
import io.trino.execution.SqlTaskManager;
import io.trino.execution.TaskId;
import io.trino.execution.TaskInfo;
import io.trino.execution.TaskManagementExecutor;
import io.trino.execution.TaskManagerConfig;
import io.trino.execution.TaskState;
import io.trino.execution.TaskStatus;
import io.trino.execution.TaskTestUtils;
import io.trino.execution.buffer.OutputBufferInfo;
import io.trino.execution.buffer.PipelinedBufferInfo;
import io.trino.execution.buffer.PipelinedOutputBuffers;
import io.trino.execution.buffer.PipelinedOutputBuffers.BufferType;
import io.trino.execution.executor.TaskExecutor;
import io.trino.execution.executor.timesharing.TimeSharingTaskExecutor;
import io.trino.memory.LocalMemoryManager;
import io.trino.memory.NodeMemoryConfig;
import io.trino.metadata.InternalNode;
import io.trino.metadata.LanguageFunctionEngineManager;
import io.trino.metadata.WorkerLanguageFunctionProvider;
import io.trino.spi.QueryId;
import io.trino.spi.catalog.CatalogProperties;
import io.trino.spi.connector.CatalogHandle;
import io.trino.spiller.LocalSpillManager;
import io.trino.spiller.NodeSpillConfig;
import io.trino.util.EmbedVersion;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.MultivaluedHashMap;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import static com.google.common.collect.MoreCollectors.onlyElement;
import static com.google.common.net.MediaType.PLAIN_TEXT_UTF_8;
import static com.google.common.reflect.Reflection.newProxy;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.airlift.http.client.testing.TestingResponse.mockResponse;
import static io.airlift.json.JsonCodec.jsonCodec;
import static io.airlift.tracing.Tracing.noopTracer;
import static io.prestosql.worker.OwnerWatch.Reception.CONTENDED;
import static io.prestosql.worker.OwnerWatch.Reception.FORMER_OWNER;
import static io.prestosql.worker.OwnerWatch.Reception.LEFT_BEHIND;
import static io.prestosql.worker.OwnerWatch.Reception.TAKEN;
import static io.prestosql.worker.OwnerWatch.Reception.TAKEN_OVER;
import static io.trino.SessionTestUtils.TEST_SESSION;
import static io.trino.execution.TaskTestUtils.PLAN_FRAGMENT;
import static io.trino.execution.TaskTestUtils.SPLIT;
import static io.trino.execution.TaskTestUtils.TABLE_SCAN_NODE_ID;
import static io.trino.execution.buffer.PipelinedOutputBuffers.BufferType.BROADCAST;
import static io.trino.execution.buffer.PipelinedOutputBuffers.BufferType.PARTITIONED;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;

/**
 * The engine's tasks, without servers. The test decides how their coordinators answer.
 */
@Execution(CONCURRENT)
public class TestTaskOwnership
{
    private enum Behaviour { SAME, ANOTHER, REFUSE, SILENT, BROKEN, UNKNOWN_RESOURCE }

    private static final java.time.Duration TIMEOUT = java.time.Duration.ofSeconds(60);
    private static final JsonCodec<ProcessIdentity> CODEC = jsonCodec(ProcessIdentity.class);
    private static final TaskOwner ONE = new TaskOwner("coordinator-1", "one", URI.create("http://one:8080"), 300_000);
    private static final TaskOwner TWO = new TaskOwner("coordinator-2", "two", URI.create("http://two:8080"), 300_000);
    private static final TaskOwner RESTARTED_ONE = new TaskOwner("coordinator-1", "restarted", URI.create("http://one:8080"), 300_000);
    private static final TaskId TASK = TaskId.valueOf("query.0.0.0");
    private static final TaskId SECOND_TASK = TaskId.valueOf("query.1.0.0");
    private static final TaskId THIRD_TASK = TaskId.valueOf("query.1.1.0");
    private static final PipelinedOutputBuffers.OutputBufferId READER = new PipelinedOutputBuffers.OutputBufferId(0);
    private static final TaskId TASK_OF_OTHER_QUERY = TaskId.valueOf("other.0.0.0");
    private static final TaskId TASK_OF_STOCK_SERVER = TaskId.valueOf("stock.0.0.0");

    private final AtomicInteger questions = new AtomicInteger();
    private volatile Behaviour behaviour = Behaviour.SAME;
    private ExecutorService executor;
    private TaskExecutor taskExecutor;
    private TaskManagementExecutor taskManagementExecutor;
    private LocalMemoryManager memoryManager;
    private SqlTaskManager taskManager;
    private LeftoverTasks leftoverTasks;

    @BeforeEach
    public void setUp()
    {
        executor = newCachedThreadPool(daemonThreadsNamed("test-%s"));
        taskExecutor = new TimeSharingTaskExecutor(8, 16, 3, 4, Ticker.systemTicker());
        taskExecutor.start();
        taskManagementExecutor = new TaskManagementExecutor();
        memoryManager = new LocalMemoryManager(new NodeMemoryConfig());
        NodeInfo nodeInfo = new NodeInfo("test");
        taskManager = new SqlTaskManager(
                new EmbedVersion("testversion"),
                new NoConnectors(),
                TaskTestUtils.createTestingPlanner(),
                new WorkerLanguageFunctionProvider(new LanguageFunctionEngineManager()),
                new Locations(),
                taskExecutor,
                TaskTestUtils.createTestSplitMonitor(),
                nodeInfo,
                memoryManager,
                taskManagementExecutor,
                new TaskManagerConfig(),
                new NodeMemoryConfig(),
                new LocalSpillManager(new NodeSpillConfig()),
                new NodeSpillConfig(),
                new TestingGcMonitor(),
                noopTracer(),
                new ExchangeManagerRegistry(OpenTelemetry.noop(), noopTracer(), new SecretsResolver(ImmutableMap.of())));
        leftoverTasks = new LeftoverTasks(
                taskManager,
                nodeInfo,
                new TestingHttpClient(this::respond, executor),
                CODEC,
                new LeftoverTasksConfig()
                        .setSilenceTimeout(new Duration(1, SECONDS))
                        .setRefusalDuration(new Duration(1, SECONDS)));
        leftoverTasks.start();
    }

    @AfterEach
    public void tearDown()
    {
        leftoverTasks.stop();
        // the manager would sleep after it has ended any itself
        PromptStop.endTasks(taskManager);
        taskManager.close();
        taskExecutor.stop();
        taskManagementExecutor.close();
        executor.shutdownNow();
    }

    private io.airlift.http.client.Response respond(Request request)
            throws Exception
    {
        assertThat(request.getUri()).isIn(ONE.address().resolve("/v1/process"), TWO.address().resolve("/v1/process"));
        questions.incrementAndGet();
        return switch (behaviour) {
            case SAME -> answer(request.getUri().getHost());
            case ANOTHER -> answer("another process");
            case REFUSE -> throw new ConnectException("Connection refused");
            case SILENT -> throw new SocketTimeoutException("No answer");
            case BROKEN -> new TestingResponse(HttpStatus.OK, ImmutableListMultimap.of("Content-Type", "application/json"), "{".getBytes(UTF_8));
            case UNKNOWN_RESOURCE -> mockResponse(HttpStatus.NOT_FOUND, PLAIN_TEXT_UTF_8, "No such thing");
        };
    }

    private static io.airlift.http.client.Response answer(String processId)
    {
        return new TestingResponse(HttpStatus.OK, ImmutableListMultimap.of("Content-Type", "application/json"), CODEC.toJsonBytes(new ProcessIdentity("node", processId)));
    }

    @Test
    public void testRefused()
    {
        make(ONE, TASK);
        make(ONE, SECOND_TASK);
        createTask(TASK_OF_STOCK_SERVER);
        behaviour = Behaviour.REFUSE;
        awaitState(TaskState.FAILED, TASK, SECOND_TASK);
        awaitDroppedTasks(2);
        assertThat(leftoverTasks.getGoneCoordinators()).isEqualTo(1);
        assertThat(failureOf(TASK).getErrorCode().getName()).isEqualTo("COORDINATOR_LOST");
        assertThat(failureOf(TASK).getMessage()).isEqualTo("Coordinator coordinator-1 at http://one:8080 is gone, to which the task belonged: its address refuses connections");
        assertThat(stateOf(TASK_OF_STOCK_SERVER)).isEqualTo(TaskState.RUNNING);
        await().atMost(TIMEOUT).until(() -> memoryManager.getMemoryPool().getQueryMemoryReservations().get(new QueryId("query")) == null);
    }

    /**
     * One page has been read and not acknowledged, and another one has not been read.
     */
    @ParameterizedTest
    @EnumSource(BufferType.class)
    public void testOutput(BufferType type)
            throws Exception
    {
        PipelinedOutputBuffers readers = PipelinedOutputBuffers.createInitial(type).withBuffer(READER, 0);
        assertThat(leftoverTasks.changed(ONE, TASK)).isEqualTo(TAKEN);
        createTask(
                TASK,
                type == PARTITIONED ? readers.withNoMoreBufferIds() : readers,
                new SplitAssignment(TABLE_SCAN_NODE_ID, ImmutableSet.of(SPLIT, new ScheduledSplit(SPLIT.getSequenceId() + 1, TABLE_SCAN_NODE_ID, SPLIT.getSplit())), true));
        await().atMost(TIMEOUT).until(() -> outputOf(TASK).getTotalBufferedPages(), pages -> pages == 2);
        awaitState(TaskState.FLUSHING, TASK);
        SqlTaskManager.SqlTaskWithResults read = taskManager.getTaskResults(TASK, READER, 0, DataSize.ofBytes(1));
        assertThat(read.getResultsFuture().get().getSerializedPages()).hasSize(1);
        assertThat(read.isTaskFailedOrFailing()).isFalse();
        assertThat(outputOf(TASK).getTotalBufferedPages()).isEqualTo(2);

        behaviour = Behaviour.ANOTHER;
        awaitState(TaskState.FAILED, TASK);
        await().atMost(TIMEOUT).until(() -> outputOf(TASK).getTotalBufferedPages() == 0);
        assertThat(outputOf(TASK).getPipelinedBufferStates().orElseThrow()).allMatch(PipelinedBufferInfo::isFinished);
        assertThat(failureOf(TASK).getErrorCode().getName()).isEqualTo("COORDINATOR_LOST");
        // the reader is told that pages are missing
        SqlTaskManager.SqlTaskWithResults secondRead = taskManager.getTaskResults(TASK, READER, 1, DataSize.ofBytes(1));
        assertThat(secondRead.getResultsFuture().get().getSerializedPages()).isEmpty();
        assertThat(secondRead.isTaskFailedOrFailing()).isTrue();
    }

    /**
     * The task ends at the moment when it is to be dropped.
     */
    @ParameterizedTest
    @EnumSource(BufferType.class)
    public void testOutputThatWasFetched(BufferType type)
    {
        createTask(
                TASK,
                PipelinedOutputBuffers.createInitial(type).withBuffer(READER, 0).withNoMoreBufferIds(),
                new SplitAssignment(TABLE_SCAN_NODE_ID, ImmutableSet.of(SPLIT), true));
        awaitState(TaskState.FLUSHING, TASK);
        taskManager.destroyTaskResults(TASK, READER);
        awaitState(TaskState.FINISHED, TASK);
        TaskOutput output = new TaskOutput(taskOf(TASK));
        output.expectNoMoreReaders();
        assertThat(output.discard()).isTrue();
        assertThat(stateOf(TASK)).isEqualTo(TaskState.FINISHED);
    }

    /**
     * Output for all readers is kept for later ones, and here no reader has come yet.
     */
    @Test
    public void testOutputWithoutReader()
    {
        assertThat(leftoverTasks.changed(ONE, TASK)).isEqualTo(TAKEN);
        createTask(TASK, PipelinedOutputBuffers.createInitial(BROADCAST), new SplitAssignment(TABLE_SCAN_NODE_ID, ImmutableSet.of(SPLIT), true));
        await().atMost(TIMEOUT).until(() -> outputOf(TASK).getTotalBufferedPages(), pages -> pages == 1);
        awaitState(TaskState.FLUSHING, TASK);
        behaviour = Behaviour.ANOTHER;
        awaitState(TaskState.FAILED, TASK);
        assertThat(failureOf(TASK).getErrorCode().getName()).isEqualTo("COORDINATOR_LOST");
        await().atMost(TIMEOUT).until(() -> outputOf(TASK).getTotalBufferedPages() == 0);
    }

    @Test
    public void testAnotherProcess()
    {
        make(ONE, TASK);
        behaviour = Behaviour.ANOTHER;
        awaitState(TaskState.FAILED, TASK);
        assertThat(questions).hasValue(1);
        awaitDroppedTasks(1);
    }

    /**
     * A reader may ask for a task of the next run before its coordinator creates it. The next run must not fail with the remains of the
     * earlier one.
     */
    @Test
    public void testTaskOfNextRunIsAskedForFirst()
    {
        make(ONE, TASK);
        behaviour = Behaviour.ANOTHER;
        awaitState(TaskState.FAILED, TASK);
        taskManager.getTaskStatus(SECOND_TASK);
        // lets some checks of the owners pass
        make(TWO, TASK_OF_OTHER_QUERY);
        awaitState(TaskState.FAILED, TASK_OF_OTHER_QUERY);
        assertThat(stateOf(SECOND_TASK)).isEqualTo(TaskState.RUNNING);
        assertThat(leftoverTasks.changed(RESTARTED_ONE, SECOND_TASK)).isEqualTo(TAKEN);
        make(RESTARTED_ONE, SECOND_TASK);
        assertThat(stateOf(SECOND_TASK)).isEqualTo(TaskState.RUNNING);
        awaitDroppedTasks(2);
    }

    @Test
    public void testUnclearAnswersDoNotDropTasks()
    {
        make(ONE, TASK);
        for (Behaviour harmless : List.of(Behaviour.SAME, Behaviour.SILENT, Behaviour.BROKEN, Behaviour.UNKNOWN_RESOURCE)) {
            behaviour = harmless;
            int before = questions.get();
            await().atMost(TIMEOUT).until(() -> questions.get() > before + 3);
            assertThat(stateOf(TASK)).as("%s", harmless).isEqualTo(TaskState.RUNNING);
        }
        assertThat(leftoverTasks.getGoneCoordinators()).isZero();
        assertThat(leftoverTasks.getKnownCoordinators()).isEqualTo(1);
    }

    @Test
    public void testQueryThatGoesToAnotherCoordinator()
    {
        make(ONE, TASK);
        assertThat(leftoverTasks.changed(TWO, TASK)).isEqualTo(LEFT_BEHIND);
        assertThat(leftoverTasks.changed(TWO, SECOND_TASK)).isEqualTo(CONTENDED);
        assertThat(leftoverTasks.ended(TWO, TASK)).isEqualTo(LEFT_BEHIND);
        assertThat(leftoverTasks.asked(TWO, TASK)).isEqualTo(LEFT_BEHIND);
        assertThat(leftoverTasks.getRefusedRequests()).isEqualTo(4);
        assertThat(leftoverTasks.asked(ONE, TASK)).isEqualTo(TAKEN);
        assertThat(leftoverTasks.asked(TWO, SECOND_TASK)).isEqualTo(TAKEN);
        // a request of the new coordinator, before the task is created
        taskManager.getTaskStatus(SECOND_TASK);
        assertThat(stateOf(TASK)).isEqualTo(TaskState.RUNNING);

        behaviour = Behaviour.ANOTHER;
        awaitState(TaskState.FAILED, TASK);
        awaitDroppedTasks(1);
        behaviour = Behaviour.SAME;
        make(TWO, SECOND_TASK);
        make(TWO, THIRD_TASK);
        assertThat(leftoverTasks.changed(TWO, TASK)).isEqualTo(LEFT_BEHIND);
        assertThat(leftoverTasks.asked(TWO, TASK)).isEqualTo(LEFT_BEHIND);
        assertThat(leftoverTasks.ended(TWO, TASK)).isEqualTo(LEFT_BEHIND);
        assertThat(leftoverTasks.asked(TWO, SECOND_TASK)).isEqualTo(TAKEN);
        assertThat(leftoverTasks.asked(ONE, TASK)).isEqualTo(TAKEN);
        assertThat(leftoverTasks.changed(ONE, SECOND_TASK)).isEqualTo(FORMER_OWNER);
        assertThat(leftoverTasks.ended(ONE, SECOND_TASK)).isEqualTo(FORMER_OWNER);
        assertThat(stateOf(SECOND_TASK)).isEqualTo(TaskState.RUNNING);
        assertThat(stateOf(THIRD_TASK)).isEqualTo(TaskState.RUNNING);
        assertThat(leftoverTasks.getDroppedTasks()).isEqualTo(1);
    }

    @Test
    public void testRequests()
    {
        make(ONE, TASK);
        Optional<TaskOwner> two = Optional.of(TWO);
        assertThat(responseTo("GET", TASK.toString(), "/status", two).orElseThrow().getEntity()).isInstanceOfSatisfying(TaskStatus.class, TestTaskOwnership::assertLeftBehind);
        for (Response response : List.of(
                responseTo("GET", TASK.toString(), "", two).orElseThrow(),
                responseTo("POST", TASK.toString(), "", two).orElseThrow(),
                responseTo("POST", TASK.toString(), "/fail", two).orElseThrow(),
                responseTo("DELETE", TASK.toString(), "", two).orElseThrow())) {
            assertThat(response.getStatus()).isEqualTo(200);
            assertThat(response.getEntity()).isInstanceOfSatisfying(TaskInfo.class, info -> assertLeftBehind(info.taskStatus()));
        }
        assertThat(statusOf("GET", TASK.toString(), "/dynamicfilters", two)).isEmpty();
        assertThat(statusOf("GET", SECOND_TASK.toString(), "/status", two)).isEmpty();
        assertThat(statusOf("POST", SECOND_TASK.toString(), "", two)).contains(503);
        for (TaskId taskId : List.of(TASK, SECOND_TASK)) {
            assertThat(statusOf("POST", taskId.toString(), "", Optional.of(ONE))).isEmpty();
            assertThat(statusOf("DELETE", taskId.toString(), "", Optional.of(ONE))).isEmpty();
            // from another worker, which reads
            assertThat(statusOf("DELETE", taskId.toString(), "/results/0", Optional.empty())).isEmpty();
        }
        // the resource itself answers this
        assertThat(statusOf("POST", "nonsense", "", two)).isEmpty();
    }

    private static void assertLeftBehind(TaskStatus status)
    {
        assertThat(status.getState()).isEqualTo(TaskState.FAILED);
        assertThat(status.getFailures()).singleElement()
                .satisfies(failure -> assertThat(failure.getErrorCode().getName()).isEqualTo("COORDINATOR_LOST"));
    }

    /**
     * Returns the status with which a request is refused; empty if it is not.
     */
    private Optional<Integer> statusOf(String method, String taskId, String suffix, Optional<TaskOwner> owner)
    {
        return responseTo(method, taskId, suffix, owner).map(Response::getStatus);
    }

    /**
     * Returns the answer to a request that does not reach the tasks; empty if it does.
     */
    private Optional<Response> responseTo(String method, String taskId, String suffix, Optional<TaskOwner> owner)
    {
        MultivaluedMap<String, String> parameters = new MultivaluedHashMap<>();
        parameters.add("taskId", taskId);
        Map<String, Object> uriValues = ImmutableMap.of("getPathParameters", parameters, "getPath", "v1/task/" + taskId + suffix);
        UriInfo uriInfo = newProxy(UriInfo.class, (_, called, _) -> requireNonNull(uriValues.get(called.getName()), called.getName()));
        AtomicReference<Response> refusal = new AtomicReference<>();
        new TaskOwnerFilter(leftoverTasks, new LeftBehindTask(new NodeInfo("test"), new Locations())).filter(newProxy(ContainerRequestContext.class, (_, called, arguments) -> {
            switch (called.getName()) {
                case "getHeaderString":
                    return arguments[0].equals(TaskOwner.HEADER) ? owner.map(TaskOwner::toHeader).orElse(null) : null;
                case "getUriInfo":
                    return uriInfo;
                case "getMethod":
                    return method;
                case "abortWith":
                    refusal.set((Response) arguments[0]);
                    return null;
                default:
                    throw new UnsupportedOperationException(called.getName());
            }
        }));
        return Optional.ofNullable(refusal.get());
    }

    private void make(TaskOwner owner, TaskId taskId)
    {
        assertThat(leftoverTasks.changed(owner, taskId)).isIn(TAKEN, TAKEN_OVER);
        createTask(taskId);
        assertThat(stateOf(taskId)).isEqualTo(TaskState.RUNNING);
    }

    /**
     * Creates a task that waits for splits.
     */
    private void createTask(TaskId taskId)
    {
        createTask(
                taskId,
                PipelinedOutputBuffers.createInitial(PARTITIONED).withBuffer(READER, 0).withNoMoreBufferIds(),
                new SplitAssignment(TABLE_SCAN_NODE_ID, ImmutableSet.of(), false));
    }

    private void createTask(TaskId taskId, PipelinedOutputBuffers readers, SplitAssignment splits)
    {
        taskManager.updateTask(
                TEST_SESSION,
                taskId,
                Span.getInvalid(),
                Optional.of(PLAN_FRAGMENT),
                ImmutableList.of(splits),
                readers,
                ImmutableMap.of(),
                false);
    }

    private OutputBufferInfo outputOf(TaskId taskId)
    {
        return taskManager.getTaskInfo(taskId).outputBuffers();
    }

    private ExecutionFailureInfo failureOf(TaskId taskId)
    {
        return taskManager.getTaskStatus(taskId).getFailures().stream().collect(onlyElement());
    }

    private void awaitState(TaskState state, TaskId... tasks)
    {
        for (TaskId task : tasks) {
            await().atMost(TIMEOUT).until(() -> stateOf(task), state::equals);
        }
    }

    /**
     * A task is counted after it has failed, so this waits for the count.
     */
    private void awaitDroppedTasks(long count)
    {
        await().atMost(TIMEOUT).until(leftoverTasks::getDroppedTasks, dropped -> dropped == count);
    }

    private TaskState stateOf(TaskId taskId)
    {
        return taskOf(taskId).getTaskState();
    }

    private SqlTask taskOf(TaskId taskId)
    {
        return taskManager.getAllTasks().stream()
                .filter(task -> task.getTaskId().equals(taskId))
                .collect(onlyElement());
    }

    private static class Locations
            implements LocationFactory
    {
        @Override
        public URI createQueryLocation(QueryId queryId)
        {
            throw new UnsupportedOperationException();
        }

        @Override
        public URI createLocalTaskLocation(TaskId taskId)
        {
            return URI.create("http://fake.invalid/task/" + taskId);
        }

        @Override
        public URI createTaskLocation(InternalNode node, TaskId taskId)
        {
            throw new UnsupportedOperationException();
        }

        @Override
        public URI createMemoryInfoLocation(InternalNode node)
        {
            throw new UnsupportedOperationException();
        }
    }

    private static class NoConnectors
            implements ConnectorServicesProvider
    {
        @Override
        public void loadInitialCatalogs() {}

        @Override
        public void ensureCatalogsLoaded(Session session, List<CatalogProperties> catalogs) {}

        @Override
        public void pruneCatalogs(Set<CatalogHandle> catalogsInUse) {}

        @Override
        public ConnectorServices getConnectorServices(CatalogHandle catalogHandle)
        {
            throw new UnsupportedOperationException();
        }
    }
}
