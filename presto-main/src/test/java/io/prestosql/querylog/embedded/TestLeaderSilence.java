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

import io.prestosql.querylog.embedded.LeaderSilence.SilenceVerdict;
import org.junit.jupiter.api.Test;

import java.util.OptionalLong;

import static io.prestosql.querylog.embedded.LeaderSilence.AFTER_PAUSE_NANOS;
import static io.prestosql.querylog.embedded.LeaderSilence.ASK_AHEAD_NANOS;
import static io.prestosql.querylog.embedded.LeaderSilence.ASK_INTERVAL_NANOS;
import static io.prestosql.querylog.embedded.LeaderSilence.MAX_ANSWER_AGE_NANOS;
import static io.prestosql.querylog.embedded.LeaderSilence.SilenceVerdict.ASK;
import static io.prestosql.querylog.embedded.LeaderSilence.SilenceVerdict.GONE;
import static io.prestosql.querylog.embedded.LeaderSilence.SilenceVerdict.WAIT;
import static io.prestosql.querylog.embedded.LeaderSilence.TOLERANCE_NANOS;
import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

public class TestLeaderSilence
{
    private static final long START = -HOURS.toNanos(2);
    private static final long TIMEOUT = SECONDS.toNanos(4);
    private static final long LEADERLESS = MILLISECONDS.toNanos(1_500);
    private static final long ASKED = TIMEOUT - ASK_AHEAD_NANOS;

    private final AdaptiveTimeout timeout = new AdaptiveTimeout(TIMEOUT);
    private final LeaderSilence silence = new LeaderSilence(timeout, LEADERLESS);

    @Test
    public void testLeaderThatIsHeard()
    {
        for (int i = 0; i < 1_000; i++) {
            assertThat(look(MILLISECONDS.toNanos(i % 3 * 100L), i * MILLISECONDS.toNanos(100))).isEqualTo(WAIT);
        }
    }

    @Test
    public void testVanishedLeader()
    {
        assertThat(look(0, 0)).isEqualTo(WAIT);
        assertThat(look(ASKED - 1, ASKED - 1)).isEqualTo(WAIT);
        // asks early, so that the answers are there at the time-out
        assertThat(look(ASKED, ASKED)).isEqualTo(ASK);
        answer(missing("b", ASKED), ASKED);
        assertThat(look(ASKED + 1, ASKED + 1)).isEqualTo(WAIT);
        assertThat(look(ASKED + ASK_INTERVAL_NANOS, ASKED + ASK_INTERVAL_NANOS)).isEqualTo(ASK);
        answer(missing("b", ASKED + ASK_INTERVAL_NANOS), ASKED + ASK_INTERVAL_NANOS);
        assertThat(look(TIMEOUT - 1, TIMEOUT - 1)).isEqualTo(WAIT);
        assertThat(look(TIMEOUT, TIMEOUT)).isEqualTo(GONE);
        assertThat(look(TIMEOUT + 1, TIMEOUT + 1)).isEqualTo(GONE);
    }

    /**
     * Only this member is cut off from the leader.
     */
    @Test
    public void testOthersHearTheLeader()
    {
        look(TIMEOUT, TIMEOUT);
        answer(missing("b", TIMEOUT - MAX_ANSWER_AGE_NANOS - TOLERANCE_NANOS - 1), TIMEOUT);
        assertThat(look(TIMEOUT, TIMEOUT)).isEqualTo(WAIT);
        answer(missing("b", TIMEOUT - MAX_ANSWER_AGE_NANOS - TOLERANCE_NANOS), TIMEOUT);
        assertThat(look(TIMEOUT, TIMEOUT)).isEqualTo(GONE);
    }

    /**
     * After a pause, the leader goes on, but its heartbeats have not reached this member yet.
     */
    @Test
    public void testLastAnswerCounts()
    {
        look(ASKED, ASKED);
        answer(missing("b", ASKED), ASKED);
        answer(missing("b", MILLISECONDS.toNanos(100)), ASKED + ASK_INTERVAL_NANOS);
        assertThat(look(TIMEOUT, TIMEOUT)).isNotEqualTo(GONE);
    }

