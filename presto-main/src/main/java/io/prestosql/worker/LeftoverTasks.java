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

import com.google.common.collect.ArrayListMultimap;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ListMultimap;
import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.inject.Inject;
import io.airlift.http.client.HttpClient;
import io.airlift.http.client.Request;
import io.airlift.json.JsonCodec;
import io.airlift.log.Logger;
import io.airlift.node.NodeInfo;
import io.airlift.units.Duration;
import io.prestosql.node.ProcessIdentity;
import io.prestosql.protocol.TaskOwner;
import io.prestosql.rpc.CoordinatorCallException;
import io.prestosql.rpc.JsonCaller;
import io.prestosql.worker.OwnerWatch.Findings;
import io.prestosql.worker.OwnerWatch.Leftover;
import io.prestosql.worker.OwnerWatch.ProcessAnswer;
import io.prestosql.worker.OwnerWatch.Question;
import io.prestosql.worker.OwnerWatch.Reception;
import io.trino.execution.SqlTask;
import io.trino.execution.SqlTaskManager;
import io.trino.execution.TaskId;
import io.trino.spi.QueryId;
import io.trino.spi.TrinoException;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import org.weakref.jmx.Managed;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static com.google.common.collect.Sets.newConcurrentHashSet;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.airlift.http.client.HttpUriBuilder.uriBuilderFrom;
import static io.airlift.http.client.Request.Builder.prepareGet;
import static io.prestosql.node.DispatcherErrorCode.COORDINATOR_LOST;
import static io.prestosql.node.LateTasks.dropLateTasks;
import static io.prestosql.rpc.JsonCaller.isRefused;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static java.util.stream.Collectors.groupingBy;

/**
 * Drops leftover tasks, which {@link OwnerWatch} finds. The engine itself gives up a task only when no coordinator has asked for it for
 * {@code task.client.timeout}, and a task that others read from only after its readers.
 */
public class LeftoverTasks
{
    private static final Logger log = Logger.get(LeftoverTasks.class);

    private static final long LOOK_INTERVAL_MILLIS = 500;
    private static final Duration QUESTION_TIMEOUT = new Duration(2, SECONDS);
    /**
     * Java throws the same exception for a refused connection and for one that the system could not open. The latter takes at least until
     * the first retransmission of the opening packet, which comes after this time on all systems.
     */
    private static final long REFUSAL_NANOS = SECONDS.toNanos(1);

    private final SqlTaskManager taskManager;
    private final JsonCaller caller;
    private final JsonCodec<ProcessIdentity> identityCodec;
    private final LongSupplier nanoClock;
    private final ScheduledExecutorService executor = dropLateTasks(new ScheduledThreadPoolExecutor(1, daemonThreadsNamed("leftover-tasks")));
    private final Object lock = new Object();
    private final OwnerWatch watch;
    private final AtomicLong droppedTasks = new AtomicLong();
    private final AtomicLong refusedRequests = new AtomicLong();
    /** Outputs of tasks that were recently dropped. */
    private final Set<TaskOutput> outputs = newConcurrentHashSet();

    @Inject
    public LeftoverTasks(
            SqlTaskManager taskManager,
            NodeInfo nodeInfo,
            @ForLeftoverTasks HttpClient httpClient,
            JsonCodec<ProcessIdentity> identityCodec,
            LeftoverTasksConfig config)
    {
        this.taskManager = requireNonNull(taskManager, "taskManager is null");
        this.caller = new JsonCaller(httpClient, executor, CoordinatorCallException::new);
        this.identityCodec = requireNonNull(identityCodec, "identityCodec is null");
        this.nanoClock = System::nanoTime;
        this.watch = new OwnerWatch(
                nodeInfo.getInstanceId(),
                config.getSilenceTimeout().roundTo(NANOSECONDS),
                config.getRefusalDuration().roundTo(NANOSECONDS));
    }

    @PostConstruct
    public void start()
    {
        executor.scheduleWithFixedDelay(this::look, LOOK_INTERVAL_MILLIS, LOOK_INTERVAL_MILLIS, MILLISECONDS);
    }

