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
package io.prestosql.queue;

import io.prestosql.queue.core.QueryFates;

import java.time.Instant;
import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * An election of the queue's leader, as a dispatcher remembers it.
 *
 * @param time when the dispatcher heard of the election, on its own clock
 * @param ageMillis how long ago that was
 * @param leader the node id of the elected dispatcher
 * @param takeover the queue that the leader has taken over; known only on the leader itself
 */
public record LeaderElection(Instant time, long ageMillis, long epoch, String leader, Optional<Takeover> takeover)
{
    public LeaderElection
    {
        requireNonNull(time, "time is null");
        requireNonNull(leader, "leader is null");
        requireNonNull(takeover, "takeover is null");
    }

    /**
     * @param rebuildMillis how long it took to rebuild the queue from the log; empty while that is going on
     * @param queries how many queries of earlier leaders the log had
     * @param over how many of them were over
     * @param sent how many of them an earlier leader had sent to a coordinator; they may be running. The others wait.
     * @param fates the fates of the queries that were sent
     * @param open how many of the queries that were sent have no known fate yet
     */
    public record Takeover(Optional<Long> rebuildMillis, int queries, int over, int sent, QueryFates fates, int open)
    {
        public Takeover
        {
            requireNonNull(rebuildMillis, "rebuildMillis is null");
            requireNonNull(fates, "fates is null");
        }
    }
}
