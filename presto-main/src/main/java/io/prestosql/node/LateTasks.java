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
package io.prestosql.node;

import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.RejectedExecutionHandler;
import java.util.concurrent.ThreadPoolExecutor;

/**
 * Drops the tasks that reach an executor after its end. While a server stops, answers still arrive, calls still fail, and repeated tasks
 * still schedule their next run. All of these are useless by then, and a rejection would put an error into the log of a healthy stop.
 * <p>
 * A dropped task that is a future is cancelled, so that no thread waits for it. A task that an executor cannot take before its end is
 * rejected as usual.
 */
public final class LateTasks
        implements RejectedExecutionHandler
{
    private static final LateTasks DROPPED = new LateTasks();

    private LateTasks() {}

    /**
     * @return the same executor, which drops late tasks from now on
     */
    public static <T extends ThreadPoolExecutor> T dropLateTasks(T executor)
    {
        executor.setRejectedExecutionHandler(DROPPED);
        return executor;
    }

    @Override
    public void rejectedExecution(Runnable task, ThreadPoolExecutor executor)
    {
        if (!executor.isShutdown()) {
            throw new RejectedExecutionException("Task %s does not fit into %s".formatted(task, executor));
        }
        if (task instanceof Future<?> future) {
            future.cancel(false);
        }
    }
}
