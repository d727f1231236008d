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

import io.prestosql.spi.querylog.QueryLogRecord;

import java.util.List;

/**
 * Hears what the log keeps beside queries, when this dispatcher is elected. Calls come one at a time, and must return quickly.
 */
public interface LastingRecordListener
{
    /**
     * This dispatcher is about to lead. What the records say has to hold before it decides on queries.
     *
     * @param lasting the lasting records of the log, each with another key
     * @throws RuntimeException when a record is not understood; this dispatcher leads all the same, and the record stays in the log
     */
    void elected(long epoch, List<QueryLogRecord> lasting);
}
