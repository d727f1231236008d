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
package io.prestosql.spi.querylog;

import java.util.List;
import java.util.Optional;

/**
 * Hears from the log about the election. Calls come one at a time, in the order of the events. The log does not wait for them, so they must
 * return quickly.
 */
public interface QueryLogListener
{
    /**
     * Called when this dispatcher becomes the leader.
     *
     * @param epoch greater than every earlier epoch of any dispatcher; at least 1
     * @param liveRecords the live records of all keys, in the order in which they were appended. The list may create a record each time it
     * is read: read each one once, and keep no more of it than needed.
     */
    void elected(long epoch, List<QueryLogRecord> liveRecords);

    /**
     * Called when this dispatcher is no longer the leader. The call may be late: the log may have refused appends before.
     */
    void deposed(long epoch);

    /**
     * Called when another leader is known, perhaps this dispatcher itself, or, with an empty leader, when none is known. This is only a
     * hint: the leader may be gone already.
     */
    void leaderChanged(Optional<QueryLogLeader> leader);
}
