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
package io.prestosql.dispatcher.clusters;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import io.airlift.log.Logger;
import io.airlift.units.Duration;
import io.prestosql.queue.QueueDriver;
import io.prestosql.spi.querylog.QueryLogMember;

import java.net.URI;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * Calls the leader again and again, while this dispatcher does not lead. No call begins before the last one has ended, so that none overtakes
 * another.
 */
final class RepeatedLeaderCall<T>
{
    private static final Logger log = Logger.get(RepeatedLeaderCall.class);

    private final String purpose;
    private final Supplier<Optional<URI>> leader;
    private final Function<URI, ListenableFuture<T>> call;
    private final Consumer<T> taker;
    private final AtomicBoolean underWay = new AtomicBoolean();

    /**
     * @param purpose what the call does, for the log: "asking for orders"
     * @param taker takes the answer
     */
    RepeatedLeaderCall(String purpose, QueueDriver driver, Function<URI, ListenableFuture<T>> call, Consumer<T> taker)
    {
        this(
                purpose,
                () -> driver.getEpoch().isPresent() ? Optional.empty() : driver.getOtherLeader().map(QueryLogMember::address),
                call,
                taker);
    }

    /**
     * @param leader supplies the address of the leader; empty when this dispatcher leads, or no leader is known
     */
    RepeatedLeaderCall(String purpose, Supplier<Optional<URI>> leader, Function<URI, ListenableFuture<T>> call, Consumer<T> taker)
    {
        this.purpose = requireNonNull(purpose, "purpose is null");
        this.leader = requireNonNull(leader, "leader is null");
        this.call = requireNonNull(call, "call is null");
        this.taker = requireNonNull(taker, "taker is null");
    }

    void start(ScheduledExecutorService scheduler, Duration period)
    {
        scheduler.scheduleWithFixedDelay(this::callSafely, period.toMillis(), period.toMillis(), MILLISECONDS);
    }

    private void callSafely()
    {
        try {
            call();
        }
        catch (Throwable t) {
            log.error(t, "Error %s", purpose);
        }
    }

    void call()
    {
        Optional<URI> current = leader.get();
        if (current.isEmpty() || !underWay.compareAndSet(false, true)) {
            return;
        }
        ListenableFuture<T> answer;
        try {
            answer = call.apply(current.get());
        }
        catch (Throwable t) {
            underWay.set(false);
            throw t;
        }
        Futures.addCallback(answer, new FutureCallback<>()
        {
            @Override
            public void onSuccess(T result)
            {
                try {
                    taker.accept(result);
                }
                finally {
                    underWay.set(false);
                }
            }

            @Override
            public void onFailure(Throwable failure)
            {
                underWay.set(false);
                log.debug(failure, "The leader does not answer while %s, and is called again soon", purpose);
            }
        }, directExecutor());
    }
}
