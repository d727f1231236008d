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
package io.prestosql.queries;

import com.google.common.util.concurrent.ListenableFuture;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.spi.QueryId;

import java.util.List;
import java.util.Optional;

/**
 * The part of the queue that is only looked at. Each call fails with {@link io.prestosql.rpc.NotLeaderException} when no dispatcher is known to
 * lead.
 */
public interface QueueView
{
    /**
     * The queries that the queue knows, those that are over included, as long as they are kept.
     */
    ListenableFuture<List<ViewedQuery>> getQueries();

    /**
     * @return empty when the queue has no such query, or nothing to show of it
     */
    ListenableFuture<Optional<ViewedQuery>> findQuery(QueryId queryId);

    /**
     * @return empty when the queue has no such query, or nothing to show of it
     */
    ListenableFuture<Optional<QueryDetails>> findDetails(QueryId queryId, boolean pruned);

    /**
     * Fails the query, wherever it is.
     *
     * @return done when the order will not be forgotten; fails when the queue has no such query
     */
    ListenableFuture<Void> fail(QueryId queryId, ExecutionFailureInfo reason);
}
