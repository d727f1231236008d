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
package io.prestosql.queries;

import io.trino.Session;
import io.trino.SessionRepresentation;
import io.trino.operator.RetryPolicy;
import io.trino.server.BasicQueryInfo;
import io.trino.spi.QueryId;
import org.junit.jupiter.api.Test;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import static io.prestosql.queries.ListTexts.MAX_CHARACTERS;
import static io.trino.execution.QueryState.FINISHED;
import static io.trino.server.BasicQueryStats.immediateFailureQueryStats;
import static io.trino.testing.TestingSession.testSession;
import static io.trino.testing.TestingSession.testSessionBuilder;
import static org.assertj.core.api.Assertions.assertThat;

public class TestListTexts
{
    @Test
    public void testShortTextsAreKept()
    {
        List<ViewedQuery> queries = List.of(query("SELECT 1"), query("x".repeat(MAX_CHARACTERS - 10_000)));
        assertThat(ListTexts.bounded(queries)).isSameAs(queries);
        assertThat(ListTexts.bounded(List.of())).isEmpty();
    }

    @Test
    public void testLongestTextsAreCut()
    {
        List<ViewedQuery> queries = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            queries.add(query("SELECT " + i));
            queries.add(query("x".repeat(900_000)));
        }
        List<ViewedQuery> bounded = ListTexts.bounded(queries);
        assertThat(bounded).hasSize(200);
        assertThat(characters(bounded)).isLessThanOrEqualTo(MAX_CHARACTERS).isGreaterThan(MAX_CHARACTERS / 2);
        for (int i = 0; i < 200; i += 2) {
            assertThat(bounded.get(i)).isSameAs(queries.get(i));
            assertThat(bounded.get(i + 1).info().getQuery()).startsWith("xxx").endsWith("... (cut: 900000 characters in all)");
        }
    }

    @Test
    public void testPreparedStatements()
    {
        List<ViewedQuery> bounded = ListTexts.bounded(List.of(
                query("EXECUTE p", Optional.of("p".repeat(3_000_000)), testSessionBuilder().addPreparedStatement("p", "p".repeat(3_000_000)).build()),
                query("SELECT 1")));
        assertThat(characters(bounded)).isLessThanOrEqualTo(MAX_CHARACTERS);
        assertThat(bounded.getFirst().info().getPreparedQuery().orElseThrow()).startsWith("ppp");
        SessionRepresentation session = bounded.getFirst().info().getSession();
        assertThat(session.getPreparedStatements().get("p")).startsWith("ppp");
        assertThat(session.getUser()).isEqualTo("user");
    }

    private static long characters(List<ViewedQuery> queries)
    {
        return queries.stream().flatMapToLong(query -> ShortTexts.lengths(query.info())).sum();
    }

    private static ViewedQuery query(String text)
    {
        return query(text, Optional.empty(), testSession());
    }

    private static ViewedQuery query(String text, Optional<String> preparedQuery, Session session)
    {
        return new ViewedQuery(
                new BasicQueryInfo(
                        new QueryId("query"),
                        session.toSessionRepresentation(),
                        Optional.empty(),
                        FINISHED,
                        true,
                        URI.create("http://127.0.0.1:8080/v1/query/query"),
                        text,
                        Optional.empty(),
                        preparedQuery,
                        immediateFailureQueryStats(),
                        null,
                        null,
                        Optional.empty(),
                        RetryPolicy.NONE),
                Optional.empty(),
                0,
                Optional.empty(),
                Optional.empty());
    }
}
