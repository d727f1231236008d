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

import static java.util.concurrent.TimeUnit.MINUTES;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

public class TestLeaderlessTime
{
    private static final long ELECTION = SECONDS.toNanos(1);
    private static final long SILENCE = SECONDS.toNanos(4);

    private final LeaderlessTime time = new LeaderlessTime(ELECTION, SILENCE, 0);

    @Test
    public void testFollowerAndReadyLeaderAreNotOpenedAgain()
    {
        assertThat(time.isOver(true, true, false, false, SILENCE, MINUTES.toNanos(10))).isFalse();
        assertThat(time.isOver(true, true, true, true, SILENCE, MINUTES.toNanos(20))).isFalse();
    }

    @Test
    public void testNotAPeer()
    {
        assertThat(time.isOver(false, false, false, false, SILENCE, MINUTES.toNanos(10))).isFalse();
    }

    @Test
    public void testNoLeader()
    {
        assertThat(withoutLeader(20 * ELECTION - 1)).isFalse();
        assertThat(withoutLeader(20 * ELECTION)).isTrue();
    }

    /**
     * Such a leader keeps the others from an election, and cannot serve.
     */
    @Test
    public void testLeaderThatDoesNotBecomeReady()
    {
        assertThat(unreadyLeader(SECONDS.toNanos(10) - 1)).isFalse();
        assertThat(unreadyLeader(SECONDS.toNanos(10))).isTrue();
    }

    @Test
    public void testLeaderThatBecomesReadyInTime()
    {
        assertThat(unreadyLeader(SECONDS.toNanos(9))).isFalse();
        assertThat(time.isOver(true, true, true, true, SILENCE, SECONDS.toNanos(10))).isFalse();
        // the time starts anew in a later term
        assertThat(unreadyLeader(SECONDS.toNanos(19))).isFalse();
        assertThat(unreadyLeader(SECONDS.toNanos(20))).isTrue();
    }

    /**
     * A member that is opened again during an election of the others drops its votes. On a machine with long pauses, members must not do so too
     * often, or no leader is ever elected.
     */
    @Test
    public void testMachineWithLongPauses()
    {
        long silence = SECONDS.toNanos(10);
        assertThat(time.isOver(true, false, false, false, silence, SECONDS.toNanos(30) - 1)).isFalse();
        assertThat(time.isOver(true, true, true, false, silence, SECONDS.toNanos(30) - 1)).isFalse();
        assertThat(time.isOver(true, false, false, false, silence, SECONDS.toNanos(30))).isTrue();
    }

    @Test
    public void testIntervalBetweenAttemptsGrows()
    {
        long now = 0;
        for (long seconds : new long[] {20, 20, 40, 80, 160, 300, 300}) {
            assertThat(withoutLeader(now + SECONDS.toNanos(seconds) - 1)).isFalse();
            now += SECONDS.toNanos(seconds);
            assertThat(withoutLeader(now)).isTrue();
            time.opened(now);
        }
        // a leader resets the interval
        assertThat(time.isOver(true, true, false, false, SILENCE, now)).isFalse();
        assertThat(withoutLeader(now + 20 * ELECTION)).isTrue();
    }

    private boolean withoutLeader(long nowNanos)
    {
        return time.isOver(true, false, false, false, SILENCE, nowNanos);
    }

    private boolean unreadyLeader(long nowNanos)
    {
        return time.isOver(true, true, true, false, SILENCE, nowNanos);
    }
}
