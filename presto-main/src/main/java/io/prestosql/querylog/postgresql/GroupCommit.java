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
package io.prestosql.querylog.postgresql;

import com.google.common.collect.ImmutableList;
import com.zaxxer.hikari.HikariDataSource;
import io.airlift.log.Logger;
import io.airlift.stats.CounterStat;
import io.airlift.stats.DistributionStat;
import io.airlift.stats.TimeStat;
import io.prestosql.spi.querylog.DeposedException;
import io.prestosql.spi.querylog.QueryLogRecord;
import io.prestosql.spi.querylog.QueryLogRecord.Kind;
import io.prestosql.spi.querylog.QueryLogUnavailableException;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.PreparedBatch;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

/**
 * Groups appends: everything that is appended while a transaction runs is written with the next one. One thread writes, so records keep
 * their order. Every transaction begins by locking the leader's row, which no other transaction may then hold, and writes only in the epoch
 * that it finds there. So a transaction whose outcome is not known has ended before the next one, of this or another leader, reads or
 * writes.
 */
final class GroupCommit
{
    private static final Logger log = Logger.get(GroupCommit.class);

    private static final int MAX_BATCH_RECORDS = 2_000;
    private static final long MAX_BATCH_BYTES = 16 * 1024 * 1024;

    /**
     * @param record empty to find out only whether the epoch lasts
     * @param replaces whether the record's content replaces that of live records
     */
    private record WaitingAppend(long epoch, Optional<QueryLogRecord> record, boolean replaces, CompletableFuture<Void> future) {}

    private record Row(byte[] key, long id, int kind, byte[] content) {}

    private record Deletion(byte[] key, long beforeId) {}

    private record Replacement(byte[] key, int kind, long beforeId, byte[] content) {}

    private final Supplier<HikariDataSource> pools;
    private final Executor completions;
    private final LongConsumer deposed;
    private final Thread thread;

    private final CounterStat appends = new CounterStat();
    private final CounterStat failedAppends = new CounterStat();
    private final DistributionStat batchSize = new DistributionStat();
    private final TimeStat commitTime = new TimeStat();
    private final AtomicLong liveRecords = new AtomicLong();
    private final AtomicLong lastId = new AtomicLong();

    // guarded by this
    private final ArrayDeque<WaitingAppend> queue = new ArrayDeque<>();
    private boolean stopped;
    private boolean closed;

    private volatile HikariDataSource pool;

    /**
     * @param pools creates a pool of connections
     * @param deposed receives each epoch whose leader has been replaced
     */
    GroupCommit(Supplier<HikariDataSource> pools, Executor completions, LongConsumer deposed)
    {
        this.pools = requireNonNull(pools, "pools is null");
        this.completions = requireNonNull(completions, "completions is null");
        this.deposed = requireNonNull(deposed, "deposed is null");
        pool = pools.get();
        thread = Thread.ofPlatform().daemon().name("query-log-writer").unstarted(this::run);
    }

    void start()
    {
        thread.start();
    }

    /**
     * Makes later appends follow the records up to this id.
     */
    void continueAfter(long lastId, long liveRecords)
    {
        this.lastId.accumulateAndGet(lastId, Math::max);
        this.liveRecords.set(liveRecords);
    }

    CompletableFuture<Void> append(long epoch, Optional<QueryLogRecord> record)
    {
        return add(epoch, record, false);
    }

    CompletableFuture<Void> replace(long epoch, QueryLogRecord record)
    {
        return add(epoch, Optional.of(record), true);
    }

    private CompletableFuture<Void> add(long epoch, Optional<QueryLogRecord> record, boolean replaces)
    {
        CompletableFuture<Void> future = new CompletableFuture<>();
        synchronized (this) {
            if (stopped) {
                return CompletableFuture.failedFuture(new DeposedException(epoch));
            }
            queue.add(new WaitingAppend(epoch, record, replaces, future));
            notifyAll();
        }
        return future;
    }

    /**
     * Takes no more appends, but writes those that are waiting.
     */
    void stop()
    {
        synchronized (this) {
            stopped = true;
            notifyAll();
        }
    }

    boolean awaitStopped(long millis)
            throws InterruptedException
    {
        thread.join(millis);
        return !thread.isAlive();
    }

    /**
     * Takes no more appends, and fails those that are on their way to the database.
     */
    void close()
    {
        synchronized (this) {
            stopped = true;
            closed = true;
            notifyAll();
        }
        pool.close();
    }

    private void run()
    {
        boolean failed = false;
        while (true) {
            List<WaitingAppend> batch = takeBatch();
            if (batch.isEmpty()) {
                return;
            }
            long start = System.nanoTime();
            try {
                if (failed) {
                    renewPool();
                    failed = false;
                }
                commit(batch);
                commitTime.add(System.nanoTime() - start, NANOSECONDS);
            }
            // JDBI and the pool throw many kinds; the driver throws an AssertionError when a connection ends within a batch of statements
            catch (Throwable e) {
                log.warn("Appending %s records to the query log failed: %s", batch.size(), e.getMessage());
                failed = true;
                // the waiting appends would probably fail the same way; their callers know better whether to try again
                List<WaitingAppend> waiting = takeAll();
                fail(batch, e);
                fail(waiting, e);
            }
        }
    }

