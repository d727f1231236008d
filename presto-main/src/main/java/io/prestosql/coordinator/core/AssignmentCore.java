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
package io.prestosql.coordinator.core;

import com.google.common.collect.ImmutableList;
import io.prestosql.coordinator.core.CoordinatorLease.Verdict;
import io.prestosql.protocol.DispatchRequest;
import io.prestosql.protocol.DispatchResponse;
import io.prestosql.protocol.LeaderClaim;
import io.prestosql.protocol.QueryReport;
import io.prestosql.protocol.SeenReport;
import io.prestosql.protocol.Stamp;
import io.prestosql.protocol.StopRequest;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.execution.QueryState;
import io.trino.spi.QueryId;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

import static com.google.common.collect.ImmutableList.toImmutableList;

/**
 * Decides what a coordinator does with the queries that dispatchers assign to it, and what it reports. No threads, no clock, no I/O.
 * <p>
 * {@link CoordinatorLease} decides which calls are obeyed. When the lease ends, the coordinator gives up everything that it runs, and
 * continues as a new incarnation without any of it. Each event first lets time pass, so nothing happens between the two.
 * <p>
 * Each change of a query gets the next version. A dispatcher that has seen everything up to a version is told the changes after it. A query
 * that is over is kept until a leader says that the log has its end, and for a lease after that, because an order to start it may be under
 * way for as long. A query that is stopped before it has come is kept in the same way, as failed, so that it does not start when it comes.
 */
public final class AssignmentCore
{
    private final long leaseNanos;
    private final CoordinatorLease lease;
    private final Map<QueryId, Assignment> queries = new LinkedHashMap<>();
    /** The queries that are not over. */
    private final Set<QueryId> active = new LinkedHashSet<>();
    /** The ended queries whose ends event listeners have not been told yet. */
    private final Set<QueryId> untold = new LinkedHashSet<>();
    /** Each query by the version of its last change. */
    private final NavigableMap<Long, Assignment> changes = new TreeMap<>();
    /** The times at which a leader said that its log has a query's end, oldest first. */
    private final Map<QueryId, Long> recorded = new LinkedHashMap<>();
    private long version;
    /** The version up to which there is news worth a report. */
    private long reportedVersion;
    private boolean reportScheduled;
    /** The log of the leader that was last refused because the leader of another log has given the lease. */
    private Optional<String> refusedQueue = Optional.empty();

    private static final class Assignment
    {
        private QueryReport report;
        private long version;
        /** Whether the order to start the query has been answered, so that later changes have to be reported. */
        private boolean answered;

        private Assignment(QueryReport report)
        {
            this.report = report;
        }

        private boolean isOver()
        {
            return report.state().isDone();
        }
    }

    /**
     * @param leaseNanos duration of a lease, on this coordinator's monotonic clock
     * @param incarnations supplies names that no coordinator has had before
     */
    public AssignmentCore(long leaseNanos, Supplier<String> incarnations)
    {
        this.lease = new CoordinatorLease(leaseNanos, incarnations);
        this.leaseNanos = leaseNanos;
    }

    /**
     * @param nowNanos time on this coordinator's monotonic clock
     * @return the effects to perform, in this order
     */
    public List<AssignmentEffect> handle(AssignmentEvent event, long nowNanos)
    {
        ImmutableList.Builder<AssignmentEffect> effects = ImmutableList.builder();
        expire(nowNanos, effects);
        switch (event) {
            case AssignmentEvent.TimePassed _ -> forgetRecorded(nowNanos, effects);
            case AssignmentEvent.Claimed(LeaderClaim leader, List<QueryId> recordedEnds) -> claimed(leader, recordedEnds, nowNanos, effects);
            case AssignmentEvent.StartOrdered(QueryId queryId, DispatchRequest order, boolean known) -> startOrdered(queryId, order, known, nowNanos, effects);
            case AssignmentEvent.AnswerDue(QueryId queryId, String incarnation) -> effects.add(new AssignmentEffect.AnswerOrder(answer(queryId, incarnation)));
            case AssignmentEvent.StopOrdered(QueryId queryId, StopRequest order) -> stopOrdered(queryId, order, effects);
            case AssignmentEvent.Observed(QueryReport query) -> observed(query, effects);
            case AssignmentEvent.ReportDue _ -> {
                reportScheduled = false;
                reportedVersion = version;
                effects.add(new AssignmentEffect.AnswerWaiting());
            }
            case AssignmentEvent.ReportAsked(Optional<LeaderClaim> leader, Optional<SeenReport> seen) -> reportAsked(leader, seen, nowNanos, effects);
        }
        return effects.build();
    }

