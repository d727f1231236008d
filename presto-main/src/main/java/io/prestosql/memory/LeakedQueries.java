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
package io.prestosql.memory;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import io.trino.server.BasicQueryInfo;
import io.trino.spi.QueryId;
import org.joda.time.DateTime;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Tells leaks from queries of other coordinators. Memory on workers is leaked when its query ended here a minute ago, or when for a minute
 * no coordinator has known the query, or only as one that ended a minute before. The engine's own detector takes memory for leaked if its
 * own coordinator does not know the query.
 */
public class LeakedQueries
{
    /** As in the engine. */
    private static final long LEAKED_AFTER_SECONDS = 60;

    private Set<QueryId> reserved = ImmutableSet.of();
    private Set<QueryId> own = ImmutableSet.of();
    private Set<QueryId> leakedHere = ImmutableSet.of();
    private final Map<String, Set<QueryId>> others = new HashMap<>();
    /** The time since which no coordinator has known the query. */
    private final Map<QueryId, Long> unknownNanos = new HashMap<>();
    private long nowNanos;

    /**
     * Returns whether memory of the query is leaked, as the query's own coordinator sees it.
     */
    public static boolean isLeaked(BasicQueryInfo query)
    {
        DateTime end = query.getQueryStats().getEndTime();
        return end != null && System.currentTimeMillis() - end.getMillis() >= SECONDS.toMillis(LEAKED_AFTER_SECONDS);
    }

    /**
     * @param reserved queries that have memory on workers
     * @param own the queries of this coordinator whose memory, if any, is not leaked
     * @param leakedHere the queries of this coordinator whose memory is leaked
     */
    public synchronized void observe(Set<QueryId> reserved, Set<QueryId> own, Set<QueryId> leakedHere, long nowNanos)
    {
        this.reserved = ImmutableSet.copyOf(reserved);
        this.own = ImmutableSet.copyOf(own);
        this.leakedHere = ImmutableSet.copyOf(leakedHere);
        this.nowNanos = nowNanos;
        update();
    }

    /**
     * @param accounted the queries of another coordinator whose memory, if any, is not leaked; replaces its earlier answer
     */
    public synchronized void learn(String coordinator, Collection<QueryId> accounted)
    {
        others.put(coordinator, ImmutableSet.copyOf(accounted));
        update();
    }

    /**
     * Keeps only the answers of these coordinators. The others are gone.
     */
    public synchronized void retain(Set<String> coordinators)
    {
        others.keySet().retainAll(coordinators);
        update();
    }

    private void update()
    {
        Set<QueryId> unknown = Sets.filter(reserved, query -> !own.contains(query) && !leakedHere.contains(query) && others.values().stream().noneMatch(queries -> queries.contains(query)));
        unknownNanos.keySet().retainAll(unknown);
        unknown.forEach(query -> unknownNanos.putIfAbsent(query, nowNanos));
    }

    /**
     * Returns whether other coordinators have to be asked about any query.
     */
    public synchronized boolean hasQueriesOfOthers()
    {
        return reserved.stream().anyMatch(query -> !own.contains(query) && !leakedHere.contains(query));
    }

    public synchronized Set<QueryId> getLeaked()
    {
        return ImmutableSet.copyOf(Sets.filter(
                reserved,
                query -> leakedHere.contains(query) || (unknownNanos.containsKey(query) && nowNanos - unknownNanos.get(query) >= SECONDS.toNanos(LEAKED_AFTER_SECONDS))));
    }
}
