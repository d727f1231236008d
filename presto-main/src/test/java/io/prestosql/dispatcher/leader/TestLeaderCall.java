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

import com.google.common.util.concurrent.SettableFuture;
import io.airlift.units.Duration;
import io.prestosql.rpc.NotLeaderException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;

import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static java.util.concurrent.Executors.newSingleThreadScheduledExecutor;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.MINUTES;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestLeaderCall
{
    private static final Duration LONG = new Duration(10, MINUTES);

    private final ScheduledExecutorService scheduler = newSingleThreadScheduledExecutor(daemonThreadsNamed("leader-call-%s"));
    private final BlockingQueue<Question> questions = new LinkedBlockingQueue<>();
    private final AtomicInteger givenUp = new AtomicInteger();
    private volatile Optional<String> leader = Optional.of("one");
    private final LeaderCall<String, String> call = new LeaderCall<>(
            () -> leader,
            asked -> {
                Question question = new Question(asked, SettableFuture.create());
                questions.add(question);
                return question.answer();
            },
            failure -> failure instanceof IllegalArgumentException,
            givenUp::incrementAndGet,
            scheduler);

    private record Question(String leader, SettableFuture<String> answer) {}

    @AfterEach
    public void tearDown()
    {
        scheduler.shutdownNow();
    }

    @Test
    public void testLeaderAnswers()
            throws Exception
    {
        call.start(LONG);
        Question question = nextQuestion();
        assertThat(question.leader()).isEqualTo("one");
        assertThat(call.result()).isNotDone();
        question.answer().set("answer");
        assertThat(call.result().get()).isEqualTo("answer");
        // these come too late to have an effect
        call.leaderChanged();
        call.giveUp();
        assertThat(questions).isEmpty();
        assertThat(givenUp).hasValue(0);
    }

    @Test
    public void testHeldWithoutLeader()
            throws Exception
    {
        leader = Optional.empty();
        call.start(LONG);
        call.leaderChanged();
        assertThat(questions).isEmpty();
        leader = Optional.of("two");
        call.leaderChanged();
        Question question = nextQuestion();
        assertThat(question.leader()).isEqualTo("two");
        question.answer().set("answer");
        assertThat(call.result().get()).isEqualTo("answer");
    }

    @Test
    public void testAnotherLeaderIsAsked()
            throws Exception
    {
        call.start(LONG);
        Question first = nextQuestion();
        // the leader is still the same
        call.leaderChanged();
        assertThat(first.answer()).isNotDone();
        leader = Optional.of("two");
        call.leaderChanged();
        assertThat(first.answer()).isCancelled();
        Question second = nextQuestion();
        assertThat(second.leader()).isEqualTo("two");
        second.answer().set("answer");
        assertThat(call.result().get()).isEqualTo("answer");
    }

    @Test
    public void testAskedAgain()
            throws Exception
    {
        call.start(LONG);
        nextQuestion().answer().setException(new NotLeaderException());
        nextQuestion().answer().setException(new RuntimeException("connection reset"));
        nextQuestion().answer().set("answer");
        assertThat(call.result().get()).isEqualTo("answer");
    }

    @Test
    public void testFailureOfRequestIsPassedOn()
            throws Exception
    {
        call.start(LONG);
        nextQuestion().answer().setException(new IllegalArgumentException("the leader says no"));
        assertThatThrownBy(() -> call.result().get()).hasRootCauseMessage("the leader says no");
        assertThat(givenUp).hasValue(0);
    }

    @Test
    public void testRequestThatThrows()
    {
        LeaderCall<String, String> throwing = new LeaderCall<>(
                () -> leader,
                _ -> {
                    throw new IllegalArgumentException("cannot be asked");
                },
                failure -> failure instanceof IllegalArgumentException,
                givenUp::incrementAndGet,
                scheduler);
        throwing.start(LONG);
        assertThatThrownBy(() -> throwing.result().get()).hasRootCauseMessage("cannot be asked");
    }

    @Test
    public void testTimeout()
            throws Exception
    {
        // the time does not run out before the leader is asked
        CountDownLatch asked = new CountDownLatch(1);
        Future<Void> busy = scheduler.submit(() -> {
            asked.await();
            return null;
        });
        call.start(new Duration(1, MILLISECONDS));
        Question question = nextQuestion();
        asked.countDown();
        busy.get();
        assertThatThrownBy(() -> call.result().get()).hasCauseInstanceOf(NotLeaderException.class);
        // cancelled, because the leader need not go on with it
        assertThatThrownBy(() -> question.answer().get()).isInstanceOf(CancellationException.class);
        assertThat(givenUp).hasValue(1);
    }

    private Question nextQuestion()
            throws InterruptedException
    {
        Question question = questions.poll(10, SECONDS);
        assertThat(question).as("a question").isNotNull();
        return question;
    }
}
