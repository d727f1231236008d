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
package io.prestosql.dispatcher.admission;

import com.google.common.util.concurrent.ListenableFuture;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextKey;
import io.prestosql.protocol.ClientRequest;
import io.prestosql.queries.SubmissionTime;

import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * The values that the engine's dispatch manager cannot hand on to the query that it creates. They travel in the {@link Context}.
 *
 * @param query the client's side of the query, which must know the created query before the resource groups do
 * @param epoch the epoch of the leader that has the query
 * @param mayRun whether an earlier leader has dispatched the query, so that it may be running already
 * @param submissionTime when the query was submitted
 * @param turn done when all queries that go before this one are in the resource groups
 */
record QueryOrder(ClientQuery query, long epoch, boolean mayRun, SubmissionTime submissionTime, ListenableFuture<Void> turn)
{
    private static final ContextKey<QueryOrder> CONTEXT_KEY = ContextKey.named("presto-query-order");

    QueryOrder
    {
        requireNonNull(query, "query is null");
        requireNonNull(submissionTime, "submissionTime is null");
        requireNonNull(turn, "turn is null");
    }

    static Optional<QueryOrder> fromContext(Context context)
    {
        return Optional.ofNullable(context.get(CONTEXT_KEY));
    }

    ClientRequest request()
    {
        return query.submittedQuery().request();
    }

    Context inContext(Context context)
    {
        return submissionTime.inContext(context.with(CONTEXT_KEY, this));
    }
}
