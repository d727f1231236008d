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
package io.prestosql.queue;

import com.google.common.collect.ImmutableList;
import com.google.inject.Inject;
import io.airlift.http.server.HttpServerInfo;
import io.airlift.log.Logger;
import io.airlift.node.NodeInfo;
import io.airlift.units.Duration;
import io.prestosql.node.CoordinatorIncarnation;
import io.prestosql.node.InternalAddresses;
import io.prestosql.protocol.SubmittedQuery;
import io.prestosql.querylog.EncryptedQueryLog;
import io.prestosql.queue.QueueRecordCodec.StoredDispatch;
import io.prestosql.queue.core.QueryEnd;
import io.prestosql.queue.core.QueryFailure;
import io.prestosql.queue.core.QueueCore;
import io.prestosql.queue.core.QueueEffect;
import io.prestosql.queue.core.QueueEvent;
import io.prestosql.queue.core.QueueRecord;
import io.prestosql.queue.core.QueueTimes;
import io.prestosql.spi.querylog.DeposedException;
import io.prestosql.spi.querylog.QueryLog;
import io.prestosql.spi.querylog.QueryLogLeader;
import io.prestosql.spi.querylog.QueryLogListener;
import io.prestosql.spi.querylog.QueryLogMember;
import io.prestosql.spi.querylog.QueryLogRecord;
import io.prestosql.spi.querylog.QueryLogRecord.Kind;
import io.trino.spi.QueryId;
import org.weakref.jmx.Managed;

import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static io.airlift.concurrent.MoreFutures.unwrapCompletionException;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.Executors.newSingleThreadScheduledExecutor;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * Runs the {@link QueueCore} of this dispatcher: feeds it events, one at a time, and carries out its effects.
 */
