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
package io.prestosql.dispatcher.clusters;

import com.google.common.collect.ImmutableMap;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import com.google.inject.Inject;
import io.airlift.node.NodeInfo;
import io.airlift.units.Duration;
import io.prestosql.cluster.ClusterFilesConfig;
import io.prestosql.dispatcher.leader.LeaderRoutingConfig;
import io.prestosql.fleet.CoordinatorMonitorConfig;
import io.prestosql.querylog.QueryLogCondition;
import io.prestosql.queue.LastingRecords;
import io.prestosql.queue.QueueDriver;
import io.trino.dispatcher.DispatchExecutor;
import jakarta.ws.rs.ClientErrorException;

import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

import static com.google.common.collect.Iterables.getOnlyElement;
import static com.google.common.util.concurrent.Futures.immediateVoidFuture;
import static jakarta.ws.rs.core.Response.Status.CONFLICT;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.DAYS;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.MINUTES;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

/**
 * Knows which dispatchers can read the lasting records of the query log. Release 476-1 cannot: with a log in PostgreSQL, its dispatchers could
 * not lead, and with the embedded log, they would lead without these records.
 * <p>
 * A dispatcher that does not lead asks the leader for operators' orders every {@code cluster.refresh-period}; a dispatcher that asks can read
 * them. The leader's answer tells which others have asked, so the next leader knows it also of those that died with the last one. The leader
 * writes the first record only when all other dispatchers are known to read it: those that keep the log, and those that are announced. When
 * the log has such a record already, it does not help to wait.
 */
public class LastingRecordReaders
{
    /** A dispatcher that is down may have been replaced with another release after so long. */
    static final long MEMORY_NANOS = DAYS.toNanos(1);
    /** A dispatcher that is up asks far more often, and its announcement ends earlier when it dies. */
    private static final long MIN_SILENCE_NANOS = MINUTES.toNanos(2);

    private final String self;
    private final LastingRecords records;
    private final Supplier<OtherDispatchers> others;
    private final ScheduledExecutorService scheduler;
    private final Duration maxWait;
    private final long maxSilenceNanos;
    private final LongSupplier nanoClock;
    /** When each of the others has asked a leader. */
    private final Map<String, Long> lastAsked = new ConcurrentHashMap<>();
    /** The orders that wait, in the sequence in which they came: the last one for a cluster has to count. */
    private final Queue<SettableFuture<Void>> waiting = new ConcurrentLinkedQueue<>();

    /**
     * @param members the node ids of those that keep the log, whether they are up or not
     * @param announced the node ids of those that are up
     */
    record OtherDispatchers(Set<String> members, Set<String> announced) {}

    @Inject
    public LastingRecordReaders(
            QueueDriver driver,
            QueryLogCondition queryLog,
            AnnouncedDispatchers announced,
            NodeInfo nodeInfo,
            CoordinatorMonitorConfig monitorConfig,
            LeaderRoutingConfig leaderConfig,
            ClusterFilesConfig filesConfig,
            DispatchExecutor executor)
    {
        this(
                nodeInfo.getNodeId(),
                driver,
                () -> new OtherDispatchers(Set.copyOf(queryLog.getStatus().members()), announced.find().keySet()),
                executor.getScheduledExecutor(),
                maxWait(monitorConfig.getRequestTimeout(), leaderConfig.getLeaderTimeout()),
                filesConfig.getRefreshPeriod(),
                System::nanoTime);
    }

    /**
     * @param self the node id of this dispatcher
     * @param others the dispatchers; this one may be among them
     * @param maxWait how long an order waits for dispatchers that have not asked yet
     * @param period how often a dispatcher asks
     */
    LastingRecordReaders(
            String self,
            LastingRecords records,
            Supplier<OtherDispatchers> others,
            ScheduledExecutorService scheduler,
            Duration maxWait,
            Duration period,
            LongSupplier nanoClock)
    {
        this.self = requireNonNull(self, "self is null");
        this.records = requireNonNull(records, "records is null");
        this.others = requireNonNull(others, "others is null");
        this.scheduler = requireNonNull(scheduler, "scheduler is null");
        this.maxWait = requireNonNull(maxWait, "maxWait is null");
        this.maxSilenceNanos = Math.max(MIN_SILENCE_NANOS, 3 * period.roundTo(NANOSECONDS));
        this.nanoClock = requireNonNull(nanoClock, "nanoClock is null");
    }

