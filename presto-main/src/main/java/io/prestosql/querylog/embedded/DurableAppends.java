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

import com.google.common.base.Throwables;
import io.airlift.stats.CounterStat;
import io.airlift.stats.TimeStat;
import io.airlift.units.Duration;
import io.prestosql.spi.querylog.DeposedException;
import io.prestosql.spi.querylog.QueryLogRecord;
import io.prestosql.spi.querylog.QueryLogUnavailableException;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.function.LongFunction;
import java.util.function.Supplier;

import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.Executors.newSingleThreadExecutor;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * Writes records to the log while this dispatcher leads, and tells each caller within the time-out whether its record is durable.
 */
final class DurableAppends
{
    private final Duration timeout;
    private final ToldLeadership leadership;
    private final Supplier<Optional<RaftMember>> member;

    private final PendingAppends pending = new PendingAppends();
    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, daemonThreadsNamed("query-log-timer-%s"));
    // one thread keeps the order
    private final ExecutorService submitter = newSingleThreadExecutor(daemonThreadsNamed("query-log-append-%s"));
    private final ExecutorService answers = newSingleThreadExecutor(daemonThreadsNamed("query-log-answer-%s"));

    private final CounterStat appends = new CounterStat();
    private final CounterStat failedAppends = new CounterStat();
    private final TimeStat appendTime = new TimeStat(MILLISECONDS);

    DurableAppends(Duration timeout, ToldLeadership leadership, Supplier<Optional<RaftMember>> member)
    {
        this.timeout = requireNonNull(timeout, "timeout is null");
        this.leadership = requireNonNull(leadership, "leadership is null");
        this.member = requireNonNull(member, "member is null");
        timer.setRemoveOnCancelPolicy(true);
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    PendingAppends pending()
    {
        return pending;
    }

    CounterStat appends()
    {
        return appends;
    }

    CounterStat failedAppends()
    {
        return failedAppends;
    }

    TimeStat appendTime()
    {
        return appendTime;
    }

    /**
     * @param entry creates the entry for the sequence number that the entry gets in the epoch
     */
    CompletableFuture<Void> append(long epoch, QueryLogRecord record, LongFunction<LogEntry> entry)
    {
        long start = System.nanoTime();
        CompletableFuture<Void> append = write(epoch, entry);
        return answer(append, start, () -> "The record of %s was not durable within %s".formatted(record.key(), timeout))
                .whenComplete((_, failure) -> {
                    appends.update(1);
                    appendTime.addNanos(System.nanoTime() - start);
                    if (failure != null) {
                        failedAppends.update(1);
                    }
                });
    }

    /**
     * Writes an entry to confirm the leadership. Ratis's own view that it leads is not enough: as long as nothing is written, Ratis does
     * not ask the majority again.
     */
    CompletableFuture<Void> confirm(long epoch)
    {
        long start = System.nanoTime();
        return answer(
                write(epoch, sequence -> new LogEntry.Confirmed(epoch, sequence)),
                start,
                () -> "The leadership could not be confirmed within %s".formatted(timeout));
    }

    private CompletableFuture<Void> write(long epoch, LongFunction<LogEntry> entry)
    {
        return leadership
                .writeIn(epoch, sequence -> {
                    CompletableFuture<Void> outcome = pending.add(epoch, sequence);
                    submitter.execute(() -> submit(epoch, sequence, entry.apply(sequence)));
                    return outcome;
                })
                .orElseGet(() -> CompletableFuture.failedFuture(new DeposedException(epoch)));
    }

    private void submit(long epoch, long sequence, LogEntry entry)
    {
        Optional<RaftMember> open = member.get();
        if (open.isEmpty()) {
            pending.notSubmitted(epoch, sequence, failure(epoch, new IOException("it is not open")));
            return;
        }
        open.get().append(entry).whenComplete((reply, failure) -> {
            Throwable problem = failure != null ? failure : reply.getException();
            if (problem != null) {
                // an entry that is in the log already gets its outcome from there
                pending.notSubmitted(epoch, sequence, failure(epoch, problem));
            }
        });
    }

    private RuntimeException failure(long epoch, Throwable problem)
    {
        if (leadership.leading() != epoch) {
            return new DeposedException(epoch);
        }
        return new QueryLogUnavailableException("The query log takes no records: " + Throwables.getRootCause(problem).getMessage(), problem);
    }

    /**
     * Returns a future that ends when the outcome is known or the time is over. It completes on a thread on which nothing else depends.
     */
    private CompletableFuture<Void> answer(CompletableFuture<Void> outcome, long start, Supplier<String> timeoutMessage)
    {
        if (outcome.isCompletedExceptionally()) {
            return outcome;
        }
        CompletableFuture<Void> answer = new CompletableFuture<>();
        Future<?> timeout;
        try {
            timeout = timer.schedule(
                    () -> {
                        QueryLogUnavailableException exception = new QueryLogUnavailableException(timeoutMessage.get());
                        // ends only the outcome; the answer ends on another thread, as a slow caller would delay other answers
                        outcome.completeExceptionally(exception);
                    },
                    Math.max(0, this.timeout.toMillis() - (System.nanoTime() - start) / 1_000_000),
                    MILLISECONDS);
        }
        catch (RejectedExecutionException e) {
            return CompletableFuture.failedFuture(new QueryLogUnavailableException("The query log is closed"));
        }
        outcome.whenComplete((_, failure) -> {
            timeout.cancel(false);
            Runnable completion = () -> {
                if (failure == null) {
                    answer.complete(null);
                }
                else {
                    answer.completeExceptionally(failure);
                }
            };
            try {
                answers.execute(completion);
            }
            catch (RejectedExecutionException e) {
                completion.run();
            }
        });
        return answer;
    }

    /**
     * Fails every pending append. The leadership must be closed before.
     */
    void close(String reason)
    {
        submitter.shutdown();
        pending.lost(reason);
        timer.shutdown();
        answers.shutdown();
    }
}
