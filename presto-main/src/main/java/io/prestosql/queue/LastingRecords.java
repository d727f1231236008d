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

import io.prestosql.spi.querylog.QueryLog;

import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/**
 * What the log keeps beside queries: facts by key, which do not age. The writes and ends of a key begin one after the other.
 */
public interface LastingRecords
{
    /**
     * @param listener hears of each election from now on
     */
    void addLastingRecordListener(LastingRecordListener listener);

    /**
     * Returns the epoch in which this dispatcher leads, if it does. By then, listeners have heard of its election.
     */
    OptionalLong getEpoch();

    /**
     * Returns whether the log has a lasting record, or may have one, as far as the leader knows. Elsewhere the answer means nothing.
     */
    boolean mayHaveLasting();

    /**
     * Writes a record, which takes the place of the earlier one of its key.
     *
     * @param key no id of a query
     * @return done when the log has it; fails as {@link QueryLog#append}
     */
    CompletableFuture<Void> writeLasting(long epoch, String key, byte[] content);

    /**
     * Ends a record, if there is one.
     *
     * @return done when the log has no record of that key any more; fails as {@link QueryLog#append}
     */
    CompletableFuture<Void> endLasting(long epoch, String key);
}
