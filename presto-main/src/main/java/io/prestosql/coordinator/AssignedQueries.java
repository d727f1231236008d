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

import com.google.common.annotations.VisibleForTesting;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.airlift.node.NodeInfo;
import io.airlift.units.Duration;
import io.prestosql.coordinator.core.AssignmentCore;
import io.prestosql.coordinator.core.AssignmentEffect;
import io.prestosql.coordinator.core.AssignmentEffect.ReportChanges;
import io.prestosql.coordinator.core.AssignmentEvent;
import io.prestosql.protocol.DispatchRequest;
import io.prestosql.protocol.DispatchResponse;
import io.prestosql.protocol.LeaderClaim;
import io.prestosql.protocol.SeenReport;
import io.prestosql.protocol.StopRequest;
import io.prestosql.protocol.TwoQueues;
import io.prestosql.queries.EachQuery;
import io.prestosql.queries.SubmissionTime;
import io.prestosql.queue.core.QueueEffect;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.spi.QueryId;
import io.trino.spi.TrinoException;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import org.weakref.jmx.Managed;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static com.google.common.collect.Iterables.getOnlyElement;
import static com.google.common.util.concurrent.Futures.catching;
import static com.google.common.util.concurrent.Futures.immediateVoidFuture;
import static com.google.common.util.concurrent.Futures.nonCancellationPropagating;
import static com.google.common.util.concurrent.Futures.transform;
import static com.google.common.util.concurrent.Futures.withTimeout;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.prestosql.node.DispatcherErrorCode.COORDINATOR_LOST;
import static io.prestosql.node.LateTasks.dropLateTasks;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

/**
 * The queries that are assigned to this coordinator, and the news about them.
 * <p>
 * {@link AssignmentCore} decides, one event at a time. This class holds the clock, the waiting callers, and the engine's part of each
 * query.
 */
public class AssignedQueries
{
    private static final Logger log = Logger.get(AssignedQueries.class);

    private static final long USAGE_INTERVAL_MILLIS = 500;
    /** Queries that end at about the same time share a report. */
    private static final long REPORT_DELAY_MILLIS = 5;

    private final String nodeId;
    private final QueryStarter queryStarter;
    private final Duration leaseDuration;
    private final LongSupplier nanoClock;
    private final ScheduledExecutorService scheduler = dropLateTasks(new ScheduledThreadPoolExecutor(1, daemonThreadsNamed("dispatched-queries")));
    /** The queries that were given to the engine. A query that was stopped before it came is only in the core. */
    private final Map<QueryId, AssignedQuery> queries = new ConcurrentHashMap<>();
    private final EachQuery updated = new EachQuery(log, "looking at");

    /** Guards the fields below. Effects on the engine's queries are performed under it, so that no other event comes between. */
    private final Object lock = new Object();
    private final AssignmentCore core;
    private SettableFuture<Void> nextReport = SettableFuture.create();
    private long expiredLeases;
    private long givenUpQueries;
    private long refusedOrders;

    @Inject
    AssignedQueries(NodeInfo nodeInfo, QueryStarter queryStarter, CoordinatorLeaseConfig leaseConfig)
    {
        this(nodeInfo.getNodeId(), queryStarter, leaseConfig.getLeaseDuration(), System::nanoTime);
    }

    AssignedQueries(String nodeId, QueryStarter queryStarter, Duration leaseDuration, LongSupplier nanoClock)
    {
        this.nodeId = requireNonNull(nodeId, "nodeId is null");
        this.queryStarter = requireNonNull(queryStarter, "queryStarter is null");
        this.leaseDuration = requireNonNull(leaseDuration, "leaseDuration is null");
        this.nanoClock = requireNonNull(nanoClock, "nanoClock is null");
        this.core = new AssignmentCore(leaseDuration.roundTo(NANOSECONDS), () -> UUID.randomUUID().toString());
    }

    @PostConstruct
    public void start()
    {
        scheduler.scheduleWithFixedDelay(() -> {
            try {
                checkLease();
                updateAll();
            }
            catch (Throwable t) {
                log.error(t, "Error updating dispatched queries");
            }
        }, USAGE_INTERVAL_MILLIS, USAGE_INTERVAL_MILLIS, MILLISECONDS);
    }

    @VisibleForTesting
    void updateAll()
    {
        updated.run(engineQueries(AssignmentCore::active), AssignedQuery::queryId, this::update);
        // dispatchers do not wait for this, so background work of event listeners gets a moment
        updated.run(engineQueries(AssignmentCore::untold), AssignedQuery::queryId, this::update);
    }

    private List<AssignedQuery> engineQueries(Function<AssignmentCore, List<QueryId>> ids)
    {
        synchronized (lock) {
            return ids.apply(core).stream()
                    .map(queries::get)
                    .filter(Objects::nonNull)
                    .collect(toImmutableList());
        }
    }

    @PreDestroy
    public void stop()
    {
        scheduler.shutdownNow();
    }

