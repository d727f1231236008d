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
package io.prestosql.querylog;

import io.prestosql.spi.querylog.QueryLog;
import io.prestosql.spi.querylog.QueryLogLeader;
import io.prestosql.spi.querylog.QueryLogListener;
import io.prestosql.spi.querylog.QueryLogMember;
import io.prestosql.spi.querylog.QueryLogRecord;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

/**
 * A member's log as its dispatcher sees it, from start to end. Records the calls to the listener and checks their rules.
 */
final class ObservedQueryLog
        implements QueryLogListener
{
    /**
     * An election of a leader, with the live records that the leader was given.
     */
    record ObservedElection(QueryLogMember member, long epoch, List<QueryLogRecord> liveRecords) {}

    private final QueryLogHistory history;
    private final QueryLogMember self;
    private final QueryLog log;
    private final AtomicBoolean calling = new AtomicBoolean();

    // guarded by the history
    private final List<String> events = new ArrayList<>();
    private OptionalLong leading = OptionalLong.empty();
    private long lastElected;
    private long lastKnownLeader;
    private Optional<QueryLogLeader> leader = Optional.empty();
    private boolean dead;

    ObservedQueryLog(QueryLogHistory history, QueryLogMember self, QueryLog log)
    {
        this.history = requireNonNull(history, "history is null");
        this.self = requireNonNull(self, "self is null");
        this.log = requireNonNull(log, "log is null");
    }

    void start()
    {
        log.start(self, this);
    }

    QueryLog log()
    {
        return log;
    }

    QueryLogMember self()
    {
        return self;
    }

    CompletableFuture<Void> append(long epoch, QueryLogRecord record)
    {
        return log.append(epoch, record);
    }

    /**
     * Ignores all further calls to the listener, because its process has ended.
     */
    void markDead()
    {
        synchronized (history) {
            dead = true;
            leading = OptionalLong.empty();
            history.notifyAll();
        }
    }

    boolean isDead()
    {
        synchronized (history) {
            return dead;
        }
    }

    /**
     * Returns the epoch in which this member believes that it leads.
     */
    OptionalLong leading()
    {
        synchronized (history) {
            return leading;
        }
    }

    Optional<QueryLogLeader> leader()
    {
        synchronized (history) {
            return leader;
        }
    }

    void awaitDeposed(long epoch, Duration timeout)
    {
        history.await("%s is told that it is deposed from epoch %s".formatted(self.nodeId(), epoch), timeout, () -> events.contains("deposed " + epoch));
    }

    @Override
    public void elected(long epoch, List<QueryLogRecord> liveRecords)
    {
        oneAtATime("elected " + epoch, () -> {
            history.check(epoch > lastElected && epoch >= 1, "%s was elected in epoch %s after %s".formatted(self.nodeId(), epoch, lastElected));
            history.check(leading.isEmpty(), "%s was elected in epoch %s without having been deposed from %s".formatted(self.nodeId(), epoch, leading));
            lastElected = epoch;
            leading = OptionalLong.of(epoch);
            history.addElection(new ObservedElection(self, epoch, List.copyOf(liveRecords)));
        });
    }

    @Override
    public void deposed(long epoch)
    {
        oneAtATime("deposed " + epoch, () -> {
            history.check(leading.equals(OptionalLong.of(epoch)), "%s was deposed from epoch %s, but led in %s".formatted(self.nodeId(), epoch, leading));
            leading = OptionalLong.empty();
        });
    }

    @Override
    public void leaderChanged(Optional<QueryLogLeader> leader)
    {
        oneAtATime("leader %s".formatted(leader), () -> {
            leader.ifPresent(known -> {
                history.check(known.epoch() >= lastKnownLeader, "%s was told of the leader of epoch %s after that of %s".formatted(self.nodeId(), known.epoch(), lastKnownLeader));
                lastKnownLeader = known.epoch();
            });
            this.leader = leader;
        });
    }

    private void oneAtATime(String event, Runnable action)
    {
        history.check(calling.compareAndSet(false, true), "%s was told '%s' during another call".formatted(self.nodeId(), event));
        try {
            // long enough to notice a call that does not wait for its turn
            NANOSECONDS.sleep(100_000);
            synchronized (history) {
                if (!dead) {
                    events.add(event);
                    action.run();
                    history.notifyAll();
                }
            }
        }
        catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        finally {
            calling.set(false);
        }
    }

    @Override
    public String toString()
    {
        synchronized (history) {
            return "%s%s: %s".formatted(self.nodeId(), dead ? " (dead)" : "", events);
        }
    }
}
