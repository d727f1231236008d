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
import io.prestosql.dispatcher.admission.QueueAdmission;
import io.prestosql.queries.QueryDetails;
import io.prestosql.queries.QueueView;
import io.prestosql.queries.ViewedQuery;
import io.prestosql.queue.QueryTooLargeException;
import io.prestosql.queue.QueueDriver;
import io.prestosql.rpc.NotLeaderException;
import io.prestosql.spi.querylog.QueryLogMember;
import io.trino.dispatcher.DispatchExecutor;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.spi.QueryId;
import jakarta.annotation.PostConstruct;
import jakarta.ws.rs.WebApplicationException;
import org.weakref.jmx.Managed;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

import static com.google.common.util.concurrent.Futures.immediateFailedFuture;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
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
    private final QueueAdmission queue;
    private final QueueDriver driver;
    private final Duration leaderTimeout;
    private final Executor executor;
    private final ScheduledExecutorService scheduler;
    private final Set<LeaderCall<Leader, ?>> calls = ConcurrentHashMap.newKeySet();
    private final AtomicLong forwardedCalls = new AtomicLong();
    private final AtomicLong unansweredCalls = new AtomicLong();

    @Inject
    public LeaderRoutingQueueService(
            LocalQueueService localQueue,
            RemoteQueueServiceFactory remoteQueues,
            QueueAdmission queue,
            QueueDriver driver,
            LeaderRoutingConfig config,
            DispatchExecutor dispatchExecutor)
    {
        this.localQueue = requireNonNull(localQueue, "localQueue is null");
        this.remoteQueues = requireNonNull(remoteQueues, "remoteQueues is null");
        this.queue = requireNonNull(queue, "queue is null");
        this.driver = requireNonNull(driver, "driver is null");
        this.leaderTimeout = config.getLeaderTimeout();
        this.executor = dispatchExecutor.getExecutor();
        this.scheduler = dispatchExecutor.getScheduledExecutor();
    }

    @PostConstruct
    public void start()
    {
        driver.setChangeListener(() -> executor.execute(() -> calls.forEach(LeaderCall::leaderChanged)));
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
        calls.forEach(LeaderCall::giveUp);
    }

    private <T> ListenableFuture<T> call(Function<QueueService, ListenableFuture<T>> request)
    {
        LeaderCall<Leader, T> call = new LeaderCall<>(
                this::findLeader,
                leader -> {
                    if (leader.address().isPresent()) {
                        forwardedCalls.incrementAndGet();
                    }
                    return request.apply(queueOf(leader));
                },
                LeaderRoutingQueueService::isFinal,
                unansweredCalls::incrementAndGet,
                scheduler);
        calls.add(call);
        call.result().addListener(() -> calls.remove(call), directExecutor());
        call.start(leaderTimeout);
        return call.result();
    }

    /**
     * Asks once. A call that only shows queries is not held while no dispatcher leads: queries on coordinators can be shown without a leader.
     */
    private <T> ListenableFuture<T> callOnce(Function<QueueView, ListenableFuture<T>> question)
    {
        return findLeader()
                .map(leader -> question.apply(queueOf(leader)))
                .orElseGet(() -> immediateFailedFuture(new NotLeaderException()));
    }

    private QueueService queueOf(Leader leader)
    {
        return leader.address()
                .<QueueService>map(remoteQueues::create)
                .orElse(localQueue);
    }

    /**
     * Returns the leader, as far as this dispatcher knows it. The address is empty when this dispatcher leads.
     */
    private Optional<Leader> findLeader()
    {
        if (queue.isLeading()) {
            return Optional.of(new Leader(Optional.empty()));
        }
        return driver.getOtherLeader()
                .map(QueryLogMember::address)
                .map(address -> new Leader(Optional.of(address)));
    }

    private record Leader(Optional<URI> address) {}

    /**
     * Returns whether asking again would bring the same failure.
     */
    private static boolean isFinal(Throwable failure)
    {
        return failure instanceof WebApplicationException || failure instanceof QueryTooLargeException;
    }

    @Managed(description = "Requests of clients that were passed on to the dispatcher that leads the queue")
    public long getForwardedCalls()
    {
        return forwardedCalls.get();
    }

    @Managed(description = "Requests of clients that were held until dispatcher.leader-timeout, as no dispatcher led the queue")
    public long getUnansweredCalls()
    {
        return unansweredCalls.get();
    }

    @Managed(description = "Requests of clients that wait for the queue's answer")
    public int getPendingCalls()
    {
        return calls.size();
    }
}
