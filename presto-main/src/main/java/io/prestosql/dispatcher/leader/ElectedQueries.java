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

import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.prestosql.dispatcher.admission.QueueAdmission;
import io.prestosql.queries.QueryDetails;
import io.prestosql.queries.QueueView;
import io.prestosql.queries.QueueViewClient;
import io.prestosql.queries.ViewedQuery;
import io.prestosql.queue.QueueDriver;
import io.prestosql.rpc.NotLeaderException;
import io.prestosql.spi.querylog.QueryLogMember;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.spi.QueryId;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

import static com.google.common.util.concurrent.Futures.immediateFailedFuture;
import static java.util.Objects.requireNonNull;

/**
 * The queue as a dispatcher sees it, whoever leads it. Unlike what clients ask of the queue, a look at it is not held while nobody leads: what is
 * on coordinators can be shown all the same.
 */
public class ElectedQueries
        implements QueueView
{
    private final LedQueries ledQueries;
    private final LeaderRoutingQueueService queueService;
    private final QueueViewClient client;
    private final QueueAdmission queue;
    private final QueueDriver driver;

    @Inject
    public ElectedQueries(LedQueries ledQueries, LeaderRoutingQueueService queueService, QueueViewClient client, QueueAdmission queue, QueueDriver driver)
    {
        this.ledQueries = requireNonNull(ledQueries, "ledQueries is null");
        this.queueService = requireNonNull(queueService, "queueService is null");
        this.client = requireNonNull(client, "client is null");
        this.queue = requireNonNull(queue, "queue is null");
        this.driver = requireNonNull(driver, "driver is null");
    }

    @Override
    public ListenableFuture<List<ViewedQuery>> getQueries()
    {
        return ask(QueueView::getQueries);
    }

    @Override
    public ListenableFuture<Optional<ViewedQuery>> findQuery(QueryId queryId)
    {
        return ask(leader -> leader.findQuery(queryId));
    }

    @Override
    public ListenableFuture<Optional<QueryDetails>> findDetails(QueryId queryId, boolean pruned)
    {
        return ask(leader -> leader.findDetails(queryId, pruned));
    }

    /**
     * Held while nobody leads, for at most {@code dispatcher.leader-timeout}.
     */
    @Override
    public ListenableFuture<Void> fail(QueryId queryId, ExecutionFailureInfo reason)
    {
        return queueService.fail(queryId, reason);
    }

    private <T> ListenableFuture<T> ask(Function<QueueView, ListenableFuture<T>> question)
    {
        if (queue.isLeading()) {
            return question.apply(ledQueries);
        }
        return driver.getOtherLeader()
                .map(QueryLogMember::address)
                .map(address -> question.apply(client.queueOf(address)))
                .orElseGet(() -> immediateFailedFuture(new NotLeaderException()));
    }
}
