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
 * A read-only view of the queue. Each call fails with {@link io.prestosql.rpc.NotLeaderException} when no leader is known.
 */
public interface QueueView
{
    /**
     * Returns the queries that the queue knows, including ended queries as long as they are kept.
     */
    ListenableFuture<List<ViewedQuery>> getQueries();

    /**
     * @return empty when the queue does not have the query, or has nothing to show of it
     */
    ListenableFuture<Optional<ViewedQuery>> findQuery(QueryId queryId);

    /**
     * @return empty when the queue does not have the query, or has nothing to show of it
     */
    ListenableFuture<Optional<QueryDetails>> findDetails(QueryId queryId, boolean pruned);

    /**
     * Fails the query, wherever it is.
     *
     * @return completes when the order cannot be lost; fails when the queue does not have the query
     */
    ListenableFuture<Void> fail(QueryId queryId, ExecutionFailureInfo reason);
}
