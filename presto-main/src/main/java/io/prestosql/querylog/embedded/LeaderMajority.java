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

import java.util.OptionalLong;

import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Decides when a leader steps down because most of the members no longer answer it. No threads, no clock, no I/O.
 * <p>
 * Ratis decides the same, but checks only after it has been idle for a whole time-out. A leader whose clients go on sending queries, or
 * that tries once a second to announce its leadership, would lead for ever, and no client would be told what is missing.
 */
final class LeaderMajority
{
    /** After a pause of this process, messages that arrived meanwhile are handled first. */
    static final long CONFIRM_NANOS = SECONDS.toNanos(1);

    private final long limitNanos;
    private OptionalLong lostSince = OptionalLong.empty();
    private long lastLookNanos;

    /**
     * @param limitNanos how long the majority may be silent
     */
    LeaderMajority(long limitNanos)
    {
        this.limitNanos = limitNanos;
    }

    /**
     * @param heardNanosAgo how long this leader has had no answer from a majority; empty when it does not lead
     */
    boolean isLost(OptionalLong heardNanosAgo, long nowNanos)
    {
        requireNonNull(heardNanosAgo, "heardNanosAgo is null");
        boolean paused = nowNanos - lastLookNanos >= CONFIRM_NANOS / 2;
        lastLookNanos = nowNanos;
        if (heardNanosAgo.isEmpty() || heardNanosAgo.getAsLong() < limitNanos) {
            lostSince = OptionalLong.empty();
            return false;
        }
        if (lostSince.isEmpty() || paused) {
            lostSince = OptionalLong.of(nowNanos);
        }
        return nowNanos - lostSince.getAsLong() >= CONFIRM_NANOS;
    }
}
