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

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Decides whether the leader has been silent for too long, or there is none. No threads, no clock, no I/O.
 * <p>
 * A member that hears nothing may itself be cut off or have been paused. So it asks the other members, the leader included. The leader
 * counts as gone when more than half of the members, this one included, have not heard from a leader either, and no member answers that it
 * leads or stands for election.
 */
final class LeaderSilence
{
    /** How long before the end of the time-out the other members are asked first. */
    static final long ASK_AHEAD_NANOS = SECONDS.toNanos(1);
    static final long ASK_INTERVAL_NANOS = MILLISECONDS.toNanos(500);
    /** After this time without a result, the other members are asked less often. */
    static final long URGENT_NANOS = SECONDS.toNanos(10);
    static final long LATER_ASK_INTERVAL_NANOS = SECONDS.toNanos(2);
    /** Older answers do not count: the member may have heard from the leader since. */
    static final long MAX_ANSWER_AGE_NANOS = SECONDS.toNanos(1);
    /** After a pause of this process, messages that arrived meanwhile are handled first. */
    static final long AFTER_PAUSE_NANOS = SECONDS.toNanos(1);
    /** Heartbeats do not reach all members at the same moment. */
    static final long TOLERANCE_NANOS = MILLISECONDS.toNanos(500);

    enum SilenceVerdict
    {
        WAIT,
        /** Ask each of the other members when it last heard from a leader, and pass the answer to {@link #answered}. */
        ASK,
        /** Another leader is needed. */
        GONE
    }

    private final AdaptiveTimeout timeout;
    private final long leaderlessNanos;

    private long epoch = -1;
    private boolean leaderKnown;
    private long silentNanos;
    private OptionalLong leaderlessSince = OptionalLong.empty();
    private OptionalLong pausedUntil = OptionalLong.empty();
    private OptionalLong askedAt = OptionalLong.empty();
    private final Map<String, DatedSighting> answers = new HashMap<>();

    private record DatedSighting(LeaderSighting sighting, long atNanos) {}

    /**
     * @param leaderlessNanos how long a member waits that knows no leader; pauses do not extend it
     */
    LeaderSilence(AdaptiveTimeout timeout, long leaderlessNanos)
    {
        this.timeout = requireNonNull(timeout, "timeout is null");
        this.leaderlessNanos = leaderlessNanos;
    }

    /**
     * Records that this process has made no progress for a time and has resumed.
     */
    void pausedItself(long pauseNanos, long nowNanos)
    {
        timeout.paused(pauseNanos, nowNanos);
        if (pauseNanos >= AdaptiveTimeout.MIN_PAUSE_NANOS) {
            pausedUntil = OptionalLong.of(nowNanos);
            answers.clear();
        }
    }

    /**
     * Called when this member leads, stands for election, or is not a member.
     */
    void notFollowing()
    {
        epoch = -1;
        leaderlessSince = OptionalLong.empty();
    }

    /**
     * @param epoch the highest epoch that this member has heard of
     * @param heardNanosAgo how long ago it heard from the leader of that epoch; empty when it knows none
     * @param members the number of members of the group, this one included
     */
    SilenceVerdict next(long epoch, OptionalLong heardNanosAgo, int members, long nowNanos)
    {
        if (this.epoch != epoch || leaderKnown != heardNanosAgo.isPresent()) {
            this.epoch = epoch;
            leaderKnown = heardNanosAgo.isPresent();
            silentNanos = 0;
            forgetAnswers();
        }
        if (leaderKnown) {
            leaderlessSince = OptionalLong.empty();
            if (heardNanosAgo.getAsLong() < silentNanos) {
                // the leader has resumed after a pause
                timeout.paused(silentNanos, nowNanos);
                forgetAnswers();
            }
            silentNanos = heardNanosAgo.getAsLong();
        }
        else {
            leaderlessSince = OptionalLong.of(leaderlessSince.orElse(nowNanos));
            silentNanos = nowNanos - leaderlessSince.getAsLong();
        }
        if (pausedUntil.isPresent() && nowNanos - pausedUntil.getAsLong() < AFTER_PAUSE_NANOS) {
            return SilenceVerdict.WAIT;
        }
        long limit = leaderKnown ? timeout.nanos(nowNanos) : leaderlessNanos;
        if (silentNanos >= limit && isAgreed(members, nowNanos)) {
            return SilenceVerdict.GONE;
        }
        long interval = silentNanos < limit + URGENT_NANOS ? ASK_INTERVAL_NANOS : LATER_ASK_INTERVAL_NANOS;
        if (silentNanos >= limit - Math.min(ASK_AHEAD_NANOS, limit / 2) && (askedAt.isEmpty() || nowNanos - askedAt.getAsLong() >= interval)) {
            askedAt = OptionalLong.of(nowNanos);
            return SilenceVerdict.ASK;
        }
        return SilenceVerdict.WAIT;
    }

    /**
     * @param askedIn the epoch in which the member was asked
     */
    void answered(long askedIn, LeaderSighting sighting, long nowNanos)
    {
        if (askedIn == epoch) {
            answers.put(sighting.member(), new DatedSighting(sighting, nowNanos));
        }
    }

    private boolean isAgreed(int members, long nowNanos)
    {
        answers.values().removeIf(answer -> nowNanos - answer.atNanos() > MAX_ANSWER_AGE_NANOS);
        if (answers.values().stream().anyMatch(answer -> answer.sighting().contends())) {
            return false;
        }
        // a member that knows no leader must not be quicker than those that tolerate the silence of one
        long limit = timeout.nanos(nowNanos);
        long missed = Math.max(limit - MAX_ANSWER_AGE_NANOS - TOLERANCE_NANOS, limit / 4);
        long agree = answers.values().stream()
                .map(answer -> answer.sighting().nanosAgo())
                .filter(nanosAgo -> nanosAgo.isEmpty() || nanosAgo.getAsLong() >= missed)
                .count();
        return agree + 1 > members / 2;
    }

    private void forgetAnswers()
    {
        askedAt = OptionalLong.empty();
        answers.clear();
    }
}