    /**
     * Replaces the pool. A pool that could not connect waits longer and longer before it tries again, and its other connections are most
     * likely useless, too. Closing a pool cuts off running transactions, so only the writing thread replaces it, between two transactions.
     */
    private void renewPool()
    {
        HikariDataSource old;
        synchronized (this) {
            if (closed) {
                return;
            }
            old = pool;
            pool = pools.get();
        }
        // may wait for a connection that is being opened
        Thread.ofPlatform().daemon().name("query-log-old-pool").start(old::close);
    }

    private synchronized List<WaitingAppend> takeBatch()
    {
        while (queue.isEmpty() && !stopped) {
            try {
                wait();
            }
            catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                stopped = true;
            }
        }
        ImmutableList.Builder<WaitingAppend> batch = ImmutableList.builder();
        long bytes = 0;
        for (int i = 0; i < MAX_BATCH_RECORDS && !queue.isEmpty(); i++) {
            bytes += queue.getFirst().record().map(record -> record.content().length).orElse(0);
            if (i > 0 && bytes > MAX_BATCH_BYTES) {
                break;
            }
            batch.add(queue.removeFirst());
        }
        return batch.build();
    }

    private synchronized List<WaitingAppend> takeAll()
    {
        List<WaitingAppend> all = List.copyOf(queue);
        queue.clear();
        return all;
    }

    private void commit(List<WaitingAppend> batch)
    {
        List<WaitingAppend> refused = new ArrayList<>();
        List<WaitingAppend> written = new ArrayList<>();
        long change;
        try (Handle handle = Jdbi.create(pool).open()) {
            change = handle.inTransaction(transaction -> {
                long epoch = transaction.select("SELECT epoch FROM leader WHERE id = 1 FOR UPDATE").mapTo(long.class).one();
                for (WaitingAppend append : batch) {
                    (append.epoch() == epoch ? written : refused).add(append);
                }
                return write(transaction, written);
            });
        }
        liveRecords.addAndGet(change);
        batchSize.add(written.size());
        appends.update(written.size());
        failedAppends.update(refused.size());
        completions.execute(() -> written.forEach(append -> append.future().complete(null)));
        refused.stream().mapToLong(WaitingAppend::epoch).distinct().forEach(deposed);
        completions.execute(() -> refused.forEach(append -> append.future().completeExceptionally(new DeposedException(append.epoch()))));
    }

    private long write(Handle transaction, List<WaitingAppend> appends)
    {
        List<Row> rows = new ArrayList<>();
        List<Deletion> deletions = new ArrayList<>();
        List<Replacement> replacements = new ArrayList<>();
        for (WaitingAppend append : appends) {
            if (append.record().isEmpty()) {
                continue;
            }
            QueryLogRecord record = append.record().get();
            byte[] key = record.key().getBytes(UTF_8);
            long id = lastId.incrementAndGet();
            if (append.replaces()) {
                // in the rows of this batch, and in those of the table
                rows.replaceAll(row -> Arrays.equals(row.key(), key) && row.kind() == record.kind().number() ? new Row(key, row.id(), row.kind(), record.content()) : row);
                replacements.add(new Replacement(key, record.kind().number(), id, record.content()));
            }
            else {
                if (record.kind() == Kind.FORGOTTEN || record.kind() == Kind.LASTING) {
                    // records of this batch need not be written any more
                    rows.removeIf(row -> Arrays.equals(row.key(), key));
                    deletions.add(new Deletion(key, id));
                }
                if (record.kind() != Kind.FORGOTTEN) {
                    rows.add(new Row(key, id, record.kind().number(), record.content()));
                }
            }
        }
        long deleted = 0;
        if (!deletions.isEmpty()) {
            PreparedBatch statement = transaction.prepareBatch("DELETE FROM record WHERE key = ? AND id < ?");
            deletions.forEach(deletion -> statement.add(deletion.key(), deletion.beforeId()));
            deleted = Arrays.stream(statement.execute()).sum();
        }
        if (!replacements.isEmpty()) {
            PreparedBatch statement = transaction.prepareBatch("UPDATE record SET content = ? WHERE key = ? AND kind = ? AND id < ?");
            replacements.forEach(replacement -> statement.add(replacement.content(), replacement.key(), replacement.kind(), replacement.beforeId()));
            statement.execute();
        }
        if (!rows.isEmpty()) {
            PreparedBatch statement = transaction.prepareBatch("INSERT INTO record (key, id, kind, content) VALUES (?, ?, ?, ?)");
            rows.forEach(row -> statement.add(row.key(), row.id(), row.kind(), row.content()));
            statement.execute();
        }
        return rows.size() - deleted;
    }

    private void fail(List<WaitingAppend> batch, Throwable cause)
    {
        failedAppends.update(batch.size());
        completions.execute(() -> batch.forEach(append -> append.future().completeExceptionally(
                new QueryLogUnavailableException("The query log's database did not take the record: " + cause.getMessage(), cause))));
    }

    CounterStat appends()
    {
        return appends;
    }

    CounterStat failedAppends()
    {
        return failedAppends;
    }

    DistributionStat batchSize()
    {
        return batchSize;
    }

    TimeStat commitTime()
    {
        return commitTime;
    }

    long liveRecords()
    {
        return liveRecords.get();
    }
}
