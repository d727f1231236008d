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
package io.prestosql.queue;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.prestosql.node.CoordinatorIncarnation;
import io.prestosql.protocol.ClientRequest;
import io.prestosql.protocol.QuerySlug;
import io.prestosql.protocol.SubmittedQuery;
import io.prestosql.queue.QueueRecordCodec.StoredDispatch;
import io.prestosql.queue.QueueRecordCodec.StoredEnd;
import io.prestosql.queue.QueueRecordCodec.StoredFailure;
import io.prestosql.queue.QueueRecordCodec.StoredReturn;
import io.prestosql.queue.core.QueryEnd;
import io.prestosql.queue.core.QueryFailure;
import io.prestosql.queue.core.QueueRecord;
import io.prestosql.rpc.TraceContext;
import io.prestosql.spi.querylog.QueryLogRecord;
import io.prestosql.spi.querylog.QueryLogRecord.Kind;
import io.trino.spi.QueryId;
import io.trino.spi.TrinoException;
import org.junit.jupiter.api.Test;

import java.net.URI;
import java.time.Instant;
import java.util.Optional;

import static io.airlift.json.JsonCodec.jsonCodec;
import static io.prestosql.node.ClusterName.DEFAULT;
import static io.trino.spi.StandardErrorCode.DIVISION_BY_ZERO;
import static io.trino.spi.StandardErrorCode.USER_CANCELED;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestQueueRecordCodec
{
    private static final QueryId QUERY = new QueryId("20261122_130000_00001_abcde");
    private static final CoordinatorIncarnation COORDINATOR = new CoordinatorIncarnation(DEFAULT, "coordinator-1", "incarnation");

    private final QueueRecordCodec codec = new QueueRecordCodec(
            jsonCodec(SubmittedQuery.class),
            jsonCodec(StoredDispatch.class),
            jsonCodec(StoredFailure.class),
            jsonCodec(StoredEnd.class),
            jsonCodec(StoredReturn.class));

    @Test
    public void testSubmission()
    {
        SubmittedQuery submitted = new SubmittedQuery(
                new ClientRequest("SELECT 1", ImmutableMap.of("x-trino-user", ImmutableList.of("alice")), Optional.of("10.0.0.1"), Optional.empty()),
                QuerySlug.create(),
                Instant.ofEpochMilli(1234),
                Optional.of(new TraceContext("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", Optional.of("vendor=1"))));
        QueryLogRecord record = codec.encodeSubmission(QUERY, submitted);
        assertThat(record.key()).isEqualTo(QUERY.toString());
        assertThat(record.kind()).isEqualTo(Kind.SUBMITTED);
        assertThat(codec.decode(record)).isEqualTo(new QueueRecord.Submitted(QUERY));
        SubmittedQuery decoded = codec.decodeSubmission(record);
        assertThat(decoded.request()).isEqualTo(submitted.request());
        assertThat(decoded.createTime()).isEqualTo(submitted.createTime());
        assertThat(decoded.traceContext()).isEqualTo(submitted.traceContext());
        assertThat(decoded.slug().forToken(7)).isEqualTo(submitted.slug().forToken(7));
    }

    @Test
    public void testSubmissionBeyondRecord()
    {
        assertTooLarge("x".repeat(17_000_000));
        // characters of several bytes
        assertTooLarge("\u6f22".repeat(6_000_000));
        // characters that JSON escapes
        assertTooLarge("\"".repeat(9_000_000));
        assertThat(codec.encodeSubmission(QUERY, submission("x".repeat(QueueRecordCodec.MAX_STATEMENT_LENGTH))).content()).hasSizeGreaterThan(QueueRecordCodec.MAX_STATEMENT_LENGTH);
    }

    private void assertTooLarge(String sql)
    {
        assertThatThrownBy(() -> codec.encodeSubmission(QUERY, submission(sql))).isInstanceOf(QueryTooLargeException.class);
    }

    private static SubmittedQuery submission(String sql)
    {
        return new SubmittedQuery(new ClientRequest(sql, ImmutableMap.of(), Optional.empty(), Optional.empty()), QuerySlug.create(), Instant.ofEpochMilli(1234), Optional.empty());
    }

    @Test
    public void testDispatch()
    {
        QueueRecord.Dispatched dispatched = new QueueRecord.Dispatched(QUERY, COORDINATOR, true, 2);
        QueryLogRecord record = codec.encodeDispatch(dispatched, URI.create("http://127.0.0.1:8081"));
        assertThat(record.kind()).isEqualTo(Kind.DISPATCHED);
        assertThat(codec.decode(record)).isEqualTo(dispatched);
        assertThat(codec.decodeDispatch(record).address()).isEqualTo(URI.create("http://127.0.0.1:8081"));
    }

    @Test
    public void testDispatchBeforeRunsHadNumbers()
    {
        QueryLogRecord record = new QueryLogRecord(QUERY.toString(), Kind.DISPATCHED, """
                {"formatVersion": 1, "nodeId": "coordinator-1", "incarnation": "incarnation", "address": "http://127.0.0.1:8081", "rerunnable": true}
                """.getBytes(UTF_8));
        assertThat(codec.decode(record)).isEqualTo(new QueueRecord.Dispatched(QUERY, COORDINATOR, true, 0));
    }

    @Test
    public void testOtherSteps()
    {
        assertRoundTrip(new QueueRecord.Eligible(QUERY));
        assertRoundTrip(new QueueRecord.Returned(QUERY, 1));
        assertRoundTrip(new QueueRecord.Canceled(QUERY, new QueryFailure(USER_CANCELED, "Query was canceled")));
        assertRoundTrip(new QueueRecord.Ended(QUERY, QueryEnd.onCoordinator(COORDINATOR, Optional.empty()), true));
        assertRoundTrip(new QueueRecord.Ended(QUERY, QueryEnd.onCoordinator(COORDINATOR, Optional.of(new QueryFailure(DIVISION_BY_ZERO, "Division by zero"))), false));
        assertRoundTrip(new QueueRecord.Ended(QUERY, QueryEnd.failed(new QueryFailure(USER_CANCELED, "Query was canceled")), true));
    }

    @Test
    public void testEndThatListenersHaveHeardOf()
    {
        QueryEnd end = QueryEnd.onCoordinator(COORDINATOR, Optional.empty());
        QueryLogRecord untold = codec.encode(new QueueRecord.Ended(QUERY, end, true));
        QueryLogRecord told = codec.encode(new QueueRecord.Told(QUERY, end));
        assertThat(told.kind()).isEqualTo(untold.kind());
        // the log cannot replace a record's content with a larger one
        assertThat(told.content()).hasSizeLessThan(untold.content().length);
        assertThat(codec.decode(told)).isEqualTo(new QueueRecord.Ended(QUERY, end, false));
        // releases that do not know this flag have written the same form
        assertThat(new String(told.content(), UTF_8)).doesNotContain("untold");
    }

    private void assertRoundTrip(QueueRecord record)
    {
        assertThat(codec.decode(codec.encode(record))).isEqualTo(record);
    }

    @Test
    public void testFailureKeepsWhatTheClientIsShown()
    {
        QueryFailure failure = QueryFailure.of(new TrinoException(DIVISION_BY_ZERO, "Division by zero"));
        QueueRecord.Ended decoded = (QueueRecord.Ended) codec.decode(codec.encode(new QueueRecord.Ended(QUERY, QueryEnd.failed(failure), false)));
        QueryFailure kept = decoded.end().failure().orElseThrow();
        assertThat(kept.errorCode()).isEqualTo(DIVISION_BY_ZERO.toErrorCode());
        assertThat(kept.toExecutionFailure().getMessage()).isEqualTo("Division by zero");
        assertThat(kept.toExecutionFailure().getStack()).isEqualTo(failure.toExecutionFailure().getStack());
    }

    @Test
    public void testFormOfNewerRelease()
    {
        QueryLogRecord record = new QueryLogRecord(QUERY.toString(), Kind.CANCELED, """
                {"formatVersion": 2, "errorCode": {"code": 1, "name": "X", "type": "EXTERNAL"}, "message": "m"}
                """.getBytes(UTF_8));
        assertThatThrownBy(() -> codec.decode(record)).hasStackTraceContaining("it may come from a newer release");
    }

    @Test
    public void testForgottenRecordCannotBeDecoded()
    {
        assertThatThrownBy(() -> codec.decode(codec.encode(new QueueRecord.Forgotten(QUERY))))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
