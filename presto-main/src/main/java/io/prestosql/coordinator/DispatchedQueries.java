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
package io.prestosql.coordinator;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.airlift.node.NodeInfo;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.prestosql.coordinator.DispatchedQuery.Change;
import io.trino.dispatcher.DispatchExecutor;
import io.trino.dispatcher.DispatchManager;
import io.trino.dispatcher.DispatchQuery;
import io.trino.server.HttpRequestSessionContextFactory;
import io.trino.server.SessionContext;
import io.trino.spi.QueryId;
import io.trino.spi.TrinoException;
import io.trino.tracing.TrinoAttributes;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.ws.rs.BadRequestException;
import org.weakref.jmx.Managed;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeoutException;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.util.concurrent.Futures.catching;
import static com.google.common.util.concurrent.Futures.immediateVoidFuture;
import static com.google.common.util.concurrent.Futures.nonCancellationPropagating;
import static com.google.common.util.concurrent.Futures.transform;
import static com.google.common.util.concurrent.Futures.withTimeout;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.trino.spi.StandardErrorCode.GENERIC_USER_ERROR;
import static io.trino.util.Failures.toFailure;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.Executors.newSingleThreadScheduledExecutor;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.MINUTES;

/**
 * The queries that dispatchers have given to this coordinator, and what is new about them.
 * <p>
 * Every change of a query gets the next version, so that whoever has seen everything up to some version is told just what came after.
 */
public class DispatchedQueries
{
    private static final Logger log = Logger.get(DispatchedQueries.class);

    private static final long USAGE_INTERVAL_MILLIS = 500;
    /** Queries that end at about the same time share a report. */
    private static final long REPORT_DELAY_MILLIS = 5;
    private static final long KEEP_DONE_NANOS = MINUTES.toNanos(10);

    private final String incarnation = UUID.randomUUID().toString();
    private final String nodeId;
    private final DispatchManager dispatchManager;
    private final HttpRequestSessionContextFactory sessionContextFactory;
    private final Tracer tracer;
    private final Executor executor;
    private final ScheduledExecutorService scheduler = newSingleThreadScheduledExecutor(daemonThreadsNamed("dispatched-queries"));
    private final Map<QueryId, DispatchedQuery> queries = new ConcurrentHashMap<>();
    private final Set<DispatchedQuery> active = ConcurrentHashMap.newKeySet();

    private final Object versionLock = new Object();
    /** Every query at the version of its last change. */
    private final NavigableMap<Long, DispatchedQuery> changes = new TreeMap<>();
    private long version;
    /** Up to here there is something that is worth a report. */
    private long reportedVersion;
    private boolean reportScheduled;
    private SettableFuture<Void> nextReport = SettableFuture.create();
    private long highestEpoch;

    @Inject
    public DispatchedQueries(
            NodeInfo nodeInfo,
            DispatchManager dispatchManager,
            HttpRequestSessionContextFactory sessionContextFactory,
            Tracer tracer,
            DispatchExecutor dispatchExecutor)
    {
        this.nodeId = nodeInfo.getNodeId();
        this.dispatchManager = requireNonNull(dispatchManager, "dispatchManager is null");
        this.sessionContextFactory = requireNonNull(sessionContextFactory, "sessionContextFactory is null");
        this.tracer = requireNonNull(tracer, "tracer is null");
        this.executor = dispatchExecutor.getExecutor();
    }

    @PostConstruct
    public void start()
    {
        scheduler.scheduleWithFixedDelay(() -> {
            try {
                active.forEach(this::update);
            }
            catch (Throwable t) {
                log.error(t, "Error updating dispatched queries");
            }
        }, USAGE_INTERVAL_MILLIS, USAGE_INTERVAL_MILLIS, MILLISECONDS);
        scheduler.scheduleWithFixedDelay(() -> {
            try {
                forgetDone();
            }
            catch (Throwable t) {
                log.error(t, "Error forgetting dispatched queries");
            }
        }, 1, 1, MINUTES);
    }

    @PreDestroy
    public void stop()
    {
        scheduler.shutdownNow();
    }

    /**
     * Names this process: nothing of another incarnation is left in it.
     */
    public String getIncarnation()
    {
        return incarnation;
    }

    public String getNodeId()
    {
        return nodeId;
    }

    /**
     * Runs the query, unless it was given to this coordinator before: then this call tells what the first one would.
     *
     * @return done when the query has started, has failed, or when the time is over
     * @throws DeposedLeaderException when a newer leader than the caller is known
     */
    public ListenableFuture<DispatchResponse> dispatch(QueryId queryId, DispatchRequest request, long waitMillis)
    {
        observeEpoch(request.epoch());
        DispatchedQuery candidate = new DispatchedQuery(queryId, request.resourceGroupId(), request.queuedMillis());
        DispatchedQuery existing = queries.putIfAbsent(queryId, candidate);
        if (existing == null) {
            active.add(candidate);
            start(candidate, request.request());
        }
        DispatchedQuery query = existing == null ? candidate : existing;
        // time-out and completion look the same to the caller: the report says which one it was
        ListenableFuture<Void> startedOrTimeout = catchTimeout(withTimeout(nonCancellationPropagating(query.started()), waitMillis, MILLISECONDS, scheduler));
        return transform(
                startedOrTimeout,
                _ -> {
                    QueryReport report = query.answer();
                    return new DispatchResponse(incarnation, report.executingPath(), report.executingPath().isPresent() ? Optional.empty() : report.failure());
                },
                directExecutor());
    }

