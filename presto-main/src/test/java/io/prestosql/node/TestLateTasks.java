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

import org.junit.jupiter.api.Test;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;

import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.prestosql.node.LateTasks.dropLateTasks;
import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestLateTasks
{
    @Test
    public void testDroppedAfterTheEnd()
    {
        ScheduledThreadPoolExecutor executor = dropLateTasks(new ScheduledThreadPoolExecutor(1, daemonThreadsNamed("late-%s")));
        executor.shutdownNow();
        executor.execute(() -> {
            throw new AssertionError("A dropped task has run");
        });
        Future<?> submitted = executor.submit(() -> {});
        Future<?> delayed = executor.schedule(() -> {}, 1, HOURS);
        Future<?> repeated = executor.scheduleWithFixedDelay(() -> {}, 0, 1, HOURS);
        // cancelled, so that no caller waits for these tasks
        assertThat(submitted).isCancelled();
        assertThat(delayed).isCancelled();
        assertThat(repeated).isCancelled();
    }

    @Test
    public void testRunBeforeTheEnd()
            throws Exception
    {
        ScheduledThreadPoolExecutor executor = dropLateTasks(new ScheduledThreadPoolExecutor(1, daemonThreadsNamed("late-%s")));
        assertThat(executor.submit(() -> "done").get(30, SECONDS)).isEqualTo("done");
        executor.shutdownNow();
    }

    @Test
    public void testFullExecutorStillRejects()
    {
        ThreadPoolExecutor executor = dropLateTasks(new ThreadPoolExecutor(0, 1, 1, SECONDS, new SynchronousQueue<>(), daemonThreadsNamed("late-%s")));
        CountDownLatch end = new CountDownLatch(1);
        executor.execute(() -> {
            try {
                end.await();
            }
            catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        assertThatThrownBy(() -> executor.execute(() -> {}))
                .isInstanceOf(RejectedExecutionException.class);
        end.countDown();
        executor.shutdownNow();
    }
}
