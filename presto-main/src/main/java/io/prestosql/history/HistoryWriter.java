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

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.airlift.units.Duration;
import io.prestosql.dispatcher.admission.EndedQuery;
import io.prestosql.dispatcher.admission.EndedQueryListener;
import io.prestosql.queue.QueueDriver;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import org.weakref.jmx.Managed;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Writes queries that are over to the history, in batches and on a thread of its own, so that the queue never waits for the history. While
 * the store does not answer, queries wait in a bounded buffer; those that do not fit in are left out.
 * <p>
 * The same thread removes old queries: from a store that dispatchers share, while this dispatcher leads.
 */
public class HistoryWriter
        implements EndedQueryListener
{
    private static final Logger log = Logger.get(HistoryWriter.class);

    private final PastQueryStore store;
    private final Duration retention;
    private final boolean sqlKept;
    private final int batchSize;
    private final BooleanSupplier leads;
    private final Times times;
    private final BlockingQueue<EndedQuery> pending;
    /** Queries that ended under earlier leaders. */
    private final Queue<EndedQuery> inherited = new ConcurrentLinkedQueue<>();
    /** Used on the queue's thread only. */
    private long inheritedEpoch;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final Thread thread;
    /** The queries that are being written. Changed on the writer's thread only. */
    private volatile List<PastQuery> batch = ImmutableList.of();
    private long nextRemovalNanos = System.nanoTime();
    private boolean away;
    private final AtomicLong written = new AtomicLong();
    private final AtomicLong dropped = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();
    private final AtomicLong removed = new AtomicLong();

    /**
     * @param linger how long the first query of a batch waits for others
     * @param minBackOff how long to wait after the first failure; each further one doubles this
     * @param removalPeriod how often to look for old queries
     * @param stop how long a stopping process waits for the store
     */
    record Times(Duration linger, Duration minBackOff, Duration maxBackOff, Duration removalPeriod, Duration stop)
    {
        static final Times DEFAULT = new Times(
                new Duration(200, MILLISECONDS),
                new Duration(200, MILLISECONDS),
                new Duration(10, SECONDS),
                new Duration(30, SECONDS),
                new Duration(2, SECONDS));
    }

    @Inject
    public HistoryWriter(PastQueryStore store, QueryRetentionConfig config, QueueDriver driver)
    {
        this(store, config, () -> driver.getEpoch().isPresent(), Times.DEFAULT);
    }

    HistoryWriter(PastQueryStore store, QueryRetentionConfig config, BooleanSupplier leads, Times times)
    {
        this.store = requireNonNull(store, "store is null");
        this.retention = config.getRetention().orElseThrow();
        this.sqlKept = config.isSqlKept();
        this.batchSize = config.getBatchSize();
        this.leads = requireNonNull(leads, "leads is null");
        this.times = requireNonNull(times, "times is null");
        this.pending = new ArrayBlockingQueue<>(config.getMaxPending());
        this.thread = daemonThreadsNamed("query-history-writer").newThread(this::run);
    }

    @PostConstruct
    public void start()
    {
        thread.start();
    }

    /**
     * Writes what is pending, if the store takes it at once. What is left, the next leader writes.
     */
    @PreDestroy
    public void stop()
    {
        stopping.countDown();
        try {
            thread.join(times.stop().toMillis());
        }
        catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        thread.interrupt();
        store.close();
    }

    @Override
    public void ended(EndedQuery query)
    {
        // a long statement must not stay in memory
        EndedQuery kept = query.withSql(sqlKept ? query.sql().substring(0, Math.min(query.sql().length(), PastQuery.MAX_SQL_LENGTH)) : "");
        if (query.ended().isEmpty()) {
            addInherited(kept);
        }
        else if (!pending.offer(kept)) {
            dropped.incrementAndGet();
        }
    }

    /**
     * Keeps queries of earlier leaders apart, as a new leader brings all of them at the same moment, and most of them are in the history. They
     * share their texts with the leader's queue, and take the place of what an earlier election has left.
     */
    private void addInherited(EndedQuery query)
    {
        if (inheritedEpoch != query.epoch()) {
            inheritedEpoch = query.epoch();
            inherited.clear();
        }
        inherited.add(query);
    }

    private void run()
    {
        while (!isStopping() || !pending.isEmpty()) {
            try {
                write(describe(takePending()));
                if (!isStopping()) {
                    write(describe(takeInherited()));
                    removeOldIfDue();
                }
            }
            catch (InterruptedException e) {
                return;
            }
            catch (Throwable t) {
                // the history goes on with the next batch
                failures.incrementAndGet();
                log.error(t, "Error writing the history of queries");
                dropped.addAndGet(batch.size());
                batch = ImmutableList.of();
            }
        }
    }

    private List<EndedQuery> takePending()
            throws InterruptedException
    {
        EndedQuery first = isStopping() ? pending.poll() : pending.poll(times.linger().toMillis(), MILLISECONDS);
        if (first == null) {
            return ImmutableList.of();
        }
        if (pending.size() + 1 < batchSize) {
            pause(times.linger());
        }
        List<EndedQuery> taken = new ArrayList<>();
        taken.add(first);
        pending.drainTo(taken, batchSize - 1);
        return taken;
    }

    /**
     * Returns those that the history lacks. To describe them takes longer, as their sessions have to be made again.
     */
    private List<EndedQuery> takeInherited()
            throws InterruptedException
    {
        Map<String, EndedQuery> taken = new LinkedHashMap<>();
        for (EndedQuery query = inherited.poll(); query != null; query = taken.size() < batchSize ? inherited.poll() : null) {
            taken.put(query.queryId().toString(), query);
        }
        if (taken.isEmpty()) {
            return ImmutableList.of();
        }
        Set<String> missing = untilStoreAnswers(() -> store.findMissing(taken.keySet())).orElse(ImmutableSet.of());
        return taken.entrySet().stream()
                .filter(query -> missing.contains(query.getKey()))
                .map(Map.Entry::getValue)
                .collect(toImmutableList());
    }

    private List<PastQuery> describe(List<EndedQuery> ended)
    {
        Map<String, PastQuery> queries = new LinkedHashMap<>();
        for (EndedQuery query : ended) {
            try {
                queries.merge(query.queryId().toString(), PastQuery.of(query, sqlKept), (known, other) -> other.replaces(known) ? other : known);
            }
            catch (RuntimeException e) {
                // one query must not cost the others their place
                log.error(e, "Query %s is left out of the history", query.queryId());
                dropped.incrementAndGet();
            }
        }
        return ImmutableList.copyOf(queries.values());
    }

    private void write(List<PastQuery> queries)
            throws InterruptedException
    {
        if (queries.isEmpty()) {
            return;
        }
        batch = queries;
        Optional<Boolean> done = untilStoreAnswers(() -> {
            writeBatch();
            return true;
        });
        if (done.isEmpty()) {
            dropped.addAndGet(queries.size());
        }
        batch = ImmutableList.of();
    }

    /**
     * @return empty when this process stops, and the store does not answer
     */
    private <T> Optional<T> untilStoreAnswers(Supplier<T> call)
            throws InterruptedException
    {
        Duration backOff = times.minBackOff();
        while (true) {
            try {
                T answer = call.get();
                if (away) {
                    log.info("The history takes queries again");
                    away = false;
                }
                return Optional.of(answer);
            }
            catch (HistoryUnavailableException e) {
                failures.incrementAndGet();
                if (!away) {
                    log.warn("Queries that are over wait to be written to the history: %s", e.getMessage());
                    away = true;
                }
            }
            if (pause(backOff)) {
                return Optional.empty();
            }
            backOff = new Duration(Math.min(2 * backOff.toMillis(), times.maxBackOff().toMillis()), MILLISECONDS);
        }
    }

    private void writeBatch()
    {
        try {
            store.write(batch);
            written.addAndGet(batch.size());
        }
        catch (HistoryRefusalException e) {
            writeEach(e);
        }
    }

    /**
     * Leaves out the queries that the store does not take. To write the others again changes nothing.
     */
    private void writeEach(HistoryRefusalException refusal)
    {
        if (batch.size() == 1) {
            log.warn("The history does not take query %s: %s", batch.getFirst().queryId(), refusal.getMessage());
            refused.incrementAndGet();
            return;
        }
        for (PastQuery query : batch) {
            try {
                store.write(ImmutableList.of(query));
                written.incrementAndGet();
            }
            catch (HistoryRefusalException e) {
                log.warn("The history does not take query %s: %s", query.queryId(), e.getMessage());
                refused.incrementAndGet();
            }
        }
    }

    private void removeOldIfDue()
    {
        if (isStopping() || System.nanoTime() - nextRemovalNanos < 0 || (store.isShared() && !leads.getAsBoolean())) {
            return;
        }
        // first, so that an error does not come again at once
        nextRemovalNanos = System.nanoTime() + times.removalPeriod().roundTo(NANOSECONDS);
        try {
            int count;
            do {
                count = store.removeOld(retention, batchSize);
                removed.addAndGet(count);
            }
            // queries that are to be written come first
            while (count == batchSize && pending.size() < batchSize && !isStopping());
            if (count == batchSize) {
                nextRemovalNanos = System.nanoTime();
            }
        }
        catch (HistoryUnavailableException e) {
            failures.incrementAndGet();
            log.debug(e, "Old queries stay in the history for now");
        }
    }

    private boolean isStopping()
    {
        return stopping.getCount() == 0;
    }

    /**
     * @return whether this process stops
     */
    private boolean pause(Duration time)
            throws InterruptedException
    {
        return stopping.await(time.toMillis(), MILLISECONDS);
    }

    @Managed(description = "Queries that wait to be written to the history")
    public int getPending()
    {
        return pending.size() + batch.size() + inherited.size();
    }

    @Managed(description = "Queries that this dispatcher has written to the history")
    public long getWritten()
    {
        return written.get();
    }

    @Managed(description = "Queries that the history lacks because too many waited, or the process stopped")
    public long getDropped()
    {
        return dropped.get();
    }

    @Managed(description = "Queries that the history lacks because its store does not take them")
    public long getRefused()
    {
        return refused.get();
    }

    @Managed(description = "Calls to the history's store that have failed")
    public long getFailures()
    {
        return failures.get();
    }

    @Managed(description = "Old queries that this dispatcher has removed from the history")
    public long getRemoved()
    {
        return removed.get();
    }
}
