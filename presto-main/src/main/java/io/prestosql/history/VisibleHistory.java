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
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.prestosql.dispatcher.admission.QuerySubmitter;
import io.prestosql.history.HistoryChart.ClusterLine;
import io.trino.security.AccessControl;
import io.trino.spi.security.Identity;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static com.google.common.util.concurrent.Futures.immediateFuture;
import static com.google.common.util.concurrent.Futures.transform;
import static com.google.common.util.concurrent.Futures.transformAsync;
import static java.lang.Math.toIntExact;
import static java.util.Objects.requireNonNull;

/**
 * The part of the history that one user may see: the queries that the engine's access control would show the user while they run.
 */
public class VisibleHistory
{
    /** The number of queries of others that are skipped for one answer, which then has fewer queries than it could. */
    private static final int MAX_SCANNED = 20_000;
    private static final int MAX_CHUNK = 1000;

    private final PastQueryReader reader;
    private final AccessControl accessControl;
    private final boolean sqlKept;
    private final boolean shared;

    @Inject
    public VisibleHistory(PastQueryReader reader, PastQueryStore store, AccessControl accessControl, QueryRetentionConfig config)
    {
        this.reader = requireNonNull(reader, "reader is null");
        this.accessControl = requireNonNull(accessControl, "accessControl is null");
        this.sqlKept = config.isSqlKept();
        this.shared = store.isShared();
    }

    boolean isSqlKept()
    {
        return sqlKept;
    }

    /**
     * @return fails as {@link PastQueryReader#read}
     */
    public ListenableFuture<HistoryPage> read(Identity identity, PastQueryFilter filter, Optional<PastQueryPosition> after, int limit)
    {
        // one more than shown, to know whether there is a next part
        return read(identity, filter, after, limit, limit + 1, 0, ImmutableList.of());
    }

    private ListenableFuture<HistoryPage> read(
            Identity identity,
            PastQueryFilter filter,
            Optional<PastQueryPosition> after,
            int limit,
            int chunk,
            int scanned,
            List<PastQuery> before)
    {
        return transformAsync(
                reader.read(identity.getUser(), filter, after, chunk),
                found -> {
                    List<PastQuery> visible = new ArrayList<>(before);
                    Set<QuerySubmitter> submitters = visible(identity, found.stream().map(PastQuery::submitter));
                    found.stream().filter(query -> submitters.contains(query.submitter())).forEach(visible::add);
                    if (visible.size() > limit) {
                        return immediateFuture(page(visible.subList(0, limit), Optional.of(visible.get(limit - 1).position())));
                    }
                    if (found.size() < chunk) {
                        return immediateFuture(page(visible, Optional.empty()));
                    }
                    Optional<PastQueryPosition> next = Optional.of(found.getLast().position());
                    if (scanned + found.size() >= MAX_SCANNED) {
                        return immediateFuture(page(visible, next));
                    }
                    return read(identity, filter, next, limit, MAX_CHUNK, scanned + found.size(), visible);
                },
                reader.executor());
    }

    private HistoryPage page(List<PastQuery> queries, Optional<PastQueryPosition> next)
    {
        return new HistoryPage(
                queries.stream().map(ShownQuery::of).collect(toImmutableList()),
                next.map(PastQueryPosition::toCursor),
                sqlKept,
                shared);
    }

    /**
     * Counts the queries that the user may see.
     *
     * @param from a multiple of the length of a column
     * @param columns how many there are
     * @return fails as {@link PastQueryReader#count}
     */
    public ListenableFuture<HistoryChart> chart(Identity identity, PastQueryFilter filter, Instant from, int minutes, int columns)
    {
        return transform(
                reader.count(identity.getUser(), filter, minutes),
                counts -> {
                    Set<QuerySubmitter> submitters = visible(identity, counts.stream().map(PastQueryCount::submitter));
                    Map<String, long[]> lines = new TreeMap<>();
                    long[] nowhere = new long[columns];
                    for (PastQueryCount count : counts) {
                        int column = toIntExact(Duration.between(from, count.start()).toMinutes() / minutes);
                        if (submitters.contains(count.submitter()) && column >= 0 && column < columns) {
                            long[] line = count.cluster().map(cluster -> lines.computeIfAbsent(cluster, _ -> new long[columns])).orElse(nowhere);
                            line[column] += count.queries();
                        }
                    }
                    ImmutableList.Builder<ClusterLine> clusters = ImmutableList.builder();
                    lines.forEach((cluster, line) -> clusters.add(new ClusterLine(Optional.of(cluster), toList(line))));
                    if (Arrays.stream(nowhere).anyMatch(queries -> queries > 0)) {
                        clusters.add(new ClusterLine(Optional.empty(), toList(nowhere)));
                    }
                    return new HistoryChart(from, minutes, clusters.build());
                },
                reader.executor());
    }

    private static List<Long> toList(long[] values)
    {
        return Arrays.stream(values).boxed().collect(toImmutableList());
    }

    /**
     * Returns those whose queries the user may see. All users may see their own.
     */
    private Set<QuerySubmitter> visible(Identity identity, Stream<QuerySubmitter> submitters)
    {
        Set<QuerySubmitter> all = submitters.collect(toImmutableSet());
        Set<QuerySubmitter> visible = new HashSet<>();
        List<Identity> others = new ArrayList<>();
        for (QuerySubmitter submitter : all) {
            if (submitter.user().equals(identity.getUser())) {
                visible.add(submitter);
            }
            else {
                others.add(submitter.toIdentity());
            }
        }
        if (!others.isEmpty()) {
            accessControl.filterQueriesOwnedBy(identity, others).stream()
                    .map(QuerySubmitter::of)
                    .forEach(visible::add);
        }
        return visible;
    }
}