    /**
     * Returns the name of this coordinator's incarnation. A process changes its name when it gives up everything that it runs.
     */
    public String getIncarnation()
    {
        synchronized (lock) {
            handle(new AssignmentEvent.TimePassed());
            return core.incarnation();
        }
    }

    public String getNodeId()
    {
        return nodeId;
    }

    /**
     * Gives up everything if the lease is over, and forgets queries that need not be kept any more.
     */
    public void checkLease()
    {
        handle(new AssignmentEvent.TimePassed());
    }

    /**
     * Takes a leader's request for news.
     *
     * @param recorded queries whose ends the leader's log has
     * @return whether the claim has given a lease to this coordinator, which had none
     * @throws OrderRefusedException when a newer leader is known
     */
    public boolean hear(LeaderClaim leader, List<QueryId> recorded)
    {
        return handle(new AssignmentEvent.Claimed(leader, recorded)).stream().anyMatch(AssignmentEffect.LeaseBegins.class::isInstance);
    }

    /**
     * Runs the query, unless it was given to this coordinator before. Then this call answers as the first one would.
     *
     * @return completes when the query has started, has failed, or when the time is over
     * @throws OrderRefusedException when this call has not started the query
     */
    public ListenableFuture<DispatchResponse> dispatch(QueryId queryId, DispatchRequest request, long waitMillis)
    {
        // made before the core counts on it
        AssignedQuery candidate = new AssignedQuery(queryId, request.resourceGroupId(), submissionTime(request), request.run(), request.request().transactionId());
        String incarnation;
        Optional<AssignedQuery> query;
        boolean starts;
        synchronized (lock) {
            starts = handle(new AssignmentEvent.StartOrdered(queryId, request, queryStarter.isKnown(queryId))).stream().anyMatch(AssignmentEffect.StartQuery.class::isInstance);
            if (starts) {
                queries.put(queryId, candidate);
            }
            incarnation = core.incarnation();
            query = Optional.ofNullable(queries.get(queryId));
        }
        if (starts) {
            queryStarter.start(candidate, request.request(), request.traceContext(), this::update);
        }
        // time-out and completion look the same to the caller: the answer says which it was
        ListenableFuture<Void> started = query.<ListenableFuture<Void>>map(AssignedQuery::started).orElseGet(() -> immediateVoidFuture());
        ListenableFuture<Void> startedOrTimeout = catchTimeout(withTimeout(nonCancellationPropagating(started), waitMillis, MILLISECONDS, scheduler));
        return transform(startedOrTimeout, _ -> answer(queryId, incarnation), directExecutor());
    }

    private static SubmissionTime submissionTime(DispatchRequest request)
    {
        long waitedMillis = Math.max(0, request.queuedMillis());
        return new SubmissionTime(request.submitted().orElseGet(() -> Instant.now().minusMillis(waitedMillis)), waitedMillis);
    }

    private DispatchResponse answer(QueryId queryId, String incarnation)
    {
        return only(AssignmentEffect.AnswerOrder.class, handle(new AssignmentEvent.AnswerDue(queryId, incarnation))).response();
    }

    private static ListenableFuture<Void> catchTimeout(ListenableFuture<Void> future)
    {
        return catching(future, TimeoutException.class, _ -> null, directExecutor());
    }

    /**
     * Fails the query. A query that has not come yet will not start, and is reported as failed.
     *
     * @throws OrderRefusedException when this call has done nothing
     */
    public void stop(QueryId queryId, StopRequest request)
    {
        handle(new AssignmentEvent.StopOrdered(queryId, request));
    }

    private void update(AssignedQuery query)
    {
        synchronized (lock) {
            handle(new AssignmentEvent.TimePassed());
            // a query that was given up may have been assigned anew
            if (queries.get(query.queryId()) == query) {
                handle(new AssignmentEvent.Observed(query.look()));
            }
        }
    }

    private void report()
    {
        SettableFuture<Void> change;
        synchronized (lock) {
            handle(new AssignmentEvent.ReportDue());
            change = nextReport;
            nextReport = SettableFuture.create();
        }
        change.set(null);
    }

    /**
     * Completes when there is an urgent change after that report, or when the time is over. Completes at once when the report is not of
     * this incarnation.
     */
    public ListenableFuture<Void> waitForChange(Optional<SeenReport> seen, long waitMillis)
    {
        synchronized (lock) {
            handle(new AssignmentEvent.TimePassed());
            if (core.hasNews(seen)) {
                return immediateVoidFuture();
            }
            return catchTimeout(withTimeout(nonCancellationPropagating(nextReport), waitMillis, MILLISECONDS, scheduler));
        }
    }

    /**
     * Returns the news, as of one moment.
     *
     * @param leader the leader that asks, if the caller is a leader
     * @param seen the last report that the caller has received
     * @throws OrderRefusedException when a newer leader is known than the one that asks
     */
    public ReportChanges getChanges(Optional<LeaderClaim> leader, Optional<SeenReport> seen)
    {
        return only(ReportChanges.class, handle(new AssignmentEvent.ReportAsked(leader, seen)));
    }

