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
import io.airlift.units.Duration;
import io.prestosql.dispatcher.admission.QueryOutcome;
import io.prestosql.dispatcher.admission.QuerySubmission;
import io.prestosql.queries.QueryDetails;
import io.prestosql.queries.QueueView;
import io.prestosql.queries.ViewedQuery;
import io.prestosql.rpc.NotLeaderException;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.spi.QueryId;
import org.weakref.jmx.Managed;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

import static java.util.Objects.requireNonNull;

/**
 * Routes each call to the dispatcher that leads the queue. While no dispatcher leads, or the leader does not answer, a call is held and
 * repeated, so that the client sees a pause and no error. A call that is not answered in time fails with {@link NotLeaderException}.
 */
public class LeaderRoutingQueueService
        implements QueueService
{
    private final LocalQueueService localQueue;
    private final RemoteQueueServiceFactory remoteQueues;
    private final LeaderCalls calls;

    @Inject
    public LeaderRoutingQueueService(LocalQueueService localQueue, RemoteQueueServiceFactory remoteQueues, LeaderCalls calls)
    {
        this.localQueue = requireNonNull(localQueue, "localQueue is null");
        this.remoteQueues = requireNonNull(remoteQueues, "remoteQueues is null");
        this.calls = requireNonNull(calls, "calls is null");
    }

    @Override
    public ListenableFuture<QueueAnswer> submit(QuerySubmission submission)
    {
        return call(elected -> elected.submit(submission));
    }

    @Override
    public ListenableFuture<QueueAnswer> poll(QueryId queryId, String slug, long token, Duration maxWait)
    {
        return call(elected -> elected.poll(queryId, slug, token, maxWait));
    }

    @Override
    public ListenableFuture<Void> cancel(QueryId queryId, String slug, long token)
    {
        return call(elected -> elected.cancel(queryId, slug, token));
    }

    @Override
    public ListenableFuture<Optional<QueryOutcome>> outcome(QueryId queryId)
    {
        return call(elected -> elected.outcome(queryId));
    }

    @Override
    public ListenableFuture<Void> fail(QueryId queryId, ExecutionFailureInfo reason)
    {
        return call(elected -> elected.fail(queryId, reason));
    }

    @Override
    public ListenableFuture<List<ViewedQuery>> getQueries()
    {
        return callOnce(QueueView::getQueries);
    }

    @Override
    public ListenableFuture<Optional<ViewedQuery>> findQuery(QueryId queryId)
    {
        return callOnce(leader -> leader.findQuery(queryId));
    }

    @Override
    public ListenableFuture<Optional<QueryDetails>> findDetails(QueryId queryId, boolean pruned)
    {
        return callOnce(leader -> leader.findDetails(queryId, pruned));
    }

    /**
     * Fails all open calls, as this dispatcher stops. Their callers ask again elsewhere.
     */
    public void giveUp()
    {
        calls.giveUp();
    }

    private <T> ListenableFuture<T> call(Function<QueueService, ListenableFuture<T>> request)
    {
        return calls.call(() -> request.apply(localQueue), leader -> request.apply(remoteQueues.create(leader)));
    }

    /**
     * Asks once. A call that only shows queries is not held while no dispatcher leads: queries on coordinators can be shown without a leader.
     */
    private <T> ListenableFuture<T> callOnce(Function<QueueView, ListenableFuture<T>> question)
    {
        return calls.callOnce(() -> question.apply(localQueue), leader -> question.apply(remoteQueues.create(leader)));
    }

    @Managed(description = "Requests of clients that were passed on to the dispatcher that leads the queue")
    public long getForwardedCalls()
    {
        return calls.forwardedCalls();
    }

    @Managed(description = "Requests of clients that were held until dispatcher.leader-timeout, as no dispatcher led the queue")
    public long getUnansweredCalls()
    {
        return calls.unansweredCalls();
    }

    @Managed(description = "Requests of clients that wait for the queue's answer")
    public int getPendingCalls()
    {
        return calls.pendingCalls();
    }
}