    /**
     * Returns the name of the incarnation, which changes when the process gives up everything that it runs.
     */
    public String incarnation()
    {
        return lease.incarnation();
    }

    /**
     * Returns the epoch of the newest known leader; 0 when none is known.
     */
    public long highestEpoch()
    {
        return lease.highestEpoch();
    }

    /**
     * Returns the end of the lease, on this coordinator's monotonic clock; empty when there is no lease.
     */
    public OptionalLong leaseEnd()
    {
        return lease.leaseEnd();
    }

    /**
     * Returns the identity of the log whose leader has given the lease, if it is known.
     */
    public Optional<String> leasedQueue()
    {
        return lease.leasedQueue();
    }

    /**
     * Returns whether there is news worth a report to a dispatcher that has received that report last.
     */
    public boolean hasNews(Optional<SeenReport> seen)
    {
        return isCompleteDue(seen) || reportedVersion > seen.orElseThrow().version();
    }

    /**
     * Returns the queries that are not over, in the order in which they came.
     */
    public List<QueryId> active()
    {
        return ImmutableList.copyOf(active);
    }

    public int activeCount()
    {
        return active.size();
    }

    /**
     * Returns the ended queries whose ends event listeners have not been told yet.
     */
    public List<QueryId> untold()
    {
        return ImmutableList.copyOf(untold);
    }

    /**
     * Returns the number of queries that are kept, including ended ones.
     */
    public int size()
    {
        return queries.size();
    }

    private boolean isLeased()
    {
        return lease.leaseEnd().isPresent();
    }

    private void expire(long nowNanos, ImmutableList.Builder<AssignmentEffect> effects)
    {
        if (!lease.expire(nowNanos)) {
            return;
        }
        effects.add(new AssignmentEffect.GiveUpQueries(active()));
        queries.clear();
        active.clear();
        untold.clear();
        changes.clear();
        recorded.clear();
        version++;
        reportSoon(effects);
    }

    private void claimed(LeaderClaim leader, List<QueryId> recordedEnds, long nowNanos, ImmutableList.Builder<AssignmentEffect> effects)
    {
        if (!isObeyed(lease.follow(leader.queue(), leader.epoch(), nowNanos), leader.epoch(), leader.queue(), effects)) {
            return;
        }
        boolean leasedBefore = isLeased();
        // a report of another incarnation renews nothing
        leader.renewal().ifPresent(stamp -> lease.renew(leader.epoch(), stamp.incarnation(), stamp.saidNanos()));
        for (QueryId queryId : recordedEnds) {
            if (queries.containsKey(queryId)) {
                recorded.putIfAbsent(queryId, nowNanos);
            }
        }
        if (!leasedBefore && isLeased()) {
            effects.add(new AssignmentEffect.LeaseBegins());
        }
    }

    private void startOrdered(QueryId queryId, DispatchRequest order, boolean known, long nowNanos, ImmutableList.Builder<AssignmentEffect> effects)
    {
        if (!isObeyed(lease.judgeQueue(order.queue()), order.epoch(), order.queue(), effects) ||
                !isObeyed(lease.judgeStart(order.epoch(), order.incarnation(), order.saidNanos(), nowNanos), order.epoch(), order.queue(), effects) ||
                queries.containsKey(queryId)) {
            return;
        }
        if (known) {
            effects.add(new AssignmentEffect.RefuseRepetition());
            return;
        }
        register(new Assignment(new QueryReport(queryId, QueryState.QUEUED, Optional.empty(), Optional.empty(), 0, 0, 0, false, false)));
        active.add(queryId);
        effects.add(new AssignmentEffect.StartQuery(queryId));
    }

    private DispatchResponse answer(QueryId queryId, String incarnation)
    {
        Assignment query = queries.get(queryId);
        if (query == null || !lease.incarnation().equals(incarnation)) {
            // the query was taken and is lost, as the next report says
            return new DispatchResponse(incarnation, Optional.empty(), Optional.empty(), false, false);
        }
        query.answered = true;
        QueryReport report = query.report;
        if (report.executingPath().isPresent()) {
            return new DispatchResponse(incarnation, report.executingPath(), Optional.empty(), false, false);
        }
        return new DispatchResponse(incarnation, Optional.empty(), report.failure(), report.unregistered(), report.untold());
    }

