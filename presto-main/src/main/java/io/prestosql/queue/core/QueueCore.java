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
package io.prestosql.queue.core;

import com.google.common.collect.HashMultiset;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Multiset;
import com.google.common.collect.Sets;
import io.prestosql.node.ClusterName;
import io.prestosql.node.CoordinatorIncarnation;
import io.prestosql.node.QualifiedNodeId;
import io.prestosql.queue.core.QueueEffect.Accept;
import io.prestosql.queue.core.QueueEffect.AcknowledgeStop;
import io.prestosql.queue.core.QueueEffect.Append;
import io.prestosql.queue.core.QueueEffect.Dispatch;
import io.prestosql.queue.core.QueueEffect.End;
import io.prestosql.queue.core.QueueEffect.Enqueue;
import io.prestosql.queue.core.QueueEffect.Follow;
import io.prestosql.queue.core.QueueEffect.GiveBack;
import io.prestosql.queue.core.QueueEffect.Occupy;
import io.prestosql.queue.core.QueueEffect.Recorded;
import io.prestosql.queue.core.QueueEffect.Refuse;
import io.prestosql.queue.core.QueueEffect.Route;
import io.prestosql.queue.core.QueueEffect.Settled;
import io.prestosql.queue.core.QueueEffect.StepDown;
import io.prestosql.queue.core.QueueEffect.StopAt;
import io.prestosql.queue.core.QueueEffect.Tell;
import io.prestosql.queue.core.QueueEffect.Vacate;
import io.prestosql.queue.core.QueueEvent.DispatchAnswer;
import io.prestosql.queue.core.QueueEvent.EndTold;
import io.prestosql.queue.core.QueueEvent.QueryStatus;
import io.prestosql.queue.core.QueuedQuery.Stage;
import io.prestosql.queue.core.QueuedQuery.StopCall;
import io.prestosql.selection.core.ClusterCapacity;
import io.trino.spi.QueryId;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongPredicate;

import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static io.prestosql.node.DispatcherErrorCode.COORDINATOR_LOST;
import static io.prestosql.protocol.DispatchRequest.MAX_RERUNS;
import static io.trino.spi.StandardErrorCode.QUERY_QUEUE_FULL;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Makes the decisions of the queue's leader: events and the time in, effects out. No threads, no clock, no I/O, so that the simulator can
 * run the same decisions in simulated time.
 * <p>
 * The rules, which are the design's invariants:
 * <ul>
 * <li>A query is accepted when the log has its submission, dispatched when the log has its coordinator, and ended when the log has its
 * end.</li>
 * <li>The log names every coordinator that may run queries of an earlier leader. Those queries keep their slots until the coordinator has
 * reported what it runs, and so refuses all earlier leaders, or is lost.</li>
 * <li>A query is dispatched again only when its coordinator certainly did not start it, or when its coordinator is lost, running the query
 * twice does no harm, and it is not exposed.</li>
 * <li>A stopped query is not dispatched.</li>
 * <li>A query that is on no coordinator, and that no coordinator takes, has no slot.</li>
 * <li>A cluster runs no more queries than its limit. Those of an earlier leader that it may run count from the election on.</li>
 * <li>Everything that is needed to run a query is kept until the log has its end.</li>
 * <li>The log marks an end as untold until event listeners have heard of it and have had time for their work in the background. The one
 * that ends a query tells the listeners: its coordinator or the leader. The leader also tells them of each query whose coordinator is lost
 * before it has reported that it has told them.</li>
 * </ul>
 */
public final class QueueCore
{
    /** A listener may send an event in the background. Sending takes less than this, unless the receiver does not answer. */
    private static final long LISTENER_NANOS = SECONDS.toNanos(2);

    private final QueueTimes times;

    private boolean leading;
    private long epoch;
    private long electedNanos;
    private long sequence;
    private final Map<Long, QueueRecord> appending = new HashMap<>();
    private final Map<Long, QueueRecord> appendAgain = new LinkedHashMap<>();
    private long appendAgainNanos;
    private final Map<QueryId, QueuedQuery> queries = new LinkedHashMap<>();
    /** The queries with a step to try again later: routing, dispatch or stop. */
    private final Set<QueuedQuery> retries = new LinkedHashSet<>();
    /** By coordinator, the queries that it has or may have. */
    private final Map<CoordinatorIncarnation, Set<QueuedQuery>> assigned = new HashMap<>();
    private final Map<CoordinatorIncarnation, Long> answers = new HashMap<>();
    private final Map<QualifiedNodeId, CoordinatorIncarnation> lastIncarnations = new HashMap<>();
    private final Set<CoordinatorIncarnation> lost = new HashSet<>();
    private Map<ClusterName, ClusterCapacity> clusters = ImmutableMap.of();
    /** By cluster, how many queries it has, may have, or is about to get. */
    private final Multiset<ClusterName> clusterQueries = HashMultiset.create();
    /** By coordinator, the queries whose end it has yet to tell event listeners. */
    private final Map<CoordinatorIncarnation, Set<QueuedQuery>> telling = new HashMap<>();
    /** The queries whose end event listeners have heard of, and since when; the log is told of many at a time. */
    private final Map<QueuedQuery, Long> told = new LinkedHashMap<>();
    /** The queries that the log has been or will be told to forget, and may not have forgotten yet. */
    private final Set<QueryId> forgetting = new HashSet<>();
    private ImmutableList.Builder<QueueEffect> effects = ImmutableList.builder();

