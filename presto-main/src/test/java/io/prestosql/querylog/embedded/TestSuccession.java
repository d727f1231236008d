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

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.OptionalLong;

import static io.prestosql.querylog.embedded.Succession.ASK_INTERVAL_NANOS;
import static io.prestosql.querylog.embedded.Succession.MAX_DELAY_NANOS;
import static io.prestosql.querylog.embedded.Succession.MIN_NANOS_BETWEEN_ELECTIONS;
import static io.prestosql.querylog.embedded.Succession.OPEN_STEP_NANOS;
import static io.prestosql.querylog.embedded.Succession.STAND_INTERVAL_NANOS;
import static io.prestosql.querylog.embedded.Succession.STEP_NANOS;
import static io.prestosql.querylog.embedded.Succession.Step.ASK;
import static io.prestosql.querylog.embedded.Succession.Step.STAND_FOR_ELECTION;
import static io.prestosql.querylog.embedded.Succession.Step.WAIT;
import static java.util.concurrent.TimeUnit.HOURS;
import static org.assertj.core.api.Assertions.assertThat;

public class TestSuccession
{
    private static final long START = HOURS.toNanos(1);
    private static final OptionalLong DEAD = OptionalLong.of(7);

    private final Succession succession = new Succession();

    @Test
    public void testLeaderLives()
    {
        assertThat(succession.next(OptionalLong.empty(), false, 7, START)).isEqualTo(WAIT);
        assertThat(succession.next(OptionalLong.empty(), false, 7, START + MIN_NANOS_BETWEEN_ELECTIONS)).isEqualTo(WAIT);
    }

    @Test
    public void testFirstStandbyStandsForElectionAtOnce()
    {
        assertThat(succession.next(DEAD, false, 7, START)).isEqualTo(ASK);
        // it asks only once
        assertThat(succession.next(DEAD, false, 7, START + 1)).isEqualTo(WAIT);
        answered(7, standby("a", 10), List.of(standby("b", 10)), 3, START + 2);
        assertThat(succession.next(DEAD, false, 7, START + 2)).isEqualTo(STAND_FOR_ELECTION);
        assertThat(succession.next(DEAD, false, 7, START + 3)).isEqualTo(WAIT);
    }

    @Test
    public void testExactlyOneOfEqualStandbysIsFirst()
    {
        assertThat(delay(standby("a", 10), standby("b", 10))).isZero();
        assertThat(delay(standby("b", 10), standby("a", 10))).isEqualTo(STEP_NANOS);
        assertThat(delay(standby("c", 10), standby("a", 10), standby("b", 10), standby("d", 10))).isEqualTo(2 * STEP_NANOS);
    }

    @Test
    public void testStandbyWithMostOfTheLogIsFirst()
    {
        assertThat(delay(standby("a", 9), standby("b", 10), standby("c", 9), standby("d", 9))).isEqualTo(STEP_NANOS);
        assertThat(delay(standby("b", 10), standby("a", 9))).isZero();
        // the epoch of the last entry counts before its index
        assertThat(delay(new Standby("b", 7, 7, 1), new Standby("a", 7, 6, 100))).isZero();
    }

    /**
     * The others would not vote for a member that lacks entries of theirs.
     */
    @Test
    public void testStandbyThatCannotWinDoesNotStand()
    {
        succession.next(DEAD, false, 7, START);
        answered(7, standby("a", 9), List.of(standby("b", 10)), 3, START);
        assertThat(succession.next(DEAD, false, 7, START + ASK_INTERVAL_NANOS - 1)).isEqualTo(WAIT);
        assertThat(succession.next(DEAD, false, 7, START + ASK_INTERVAL_NANOS)).isEqualTo(ASK);
        // the epoch of the last entry counts before its index
        answered(7, new Standby("a", 7, 6, 100), List.of(new Standby("b", 7, 7, 1)), 3, START + ASK_INTERVAL_NANOS);
        assertThat(succession.next(DEAD, false, 7, START + 2 * ASK_INTERVAL_NANOS)).isEqualTo(ASK);
        // a vote of two of five is not enough
        answered(7, standby("a", 9), List.of(standby("b", 10), standby("c", 10), standby("d", 9)), 5, START + 2 * ASK_INTERVAL_NANOS);
        assertThat(succession.next(DEAD, false, 7, START + 3 * ASK_INTERVAL_NANOS)).isEqualTo(ASK);
        answered(7, standby("a", 9), List.of(standby("b", 10), standby("c", 9), standby("d", 9)), 5, START + 3 * ASK_INTERVAL_NANOS);
        assertThat(succession.next(DEAD, false, 7, START + 3 * ASK_INTERVAL_NANOS + STEP_NANOS)).isEqualTo(STAND_FOR_ELECTION);
    }