    @PreDestroy
    public void stop()
    {
        executor.shutdownNow();
    }

    /**
     * Notes that a coordinator asks about its tasks.
     */
    void heard(TaskOwner owner)
    {
        synchronized (lock) {
            watch.heard(owner, nanoClock.getAsLong());
        }
    }

    /**
     * Notes that a coordinator asks about one of its tasks.
     */
    Reception asked(TaskOwner owner, TaskId taskId)
    {
        Reception reception;
        synchronized (lock) {
            reception = watch.asked(owner, taskId, nanoClock.getAsLong());
            if (reception == Reception.CONTENDED) {
                reception = isThere(taskId) ? Reception.LEFT_BEHIND : Reception.TAKEN;
            }
        }
        return count(reception);
    }

    /**
     * Notes that a coordinator creates or changes a task.
     */
    Reception changed(TaskOwner owner, TaskId taskId)
    {
        List<SqlTask> leftBehind = ImmutableList.of();
        Reception reception;
        synchronized (lock) {
            reception = watch.changed(owner, taskId, nanoClock.getAsLong());
            if (reception == Reception.TAKEN_OVER) {
                leftBehind = taskManager.getAllTasks().stream()
                        .filter(task -> task.getTaskId().getQueryId().equals(taskId.getQueryId()) && wasMade(task))
                        .collect(toImmutableList());
                reception = watch.leaveBehind(leftBehind.stream().map(SqlTask::getTaskId).collect(toImmutableSet()), taskId);
                log.info("Query %s goes on at coordinator %s", taskId.getQueryId(), owner);
            }
            else if (reception == Reception.CONTENDED && isThere(taskId)) {
                // the task exists already, so waiting does not help
                reception = Reception.LEFT_BEHIND;
            }
        }
        leftBehind.stream()
                .filter(LeftoverTasks::isRunning)
                .forEach(task -> drop(task, new TrinoException(COORDINATOR_LOST, "The task was left behind by an earlier coordinator of the query")));
        return count(reception);
    }

    /**
     * Notes that a coordinator ends a task.
     */
    Reception ended(TaskOwner owner, TaskId taskId)
    {
        Reception reception;
        synchronized (lock) {
            reception = watch.ended(owner, taskId, nanoClock.getAsLong());
        }
        return count(reception);
    }

    private Reception count(Reception reception)
    {
        if (reception.isRefusal()) {
            refusedRequests.incrementAndGet();
        }
        return reception;
    }

    private boolean isThere(TaskId taskId)
    {
        return taskManager.getAllTasks().stream().anyMatch(task -> task.getTaskId().equals(taskId) && wasMade(task));
    }

    /**
     * Returns whether the task was created: the engine has a task as soon as a request waits for it.
     */
    private static boolean wasMade(SqlTask task)
    {
        return task.getTaskState().isDone() || task.getTaskContext().isPresent();
    }

    private void look()
    {
        try {
            Map<QueryId, List<SqlTask>> tasks = taskManager.getAllTasks().stream()
                    .collect(groupingBy(task -> task.getTaskId().getQueryId()));
            Set<QueryId> running = tasks.entrySet().stream()
                    .filter(entry -> entry.getValue().stream().anyMatch(LeftoverTasks::isLeftover))
                    .map(Map.Entry::getKey)
                    .collect(toImmutableSet());
            Findings findings;
            ListMultimap<Leftover, SqlTask> leftovers = ArrayListMultimap.create();
            synchronized (lock) {
                findings = watch.look(tasks.keySet(), running, nanoClock.getAsLong());
                // under the lock, which the next owner of a query takes before it creates the tasks that so far were only asked for
                for (Leftover leftover : findings.leftovers()) {
                    tasks.get(leftover.queryId()).stream()
                            .filter(LeftoverTasks::isLeftover)
                            .forEach(task -> leftovers.put(leftover, task));
                }
            }
            drop(leftovers);
            findings.questions().forEach(this::ask);
            outputs.removeIf(LeftoverTasks::discard);
        }
        catch (Throwable t) {
            log.error(t, "Error looking for tasks of coordinators that are gone");
        }
    }

