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
package io.prestosql.dispatcher;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import io.airlift.units.Duration;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.prestosql.queue.QuerySlug;
import io.prestosql.queue.SubmittedQuery;
import io.trino.dispatcher.DispatchInfo;
import io.trino.dispatcher.DispatchManager;
import io.trino.dispatcher.DispatchQuery;
import io.trino.server.SessionContext;
import io.trino.server.protocol.Slug;
import io.trino.spi.QueryId;
import io.trino.spi.TrinoException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Response;

import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.Consumer;

import static com.google.common.util.concurrent.Futures.immediateVoidFuture;
import static com.google.common.util.concurrent.Futures.nonCancellationPropagating;
import static com.google.common.util.concurrent.Futures.transformAsync;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.trino.spi.StandardErrorCode.USER_CANCELED;
import static io.trino.util.Failures.toFailure;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * A query as its client sees it until it is with a coordinator.
 * <p>
 * The client's first poll makes the query eligible: a client that does not get the answer to its POST sends another, and only one of
 * the two queries may do something.
 */
public class ClientQuery
{
    private static final Duration ZERO = new Duration(0, MILLISECONDS);

    private enum Submission { OPEN, SUBMITTED, CANCELED, ABANDONED }

    private final QueryId queryId;
    private final SubmittedQuery submittedQuery;
    private final QuerySlug slug;
    private final SessionContext sessionContext;
    private final DispatchManager dispatchManager;
    private final Span span;
    private final Consumer<DispatchQuery> createdListener;
    private final SettableFuture<Void> created = SettableFuture.create();
    private final long createNanos = System.nanoTime();
    private long lastToken;
    private Submission submission = Submission.OPEN;

    ClientQuery(QueryId queryId, SubmittedQuery submittedQuery, SessionContext sessionContext, DispatchManager dispatchManager, Span span, Consumer<DispatchQuery> createdListener)
    {
        this.queryId = requireNonNull(queryId, "queryId is null");
        this.submittedQuery = requireNonNull(submittedQuery, "submittedQuery is null");
        this.slug = submittedQuery.slug();
        this.sessionContext = requireNonNull(sessionContext, "sessionContext is null");
        this.dispatchManager = requireNonNull(dispatchManager, "dispatchManager is null");
        this.span = requireNonNull(span, "span is null");
        this.createdListener = requireNonNull(createdListener, "createdListener is null");
    }

    public QueryId queryId()
    {
        return queryId;
    }

    public QuerySlug slug()
    {
        return slug;
    }

    public synchronized long lastToken()
    {
        return lastToken;
    }

    /**
     * Notes which answer the client asks for: the one it has asked for last, or the next.
     *
     * @throws WebApplicationException with status 410 for any other
     */
    public synchronized void checkToken(long token)
    {
        if (token != lastToken && token != lastToken + 1) {
            throw new WebApplicationException("Invalid token", Response.Status.GONE);
        }
        lastToken = token;
    }

    /**
     * Makes the query eligible, if it is not.
     *
     * @return done when the query is with a coordinator, or is over
     */
    public ListenableFuture<Void> submitAndWait()
    {
        submit();
        if (isCanceledBeforeSubmission()) {
            return immediateVoidFuture();
        }
        return transformAsync(nonCancellationPropagating(created), _ -> dispatchManager.waitForDispatched(queryId), directExecutor());
    }

    private void submit()
    {
        synchronized (this) {
            if (submission != Submission.OPEN) {
                return;
            }
            submission = Submission.SUBMITTED;
        }
        span.addEvent("submit");
        try (Scope _ = new QueryOrder(submittedQuery.request()).inContext(Context.current()).makeCurrent()) {
            created.setFuture(dispatchManager.createQuery(queryId, span, Slug.createNew(), sessionContext, submittedQuery.request().sql()));
        }
        created.addListener(() -> createdListener.accept(dispatchManager.getQuery(queryId)), directExecutor());
    }

    /**
     * Gives the query up, unless it has become eligible.
     */
    synchronized boolean tryAbandon(Duration submissionTimeout)
    {
        if ((submission == Submission.OPEN || submission == Submission.CANCELED) && Duration.nanosSince(createNanos).compareTo(submissionTimeout) >= 0) {
            submission = Submission.ABANDONED;
        }
        return submission == Submission.ABANDONED;
    }

    /**
     * Whether the dispatch manager had the query, and has forgotten it.
     */
    boolean isForgotten()
    {
        return created.isDone() && !dispatchManager.isQueryRegistered(queryId);
    }

    /**
     * What to tell the client.
     *
     * @return empty when the query has been forgotten
     */
    public Optional<DispatchInfo> getDispatchInfo()
    {
        if (isCanceledBeforeSubmission()) {
            return Optional.of(DispatchInfo.failed(toFailure(new TrinoException(USER_CANCELED, "Query was canceled")), ZERO, ZERO));
        }
        if (!created.isDone()) {
            return Optional.of(DispatchInfo.queued(ZERO, ZERO));
        }
        return dispatchManager.getDispatchInfo(queryId);
    }

    /**
     * The query in the dispatcher's resource groups, once it is there. A query that did not get there, such as one that cannot be
     * parsed, is of another class and has failed.
     */
    public Optional<RemoteDispatchQuery> remoteQuery()
    {
        if (!created.isDone()) {
            return Optional.empty();
        }
        try {
            DispatchQuery query = dispatchManager.getQuery(queryId);
            return query instanceof RemoteDispatchQuery remote ? Optional.of(remote) : Optional.empty();
        }
        catch (NoSuchElementException e) {
            return Optional.empty();
        }
    }

    private synchronized boolean isCanceledBeforeSubmission()
    {
        return submission == Submission.CANCELED;
    }

    /**
     * Cancels the query. One that is not eligible yet will never be.
     */
    public void cancel()
    {
        synchronized (this) {
            if (submission != Submission.SUBMITTED) {
                submission = Submission.CANCELED;
                return;
            }
        }
        created.addListener(() -> dispatchManager.cancelQuery(queryId), directExecutor());
    }

    void destroy()
    {
        span.end();
        sessionContext.getIdentity().destroy();
    }
}
