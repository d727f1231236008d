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
import com.google.common.collect.ImmutableList;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.airlift.node.NodeInfo;
import io.airlift.units.Duration;
import io.prestosql.coordinator.AssignedQuery.Urgency;
import io.prestosql.coordinator.CoordinatorLease.Verdict;
import io.prestosql.protocol.DispatchRequest;
import io.prestosql.protocol.DispatchResponse;
import io.prestosql.protocol.LeaderClaim;
import io.prestosql.protocol.QueryReport;
import io.prestosql.protocol.SeenReport;
import io.prestosql.protocol.Stamp;
import io.prestosql.protocol.StopRequest;
import io.prestosql.protocol.TwoQueues;
import io.prestosql.queries.EachQuery;
import io.prestosql.queries.SubmissionTime;
import io.prestosql.queue.core.QueueEffect;
import io.trino.spi.QueryId;
import io.trino.spi.TrinoException;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import org.weakref.jmx.Managed;

import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
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
 * The queries that are assigned to this coordinator, and what is new about them.
 * <p>
 * Each change of a query gets the next version. A dispatcher that has seen everything up to a version is told what came after it.
 * <p>
 * {@link CoordinatorLease} decides which calls of dispatchers are obeyed. When the lease ends, the coordinator gives up everything that it runs
 * and begins another incarnation. It neither says nor does anything in between.
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
    private final Map<QueryId, AssignedQuery> queries = new ConcurrentHashMap<>();
    private final Set<AssignedQuery> active = ConcurrentHashMap.newKeySet();
    /** The queries that are over, and of whose ends event listeners are still to be told. */
    private final Set<AssignedQuery> untold = ConcurrentHashMap.newKeySet();
    private final EachQuery updated = new EachQuery(log, "looking at");

    /** Whoever takes it checks first whether the lease is over. */
    private final Object lock = new Object();
    private final CoordinatorLease lease;
    /** Every query at the version of its last change. */
    private final NavigableMap<Long, AssignedQuery> changes = new TreeMap<>();
    /** When a leader said that its log has the query's end, in that order. */
    private final Map<AssignedQuery, Long> recorded = new LinkedHashMap<>();
    private long version;
    /** Up to here there is something that is worth a report. */
    private long reportedVersion;
    private boolean reportScheduled;
    private SettableFuture<Void> nextReport = SettableFuture.create();
    private long expiredLeases;
    private long givenUpQueries;
    private long refusedOrders;
    /** The log whose leader was refused last, as another one's has given the lease. */
    private Optional<String> refusedQueue = Optional.empty();

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
        this.lease = new CoordinatorLease(leaseDuration.roundTo(NANOSECONDS), () -> UUID.randomUUID().toString());
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
        updated.run(active, AssignedQuery::queryId, this::update);
        // the dispatcher is in no hurry to hear this, so that what listeners do in the background has a moment
        updated.run(untold, AssignedQuery::queryId, this::update);
    }

    @PreDestroy
    public void stop()
    {
        scheduler.shutdownNow();
    }

    /**
     * Names this process, between two losses of what it runs: nothing of another incarnation is left in it.
     */
    public String getIncarnation()
    {
        synchronized (lock) {
            expire();
            return lease.incarnation();
        }
    }

    public String getNodeId()
    {
        return nodeId;
    }

    /**
     * Gives up everything if the lease is over, and forgets what need not be kept any more.
     */
    public void checkLease()
    {
        synchronized (lock) {
            forgetRecorded(expire());
        }
    }

    /**
     * @return the time
     */
    private long expire()
    {
        long nowNanos = nanoClock.getAsLong();
        if (!lease.expire(nowNanos)) {
            return nowNanos;
        }
        List<AssignedQuery> running = ImmutableList.copyOf(active);
        log.warn("No leading dispatcher has polled this coordinator for %s, so it gives up the %s queries that it runs", leaseDuration, running.size());
        expiredLeases++;
        givenUpQueries += running.size();
        // whatever is still heard of these queries is not reported any more
        queries.clear();
        active.clear();
        untold.clear();
        changes.clear();
        recorded.clear();
        TrinoException reason = new TrinoException(COORDINATOR_LOST, "Coordinator %s has given the query up, as no leading dispatcher has polled it for %s".formatted(nodeId, leaseDuration));
        for (AssignedQuery query : running) {
            try {
                query.giveUp(reason);
            }
            catch (RuntimeException e) {
                log.error(e, "Error giving up query %s", query.queryId());
            }
            query.started().set(null);
        }
        version++;
        reportSoon();
        return nowNanos;
    }

    private void obey(Verdict verdict, long epoch)
    {
        if (verdict != Verdict.OBEY) {
            refusedOrders++;
            throw OrderRefusedException.refused(verdict, epoch, lease.highestEpoch());
        }
    }

    private void obeyQueue(Verdict verdict, Optional<String> queue, long epoch)
    {
        // an order of a leader whose coordinator this was before it had a lease is no more than late
        if (verdict == Verdict.OTHER_QUEUE && lease.leasedQueue().isPresent() && !queue.equals(refusedQueue)) {
            refusedQueue = queue;
            log.warn(new TwoQueues(nodeId, lease.leasedQueue().orElseThrow(), queue.orElseThrow()).message());
        }
        obey(verdict, epoch);
    }

    /**
     * A leader asks for news.
     *
     * @param recorded queries whose ends the leader's log has
     * @return whether this coordinator has got a lease by it, and had none before
     * @throws OrderRefusedException when a newer leader is known
     */
    public boolean hear(LeaderClaim leader, List<QueryId> recorded)
    {
        synchronized (lock) {
            long nowNanos = expire();
            obeyQueue(lease.follow(leader.queue(), leader.epoch(), nowNanos), leader.queue(), leader.epoch());
            boolean leasedBefore = lease.leaseEnd().isPresent();
            // what was said in another incarnation renews nothing
            leader.renewal().ifPresent(stamp -> lease.renew(leader.epoch(), stamp.incarnation(), stamp.saidNanos()));
            for (QueryId queryId : recorded) {
                Optional.ofNullable(queries.get(queryId)).ifPresent(query -> this.recorded.putIfAbsent(query, nowNanos));
            }
            return !leasedBefore && lease.leaseEnd().isPresent();
        }
    }

    /**
     * Runs the query, unless it was given to this coordinator before: then this call tells what the first one would.
     *
     * @return done when the query has started, has failed, or when the time is over
     * @throws OrderRefusedException when this call has not started the query
     */
    public ListenableFuture<DispatchResponse> dispatch(QueryId queryId, DispatchRequest request, long waitMillis)
    {
        String incarnation;
        AssignedQuery query;
        boolean known;
        synchronized (lock) {
            long nowNanos = expire();
            obeyQueue(lease.judgeQueue(request.queue()), request.queue(), request.epoch());
            obey(lease.judgeStart(request.epoch(), request.incarnation(), request.saidNanos(), nowNanos), request.epoch());
            incarnation = lease.incarnation();
            known = queries.containsKey(queryId);
            if (!known) {
                if (queryStarter.isKnown(queryId)) {
                    refusedOrders++;
                    throw new OrderRefusedException("This coordinator has run the query before, and has given it up");
                }
                AssignedQuery candidate = new AssignedQuery(queryId, request.resourceGroupId(), submissionTime(request), request.run(), request.request().transactionId());
                active.add(candidate);
                register(candidate);
            }
            query = queries.get(queryId);
        }
        if (!known) {
            queryStarter.start(query, request.request(), request.traceContext(), this::update);
        }
        // time-out and completion look the same to the caller: the report says which one it was
        ListenableFuture<Void> startedOrTimeout = catchTimeout(withTimeout(nonCancellationPropagating(query.started()), waitMillis, MILLISECONDS, scheduler));
        return transform(startedOrTimeout, _ -> answer(query, incarnation), directExecutor());
    }

    private static SubmissionTime submissionTime(DispatchRequest request)
    {
        long waitedMillis = Math.max(0, request.queuedMillis());
        return new SubmissionTime(request.submitted().orElseGet(() -> Instant.now().minusMillis(waitedMillis)), waitedMillis);
    }

    private DispatchResponse answer(AssignedQuery query, String incarnation)
    {
        synchronized (lock) {
            expire();
            if (!lease.incarnation().equals(incarnation)) {
                // taken and lost, which the next report tells
                return new DispatchResponse(incarnation, Optional.empty(), Optional.empty(), false, false);
            }
            QueryReport report = query.answer();
            if (report.executingPath().isPresent()) {
                return new DispatchResponse(incarnation, report.executingPath(), Optional.empty(), false, false);
            }
            return new DispatchResponse(incarnation, Optional.empty(), report.failure(), report.unregistered(), report.untold());
        }
    }

    private static ListenableFuture<Void> catchTimeout(ListenableFuture<Void> future)
    {
        return catching(future, TimeoutException.class, _ -> null, directExecutor());
    }

    /**
     * Fails the query. One that has not come yet will not start, and is reported as failed.
     *
     * @throws OrderRefusedException when this call has done nothing
     */
    public void stop(QueryId queryId, StopRequest request)
    {
        synchronized (lock) {
            expire();
            obeyQueue(lease.judgeQueue(request.queue()), request.queue(), request.epoch());
            obey(lease.judge(request.epoch(), request.incarnation()), request.epoch());
            AssignedQuery query = queries.get(queryId);
            if (query == null) {
                register(AssignedQuery.neverStarted(queryId, request.failure()));
                reportSoon();
            }
            else if (!query.isDone()) {
                query.stop(request.failure().toException());
            }
        }
    }

    /**
     * From now on the query is in every complete report.
     */
    private void register(AssignedQuery query)
    {
        queries.put(query.queryId(), query);
        version++;
        query.setLastChange(version);
        changes.put(version, query);
    }

    private void update(AssignedQuery query)
    {
        synchronized (lock) {
            expire();
            if (queries.get(query.queryId()) != query) {
                // it was given up
                return;
            }
            long lastChange = query.lastChange();
            Urgency urgency = query.update(version + 1);
            if (urgency == Urgency.NONE) {
                return;
            }
            version++;
            changes.remove(lastChange);
            changes.put(version, query);
            if (query.isDone()) {
                active.remove(query);
                if (query.isUntold()) {
                    untold.add(query);
                }
                else {
                    untold.remove(query);
                }
            }
            if (urgency == Urgency.URGENT) {
                reportSoon();
            }
        }
    }

    private void reportSoon()
    {
        if (!reportScheduled) {
            reportScheduled = true;
            scheduler.schedule(this::report, REPORT_DELAY_MILLIS, MILLISECONDS);
        }
    }

    private void report()
    {
        SettableFuture<Void> change;
        synchronized (lock) {
            reportScheduled = false;
            reportedVersion = version;
            change = nextReport;
            nextReport = SettableFuture.create();
        }
        change.set(null);
    }

    /**
     * A later leader may ask for a query until the log has its end, and an order to start it may come for as long as a lease after that.
     */
    private void forgetRecorded(long nowNanos)
    {
        Iterator<Map.Entry<AssignedQuery, Long>> oldestFirst = recorded.entrySet().iterator();
        while (oldestFirst.hasNext()) {
            Map.Entry<AssignedQuery, Long> entry = oldestFirst.next();
            if (nowNanos - entry.getValue() <= leaseDuration.roundTo(NANOSECONDS)) {
                return;
            }
            AssignedQuery query = entry.getKey();
            if (query.isDone()) {
                oldestFirst.remove();
                changes.remove(query.lastChange());
                untold.remove(query);
                queries.remove(query.queryId());
            }
        }
    }

    /**
     * Done when there is an urgent change after that report, or when the time is over; at once when the report was none of this
     * incarnation.
     */
    public ListenableFuture<Void> waitForChange(Optional<SeenReport> seen, long waitMillis)
    {
        synchronized (lock) {
            expire();
            if (seen.isEmpty() || !seen.get().incarnation().equals(lease.incarnation()) || reportedVersion > seen.get().version()) {
                return immediateVoidFuture();
            }
            return catchTimeout(withTimeout(nonCancellationPropagating(nextReport), waitMillis, MILLISECONDS, scheduler));
        }
    }

    /**
     * What is new, and that at one moment.
     *
     * @param leader the leader that asks, if a leader does
     * @param seen the last report that the one who asks has got
     * @throws OrderRefusedException when a newer leader is known than the one that asks
     */
    public Changes getChanges(Optional<LeaderClaim> leader, Optional<SeenReport> seen)
    {
        synchronized (lock) {
            long nowNanos = expire();
            if (leader.isPresent()) {
                obeyQueue(lease.judgeQueue(leader.get().queue()), leader.get().queue(), leader.get().epoch());
                obey(lease.observe(leader.get().epoch(), nowNanos), leader.get().epoch());
            }
            boolean complete = seen.isEmpty() || !seen.get().incarnation().equals(lease.incarnation());
            List<QueryReport> changed = (complete ? changes : changes.tailMap(seen.get().version(), false)).values().stream()
                    .map(AssignedQuery::lastReport)
                    .collect(toImmutableList());
            return new Changes(new Stamp(lease.incarnation(), nowNanos), lease.highestEpoch(), lease.leaseEnd().isPresent(), lease.leasedQueue(), version, complete, changed);
        }
    }

    /**
     * Does something with each of these transactions in which no query runs, and none begins meanwhile.
     */
    void forEachWithoutQuery(List<String> transactions, Consumer<String> action)
    {
        synchronized (lock) {
            Set<String> inUse = active.stream()
                    .map(AssignedQuery::transactionId)
                    .flatMap(Optional::stream)
                    .collect(toImmutableSet());
            transactions.stream()
                    .filter(transaction -> !inUse.contains(transaction))
                    .forEach(action);
        }
    }

    /**
     * Which run of the query is here, as in {@link QueueEffect.Dispatch}; 0 for a query that no dispatcher has sent.
     */
    int getRun(QueryId queryId)
    {
        return Optional.ofNullable(queries.get(queryId)).map(AssignedQuery::run).orElse(0);
    }

    @Managed(description = "Queries that dispatchers have given to this coordinator and that are not done")
    public int getRunningQueries()
    {
        return active.size();
    }

    @Managed(description = "Queries that this coordinator remembers, so that none is started twice")
    public int getKnownQueries()
    {
        return queries.size();
    }

    @Managed(description = "The epoch of the newest leader that this coordinator has heard of; 0 when there was none")
    public long getHighestEpoch()
    {
        synchronized (lock) {
            return lease.highestEpoch();
        }
    }

    @Managed(description = "Whether this coordinator has a lease from a leading dispatcher, without which it takes no queries")
    public boolean isLeased()
    {
        synchronized (lock) {
            expire();
            return lease.leaseEnd().isPresent();
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

    /**
     * @param stamp who says this, and when
     * @param queue the identity of the log whose leader has given the lease, if that is known
     * @param complete whether {@code queries} are all that there are
     */
    public record Changes(Stamp stamp, long highestEpoch, boolean leased, Optional<String> queue, long version, boolean complete, List<QueryReport> queries) {}
}