    /**
     * Returns how long an order waits: after an election, each of the others has to find the new leader and to ask it. But a dispatcher that
     * has passed an order on has to hear of the refusal before it takes the leader for dead.
     */
    static Duration maxWait(Duration requestTimeout, Duration leaderTimeout)
    {
        return new Duration(Math.min(requestTimeout.toMillis(), leaderTimeout.toMillis()) / 2.0, MILLISECONDS);
    }

    /**
     * Takes note that another dispatcher has asked this leader for orders.
     */
    void asked(String nodeId)
    {
        learn(ImmutableMap.of(nodeId, 0L));
        if (!waiting.isEmpty() && missing().isEmpty()) {
            completeWaiting();
        }
    }

    /**
     * Takes what a leader knows.
     *
     * @param agesMillis how many milliseconds ago dispatchers have asked, by node id
     */
    void learn(Map<String, Long> agesMillis)
    {
        long now = nanoClock.getAsLong();
        agesMillis.forEach((nodeId, age) -> lastAsked.merge(nodeId, now - MILLISECONDS.toNanos(age), (one, other) -> one - other > 0 ? one : other));
    }

    /**
     * Returns the dispatchers that are known to read lasting records, this one included.
     *
     * @return how many milliseconds ago each has asked, by node id
     */
    public Map<String, Long> agesMillis()
    {
        long now = nanoClock.getAsLong();
        forgetOld(now);
        ImmutableMap.Builder<String, Long> ages = ImmutableMap.builder();
        lastAsked.forEach((nodeId, asked) -> ages.put(nodeId, NANOSECONDS.toMillis(now - asked)));
        return ages.put(self, 0L).buildKeepingLast();
    }

    private void forgetOld(long now)
    {
        lastAsked.values().removeIf(asked -> now - asked > MEMORY_NANOS);
    }

    private boolean isOpen()
    {
        return records.mayHaveLasting() || missing().isEmpty();
    }

    private void completeWaiting()
    {
        // one thread at a time, which keeps their sequence
        synchronized (waiting) {
            for (SettableFuture<Void> next = waiting.poll(); next != null; next = waiting.poll()) {
                next.set(null);
            }
        }
    }

    /**
     * Returns the dispatchers that are not known to read lasting records.
     */
    private Set<String> missing()
    {
        long now = nanoClock.getAsLong();
        forgetOld(now);
        OtherDispatchers dispatchers = others.get();
        Set<String> missing = new TreeSet<>(dispatchers.members());
        missing.addAll(dispatchers.announced());
        missing.remove(self);
        // one that is up and has stopped asking has been replaced with another release
        missing.removeIf(nodeId -> {
            Long asked = lastAsked.get(nodeId);
            return asked != null && (now - asked <= maxSilenceNanos || !dispatchers.announced().contains(nodeId));
        });
        return missing;
    }

    /**
     * Waits until a record may be written. Orders go on in the sequence in which they came.
     *
     * @return to be cancelled when the order is not wanted any more; fails with status 409 and the names of the dispatchers that have not
     * asked in time
     */
    ListenableFuture<Void> awaitAll()
    {
        if (isOpen()) {
            // no order overtakes an earlier one
            completeWaiting();
            return immediateVoidFuture();
        }
        SettableFuture<Void> result = SettableFuture.create();
        waiting.add(result);
        scheduler.schedule(() -> giveUp(result), maxWait.toMillis(), MILLISECONDS);
        // one may have asked meanwhile
        if (isOpen()) {
            completeWaiting();
        }
        return result;
    }

    private void giveUp(SettableFuture<Void> order)
    {
        Set<String> missing = missing();
        if (records.mayHaveLasting() || missing.isEmpty()) {
            completeWaiting();
            return;
        }
        if (waiting.removeIf(other -> other == order)) {
            order.setException(new ClientErrorException(explain(missing), CONFLICT));
        }
    }

    private static String explain(Set<String> missing)
    {
        return "The query log takes no orders for clusters yet, as %s not known to read them, which those of release 476-1 cannot. Upgrade or start %s, or write the order into the files of the clusters".formatted(
                missing.size() == 1 ? "dispatcher %s is".formatted(getOnlyElement(missing)) : "dispatchers %s are".formatted(String.join(", ", missing)),
                missing.size() == 1 ? "it" : "them");
    }
}
