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

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.ToIntFunction;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;

/**
 * Returns the first successful call.
 */
public final class FirstSuccess
{
    private FirstSuccess() {}

    /**
     * Returns the result of the first call that succeeds. When all fail, the returned future fails with the failure of most weight.
     *
     * @param weight how much a failure tells; least for one that says that another node has to be asked
     */
    public static <T> ListenableFuture<T> of(List<ListenableFuture<T>> calls, ToIntFunction<Throwable> weight)
    {
        checkArgument(!calls.isEmpty(), "calls is empty");
        SettableFuture<T> result = SettableFuture.create();
        AtomicInteger outstanding = new AtomicInteger(calls.size());
        AtomicReference<Throwable> worst = new AtomicReference<>();
        for (ListenableFuture<T> call : calls) {
            Futures.addCallback(call, new FutureCallback<>()
            {
                @Override
                public void onSuccess(T value)
                {
                    result.set(value);
                }

                @Override
                public void onFailure(Throwable failure)
                {
                    worst.accumulateAndGet(failure, (known, other) -> known == null || weight.applyAsInt(other) > weight.applyAsInt(known) ? other : known);
                    if (outstanding.decrementAndGet() == 0) {
                        result.setException(worst.get());
                    }
                }
            }, directExecutor());
        }
        return result;
    }
}