    public QueueCore(QueueTimes times)
    {
        this.times = requireNonNull(times, "times is null");
    }

    /**
     * @param nowNanos the time of a monotonic clock
     * @return the effects to carry out now, in this order
     */
    public List<QueueEffect> handle(QueueEvent event, long nowNanos)
    {
        effects = ImmutableList.builder();
        switch (event) {
            case QueueEvent.Elected elected -> elected(elected.epoch(), elected.records(), nowNanos);
            case QueueEvent.Deposed _ -> deposed();
            case QueueEvent.ClustersChanged(Map<ClusterName, ClusterCapacity> capacities) -> clusters = capacities;
            // a dispatcher that does not lead decides nothing, no matter which events still come
            case QueueEvent _ when !leading -> notLeading(event);
            case QueueEvent.LogDone(long number) -> logDone(number, nowNanos);
            case QueueEvent.LogInDoubt(long number) -> logInDoubt(number, nowNanos);
            case QueueEvent.Submit(QueryId queryId) -> submit(queryId);
            case QueueEvent.Poll(QueryId queryId) -> find(queryId).ifPresent(this::poll);
            case QueueEvent.Queued(QueryId queryId, boolean rerunnable) -> find(queryId).ifPresent(query -> queued(query, rerunnable));
            case QueueEvent.NotQueueable(QueryId queryId, QueryFailure reason) -> find(queryId).ifPresent(query -> notQueueable(query, reason));
            case QueueEvent.Admitted(QueryId queryId) -> find(queryId).ifPresent(this::admitted);
            case QueueEvent.NoCoordinator(QueryId queryId) -> find(queryId).ifPresent(this::giveBack);
            case QueueEvent.Routed(QueryId queryId, CoordinatorIncarnation coordinator, boolean bound) -> find(queryId).ifPresent(query -> routed(query, coordinator, bound));
            case QueueEvent.DispatchAnswered answered -> find(answered.queryId()).ifPresent(query -> dispatchAnswered(query, answered.coordinator(), answered.answer(), nowNanos));
            case QueueEvent.StopAnswered answered -> find(answered.queryId()).ifPresent(query -> stopAnswered(query, answered.coordinator(), answered.heard(), nowNanos));
            case QueueEvent.Exposed(QueryId queryId) -> find(queryId).ifPresent(query -> query.exposed = true);
            case QueueEvent.Stop(QueryId queryId, QueryFailure reason, boolean acknowledge) -> find(queryId).ifPresent(query -> stop(query, reason, acknowledge));
            case QueueEvent.ListenersTold(QueryId queryId) -> find(queryId).ifPresent(query -> told(query, nowNanos));
            case QueueEvent.Condense(QueryId queryId) -> find(queryId).ifPresent(this::condense);
            case QueueEvent.Forget(QueryId queryId) -> find(queryId).ifPresent(this::forget);
            case QueueEvent.Reported(CoordinatorIncarnation coordinator, boolean complete, List<QueryStatus> statuses) -> reported(coordinator, complete, statuses, nowNanos);
            case QueueEvent.CoordinatorLost(CoordinatorIncarnation coordinator, String reason) -> coordinatorLost(coordinator, reason);
            case QueueEvent.Leave _ -> recordTold(_ -> true);
            case QueueEvent.Tick _ -> tick(nowNanos);
        }
        return effects.build();
    }

    /**
     * Returns the effects that the last event had before it failed. They are as binding as those of an event that was handled completely:
     * the core counts on them.
     *
     * @return the effects of the last event, if that has failed
     */
    public List<QueueEffect> effectsOfFailedEvent()
    {
        return effects.build();
    }

    public boolean isLeading()
    {
        return leading;
    }

    public long epoch()
    {
        return epoch;
    }

    /**
     * Returns how many queries are known and not forgotten.
     */
    public int queryCount()
    {
        return queries.size();
    }

