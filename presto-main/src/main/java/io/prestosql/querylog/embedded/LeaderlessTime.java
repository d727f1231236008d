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

import static java.util.concurrent.TimeUnit.MINUTES;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Decides when a member of the group that has no leader is opened again. No threads, no clock, no I/O.
 * <p>
 * Two states of a Ratis member last until it is opened again, and the member reports neither:
 * <ul>
 * <li>It cannot write down for whom it votes, as with a full disk, and never stands for election again.</li>
 * <li>It leads, and never gets the first entry of its term committed, although its heartbeats arrive: so it keeps the others from standing for
 * election. This was seen when a follower closed its log in the moment in which the new leader appended to it.</li>
 * </ul>
 * Without a leader nothing is lost by opening the member again, but an election that others hold at the moment. So on a machine with long pauses, where
 * elections take longer, a member waits longer. Where most of the peers are away it is in vain, and comes ever more seldom.
 */
final class LeaderlessTime
{
    static final long MIN_NANOS = SECONDS.toNanos(10);
    static final long MAX_NANOS = MINUTES.toNanos(5);
    /** So many elections are tried on a quiet machine. */
    private static final int ELECTIONS = 20;
    /** A leader whose followers are there needs one round trip for its first entry. */
    private static final int ELECTIONS_OF_UNREADY_LEADER = 5;
    /** How often the time-out for a silent leader, which follows the machine's pauses, goes into the wait. */
    private static final int SILENCES = 3;

    private final long electionNanos;
    private final long quietSilenceNanos;
    private long since;
    private long nanos = MIN_NANOS;

    /**
     * @param electionNanos how long an election takes at most on a quiet machine
     * @param quietSilenceNanos how long a leader may be silent on a quiet machine
     * @param nowNanos when the member was opened
     */
    LeaderlessTime(long electionNanos, long quietSilenceNanos, long nowNanos)
    {
        this.electionNanos = electionNanos;
        this.quietSilenceNanos = quietSilenceNanos;
        this.since = nowNanos;
    }

    /**
     * The member was opened: its time starts again, and the wait stays as long as it is.
     */
    void opened(long nowNanos)
    {
        since = nowNanos;
    }

    /**
     * @param peer whether the member belongs to the group
     * @param leaderKnown whether the member knows a leader, which may be itself
     * @param leads whether the member itself leads
     * @param ready whether the first entry of its term is committed, if it leads
     * @param silenceNanos how long a leader may be silent on this machine now
     * @return whether to open the member again
     */
    boolean isOver(boolean peer, boolean leaderKnown, boolean leads, boolean ready, long silenceNanos, long nowNanos)
    {
        boolean unready = leads && !ready;
        if (!peer || (leaderKnown && !unready)) {
            since = nowNanos;
            nanos = MIN_NANOS;
            return false;
        }
        long elections = (unready ? ELECTIONS_OF_UNREADY_LEADER : ELECTIONS) * electionNanos;
        long pauses = silenceNanos > quietSilenceNanos ? SILENCES * silenceNanos : 0;
        if (nowNanos - since < Math.max(nanos, Math.max(elections, pauses))) {
            return false;
        }
        nanos = Math.min(2 * nanos, MAX_NANOS);
        return true;
    }
}
