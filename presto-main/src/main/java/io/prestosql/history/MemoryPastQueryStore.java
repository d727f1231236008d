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
package io.prestosql.history;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.inject.Inject;
import io.airlift.units.Duration;
import io.prestosql.dispatcher.admission.QuerySubmitter;

import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.Sets.difference;
import static java.util.Objects.requireNonNull;

/**
 * Keeps the history in this process, of the last queries. It ends with the process.
 */
public class MemoryPastQueryStore
        implements PastQueryStore
{
    private final int maxQueries;
    private final Clock clock;
    /** Guarded by this. */
    private final NavigableMap<PastQueryPosition, PastQuery> queries = new TreeMap<>();
    /** When each query was written, the first one first. Guarded by this. */
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    private record Entry(PastQueryPosition position, Instant written) {}

    @Inject
    public MemoryPastQueryStore(QueryRetentionConfig config)
    {
        this(config.getMaxInMemory(), Clock.systemUTC());
    }

    MemoryPastQueryStore(int maxQueries, Clock clock)
    {
        this.maxQueries = maxQueries;
        this.clock = requireNonNull(clock, "clock is null");
    }

    @Override
    public boolean isShared()
    {
        return false;
    }

    @Override
    public synchronized void write(List<PastQuery> written)
    {
        for (PastQuery query : written) {
            Entry earlier = entries.get(query.queryId());
            if (earlier == null) {
                entries.put(query.queryId(), new Entry(query.position(), clock.instant()));
                queries.put(query.position(), query);
            }
            else if (query.replaces(queries.get(earlier.position()))) {
                queries.remove(earlier.position());
                entries.put(query.queryId(), new Entry(query.position(), earlier.written()));
                queries.put(query.position(), query);
            }
        }
        while (queries.size() > maxQueries) {
            entries.remove(queries.pollFirstEntry().getValue().queryId());
        }
    }

    @Override
    public synchronized Set<String> findMissing(Set<String> queryIds)
    {
        return ImmutableSet.copyOf(difference(queryIds, entries.keySet()));
    }

    @Override
    public List<PastQuery> read(PastQueryFilter filter, Optional<PastQueryPosition> after, int limit)
    {
        return snapshot(after).stream()
                .filter(filter::matches)
                .limit(limit)
                .collect(toImmutableList());
    }

    private synchronized Collection<PastQuery> snapshot(Optional<PastQueryPosition> after)
    {
        return ImmutableList.copyOf(after.map(position -> queries.headMap(position, false)).orElse(queries).descendingMap().values());
    }

    @Override
    public List<PastQueryCount> count(PastQueryFilter filter, int minutes)
    {
        record ColumnCount(long column, Optional<String> cluster, QuerySubmitter submitter) {}

        Map<ColumnCount, Long> counts = new HashMap<>();
        for (PastQuery query : snapshot(Optional.empty())) {
            if (filter.matches(query)) {
                counts.merge(new ColumnCount(Math.floorDiv(query.submitted().getEpochSecond(), minutes * 60L), query.cluster(), query.submitter()), 1L, Long::sum);
            }
        }
        if (counts.size() > MAX_COUNTS) {
            throw new TooManyCountsException();
        }
        return counts.entrySet().stream()
                .map(count -> new PastQueryCount(Instant.ofEpochSecond(count.getKey().column() * minutes * 60L), count.getKey().cluster(), count.getKey().submitter(), count.getValue()))
                .collect(toImmutableList());
    }

    @Override
    public synchronized int removeOld(Duration retention, int limit)
    {
        Instant end = clock.instant().minus(retention.toJavaTime());
        List<String> old = entries.entrySet().stream()
                .filter(entry -> entry.getValue().written().isBefore(end))
                .limit(limit)
                .map(Map.Entry::getKey)
                .collect(toImmutableList());
        old.forEach(queryId -> queries.remove(entries.remove(queryId).position()));
        return old.size();
    }

    @Override
    public void close() {}
}