    /**
     * Returns the coordinator that has the query, if one has it and it is not over.
     */
    public Optional<CoordinatorIncarnation> takenBy(QueryId queryId)
    {
        return find(queryId).filter(query -> query.stage == Stage.TAKEN).flatMap(query -> query.coordinator);
    }

    private Optional<QueuedQuery> find(QueryId queryId)
    {
        return Optional.ofNullable(queries.get(queryId));
    }

    // being the leader

    private void elected(long epoch, List<QueueRecord> records, long nowNanos)
    {
        deposed();
        leading = true;
        this.epoch = epoch;
        electedNanos = nowNanos;
        Set<QueryId> unknown = new LinkedHashSet<>();
        // in the order in which they were sent, and in which they became eligible
        Set<QueuedQuery> sent = new LinkedHashSet<>();
        Set<QueuedQuery> eligible = new LinkedHashSet<>();
        for (QueueRecord record : records) {
            if (record instanceof QueueRecord.Submitted(QueryId queryId)) {
                QueuedQuery query = queries.computeIfAbsent(queryId, QueuedQuery::new);
                query.stage = Stage.SUBMITTED;
                continue;
            }
            Optional<QueuedQuery> query = find(record.queryId());
            if (query.isEmpty()) {
                // the record was written after the query was forgotten
                unknown.add(record.queryId());
                continue;
            }
            inherit(query.get(), record);
            if (record instanceof QueueRecord.Dispatched) {
                sent.add(query.get());
            }
            if (query.get().eligible) {
                eligible.add(query.get());
            }
        }
        unknown.stream()
                .filter(queryId -> !queries.containsKey(queryId))
                .forEach(this::appendForgotten);

        for (QueuedQuery query : queries.values()) {
            if (query.stage == Stage.ENDED) {
                effects.add(new End(query.queryId, query.end.orElseThrow()));
                if (query.untold) {
                    query.end.orElseThrow().coordinator().ifPresentOrElse(coordinator -> leaveTelling(query, coordinator), () -> tell(query));
                }
            }
        }
        // queries that may be running take their slots before all others
        for (QueuedQuery query : sent) {
            if (query.stage == Stage.LOCATING) {
                assign(query, query.coordinator.orElseThrow());
                enqueue(query);
            }
        }
        Sets.union(assigned.keySet(), telling.keySet()).forEach(coordinator -> effects.add(new Follow(coordinator)));
        for (QueuedQuery query : queries.values()) {
            if (query.stage == Stage.LOCATING) {
                if (query.stop.isPresent()) {
                    sendStop(query);
                }
            }
            else if (query.stage == Stage.SUBMITTED && query.stop.isPresent()) {
                end(query, query.stop.get());
            }
        }
        for (QueuedQuery query : eligible) {
            if (query.stage == Stage.SUBMITTED) {
                query.stage = Stage.QUEUED;
                enqueue(query);
            }
        }
    }

    private static void inherit(QueuedQuery query, QueueRecord record)
    {
        switch (record) {
            case QueueRecord.Eligible _ -> query.eligible = true;
            case QueueRecord.Dispatched dispatched -> {
                query.eligible = true;
                query.stage = query.stage == Stage.ENDED ? Stage.ENDED : Stage.LOCATING;
                query.coordinator = Optional.of(dispatched.coordinator());
                query.rerunnable = dispatched.rerunnable();
                query.reruns = dispatched.run();
                query.inherited = true;
            }
            case QueueRecord.Returned returned -> {
                query.stage = query.stage == Stage.ENDED ? Stage.ENDED : Stage.SUBMITTED;
                query.coordinator = Optional.empty();
                query.reruns = returned.run();
                query.inherited = false;
            }
            case QueueRecord.Canceled canceled -> {
                query.stop = query.stop.or(() -> Optional.of(canceled.reason()));
                query.stopDurable = true;
            }
            case QueueRecord.Ended ended -> {
                // the first end counts: if the client was told of one, it was the first
                if (query.stage != Stage.ENDED) {
                    query.stage = Stage.ENDED;
                    query.end = Optional.of(ended.end());
                    query.endRecorded = true;
                    query.untold = ended.untold();
                }
            }
            case QueueRecord.Submitted _, QueueRecord.Condensed _, QueueRecord.Told _, QueueRecord.Forgotten _ -> throw new IllegalArgumentException("Not a step of a live query: " + record);
        }
    }

    private void deposed()
    {
        if (leading) {
            clear();
            effects.add(new StepDown());
        }
    }

    private void clear()
    {
        leading = false;
        lastIncarnations.clear();
        appending.clear();
        appendAgain.clear();
        queries.clear();
        retries.clear();
        assigned.clear();
        answers.clear();
        lost.clear();
        clusterQueries.clear();
        telling.clear();
        told.clear();
        forgetting.clear();
    }

