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

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.prestosql.dispatcher.leader.LeaderCalls;
import jakarta.annotation.PreDestroy;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;

import static com.google.common.util.concurrent.Futures.immediateFailedFuture;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Reads the history on few threads, so that slow reads wait for each other and for nothing else. From a store that dispatchers do not
 * share, the dispatcher that leads reads.
 */
public class HistoryReads
        implements PastQueryReader
{
    private static final int THREADS = 2;
    private static final int MAX_WAITING = 100;

    private final PastQueryStore store;
    private final LeaderCalls leader;
    private final HistoryClient client;
    private final ThreadPoolExecutor executor;

    @Inject
    public HistoryReads(PastQueryStore store, LeaderCalls leader, HistoryClient client)
    {
        this.store = requireNonNull(store, "store is null");
        this.leader = requireNonNull(leader, "leader is null");
        this.client = requireNonNull(client, "client is null");
        this.executor = new ThreadPoolExecutor(THREADS, THREADS, 60, SECONDS, new ArrayBlockingQueue<>(MAX_WAITING), daemonThreadsNamed("query-history-%s"));
        executor.allowCoreThreadTimeOut(true);
    }

    @PreDestroy
    public void stop()
    {
        executor.shutdownNow();
    }

    @Override
    public ListenableFuture<List<PastQuery>> read(PastQueryFilter filter, Optional<PastQueryPosition> after, int limit)
    {
        return store.isShared() ?
                readHere(filter, after, limit) :
                leader.callOnce(() -> readHere(filter, after, limit), address -> client.read(address, new HistoryClient.Read(filter, after, limit)));
    }

    @Override
    public ListenableFuture<List<PastQueryCount>> count(PastQueryFilter filter, int minutes)
    {
        return store.isShared() ?
                countHere(filter, minutes) :
                leader.callOnce(() -> countHere(filter, minutes), address -> client.count(address, new HistoryClient.Count(filter, minutes)));
    }

    ListenableFuture<List<PastQuery>> readHere(PastQueryFilter filter, Optional<PastQueryPosition> after, int limit)
    {
        return submit(() -> store.read(filter, after, limit));
    }

    ListenableFuture<List<PastQueryCount>> countHere(PastQueryFilter filter, int minutes)
    {
        return submit(() -> store.count(filter, minutes));
    }

    private <T> ListenableFuture<T> submit(Callable<T> read)
    {
        try {
            return Futures.submit(read, executor);
        }
        catch (RejectedExecutionException e) {
            return immediateFailedFuture(new HistoryUnavailableException("Too many requests read the history", e));
        }
    }

    @Override
    public Executor executor()
    {
        return executor;
    }
}