    private static ListenableFuture<Void> catchTimeout(ListenableFuture<Void> future)
    {
        return catching(future, TimeoutException.class, _ -> null, directExecutor());
    }

    private void observeEpoch(long epoch)
    {
        synchronized (versionLock) {
            if (epoch < highestEpoch) {
                throw new DeposedLeaderException(epoch, highestEpoch);
            }
            highestEpoch = epoch;
        }
    }

    private void start(DispatchedQuery query, ClientRequest request)
    {
        SessionContext sessionContext;
        try {
            sessionContext = request.createSessionContext(sessionContextFactory);
        }
        catch (BadRequestException e) {
            // the dispatcher has checked the headers with the same parser, so this node must be configured in another way
            fail(query, new TrinoException(GENERIC_USER_ERROR, e.getMessage(), e));
            return;
        }
        catch (RuntimeException e) {
            fail(query, e);
            return;
        }

        Span querySpan = tracer.spanBuilder("query")
                .setAttribute(TrinoAttributes.QUERY_ID, query.queryId().toString())
                .startSpan();
        ListenableFuture<Void> created;
        try (Scope _ = query.inContext(Context.current()).makeCurrent()) {
            created = dispatchManager.createQuery(query.queryId(), querySpan, query.slug(), sessionContext, request.sql());
        }
        catch (RuntimeException e) {
            fail(query, e);
            return;
        }
        created.addListener(() -> watch(query), executor);
    }

    private void fail(DispatchedQuery query, RuntimeException failure)
    {
        query.setFailure(toFailure(failure));
        update(query);
        query.started().set(null);
    }

    private void watch(DispatchedQuery query)
    {
        DispatchQuery execution = dispatchManager.getQuery(query.queryId());
        query.setExecution(execution);
        execution.addStateChangeListener(_ -> update(query));
        dispatchManager.waitForDispatched(query.queryId()).addListener(
                () -> {
                    query.setStartSeen();
                    update(query);
                    query.started().set(null);
                },
                directExecutor());
    }

    private void update(DispatchedQuery query)
    {
        synchronized (versionLock) {
            long lastChange = query.lastChange();
            Change change = query.update(version + 1);
            if (change == Change.NONE) {
                return;
            }
            version++;
            changes.remove(lastChange);
            changes.put(version, query);
            if (query.lastReport().state().isDone()) {
                active.remove(query);
            }
            if (change == Change.URGENT && !reportScheduled) {
                reportScheduled = true;
                scheduler.schedule(this::report, REPORT_DELAY_MILLIS, MILLISECONDS);
            }
        }
    }

    private void report()
    {
        SettableFuture<Void> change;
        synchronized (versionLock) {
            reportScheduled = false;
            reportedVersion = version;
            change = nextReport;
            nextReport = SettableFuture.create();
        }
        change.set(null);
    }

    private void forgetDone()
    {
        synchronized (versionLock) {
            // a query that is done does not change any more, so the oldest changes are the ones to forget
            Iterator<DispatchedQuery> oldestFirst = changes.values().iterator();
            while (oldestFirst.hasNext()) {
                DispatchedQuery query = oldestFirst.next();
                if (query.isDoneFor(KEEP_DONE_NANOS)) {
                    oldestFirst.remove();
                    queries.remove(query.queryId());
                }
            }
        }
    }

    /**
     * Done when there is an urgent change after that version, or when the time is over.
     */
    public ListenableFuture<Void> waitForChange(long afterVersion, long waitMillis)
    {
        synchronized (versionLock) {
            if (reportedVersion > afterVersion) {
                return immediateVoidFuture();
            }
            return catchTimeout(withTimeout(nonCancellationPropagating(nextReport), waitMillis, MILLISECONDS, scheduler));
        }
    }

    /**
     * The changes after that version, and the version up to which they go.
     */
    public Changes getChanges(long afterVersion)
    {
        synchronized (versionLock) {
            List<QueryReport> changed = changes.tailMap(afterVersion, false).values().stream()
                    .map(DispatchedQuery::lastReport)
                    .collect(toImmutableList());
            return new Changes(version, changed);
        }
    }

    /**
     * How long the query was in a dispatcher's queue, when it came from one.
     */
    public Optional<Long> getQueuedMillis(String queryId)
    {
        return Optional.ofNullable(queries.get(new QueryId(queryId))).map(DispatchedQuery::queuedMillis);
    }

    @Managed(description = "Queries that dispatchers have given to this coordinator and that are not done")
    public int getRunningQueries()
    {
        return active.size();
    }

    @Managed(description = "The epoch of the newest leader that has given this coordinator a query")
    public long getHighestEpoch()
    {
        synchronized (versionLock) {
            return highestEpoch;
        }
    }

    public record Changes(long version, List<QueryReport> queries) {}
}
