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

import java.util.List;
import java.util.OptionalLong;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Decides which member stands for election when the leader is gone. No threads, no clock, no I/O.
 * <p>
 * All members notice the loss at the same moment. If all stood for election then, they would split the votes and wait for a time-out. So
 * each member asks the others how much of the log they have. The one with most of it stands at once; the others follow one by one, in case
 * it is dead as well.
 * <p>
 * A member that cannot win asks again: it has no answers from a majority, or too many of those that answer have more of the log and would
 * not vote for it. If it stood, it would end the epoch in which the others can still stand on request.
 */
final class Succession
{
    /** How much later the next member in the order stands: an election takes milliseconds. */
    static final long STEP_NANOS = MILLISECONDS.toNanos(500);
    /** A member needs about this time to be opened again and elected. Another one that is closed meanwhile cannot vote for it. */
    static final long OPEN_STEP_NANOS = SECONDS.toNanos(3);
    static final long ASK_INTERVAL_NANOS = MILLISECONDS.toNanos(250);
    static final long STAND_INTERVAL_NANOS = SECONDS.toNanos(1);
    /**
     * A leader that refuses connections from this member, for example because of a firewall, but is alive for the others, must not be
     * deposed again and again. Within this time only its silence counts.
     */
    static final long MIN_NANOS_BETWEEN_ELECTIONS = SECONDS.toNanos(10);
    /** A member that is late by more than this, for example after a pause, asks again: another one may have been elected. */
    static final long MAX_DELAY_NANOS = SECONDS.toNanos(1);

    enum Step
    {
        WAIT,
        /** Ask the other members for their log positions, and pass the answers to {@link #answered}. */
        ASK,
        STAND_FOR_ELECTION
    }

    private long epoch;
    private boolean asking;
    private long askAt;
    private OptionalLong standAt = OptionalLong.empty();
    private OptionalLong stoodAt = OptionalLong.empty();
    private long stoodIn;

    /**
     * @param goneLeader the epoch of the leader that is gone; empty when none is
     * @param agreed whether more than half of the members miss the leader
     * @param currentEpoch the highest epoch that this member has heard of
     */
    Step next(OptionalLong goneLeader, boolean agreed, long currentEpoch, long nowNanos)
    {
        if (goneLeader.isEmpty() || goneLeader.getAsLong() != currentEpoch) {
            // the leader is back, or a successor stands for election
            epoch = 0;
            return Step.WAIT;
        }
        if (epoch != currentEpoch) {
            epoch = currentEpoch;
            asking = false;
            askAt = nowNanos;
            standAt = OptionalLong.empty();
        }
        if (!agreed && stoodIn != epoch && stoodAt.isPresent() && nowNanos - stoodAt.getAsLong() < MIN_NANOS_BETWEEN_ELECTIONS) {
            return Step.WAIT;
        }
        if (standAt.isPresent() && nowNanos - standAt.getAsLong() >= MAX_DELAY_NANOS) {
            standAt = OptionalLong.empty();
            askAt = nowNanos;
        }
        if (standAt.isPresent() && nowNanos - standAt.getAsLong() >= 0) {
            standAt = OptionalLong.empty();
            askAt = nowNanos + STAND_INTERVAL_NANOS;
            stoodAt = OptionalLong.of(nowNanos);
            stoodIn = epoch;
            return Step.STAND_FOR_ELECTION;
        }
        if (standAt.isEmpty() && !asking && nowNanos - askAt >= 0) {
            asking = true;
            return Step.ASK;
        }
        return Step.WAIT;
    }

    /**
     * @param askedIn the epoch in which the other members were asked
     * @param onRequest whether this member can stand on request; otherwise it has to be opened again to stand
     * @param asked the number of members that were asked
     * @param others those of them that have answered
     * @param members the number of members of the group, including the lost leader and this one
     */
    void answered(long askedIn, Standby self, boolean onRequest, int asked, List<Standby> others, int members, long nowNanos)
    {
        if (askedIn != epoch || !asking) {
            return;
        }
        asking = false;
        boolean overtaken = others.stream().anyMatch(other -> other.epoch() > epoch);
        long votes = 1 + others.stream()
                .filter(other -> !other.hasMoreOfLogThan(self))
                .count();
        if (overtaken || votes <= members / 2) {
            askAt = nowNanos + ASK_INTERVAL_NANOS;
            return;
        }
        long before = others.stream()
                .filter(other -> Standby.FIRST_TO_STAND.compare(other, self) < 0)
                .count();
        // a member that does not answer may be opening its log again
        long delay = onRequest ? before * STEP_NANOS : (before + asked - others.size()) * OPEN_STEP_NANOS;
        standAt = OptionalLong.of(nowNanos + delay);
    }
}
