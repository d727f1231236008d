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
 * Hears from the log about the election. Calls come one at a time, in the order in which things happened; the log waits for none of
 * them, so they return quickly.
 */
public interface QueryLogListener
{
    /**
     * This dispatcher is the leader from now on.
     *
     * @param epoch greater than every epoch before, of any dispatcher; at least 1
     * @param liveRecords the live records of all keys, in the order in which they were appended. A record may be made when it is read: read each once, and
     * keep no more of it than is needed.
     */
    void elected(long epoch, List<QueryLogRecord> liveRecords);

    /**
     * This dispatcher is no longer the leader. It may be told late: its appends may have been refused before.
     */
    void deposed(long epoch);

    /**
     * Another leader is known, perhaps this dispatcher itself; or, when empty, nobody is known to lead. What is told is a hint: the leader
     * may be gone already.
     */
    void leaderChanged(Optional<QueryLogLeader> leader);
}
