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

import com.google.common.collect.Sets;
import com.google.inject.Inject;
import io.airlift.units.Duration;
import io.prestosql.node.CoordinatorIncarnation;
import io.prestosql.queue.LeaderElection.Takeover;
import io.prestosql.queue.core.CoordinatorLoss;
import io.prestosql.queue.core.QueryFates;
import io.prestosql.queue.core.QueueEffect;
import io.prestosql.queue.core.QueueRecord;
import io.prestosql.spi.querylog.QueryLogLeader;
import io.trino.spi.QueryId;
import org.weakref.jmx.Managed;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

/**
 * Keeps the last elections of the queue's leader, the last losses of coordinators, and the fates of their queries, as far as this
 * dispatcher has seen them. The history is for people to read: no decision depends on it, and it ends with the process.
 */
public class FailoverHistory
{
    static final int MAX_EVENTS = 25;

    private final Clock clock;
    private final LongSupplier nanoClock;
    /** The newest ones first. */
    private final Deque<SeenElection> elections = new ArrayDeque<>();
    private final Deque<SeenLoss> losses = new ArrayDeque<>();
    private final AtomicLong foundQueries = new AtomicLong();
    private final AtomicLong rerunQueries = new AtomicLong();
    private final AtomicLong failedQueries = new AtomicLong();

    @Inject
    public FailoverHistory()
    {
        this(Clock.systemUTC(), System::nanoTime);
    }

    FailoverHistory(Clock clock, LongSupplier nanoClock)
    {
        this.clock = requireNonNull(clock, "clock is null");
        this.nanoClock = requireNonNull(nanoClock, "nanoClock is null");
    }

    /**
     * Called when the log names a leader.
     */
    synchronized void leaderSeen(QueryLogLeader leader)
    {
        election(leader.epoch(), leader.member().nodeId());
    }

    /**
     * Called when this dispatcher begins to take the queue over.
     *
     * @param records the log's records of earlier leaders
     */
    synchronized void takesOver(long epoch, String nodeId, List<QueueRecord> records)
    {
        Set<QueryId> queries = queries(records, QueueRecord.Submitted.class);
        Set<QueryId> over = Sets.intersection(queries, queries(records, QueueRecord.Ended.class));
        Set<QueryId> sent = Sets.difference(Sets.intersection(queries, sent(records)), over);
        SeenElection election = election(epoch, nodeId);
        election.takeover = Optional.of(new Takeover(Optional.empty(), queries.size(), over.size(), sent.size(), QueryFates.NONE, sent.size()));
    }

    private static Set<QueryId> sent(List<QueueRecord> records)
    {
        Set<QueryId> sent = new HashSet<>();
        for (QueueRecord record : records) {
            switch (record) {
                case QueueRecord.Dispatched(QueryId queryId, CoordinatorIncarnation _, boolean _, int _) -> sent.add(queryId);
                case QueueRecord.Returned(QueryId queryId, int _) -> sent.remove(queryId);
                default -> {}
            }
        }
        return sent;
    }

    private static Set<QueryId> queries(List<QueueRecord> records, Class<? extends QueueRecord> kind)
    {
        return records.stream()
                .filter(kind::isInstance)
                .map(QueueRecord::queryId)
                .collect(toImmutableSet());
    }

    /**
     * Called when this dispatcher has rebuilt the queue.
     */
    synchronized void leads(long epoch, Duration rebuild)
    {
        findElection(epoch).ifPresent(election -> election.takeover = election.takeover.map(takeover ->
                new Takeover(Optional.of(rebuild.toMillis()), takeover.queries(), takeover.over(), takeover.sent(), takeover.fates(), takeover.open())));
    }

    /**
     * @param epoch the epoch in which this dispatcher leads, if it does
     */
    synchronized void coordinatorLost(CoordinatorIncarnation coordinator, String reason, OptionalLong epoch)
    {
        loss(coordinator, reason, epoch);
    }