    private static <T extends AssignmentEffect> T only(Class<T> type, List<AssignmentEffect> effects)
    {
        return getOnlyElement(effects.stream()
                .filter(type::isInstance)
                .map(type::cast)
                .collect(toImmutableList()));
    }

    /**
     * @return the effects; all but those that are left to the caller are already performed
     * @throws OrderRefusedException when the event is an order that is refused
     */
    private List<AssignmentEffect> handle(AssignmentEvent event)
    {
        synchronized (lock) {
            List<AssignmentEffect> effects = core.handle(event, nanoClock.getAsLong());
            effects.forEach(this::perform);
            return effects;
        }
    }

    private void perform(AssignmentEffect effect)
    {
        switch (effect) {
            case AssignmentEffect.GiveUpQueries(List<QueryId> running) -> giveUp(running);
            case AssignmentEffect.RefuseOrder refusal -> {
                refusedOrders++;
                refusal.newQueue().ifPresent(queue -> log.warn(new TwoQueues(nodeId, core.leasedQueue().orElseThrow(), queue).message()));
                throw OrderRefusedException.refused(refusal.verdict(), refusal.epoch(), refusal.highestEpoch());
            }
            case AssignmentEffect.RefuseRepetition _ -> {
                refusedOrders++;
                throw OrderRefusedException.repetition();
            }
            case AssignmentEffect.StopQuery(QueryId queryId, ExecutionFailureInfo reason) -> queries.get(queryId).stop(reason.toException());
            case AssignmentEffect.ForgetQuery(QueryId queryId) -> queries.remove(queryId);
            case AssignmentEffect.ReportSoon _ -> scheduler.schedule(this::report, REPORT_DELAY_MILLIS, MILLISECONDS);
            // left to the caller
            case AssignmentEffect.LeaseBegins _, AssignmentEffect.StartQuery _, AssignmentEffect.AnswerOrder _, AssignmentEffect.AnswerWaiting _, ReportChanges _ -> {}
        }
    }

    private void giveUp(List<QueryId> running)
    {
        log.warn("No leading dispatcher has polled this coordinator for %s, so it gives up the %s queries that it runs", leaseDuration, running.size());
        expiredLeases++;
        givenUpQueries += running.size();
        List<AssignedQuery> lost = running.stream()
                .map(queries::get)
                .collect(toImmutableList());
        // later events of these queries must not be reported
        queries.clear();
        TrinoException reason = new TrinoException(COORDINATOR_LOST, "Coordinator %s has given the query up, as no leading dispatcher has polled it for %s".formatted(nodeId, leaseDuration));
        for (AssignedQuery query : lost) {
            try {
                query.giveUp(reason);
            }
            catch (RuntimeException e) {
                log.error(e, "Error giving up query %s", query.queryId());
            }
            query.started().set(null);
        }
    }

    /**
     * Applies the action to each of these transactions in which no query runs. No query begins in them meanwhile.
     */
    void forEachWithoutQuery(List<String> transactions, Consumer<String> action)
    {
        synchronized (lock) {
            Set<String> inUse = engineQueries(AssignmentCore::active).stream()
                    .map(AssignedQuery::transactionId)
                    .flatMap(Optional::stream)
                    .collect(toImmutableSet());
            transactions.stream()
                    .filter(transaction -> !inUse.contains(transaction))
                    .forEach(action);
        }
    }

    /**
     * Returns which run of the query is here, as in {@link QueueEffect.Dispatch}; 0 for a query that no dispatcher has sent.
     */
    int getRun(QueryId queryId)
    {
        return Optional.ofNullable(queries.get(queryId)).map(AssignedQuery::run).orElse(0);
    }

    @Managed(description = "Queries that dispatchers have given to this coordinator and that are not done")
    public int getRunningQueries()
    {
        synchronized (lock) {
            return core.activeCount();
        }
    }

    @Managed(description = "Queries that this coordinator remembers, so that none is started twice")
    public int getKnownQueries()
    {
        synchronized (lock) {
            return core.size();
        }
    }

    @Managed(description = "The epoch of the newest leader that this coordinator has heard of; 0 when there was none")
    public long getHighestEpoch()
    {
        synchronized (lock) {
            return core.highestEpoch();
        }
    }

    @Managed(description = "Whether this coordinator has a lease from a leading dispatcher, without which it takes no queries")
    public boolean isLeased()
    {
        synchronized (lock) {
            handle(new AssignmentEvent.TimePassed());
            return core.leaseEnd().isPresent();
        }
    }

    @Managed(description = "How often this coordinator has given up what it ran, because no leading dispatcher polled it for its lease")
    public long getExpiredLeases()
    {
        synchronized (lock) {
            return expiredLeases;
        }
    }

    @Managed(description = "Queries that were given up because no leading dispatcher polled this coordinator for its lease")
    public long getGivenUpQueries()
    {
        synchronized (lock) {
            return givenUpQueries;
        }
    }

    @Managed(description = "Orders and polls of dispatchers that this coordinator has refused, as of a deposed leader")
    public long getRefusedOrders()
    {
        synchronized (lock) {
            return refusedOrders;
        }
    }
}