    private void notLeading(QueueEvent event)
    {
        if (event instanceof QueueEvent.Submit(QueryId queryId)) {
            effects.add(new Refuse(queryId));
        }
    }

    // the log

    private void append(QueueRecord record)
    {
        sequence++;
        appending.put(sequence, record);
        effects.add(new Append(sequence, record));
    }

    private void appendForgotten(QueryId queryId)
    {
        forgetting.add(queryId);
        append(new QueueRecord.Forgotten(queryId));
    }

    private void logDone(long number, long nowNanos)
    {
        QueueRecord record = appending.remove(number);
        if (record == null) {
            // from an earlier epoch
            return;
        }
        if (record instanceof QueueRecord.Forgotten(QueryId queryId)) {
            forgetting.remove(queryId);
            return;
        }
        find(record.queryId()).ifPresent(query -> {
            switch (record) {
                case QueueRecord.Submitted _ -> {
                    if (query.stage == Stage.SUBMITTING) {
                        query.stage = Stage.SUBMITTED;
                        effects.add(new Accept(query.queryId));
                    }
                }
                case QueueRecord.Eligible _, QueueRecord.Returned _, QueueRecord.Condensed _, QueueRecord.Told _ -> {}
                case QueueRecord.Dispatched dispatched -> recorded(query, dispatched.coordinator(), nowNanos);
                case QueueRecord.Canceled _ -> {
                    query.stopDurable = true;
                    acknowledgeStops(query);
                }
                case QueueRecord.Ended _ -> endRecorded(query);
                case QueueRecord.Forgotten _ -> throw new IllegalStateException("No caller waits for this record: " + record);
            }
        });
    }

    private void logInDoubt(long number, long nowNanos)
    {
        QueueRecord record = appending.remove(number);
        if (record == null) {
            return;
        }
        if (record instanceof QueueRecord.Submitted(QueryId queryId)) {
            effects.add(new Refuse(queryId));
            queries.remove(queryId);
            forgetting.add(queryId);
            appendLater(new QueueRecord.Forgotten(queryId), nowNanos);
            return;
        }
        appendLater(record, nowNanos);
    }

    private void appendLater(QueueRecord record, long nowNanos)
    {
        if (appendAgain.isEmpty()) {
            appendAgainNanos = nowNanos + times.retry();
        }
        sequence++;
        appendAgain.put(sequence, record);
    }

    private void appendAgain()
    {
        List<QueueRecord> records = ImmutableList.copyOf(appendAgain.values());
        appendAgain.clear();
        for (QueueRecord record : records) {
            // of a query that is gone, only that it is forgotten is written
            if (record instanceof QueueRecord.Forgotten || find(record.queryId()).map(query -> isStillTrue(record, query)).orElse(false)) {
                append(record);
            }
        }
    }

    /**
     * Returns whether the record is still true. A query that was returned may have been sent again since. If the log then had its return
     * behind its dispatch, a later leader would believe that it was not sent, and would run it twice.
     */
    private static boolean isStillTrue(QueueRecord record, QueuedQuery query)
    {
        return !(record instanceof QueueRecord.Returned) || query.stage == Stage.QUEUED || query.stage == Stage.ADMITTED;
    }

    // the way of a query

    private void submit(QueryId queryId)
    {
        if (queries.containsKey(queryId)) {
            // the part that answers clients has just forgotten it, and this part is about to
            effects.add(new Refuse(queryId));
            return;
        }
        if (forgetting.contains(queryId)) {
            // an earlier submission with this id was in doubt; the record that forgets it must not apply to this one
            effects.add(new Refuse(queryId));
            return;
        }
        queries.put(queryId, new QueuedQuery(queryId));
        append(new QueueRecord.Submitted(queryId));
    }

    private void poll(QueuedQuery query)
    {
        if (query.stage == Stage.SUBMITTED) {
            query.eligible = true;
            query.stage = Stage.QUEUED;
            append(new QueueRecord.Eligible(query.queryId));
            enqueue(query);
        }
    }

    private void enqueue(QueuedQuery query)
    {
        effects.add(new Enqueue(query.queryId, query.stage == Stage.LOCATING));
    }

    private static void queued(QueuedQuery query, boolean rerunnable)
    {
        // an inherited query keeps the flag from its dispatch record
        if (!query.inherited) {
            query.rerunnable = rerunnable;
        }
    }

    private void notQueueable(QueuedQuery query, QueryFailure reason)
    {
        if (query.stage == Stage.QUEUED) {
            end(query, query.stop.orElse(reason));
        }
        else if (query.stage == Stage.LOCATING && !reason.errorCode().equals(QUERY_QUEUE_FULL.toErrorCode())) {
            query.unqueueable = Optional.of(reason);
        }
        // a query that may be running has passed this check before, and is not stopped for it
        query.admitted = true;
    }

