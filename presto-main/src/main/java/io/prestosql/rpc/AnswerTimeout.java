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

import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.ListenableFuture;
import io.airlift.units.Duration;

import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeoutException;

import static com.google.common.util.concurrent.Futures.immediateFailedFuture;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * Limits the wait for the answer of another node.
 */
public final class AnswerTimeout
{
    private AnswerTimeout() {}

    /**
     * Fails with {@link TimeoutException} when there is no answer in time. Its message may be logged, unlike that of the exception that a
     * future itself creates: that one shows the request, with the token that proves who this node is.
     */
    public static <T> ListenableFuture<T> withTimeout(ListenableFuture<T> answer, Duration timeout, ScheduledExecutorService executor)
    {
        return FluentFuture.from(answer)
                .withTimeout(timeout.toMillis(), MILLISECONDS, executor)
                .catchingAsync(TimeoutException.class, _ -> immediateFailedFuture(new TimeoutException("no answer within " + timeout)), directExecutor());
    }
}
