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
import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.airlift.units.Duration;
import io.prestosql.dispatcher.admission.ClientQuery;
import io.prestosql.dispatcher.admission.LeaderTerm;
import io.prestosql.dispatcher.admission.QueryOutcome;
import io.prestosql.dispatcher.admission.QuerySubmission;
import io.prestosql.dispatcher.admission.QueryTimes;
import io.prestosql.dispatcher.admission.QueueAdmission;
import io.prestosql.dispatcher.admission.RemoteDispatchQuery;
import io.prestosql.node.CoordinatorLink;
import io.prestosql.queries.EachQuery;
import io.prestosql.queries.QueryDetails;
import io.prestosql.queries.ViewedQuery;
import io.prestosql.queue.QueueDriver;
import io.prestosql.queue.core.QueryEnd;
import io.prestosql.queue.core.QueryFailure;
import io.prestosql.rpc.NotLeaderException;
import io.trino.dispatcher.DispatchExecutor;
import io.trino.dispatcher.DispatchQuery;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.server.HttpRequestSessionContextFactory;
import io.trino.server.SessionContext;
import io.trino.spi.QueryId;
import io.trino.spi.TrinoException;
import jakarta.ws.rs.NotFoundException;

import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeoutException;

import static com.google.common.util.concurrent.Futures.immediateFailedFuture;
import static com.google.common.util.concurrent.Futures.immediateFuture;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.concurrent.MoreFutures.toListenableFuture;
import static io.trino.spi.StandardErrorCode.USER_CANCELED;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * The queue in this process, while this dispatcher leads it.
 */
