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

/**
 * What a dispatcher is told by the log. The log calls one method at a time.
 */
public interface QueryLogListener
{
    /**
     * This dispatcher is the leader from now on.
     *
     * @param epoch greater than every epoch before, of any dispatcher
     * @param liveRecords all records of queries that are not forgotten, in the order in which they were appended
     */
    void elected(long epoch, List<QueryLogRecord> liveRecords);

    /**
     * This dispatcher is no longer the leader. It may be told late: its appends may have been refused before.
     */
    void deposed(long epoch);
}