    private void admitted(QueuedQuery query)
    {
        query.admitted = true;
        if (query.stage == Stage.QUEUED) {
            route(query);
        }
    }

    private void route(QueuedQuery query)
    {
        query.stage = Stage.ADMITTED;
        effects.add(new Route(query.queryId));
    }

    private void giveBack(QueuedQuery query)
    {
        if (query.stage != Stage.ADMITTED) {
            return;
        }
        retries.remove(query);
        query.admitted = false;
        query.stage = Stage.QUEUED;
        effects.add(new GiveBack(query.queryId));
    }

    private void routed(QueuedQuery query, CoordinatorIncarnation coordinator, boolean bound)
    {
        if (query.stage != Stage.ADMITTED) {
            return;
        }
        ClusterName cluster = coordinator.cluster();
        if (!clusters.containsKey(cluster) || !clusters.get(cluster).hasRoom(clusterQueries.count(cluster), bound)) {
            // the choice was made a moment ago
            giveBack(query);
            return;
        }
        occupy(query, cluster);
        query.stage = Stage.RECORDING;
        query.coordinator = Optional.of(coordinator);
        append(new QueueRecord.Dispatched(query.queryId, coordinator, query.rerunnable, query.reruns));
    }

    private void recorded(QueuedQuery query, CoordinatorIncarnation coordinator, long nowNanos)
    {
        if (query.stage != Stage.RECORDING || !query.isWith(coordinator)) {
            return;
        }
        if (lost.contains(coordinator)) {
            unassign(query);
            appendReturned(query);
            route(query);
            return;
        }
        assign(query, coordinator);
        answers.putIfAbsent(coordinator, nowNanos);
        query.stage = Stage.SENT;
        query.callInDoubt = false;
        send(query);
    }

    private void send(QueuedQuery query)
    {
        query.callOutstanding = true;
        effects.add(new Dispatch(query.queryId, query.coordinator.orElseThrow(), epoch, query.reruns));
    }

    private void dispatchAnswered(QueuedQuery query, CoordinatorIncarnation coordinator, DispatchAnswer answer, long nowNanos)
    {
        if (query.stage != Stage.SENT || !query.isWith(coordinator)) {
            return;
        }
        query.callOutstanding = false;
        switch (answer) {
            case TAKEN -> {
                query.stage = Stage.TAKEN;
                if (lost.contains(coordinator)) {
                    coordinatorLost(query, "it died right after it had taken the query");
                }
            }
            case REFUSED -> {
                if (!query.callInDoubt) {
                    // the coordinator may refuse the next call, too
                    notStarted(query);
                    tryAgain(query, nowNanos);
                }
                else if (lost.contains(coordinator)) {
                    coordinatorLost(query, "it died while it was given the query");
                }
                else {
                    tryAgain(query, nowNanos);
                }
            }
            case UNKNOWN -> {
                query.callInDoubt = true;
                if (lost.contains(coordinator)) {
                    coordinatorLost(query, "it died while it was given the query");
                }
                else {
                    tryAgain(query, nowNanos);
                }
            }
        }
    }

    private void tryAgain(QueuedQuery query, long nowNanos)
    {
        query.retryNanos = nowNanos + times.retry();
        retries.add(query);
    }

    /**
     * Handles a query that is not on its coordinator and never will be.
     */
    private void notStarted(QueuedQuery query)
    {
        unassign(query);
        query.inherited = false;
        if (query.stop.isPresent()) {
            end(query, query.stop.get());
        }
        else if (query.unqueueable.isPresent()) {
            end(query, query.unqueueable.get());
        }
        else {
            query.stage = query.admitted ? Stage.ADMITTED : Stage.QUEUED;
            appendReturned(query);
        }
    }

    /**
     * Tells later leaders that no coordinator has the query. Otherwise they would look for it where it was sent, and fail it when that
     * coordinator is gone.
     */
    private void appendReturned(QueuedQuery query)
    {
        append(new QueueRecord.Returned(query.queryId, query.reruns));
    }

    private void occupy(QueuedQuery query, ClusterName cluster)
    {
        if (query.cluster.equals(Optional.of(cluster))) {
            return;
        }
        vacate(query);
        query.cluster = Optional.of(cluster);
        clusterQueries.add(cluster);
        effects.add(new Occupy(query.queryId, cluster));
    }

    private void vacate(QueuedQuery query)
    {
        if (query.cluster.isPresent()) {
            clusterQueries.remove(query.cluster.get());
            query.cluster = Optional.empty();
            effects.add(new Vacate(query.queryId));
        }
    }

