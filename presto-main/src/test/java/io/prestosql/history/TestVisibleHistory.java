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
import com.google.common.util.concurrent.ListenableFuture;
import io.prestosql.history.HistoryChart.ClusterLine;
import io.trino.security.AllowAllAccessControl;
import io.trino.spi.security.Identity;
import org.junit.jupiter.api.Test;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.stream.IntStream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.util.concurrent.Futures.getDone;
import static com.google.common.util.concurrent.Futures.immediateFuture;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.prestosql.history.PastQueryFixture.TIME;
import static io.prestosql.history.PastQueryFixture.failed;
import static io.prestosql.history.PastQueryFixture.query;
import static org.assertj.core.api.Assertions.assertThat;

public class TestVisibleHistory
{
    private static final PastQueryFilter ALL = PastQueryFilter.of(TIME.minusSeconds(3600), TIME.plusSeconds(1_000_000));

    private final MemoryPastQueryStore store = new MemoryPastQueryStore(100_000, Clock.systemUTC());
    private final VisibleHistory history = new VisibleHistory(
            new StoreReader(),
            store,
            // as rules would say it: the operator sees those of the group staff, and all others only their own
            new AllowAllAccessControl()
            {
                @Override
                public Collection<Identity> filterQueriesOwnedBy(Identity identity, Collection<Identity> owners)
                {
                    return owners.stream()
                            .filter(owner -> identity.getUser().equals("operator") && owner.getGroups().contains("staff"))
                            .collect(toImmutableList());
                }
            },
            new QueryRetentionConfig());

    @Test
    public void testUsersSeeTheirOwn()
            throws Exception
    {
        // failed queries of this test have submitters without groups
        store.write(ImmutableList.of(query("q1", "alice", 1), query("q2", "bob", 2), failed("q3", "carol", 3, "")));
        assertThat(read("alice", Optional.empty(), 10).queries()).extracting(ShownQuery::queryId).containsExactly("q1");
        assertThat(read("carol", Optional.empty(), 10).queries()).extracting(ShownQuery::queryId).containsExactly("q3");
        assertThat(read("operator", Optional.empty(), 10).queries()).extracting(ShownQuery::queryId).containsExactly("q2", "q1");
        assertThat(read("stranger", Optional.empty(), 10).queries()).isEmpty();
    }

    @Test
    public void testPagesAreFullAlthoughMostIsHidden()
            throws Exception
    {
        store.write(IntStream.range(0, 10_000)
                .mapToObj(number -> number % 1000 == 0 ? query("a" + number, "alice", number) : query("b" + number, "bob", number))
                .collect(toImmutableList()));
        List<String> seen = new ArrayList<>();
        HistoryPage page = read("alice", Optional.empty(), 4);
        assertThat(page.queries()).hasSize(4);
        assertThat(page.next()).isPresent();
        page.queries().forEach(query -> seen.add(query.queryId()));
        while (page.next().isPresent()) {
            page = read("alice", page.next(), 4);
            page.queries().forEach(query -> seen.add(query.queryId()));
        }
        assertThat(seen).isEqualTo(IntStream.range(0, 10).mapToObj(number -> "a" + (9 - number) * 1000).toList());
    }

    /**
     * A request ends, however many queries there are to hide.
     */
    @Test
    public void testBoundedWork()
            throws Exception
    {
        store.write(IntStream.range(0, 50_000)
                .mapToObj(number -> number == 0 ? query("own", "alice", 0) : query("b" + number, "bob", number))
                .collect(toImmutableList()));
        HistoryPage page = read("alice", Optional.empty(), 10);
        assertThat(page.queries()).isEmpty();
        assertThat(page.next()).isPresent();
        int pages = 1;
        while (page.queries().isEmpty()) {
            page = read("alice", page.next(), 10);
            pages++;
        }
        assertThat(pages).isEqualTo(3);
        assertThat(page.queries()).extracting(ShownQuery::queryId).containsExactly("own");
        assertThat(page.next()).isEmpty();
    }

    @Test
    public void testChartCountsWhatTheUserMaySee()
            throws Exception
    {
        Instant start = Instant.parse("2026-12-01T07:00:00Z");
        store.write(ImmutableList.of(
                query("q1", "alice", 0),
                query("q2", "bob", 0),
                query("q3", "alice", 120),
                failed("q4", "alice", 60, "")));
        assertThat(chart("alice")).isEqualTo(new HistoryChart(start, 1, ImmutableList.of(
                new ClusterLine(Optional.of("a"), ImmutableList.of(1L, 0L, 1L)),
                new ClusterLine(Optional.empty(), ImmutableList.of(0L, 1L, 0L)))));
        assertThat(chart("operator")).isEqualTo(new HistoryChart(start, 1, ImmutableList.of(
                new ClusterLine(Optional.of("a"), ImmutableList.of(2L, 0L, 1L)))));
        assertThat(chart("stranger").clusters()).isEmpty();
    }

    private HistoryPage read(String user, Optional<String> cursor, int limit)
            throws Exception
    {
        return getDone(history.read(identity(user), ALL, cursor.map(PastQueryPosition::parseCursor), limit));
    }

    private HistoryChart chart(String user)
            throws Exception
    {
        return getDone(history.chart(identity(user), ALL, Instant.parse("2026-12-01T07:00:00Z"), 1, 3));
    }

    private static Identity identity(String user)
    {
        return Identity.forUser(user).withGroups(ImmutableSet.of("any")).build();
    }

    private class StoreReader
            implements PastQueryReader
    {
        @Override
        public ListenableFuture<List<PastQuery>> read(String user, PastQueryFilter filter, Optional<PastQueryPosition> after, int limit)
        {
            return immediateFuture(store.read(filter, after, limit));
        }

        @Override
        public ListenableFuture<List<PastQueryCount>> count(String user, PastQueryFilter filter, int minutes)
        {
            return immediateFuture(store.count(filter, minutes));
        }

        @Override
        public Executor executor()
        {
            return directExecutor();
        }
    }
}
