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

import java.util.ArrayDeque;
import java.util.Deque;

import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Computes how long a leader may be silent on this machine: the configured time plus the longest pause of the last hour. A leader that came
 * back after a pause needed no election, so another pause like it is no reason for one. No threads, no clock.
 */
final class AdaptiveTimeout
{
    /** Limits the effect of pauses, so that a machine that vanished is replaced after this time at the latest. A longer configured time stays as it is. */
    static final long MAX_NANOS = SECONDS.toNanos(10);
    static final long MEMORY_NANOS = HOURS.toNanos(1);
    /** Shorter pauses fit into the configured time. */
    static final long MIN_PAUSE_NANOS = MILLISECONDS.toNanos(500);

    private record Pause(long nanos, long endNanos) {}

    private final long configuredNanos;
    /** From the longest to the latest, each shorter than the one before. A pause followed by one at least as long no longer matters. */
    private final Deque<Pause> pauses = new ArrayDeque<>();

    AdaptiveTimeout(long configuredNanos)
    {
        this.configuredNanos = configuredNanos;
    }

    /**
     * Records that the leader, or this process, has made no progress for a time and has resumed.
     */
    void paused(long pauseNanos, long nowNanos)
    {
        if (pauseNanos < MIN_PAUSE_NANOS) {
            return;
        }
        while (!pauses.isEmpty() && pauses.getLast().nanos() <= pauseNanos) {
            pauses.removeLast();
        }
        pauses.addLast(new Pause(pauseNanos, nowNanos));
    }

    /**
     * Returns the time-out in force.
     */
    long nanos(long nowNanos)
    {
        return Math.min(configuredNanos + longestPause(nowNanos), Math.max(configuredNanos, MAX_NANOS));
    }

    /**
     * Returns the longest pause that is remembered; 0 without one.
     */
    long longestPause(long nowNanos)
    {
        while (!pauses.isEmpty() && nowNanos - pauses.getFirst().endNanos() >= MEMORY_NANOS) {
            pauses.removeFirst();
        }
        return pauses.isEmpty() ? 0 : pauses.getFirst().nanos();
    }
}