    private void assign(QueuedQuery query, CoordinatorIncarnation coordinator)
    {
        // a query of an earlier leader may be there, with or without room
        occupy(query, coordinator.cluster());
        query.coordinator = Optional.of(coordinator);
        assigned.computeIfAbsent(coordinator, _ -> new LinkedHashSet<>()).add(query);
    }

    private void unassign(QueuedQuery query)
    {
        query.coordinator.ifPresent(coordinator -> {
            Set<QueuedQuery> others = assigned.get(coordinator);
            if (others != null && others.remove(query) && others.isEmpty()) {
                assigned.remove(coordinator);
            }
        });
        query.coordinator = Optional.empty();
        retries.remove(query);
        vacate(query);
    }

    // stopping

    private void stop(QueuedQuery query, QueryFailure reason, boolean acknowledge)
    {
        if (acknowledge) {
            query.unacknowledgedStops++;
        }
        if (query.stage == Stage.ENDED) {
            acknowledgeStops(query);
            return;
        }
        if (query.stage == Stage.ENDING || query.stage == Stage.SUBMITTING) {
            // no client knows a query that is being submitted
            return;
        }
        if (query.stop.isPresent()) {
            acknowledgeStops(query);
            return;
        }
        query.stop = Optional.of(reason);
        if (query.mayBeOnCoordinator()) {
            append(new QueueRecord.Canceled(query.queryId, reason));
            sendStop(query);
        }
        else {
            end(query, reason);
        }
    }

    private void sendStop(QueuedQuery query)
    {
        query.stopCall = StopCall.SENT;
        effects.add(new StopAt(query.queryId, query.coordinator.orElseThrow(), query.stop.orElseThrow(), epoch));
    }

    private void stopAnswered(QueuedQuery query, CoordinatorIncarnation coordinator, boolean heard, long nowNanos)
    {
        if (!query.mayBeOnCoordinator() || !query.isWith(coordinator)) {
            return;
        }
        if (heard) {
            query.stopCall = StopCall.HEARD;
            acknowledgeStops(query);
        }
        else {
            query.stopCall = StopCall.DUE;
            tryAgain(query, nowNanos);
        }
    }

    private void acknowledgeStops(QueuedQuery query)
    {
        // an earlier leader's call may still be under way to a coordinator that has not heard of this leader
        boolean fenced = query.stage != Stage.LOCATING || query.stopCall == StopCall.HEARD;
        if (query.stage == Stage.ENDED || (query.stopDurable && fenced)) {
            for (; query.unacknowledgedStops > 0; query.unacknowledgedStops--) {
                effects.add(new AcknowledgeStop(query.queryId));
            }
        }
    }

    // the end of a query

    /**
     * Ends the query on this leader. No client may be told before the log has the end.
     */
    private void end(QueuedQuery query, QueryFailure reason)
    {
        unassign(query);
        query.stage = Stage.ENDING;
        query.end = Optional.of(QueryEnd.failed(reason));
        query.untold = true;
        append(new QueueRecord.Ended(query.queryId, query.end.get(), true));
    }

    /**
     * Ends a query that is over on its coordinator. Its client may know that already.
     */
    private void endedAt(QueuedQuery query, CoordinatorIncarnation coordinator, Optional<QueryFailure> failure, EndTold endTold)
    {
        unassign(query);
        query.stage = Stage.ENDED;
        query.end = Optional.of(QueryEnd.onCoordinator(coordinator, failure));
        effects.add(new End(query.queryId, query.end.get()));
        acknowledgeStops(query);
        query.untold = endTold != EndTold.YES;
        if (endTold == EndTold.NOT_YET) {
            leaveTelling(query, coordinator);
        }
        append(new QueueRecord.Ended(query.queryId, query.end.get(), query.untold));
    }

    private void endRecorded(QueuedQuery query)
    {
        query.endRecorded = true;
        QueryEnd end = query.end.orElseThrow();
        if (query.stage == Stage.ENDING) {
            query.stage = Stage.ENDED;
            effects.add(new End(query.queryId, end));
            acknowledgeStops(query);
        }
        if (query.untold && query.teller.isEmpty() && !told.containsKey(query)) {
            tell(query);
        }
        end.coordinator().ifPresent(coordinator -> effects.add(new Recorded(query.queryId, coordinator)));
        if (query.forget) {
            forget(query);
        }
        else if (query.condense) {
            condense(query);
        }
    }

    /**
     * Condenses the submission, but only once the log has the query's end: a leader with a condensed submission could not run the query.
     */
    private void condense(QueuedQuery query)
    {
        if (query.endRecorded) {
            append(new QueueRecord.Condensed(query.queryId));
        }
        else {
            query.condense = true;
        }
    }

