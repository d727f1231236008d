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
package io.prestosql.rpc;

import com.google.common.util.concurrent.AbstractFuture;
import com.google.common.util.concurrent.ListenableFuture;
import io.airlift.units.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeoutException;

import static com.google.common.base.Throwables.getStackTraceAsString;
import static com.google.common.util.concurrent.Futures.immediateFailedFuture;
import static com.google.common.util.concurrent.Futures.immediateFuture;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.prestosql.rpc.AnswerTimeout.withTimeout;
import static java.util.concurrent.Executors.newSingleThreadScheduledExecutor;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

@TestInstance(PER_CLASS)
public class TestAnswerTimeout
{
    private final ScheduledExecutorService executor = newSingleThreadScheduledExecutor(daemonThreadsNamed("timeout-%s"));

    @AfterAll
    public void tearDown()
    {
        executor.shutdownNow();
    }

    @Test
    public void testTimeoutDoesNotShowTheRequest()
    {
        Unanswered unanswered = new Unanswered();
        ListenableFuture<Object> answer = withTimeout(unanswered, new Duration(10, MILLISECONDS), executor);
        assertThatThrownBy(() -> answer.get(60, SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(TimeoutException.class)
                .hasRootCauseMessage("no answer within 10.00ms")
                .satisfies(failure -> assertThat(getStackTraceAsString(failure)).doesNotContain("secret token"));
        // the request is cancelled after its caller has been told
        await().until(unanswered::isCancelled);
    }

    @Test
    public void testAnswer()
            throws Exception
    {
        assertThat(withTimeout(immediateFuture("answer"), new Duration(60, SECONDS), executor).get()).isEqualTo("answer");
        assertThatThrownBy(() -> withTimeout(immediateFailedFuture(new IllegalStateException("refused")), new Duration(60, SECONDS), executor).get())
                .hasRootCauseMessage("refused");
    }

    private static class Unanswered
            extends AbstractFuture<Object>
    {
        @Override
        public String toString()
        {
            return "request with a secret token";
        }
    }
}
