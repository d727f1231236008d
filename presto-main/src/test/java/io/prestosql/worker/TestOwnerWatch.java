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
package io.prestosql.worker;

import com.google.common.collect.ImmutableSet;
import io.prestosql.protocol.TaskOwner;
import io.prestosql.worker.OwnerWatch.Death;
import io.prestosql.worker.OwnerWatch.Findings;
import io.prestosql.worker.OwnerWatch.Leftover;
import io.prestosql.worker.OwnerWatch.ProcessAnswer;
import io.prestosql.worker.OwnerWatch.Question;
import io.trino.execution.TaskId;
import io.trino.spi.QueryId;
import org.junit.jupiter.api.Test;

import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

import static com.google.common.collect.Iterables.getOnlyElement;
import static io.prestosql.worker.OwnerWatch.PAUSE_NANOS;
import static io.prestosql.worker.OwnerWatch.QUESTION_NANOS;
import static io.prestosql.worker.OwnerWatch.RETENTION_NANOS;
import static io.prestosql.worker.OwnerWatch.Reception.CONTENDED;
import static io.prestosql.worker.OwnerWatch.Reception.FORMER_OWNER;
import static io.prestosql.worker.OwnerWatch.Reception.LEFT_BEHIND;
import static io.prestosql.worker.OwnerWatch.Reception.TAKEN;
import static io.prestosql.worker.OwnerWatch.Reception.TAKEN_OVER;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.MINUTES;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

public class TestOwnerWatch
{
    private static final long STEP = MILLISECONDS.toNanos(500);
    private static final long SILENCE = SECONDS.toNanos(2);
    private static final long REFUSAL = SECONDS.toNanos(5);
    private static final long LEASE = MINUTES.toNanos(5);
    /** Time after the last sign of a coordinator at which its lease is certainly over. */
    private static final long GIVE_UP = LEASE + LEASE / 10 + SILENCE;

    private static final TaskOwner ONE = owner("coordinator-1", "one");
    private static final TaskOwner ONE_RESTARTED = owner("coordinator-1", "one restarted");
    private static final TaskOwner TWO = owner("coordinator-2", "two");
    private static final TaskOwner THREE = owner("coordinator-3", "three");
    private static final TaskOwner SELF = owner("self", "this process");
    private static final TaskId TASK = TaskId.valueOf("query1.0.0.0");
    private static final TaskId ANOTHER_TASK = TaskId.valueOf("query1.1.3.0");
    private static final TaskId TASK_OF_OTHER_QUERY = TaskId.valueOf("query2.0.0.0");

    private final OwnerWatch watch = new OwnerWatch("this process", SILENCE, REFUSAL);
    private final Set<QueryId> running = new HashSet<>();
    private final Set<QueryId> ended = new HashSet<>();
    // a monotonic clock may start anywhere
    private long now = Long.MAX_VALUE - SECONDS.toNanos(3);

    @Test
    public void testCoordinatorThatIsHeardOfIsNotAsked()
    {
        make(ONE, TASK);
        for (int i = 0; i < 100; i++) {
            assertThat(step().questions()).isEmpty();
            if (i % 2 == 0) {
                watch.heard(ONE, now);
            }
        }
        assertThat(watch.deaths()).isZero();
    }

    @Test
    public void testSilentIsAsked()
    {
        make(ONE, TASK);
        make(TWO, TASK_OF_OTHER_QUERY);
        for (int i = 0; i < 3; i++) {
            assertThat(step().questions()).isEmpty();
            watch.heard(TWO, now);
        }
        Question question = getOnlyElement(step().questions());
        assertThat(question.owner()).isEqualTo(ONE);
        watch.heard(TWO, now);
        // one question at a time
        assertThat(step().questions()).isEmpty();
        // the answer ends the silence, so the owner is not asked again before the full time
        watch.answered(question, ProcessAnswer.SAME_PROCESS, now);
        for (int i = 0; i < 3; i++) {
            assertThat(step().questions()).extracting(Question::owner).doesNotContain(ONE);
        }
        assertThat(step().questions()).extracting(Question::owner).containsExactly(ONE);
        assertThat(watch.deaths()).isZero();
    }