    private static boolean isRunning(SqlTask task)
    {
        return !task.getTaskState().isTerminatingOrDone();
    }

    /**
     * Excludes a task that was only asked for: it may be a task of the query's next run, if its reader or coordinator asked before the
     * request that creates it arrived. It holds nothing, and the engine gives it up after a time.
     */
    private static boolean isLeftover(SqlTask task)
    {
        return isRunning(task) && wasMade(task);
    }

    private void drop(ListMultimap<Leftover, SqlTask> leftovers)
    {
        Map<TaskOwner, Integer> dropped = new HashMap<>();
        leftovers.forEach((leftover, task) -> {
            drop(task, new TrinoException(COORDINATOR_LOST, "Coordinator %s is gone, to which the task belonged: %s".formatted(leftover.owner(), leftover.death())));
            dropped.merge(leftover.owner(), 1, Integer::sum);
        });
        dropped.forEach((owner, count) -> log.warn("Dropped %s tasks of coordinator %s, which is gone", count, owner));
    }

    private void drop(SqlTask task, TrinoException reason)
    {
        TaskOutput output = new TaskOutput(task);
        output.expectNoMoreReaders();
        // memory and spill files go as the task's drivers end: at once, unless a driver is busy
        task.failed(reason);
        outputs.add(output);
        droppedTasks.incrementAndGet();
    }

    private static boolean discard(TaskOutput output)
    {
        try {
            return output.discard();
        }
        catch (RuntimeException e) {
            log.warn(e, "What task %s has put out stays until task.info.max-age is over", output.task().getTaskId());
            return true;
        }
    }

    private void ask(Question question)
    {
        Request request = prepareGet()
                .setUri(uriBuilderFrom(question.owner().address()).appendPath("/v1/process").build())
                .build();
        long askedNanos = nanoClock.getAsLong();
        Futures.addCallback(
                caller.call(request, identityCodec, QUESTION_TIMEOUT),
                new FutureCallback<ProcessIdentity>()
                {
                    @Override
                    public void onSuccess(ProcessIdentity identity)
                    {
                        boolean same = identity.processId().equals(question.owner().processId());
                        answered(question, same ? ProcessAnswer.SAME_PROCESS : ProcessAnswer.ANOTHER_PROCESS);
                    }

                    @Override
                    public void onFailure(Throwable failure)
                    {
                        if (!isRefused(failure)) {
                            answered(question, ProcessAnswer.UNCLEAR);
                            return;
                        }
                        answered(question, nanoClock.getAsLong() - askedNanos < REFUSAL_NANOS ? ProcessAnswer.REFUSED : ProcessAnswer.UNREACHABLE);
                    }
                },
                directExecutor());
    }

    private void answered(Question question, ProcessAnswer answer)
    {
        boolean gone;
        synchronized (lock) {
            gone = watch.answered(question, answer, nanoClock.getAsLong());
        }
        if (gone) {
            executor.execute(this::look);
        }
    }

    @Managed(description = "Tasks that were dropped because their coordinator is gone")
    public long getDroppedTasks()
    {
        return droppedTasks.get();
    }

    @Managed(description = "Coordinator processes that had tasks here and were found to be gone")
    public long getGoneCoordinators()
    {
        synchronized (lock) {
            return watch.deaths();
        }
    }

    @Managed(description = "Coordinator processes that were heard of after they had been found to be gone")
    public long getReturnedCoordinators()
    {
        synchronized (lock) {
            return watch.revivals();
        }
    }

    @Managed(description = "Coordinator processes that have tasks here, or had until a short while ago")
    public int getKnownCoordinators()
    {
        synchronized (lock) {
            return watch.owners().size();
        }
    }

    @Managed(description = "Requests of coordinators for tasks of a query that belongs, or belonged, to another one")
    public long getRefusedRequests()
    {
        return refusedRequests.get();
    }
}
