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
package io.prestosql.querylog.embedded;

import io.airlift.log.Logger;
import io.airlift.stats.CounterStat;
import io.prestosql.spi.querylog.QueryLogLeader;
import io.prestosql.spi.querylog.QueryLogListener;
import io.prestosql.spi.querylog.QueryLogRecord;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.function.LongFunction;
import java.util.function.Predicate;
import java.util.function.Supplier;

import static com.google.common.base.Preconditions.checkState;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.Executors.newSingleThreadExecutor;

/**
 * The leadership as the listener was told, or is about to be told. Here each epoch begins once and ends once, and in order.
 */
final class ToldLeadership
{
    private static final Logger log = Logger.get(ToldLeadership.class);

    static final long NO_EPOCH = 0;

    private final ExecutorService events = newSingleThreadExecutor(daemonThreadsNamed("query-log-listener-%s"));
    private final CounterStat elections = new CounterStat();

    private QueryLogListener listener;
    private volatile long leading = NO_EPOCH;
    private long lastLed = NO_EPOCH;
    private Optional<QueryLogLeader> toldLeader = Optional.empty();
    private long nextSequence;
    private volatile boolean closed;

    synchronized void start(QueryLogListener listener)
    {
        requireNonNull(listener, "listener is null");
        checkState(this.listener == null, "already started");
        checkState(!closed, "already closed");
        this.listener = listener;
    }

    /**
     * Returns the epoch in which this dispatcher leads, or {@link #NO_EPOCH}.
     */
    long leading()
    {
        return leading;
    }

    CounterStat elections()
    {
        return elections;
    }

    boolean isClosed()
    {
        return closed;
    }

    /**
     * Assigns a number to an entry that is written in an epoch.
     *
     * @param write receives the number, and must return at once
     * @return the result of {@code write}; empty when this dispatcher does not lead in the epoch
     */
    synchronized <T> Optional<T> writeIn(long epoch, LongFunction<T> write)
    {
        if (closed || leading == NO_EPOCH || epoch != leading) {
            return Optional.empty();
        }
        long sequence = nextSequence;
        nextSequence++;
        return Optional.of(write.apply(sequence));
    }

    /**
     * @param leads returns whether this dispatcher still leads in the epoch
     */
    synchronized void elected(QueryLogLeader leader, Predicate<Long> leads, Supplier<List<QueryLogRecord>> liveRecords)
    {
        long epoch = leader.epoch();
        if (closed || epoch <= lastLed || !leads.test(epoch)) {
            return;
        }
        deposed(leading);
        lastLed = epoch;
        List<QueryLogRecord> records = liveRecords.get();
        nextSequence = 0;
        leading = epoch;
        elections.update(1);
        log.info("Leader of the query log in epoch %s, with %s live records", epoch, records.size());
        tell(() -> listener.elected(epoch, records));
        leaderIs(Optional.of(leader));
    }

    /**
     * Ends the given epoch. Has no effect when another epoch has begun meanwhile.
     */
    synchronized void deposed(long epoch)
    {
        if (epoch == NO_EPOCH || leading != epoch) {
            return;
        }
        leading = NO_EPOCH;
        tell(() -> listener.deposed(epoch));
        if (toldLeader.filter(leader -> leader.epoch() == epoch).isPresent()) {
            leaderIs(Optional.empty());
        }
    }

    synchronized void leaderIs(Optional<QueryLogLeader> leader)
    {
        if (!toldLeader.equals(leader)) {
            toldLeader = leader;
            tell(() -> listener.leaderChanged(leader));
        }
    }

    private synchronized void tell(Runnable event)
    {
        if (listener == null || events.isShutdown()) {
            return;
        }
        events.execute(() -> {
            try {
                event.run();
            }
            catch (RuntimeException e) {
                log.error(e, "The listener of the query log has failed");
            }
        });
    }

    /**
     * From now on no epoch begins, and nothing is written.
     */
    synchronized void close()
    {
        closed = true;
    }

    synchronized void finishTelling()
    {
        events.shutdown();
    }

    synchronized void stopTelling()
    {
        events.shutdownNow();
    }
}