    @Test
    public void testWithoutRunningTasksNoCoordinatorIsAsked()
    {
        make(ONE, TASK);
        running.clear();
        ended.add(TASK.getQueryId());
        for (int i = 0; i < 100; i++) {
            assertThat(step().questions()).isEmpty();
        }
        make(SELF, TASK_OF_OTHER_QUERY);
        for (long i = 0; i < GIVE_UP / STEP + 10; i++) {
            assertThat(step()).as("a process does not doubt itself").isEqualTo(new Findings(List.of(), List.of()));
        }
    }

    @Test
    public void testTasksWithoutKnownOwnerAreLeftAlone()
    {
        running.add(TASK.getQueryId());
        for (long i = 0; i < GIVE_UP / STEP + 10; i++) {
            assertThat(step()).isEqualTo(new Findings(List.of(), List.of()));
        }
    }

    @Test
    public void testAnotherProcessAtTheAddress()
    {
        make(ONE, TASK);
        make(ONE, ANOTHER_TASK);
        make(TWO, TASK_OF_OTHER_QUERY);
        Question question = awaitQuestion(ONE, TWO);
        assertThat(watch.answered(question, ProcessAnswer.ANOTHER_PROCESS, now)).isTrue();
        watch.heard(TWO, now);
        Findings findings = step();
        assertThat(findings.leftovers()).containsExactly(new Leftover(TASK.getQueryId(), ONE, Death.ANOTHER_PROCESS));
        assertThat(findings.questions()).isEmpty();
        assertThat(watch.deaths()).isEqualTo(1);
        // reported again, because another task may have been on its way
        watch.heard(TWO, now);
        assertThat(step().leftovers()).hasSize(1);
        running.remove(TASK.getQueryId());
        watch.heard(TWO, now);
        assertThat(step().leftovers()).isEmpty();
        assertThat(watch.deaths()).isEqualTo(1);
    }

    @Test
    public void testRestartedCoordinatorIsAnotherOwner()
    {
        make(ONE, TASK);
        make(ONE_RESTARTED, TASK_OF_OTHER_QUERY);
        Question question = awaitQuestion(ONE, ONE_RESTARTED);
        assertThat(watch.answered(question, ProcessAnswer.ANOTHER_PROCESS, now)).isTrue();
        for (int i = 0; i < 20; i++) {
            watch.heard(ONE_RESTARTED, now);
            assertThat(step().leftovers()).extracting(Leftover::queryId).containsExactly(TASK.getQueryId());
        }
    }

    @Test
    public void testCoordinatorIsDeadAfterRefusalsForATime()
    {
        make(ONE, TASK);
        long made = now;
        Question question = awaitQuestion(ONE);
        long firstRefusal = now;
        while (!watch.answered(question, ProcessAnswer.REFUSED, now)) {
            assertThat(now - firstRefusal).isLessThan(REFUSAL);
            Findings findings = step();
            assertThat(findings.leftovers()).isEmpty();
            question = getOnlyElement(findings.questions());
        }
        assertThat(now - firstRefusal).isEqualTo(REFUSAL);
        assertThat(step().leftovers()).containsExactly(new Leftover(TASK.getQueryId(), ONE, Death.REFUSED));
        assertThat(now - made).as("time from the last sign to the drop").isLessThanOrEqualTo(SECONDS.toNanos(8));
    }

