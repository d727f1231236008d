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

import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.airlift.units.Duration;
import io.prestosql.dispatcher.admission.QueueAdmission;
import io.prestosql.queue.QueryTooLargeException;
import io.prestosql.queue.QueueDriver;
import io.prestosql.rpc.NotLeaderException;
import io.prestosql.rpc.ProtocolMismatchException;
import io.prestosql.spi.querylog.QueryLogMember;
import io.trino.dispatcher.DispatchExecutor;
import jakarta.annotation.PostConstruct;
import jakarta.ws.rs.WebApplicationException;

import java.net.URI;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

import static com.google.common.util.concurrent.Futures.immediateFailedFuture;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static java.util.Objects.requireNonNull;

/**
 * Calls the dispatcher that leads the queue, which may be this one.
 */
public class LeaderCalls
{
    private final BooleanSupplier leading;
    private final Supplier<Optional<URI>> otherLeader;
    private final Consumer<Runnable> changes;
    private final Duration leaderTimeout;
    private final Executor executor;
    private final ScheduledExecutorService scheduler;
    private final Set<LeaderCall<Leader, ?>> calls = ConcurrentHashMap.newKeySet();
    /** What the leader and this dispatcher speak, when the last answer was that they speak no common version of the protocol. */
    private volatile Optional<String> otherProtocol = Optional.empty();
    private final AtomicLong forwardedCalls = new AtomicLong();
    private final AtomicLong unansweredCalls = new AtomicLong();

    @Inject
    public LeaderCalls(QueueAdmission queue, QueueDriver driver, LeaderRoutingConfig config, DispatchExecutor dispatchExecutor)
    {
        this(
                queue::isLeading,
                () -> driver.getOtherLeader().map(QueryLogMember::address),
                driver::setChangeListener,
                config.getLeaderTimeout(),
                dispatchExecutor.getExecutor(),
                dispatchExecutor.getScheduledExecutor());
    }

    /**
     * @param leading whether this dispatcher leads
     * @param otherLeader the internal address of another dispatcher that leads
     * @param changes gets what is to run when another dispatcher leads
     */
    LeaderCalls(
            BooleanSupplier leading,
            Supplier<Optional<URI>> otherLeader,
            Consumer<Runnable> changes,
            Duration leaderTimeout,
            Executor executor,
            ScheduledExecutorService scheduler)
    {
        this.leading = requireNonNull(leading, "leading is null");
        this.otherLeader = requireNonNull(otherLeader, "otherLeader is null");
        this.changes = requireNonNull(changes, "changes is null");
        this.leaderTimeout = requireNonNull(leaderTimeout, "leaderTimeout is null");
        this.executor = requireNonNull(executor, "executor is null");
        this.scheduler = requireNonNull(scheduler, "scheduler is null");
    }

    @PostConstruct
    public void start()
    {
        changes.accept(() -> executor.execute(() -> calls.forEach(LeaderCall::leaderChanged)));
    }

    /**
     * Calls the leader. While no dispatcher leads, or the leader does not answer, the call is held, and then repeated: so a leader may get it
     * twice.
     *
     * @param local the call in this process, while this dispatcher leads
     * @param remote the call to the leader's internal address
     * @return the answer; fails with {@link NotLeaderException} when no leader has answered within {@code dispatcher.leader-timeout}, and
     * with {@link WebApplicationException} or {@link QueryTooLargeException} when that is the leader's answer
     */
    public <T> ListenableFuture<T> call(Supplier<ListenableFuture<T>> local, Function<URI, ListenableFuture<T>> remote)
    {
        LeaderCall<Leader, T> call = new LeaderCall<>(
                this::findLeader,
                leader -> {
                    if (leader.address().isPresent()) {
                        forwardedCalls.incrementAndGet();
                    }
                    return leader.call(local, address -> noteProtocol(remote.apply(address)));
                },
                LeaderCalls::isFinal,
                unansweredCalls::incrementAndGet,
                scheduler);
        calls.add(call);
        call.result().addListener(() -> calls.remove(call), directExecutor());
        call.start(leaderTimeout);
        return call.result();
    }

    /**
     * Calls the leader once. The call is not held.
     *
     * @return the answer; fails with {@link NotLeaderException} when no dispatcher leads
     */
    public <T> ListenableFuture<T> callOnce(Supplier<ListenableFuture<T>> local, Function<URI, ListenableFuture<T>> remote)
    {
        return findLeader()
                .map(leader -> leader.call(local, remote))
                .orElseGet(() -> immediateFailedFuture(new NotLeaderException()));
    }

    /**
     * Fails all calls that are held, as this dispatcher stops. Their callers ask again elsewhere.
     */
    public void giveUp()
    {
        calls.forEach(LeaderCall::giveUp);
    }

    /**
     * Returns the leader, as far as this dispatcher knows it.
     */
    private Optional<Leader> findLeader()
    {
        if (leading.getAsBoolean()) {
            return Optional.of(new Leader(Optional.empty()));
        }
        return otherLeader.get().map(address -> new Leader(Optional.of(address)));
    }

    /**
     * @param address empty when this dispatcher leads
     */
    private record Leader(Optional<URI> address)
    {
        private <T> ListenableFuture<T> call(Supplier<ListenableFuture<T>> local, Function<URI, ListenableFuture<T>> remote)
        {
            return address.map(remote).orElseGet(local);
        }
    }

    private <T> ListenableFuture<T> noteProtocol(ListenableFuture<T> answer)
    {
        answer.addListener(
                () -> otherProtocol = answer.state() == Future.State.FAILED && answer.exceptionNow() instanceof ProtocolMismatchException mismatch ?
                        Optional.of(mismatch.description()) :
                        Optional.empty(),
                directExecutor());
        return answer;
    }

    /**
     * Returns what the leader and this dispatcher speak, in words that follow the leader's name, if they speak no common version of the protocol
     * between nodes.
     */
    Optional<String> otherProtocol()
    {
        return otherProtocol;
    }

    /**
     * Returns whether asking again would bring the same failure.
     */
    private static boolean isFinal(Throwable failure)
    {
        return failure instanceof WebApplicationException || failure instanceof QueryTooLargeException;
    }

    long forwardedCalls()
    {
        return forwardedCalls.get();
    }

    long unansweredCalls()
    {
        return unansweredCalls.get();
    }

    int pendingCalls()
    {
        return calls.size();
    }
}
