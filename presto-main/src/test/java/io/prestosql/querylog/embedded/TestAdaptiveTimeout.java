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

import static io.prestosql.querylog.embedded.AdaptiveTimeout.MEMORY_NANOS;
import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.MINUTES;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

public class TestAdaptiveTimeout
{
    private static final long START = -HOURS.toNanos(2);
    private static final long CONFIGURED = SECONDS.toNanos(4);

    private final AdaptiveTimeout timeout = new AdaptiveTimeout(CONFIGURED);

    @Test
    public void testQuietMachine()
    {
        assertThat(timeout.nanos(START)).isEqualTo(CONFIGURED);
        timeout.paused(MILLISECONDS.toNanos(499), START);
        timeout.paused(-MILLISECONDS.toNanos(90), START);
        assertThat(timeout.nanos(START)).isEqualTo(CONFIGURED);
        assertThat(timeout.longestPause(START)).isZero();
    }

    @Test
    public void testLongestPauseCounts()
    {
        timeout.paused(SECONDS.toNanos(2), START);
        assertThat(timeout.nanos(START)).isEqualTo(SECONDS.toNanos(6));
        timeout.paused(SECONDS.toNanos(1), START + 1);
        assertThat(timeout.nanos(START + 1)).isEqualTo(SECONDS.toNanos(6));
        timeout.paused(SECONDS.toNanos(3), START + 2);
        assertThat(timeout.nanos(START + 2)).isEqualTo(SECONDS.toNanos(7));
        assertThat(timeout.longestPause(START + 2)).isEqualTo(SECONDS.toNanos(3));
    }

    /**
     * Followers must not wait ever longer for a leader whose machine has vanished.
     */
    @Test
    public void testMaximum()
    {
        timeout.paused(MINUTES.toNanos(5), START);
        assertThat(timeout.nanos(START)).isEqualTo(SECONDS.toNanos(10));
    }

    @Test
    public void testLongerConfiguredTimeoutIsKept()
    {
        AdaptiveTimeout patient = new AdaptiveTimeout(SECONDS.toNanos(30));
        patient.paused(SECONDS.toNanos(3), START);
        assertThat(patient.nanos(START)).isEqualTo(SECONDS.toNanos(30));
    }

    @Test
    public void testPausesAreForgotten()
    {
        long second = START + MINUTES.toNanos(20);
        timeout.paused(SECONDS.toNanos(5), START);
        timeout.paused(SECONDS.toNanos(2), second);
        assertThat(timeout.nanos(START + MEMORY_NANOS - 1)).isEqualTo(SECONDS.toNanos(9));
        assertThat(timeout.nanos(START + MEMORY_NANOS)).isEqualTo(SECONDS.toNanos(6));
        assertThat(timeout.nanos(second + MEMORY_NANOS - 1)).isEqualTo(SECONDS.toNanos(6));
        assertThat(timeout.nanos(second + MEMORY_NANOS)).isEqualTo(CONFIGURED);
    }

    @Test
    public void testRepeatedPauseIsRememberedFromItsLastTime()
    {
        timeout.paused(SECONDS.toNanos(3), START);
        timeout.paused(SECONDS.toNanos(3), START + MEMORY_NANOS - 1);
        assertThat(timeout.nanos(START + MEMORY_NANOS)).isEqualTo(SECONDS.toNanos(7));
    }
}
