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
package io.prestosql.dispatcher.admission;

import com.google.inject.Inject;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Keeps the texts of ended queries within a limit in bytes. Of the queries that ended first, only the beginnings are left.
 */
public class HistoryTexts
{
    /** Characters outside of Latin-1 take two bytes. */
    private static final int BYTES_OF_CHARACTER = 2;

    private final long maxBytes;
    /** The size of each query's texts in bytes, in the order in which the queries ended. */
    private final Map<ClientQuery, Long> kept = new LinkedHashMap<>();
    private long bytes;

    @Inject
    public HistoryTexts(QueryHistoryConfig config)
    {
        this.maxBytes = config.getMaxHistoryTextSize().toBytes();
    }

    /**
     * Notes that the query is over.
     */
    void ended(ClientQuery query)
    {
        List<ClientQuery> tooMany = new ArrayList<>();
        synchronized (this) {
            if (kept.containsKey(query)) {
                return;
            }
            long added = BYTES_OF_CHARACTER * query.submittedQuery().textLength();
            kept.put(query, added);
            bytes += added;
            Iterator<Map.Entry<ClientQuery, Long>> oldestFirst = kept.entrySet().iterator();
            while (bytes > maxBytes && oldestFirst.hasNext()) {
                Map.Entry<ClientQuery, Long> oldest = oldestFirst.next();
                oldestFirst.remove();
                bytes -= oldest.getValue();
                tooMany.add(oldest.getKey());
            }
        }
        tooMany.forEach(ClientQuery::condense);
    }

    /**
     * Notes that the dispatcher has forgotten the query.
     */
    synchronized void forgotten(ClientQuery query)
    {
        Long removed = kept.remove(query);
        if (removed != null) {
            bytes -= removed;
        }
    }

    /**
     * Forgets all queries, as this dispatcher does not lead any more.
     */
    synchronized void clear()
    {
        kept.clear();
        bytes = 0;
    }

    synchronized long bytes()
    {
        return bytes;
    }
}