    @Test
    public void testFewRefusalsAreNotEnough()
    {
        OwnerWatch watch = new OwnerWatch("this process", SILENCE, STEP);
        watch.changed(ONE, TASK, now);
        Set<QueryId> queries = ImmutableSet.of(TASK.getQueryId());
        now += SILENCE;
        for (int i = 1; i < OwnerWatch.MIN_REFUSALS; i++) {
            Question question = getOnlyElement(watch.look(queries, queries, now).questions());
            assertThat(watch.answered(question, ProcessAnswer.REFUSED, now)).isFalse();
            // the longest gap within a series of refusals; the series lasts longer than required
            now += PAUSE_NANOS;
        }
        Question question = getOnlyElement(watch.look(queries, queries, now).questions());
        assertThat(watch.answered(question, ProcessAnswer.REFUSED, now)).isTrue();
    }

    @Test
    public void testAnyOtherAnswerEndsSeriesOfRefusals()
    {
        make(ONE, TASK);
        for (ProcessAnswer answer : List.of(ProcessAnswer.UNCLEAR, ProcessAnswer.SAME_PROCESS)) {
            for (int i = 0; i < 5; i++) {
                refuseFor(REFUSAL - STEP);
                Question question = awaitQuestion(ONE);
                assertThat(watch.answered(question, answer, now)).isFalse();
            }
        }
        for (int i = 0; i < 5; i++) {
            refuseFor(REFUSAL - STEP);
            watch.heard(ONE, now);
        }
        assertThat(watch.deaths()).isZero();
    }

    @Test
    public void testUnreachableAddressNeitherCountsNorEndsSeriesOfRefusals()
    {
        make(ONE, TASK);
        for (int i = 0; i < 100; i++) {
            assertThat(watch.answered(awaitQuestion(ONE), ProcessAnswer.UNREACHABLE, now)).isFalse();
        }
        refuseFor(REFUSAL - 2 * STEP);
        assertThat(watch.answered(awaitQuestion(ONE), ProcessAnswer.UNREACHABLE, now)).isFalse();
        assertThat(watch.answered(awaitQuestion(ONE), ProcessAnswer.REFUSED, now)).isTrue();
    }

    @Test
    public void testRefusalsFarApartAreNoSeries()
    {
        make(ONE, TASK);
        for (int i = 0; i < 20; i++) {
            Question question = awaitQuestion(ONE);
            assertThat(watch.answered(question, ProcessAnswer.REFUSED, now)).isFalse();
            // the node looks all the time, but no answer comes
            question = getOnlyElement(step().questions());
            for (long waited = 0; waited <= QUESTION_NANOS; waited += STEP) {
                assertThat(look().questions()).isEmpty();
                now += STEP;
            }
            assertThat(watch.answered(question, ProcessAnswer.REFUSED, now)).isFalse();
        }
        assertThat(watch.deaths()).isZero();
    }

    @Test
    public void testAnswerThatComesAfterSomethingElseWasHeard()
    {
        make(ONE, TASK);
        Question question = awaitQuestion(ONE);
        watch.heard(ONE, now);
        assertThat(watch.answered(question, ProcessAnswer.ANOTHER_PROCESS, now)).isFalse();
        assertThat(step().leftovers()).isEmpty();

        Question next = awaitQuestion(ONE);
        assertThat(watch.answered(question, ProcessAnswer.ANOTHER_PROCESS, now)).as("an old answer").isFalse();
        assertThat(watch.answered(next, ProcessAnswer.ANOTHER_PROCESS, now)).isTrue();
        assertThat(watch.answered(next, ProcessAnswer.ANOTHER_PROCESS, now)).as("the same again").isFalse();
        assertThat(watch.deaths()).isEqualTo(1);
    }

    @Test
    public void testQuestionThatIsLost()
    {
        make(ONE, TASK);
        Question lost = awaitQuestion(ONE);
        long asked = now;
        Question next = awaitQuestion(ONE);
        assertThat(now - asked).isGreaterThan(QUESTION_NANOS);
        assertThat(watch.answered(lost, ProcessAnswer.ANOTHER_PROCESS, now)).isFalse();
        assertThat(watch.answered(next, ProcessAnswer.ANOTHER_PROCESS, now)).isTrue();
    }

