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

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import com.google.inject.Inject;
import io.airlift.node.NodeInfo;
import io.airlift.units.Duration;
import io.prestosql.dispatcher.leader.LeaderRoutingConfig;
import io.prestosql.fleet.CoordinatorMonitorConfig;
import io.prestosql.querylog.QueryLogCondition;
import io.prestosql.queue.LastingRecordListener;
import io.prestosql.queue.QueueDriver;
import io.prestosql.spi.querylog.QueryLogRecord;
import io.trino.dispatcher.DispatchExecutor;
import jakarta.ws.rs.ClientErrorException;

import java.util.List;
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
import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * Knows which dispatchers can read the lasting records of the query log. Release 476-1 cannot: with a log in PostgreSQL, its dispatchers could
 * not lead, and with the embedded log, they would lead without these records.
 * <p>
 * A dispatcher that does not lead asks the leader for operators' orders every {@code cluster.refresh-period}; a dispatcher that asks can read
 * them. So the leader writes the first record only when all other dispatchers have asked it: those that keep the log, and those that are announced. When the log has
 * such a record already, it does not help to wait.
 */
public class LastingRecordReaders
        implements LastingRecordListener
{
    /** A dispatcher that has not asked for so long may have been replaced with another release. */
    static final long MEMORY_NANOS = HOURS.toNanos(1);

    private final Supplier<Set<String>> others;
    private final ScheduledExecutorService scheduler;
    private final Duration maxWait;
    private final LongSupplier nanoClock;
    private final Map<String, Long> lastAsked = new ConcurrentHashMap<>();
    /** The orders that wait, in the sequence in which they came: the last one for a cluster has to count. */
    private final Queue<SettableFuture<Void>> waiting = new ConcurrentLinkedQueue<>();
    private volatile boolean written;

    @Inject
    public LastingRecordReaders(
            QueueDriver driver,
            QueryLogCondition queryLog,
            AnnouncedDispatchers announced,
            NodeInfo nodeInfo,
            CoordinatorMonitorConfig monitorConfig,
            LeaderRoutingConfig leaderConfig,
            DispatchExecutor executor)
    {
        this(
                () -> others(queryLog.getStatus().members(), announced.find().keySet(), nodeInfo.getNodeId()),
                executor.getScheduledExecutor(),
                maxWait(monitorConfig.getRequestTimeout(), leaderConfig.getLeaderTimeout()),
                System::nanoTime);
        driver.addLastingRecordListener(this);
    }

    /**
     * @param others the node ids of the other dispatchers
     * @param maxWait how long an order waits for dispatchers that have not asked yet
     */
    LastingRecordReaders(Supplier<Set<String>> others, ScheduledExecutorService scheduler, Duration maxWait, LongSupplier nanoClock)
    {
        this.others = requireNonNull(others, "others is null");
        this.scheduler = requireNonNull(scheduler, "scheduler is null");
        this.maxWait = requireNonNull(maxWait, "maxWait is null");
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

    private static Set<String> others(List<String> members, Set<String> announced, String self)
    {
        Set<String> others = new TreeSet<>(members);
        others.addAll(announced);
        others.remove(self);
        return others;
    }

    @Override
    public void elected(long epoch, List<QueryLogRecord> lasting)
    {
        written = !lasting.isEmpty();
    }

    /**
     * Takes note that another dispatcher has asked for orders.
     */
    void asked(String nodeId)
    {
        lastAsked.put(nodeId, nanoClock.getAsLong());
        if (!waiting.isEmpty() && missing().isEmpty()) {
            completeWaiting();
        }
    }

    private boolean isOpen()
    {
        return written || missing().isEmpty();
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
        lastAsked.values().removeIf(asked -> now - asked > MEMORY_NANOS);
        return ImmutableSet.copyOf(Sets.difference(others.get(), lastAsked.keySet()));
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
        if (written || missing.isEmpty()) {
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

    /**
     * Takes note that the log has a lasting record from now on.
     */
    void recordWritten()
    {
        written = true;
    }
}
