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

import com.google.common.util.concurrent.ListenableFuture;
import io.airlift.testing.TestingTicker;
import io.airlift.units.Duration;
import io.prestosql.history.ReadTurns.TurnLimits;
import org.junit.jupiter.api.Test;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;

import static com.google.common.util.concurrent.Futures.getDone;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestReadTurns
{
    private static final TurnLimits LIMITS = new TurnLimits(2, 5, 3, new Duration(10, SECONDS));

    private final TestingTicker ticker = new TestingTicker();
    /** The reads that run. Each ends when this test runs it. */
    private final Queue<Runnable> running = new ArrayDeque<>();
    private final List<String> ran = new ArrayList<>();
    private final ReadTurns turns = new ReadTurns(LIMITS, running::add, ticker);

    @Test
    public void testAnswers()
            throws Exception
    {
        ListenableFuture<String> answer = submit("alice", "a1");
        assertThat(answer.isDone()).isFalse();
        endNext();
        assertThat(getDone(answer)).isEqualTo("a1");
        ListenableFuture<String> failed = turns.submit(Optional.of("alice"), () -> {
            throw new IllegalStateException("broken");
        });
        endNext();
        assertThatThrownBy(() -> getDone(failed)).hasRootCauseMessage("broken");
        // the turn of a read that failed is over, too
        Future<?> _ = submit("alice", "a2");
        endAll();
        assertThat(ran).containsExactly("a1", "a2");
    }

    @Test
    public void testOneReadOfEachUser()
    {
        Future<?> _ = submit("alice", "a1");
        Future<?> _ = submit("alice", "a2");
        assertThat(running).hasSize(1);
        Future<?> _ = submit("bob", "b1");
        assertThat(running).as("the second thread is not for alice").hasSize(2);
        Future<?> _ = submit("carol", "c1");
        assertThat(running).hasSize(2);
        endAll();
        assertThat(ran).containsExactly("a1", "b1", "a2", "c1");
    }

    @Test
    public void testUserWhoAsksMuchComesAfterOthers()
    {
        Future<?> _ = submit("alice", "a1");
        Future<?> _ = submit("alice", "a2");
        Future<?> _ = submit("alice", "a3");
        Future<?> _ = submit("bob", "b1");
        Future<?> _ = submit("carol", "c1");
        Future<?> _ = submit("dave", "d1");
        endAll();
        assertThat(ran).containsExactly("a1", "b1", "a2", "c1", "d1", "a3");
    }

    @Test
    public void testReadThatWaitedTooLong()
    {
        Future<?> _ = submit("alice", "a1");
        ListenableFuture<String> late = submit("alice", "a2");
        ticker.increment(4, SECONDS);
        ListenableFuture<String> inTime = submit("alice", "a3");
        ticker.increment(7, SECONDS);
        assertThat(late.isDone()).isFalse();
        endNext();
        assertThatThrownBy(() -> getDone(late))
                .cause().isInstanceOf(HistoryBusyException.class)
                .hasMessage("The request has waited for more than 10.00s to read the history, as others take long: try again later");
        assertThat(inTime.isDone()).isFalse();
        endAll();
        assertThat(ran).containsExactly("a1", "a3");
    }

    @Test
    public void testBounds()
    {
        for (int number = 0; number < 4; number++) {
            assertThat(submit("alice", "a" + number).isDone()).isFalse();
        }
        assertBusy(submit("alice", "a4"), "Too many requests of yours read the history: wait for their answers");
        Future<?> _ = submit("bob", "b0");
        Future<?> _ = submit("bob", "b1");
        Future<?> _ = submit("bob", "b2");
        assertBusy(submit("bob", "b3"), "Too many requests read the history: try again later");
        assertBusy(submit("carol", "c0"), "Too many requests read the history: try again later");
        endNext();
        assertThat(submit("carol", "c1").isDone()).isFalse();
        endAll();
        assertThat(ran).containsExactlyInAnyOrder("a0", "a1", "a2", "a3", "b0", "b1", "b2", "c1");
    }

    @Test
    public void testCanceledRead()
    {
        Future<?> _ = submit("alice", "a1");
        submit("alice", "a2").cancel(true);
        Future<?> _ = submit("alice", "a3");
        ListenableFuture<String> started = submit("bob", "b1");
        started.cancel(true);
        endAll();
        assertThat(ran).containsExactly("a1", "a3");
    }

    @Test
    public void testReadsOfNoUser()
    {
        Future<?> _ = submit(Optional.empty(), "x1");
        Future<?> _ = submit(Optional.empty(), "x2");
        assertThat(running).hasSize(2);
        endAll();
        assertThat(ran).containsExactly("x1", "x2");
    }

    @Test
    public void testStop()
    {
        ReadTurns stopped = new ReadTurns(
                LIMITS,
                _ -> {
                    throw new RejectedExecutionException();
                },
                ticker);
        for (int number = 0; number < 10; number++) {
            assertBusy(stopped.submit(Optional.of("alice"), () -> ""), "The dispatcher stops");
        }
    }

    private static void assertBusy(ListenableFuture<String> read, String reason)
    {
        assertThatThrownBy(() -> getDone(read)).cause().isInstanceOf(HistoryBusyException.class).hasMessage(reason);
    }

    private ListenableFuture<String> submit(String user, String name)
    {
        return submit(Optional.of(user), name);
    }

    private ListenableFuture<String> submit(Optional<String> user, String name)
    {
        return turns.submit(user, () -> {
            ran.add(name);
            return name;
        });
    }

    private void endAll()
    {
        while (!running.isEmpty()) {
            endNext();
        }
    }

    private void endNext()
    {
        running.remove().run();
    }
}