    @Test
    public void testLeaderAnswers()
    {
        assertThat(look(TIMEOUT, TIMEOUT)).isEqualTo(ASK);
        answer(missing("b", TIMEOUT), TIMEOUT);
        answer(new LeaderSighting("a", true, OptionalLong.of(0)), TIMEOUT);
        assertThat(look(TIMEOUT, TIMEOUT)).isEqualTo(WAIT);
    }

    /**
     * Another member already stands for election. That takes time on a busy machine, and a second election would only be in the way.
     */
    @Test
    public void testElection()
    {
        assertThat(look(TIMEOUT, TIMEOUT)).isEqualTo(ASK);
        answer(missing("b", TIMEOUT), TIMEOUT);
        answer(new LeaderSighting("c", true, OptionalLong.empty()), TIMEOUT);
        assertThat(look(TIMEOUT, TIMEOUT)).isEqualTo(WAIT);
    }

    @Test
    public void testTooFewAnswer()
    {
        look(TIMEOUT, TIMEOUT);
        answer(missing("b", TIMEOUT), TIMEOUT);
        assertThat(silence.next(7, OptionalLong.of(TIMEOUT), 5, START + TIMEOUT)).isEqualTo(WAIT);
        assertThat(silence.next(7, OptionalLong.of(TIMEOUT), 3, START + TIMEOUT)).isEqualTo(GONE);
    }

    /**
     * Most members may be down for hours.
     */
    @Test
    public void testOthersAreAskedAgainAndAgain()
    {
        int asked = 0;
        for (long silent = 0; silent < HOURS.toNanos(1); silent += MILLISECONDS.toNanos(100)) {
            if (look(silent, silent) == ASK) {
                asked++;
            }
        }
        assertThat(asked).isBetween(1_700, 1_900);
    }

    @Test
    public void testAnswersGetOld()
    {
        look(ASKED, ASKED);
        answer(missing("b", ASKED), ASKED);
        assertThat(look(TIMEOUT, ASKED + MAX_ANSWER_AGE_NANOS)).isEqualTo(GONE);
        assertThat(look(TIMEOUT, ASKED + MAX_ANSWER_AGE_NANOS + 1)).isEqualTo(ASK);
    }

    @Test
    public void testMemberThatKnowsNoLeaderMissesItToo()
    {
        look(TIMEOUT, TIMEOUT);
        answer(new LeaderSighting("b", false, OptionalLong.empty()), TIMEOUT);
        assertThat(look(TIMEOUT, TIMEOUT)).isEqualTo(GONE);
    }

    @Test
    public void testAnswerFromAnEarlierEpoch()
    {
        look(TIMEOUT, TIMEOUT);
        assertThat(silence.next(8, OptionalLong.of(0), 3, START + TIMEOUT)).isEqualTo(WAIT);
        answer(missing("b", TIMEOUT), TIMEOUT);
        assertThat(silence.next(8, OptionalLong.of(TIMEOUT), 3, START + TIMEOUT)).isEqualTo(ASK);
    }

    @Test
    public void testPauseOfLeaderExtendsTimeout()
    {
        pauseOfLeader(SECONDS.toNanos(3), 0);
        assertThat(timeout.nanos(START + SECONDS.toNanos(10))).isEqualTo(SECONDS.toNanos(7));
        // a longer pause is tolerated from here on
        assertThat(look(SECONDS.toNanos(6) - 1, SECONDS.toNanos(20))).isEqualTo(WAIT);
        assertThat(look(SECONDS.toNanos(6), SECONDS.toNanos(21))).isEqualTo(ASK);
    }

    /**
     * The silence of a leader that is replaced says nothing about pauses.
     */
    @Test
    public void testVanishedLeaderDoesNotExtendTimeout()
    {
        look(0, 0);
        look(SECONDS.toNanos(3), SECONDS.toNanos(3));
        assertThat(silence.next(8, OptionalLong.of(0), 3, START + SECONDS.toNanos(4))).isEqualTo(WAIT);
        silence.notFollowing();
        assertThat(silence.next(8, OptionalLong.of(0), 3, START + SECONDS.toNanos(5))).isEqualTo(WAIT);
        assertThat(timeout.nanos(START + SECONDS.toNanos(5))).isEqualTo(TIMEOUT);
    }

