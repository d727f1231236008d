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
import com.google.common.util.concurrent.AbstractFuture;
import com.google.common.util.concurrent.ListenableFuture;
import io.airlift.units.Duration;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.util.concurrent.Futures.immediateFailedFuture;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

/**
 * Gives users turns to read, so that one user's slow reads do not hold those of the others: one read of each user runs at a time, and the
 * user who has read last is the last to read again. Reads that have waited too long fail when their turn comes, without running.
 */
class ReadTurns
{
    private final TurnLimits limits;
    private final Executor executor;
    private final Ticker ticker;
    /** Users in the order of their turns. Each has at least one read. Guarded by this, as are the next two. */
    private final Map<Object, Queue<WaitingRead<?>>> waiting = new LinkedHashMap<>();
    private int waitingReads;
    private final Set<Object> running = new HashSet<>();

    /**
     * @param running how many reads run at the same time
     * @param waiting how many may wait
     * @param waitingOfUser how many of one user may wait
     * @param maxWait how long a read may wait and still run
     */
    record TurnLimits(int running, int waiting, int waitingOfUser, Duration maxWait)
    {
        TurnLimits
        {
            checkArgument(running > 0, "running has to be positive");
            requireNonNull(maxWait, "maxWait is null");
        }
    }

    /**
     * @param executor gets as many reads at a time as may run
     */
    ReadTurns(TurnLimits limits, Executor executor, Ticker ticker)
    {
        this.limits = requireNonNull(limits, "limits is null");
        this.executor = requireNonNull(executor, "executor is null");
        this.ticker = requireNonNull(ticker, "ticker is null");
    }

    /**
     * @param user empty for a read that counts for no user
     * @return fails with {@link HistoryBusyException} when too many reads wait, or this one has waited too long. To cancel it takes it out of
     * the turns if it does not run yet.
     */
    <T> ListenableFuture<T> submit(Optional<String> user, Callable<T> callable)
    {
        Object owner = user.isPresent() ? user.get() : new Object();
        WaitingRead<T> read = new WaitingRead<>(owner, callable, ticker.read());
        synchronized (this) {
            Queue<WaitingRead<?>> others = waiting.get(owner);
            if (others != null && others.size() >= limits.waitingOfUser()) {
                return immediateFailedFuture(new HistoryBusyException("Too many requests of yours read the history: wait for their answers"));
            }
            if (waitingReads >= limits.waiting()) {
                return immediateFailedFuture(new HistoryBusyException("Too many requests read the history: try again later"));
            }
            waiting.computeIfAbsent(owner, _ -> new ArrayDeque<>()).add(read);
            waitingReads++;
        }
        startNext();
        return read;
    }

    private void startNext()
    {
        for (Optional<WaitingRead<?>> next = takeNext(); next.isPresent(); next = takeNext()) {
            WaitingRead<?> read = next.get();
            if (read.isDone()) {
                end(read);
            }
            else if (ticker.read() - read.submitted > limits.maxWait().roundTo(NANOSECONDS)) {
                end(read);
                read.fail(new HistoryBusyException("The request has waited for more than %s to read the history, as others take long: try again later".formatted(limits.maxWait())));
            }
            else {
                start(read);
            }
        }
    }

    private void start(WaitingRead<?> read)
    {
        try {
            executor.execute(() -> {
                try {
                    read.run();
                }
                finally {
                    end(read);
                    startNext();
                }
            });
        }
        catch (RejectedExecutionException _) {
            end(read);
            read.fail(new HistoryBusyException("The dispatcher stops"));
        }
    }

    private synchronized Optional<WaitingRead<?>> takeNext()
    {
        if (running.size() >= limits.running()) {
            return Optional.empty();
        }
        Iterator<Map.Entry<Object, Queue<WaitingRead<?>>>> users = waiting.entrySet().iterator();
        while (users.hasNext()) {
            Map.Entry<Object, Queue<WaitingRead<?>>> user = users.next();
            if (running.add(user.getKey())) {
                Queue<WaitingRead<?>> reads = user.getValue();
                WaitingRead<?> next = reads.remove();
                waitingReads--;
                users.remove();
                if (!reads.isEmpty()) {
                    waiting.put(user.getKey(), reads);
                }
                return Optional.of(next);
            }
        }
        return Optional.empty();
    }

    private synchronized void end(WaitingRead<?> read)
    {
        running.remove(read.owner);
    }

    private static class WaitingRead<T>
            extends AbstractFuture<T>
    {
        private final Object owner;
        private final Callable<T> callable;
        private final long submitted;

        private WaitingRead(Object owner, Callable<T> callable, long submitted)
        {
            this.owner = requireNonNull(owner, "owner is null");
            this.callable = requireNonNull(callable, "callable is null");
            this.submitted = submitted;
        }

        private void run()
        {
            if (isDone()) {
                return;
            }
            try {
                set(callable.call());
            }
            catch (Throwable t) {
                setException(t);
            }
        }

        private void fail(HistoryBusyException reason)
        {
            setException(reason);
        }
    }
}
