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
package io.prestosql.history.postgresql;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.airlift.units.Duration;
import io.prestosql.dispatcher.admission.QuerySubmitter;
import io.prestosql.history.AbstractTestPastQueryStore;
import io.prestosql.history.HistoryRefusalException;
import io.prestosql.history.HistoryUnavailableException;
import io.prestosql.history.PastQuery;
import io.prestosql.history.PastQueryFilter;
import io.prestosql.history.PastQueryStore;
import io.prestosql.history.PastState;
import io.prestosql.postgresql.TestingPostgresql;
import io.prestosql.querylog.postgresql.PostgresqlQueryLogConfig;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;

import java.util.List;
import java.util.Optional;

import static com.google.common.base.Throwables.getStackTraceAsString;
import static io.prestosql.history.PastQueryFixture.TIME;
import static io.prestosql.history.PastQueryFixture.failed;
import static io.prestosql.history.PastQueryFixture.query;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.parallel.ExecutionMode.SAME_THREAD;

@Execution(SAME_THREAD)
@Timeout(300)
public class TestPostgresqlPastQueryStore
        extends AbstractTestPastQueryStore
{
    private static final PastQueryFilter ALL = new PastQueryFilter(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    private final TestingPostgresql postgresql = TestingPostgresql.shared();

    @Test
    public void testSeveralDispatchers()
    {
        try (PastQueryStore one = open("several"); PastQueryStore other = open("several")) {
            assertThat(one.isShared()).isTrue();
            one.write(ImmutableList.of(query("q1", "alice", 1)));
            other.write(ImmutableList.of(query("q2", "alice", 2)));
            assertThat(one.read(ALL, Optional.empty(), 10)).isEqualTo(other.read(ALL, Optional.empty(), 10)).hasSize(2);
        }
        try (PastQueryStore later = open("several")) {
            assertThat(later.read(ALL, Optional.empty(), 10)).hasSize(2);
        }
    }

    /**
     * The short tier writes the hundred thousand queries in memory only.
     */
    @Override
    @Test
    @Tag("long")
    public void testTooManyCounts()
    {
        super.testTooManyCounts();
    }

    /**
     * A value that the database refuses must not be tried for ever.
     */
    @Test
    public void testRefusedValue()
    {
        try (PastQueryStore store = open("refused")) {
            PastQuery odd = new PastQuery(
                    "q2",
                    1,
                    new QuerySubmitter("secret \u0000", Optional.empty(), ImmutableSet.of()),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    PastState.FINISHED,
                    Optional.empty(),
                    TIME,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty());
            assertThatThrownBy(() -> store.write(ImmutableList.of(query("q1", "alice", 1), odd)))
                    .isInstanceOf(HistoryRefusalException.class)
                    .satisfies(e -> assertThat(getStackTraceAsString(e)).doesNotContain("secret"));
            assertThat(store.read(ALL, Optional.empty(), 10)).as("all or none").isEmpty();
        }
    }

    @Test
    public void testDatabaseDiesAndComesBack()
    {
        try (PastQueryStore store = open("killed")) {
            store.write(ImmutableList.of(query("q1", "alice", 1)));
            postgresql.kill();
            try (PastQueryStore started = open("killed")) {
                assertThatThrownBy(() -> store.write(ImmutableList.of(failed("q2", "alice", 2, "swordfish"))))
                        .isInstanceOf(HistoryUnavailableException.class)
                        .hasMessageContaining("log_killed_history")
                        .satisfies(e -> assertThat(getStackTraceAsString(e)).doesNotContain("swordfish"));
                assertThatThrownBy(() -> started.read(ALL, Optional.empty(), 10)).isInstanceOf(HistoryUnavailableException.class);
                postgresql.start();
                await().until(() -> size(store), size -> size == 1);
                await().until(() -> size(started), size -> size == 1);
            }
            store.write(ImmutableList.of(failed("q2", "alice", 2, "swordfish")));
            assertThat(store.read(ALL, Optional.empty(), 10)).hasSize(2);
        }
    }

    /**
     * The history grows to millions of rows, of which a page shows few.
     */
    @Test
    public void testReadsByIndex()
    {
        try (PastQueryStore store = open("index")) {
            store.write(ImmutableList.of(query("q1", "alice", 1)));
            postgresql.execute("""
                    INSERT INTO log_index_history.past_query (query_id, epoch, user_name, user_groups, state, submitted)
                    SELECT 'r' || n, 1, 'bob', '[]', 'FINISHED', timestamptz '2026-01-01 00:00:00Z' + n * interval '1 second' FROM generate_series(1, 20000) AS n
                    """);
            postgresql.execute("ANALYZE log_index_history.past_query");
            assertThat(plan("SELECT * FROM log_index_history.past_query WHERE true AND (submitted, query_id) < (timestamptz '2026-01-01 03:00:00Z', 'r1') ORDER BY submitted DESC, query_id DESC LIMIT 100"))
                    .contains("past_query_submitted").doesNotContain("Sort");
            assertThat(plan("SELECT query_id FROM log_index_history.past_query WHERE recorded < clock_timestamp() ORDER BY recorded LIMIT 100"))
                    .contains("past_query_recorded").doesNotContain("Sort");
        }
    }

    private String plan(String sql)
    {
        return postgresql.select("EXPLAIN (FORMAT JSON) " + sql);
    }

    @Test
    public void testNameOfSchema()
    {
        assertThat(PostgresqlPastQueryStore.schema("presto")).isEqualTo("presto_history");
        assertThat(PostgresqlPastQueryStore.schema("s".repeat(63))).isEqualTo("s".repeat(55) + "_history");
    }

    private static int size(PastQueryStore store)
    {
        try {
            List<PastQuery> read = store.read(ALL, Optional.empty(), 10);
            return read.size();
        }
        catch (HistoryUnavailableException _) {
            return -1;
        }
    }

    @Override
    protected PastQueryStore open(String name)
    {
        return new PostgresqlPastQueryStore(new PostgresqlQueryLogConfig()
                .setUrl(postgresql.url(postgresql.port()))
                .setUser("postgres")
                .setSchema("log_" + name)
                .setConnectTimeout(new Duration(2, SECONDS)));
    }

    @Override
    protected void awaitOlder(Duration age)
    {
        String start = postgresql.select("SELECT clock_timestamp()");
        await().until(() -> postgresql.select("SELECT clock_timestamp() > timestamptz '%s' + interval '%s milliseconds'".formatted(start, age.toMillis() + 1)), "t"::equals);
    }
}
