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

import com.google.common.collect.ImmutableList;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.prestosql.protocol.FailureBound;
import io.prestosql.rpc.CoordinatorCallException;
import io.prestosql.rpc.FirstSuccess;
import io.prestosql.rpc.NotLeaderException;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.spi.QueryId;
import io.trino.spi.security.Identity;
import jakarta.ws.rs.NotFoundException;

import java.util.Optional;
import java.util.function.Consumer;

import static com.google.common.base.Throwables.throwIfUnchecked;
import static com.google.common.util.concurrent.Futures.catching;
import static com.google.common.util.concurrent.Futures.immediateFuture;
import static com.google.common.util.concurrent.Futures.transform;
import static com.google.common.util.concurrent.Futures.transformAsync;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.prestosql.rpc.JsonCaller.isRefused;
import static java.util.Objects.requireNonNull;

/**
 * Fails queries anywhere in the cluster, in the queue or on a coordinator, with or without a leader.
 */
public class QueryKiller
{
    private final ClusterView view;
    private final QueueView queue;

    public enum Outcome
    {
        /** The query has failed or will fail: the order cannot be lost. */
        ORDERED,
        /** The query is over. */
        NOT_RUNNING,
        NOT_FOUND,
    }

    @Inject
    public QueryKiller(ClusterView view, QueueView queue)
    {
        this.view = requireNonNull(view, "view is null");
        this.queue = requireNonNull(queue, "queue is null");
    }

    /**
     * @param reason the query's failure, kept only up to the size of {@link FailureBound#DEFAULT}
     * @param ownerCheck gets the query's owner, and throws the call's failure if the query must not be killed
     * @return with {@link Outcome#NOT_FOUND}, a node that has not answered may have the query; fails when no node is certain to have
     * received the order
     */
    public ListenableFuture<View<Outcome>> kill(QueryId queryId, ExecutionFailureInfo reason, Consumer<Identity> ownerCheck)
    {
        ExecutionFailureInfo boundedReason = FailureBound.DEFAULT.apply(reason);
        return transformAsync(
                view.findQuery(queryId),
                found -> {
                    if (found.value().isEmpty()) {
                        return immediateFuture(found.map(_ -> Outcome.NOT_FOUND));
                    }
                    Found<ViewedQuery> query = found.value().get();
                    ownerCheck.accept(query.value().info().getSession().toIdentity());
                    if (query.done()) {
                        return immediateFuture(found.map(_ -> Outcome.NOT_RUNNING));
                    }
                    return transform(order(queryId, query.coordinator(), boundedReason), outcome -> found.map(_ -> outcome), directExecutor());
                },
                directExecutor());
    }

    /**
     * Sends the order to the queue, which records it and carries it out, and to the query's coordinator, which fails the query at once even
     * without a leader.
     */
    private ListenableFuture<Outcome> order(QueryId queryId, Optional<String> coordinator, ExecutionFailureInfo reason)
    {
        ImmutableList.Builder<ListenableFuture<Void>> orders = ImmutableList.builder();
        orders.add(queue.fail(queryId, reason));
        coordinator.ifPresent(nodeId -> orders.add(view.failAt(nodeId, queryId, reason)));
        return catching(
                transform(FirstSuccess.of(orders.build(), QueryKiller::weight), _ -> Outcome.ORDERED, directExecutor()),
                Exception.class,
                failure -> {
                    if (isGone(failure)) {
                        // the query has ended since it was found
                        return Outcome.NOT_RUNNING;
                    }
                    throwIfUnchecked(failure);
                    throw new RuntimeException(failure);
                },
                directExecutor());
    }

    private static int weight(Throwable failure)
    {
        if (failure instanceof NotLeaderException || isRefused(failure)) {
            return 0;
        }
        return isGone(failure) ? 1 : 2;
    }

    private static boolean isGone(Throwable failure)
    {
        return failure instanceof NotFoundException || (failure instanceof CoordinatorCallException call && call.getStatus() == 404);
    }
}
