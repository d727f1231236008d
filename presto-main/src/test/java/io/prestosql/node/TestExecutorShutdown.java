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

import com.google.inject.Injector;
import io.airlift.bootstrap.Bootstrap;
import io.airlift.bootstrap.LifeCycleManager;
import org.junit.jupiter.api.Test;

import java.util.concurrent.ScheduledThreadPoolExecutor;

import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.prestosql.node.ExecutorShutdown.endWith;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

public class TestExecutorShutdown
{
    @Test
    public void testEndsWithTheServerAndDropsWhatComesLater()
            throws Exception
    {
        Injector injector = new Bootstrap(_ -> {})
                .quiet()
                .doNotInitializeLogging()
                .initialize();
        LifeCycleManager lifeCycleManager = injector.getInstance(LifeCycleManager.class);
        ScheduledThreadPoolExecutor executor = endWith(lifeCycleManager, new ScheduledThreadPoolExecutor(1, daemonThreadsNamed("ending-%s")));
        assertThat(executor.submit(() -> "done").get(30, SECONDS)).isEqualTo("done");

        lifeCycleManager.stop();
        assertThat(executor.isShutdown()).isTrue();
        assertThat(executor.schedule(() -> "too late", 0, SECONDS).isCancelled()).isTrue();
    }
}