    @Test
    public void testNextStandbyStandsForElectionWhenTheFirstDoesNot()
    {
        succession.next(DEAD, false, 7, START);
        answered(7, standby("b", 10), List.of(standby("a", 10)), 3, START);
        assertStandsAfter(STEP_NANOS);
    }

    /**
     * Two members that are opened again at the same time cannot vote for each other.
     */
    @Test
    public void testNextStandbyWaitsForTheFirstToBeOpenedAgain()
    {
        succession.next(DEAD, false, 7, START);
        succession.answered(7, standby("b", 10), false, 1, List.of(standby("a", 10)), 3, START);
        assertStandsAfter(OPEN_STEP_NANOS);
    }

    @Test
    public void testMemberThatDoesNotAnswerMayBeOpenedAgain()
    {
        succession.next(DEAD, false, 7, START);
        succession.answered(7, standby("b", 10), false, 2, List.of(standby("c", 10)), 3, START);
        assertStandsAfter(OPEN_STEP_NANOS);
    }

    @Test
    public void testNextStandbyWaitsWhenTheFirstHasStoodForElection()
    {
        succession.next(DEAD, false, 7, START);
        answered(7, standby("b", 10), List.of(standby("a", 10)), 3, START);
        assertThat(succession.next(DEAD, false, 8, START + STEP_NANOS)).isEqualTo(WAIT);
        // answers from before that election do not count
        assertThat(succession.next(OptionalLong.of(8), false, 8, START + STEP_NANOS)).isEqualTo(ASK);
    }

    @Test
    public void testFalseAlarm()
    {
        succession.next(DEAD, false, 7, START);
        assertThat(succession.next(OptionalLong.empty(), false, 7, START + 1)).isEqualTo(WAIT);
        answered(7, standby("a", 10), List.of(standby("b", 10)), 3, START + 2);
        assertThat(succession.next(OptionalLong.empty(), false, 7, START + 3)).isEqualTo(WAIT);
    }

    @Test
    public void testNoMajority()
    {
        succession.next(DEAD, false, 7, START);
        answered(7, standby("a", 10), List.of(), 3, START);
        assertThat(succession.next(DEAD, false, 7, START + ASK_INTERVAL_NANOS - 1)).isEqualTo(WAIT);
        // the other member may be back
        assertThat(succession.next(DEAD, false, 7, START + ASK_INTERVAL_NANOS)).isEqualTo(ASK);
        answered(7, standby("a", 10), List.of(standby("b", 3)), 3, START + ASK_INTERVAL_NANOS);
        assertThat(succession.next(DEAD, false, 7, START + ASK_INTERVAL_NANOS)).isEqualTo(STAND_FOR_ELECTION);
    }

    @Test
    public void testOneOfFiveIsNoMajority()
    {
        succession.next(DEAD, false, 7, START);
        answered(7, standby("a", 10), List.of(standby("b", 10)), 5, START);
        assertThat(succession.next(DEAD, false, 7, START)).isEqualTo(WAIT);
    }

    @Test
    public void testAnotherKnowsOfALaterEpoch()
    {
        succession.next(DEAD, false, 7, START);
        answered(7, standby("a", 10), List.of(new Standby("b", 8, 7, 10)), 3, START);
        assertThat(succession.next(DEAD, false, 7, START)).isEqualTo(WAIT);
        assertThat(succession.next(DEAD, false, 7, START + ASK_INTERVAL_NANOS)).isEqualTo(ASK);
    }

