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

import io.airlift.bootstrap.LifeCycleManager;
import jakarta.annotation.PreDestroy;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadPoolExecutor;

import static io.prestosql.node.LateTasks.dropLateTasks;
import static java.util.Objects.requireNonNull;

/**
 * Shuts an executor down with the server. Does so after everything that was created later has stopped, as that may need the executor.
 */
public record ExecutorShutdown(ExecutorService executor)
{
    public ExecutorShutdown
    {
        requireNonNull(executor, "executor is null");
    }

    /**
     * @return the executor, which from now on drops late tasks and is shut down by the life cycle
     */
    public static <T extends ThreadPoolExecutor> T endWith(LifeCycleManager lifeCycleManager, T executor)
    {
        lifeCycleManager.addInstance(new ExecutorShutdown(executor));
        return dropLateTasks(executor);
    }

    @PreDestroy
    public void stop()
    {
        executor.shutdownNow();
    }
}
