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
package io.prestosql.dispatcher.leader;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.prestosql.dispatcher.admission.LeaderTerm;
import io.prestosql.dispatcher.admission.QueueAdmission;
import io.prestosql.dispatcher.admission.RemoteDispatchQuery;
import io.prestosql.node.CoordinatorLink;
import io.prestosql.queries.QueryDetails;
import io.prestosql.queries.QueueView;
import io.prestosql.queries.ViewedQuery;
import io.prestosql.rpc.NotLeaderException;
import io.trino.dispatcher.DispatchQuery;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.spi.QueryId;

import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.util.concurrent.Futures.immediateFailedFuture;
import static com.google.common.util.concurrent.Futures.immediateFuture;
import static java.util.Objects.requireNonNull;

/**
 * What this dispatcher knows of the queries in the queue, while it leads it. Of those that are with a coordinator, that one knows more.
 */
public class LedQueries
        implements QueueView
{
    private final QueueAdmission queue;
    private final LocalQueueService localQueue;
    private final ObjectMapper objectMapper;

    @Inject
    public LedQueries(QueueAdmission queue, LocalQueueService localQueue, ObjectMapper objectMapper)
    {
        this.queue = requireNonNull(queue, "queue is null");
        this.localQueue = requireNonNull(localQueue, "localQueue is null");
        this.objectMapper = requireNonNull(objectMapper, "objectMapper is null");
    }

    @Override
    public ListenableFuture<List<ViewedQuery>> getQueries()
    {
        Optional<LeaderTerm> term = queue.term();
        if (term.isEmpty()) {
            return immediateFailedFuture(new NotLeaderException());
        }
        return immediateFuture(term.get().dispatchManager().getQueries().stream()
                .map(info -> find(term.get(), info.getQueryId()))
                .flatMap(Optional::stream)
                .map(query -> view(term.get(), query))
                .collect(toImmutableList()));
    }

    @Override
    public ListenableFuture<Optional<ViewedQuery>> findQuery(QueryId queryId)
    {
        return queue.term()
                .map(term -> immediateFuture(find(term, queryId).map(query -> view(term, query))))
                .orElseGet(() -> immediateFailedFuture(new NotLeaderException()));
    }

    @Override
    public ListenableFuture<Optional<QueryDetails>> findDetails(QueryId queryId, boolean pruned)
    {
        return queue.term()
                .map(term -> immediateFuture(find(term, queryId).map(query -> new QueryDetails(objectMapper.valueToTree(query.getFullQueryInfo()), coordinator(term, queryId)))))
                .orElseGet(() -> immediateFailedFuture(new NotLeaderException()));
    }

    @Override
    public ListenableFuture<Void> fail(QueryId queryId, ExecutionFailureInfo reason)
    {
        return localQueue.fail(queryId, reason);
    }

    private static ViewedQuery view(LeaderTerm term, DispatchQuery query)
    {
        long queuedMillis = term.remoteQuery(query.getQueryId()).map(RemoteDispatchQuery::queuedBeforeMillis).orElse(0L);
        return ViewedQuery.create(query, coordinator(term, query.getQueryId()), queuedMillis);
    }

    private static Optional<String> coordinator(LeaderTerm term, QueryId queryId)
    {
        return term.remoteQuery(queryId)
                .flatMap(RemoteDispatchQuery::coordinator)
                .map(CoordinatorLink::nodeId);
    }

    private static Optional<DispatchQuery> find(LeaderTerm term, QueryId queryId)
    {
        try {
            return Optional.of(term.dispatchManager().getQuery(queryId));
        }
        catch (NoSuchElementException e) {
            return Optional.empty();
        }
    }
}
