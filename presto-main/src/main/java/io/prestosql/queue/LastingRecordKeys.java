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

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * Knows the keys of the lasting records that the log has, or may have, while this dispatcher leads. A write counts from its beginning, and an
 * end only when the log has it.
 */
final class LastingRecordKeys
{
    /** For each key, the number of its last write. Guarded by this. */
    private final Map<String, Long> lastWrites = new HashMap<>();
    /** Guarded by this. */
    private long writes;
    /** Guarded by this. */
    private long epoch;

    /**
     * Takes what the log has when this dispatcher is elected.
     */
    synchronized void elected(long newEpoch, Collection<String> keys)
    {
        epoch = newEpoch;
        lastWrites.clear();
        keys.forEach(key -> beginWrite(newEpoch, key));
    }

    /**
     * @param leading the epoch for which the record is written
     */
    synchronized void beginWrite(long leading, String key)
    {
        // the log refuses the writes of other epochs
        if (leading != epoch) {
            return;
        }
        writes++;
        lastWrites.put(key, writes);
    }

    /**
     * Begins the end of a record.
     *
     * @return to be run when the log has the end; it leaves records that have been written since, or that a later election has found
     */
    synchronized Runnable beginEnd(String key)
    {
        Long ended = lastWrites.get(key);
        return () -> end(key, ended);
    }

    private synchronized void end(String key, Long write)
    {
        lastWrites.remove(key, write);
    }

    synchronized int size()
    {
        return lastWrites.size();
    }
}
