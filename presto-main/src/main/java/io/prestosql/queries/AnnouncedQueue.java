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
import com.google.inject.Inject;
import io.airlift.discovery.client.ServiceSelector;
import io.airlift.discovery.client.ServiceType;
import io.prestosql.node.InternalAddresses;
import io.prestosql.rpc.FirstSuccess;
import io.prestosql.rpc.JsonCaller;
import io.prestosql.rpc.NotLeaderException;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.spi.QueryId;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.util.concurrent.Futures.immediateFailedFuture;
import static io.prestosql.node.ServiceNames.DISPATCHER_SERVICE;
import static java.util.Objects.requireNonNull;

/**
 * The queue as seen by a coordinator that is not a dispatcher. It does not know the leader, so it asks every announced dispatcher, and the
 * leader answers.
 */
public class AnnouncedQueue
        implements QueueView
{
    private final ServiceSelector dispatchers;
    private final QueueViewClient client;
    private final InternalAddresses addresses;

    @Inject
    public AnnouncedQueue(
            @ServiceType(DISPATCHER_SERVICE) ServiceSelector dispatchers,
            QueueViewClient client,
            InternalAddresses addresses)
    {
        this.dispatchers = requireNonNull(dispatchers, "dispatchers is null");
        this.client = requireNonNull(client, "client is null");
        this.addresses = requireNonNull(addresses, "addresses is null");
    }

    @Override
    public ListenableFuture<List<ViewedQuery>> getQueries()
    {
        return ask(QueueView::getQueries);
    }

    @Override
    public ListenableFuture<Optional<ViewedQuery>> findQuery(QueryId queryId)
    {
        return ask(queue -> queue.findQuery(queryId));
    }

    @Override
    public ListenableFuture<Optional<QueryDetails>> findDetails(QueryId queryId, boolean pruned)
    {
        return ask(queue -> queue.findDetails(queryId, pruned));
    }

    @Override
    public ListenableFuture<Void> fail(QueryId queryId, ExecutionFailureInfo reason)
    {
        return ask(queue -> queue.fail(queryId, reason));
    }

    private <T> ListenableFuture<T> ask(Function<QueueView, ListenableFuture<T>> question)
    {
        List<ListenableFuture<T>> answers = addresses.of(dispatchers).values().stream()
                .map(address -> question.apply(client.queueOf(address)))
                .collect(toImmutableList());
        if (answers.isEmpty()) {
            return immediateFailedFuture(new NotLeaderException());
        }
        return FirstSuccess.of(answers, failure -> failure instanceof NotLeaderException || JsonCaller.isRefused(failure) ? 0 : 1);
    }
}
