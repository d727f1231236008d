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

import com.google.common.collect.ImmutableList;
import io.prestosql.spi.querylog.QueryLogRecord;
import io.prestosql.spi.querylog.QueryLogRecord.Kind;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The records that are not forgotten, in the order in which they were appended. Not thread-safe.
 */
final class LiveRecords
{
    private final TreeMap<Long, QueryLogRecord> records = new TreeMap<>();
    private final Map<String, List<Long>> positions = new HashMap<>();

    private long nextPosition;
    private long bytes;

    void append(QueryLogRecord record)
    {
        if (record.kind() == Kind.FORGOTTEN || record.kind() == Kind.LASTING) {
            List<Long> ended = positions.remove(record.key());
            if (ended != null) {
                ended.forEach(position -> bytes -= size(records.remove(position)));
            }
        }
        if (record.kind() == Kind.FORGOTTEN) {
            return;
        }
        long position = nextPosition;
        nextPosition++;
        records.put(position, record);
        positions.computeIfAbsent(record.key(), _ -> new ArrayList<>(4)).add(position);
        bytes += size(record);
    }

    /**
     * Replaces the content of the live records of the same key and kind.
     */
    void replace(QueryLogRecord record)
    {
        for (long position : positions.getOrDefault(record.key(), List.of())) {
            QueryLogRecord old = records.get(position);
            if (old.kind() == record.kind()) {
                records.put(position, record);
                bytes += size(record) - size(old);
            }
        }
    }

    List<QueryLogRecord> toList()
    {
        return ImmutableList.copyOf(records.values());
    }

    int size()
    {
        return records.size();
    }

    /**
     * Returns the approximate size of the records on disk.
     */
    long bytes()
    {
        return bytes;
    }

    static long size(QueryLogRecord record)
    {
        return 64L + record.key().length() + record.content().length;
    }
}
