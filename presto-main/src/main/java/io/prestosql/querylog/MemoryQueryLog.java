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

import io.airlift.log.Logger;
import io.prestosql.spi.querylog.DeposedException;
import io.prestosql.spi.querylog.QueryLog;
import io.prestosql.spi.querylog.QueryLogLeader;
import io.prestosql.spi.querylog.QueryLogListener;
import io.prestosql.spi.querylog.QueryLogMember;
import io.prestosql.spi.querylog.QueryLogRecord;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

import static com.google.common.base.Preconditions.checkState;
import static java.util.Objects.requireNonNull;

/**
 * A query log for one dispatcher that keeps nothing: the queue ends with the process.
 * <p>
 * As no other dispatcher takes over, no record is kept: the only leader ever elected gets an empty log.
 */
public class MemoryQueryLog
        implements QueryLog
{
    private static final Logger log = Logger.get(MemoryQueryLog.class);

    private static final long ONLY_EPOCH = 1;

    private Optional<String> identity = Optional.empty();
    private QueryLogListener listener;
    private boolean closed;

    @Override
    public synchronized void start(QueryLogMember self, QueryLogListener listener)
    {
        checkState(this.listener == null, "already started");
        this.listener = requireNonNull(listener, "listener is null");
        // the same after a restart at this address, so that the coordinators still obey this dispatcher
        identity = Optional.of("memory:" + self.address());
        log.warn("The queue is kept in memory only: queued queries do not survive a restart of this dispatcher");
        listener.leaderChanged(Optional.of(new QueryLogLeader(ONLY_EPOCH, self)));
        listener.elected(ONLY_EPOCH, List.of());
    }

    @Override
    public synchronized CompletableFuture<Void> append(long epoch, QueryLogRecord record)
    {
        requireNonNull(record, "record is null");
        return confirm(epoch);
    }

    @Override
    public synchronized CompletableFuture<Void> replace(long epoch, QueryLogRecord record)
    {
        requireNonNull(record, "record is null");
        return confirm(epoch);
    }

    @Override
    public synchronized CompletableFuture<Void> confirm(long epoch)
    {
        if (listener == null || closed || epoch != ONLY_EPOCH) {
            return CompletableFuture.failedFuture(new DeposedException(epoch));
        }
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public synchronized Optional<String> identity()
    {
        return identity;
    }

    @Override
    public boolean isDurable()
    {
        return false;
    }

    @Override
    public synchronized void close()
    {
        if (closed) {
            return;
        }
        closed = true;
        if (listener != null) {
            listener.leaderChanged(Optional.empty());
            listener.deposed(ONLY_EPOCH);
        }
    }
}