public class LocalQueueService
        implements QueueService
{
    private static final Logger log = Logger.get(LocalQueueService.class);

    private final QueueAdmission queue;
    private final QueueDriver driver;
    private final HttpRequestSessionContextFactory sessionContextFactory;
    private final ObjectMapper objectMapper;
    private final Executor responseExecutor;
    private final ScheduledExecutorService timeoutExecutor;
    private final EachQuery shown = new EachQuery(log, "showing");

    @Inject
    public LocalQueueService(
            QueueAdmission queue,
            QueueDriver driver,
            HttpRequestSessionContextFactory sessionContextFactory,
            ObjectMapper objectMapper,
            DispatchExecutor executor)
    {
        this.queue = requireNonNull(queue, "queue is null");
        this.driver = requireNonNull(driver, "driver is null");
        this.sessionContextFactory = requireNonNull(sessionContextFactory, "sessionContextFactory is null");
        this.objectMapper = requireNonNull(objectMapper, "objectMapper is null");
        this.responseExecutor = executor.getExecutor();
        this.timeoutExecutor = executor.getScheduledExecutor();
    }

    @Override
    public ListenableFuture<QueueAnswer> submit(QuerySubmission submission)
    {
        if (!queue.isLeading()) {
            return immediateFailedFuture(new NotLeaderException());
        }
        SessionContext sessionContext = submission.sessionContext()
                .orElseGet(() -> submission.query().request().createSessionContext(sessionContextFactory));
        return FluentFuture.from(queue.submit(submission.queryId(), submission.query(), sessionContext, submission.span()))
                .transform(query -> answer(query, false), responseExecutor);
    }

    @Override
    public ListenableFuture<QueueAnswer> poll(QueryId queryId, String slug, long token, Duration maxWait)
    {
        Optional<LeaderTerm> term = queue.term();
        Optional<ClientQuery> found = find(term, queryId, slug, token);
        if (found.isEmpty()) {
            return unknown(term);
        }
        ClientQuery query = found.get();
        return FluentFuture.from(queue.poll(query, maxWait))
                .transform(exposed -> {
                    query.checkToken(token);
                    return answer(query, exposed);
                }, responseExecutor);
    }

    @Override
    public ListenableFuture<Void> cancel(QueryId queryId, String slug, long token)
    {
        Optional<LeaderTerm> term = queue.term();
        if (find(term, queryId, slug, token).isEmpty()) {
            return unknown(term);
        }
        return queue.stop(queryId, QueryFailure.of(new TrinoException(USER_CANCELED, "Query was canceled")));
    }

    private static Optional<ClientQuery> find(Optional<LeaderTerm> term, QueryId queryId, String slug, long token)
    {
        return term.flatMap(current -> current.get(queryId)).filter(query -> query.slug().isValid(slug, token));
    }

    @Override
    public ListenableFuture<Optional<QueryOutcome>> outcome(QueryId queryId)
    {
        Optional<LeaderTerm> term = queue.term();
        Optional<ClientQuery> found = term.flatMap(current -> current.get(queryId));
        if (found.isEmpty()) {
            return unknown(term);
        }
        ClientQuery query = found.get();
        // a caller may ask before the news of a coordinator's death arrives, and the client may hear of the end only when the log has it
        return FluentFuture.from(query.over())
                .transform(end -> Optional.of(outcome(query, end)), responseExecutor)
                .withTimeout(MAX_WAIT.toMillis(), MILLISECONDS, timeoutExecutor)
                .catching(TimeoutException.class, _ -> running(query), directExecutor());
    }

    private static Optional<QueryOutcome> running(ClientQuery query)
    {
        return query.remoteQuery()
                .filter(remoteQuery -> remoteQuery.executingPath().isPresent())
                .flatMap(RemoteDispatchQuery::coordinator)
                .map(coordinator -> QueryOutcome.running(coordinator, query.times()));
    }

    private QueryOutcome outcome(ClientQuery query, QueryEnd end)
    {
        Optional<CoordinatorLink> coordinator = end.coordinator()
                .flatMap(process -> queue.findAddress(process).map(process::at));
        Optional<QueryFailure> failure = end.failure()
                .or(() -> coordinator.isPresent() ? Optional.empty() : Optional.of(QueryFailure.resultLost(end.coordinator().orElseThrow().id())));
        return QueryOutcome.over(failure.map(QueryFailure::toExecutionFailure), coordinator, query.times());
    }

    @Override
    public ListenableFuture<Void> fail(QueryId queryId, ExecutionFailureInfo reason)
    {
        Optional<LeaderTerm> term = queue.term();
        return term.flatMap(current -> current.get(queryId)).isPresent() ? queue.stop(queryId, QueryFailure.of(reason)) : unknown(term);
    }

    @Override
    public ListenableFuture<List<ViewedQuery>> getQueries()
    {
        Optional<LeaderTerm> term = queue.term();
        if (term.isEmpty()) {
            return immediateFailedFuture(new NotLeaderException());
        }
        return immediateFuture(shown.map(term.get().dispatchManager().getQueryTracker().getAllQueries(), DispatchQuery::getQueryId, query -> Optional.of(view(term.get(), query))));
    }

    @Override
    public ListenableFuture<Optional<ViewedQuery>> findQuery(QueryId queryId)
    {
        return queue.term()
                .map(term -> immediateFuture(findDispatchQuery(term, queryId).map(query -> view(term, query))))
                .orElseGet(() -> immediateFailedFuture(new NotLeaderException()));
    }

    @Override
    public ListenableFuture<Optional<QueryDetails>> findDetails(QueryId queryId, boolean pruned)
    {
        return queue.term()
                .map(term -> immediateFuture(findDispatchQuery(term, queryId).map(query -> new QueryDetails(objectMapper.valueToTree(query.getFullQueryInfo()), coordinator(term, queryId)))))
                .orElseGet(() -> immediateFailedFuture(new NotLeaderException()));
    }

    /**
     * Only a leader can know that a query does not exist, and only while no other dispatcher has been elected.
     *
     * @param term the term in which the query was looked for. A later term may have it.
     */
    private <T> ListenableFuture<T> unknown(Optional<LeaderTerm> term)
    {
        if (term.isEmpty()) {
            return immediateFailedFuture(new NotLeaderException());
        }
        return FluentFuture.from(toListenableFuture(driver.confirm(term.get().epoch())))
                .catching(Exception.class, _ -> {
                    throw new NotLeaderException();
                }, directExecutor())
                .transform(_ -> {
                    // a term that is over has forgotten its queries
                    throw queue.term().equals(term) ? new NotFoundException("Query not found") : new NotLeaderException();
                }, directExecutor());
    }

    private static QueueAnswer answer(ClientQuery query, boolean exposed)
    {
        Optional<ExecutionFailureInfo> failure = query.failure();
        Optional<String> executingPath = exposed ? query.executingPath() : Optional.empty();
        long token = query.lastToken() + 1;
        QueryTimes times = query.times();
        return new QueueAnswer(
                query.queryId(),
                failure.isPresent() ? Optional.empty() : executingPath.or(() -> Optional.of("/v1/statement/queued/%s/%s/%s".formatted(query.queryId(), query.slug().forToken(token), token))),
                failure.isPresent() || executingPath.isEmpty() ? Optional.empty() : query.remoteQuery().flatMap(RemoteDispatchQuery::coordinator),
                failure,
                times.elapsedMillis(),
                times.queuedMillis());
    }

    private static ViewedQuery view(LeaderTerm term, DispatchQuery query)
    {
        return ViewedQuery.create(query, coordinator(term, query.getQueryId()));
    }

    private static Optional<String> coordinator(LeaderTerm term, QueryId queryId)
    {
        return term.remoteQuery(queryId)
                .flatMap(RemoteDispatchQuery::coordinator)
                .map(coordinator -> coordinator.id().toString());
    }

    private static Optional<DispatchQuery> findDispatchQuery(LeaderTerm term, QueryId queryId)
    {
        try {
            return Optional.of(term.dispatchManager().getQuery(queryId));
        }
        catch (NoSuchElementException e) {
            return Optional.empty();
        }
    }
}
