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

import java.util.OptionalLong;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

public class TestLeaderMajority
{
    private static final long LIMIT = SECONDS.toNanos(10);
    private static final long LOOK = MILLISECONDS.toNanos(100);

    private final LeaderMajority majority = new LeaderMajority(LIMIT);
    private long now = SECONDS.toNanos(100);

    @Test
    public void testMajorityAnswers()
    {
        for (int i = 0; i < 1_000; i++) {
            assertThat(look(LIMIT - 1)).isFalse();
        }
    }

    @Test
    public void testMajorityIsSilent()
    {
        int looks = 0;
        while (!look(LIMIT + looks * LOOK)) {
            looks++;
        }
        assertThat(looks * LOOK).isEqualTo(LeaderMajority.CONFIRM_NANOS);
    }

    /**
     * The process has not noticed its pause, and has not yet read the answers that came meanwhile.
     */
    @Test
    public void testPauseOfThisProcess()
    {
        assertThat(look(0)).isFalse();
        now += SECONDS.toNanos(30);
        assertThat(look(SECONDS.toNanos(30))).isFalse();
        assertThat(look(SECONDS.toNanos(30) + LOOK)).isFalse();
        assertThat(look(0)).isFalse();
    }

    @Test
    public void testPauseWhileMajorityIsSilent()
    {
        assertThat(look(LIMIT)).isFalse();
        now += SECONDS.toNanos(30);
        assertThat(look(LIMIT + SECONDS.toNanos(30))).isFalse();
    }

    @Test
    public void testMemberThatDoesNotLead()
    {
        assertThat(look(LIMIT)).isFalse();
        assertThat(majority.isLost(OptionalLong.empty(), now)).isFalse();
        now += LeaderMajority.CONFIRM_NANOS;
        // this member leads again
        assertThat(look(LIMIT)).isFalse();
    }

    private boolean look(long heardNanosAgo)
    {
        boolean lost = majority.isLost(OptionalLong.of(heardNanosAgo), now);
        now += LOOK;
        return lost;
    }
}