    private void forget(QueuedQuery query)
    {
        if ((query.stage == Stage.SUBMITTED && !query.eligible) || query.endRecorded) {
            queries.remove(query.queryId);
            query.teller.ifPresent(coordinator -> stopTelling(query, coordinator));
            told.remove(query);
            appendForgotten(query.queryId);
        }
        else {
            query.forget = true;
        }
    }

    // event listeners

    private void tell(QueuedQuery query)
    {
        effects.add(new Tell(query.queryId, query.end.orElseThrow(), query.reruns, query.inherited));
    }

    private void leaveTelling(QueuedQuery query, CoordinatorIncarnation coordinator)
    {
        query.teller = Optional.of(coordinator);
        telling.computeIfAbsent(coordinator, _ -> new LinkedHashSet<>()).add(query);
    }

    private void stopTelling(QueuedQuery query, CoordinatorIncarnation coordinator)
    {
        query.teller = Optional.empty();
        Set<QueuedQuery> others = telling.get(coordinator);
        if (others != null && others.remove(query) && others.isEmpty()) {
            telling.remove(coordinator);
        }
    }

    private void told(QueuedQuery query, long nowNanos)
    {
        if (query.untold) {
            told.putIfAbsent(query, nowNanos);
        }
    }

    /**
     * @param due tests the time at which event listeners heard of an end
     */
    private void recordTold(LongPredicate due)
    {
        Iterator<Map.Entry<QueuedQuery, Long>> oldestFirst = told.entrySet().iterator();
        while (oldestFirst.hasNext()) {
            Map.Entry<QueuedQuery, Long> entry = oldestFirst.next();
            if (!due.test(entry.getValue())) {
                return;
            }
            QueuedQuery query = entry.getKey();
            if (query.endRecorded) {
                oldestFirst.remove();
                query.untold = false;
                append(new QueueRecord.Told(query.queryId, query.end.orElseThrow()));
            }
        }
    }

    /**
     * Handles a report of the coordinator on whether it has told event listeners of the query's end.
     */
    private void heardOfTelling(QueuedQuery query, CoordinatorIncarnation coordinator, EndTold endTold, long nowNanos)
    {
        if (!query.teller.equals(Optional.of(coordinator)) || endTold == EndTold.NOT_YET) {
            return;
        }
        stopTelling(query, coordinator);
        if (endTold == EndTold.YES) {
            told(query, nowNanos);
        }
        else if (query.endRecorded) {
            tell(query);
        }
    }

    // coordinators

    private void reported(CoordinatorIncarnation coordinator, boolean complete, List<QueryStatus> statuses, long nowNanos)
    {
        if (lost.contains(coordinator)) {
            return;
        }
        observeIncarnation(coordinator);
        answers.put(coordinator, nowNanos);
        for (QueryStatus status : statuses) {
            Optional<QueuedQuery> found = find(status.queryId());
            if (found.isEmpty()) {
                // it was forgotten, and only queries that are over are
                effects.add(new Recorded(status.queryId(), coordinator));
                continue;
            }
            QueuedQuery query = found.get();
            if (query.mayBeOnCoordinator() && query.isWith(coordinator)) {
                if (status.over()) {
                    if (query.stage == Stage.LOCATING) {
                        settled(query, QueryFate.FOUND_OVER, Optional.empty(), Optional.empty());
                    }
                    endedAt(query, coordinator, status.failure(), status.endTold());
                }
                else if (query.stage == Stage.LOCATING) {
                    settled(query, QueryFate.FOUND, Optional.empty(), Optional.empty());
                    query.stage = Stage.TAKEN;
                    acknowledgeStops(query);
                }
            }
            else if (query.endRecorded) {
                effects.add(new Recorded(status.queryId(), coordinator));
            }
            if (status.over()) {
                heardOfTelling(query, coordinator, status.endTold(), nowNanos);
            }
            if (!status.over() && !query.isWith(coordinator)) {
                // should never happen, and must not last
                effects.add(new StopAt(query.queryId, coordinator, new QueryFailure(COORDINATOR_LOST, "The query is not with coordinator %s any more".formatted(coordinator)), epoch));
            }
        }
        if (complete) {
            Set<QueryId> there = statuses.stream()
                    .map(QueryStatus::queryId)
                    .collect(toImmutableSet());
            for (QueuedQuery query : ImmutableList.copyOf(assigned.getOrDefault(coordinator, Set.of()))) {
                if (query.stage == Stage.LOCATING && !there.contains(query.queryId)) {
                    settled(query, query.stop.isPresent() ? QueryFate.STOPPED : QueryFate.NOT_STARTED, Optional.empty(), query.stop);
                    notStarted(query);
                    if (query.stage == Stage.ADMITTED) {
                        route(query);
                    }
                }
            }
            // it keeps queries for longer than telling takes, so it has told listeners of the missing ones
            ImmutableList.copyOf(telling.getOrDefault(coordinator, Set.of())).stream()
                    .filter(query -> !there.contains(query.queryId))
                    .forEach(query -> heardOfTelling(query, coordinator, EndTold.YES, nowNanos));
        }
    }

