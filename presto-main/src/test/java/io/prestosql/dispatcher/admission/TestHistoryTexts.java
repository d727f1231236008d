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

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.airlift.units.DataSize;
import io.opentelemetry.api.trace.Span;
import io.prestosql.protocol.ClientRequest;
import io.prestosql.protocol.QuerySlug;
import io.prestosql.protocol.SubmittedQuery;
import io.prestosql.queue.core.QueryEnd;
import io.prestosql.queue.core.QueryFailure;
import io.trino.spi.QueryId;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

import static io.prestosql.protocol.SubmittedQuery.CONDENSED_LENGTH;
import static io.trino.spi.StandardErrorCode.USER_CANCELED;
import static org.assertj.core.api.Assertions.assertThat;

public class TestHistoryTexts
{
    private static final int LENGTH = 100_000;

    private final HistoryTexts texts = new HistoryTexts(new QueryHistoryConfig().setMaxHistoryTextSize(DataSize.ofBytes(5 * 2 * LENGTH)));

    @Test
    public void testOldestTextsAreCut()
    {
        List<ClientQuery> queries = IntStream.range(0, 20).mapToObj(number -> ended("query" + number, LENGTH)).toList();
        queries.forEach(texts::ended);
        for (int number = 0; number < 20; number++) {
            assertThat(queries.get(number).submittedQuery().request().sql()).hasSize(number < 15 ? CONDENSED_LENGTH : LENGTH);
        }
        assertThat(texts.bytes()).isEqualTo(5 * 2 * LENGTH);
        // texts are cut in the order in which queries ended, and ending a query once more does not move it
        texts.ended(queries.get(15));
        texts.ended(ended("another", LENGTH));
        assertThat(queries.get(15).submittedQuery().request().sql()).hasSize(CONDENSED_LENGTH);
        assertThat(queries.get(16).submittedQuery().request().sql()).hasSize(LENGTH);
    }

    @Test
    public void testTextLongerThanLimitForAllTexts()
    {
        ClientQuery query = ended("query", 6 * LENGTH);
        texts.ended(query);
        assertThat(query.submittedQuery().request().sql()).hasSize(CONDENSED_LENGTH);
        assertThat(texts.bytes()).isZero();
    }

    @Test
    public void testForgottenQuery()
    {
        ClientQuery query = ended("query", LENGTH);
        texts.ended(query);
        texts.forgotten(query);
        texts.forgotten(query);
        assertThat(texts.bytes()).isZero();
        texts.ended(ended("other", LENGTH));
        texts.clear();
        assertThat(texts.bytes()).isZero();
    }

    @Test
    public void testWhatIsKeptOfQuery()
    {
        SubmittedQuery submitted = new SubmittedQuery(
                new ClientRequest(
                        "EXECUTE p",
                        ImmutableMap.of("x-trino-user", ImmutableList.of("alice"), "x-trino-prepared-statement", ImmutableList.of("p=" + "x".repeat(LENGTH))),
                        Optional.of("10.0.0.1"),
                        Optional.empty()),
                QuerySlug.create(),
                Instant.ofEpochMilli(1234),
                Optional.empty());
        assertThat(submitted.textLength()).isGreaterThan(LENGTH);
        SubmittedQuery condensed = submitted.condensed();
        assertThat(condensed.request().sql()).isEqualTo("EXECUTE p");
        assertThat(condensed.request().headers()).isEqualTo(ImmutableMap.of("x-trino-user", ImmutableList.of("alice")));
        assertThat(condensed.request().remoteAddress()).contains("10.0.0.1");
        assertThat(condensed.createTime()).isEqualTo(submitted.createTime());
        assertThat(condensed.slug().forToken(7)).isEqualTo(submitted.slug().forToken(7));
        assertThat(condensed.condensed()).isSameAs(condensed);
    }

    private static ClientQuery ended(String queryId, int length)
    {
        SubmittedQuery submitted = new SubmittedQuery(new ClientRequest("x".repeat(length), ImmutableMap.of(), Optional.empty(), Optional.empty()), QuerySlug.create(), Instant.now(), Optional.empty());
        ClientQuery query = new ClientQuery(new QueryId(queryId), submitted, Optional.empty(), Span.getInvalid());
        query.ended(QueryEnd.failed(new QueryFailure(USER_CANCELED, "Query was canceled")));
        return query;
    }
}