    private void stopOrdered(QueryId queryId, StopRequest order, ImmutableList.Builder<AssignmentEffect> effects)
    {
        if (!isObeyed(lease.judgeQueue(order.queue()), order.epoch(), order.queue(), effects) ||
                !isObeyed(lease.judge(order.epoch(), order.incarnation()), order.epoch(), order.queue(), effects)) {
            return;
        }
        Assignment query = queries.get(queryId);
        if (query == null) {
            register(new Assignment(neverStarted(queryId, order.failure())));
            reportSoon(effects);
        }
        else if (!query.isOver()) {
            effects.add(new AssignmentEffect.StopQuery(queryId, order.failure()));
        }
    }

    private static QueryReport neverStarted(QueryId queryId, ExecutionFailureInfo reason)
    {
        return new QueryReport(queryId, QueryState.FAILED, Optional.of(reason), Optional.empty(), 0, 0, 0, true, false);
    }

    /**
     * Adds the query to all later complete reports.
     */
    private void register(Assignment query)
    {
        queries.put(query.report.queryId(), query);
        nextVersion(query);
    }

    private void nextVersion(Assignment query)
    {
        changes.remove(query.version);
        version++;
        query.version = version;
        changes.put(version, query);
    }

    private void observed(QueryReport report, ImmutableList.Builder<AssignmentEffect> effects)
    {
        Assignment query = queries.get(report.queryId());
        if (query == null || report.equals(query.report)) {
            return;
        }
        QueryReport last = query.report;
        query.report = report;
        nextVersion(query);
        if (report.state().isDone()) {
            active.remove(report.queryId());
            if (report.untold()) {
                untold.add(report.queryId());
            }
            else {
                untold.remove(report.queryId());
            }
        }
        // a dispatcher waits for the slot of an ended query, and for the start of a query that had not started when its order was answered
        boolean ended = report.state().isDone() && !last.state().isDone();
        boolean lateStart = query.answered && report.executingPath().isPresent() && last.executingPath().isEmpty();
        if (ended || lateStart) {
            reportSoon(effects);
        }
    }

    private void reportSoon(ImmutableList.Builder<AssignmentEffect> effects)
    {
        if (!reportScheduled) {
            reportScheduled = true;
            effects.add(new AssignmentEffect.ReportSoon());
        }
    }

    private void reportAsked(Optional<LeaderClaim> leader, Optional<SeenReport> seen, long nowNanos, ImmutableList.Builder<AssignmentEffect> effects)
    {
        if (leader.isPresent()) {
            long epoch = leader.get().epoch();
            Optional<String> queue = leader.get().queue();
            if (!isObeyed(lease.judgeQueue(queue), epoch, queue, effects) || !isObeyed(lease.observe(epoch, nowNanos), epoch, queue, effects)) {
                return;
            }
        }
        boolean complete = isCompleteDue(seen);
        List<QueryReport> changed = (complete ? changes : changes.tailMap(seen.orElseThrow().version(), false)).values().stream()
                .map(query -> query.report)
                .collect(toImmutableList());
        effects.add(new AssignmentEffect.ReportChanges(new Stamp(lease.incarnation(), nowNanos), lease.highestEpoch(), isLeased(), lease.leasedQueue(), version, complete, changed));
    }

    private boolean isCompleteDue(Optional<SeenReport> seen)
    {
        return seen.isEmpty() || !seen.get().incarnation().equals(lease.incarnation());
    }

    private void forgetRecorded(long nowNanos, ImmutableList.Builder<AssignmentEffect> effects)
    {
        Iterator<Map.Entry<QueryId, Long>> oldestFirst = recorded.entrySet().iterator();
        while (oldestFirst.hasNext()) {
            Map.Entry<QueryId, Long> entry = oldestFirst.next();
            if (nowNanos - entry.getValue() <= leaseNanos) {
                return;
            }
            QueryId queryId = entry.getKey();
            Assignment query = queries.get(queryId);
            if (query.isOver()) {
                oldestFirst.remove();
                changes.remove(query.version);
                untold.remove(queryId);
                queries.remove(queryId);
                effects.add(new AssignmentEffect.ForgetQuery(queryId));
            }
        }
    }

    private boolean isObeyed(Verdict verdict, long epoch, Optional<String> queue, ImmutableList.Builder<AssignmentEffect> effects)
    {
        if (verdict == Verdict.OBEY) {
            return true;
        }
        Optional<String> newQueue = Optional.empty();
        // without a lease, the order is only late: it comes from a leader that this coordinator followed before
        if (verdict == Verdict.OTHER_QUEUE && lease.leasedQueue().isPresent() && !queue.equals(refusedQueue)) {
            refusedQueue = queue;
            newQueue = queue;
        }
        effects.add(new AssignmentEffect.RefuseOrder(verdict, epoch, lease.highestEpoch(), newQueue));
        return false;
    }
}
