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
import io.airlift.units.Duration;
import io.prestosql.dispatcher.admission.QuerySubmitter;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.prestosql.history.PastQueryFixture.TIME;
import static io.prestosql.history.PastQueryFixture.failed;
import static io.prestosql.history.PastQueryFixture.query;
import static io.prestosql.history.PastQueryFixture.submitter;
import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * What each store of the history has to do.
 */
public abstract class AbstractTestPastQueryStore
{
    private static final PastQueryFilter ALL = new PastQueryFilter(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    /**
     * Opens a store of which no test has used the name before.
     */
    protected abstract PastQueryStore open(String name);

    @Test
    public void testRoundTrip()
    {
        try (PastQueryStore store = open("round_trip")) {
            PastQuery finished = query("q1", "alice", 1);
            PastQuery failed = failed("q2", "bob \u00e4 '\"\\", 2, "SELEC 1 -- 'q' \ud83d\ude00");
            store.write(ImmutableList.of());
            store.write(ImmutableList.of(finished, failed));
            assertThat(store.read(ALL, Optional.empty(), 10)).containsExactly(failed, finished);
        }
    }

    @Test
    public void testTextsThatDatabasesDoNotTake()
    {
        try (PastQueryStore store = open("odd_texts")) {
            store.write(ImmutableList.of(failed("q1", "alice", 1, "a\u0000b\ud83d"), failed("q2", "alice", 2, "x".repeat(100_000))));
            List<PastQuery> read = store.read(ALL, Optional.empty(), 10);
            assertThat(read.getLast().sql()).contains("a\ufffdb\ufffd");
            assertThat(read.getFirst().sql().orElseThrow()).hasSize(PastQuery.MAX_SQL_LENGTH);
        }
    }

    @Test
    public void testRepeatedWrites()
    {
        try (PastQueryStore store = open("repeated")) {
            PastQuery first = query("q1", "alice", 1);
            store.write(ImmutableList.of(first));
            store.write(ImmutableList.of(first, query("q2", "bob", 2)));
            assertThat(store.read(ALL, Optional.empty(), 10)).hasSize(2);

            // a later leader that knows the query from the log only
            store.write(ImmutableList.of(query("q1", "less known", 1, 2, Optional.empty())));
            assertThat(store.read(ALL, Optional.empty(), 10)).contains(first);
            // a later leader that has ended it itself
            PastQuery later = query("q1", "alice", 1, 2, Optional.of(TIME.plusSeconds(100)));
            store.write(ImmutableList.of(later));
            assertThat(store.read(ALL, Optional.empty(), 10)).contains(later).doesNotContain(first);
            // an earlier leader whose write comes late
            store.write(ImmutableList.of(first));
            assertThat(store.read(ALL, Optional.empty(), 10)).contains(later).doesNotContain(first);

            PastQuery known = query("q3", "unknown", 3, 5, Optional.empty());
            store.write(ImmutableList.of(known));
            PastQuery better = query("q3", "carol", 3, 4, Optional.of(TIME));
            store.write(ImmutableList.of(better));
            assertThat(store.read(ALL, Optional.empty(), 10)).contains(better).doesNotContain(known).hasSize(3);
        }
    }

    @Test
    public void testFindsMissing()
    {
        try (PastQueryStore store = open("missing")) {
            store.write(ImmutableList.of(query("q1", "alice", 1), query("q2", "alice", 2)));
            assertThat(store.findMissing(ImmutableSet.of())).isEmpty();
            assertThat(store.findMissing(ImmutableSet.of("q0", "q1", "q2", "q3"))).containsExactlyInAnyOrder("q0", "q3");
        }
    }

    @Test
    public void testOrderAndPaging()
    {
        try (PastQueryStore store = open("paging")) {
            // several submissions at the same time
            List<PastQuery> queries = IntStream.range(0, 30)
                    .mapToObj(number -> query("q%02d".formatted(number), "alice", number / 4))
                    .collect(toImmutableList());
            store.write(queries);
            List<PastQuery> read = new ArrayList<>();
            Optional<PastQueryPosition> after = Optional.empty();
            while (true) {
                List<PastQuery> part = store.read(ALL, after, 7);
                read.addAll(part);
                if (part.size() < 7) {
                    break;
                }
                after = Optional.of(PastQueryPosition.parseCursor(part.getLast().position().toCursor()));
            }
            assertThat(read).isEqualTo(queries.reversed());
        }
    }

    @Test
    public void testFilters()
    {
        try (PastQueryStore store = open("filters")) {
            PastQuery alice = query("q1", "alice", 0);
            PastQuery bob = failed("q2", "bob", 60, "SELECT 100% of_it");
            PastQuery carol = failed("q3", "carol", 120, "select 100 of it");
            store.write(ImmutableList.of(alice, bob, carol));
            assertThat(read(store, filter -> filter)).containsExactly("q3", "q2", "q1");
            assertThat(read(store, filter -> with(filter, "q2", null, null, null, null, null, null, null))).containsExactly("q2");
            assertThat(read(store, filter -> with(filter, "q", null, null, null, null, null, null, null))).isEmpty();
            assertThat(read(store, filter -> with(filter, null, "alice", null, null, null, null, null, null))).containsExactly("q1");
            assertThat(read(store, filter -> with(filter, null, "ALICE", null, null, null, null, null, null))).isEmpty();
            assertThat(read(store, filter -> with(filter, null, null, "cli", null, null, null, null, null))).containsExactly("q1");
            assertThat(read(store, filter -> with(filter, null, null, null, "a", null, null, null, null))).containsExactly("q1");
            assertThat(read(store, filter -> with(filter, null, null, null, "b", null, null, null, null))).isEmpty();
            assertThat(read(store, filter -> with(filter, null, null, null, null, PastState.FAILED, null, null, null))).containsExactly("q3", "q2");
            assertThat(read(store, filter -> with(filter, null, null, null, null, null, TIME.plusSeconds(60), null, null))).containsExactly("q3", "q2");
            assertThat(read(store, filter -> with(filter, null, null, null, null, null, null, TIME.plusSeconds(60), null))).containsExactly("q1");
            // signs of patterns stand for themselves
            assertThat(read(store, filter -> with(filter, null, null, null, null, null, null, null, "100%"))).containsExactly("q2");
            assertThat(read(store, filter -> with(filter, null, null, null, null, null, null, null, "OF_IT"))).containsExactly("q2");
            assertThat(read(store, filter -> with(filter, null, null, null, null, null, null, null, "Select"))).containsExactly("q3", "q2");
            assertThat(read(store, filter -> with(filter, null, "'; DROP TABLE past_query; --", null, null, null, null, null, "'"))).isEmpty();
            assertThat(read(store, filter -> with(filter, "q2", "bob", null, null, PastState.FAILED, TIME, TIME.plusSeconds(61), "select"))).containsExactly("q2");
        }
    }

    @Test
    public void testCounts()
    {
        try (PastQueryStore store = open("counts")) {
            Instant start = Instant.parse("2026-12-01T07:00:00Z");
            store.write(ImmutableList.of(
                    query("q1", "alice", 0),
                    query("q2", "alice", 60),
                    query("q3", "bob", 59),
                    query("q4", "alice", 60),
                    failed("q5", "alice", 60, "SELEC")));
            assertThat(store.count(ALL, 1)).containsExactlyInAnyOrder(
                    new PastQueryCount(start, Optional.of("a"), submitter("alice"), 1),
                    new PastQueryCount(start, Optional.of("a"), submitter("bob"), 1),
                    new PastQueryCount(start.plusSeconds(60), Optional.of("a"), submitter("alice"), 2),
                    new PastQueryCount(start.plusSeconds(60), Optional.empty(), new QuerySubmitter("alice", Optional.empty(), ImmutableSet.of()), 1));
            assertThat(store.count(PastQueryFilter.of(TIME, TIME.plusSeconds(60)), 60)).containsExactlyInAnyOrder(
                    new PastQueryCount(start, Optional.of("a"), submitter("alice"), 1),
                    new PastQueryCount(start, Optional.of("a"), submitter("bob"), 1));
        }
    }

    @Test
    public void testTooManyCounts()
    {
        try (PastQueryStore store = open("too_many")) {
            for (int part = 0; part < 11; part++) {
                int first = part * 10_000;
                store.write(IntStream.range(first, first + 10_000)
                        .mapToObj(number -> query("q" + number, "user " + number, 0))
                        .collect(toImmutableList()));
            }
            assertThatThrownBy(() -> store.count(ALL, 1))
                    .isInstanceOf(TooManyCountsException.class)
                    .hasMessage("Too many users and clusters in this time: choose a shorter time, or more minutes");
        }
    }

    @Test
    public void testRemovesOldInParts()
            throws Exception
    {
        try (PastQueryStore store = open("old")) {
            store.write(IntStream.range(0, 25).mapToObj(number -> query("q" + number, "alice", number)).collect(toImmutableList()));
            assertThat(store.removeOld(new Duration(1, HOURS), 10)).isZero();
            // the time since the write counts, not that of the submission
            Duration age = new Duration(1, MILLISECONDS);
            awaitOlder(age);
            assertThat(store.removeOld(age, 10)).isEqualTo(10);
            assertThat(store.read(ALL, Optional.empty(), 100)).hasSize(15);
            assertThat(store.removeOld(age, 10)).isEqualTo(10);
            assertThat(store.removeOld(age, 10)).isEqualTo(5);
            assertThat(store.removeOld(age, 10)).isZero();
            assertThat(store.read(ALL, Optional.empty(), 100)).isEmpty();
        }
    }

    /**
     * Lets what was written become older than that.
     */
    protected abstract void awaitOlder(Duration age)
            throws Exception;

    private static List<String> read(PastQueryStore store, UnaryOperator<PastQueryFilter> filter)
    {
        return store.read(filter.apply(ALL), Optional.empty(), 100).stream()
                .map(PastQuery::queryId)
                .collect(toImmutableList());
    }

    private static PastQueryFilter with(PastQueryFilter filter, String queryId, String user, String source, String cluster, PastState state, Instant from, Instant to, String text)
    {
        return new PastQueryFilter(
                Optional.ofNullable(queryId).or(filter::queryId),
                Optional.ofNullable(user).or(filter::user),
                Optional.ofNullable(source).or(filter::source),
                Optional.ofNullable(cluster).or(filter::cluster),
                Optional.ofNullable(state).or(filter::state),
                Optional.ofNullable(from).or(filter::from),
                Optional.ofNullable(to).or(filter::to),
                Optional.ofNullable(text).or(filter::text));
    }
}
