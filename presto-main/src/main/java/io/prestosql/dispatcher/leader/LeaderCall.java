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
package io.prestosql.dispatcher.leader;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import io.airlift.units.Duration;
import io.prestosql.rpc.NotLeaderException;

import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

import static com.google.common.util.concurrent.Futures.immediateFailedFuture;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * A call to the dispatcher that leads the queue. It is held while no dispatcher leads, and repeated when another one leads or the leader does
 * not answer. So a leader may get it twice.
 *
 * @param <L> the identity of a leader; equal for the same one
 */
class LeaderCall<L, T>
{
    private static final long RETRY_MILLIS = 100;

    private final Supplier<Optional<L>> leader;
    private final Predicate<Throwable> isFinal;
    private final Runnable givenUp;
    private final ScheduledExecutorService scheduler;
    private final SettableFuture<T> result = SettableFuture.create();
    /** Empty once there is a result: a request may be large, and the canceled timer keeps this call until the timeout. */
    private volatile Optional<Function<L, ListenableFuture<T>>> request;
    private Optional<L> asked = Optional.empty();
    private Optional<ListenableFuture<T>> answer = Optional.empty();

    /**
     * @param leader the current leader, as far as it is known
     * @param isFinal whether a failure is the leader's answer, so that asking again would bring the same
     * @param givenUp runs when no leader has answered in time
     */
    LeaderCall(Supplier<Optional<L>> leader, Function<L, ListenableFuture<T>> request, Predicate<Throwable> isFinal, Runnable givenUp, ScheduledExecutorService scheduler)
    {
        this.leader = requireNonNull(leader, "leader is null");
        this.request = Optional.of(requireNonNull(request, "request is null"));
        this.isFinal = requireNonNull(isFinal, "isFinal is null");
        this.givenUp = requireNonNull(givenUp, "givenUp is null");
        this.scheduler = requireNonNull(scheduler, "scheduler is null");
    }

    /**
     * Returns the leader's answer. It fails with {@link NotLeaderException} when no leader has answered in time.
     */
    ListenableFuture<T> result()
    {
        return result;
    }

    void start(Duration timeout)
    {
        ScheduledFuture<?> timer = scheduler.schedule(this::giveUp, timeout.toMillis(), MILLISECONDS);
        result.addListener(() -> {
            timer.cancel(false);
            request = Optional.empty();
        }, directExecutor());
        ask();
    }

    /**
     * Fails the call, if it is not answered.
     */
    void giveUp()
    {
        if (result.setException(new NotLeaderException())) {
            givenUp.run();
            cancelAnswer();
        }
    }

    /**
     * Asks again if another dispatcher leads.
     */
    void leaderChanged()
    {
        boolean waiting;
        synchronized (this) {
            if (asked.isPresent() && asked.equals(leader.get())) {
                return;
            }
            waiting = answer.isEmpty();
        }
        if (waiting) {
            ask();
        }
        else {
            // a canceled answer makes the call ask again
            cancelAnswer();
        }
    }

    private void ask()
    {
        ListenableFuture<T> newAnswer;
        synchronized (this) {
            if (result.isDone() || answer.isPresent()) {
                return;
            }
            asked = leader.get();
            if (asked.isEmpty()) {
                return;
            }
            newAnswer = askLeader(asked.get());
            answer = Optional.of(newAnswer);
        }
        Futures.addCallback(newAnswer, new FutureCallback<>()
        {
            @Override
            public void onSuccess(T value)
            {
                result.set(value);
            }

            @Override
            public void onFailure(Throwable failure)
            {
                answered(failure);
            }
        }, directExecutor());
    }

    private ListenableFuture<T> askLeader(L leader)
    {
        try {
            return request.map(call -> call.apply(leader)).orElseGet(Futures::immediateCancelledFuture);
        }
        catch (RuntimeException e) {
            return immediateFailedFuture(e);
        }
    }

    private void answered(Throwable failure)
    {
        if (isFinal.test(failure)) {
            result.setException(failure);
            return;
        }
        synchronized (this) {
            answer = Optional.empty();
        }
        scheduler.schedule(this::ask, RETRY_MILLIS, MILLISECONDS);
    }

    private void cancelAnswer()
    {
        Optional<ListenableFuture<T>> canceled;
        synchronized (this) {
            canceled = answer;
        }
        canceled.ifPresent(future -> future.cancel(true));
    }
}