    /**
     * Handles a report of an incarnation. A node has one incarnation at a time, so its earlier ones are lost.
     */
    private void observeIncarnation(CoordinatorIncarnation coordinator)
    {
        CoordinatorIncarnation last = lastIncarnations.put(coordinator.id(), coordinator);
        if (coordinator.equals(last)) {
            return;
        }
        if (last != null) {
            coordinatorLost(last, "it was restarted");
        }
        Sets.union(assigned.keySet(), telling.keySet()).immutableCopy().stream()
                .filter(other -> other.id().equals(coordinator.id()) && !other.equals(coordinator))
                .forEach(other -> coordinatorLost(other, "it was restarted"));
    }

    private void coordinatorLost(CoordinatorIncarnation coordinator, String reason)
    {
        lost.add(coordinator);
        answers.remove(coordinator);
        for (QueuedQuery query : ImmutableList.copyOf(assigned.getOrDefault(coordinator, Set.of()))) {
            // while the dispatch call is under way, its outcome will tell more
            if (!(query.stage == Stage.SENT && query.callOutstanding)) {
                coordinatorLost(query, reason);
            }
        }
        for (QueuedQuery query : ImmutableList.copyOf(telling.getOrDefault(coordinator, Set.of()))) {
            stopTelling(query, coordinator);
            if (query.endRecorded) {
                tell(query);
            }
        }
    }

    private void coordinatorLost(QueuedQuery query, String reason)
    {
        CoordinatorIncarnation coordinator = query.coordinator.orElseThrow();
        if (query.stop.isPresent()) {
            settled(query, QueryFate.STOPPED, Optional.of(reason), query.stop);
            end(query, query.stop.get());
        }
        else if (query.rerunnable && !query.exposed && !query.inherited && query.reruns < MAX_RERUNS) {
            settled(query, QueryFate.RUN_AGAIN, Optional.of(reason), Optional.empty());
            query.reruns++;
            unassign(query);
            appendReturned(query);
            route(query);
        }
        else {
            QueryFailure failure = new QueryFailure(COORDINATOR_LOST, "Coordinator %s, which ran the query, is lost: %s. %s".formatted(coordinator, reason, whyNotAgain(query)));
            settled(query, QueryFate.FAILED, Optional.of(reason), Optional.of(failure));
            end(query, failure);
        }
    }

    /**
     * Must be called while the query is still with its coordinator.
     */
    private void settled(QueuedQuery query, QueryFate fate, Optional<String> loss, Optional<QueryFailure> failure)
    {
        effects.add(new Settled(query.queryId, query.coordinator.orElseThrow(), query.stage == Stage.LOCATING, fate, loss, failure));
    }

    private static String whyNotAgain(QueuedQuery query)
    {
        if (!query.rerunnable) {
            return "The query may have had effects, so it was not run again";
        }
        return query.reruns >= MAX_RERUNS ? "It was run %s times".formatted(query.reruns + 1) : "Rows may have been read, so it was not run again";
    }

    // time

    private void tick(long nowNanos)
    {
        if (!appendAgain.isEmpty() && nowNanos - appendAgainNanos >= 0) {
            appendAgain();
        }
        for (QueuedQuery query : ImmutableList.copyOf(retries)) {
            if (nowNanos - query.retryNanos >= 0) {
                retries.remove(query);
                retry(query);
            }
        }
        recordTold(sinceNanos -> nowNanos - sinceNanos >= LISTENER_NANOS);
        List<CoordinatorIncarnation> silent = new ArrayList<>();
        for (CoordinatorIncarnation coordinator : Sets.union(assigned.keySet(), telling.keySet())) {
            if (nowNanos - answers.getOrDefault(coordinator, electedNanos) > times.giveUp()) {
                silent.add(coordinator);
            }
        }
        silent.forEach(coordinator -> {
            // no matter how pending calls end, the coordinator takes no query any more
            assigned.getOrDefault(coordinator, Set.of()).forEach(query -> query.callOutstanding = false);
            coordinatorLost(coordinator, "it was silent until its lease was over");
        });
    }

    private void retry(QueuedQuery query)
    {
        if (query.stage == Stage.ADMITTED) {
            effects.add(new Route(query.queryId));
        }
        else if (query.mayBeOnCoordinator() && query.stop.isPresent()) {
            if (query.stopCall == StopCall.DUE) {
                sendStop(query);
            }
        }
        else if (query.stage == Stage.SENT && !query.callOutstanding) {
            send(query);
        }
    }
}
