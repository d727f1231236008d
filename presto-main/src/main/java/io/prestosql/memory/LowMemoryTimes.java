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
package io.prestosql.memory;

import io.airlift.units.Duration;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Time limits of the low-memory decision, in nanoseconds of a coordinator's own monotonic clock.
 *
 * @param roundNanos how long a decider waits for the answers of a round
 * @param orderNanos how long after joining a round a coordinator obeys an order of that round
 * @param appointmentNanos maximum age of the appointment with which a choice is made
 * @param victimNanos how long a killed victim is waited for
 * @param silenceNanos how long a silent coordinator is waited for: longer than all of the above together, with a margin for clocks that run
 * at different speeds
 * @param warmUpNanos how long a coordinator may need after its start to find all others
 */
public record LowMemoryTimes(long roundNanos, long orderNanos, long appointmentNanos, long victimNanos, long silenceNanos, long warmUpNanos)
{
    private static final long ROUND = SECONDS.toNanos(3);
    private static final long ORDER = SECONDS.toNanos(5);
    private static final long APPOINTMENT = SECONDS.toNanos(20);
    private static final long SILENCE_AFTER_VICTIM = SECONDS.toNanos(40);
    private static final long WARM_UP = SECONDS.toNanos(10);

    public LowMemoryTimes
    {
        checkArgument(roundNanos > 0 && orderNanos > 0 && appointmentNanos > 0 && victimNanos > 0 && warmUpNanos >= 0, "a time is not positive");
        checkArgument(silenceNanos > roundNanos + orderNanos + appointmentNanos + victimNanos, "silenceNanos is too short");
    }

    public static LowMemoryTimes withVictimTimeout(Duration victimTimeout)
    {
        long victimNanos = victimTimeout.roundTo(NANOSECONDS);
        return new LowMemoryTimes(ROUND, ORDER, APPOINTMENT, victimNanos, victimNanos + SILENCE_AFTER_VICTIM, WARM_UP);
    }
}