    @Test
    public void testElectionThatDoesNotHappenIsTriedAgain()
    {
        succession.next(DEAD, false, 7, START);
        answered(7, standby("a", 10), List.of(standby("b", 10)), 3, START);
        assertThat(succession.next(DEAD, false, 7, START)).isEqualTo(STAND_FOR_ELECTION);
        assertThat(succession.next(DEAD, false, 7, START + STAND_INTERVAL_NANOS - 1)).isEqualTo(WAIT);
        assertThat(succession.next(DEAD, false, 7, START + STAND_INTERVAL_NANOS)).isEqualTo(ASK);
    }

    /**
     * Two members would depose each other by turns if a firewall refuses their connections to each other.
     */
    @Test
    public void testLiveLeadersDoNotDeposeEachOtherInTurn()
    {
        succession.next(DEAD, false, 7, START);
        answered(7, standby("a", 10), List.of(standby("b", 10)), 3, START);
        assertThat(succession.next(DEAD, false, 7, START)).isEqualTo(STAND_FOR_ELECTION);
        assertThat(succession.next(OptionalLong.of(9), false, 9, START + MIN_NANOS_BETWEEN_ELECTIONS - 1)).isEqualTo(WAIT);
        assertThat(succession.next(OptionalLong.of(9), false, 9, START + MIN_NANOS_BETWEEN_ELECTIONS)).isEqualTo(ASK);
    }

    /**
     * If most members miss the leader, the reason is not that two members cannot reach each other.
     */
    @Test
    public void testLeaderThatMostMembersMissIsReplacedSoonAfterElection()
    {
        succession.next(DEAD, false, 7, START);
        answered(7, standby("a", 10), List.of(standby("b", 10)), 3, START);
        assertThat(succession.next(DEAD, false, 7, START)).isEqualTo(STAND_FOR_ELECTION);
        assertThat(succession.next(OptionalLong.of(9), true, 9, START + 1)).isEqualTo(ASK);
    }

    /**
     * During the pause, another leader may have been elected, of which this member has not heard yet.
     */
    @Test
    public void testPauseBeforeTheElection()
    {
        succession.next(DEAD, false, 7, START);
        answered(7, standby("b", 10), List.of(standby("a", 10)), 3, START);
        long late = START + STEP_NANOS + MAX_DELAY_NANOS;
        assertThat(succession.next(DEAD, false, 7, late)).isEqualTo(ASK);
        answered(7, standby("b", 10), List.of(new Standby("a", 8, 8, 11)), 3, late + 1);
        assertThat(succession.next(DEAD, false, 7, late + 1)).isEqualTo(WAIT);
    }

    @Test
    public void testAnswerThatIsNoLongerNeeded()
    {
        succession.next(DEAD, false, 7, START);
        answered(7, standby("a", 10), List.of(standby("b", 10)), 3, START);
        assertThat(succession.next(DEAD, false, 7, START)).isEqualTo(STAND_FOR_ELECTION);
        answered(7, standby("a", 10), List.of(standby("b", 10)), 3, START + 1);
        assertThat(succession.next(DEAD, false, 7, START + 1)).isEqualTo(WAIT);
    }

    private void assertStandsAfter(long delayNanos)
    {
        assertThat(succession.next(DEAD, false, 7, START + delayNanos - 1)).isEqualTo(WAIT);
        assertThat(succession.next(DEAD, false, 7, START + delayNanos)).isEqualTo(STAND_FOR_ELECTION);
    }

    private void answered(long askedIn, Standby self, List<Standby> others, int members, long nowNanos)
    {
        succession.answered(askedIn, self, true, members - 2, others, members, nowNanos);
    }

    private static Standby standby(String member, long lastIndex)
    {
        return new Standby(member, 7, 7, lastIndex);
    }

    /**
     * Returns how many nanoseconds a member waits until it stands for election.
     */
    private static long delay(Standby self, Standby... others)
    {
        Succession succession = new Succession();
        succession.next(DEAD, false, 7, START);
        succession.answered(7, self, true, others.length, List.of(others), others.length + 2, START);
        for (long delay = 0; delay <= others.length * STEP_NANOS; delay += STEP_NANOS) {
            if (succession.next(DEAD, false, 7, START + delay) == STAND_FOR_ELECTION) {
                return delay;
            }
        }
        throw new AssertionError("%s does not stand".formatted(self));
    }
}