public class QueueDriver
        implements QueryLogListener, LeaderEvents, LastingRecords
{
    private static final Logger log = Logger.get(QueueDriver.class);
    private static final long TICK_MILLIS = 100;
    /** How long a stopping process waits for the log. */
    private static final long LEAVE_MILLIS = 1000;

    private final QueryLog queryLog;
    private final QueryLogMember self;
    private final QueueRecordCodec codec;
    private final QueueCore core;
    private final FailoverHistory failoverHistory;
    private final ScheduledExecutorService executor = newSingleThreadScheduledExecutor(daemonThreadsNamed("queue-leader"));
    /** The submissions of clients that the log does not have yet. */
    private final Map<QueryId, QueryLogRecord> submissions = new ConcurrentHashMap<>();
    /** The pending writes to the log that say that event listeners have heard of an end. */
    private final Map<QueryId, CompletableFuture<Void>> toldMarks = new ConcurrentHashMap<>();
    private final List<LastingRecordListener> lastingRecordListeners = new CopyOnWriteArrayList<>();
    private final LastingRecordKeys lastingRecordKeys = new LastingRecordKeys();
    private QueueEnvironment environment;
    private volatile OptionalLong epoch = OptionalLong.empty();
    private volatile Optional<QueryLogLeader> knownLeader = Optional.empty();
    private volatile Runnable changeListener = () -> {};
    private volatile boolean leftElection;
    /** Guarded by this. */
    private boolean stopped;
    private final AtomicLong appends = new AtomicLong();
    private final AtomicLong appendsInDoubt = new AtomicLong();
    private final AtomicLong failedEffects = new AtomicLong();
    private final AtomicLong elections = new AtomicLong();
    private volatile Duration lastRecovery = new Duration(0, MILLISECONDS);

    @Inject
    public QueueDriver(
            EncryptedQueryLog queryLog,
            QueueTimes times,
            NodeInfo nodeInfo,
            HttpServerInfo httpServerInfo,
            InternalAddresses addresses,
            QueueRecordCodec codec,
            FailoverHistory failoverHistory)
    {
        this(queryLog, times, new QueryLogMember(nodeInfo.getNodeId(), addresses.of(httpServerInfo)), codec, failoverHistory);
    }

    QueueDriver(QueryLog queryLog, QueueTimes times, QueryLogMember self, QueueRecordCodec codec, FailoverHistory failoverHistory)
    {
        this.queryLog = requireNonNull(queryLog, "queryLog is null");
        this.core = new QueueCore(times);
        this.self = requireNonNull(self, "self is null");
        this.codec = requireNonNull(codec, "codec is null");
        this.failoverHistory = requireNonNull(failoverHistory, "failoverHistory is null");
    }

    /**
     * Starts the driver. Does nothing after {@link #stop}.
     */
    public synchronized void start(QueueEnvironment environment)
    {
        if (stopped) {
            return;
        }
        this.environment = requireNonNull(environment, "environment is null");
        executor.scheduleWithFixedDelay(() -> handle(new QueueEvent.Tick()), TICK_MILLIS, TICK_MILLIS, MILLISECONDS);
        queryLog.start(self, this);
    }

    /**
     * Lets another dispatcher lead. Queued and running queries stay as they are.
     */
    public void stop()
    {
        synchronized (this) {
            stopped = true;
        }
        try {
            // the next leader tells event listeners again of each end that the log does not mark as told
            execute(() -> handle(new QueueEvent.Leave()))
                    .thenCompose(_ -> CompletableFuture.allOf(toldMarks.values().toArray(CompletableFuture[]::new)))
                    .orTimeout(LEAVE_MILLIS, MILLISECONDS)
                    .exceptionally(_ -> null)
                    .join();
        }
        finally {
            queryLog.close();
        }
        post(new QueueEvent.Deposed()).exceptionally(_ -> null).join();
        executor.shutdown();
    }

    @Override
    public void elected(long epoch, List<QueryLogRecord> liveRecords)
    {
        execute(() -> {
            try {
                takeOver(epoch, liveRecords);
            }
            catch (Throwable t) {
                // nothing is lost: the records stay in the log, and a dispatcher that understands them may lead
                log.error(t, "This dispatcher cannot lead the queue, and leaves the election until it is started again: the log has records that it does not understand");
                leftElection = true;
                handle(new QueueEvent.Deposed());
                queryLog.close();
            }
        });
    }

    /**
     * Returns why this dispatcher has left the election, if it has; half a sentence.
     */
    public Optional<String> refusal()
    {
        return leftElection ? Optional.of("this dispatcher does not understand a record of the query log, and has left the election until it is started again; its log says why") : Optional.empty();
    }

    @Override
    public void deposed(long deposedEpoch)
    {
        log.info("No longer leader of the queue in epoch %s", deposedEpoch);
        epoch = OptionalLong.empty();
        post(new QueueEvent.Deposed());
    }

    @Override
    public void leaderChanged(Optional<QueryLogLeader> leader)
    {
        knownLeader = leader;
        leader.ifPresent(failoverHistory::leaderSeen);
        changeListener.run();
    }

    private void takeOver(long newEpoch, List<QueryLogRecord> liveRecords)
    {
        long start = System.nanoTime();
        handle(new QueueEvent.Deposed());
        Queue<QueryLogRecord> lasting = new ConcurrentLinkedQueue<>();
        // on all processors, as clients wait
        List<LiveRecord> records = liveRecords.parallelStream()
                .flatMap(record -> {
                    if (record.kind() == Kind.LASTING) {
                        lasting.add(record);
                        return Stream.empty();
                    }
                    return Stream.of(read(record));
                })
                .collect(toImmutableList());
        lastingRecordKeys.elected(newEpoch, lasting.stream().map(QueryLogRecord::key).collect(toImmutableList()));
        lastingRecordListeners.forEach(listener -> tellElected(listener, newEpoch, ImmutableList.copyOf(lasting)));
        List<QueueRecord> steps = records.stream().map(LiveRecord::step).collect(toImmutableList());
        failoverHistory.takesOver(newEpoch, self.nodeId(), steps);
        Map<QueryId, SubmittedQuery> queries = records.stream()
                .filter(record -> record.submission().isPresent())
                .collect(toImmutableMap(record -> record.step().queryId(), record -> record.submission().get(), (_, last) -> last));
        Map<CoordinatorIncarnation, URI> addresses = new HashMap<>();
        records.forEach(record -> record.dispatch().ifPresent(dispatch -> addresses.put(dispatch.coordinator(), dispatch.address())));
        environment.elected(newEpoch, queries, addresses);
        epoch = OptionalLong.of(newEpoch);
        handle(new QueueEvent.Elected(newEpoch, steps));
        environment.leads();
        changeListener.run();
        elections.incrementAndGet();
        lastRecovery = Duration.nanosSince(start);
        failoverHistory.leads(newEpoch, lastRecovery);
        log.info("Leader of the queue in epoch %s, with %s queries of earlier leaders, after %s", newEpoch, queries.size(), lastRecovery.convertToMostSuccinctTimeUnit());
    }

    /**
     * A failure concerns what the listener does with its records. It must not keep this dispatcher from leading the queue.
     */
    private void tellElected(LastingRecordListener listener, long newEpoch, List<QueryLogRecord> lasting)
    {
        try {
            listener.elected(newEpoch, lasting);
        }
        catch (Throwable t) {
            failedEffects.incrementAndGet();
            log.error(t, "This dispatcher does not use the lasting records %s; they stay in the query log", lasting.stream().map(QueryLogRecord::key).collect(toImmutableList()));
        }
    }

    /**
     * Reads the record without keeping its bytes: those of a submission are as large as its statement.
     *
     * @throws IllegalArgumentException when the record is not understood. Without it, the query would be forgotten or run twice.
     */
    private LiveRecord read(QueryLogRecord record)
    {
        try {
            return new LiveRecord(
                    codec.decode(record),
                    record.kind() == Kind.SUBMITTED ? Optional.of(codec.decodeSubmission(record)) : Optional.empty(),
                    record.kind() == Kind.DISPATCHED ? Optional.of(codec.decodeDispatch(record)) : Optional.empty());
        }
        catch (RuntimeException e) {
            throw new IllegalArgumentException("Record %s of query %s is not understood".formatted(record.kind(), record.key()), e);
        }
    }

    private record LiveRecord(QueueRecord step, Optional<SubmittedQuery> submission, Optional<StoredDispatch> dispatch) {}

    /**
     * Returns the epoch in which this dispatcher leads the queue, if it does.
     */
    @Override
    public OptionalLong getEpoch()
    {
        return epoch;
    }

    /**
     * Returns the other dispatcher that leads the queue, as far as is known.
     */
    public Optional<QueryLogMember> getOtherLeader()
    {
        return knownLeader.map(QueryLogLeader::member).filter(member -> !member.nodeId().equals(self.nodeId()));
    }

    /**
     * @param listener called when another dispatcher leads the queue, or this one has begun to; must not block
     */
    public void setChangeListener(Runnable listener)
    {
        changeListener = requireNonNull(listener, "listener is null");
    }

    @Override
    public void addLastingRecordListener(LastingRecordListener listener)
    {
        lastingRecordListeners.add(requireNonNull(listener, "listener is null"));
    }

    @Override
    public boolean mayHaveLasting()
    {
        return lastingRecordKeys.size() > 0;
    }

    @Override
    public CompletableFuture<Void> writeLasting(long epoch, String key, byte[] content)
    {
        lastingRecordKeys.beginWrite(epoch, key);
        return queryLog.append(epoch, new QueryLogRecord(key, Kind.LASTING, content));
    }

    @Override
    public CompletableFuture<Void> endLasting(long epoch, String key)
    {
        Runnable ended = lastingRecordKeys.beginEnd(key);
        return queryLog.append(epoch, new QueryLogRecord(key, Kind.FORGOTTEN, new byte[0]))
                .thenRun(ended);
    }

    /**
     * Returns the identity of the query log, if it is known yet. It always is while this dispatcher leads.
     */
    public Optional<String> getQueue()
    {
        return queryLog.identity();
    }

    public boolean isDurable()
    {
        return queryLog.isDurable();
    }

    /**
     * Confirms that no other leader had been elected at the time of this call.
     */
    public CompletableFuture<Void> confirm(long epoch)
    {
        return queryLog.confirm(epoch);
    }

    /**
     * Submits a query that a client has brought to the leader of the given epoch, and to no other leader.
     *
     * @return done when the query is on its way to the log, or refused; fails when this dispatcher no longer leads in that epoch
     * @throws QueryTooLargeException when the query is larger than the log can take
     */
    public CompletableFuture<Void> submit(long epoch, QueryId queryId, SubmittedQuery query)
    {
        QueryLogRecord record = codec.encodeSubmission(queryId, query);
        return execute(epoch, () -> {
            submissions.put(queryId, record);
            handle(new QueueEvent.Submit(queryId));
        });
    }

    /**
     * @return done when the event has been handled and all its effects have been ordered; fails when this dispatcher stops
     */
    public CompletableFuture<Void> post(QueueEvent event)
    {
        return execute(() -> handle(event));
    }

    @Override
    public CompletableFuture<Void> post(long epoch, QueueEvent event)
    {
        return execute(epoch, () -> handle(event));
    }

    private CompletableFuture<Void> execute(long epoch, Runnable task)
    {
        return execute(() -> {
            if (!this.epoch.equals(OptionalLong.of(epoch))) {
                throw new DeposedException(epoch);
            }
            task.run();
        });
    }

    private CompletableFuture<Void> execute(Runnable task)
    {
        try {
            return CompletableFuture.runAsync(task, executor);
        }
        catch (RejectedExecutionException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void handle(QueueEvent event)
    {
        if (event instanceof QueueEvent.CoordinatorLost(CoordinatorIncarnation coordinator, String reason)) {
            failoverHistory.coordinatorLost(coordinator, reason, epoch);
        }
        decide(event).forEach(this::perform);
    }

    private List<QueueEffect> decide(QueueEvent event)
    {
        try {
            return core.handle(event, System.nanoTime());
        }
        catch (Throwable t) {
            failedEffects.incrementAndGet();
            log.error(t, "Error handling %s", event.getClass().getSimpleName());
            ImmutableList.Builder<QueueEffect> effects = ImmutableList.builder();
            effects.addAll(core.effectsOfFailedEvent());
            if (event instanceof QueueEvent.Submit(QueryId queryId)) {
                // its client waits
                effects.add(new QueueEffect.Refuse(queryId));
            }
            return effects.build();
        }
    }

    /**
     * Carries out an effect. A failure does not keep later effects from being carried out, because the core counts on all of them.
     */
    private void perform(QueueEffect effect)
    {
        try {
            carryOut(effect);
        }
        catch (Throwable t) {
            failedEffects.incrementAndGet();
            log.error(t, "Error carrying out %s", effect);
            effect.failed(QueryFailure.of(t)).forEach(event -> post(core.epoch(), event));
        }
    }

    private void carryOut(QueueEffect effect)
    {
        switch (effect) {
            case QueueEffect.Append(long sequence, QueueRecord record) -> append(sequence, record);
            case QueueEffect.Settled settled -> failoverHistory.settled(settled, core.epoch());
            case QueueEffect.StepDown _ -> {
                epoch = OptionalLong.empty();
                environment.deposed();
            }
            case QueueEffect.Refuse(QueryId queryId) -> {
                submissions.remove(queryId);
                environment.perform(effect);
            }
            default -> environment.perform(effect);
        }
    }

    private void append(long sequence, QueueRecord record)
    {
        Optional<SubmittedQuery> condensed = Optional.empty();
        if (record instanceof QueueRecord.Condensed(QueryId queryId)) {
            condensed = environment.condensed(queryId);
            if (condensed.isEmpty()) {
                post(new QueueEvent.LogDone(sequence));
                return;
            }
        }
        if (record instanceof QueueRecord.Told && !environment.hasEventListeners()) {
            // the end was written as one that no event listener is to be told of
            post(new QueueEvent.LogDone(sequence));
            return;
        }
        appends.incrementAndGet();
        CompletableFuture<Void> append = condensed
                .map(submission -> queryLog.replace(core.epoch(), codec.encodeSubmission(record.queryId(), submission)))
                .orElseGet(() -> record instanceof QueueRecord.Told ? markTold(record) : queryLog.append(core.epoch(), encode(record)));
        append.whenComplete((_, failure) -> {
            if (failure == null) {
                post(new QueueEvent.LogDone(sequence));
                return;
            }
            Throwable cause = unwrapCompletionException(failure);
            // the log itself tells a deposed leader
            if (!(cause instanceof DeposedException)) {
                appendsInDoubt.incrementAndGet();
                log.warn("It is not known whether the log has that query %s is %s: %s", record.queryId(), record.getClass().getSimpleName(), cause.getMessage());
                post(new QueueEvent.LogInDoubt(sequence));
            }
        });
    }

    private CompletableFuture<Void> markTold(QueueRecord record)
    {
        CompletableFuture<Void> mark = queryLog.replace(core.epoch(), codec.encode(record));
        toldMarks.put(record.queryId(), mark);
        mark.whenComplete((_, _) -> toldMarks.remove(record.queryId()));
        return mark;
    }

    private QueryLogRecord encode(QueueRecord record)
    {
        return switch (record) {
            case QueueRecord.Ended(QueryId queryId, QueryEnd end, boolean untold) -> codec.encode(new QueueRecord.Ended(queryId, end, untold && environment.hasEventListeners()));
            case QueueRecord.Submitted(QueryId queryId) -> submissions.remove(queryId);
            case QueueRecord.Dispatched dispatched -> codec.encodeDispatch(dispatched, environment.addressOf(dispatched.coordinator()));
            default -> codec.encode(record);
        };
    }

    @Managed(description = "The epoch in which this dispatcher leads the queue; 0 when it does not")
    public long getCurrentEpoch()
    {
        return epoch.orElse(0);
    }

    @Managed(description = "Records that this dispatcher has appended to the log, or tried to")
    public long getAppends()
    {
        return appends.get();
    }

    @Managed(description = "Records of which this dispatcher was not told whether they are in the log")
    public long getAppendsInDoubt()
    {
        return appendsInDoubt.get();
    }

    @Managed(description = "Decisions that this dispatcher could not carry out because of an error, which its log has")
    public long getFailedEffects()
    {
        return failedEffects.get();
    }

    @Managed(description = "Lasting records of the log: operators' orders for clusters, and what is kept of their changes; -1 when this dispatcher does not lead")
    public int getLastingRecords()
    {
        return epoch.isPresent() ? lastingRecordKeys.size() : -1;
    }

    @Managed(description = "How often this dispatcher has become leader of the queue")
    public long getElections()
    {
        return elections.get();
    }

    @Managed(description = "How long it took to rebuild the queue at the last election, in milliseconds")
    public long getLastRecoveryMillis()
    {
        return lastRecovery.toMillis();
    }
}
