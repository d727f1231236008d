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
import com.google.common.util.concurrent.SettableFuture;
import io.airlift.units.Duration;
import io.opentelemetry.api.trace.Span;
import io.prestosql.node.CoordinatorLink;
import io.prestosql.protocol.QueryReport;
import io.prestosql.protocol.QuerySlug;
import io.prestosql.protocol.SubmittedQuery;
import io.prestosql.queue.core.QueryEnd;
import io.prestosql.queue.core.QueryFailure;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.server.SessionContext;
import io.trino.spi.QueryId;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Response;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

import static com.google.common.base.Preconditions.checkState;
import static com.google.common.util.concurrent.Futures.immediateFailedFuture;
import static com.google.common.util.concurrent.Futures.immediateVoidFuture;
import static com.google.common.util.concurrent.Futures.nonCancellationPropagating;
import static io.trino.execution.QueryState.QUEUED;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * A query as its client sees it, until it is assigned to a coordinator, and after it has ended without one.
 */
public class ClientQuery
{
    private final QueryId queryId;
    private final QuerySlug slug;
    private final Instant createTime;
    private final Span span;
    private final long createNanos = System.nanoTime();
    /** Done when there is something to tell the client: where the query runs, or that it is over. */
    private SettableFuture<Void> answerable = SettableFuture.create();
    private final SettableFuture<QueryEnd> over = SettableFuture.create();
    private final SettableFuture<Void> created = SettableFuture.create();

    private final boolean submittedHere;
    private SubmittedQuery submittedQuery;
    private Optional<SessionContext> sessionContext;
    private boolean condensed;
    private long lastToken;
    private boolean enqueued;
    private boolean mayRun;
    private boolean inQueue = true;
    private Optional<RemoteDispatchQuery> remoteQuery = Optional.empty();
    private Optional<QueryEnd> end = Optional.empty();
    private long endNanos;
    private Optional<Consumer<RemoteDispatchQuery>> earlyNews = Optional.empty();
    private Optional<Throwable> abandoned = Optional.empty();
    private final List<SettableFuture<Void>> stops = new ArrayList<>();

    ClientQuery(QueryId queryId, SubmittedQuery submittedQuery, Optional<SessionContext> sessionContext, Span span)
    {
        this.queryId = requireNonNull(queryId, "queryId is null");
        this.submittedQuery = requireNonNull(submittedQuery, "submittedQuery is null");
        this.slug = submittedQuery.slug();
        this.createTime = submittedQuery.createTime();
        this.sessionContext = requireNonNull(sessionContext, "sessionContext is null");
        this.submittedHere = sessionContext.isPresent();
        this.span = requireNonNull(span, "span is null");
    }

    public QueryId queryId()
    {
        return queryId;
    }

    /**
     * Returns the client's submission. Of a query that is over, it may have only the part that is shown.
     */
    synchronized SubmittedQuery submittedQuery()
    {
        return submittedQuery;
    }

    /**
     * Reduces the texts of a query that is over to {@link SubmittedQuery#condensed}.
     */
    void condense()
    {
        Optional<RemoteDispatchQuery> query;
        synchronized (this) {
            checkState(end.isPresent(), "query %s is not over", queryId);
            submittedQuery = submittedQuery.condensed();
            sessionContext.ifPresent(context -> context.getIdentity().destroy());
            sessionContext = Optional.empty();
            condensed = true;
            query = remoteQuery;
        }
        query.ifPresent(RemoteDispatchQuery::condense);
    }

    public QuerySlug slug()
    {
        return slug;
    }

    Span span()
    {
        return span;
    }

    /**
     * Returns the session from the client's submission to this dispatcher; empty when the query was submitted to another one,
     * or is condensed.
     */
    synchronized Optional<SessionContext> sessionContext()
    {
        return sessionContext;
    }

    /**
     * Returns whether an earlier leader has accepted the query.
     */
    boolean isInherited()
    {
        return !submittedHere;
    }

    public synchronized long lastToken()
    {
        return lastToken;
    }

    /**
     * Notes which answer the client asks for: the last one again, or the next. After a change of leaders, no dispatcher knows which was the
     * last.
     *
     * @throws WebApplicationException with status 410 for any other answer
     */
    public synchronized void checkToken(long token)
    {
        if (submittedHere && token != lastToken && token != lastToken + 1) {
            throw new WebApplicationException("Invalid token", Response.Status.GONE);
        }
        lastToken = token;
    }

    /**
     * @param mayRun whether an earlier leader has dispatched the query
     */
    synchronized void enqueued(boolean mayRun)
    {
        enqueued = true;
        this.mayRun = mayRun;
        inQueue = inQueue && !mayRun;
    }

    /**
     * @return whether the query was in the queue until now; false for a query that an earlier leader has dispatched
     */
    synchronized boolean leaveQueue()
    {
        boolean left = inQueue;
        inQueue = false;
        return left;
    }

    /**
     * Notes that the query's creation for the resource groups has ended.
     */
    void creationEnded()
    {
        created.set(null);
    }

    /**
     * Returns a future that is done when the query's creation for the resource groups has ended; at once when there is none.
     */
    synchronized ListenableFuture<Void> created()
    {
        return enqueued ? nonCancellationPropagating(created) : immediateVoidFuture();
    }

    synchronized boolean mayRun()
    {
        return mayRun;
    }

    synchronized boolean isEnqueued()
    {
        return enqueued;
    }

