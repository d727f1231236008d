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

import com.google.common.util.concurrent.ListenableFuture;

import java.net.SocketTimeoutException;
import java.util.concurrent.TimeoutException;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

/**
 * The outcome of a call to another node. A node that refuses connections is dead. Its answer does not count as missing, because everything
 * it had is gone.
 */
public sealed interface Answer<T>
{
    record Given<T>(T value)
            implements Answer<T>
    {
        public Given
        {
            requireNonNull(value, "value is null");
        }
    }

    record Dead<T>()
            implements Answer<T> {}

    /**
     * @param reason a text that any client may see, unlike the failure itself, which may contain an address or a token
     */
    record Missing<T>(String reason)
            implements Answer<T>
    {
        public Missing
        {
            requireNonNull(reason, "reason is null");
        }
    }

    /**
     * @param done a completed call
     */
    static <T> Answer<T> of(ListenableFuture<T> done)
    {
        checkArgument(done.isDone(), "the question is not over");
        return switch (done.state()) {
            case SUCCESS -> new Given<>(done.resultNow());
            case FAILED -> of(done.exceptionNow());
            case CANCELLED, RUNNING -> new Missing<>("it was not asked to the end");
        };
    }

    static <T> Answer<T> of(Throwable failure)
    {
        if (JsonCaller.isRefused(failure)) {
            return new Dead<>();
        }
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            switch (cause) {
                case TimeoutException _, SocketTimeoutException _ -> {
                    return new Missing<>("it does not answer");
                }
                case NotLeaderException _ -> {
                    return new Missing<>("no dispatcher leads it");
                }
                case ProtocolMismatchException mismatch -> {
                    return new Missing<>("it " + mismatch.description());
                }
                case CoordinatorCallException call -> {
                    return new Missing<>("it answers with status " + call.getStatus());
                }
                default -> {}
            }
        }
        return new Missing<>("its answer was cut off");
    }
}