    /**
     * A paused coordinator accepts connections, but does not answer.
     */
    @Test
    public void testSilenceIsNotDeathBeforeTheLeaseIsOver()
    {
        make(ONE, TASK);
        long made = now;
        while (now - made <= GIVE_UP - STEP) {
            Findings findings = step();
            assertThat(findings.leftovers()).isEmpty();
            findings.questions().forEach(question -> assertThat(watch.answered(question, ProcessAnswer.UNCLEAR, now)).isFalse());
        }
        Findings findings = step();
        if (findings.leftovers().isEmpty()) {
            findings = step();
        }
        assertThat(findings.leftovers()).containsExactly(new Leftover(TASK.getQueryId(), ONE, Death.SILENT));
        assertThat(now - made).isBetween(GIVE_UP, GIVE_UP + 2 * STEP);
    }

    @Test
    public void testPauseOfThisNodeIsNoSilenceOfACoordinator()
    {
        make(ONE, TASK);
        for (long pause : List.of(PAUSE_NANOS + 1, MINUTES.toNanos(1), GIVE_UP, 1000 * GIVE_UP)) {
            step();
            now += pause;
            assertThat(look()).as("after %s", pause).isEqualTo(new Findings(List.of(), List.of()));
            // as if the coordinator had just been heard from
            long resumed = now;
            awaitQuestion(ONE);
            assertThat(now - resumed).isEqualTo(SILENCE);
        }
        assertThat(watch.deaths()).isZero();
    }

    @Test
    public void testPauseOfThisNodeEndsSeriesOfRefusals()
    {
        make(ONE, TASK);
        refuseFor(REFUSAL - STEP);
        Question asked = getOnlyElement(step().questions());
        now += PAUSE_NANOS + 1;
        look();
        // the question was asked before the pause
        assertThat(watch.answered(asked, ProcessAnswer.REFUSED, now)).isFalse();
        refuseFor(REFUSAL - STEP);
        assertThat(watch.deaths()).isZero();
        assertThat(watch.answered(awaitQuestion(ONE), ProcessAnswer.REFUSED, now)).isTrue();
    }

    /**
     * A node that is paused repeatedly never observes enough silence, but still sees the refusals.
     */
    @Test
    public void testShortPausesDoNotHideADeath()
    {
        make(ONE, TASK);
        Random random = new Random(17);
        long made = now;
        while (watch.deaths() == 0) {
            assertThat(now - made).isLessThan(SECONDS.toNanos(60));
            now += (long) (random.nextDouble() * PAUSE_NANOS);
            look().questions().forEach(question -> watch.answered(question, ProcessAnswer.REFUSED, now));
        }
    }

    @Test
    public void testClockThatGoesBack()
    {
        make(ONE, TASK);
        refuseFor(REFUSAL - STEP);
        now -= MINUTES.toNanos(10);
        assertThat(look()).isEqualTo(new Findings(List.of(), List.of()));
        refuseFor(REFUSAL - STEP);
        assertThat(watch.deaths()).isZero();
        assertThat(watch.answered(awaitQuestion(ONE), ProcessAnswer.REFUSED, now)).isTrue();
    }

    @Test
    public void testCoordinatorThatReturnsAfterItsDeath()
    {
        make(ONE, TASK);
        assertThat(watch.answered(awaitQuestion(ONE), ProcessAnswer.ANOTHER_PROCESS, now)).isTrue();
        assertThat(step().leftovers()).hasSize(1);
        // a request that was under way for long
        watch.heard(ONE, now);
        assertThat(watch.revivals()).isEqualTo(1);
        for (int i = 0; i < 3; i++) {
            assertThat(step().leftovers()).isEmpty();
        }
        assertThat(watch.answered(awaitQuestion(ONE), ProcessAnswer.ANOTHER_PROCESS, now)).isTrue();
        assertThat(step().leftovers()).hasSize(1);
        assertThat(watch.deaths()).isEqualTo(2);
    }

