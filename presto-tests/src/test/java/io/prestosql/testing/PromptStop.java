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
package io.prestosql.testing;

import io.airlift.bootstrap.LifeCycleManager;
import io.trino.dispatcher.DispatchManager;
import io.trino.execution.QueryTracker;
import io.trino.execution.QueryTracker.TrackedQuery;
import io.trino.execution.SqlQueryManager;
import io.trino.execution.SqlTask;
import io.trino.execution.SqlTaskManager;
import io.trino.spi.TrinoException;
import jakarta.annotation.PreDestroy;

import java.lang.reflect.Field;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.trino.spi.StandardErrorCode.SERVER_SHUTTING_DOWN;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Ends the queries and tasks of a server right before the engine would, when the server stops. The engine sleeps for five seconds after it
 * has ended any, so that other nodes hear of that. Here, ports and connections are closed by then, so none would.
 */
public final class PromptStop
{
    private PromptStop() {}

    /**
     * Must be called before the server stops. In the order in which services stop, nothing else changes.
     */
    static void prepare(LifeCycleManager lifeCycleManager)
    {
        Queue<Object> instances = managedInstances(lifeCycleManager);
        for (int remaining = instances.size(); remaining > 0; remaining--) {
            Object instance = instances.remove();
            instances.add(instance);
            // what comes later in the queue stops earlier
            if (instance instanceof SqlTaskManager tasks) {
                instances.add(new EndOfTasks(tasks));
            }
            if (instance instanceof SqlQueryManager queries) {
                instances.add(new EndOfQueries(queries.getQueryTracker()));
            }
            if (instance instanceof DispatchManager queries) {
                instances.add(new EndOfQueries(queries.getQueryTracker()));
            }
        }
    }

    @SuppressWarnings("unchecked")
    private static Queue<Object> managedInstances(LifeCycleManager lifeCycleManager)
    {
        try {
            Field field = LifeCycleManager.class.getDeclaredField("managedInstances");
            field.setAccessible(true);
            return (Queue<Object>) field.get(lifeCycleManager);
        }
        catch (ReflectiveOperationException e) {
            throw new RuntimeException(e);
        }
    }

    private static TrinoException shuttingDown()
    {
        return new TrinoException(SERVER_SHUTTING_DOWN, "Server is shutting down");
    }

    /**
     * Fails all tasks of the manager, and returns when they are over, or the engine has to look after them.
     */
    public static void endTasks(SqlTaskManager tasks)
    {
        List<SqlTask> open = tasks.getAllTasks().stream()
                .filter(task -> !task.getTaskState().isDone())
                .collect(toImmutableList());
        CountDownLatch over = new CountDownLatch(open.size());
        for (SqlTask task : open) {
            // a listener hears of the last state once
            task.addStateChangeListener(state -> {
                if (state.isDone()) {
                    over.countDown();
                }
            });
            task.failed(shuttingDown());
        }
        try {
            over.await(2, SECONDS);
        }
        catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private record EndOfTasks(SqlTaskManager tasks)
    {
        private EndOfTasks
        {
            requireNonNull(tasks, "tasks is null");
        }

        @PreDestroy
        public void stop()
        {
            endTasks(tasks);
        }
    }

    private record EndOfQueries(QueryTracker<? extends TrackedQuery> queries)
    {
        private EndOfQueries
        {
            requireNonNull(queries, "queries is null");
        }

        @PreDestroy
        public void stop()
        {
            for (TrackedQuery query : queries.getAllQueries()) {
                if (!query.isDone()) {
                    query.fail(shuttingDown());
                }
            }
        }
    }
}