    /**
     * During the pause, the leader's heartbeats wait to be read.
     */
    @Test
    public void testPauseOfThisProcess()
    {
        look(0, 0);
        long end = SECONDS.toNanos(20);
        silence.pausedItself(end, START + end);
        assertThat(look(end, end)).isEqualTo(WAIT);
        assertThat(look(end + AFTER_PAUSE_NANOS - 1, end + AFTER_PAUSE_NANOS - 1)).isEqualTo(WAIT);
        assertThat(look(end + AFTER_PAUSE_NANOS, end + AFTER_PAUSE_NANOS)).isEqualTo(ASK);
        assertThat(timeout.nanos(START + end)).isEqualTo(SECONDS.toNanos(10));
    }

    @Test
    public void testAnswersFromBeforeThePause()
    {
        look(TIMEOUT, TIMEOUT);
        answer(missing("b", TIMEOUT), TIMEOUT);
        silence.pausedItself(MILLISECONDS.toNanos(500), START + TIMEOUT);
        assertThat(look(SECONDS.toNanos(6), TIMEOUT)).isEqualTo(WAIT);
        assertThat(look(SECONDS.toNanos(6), TIMEOUT + AFTER_PAUSE_NANOS)).isEqualTo(ASK);
    }

    /**
     * Without a leader, there are no pauses to tolerate.
     */
    @Test
    public void testNoLeader()
    {
        assertThat(silence.next(7, OptionalLong.empty(), 3, START)).isEqualTo(WAIT);
        // an election fails
        assertThat(silence.next(8, OptionalLong.empty(), 3, START + LEADERLESS / 4)).isEqualTo(WAIT);
        assertThat(silence.next(8, OptionalLong.empty(), 3, START + LEADERLESS - 1)).isEqualTo(ASK);
        silence.answered(8, new LeaderSighting("b", false, OptionalLong.empty()), START + LEADERLESS - 1);
        assertThat(silence.next(8, OptionalLong.empty(), 3, START + LEADERLESS - 1)).isEqualTo(WAIT);
        assertThat(silence.next(8, OptionalLong.empty(), 3, START + LEADERLESS)).isEqualTo(GONE);
    }

    /**
     * This member has restarted, and the leader has not found it yet. Or the leader is paused, and the others are more patient, which this
     * member does not know.
     */
    @Test
    public void testOthersHaveLeaderThatThisMemberDoesNotKnow()
    {
        silence.next(7, OptionalLong.empty(), 3, START);
        assertThat(silence.next(7, OptionalLong.empty(), 3, START + LEADERLESS)).isEqualTo(ASK);
        answer(missing("b", SECONDS.toNanos(2)), LEADERLESS);
        assertThat(silence.next(7, OptionalLong.empty(), 3, START + LEADERLESS)).isEqualTo(WAIT);
    }

    private void pauseOfLeader(long nanos, long start)
    {
        assertThat(look(0, start)).isEqualTo(WAIT);
        for (long silent = 0; silent <= nanos; silent += MILLISECONDS.toNanos(100)) {
            assertThat(look(silent, start + silent)).isNotEqualTo(GONE);
        }
        assertThat(look(0, start + nanos + 1)).isEqualTo(WAIT);
    }

    private SilenceVerdict look(long silentNanos, long sinceStart)
    {
        return silence.next(7, OptionalLong.of(silentNanos), 3, START + sinceStart);
    }

    private void answer(LeaderSighting sighting, long sinceStart)
    {
        silence.answered(7, sighting, START + sinceStart);
    }

    private static LeaderSighting missing(String member, long nanosAgo)
    {
        return new LeaderSighting(member, false, OptionalLong.of(nanosAgo));
    }
}