    @Test
    public void testTaskThatIsMadeAfterTheDeath()
    {
        make(ONE, TASK);
        assertThat(watch.answered(awaitQuestion(ONE), ProcessAnswer.ANOTHER_PROCESS, now)).isTrue();
        running.remove(TASK.getQueryId());
        assertThat(step().leftovers()).isEmpty();
        // the request for this task had arrived before
        running.add(TASK.getQueryId());
        assertThat(step().leftovers()).extracting(Leftover::queryId).containsExactly(TASK.getQueryId());
    }

    @Test
    public void testQueryIsRememberedUntilItsTasksAreForgotten()
    {
        make(ONE, TASK);
        running.clear();
        long made = now;
        while (now - made < RETENTION_NANOS) {
            step();
            assertThat(isRemembered()).isTrue();
        }
        step();
        assertThat(isRemembered()).isFalse();
        step();
        assertThat(watch.owners()).isEmpty();

        make(ONE, TASK);
        running.clear();
        ended.add(TASK.getQueryId());
        for (long i = 0; i < 10 * RETENTION_NANOS / STEP; i++) {
            step();
        }
        assertThat(watch.owners()).containsExactly(ONE);
        assertThat(isRemembered()).isTrue();
        ended.clear();
        step();
        assertThat(isRemembered()).isFalse();
    }

    /**
     * Only the owner of a query that is remembered may ask for its tasks.
     */
    private boolean isRemembered()
    {
        return watch.asked(TWO, TASK, now) == CONTENDED;
    }

    @Test
    public void testCoordinatorThatOnlyAsksIsForgotten()
    {
        watch.heard(ONE, now);
        step();
        assertThat(watch.owners()).isEmpty();
    }

    @Test
    public void testAnotherCoordinatorWaitsUntilTheFirstIsGone()
    {
        make(ONE, TASK);
        assertThat(watch.changed(TWO, TASK, now)).isEqualTo(CONTENDED);
        assertThat(watch.changed(TWO, ANOTHER_TASK, now)).isEqualTo(CONTENDED);
        // ONE is alive, and the query is its own
        assertThat(watch.answered(awaitQuestion(ONE), ProcessAnswer.SAME_PROCESS, now)).isFalse();
        assertThat(watch.changed(ONE, TASK, now)).isEqualTo(TAKEN);
        assertThat(watch.changed(TWO, TASK, now)).isEqualTo(CONTENDED);
        assertThat(step().leftovers()).isEmpty();
    }

    @Test
    public void testAnotherCoordinatorTakesOver()
    {
        make(ONE, TASK);
        assertThat(watch.changed(TWO, ANOTHER_TASK, now)).isEqualTo(CONTENDED);
        assertThat(watch.answered(awaitQuestion(ONE), ProcessAnswer.ANOTHER_PROCESS, now)).isTrue();
        assertThat(step().leftovers()).containsExactly(new Leftover(TASK.getQueryId(), ONE, Death.ANOTHER_PROCESS));

        assertThat(watch.changed(TWO, ANOTHER_TASK, now)).isEqualTo(TAKEN_OVER);
        assertThat(watch.leaveBehind(ImmutableSet.of(TASK), ANOTHER_TASK)).isEqualTo(TAKEN);
        assertThat(watch.changed(TWO, ANOTHER_TASK, now)).isEqualTo(TAKEN);
        assertThat(watch.changed(TWO, TASK, now)).isEqualTo(LEFT_BEHIND);
        assertThat(step().leftovers()).isEmpty();

        // late requests of the first coordinator
        assertThat(watch.changed(ONE, ANOTHER_TASK, now)).isEqualTo(FORMER_OWNER);
        assertThat(watch.ended(ONE, ANOTHER_TASK, now)).isEqualTo(FORMER_OWNER);
        assertThat(watch.ended(TWO, ANOTHER_TASK, now)).isEqualTo(TAKEN);
        watch.heard(TWO, now);
        assertThat(step().leftovers()).isEmpty();
        assertThat(watch.changed(TWO, ANOTHER_TASK, now)).isEqualTo(TAKEN);
    }

