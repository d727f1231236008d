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
package io.prestosql.testing;

import io.prestosql.queue.QueueDriver;
import io.prestosql.spi.querylog.DeposedException;
import io.prestosql.spi.querylog.QueryLog;
import io.prestosql.spi.querylog.QueryLogLeader;
import io.prestosql.spi.querylog.QueryLogListener;
import io.prestosql.spi.querylog.QueryLogMember;
import io.prestosql.spi.querylog.QueryLogRecord;
import io.prestosql.spi.querylog.QueryLogRecord.Kind;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

import static com.google.common.base.Preconditions.checkState;
import static java.util.Objects.requireNonNull;
import static org.awaitility.Awaitility.await;

/**
 * A log with one member, which leads only as long as the test wants.
 */
public class ElectableQueryLog
        implements QueryLog
{
    private final List<QueryLogRecord> live = new ArrayList<>();
    private QueryLogMember self;
    private QueryLogListener listener;
    private long epoch;
    private boolean leading;

    @Override
    public synchronized void start(QueryLogMember self, QueryLogListener listener)
    {
        checkState(this.listener == null, "already started");
        this.self = requireNonNull(self, "self is null");
        this.listener = requireNonNull(listener, "listener is null");
        elect();
    }

    /**
     * Makes the member lead, in a new epoch.
     */
    public synchronized void elect()
    {
        checkState(!leading, "leads already");
        leading = true;
        epoch++;
        listener.leaderChanged(Optional.of(new QueryLogLeader(epoch, self)));
        listener.elected(epoch, List.copyOf(live));
    }

    /**
     * Leaves the log without a leader.
     */
    public synchronized void depose()
    {
        checkState(leading, "does not lead");
        leading = false;
        listener.leaderChanged(Optional.empty());
        listener.deposed(epoch);
    }

    /**
     * Deposes the member, and makes it lead in a new epoch.
     *
     * @param driver the member's driver
     */
    public void electAnew(QueueDriver driver)
    {
        long lastEpoch = driver.getCurrentEpoch();
        depose();
        elect();
        await().until(() -> driver.getCurrentEpoch() > lastEpoch);
    }

    @Override
    public synchronized CompletableFuture<Void> append(long epoch, QueryLogRecord record)
    {
        if (!leads(epoch)) {
            return CompletableFuture.failedFuture(new DeposedException(epoch));
        }
        if (record.kind() == Kind.FORGOTTEN || record.kind() == Kind.LASTING) {
            live.removeIf(old -> old.key().equals(record.key()));
        }
        if (record.kind() != Kind.FORGOTTEN) {
            live.add(record);
        }
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public synchronized CompletableFuture<Void> replace(long epoch, QueryLogRecord record)
    {
        if (!leads(epoch)) {
            return CompletableFuture.failedFuture(new DeposedException(epoch));
        }
        live.replaceAll(old -> old.key().equals(record.key()) && old.kind() == record.kind() ? record : old);
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public synchronized CompletableFuture<Void> confirm(long epoch)
    {
        return leads(epoch) ? CompletableFuture.completedFuture(null) : CompletableFuture.failedFuture(new DeposedException(epoch));
    }

    private boolean leads(long epoch)
    {
        return leading && epoch == this.epoch;
    }

    @Override
    public boolean isDurable()
    {
        return false;
    }

    @Override
    public synchronized void close()
    {
        if (leading) {
            depose();
        }
    }
}