    /**
     * Notes that the query is in the resource groups. A query that did not get there, such as one that cannot be parsed, has no such form.
     */
    void created(RemoteDispatchQuery query)
    {
        Optional<Consumer<RemoteDispatchQuery>> news;
        synchronized (this) {
            remoteQuery = Optional.of(query);
            news = earlyNews;
            earlyNews = Optional.empty();
            end.ifPresent(query::ended);
            if (abandoned.isPresent()) {
                query.abandon();
            }
            if (condensed) {
                query.condense();
            }
        }
        news.ifPresent(early -> early.accept(query));
    }

    /**
     * Notes that the client may be told where its rows are.
     */
    void locationKnown()
    {
        currentAnswerable().set(null);
    }

    /**
     * Notes that the query's coordinator is lost. The client, which was not told of that coordinator, waits for another one.
     */
    synchronized void locationLost()
    {
        if (end.isEmpty() && abandoned.isEmpty() && answerable.isDone()) {
            answerable = SettableFuture.create();
        }
    }

    private synchronized SettableFuture<Void> currentAnswerable()
    {
        return answerable;
    }

    /**
     * Takes a coordinator's report of the query. It is kept if an earlier leader has dispatched the query and the resource groups do not have
     * it again yet, as a coordinator does not repeat a report.
     */
    void reported(CoordinatorLink coordinator, QueryReport report)
    {
        Optional<RemoteDispatchQuery> known;
        synchronized (this) {
            known = remoteQuery;
            if (known.isEmpty()) {
                earlyNews = Optional.of(query -> query.reported(coordinator, report));
            }
        }
        known.ifPresent(query -> query.reported(coordinator, report));
    }

    /**
     * Returns the query in the dispatcher's resource groups; empty until it is there.
     */
    public synchronized Optional<RemoteDispatchQuery> remoteQuery()
    {
        return remoteQuery;
    }

    /**
     * Returns the path to the query's rows on its coordinator, if it is known.
     */
    public Optional<String> executingPath()
    {
        return remoteQuery().flatMap(RemoteDispatchQuery::executingPath);
    }

    void ended(QueryEnd end)
    {
        synchronized (this) {
            if (this.end.isPresent()) {
                return;
            }
            this.end = Optional.of(end);
            endNanos = System.nanoTime();
            remoteQuery.ifPresent(query -> query.ended(end));
        }
        over.set(end);
        if (end.failure().isPresent()) {
            currentAnswerable().set(null);
        }
        span.end();
    }

    /**
     * Returns why the query has failed, if no coordinator tells the client that: no coordinator has the query, or it failed there before it
     * started.
     */
    public synchronized Optional<ExecutionFailureInfo> failure()
    {
        return end.filter(known -> known.coordinator().isEmpty() || executingPath().isEmpty())
                .flatMap(QueryEnd::failure)
                .map(QueryFailure::toExecutionFailure);
    }

    public synchronized Optional<QueryEnd> end()
    {
        return end;
    }

    /**
     * Returns a future that is done when there is something to tell the client. It fails when this dispatcher does not lead any more.
     */
    public ListenableFuture<Void> answerable()
    {
        return nonCancellationPropagating(currentAnswerable());
    }

    /**
     * Returns a future that is done when the query is over. It fails when this dispatcher does not lead any more.
     */
    public ListenableFuture<QueryEnd> over()
    {
        return nonCancellationPropagating(over);
    }

    /**
     * Returns a future that is done when the next order to stop the query cannot be lost any more.
     */
    synchronized ListenableFuture<Void> stopAcknowledged()
    {
        if (abandoned.isPresent()) {
            return immediateFailedFuture(abandoned.get());
        }
        SettableFuture<Void> stop = SettableFuture.create();
        stops.add(stop);
        return stop;
    }

    void acknowledgeStop()
    {
        SettableFuture<Void> stop;
        synchronized (this) {
            checkState(!stops.isEmpty(), "query %s was not to be stopped", queryId);
            stop = stops.removeFirst();
        }
        stop.set(null);
    }

    Duration age()
    {
        return Duration.nanosSince(createNanos);
    }

    synchronized boolean isOverSince(Duration age)
    {
        return end.isPresent() && Duration.nanosSince(endNanos).compareTo(age) >= 0;
    }

    /**
     * Returns the times at one instant. For a query that has not been sent to a coordinator, both are the same.
     */
    public QueryTimes times()
    {
        Duration elapsed = elapsedTime();
        // a query also waits before it is in the resource groups, and when it never gets there
        return remoteQuery()
                .filter(query -> query.getState() != QUEUED)
                .map(query -> QueryTimes.create(elapsed, query.queuedTime()))
                .orElseGet(() -> QueryTimes.create(elapsed, elapsed));
    }

    private Duration elapsedTime()
    {
        long millis = System.currentTimeMillis() - createTime.toEpochMilli();
        synchronized (this) {
            if (end.isPresent()) {
                millis -= Duration.nanosSince(endNanos).toMillis();
            }
        }
        return new Duration(Math.max(0, millis), MILLISECONDS);
    }

    /**
     * Fails all that waits for the query here, as this dispatcher is not responsible for it any more.
     */
    void abandon(Throwable reason)
    {
        List<SettableFuture<Void>> waiting;
        synchronized (this) {
            abandoned = Optional.of(reason);
            remoteQuery.ifPresent(RemoteDispatchQuery::abandon);
            waiting = List.copyOf(stops);
        }
        currentAnswerable().setException(reason);
        over.setException(reason);
        waiting.forEach(stop -> stop.setException(reason));
        destroy();
    }

    void destroy()
    {
        span.end();
        sessionContext().ifPresent(context -> context.getIdentity().destroy());
    }
}