    @Test
    public void testTaskThatIsThereCannotBeMadeAgain()
    {
        make(ONE, TASK);
        assertThat(watch.answered(awaitQuestion(ONE), ProcessAnswer.ANOTHER_PROCESS, now)).isTrue();
        assertThat(watch.changed(TWO, TASK, now)).isEqualTo(TAKEN_OVER);
        assertThat(watch.leaveBehind(ImmutableSet.of(TASK, ANOTHER_TASK), TASK)).isEqualTo(LEFT_BEHIND);
        assertThat(watch.changed(TWO, ANOTHER_TASK, now)).isEqualTo(LEFT_BEHIND);
    }

    @Test
    public void testThirdCoordinator()
    {
        make(ONE, TASK);
        assertThat(watch.answered(awaitQuestion(ONE), ProcessAnswer.ANOTHER_PROCESS, now)).isTrue();
        assertThat(watch.changed(TWO, ANOTHER_TASK, now)).isEqualTo(TAKEN_OVER);
        watch.leaveBehind(ImmutableSet.of(TASK), ANOTHER_TASK);
        assertThat(watch.changed(THREE, ANOTHER_TASK, now)).isEqualTo(CONTENDED);
        assertThat(watch.answered(awaitQuestion(TWO), ProcessAnswer.ANOTHER_PROCESS, now)).isTrue();
        assertThat(watch.changed(THREE, ANOTHER_TASK, now)).isEqualTo(TAKEN_OVER);
        assertThat(watch.leaveBehind(ImmutableSet.of(TASK, ANOTHER_TASK), ANOTHER_TASK)).isEqualTo(LEFT_BEHIND);
        assertThat(watch.changed(ONE, ANOTHER_TASK, now)).isEqualTo(FORMER_OWNER);
        assertThat(watch.changed(TWO, ANOTHER_TASK, now)).isEqualTo(FORMER_OWNER);
    }

    /**
     * The first coordinator's tasks have ended, so there is nothing to drop, but this node still has to find out whether it is gone.
     */
    @Test
    public void testContendedOwnerWithoutRunningTasksIsAsked()
    {
        make(ONE, TASK);
        running.clear();
        ended.add(TASK.getQueryId());
        for (int i = 0; i < 20; i++) {
            assertThat(step().questions()).isEmpty();
        }
        assertThat(watch.changed(TWO, TASK, now)).isEqualTo(CONTENDED);
        Question question = getOnlyElement(step().questions());
        assertThat(watch.answered(question, ProcessAnswer.ANOTHER_PROCESS, now)).isTrue();
        assertThat(watch.changed(TWO, TASK, now)).isEqualTo(TAKEN_OVER);
        assertThat(watch.leaveBehind(ImmutableSet.of(TASK), TASK)).isEqualTo(LEFT_BEHIND);
    }

    @Test
    public void testUnknownTaskMayBeEnded()
    {
        assertThat(watch.ended(ONE, TASK, now)).isEqualTo(TAKEN);
        make(TWO, TASK);
        assertThat(watch.ended(ONE, TASK, now)).isEqualTo(LEFT_BEHIND);
    }

    @Test
    public void testRequestsAboutTasksByOwnerAndOthers()
    {
        assertThat(watch.asked(TWO, TASK, now)).isEqualTo(TAKEN);
        make(ONE, TASK);
        assertThat(watch.asked(ONE, TASK, now)).isEqualTo(TAKEN);
        assertThat(watch.asked(TWO, TASK, now)).isEqualTo(CONTENDED);
        assertThat(watch.answered(awaitQuestion(ONE), ProcessAnswer.ANOTHER_PROCESS, now)).isTrue();
        assertThat(watch.changed(TWO, ANOTHER_TASK, now)).isEqualTo(TAKEN_OVER);
        assertThat(watch.leaveBehind(ImmutableSet.of(TASK), ANOTHER_TASK)).isEqualTo(TAKEN);
        assertThat(watch.asked(TWO, TASK, now)).isEqualTo(LEFT_BEHIND);
        assertThat(watch.ended(TWO, TASK, now)).isEqualTo(LEFT_BEHIND);
        assertThat(watch.asked(TWO, ANOTHER_TASK, now)).isEqualTo(TAKEN);
        // the earlier owner is told the state of its tasks
        assertThat(watch.asked(ONE, TASK, now)).isEqualTo(TAKEN);
    }

