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
 * Decides when a member whose group has no leader is opened again. No threads, no clock, no I/O.
 * <p>
 * A Ratis member stays in two states until it is opened again, and reports neither:
 * <ul>
 * <li>It cannot write down its vote, for example because the disk is full, and never stands for election again.</li>
 * <li>It leads, but never gets the first entry of its term committed, although its heartbeats arrive and so keep the other members from
 * standing for election. This can happen when a follower closes its log at the moment when the new leader appends to it.</li>
 * </ul>
 * Without a leader, opening the member again costs nothing but an election that the other members may be holding. So a member waits longer
 * on a machine with long pauses, where elections take longer. When most of the peers are away, opening it again does not help, so it is
 * done less and less often.
 */
final class LeaderlessTime
{
    static final long MIN_NANOS = SECONDS.toNanos(10);
    static final long MAX_NANOS = MINUTES.toNanos(5);
    /** How many elections are tried on a quiet machine. */
    private static final int ELECTIONS = 20;
    /** A leader whose followers are up needs one round trip for its first entry. */
    private static final int ELECTIONS_OF_UNREADY_LEADER = 5;
    /** How many time-outs for a silent leader, which follow the machine's pauses, the wait covers. */
    private static final int SILENCES = 3;

    private final long electionNanos;
    private final long quietSilenceNanos;
    private long since;
    private long nanos = MIN_NANOS;

    /**
     * @param electionNanos the maximum duration of an election on a quiet machine
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
     * Called when the member was opened: restarts its time, and does not change the length of the wait.
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
     * @param silenceNanos how long a leader may be silent on this machine at present
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