    /**
     * @param epoch the epoch in which this dispatcher leads
     */
    synchronized void settled(QueueEffect.Settled settled, long epoch)
    {
        if (settled.inDoubt()) {
            findElection(epoch).ifPresent(election -> election.takeover = election.takeover.map(takeover -> {
                QueryFates fates = takeover.fates().plus(settled.fate(), settled.failure());
                return new Takeover(takeover.rebuildMillis(), takeover.queries(), takeover.over(), takeover.sent(), fates, takeover.sent() - fates.total());
            }));
        }
        settled.loss().ifPresent(reason -> {
            SeenLoss loss = loss(settled.coordinator(), reason, OptionalLong.of(epoch));
            loss.fates = loss.fates.plus(settled.fate(), settled.failure());
        });
        switch (settled.fate()) {
            case FOUND, FOUND_OVER -> foundQueries.incrementAndGet();
            case RUN_AGAIN -> rerunQueries.incrementAndGet();
            case FAILED -> failedQueries.incrementAndGet();
            case NOT_STARTED, STOPPED -> {}
        }
    }

    private Optional<SeenElection> findElection(long epoch)
    {
        return elections.stream()
                .filter(election -> election.epoch == epoch)
                .findFirst();
    }

    private SeenElection election(long epoch, String leader)
    {
        return findElection(epoch).orElseGet(() -> {
            SeenElection election = new SeenElection(clock.instant(), nanoClock.getAsLong(), epoch, leader);
            add(elections, election);
            return election;
        });
    }

    private SeenLoss loss(CoordinatorIncarnation coordinator, String reason, OptionalLong epoch)
    {
        SeenLoss loss = losses.stream()
                .filter(known -> known.coordinator.equals(coordinator))
                .findFirst()
                .orElseGet(() -> {
                    SeenLoss newLoss = new SeenLoss(clock.instant(), nanoClock.getAsLong(), coordinator, reason);
                    add(losses, newLoss);
                    return newLoss;
                });
        if (epoch.isPresent()) {
            loss.epoch = epoch;
        }
        return loss;
    }

    private static <T> void add(Deque<T> events, T event)
    {
        events.addFirst(event);
        if (events.size() > MAX_EVENTS) {
            events.removeLast();
        }
    }

    /**
     * @return the newest elections first
     */
    public synchronized List<LeaderElection> getElections()
    {
        long now = nanoClock.getAsLong();
        return elections.stream()
                .map(election -> new LeaderElection(election.time, NANOSECONDS.toMillis(now - election.nanos), election.epoch, election.leader, election.takeover))
                .collect(toImmutableList());
    }

    /**
     * @return the newest losses first
     */
    public synchronized List<CoordinatorLoss> getLosses()
    {
        long now = nanoClock.getAsLong();
        return losses.stream()
                .map(loss -> new CoordinatorLoss(
                        loss.time,
                        NANOSECONDS.toMillis(now - loss.nanos),
                        loss.coordinator,
                        loss.reason,
                        loss.epoch.isPresent() ? Optional.of(loss.epoch.getAsLong()) : Optional.empty(),
                        loss.epoch.isPresent() ? Optional.of(loss.fates) : Optional.empty()))
                .collect(toImmutableList());
    }

    @Managed(description = "Queries of earlier leaders that this dispatcher has found with their coordinators when it took over")
    public long getFoundQueries()
    {
        return foundQueries.get();
    }

    @Managed(description = "Queries that this dispatcher has run again because their coordinator was lost")
    public long getRerunQueries()
    {
        return rerunQueries.get();
    }

    @Managed(description = "Queries that have failed because their coordinator was lost")
    public long getFailedQueries()
    {
        return failedQueries.get();
    }

    private static final class SeenElection
    {
        private final Instant time;
        private final long nanos;
        private final long epoch;
        private final String leader;
        private Optional<Takeover> takeover = Optional.empty();

        private SeenElection(Instant time, long nanos, long epoch, String leader)
        {
            this.time = requireNonNull(time, "time is null");
            this.nanos = nanos;
            this.epoch = epoch;
            this.leader = requireNonNull(leader, "leader is null");
        }
    }

    private static final class SeenLoss
    {
        private final Instant time;
        private final long nanos;
        private final CoordinatorIncarnation coordinator;
        private final String reason;
        private OptionalLong epoch = OptionalLong.empty();
        private QueryFates fates = QueryFates.NONE;

        private SeenLoss(Instant time, long nanos, CoordinatorIncarnation coordinator, String reason)
        {
            this.time = requireNonNull(time, "time is null");
            this.nanos = nanos;
            this.coordinator = requireNonNull(coordinator, "coordinator is null");
            this.reason = requireNonNull(reason, "reason is null");
        }
    }
}