    /**
     * A live coordinator never loses its tasks, as long as it either answers for itself or does not answer.
     */
    @Test
    public void testLiveCoordinatorsLoseNothing()
    {
        for (int seed = 0; seed < 100; seed++) {
            Random random = new Random(seed);
            OwnerWatch watch = new OwnerWatch("this process", SILENCE, REFUSAL);
            long now = random.nextLong();
            long heard = now;
            watch.changed(ONE, TASK, now);
            for (int i = 0; i < 2_000; i++) {
                // this node may be slow, or paused
                long step = switch (random.nextInt(50)) {
                    case 0 -> (long) (random.nextDouble() * 2 * GIVE_UP);
                    case 1, 2 -> (long) (random.nextDouble() * 2 * PAUSE_NANOS);
                    default -> STEP;
                };
                now += step;
                // at times the coordinator is paused or cut off, for less than its lease, and sometimes another device refuses in its place
                if (random.nextInt(30) == 0 || now - heard > LEASE / 2) {
                    watch.heard(ONE, now);
                    heard = now;
                }
                Set<QueryId> queries = ImmutableSet.of(TASK.getQueryId());
                Findings findings = watch.look(queries, queries, now);
                if (!findings.leftovers().isEmpty()) {
                    throw new AssertionError("Seed %s, step %s: %s".formatted(seed, i, findings.leftovers()));
                }
                for (Question question : findings.questions()) {
                    ProcessAnswer answer = switch (random.nextInt(10)) {
                        case 0 -> ProcessAnswer.REFUSED;
                        case 1 -> ProcessAnswer.SAME_PROCESS;
                        case 2 -> ProcessAnswer.UNREACHABLE;
                        default -> ProcessAnswer.UNCLEAR;
                    };
                    if (random.nextInt(20) != 0) {
                        watch.answered(question, answer, now);
                    }
                }
            }
            assertThat(watch.deaths()).as("seed %s", seed).isZero();
        }
    }

    private void make(TaskOwner owner, TaskId taskId)
    {
        assertThat(watch.changed(owner, taskId, now)).isEqualTo(TAKEN);
        running.add(taskId.getQueryId());
    }

    private Findings step()
    {
        now += STEP;
        return look();
    }

    private Findings look()
    {
        return watch.look(ImmutableSet.<QueryId>builder().addAll(running).addAll(ended).build(), running, now);
    }

    /**
     * Lets time pass until the coordinator is asked; the others are heard from all the time.
     */
    private Question awaitQuestion(TaskOwner owner, TaskOwner... others)
    {
        for (int i = 0; i < 100; i++) {
            for (Question question : step().questions()) {
                assertThat(question.owner()).isEqualTo(owner);
                return question;
            }
            for (TaskOwner other : others) {
                watch.heard(other, now);
            }
        }
        throw new AssertionError(owner + " is not asked");
    }

    private void refuseFor(long nanos)
    {
        Question question = awaitQuestion(ONE);
        long first = now;
        assertThat(watch.answered(question, ProcessAnswer.REFUSED, now)).isFalse();
        while (now - first < nanos) {
            question = getOnlyElement(step().questions());
            assertThat(watch.answered(question, ProcessAnswer.REFUSED, now)).isFalse();
        }
    }

    private static TaskOwner owner(String nodeId, String processId)
    {
        return new TaskOwner(nodeId, processId, URI.create("http://%s:8080".formatted(nodeId)), MINUTES.toMillis(5));
    }
}
