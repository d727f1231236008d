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
package io.prestosql.dispatcher.clusters;

import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.SettableFuture;
import io.prestosql.rpc.NotLeaderException;
import io.prestosql.spi.querylog.DeposedException;

import java.util.concurrent.CompletableFuture;

import static io.airlift.concurrent.MoreFutures.unwrapCompletionException;

/**
 * A write of the leader to the query log, as those see it who may ask another leader.
 */
final class LeaderWrite
{
    private LeaderWrite() {}

    /**
     * @return fails with {@link NotLeaderException} instead of {@link DeposedException}; when it is cancelled, the write goes on
     */
    static FluentFuture<Void> of(CompletableFuture<Void> write)
    {
        SettableFuture<Void> result = SettableFuture.create();
        CompletableFuture<Void> _ = write.whenComplete((_, failure) -> {
            if (failure == null) {
                result.set(null);
                return;
            }
            Throwable cause = unwrapCompletionException(failure);
            result.setException(cause instanceof DeposedException ? new NotLeaderException() : cause);
        });
        return FluentFuture.from(result);
    }
}
