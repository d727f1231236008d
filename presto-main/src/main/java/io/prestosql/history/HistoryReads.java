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
package io.prestosql.history;

import com.google.common.base.Ticker;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.airlift.units.Duration;
import io.prestosql.dispatcher.leader.LeaderCalls;
import io.prestosql.history.ReadTurns.TurnLimits;
import jakarta.annotation.PreDestroy;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;

import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Reads the history on few threads, so that a slow read delays only other reads, and those of the same user before those of others. From
 * a store that dispatchers do not share, the dispatcher that leads reads.
 */
public class HistoryReads
        implements PastQueryReader
{
    private static final TurnLimits LIMITS = new TurnLimits(2, 100, 20, new Duration(10, SECONDS));
    /** One more than reads need: what follows a read waits for no other read. */
    private static final int THREADS = LIMITS.running() + 1;
    private static final int MAX_TASKS = 1000;

    private final PastQueryStore store;
    private final LeaderCalls leader;
    private final HistoryClient client;
    private final ThreadPoolExecutor executor;
    private final ReadTurns turns;

    @Inject
    public HistoryReads(PastQueryStore store, LeaderCalls leader, HistoryClient client)
    {
        this.store = requireNonNull(store, "store is null");
        this.leader = requireNonNull(leader, "leader is null");
        this.client = requireNonNull(client, "client is null");
        this.executor = new ThreadPoolExecutor(THREADS, THREADS, 60, SECONDS, new ArrayBlockingQueue<>(MAX_TASKS), daemonThreadsNamed("query-history-%s"));
        executor.allowCoreThreadTimeOut(true);
        this.turns = new ReadTurns(LIMITS, executor, Ticker.systemTicker());
    }

    @PreDestroy
    public void stop()
    {
        executor.shutdownNow();
    }

    @Override
    public ListenableFuture<List<PastQuery>> read(String user, PastQueryFilter filter, Optional<PastQueryPosition> after, int limit)
    {
        return store.isShared() ?
                readHere(Optional.of(user), filter, after, limit) :
                leader.callOnce(() -> readHere(Optional.of(user), filter, after, limit), address -> client.read(address, new HistoryClient.Read(filter, after, limit)));
    }

    @Override
    public ListenableFuture<List<PastQueryCount>> count(String user, PastQueryFilter filter, int minutes)
    {
        return store.isShared() ?
                countHere(Optional.of(user), filter, minutes) :
                leader.callOnce(() -> countHere(Optional.of(user), filter, minutes), address -> client.count(address, new HistoryClient.Count(filter, minutes)));
    }

    /**
     * @param user empty for a request of another dispatcher
     */
    ListenableFuture<List<PastQuery>> readHere(Optional<String> user, PastQueryFilter filter, Optional<PastQueryPosition> after, int limit)
    {
        return turns.submit(user, () -> store.read(filter, after, limit));
    }

    /**
     * @param user empty for a request of another dispatcher
     */
    ListenableFuture<List<PastQueryCount>> countHere(Optional<String> user, PastQueryFilter filter, int minutes)
    {
        return turns.submit(user, () -> store.count(filter, minutes));
    }

    @Override
    public Executor executor()
    {
        return executor;
    }
}
