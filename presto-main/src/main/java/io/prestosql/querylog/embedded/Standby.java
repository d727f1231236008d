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

import java.util.Comparator;

import static java.util.Comparator.comparingLong;
import static java.util.Objects.requireNonNull;

/**
 * The log position of a member that does not lead.
 *
 * @param epoch the highest epoch that the member has heard of
 * @param lastEpoch the epoch of its last entry
 * @param lastIndex the index of its last entry
 */
record Standby(String member, long epoch, long lastEpoch, long lastIndex)
{
    private static final Comparator<Standby> EXTENT_OF_LOG = comparingLong(Standby::lastEpoch)
            .thenComparingLong(Standby::lastIndex);

    /** The member with most of the log comes first, as the others would not vote for another one. All members get the same order. */
    static final Comparator<Standby> FIRST_TO_STAND = EXTENT_OF_LOG
            .reversed()
            .thenComparing(Standby::member);

    Standby
    {
        requireNonNull(member, "member is null");
    }

    /**
     * Returns whether this member would refuse its vote to the other one, because that one lacks entries (Raft, section 5.4.1).
     */
    boolean hasMoreOfLogThan(Standby other)
    {
        return EXTENT_OF_LOG.compare(this, other) > 0;
    }
}
