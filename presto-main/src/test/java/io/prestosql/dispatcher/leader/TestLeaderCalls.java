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

import com.google.common.collect.ImmutableList;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import io.airlift.units.Duration;
import io.prestosql.rpc.NotLeaderException;
import jakarta.ws.rs.BadRequestException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.net.URI;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;

import static com.google.common.util.concurrent.Futures.immediateFailedFuture;
import static com.google.common.util.concurrent.Futures.immediateFuture;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static java.util.concurrent.Executors.newSingleThreadScheduledExecutor;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.MINUTES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

public class TestLeaderCalls
{
    private static final URI ONE = URI.create("http://one:8080");
    private static final URI TWO = URI.create("http://two:8080");

    private final ScheduledExecutorService scheduler = newSingleThreadScheduledExecutor(daemonThreadsNamed("leader-calls-%s"));
    private volatile boolean leading;
    private volatile Optional<URI> otherLeader = Optional.empty();
    private Runnable leaderChanged;
    private LeaderCalls calls;

    @BeforeEach
    public void setUp()
    {
        calls = create(new Duration(10, MINUTES));
    }

    private LeaderCalls create(Duration timeout)
    {
        LeaderCalls created = new LeaderCalls(() -> leading, () -> otherLeader, listener -> leaderChanged = listener, timeout, directExecutor(), scheduler);
        created.start();
        return created;
    }

    @AfterEach
    public void tearDown()
    {
        scheduler.shutdownNow();
    }

    @Test
    public void testThisDispatcherLeads()
            throws Exception
    {
        leading = true;
        // what an earlier leader left
        otherLeader = Optional.of(ONE);
        assertThat(call(calls).get()).isEqualTo("local");
        assertThat(callOnce().get()).isEqualTo("local");
        assertThat(calls.forwardedCalls()).isZero();
        assertThat(calls.pendingCalls()).isZero();
    }

    @Test
    public void testAnotherDispatcherLeads()
            throws Exception
    {
        otherLeader = Optional.of(ONE);
        assertThat(call(calls).get()).isEqualTo("http://one:8080");
        assertThat(callOnce().get()).isEqualTo("http://one:8080");
        assertThat(calls.forwardedCalls()).isEqualTo(1);
        assertThat(calls.pendingCalls()).isZero();
    }

    @Test
    public void testNoDispatcherLeads()
            throws Exception
    {
        assertThatThrownBy(() -> callOnce().get()).hasCauseInstanceOf(NotLeaderException.class);
        ListenableFuture<String> held = call(calls);
        assertThat(held).isNotDone();
        assertThat(calls.pendingCalls()).isEqualTo(1);
        otherLeader = Optional.of(TWO);
        leaderChanged.run();
        assertThat(held.get()).isEqualTo("http://two:8080");
        assertThat(calls.pendingCalls()).isZero();
        assertThat(calls.unansweredCalls()).isZero();
    }

    @Test
    public void testLeaderThatDoesNotAnswer()
            throws Exception
    {
        otherLeader = Optional.of(ONE);
        SettableFuture<String> silent = SettableFuture.create();
        ListenableFuture<String> call = calls.call(() -> immediateFuture("local"), address -> address.equals(ONE) ? silent : immediateFuture("other"));
        assertThat(call).isNotDone();
        otherLeader = Optional.of(TWO);
        leaderChanged.run();
        assertThat(call.get()).isEqualTo("other");
        assertThat(silent).isCancelled();
        assertThat(calls.forwardedCalls()).isEqualTo(2);
    }

    @Test
    public void testAnswersThatAreFinal()
    {
        otherLeader = Optional.of(ONE);
        AtomicInteger asked = new AtomicInteger();
        ListenableFuture<String> refused = calls.call(() -> immediateFuture("local"), _ -> {
            asked.incrementAndGet();
            return immediateFailedFuture(new BadRequestException("no"));
        });
        assertThatThrownBy(refused::get).hasCauseInstanceOf(BadRequestException.class);
        assertThat(asked).hasValue(1);
        assertThat(calls.unansweredCalls()).isZero();
    }

    @Test
    public void testFailuresThatAreNotFinal()
            throws Exception
    {
        otherLeader = Optional.of(ONE);
        Queue<ListenableFuture<String>> answers = new ArrayDeque<>(ImmutableList.of(
                immediateFailedFuture(new NotLeaderException()),
                immediateFailedFuture(new IllegalStateException("connection reset")),
                immediateFuture("answer")));
        ListenableFuture<String> call = calls.call(() -> immediateFuture("local"), _ -> answers.remove());
        assertThat(call.get()).isEqualTo("answer");
        assertThat(answers).isEmpty();
    }

    @Test
    public void testTimeIsOver()
    {
        LeaderCalls impatient = create(new Duration(10, MILLISECONDS));
        assertThatThrownBy(() -> call(impatient).get()).hasCauseInstanceOf(NotLeaderException.class);
        // counted a moment later, on another thread
        await().until(() -> impatient.unansweredCalls() == 1 && impatient.pendingCalls() == 0);
    }

    @Test
    public void testDispatcherStops()
    {
        ListenableFuture<String> held = call(calls);
        calls.giveUp();
        assertThatThrownBy(held::get).hasCauseInstanceOf(NotLeaderException.class);
        assertThat(calls.pendingCalls()).isZero();
    }

    private static ListenableFuture<String> call(LeaderCalls calls)
    {
        return calls.call(() -> immediateFuture("local"), address -> immediateFuture(address.toString()));
    }

    private ListenableFuture<String> callOnce()
    {
        return calls.callOnce(() -> immediateFuture("local"), address -> immediateFuture(address.toString()));
    }
}
