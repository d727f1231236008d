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

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.io.Closer;
import io.prestosql.node.CoordinatorIncarnation;
import io.prestosql.protocol.AuthenticatedUser;
import io.prestosql.protocol.SubmittedQuery;
import io.prestosql.querylog.EncryptedQueryLog;
import io.prestosql.querylog.QueryLogKeys;
import io.prestosql.queue.QueueRecordCodec.StoredDispatch;
import io.prestosql.queue.QueueRecordCodec.StoredEnd;
import io.prestosql.queue.QueueRecordCodec.StoredFailure;
import io.prestosql.queue.QueueRecordCodec.StoredReturn;
import io.prestosql.queue.core.QueryFailure;
import io.prestosql.queue.core.QueueRecord;
import io.prestosql.spi.querylog.QueryLog;
import io.prestosql.spi.querylog.QueryLogLeader;
import io.prestosql.spi.querylog.QueryLogListener;
import io.prestosql.spi.querylog.QueryLogMember;
import io.prestosql.spi.querylog.QueryLogRecord;
import io.trino.execution.ExecutionFailureInfo;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

import static io.airlift.json.JsonCodec.jsonCodec;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Reads a query log that release 476-1 has written, and compares it with the fixture's description: the bytes of each record and their
 * meaning. See {@code fixtures/README.md}.
 */
public final class Release476Records
{
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final QueueRecordCodec CODEC = new QueueRecordCodec(
            jsonCodec(SubmittedQuery.class),
            jsonCodec(StoredDispatch.class),
            jsonCodec(StoredFailure.class),
            jsonCodec(StoredEnd.class),
            jsonCodec(StoredReturn.class));

    private Release476Records() {}

    /**
     * @param expected the resource with the fixture's description
     */
    public static void assertRead(QueryLog store, String expected)
            throws Exception
    {
        assertRead(ImmutableMap.of(read(expected).get("member").get("nodeId").textValue(), store), expected);
    }

    /**
     * @param stores the stores of all members of one log, by their node ids
     * @param expected the resource with the fixture's description
     */
    public static void assertRead(Map<String, QueryLog> stores, String expected)
            throws Exception
    {
        JsonNode expectation = read(expected);
        List<String> previousSecrets = new ArrayList<>();
        expectation.get("previousSharedSecrets").forEach(secret -> previousSecrets.add(secret.textValue()));
        CompletableFuture<Takeover> takeover = new CompletableFuture<>();
        try (Closer closer = Closer.create()) {
            stores.forEach((nodeId, store) -> {
                EncryptedQueryLog log = new EncryptedQueryLog(store, new QueryLogKeys(expectation.get("sharedSecret").textValue(), previousSecrets));
                closer.register(log::close);
                log.start(new QueryLogMember(nodeId, URI.create(expectation.get("member").get("address").textValue())), new TakeoverListener(takeover));
            });
            Takeover found = takeover.get(60, SECONDS);
            assertThat(found.epoch()).as("epoch").isGreaterThan(expectation.get("lastEpoch").longValue());

            List<JsonNode> records = ImmutableList.copyOf(expectation.get("records"));
            assertThat(found.records()).hasSameSizeAs(records);
            for (int i = 0; i < records.size(); i++) {
                assertRecord(found.records().get(i), records.get(i));
            }
        }
    }

    private static void assertRecord(QueryLogRecord record, JsonNode expected)
    {
        String description = expected.get("kind").textValue() + " of " + expected.get("queryId").textValue();
        assertThat(record.key()).as(description).isEqualTo(expected.get("queryId").textValue());
        assertThat(record.kind().name()).as(description).isEqualTo(expected.get("kind").textValue());
        assertThat(HexFormat.of().formatHex(record.content())).as(description).isEqualTo(expected.get("contentHex").textValue());
        JsonNode decoded = MAPPER.valueToTree(describe(record));
        assertThat(decoded).as(description).isEqualTo(expected.get("decoded"));
    }

    private static Map<String, Object> describe(QueryLogRecord record)
    {
        Map<String, Object> description = new LinkedHashMap<>();
        switch (CODEC.decode(record)) {
            case QueueRecord.Submitted _ -> {
                SubmittedQuery submitted = CODEC.decodeSubmission(record);
                description.put("sql", submitted.request().sql());
                description.put("headers", submitted.request().headers());
                description.put("remoteAddress", submitted.request().remoteAddress().orElse(null));
                description.put("user", submitted.request().user().map(AuthenticatedUser::user).orElse(null));
                description.put("createTime", submitted.createTime().toString());
                description.put("slugOfToken0", submitted.slug().forToken(0));
                description.put("slugOfToken1", submitted.slug().forToken(1));
                description.put("slugOfToken7", submitted.slug().forToken(7));
            }
            case QueueRecord.Eligible _ -> {}
            case QueueRecord.Dispatched dispatched -> {
                description.put("nodeId", dispatched.coordinator().nodeId());
                description.put("incarnation", dispatched.coordinator().incarnation());
                description.put("address", CODEC.decodeDispatch(record).address().toString());
                description.put("rerunnable", dispatched.rerunnable());
                description.put("run", dispatched.run());
            }
            case QueueRecord.Canceled canceled -> describe(canceled.reason(), description);
            case QueueRecord.Ended ended -> {
                description.put("finished", ended.end().failure().isEmpty());
                ended.end().failure().ifPresent(failure -> describe(failure, description));
                description.put("nodeId", ended.end().coordinator().map(CoordinatorIncarnation::nodeId).orElse(null));
                description.put("incarnation", ended.end().coordinator().map(CoordinatorIncarnation::incarnation).orElse(null));
            }
            case QueueRecord.Returned _ -> throw new AssertionError("Release 476-1 writes no such record");
            case QueueRecord.Condensed _, QueueRecord.Told _, QueueRecord.Forgotten _ -> throw new AssertionError("A record of a query that is forgotten is not live");
        }
        return description;
    }

    private static void describe(QueryFailure failure, Map<String, Object> description)
    {
        ExecutionFailureInfo shown = failure.toExecutionFailure();
        description.put("errorCode", failure.errorCode().getCode());
        description.put("errorName", failure.errorCode().getName());
        description.put("errorType", failure.errorCode().getType().toString());
        description.put("message", failure.message());
        description.put("shownType", shown.getType());
        description.put("shownMessage", shown.getMessage());
        description.put("detail", failure.detail().isPresent());
    }

    public static JsonNode read(String resource)
            throws IOException
    {
        try (InputStream input = requireNonNull(Release476Records.class.getResourceAsStream("/fixtures/476-1/" + resource), resource)) {
            return MAPPER.readTree(input);
        }
    }

    private record Takeover(long epoch, List<QueryLogRecord> records) {}

    private record TakeoverListener(CompletableFuture<Takeover> takeover)
            implements QueryLogListener
    {
        @Override
        public void elected(long epoch, List<QueryLogRecord> liveRecords)
        {
            takeover.complete(new Takeover(epoch, ImmutableList.copyOf(liveRecords)));
        }

        @Override
        public void deposed(long epoch) {}

        @Override
        public void leaderChanged(Optional<QueryLogLeader> leader) {}
    }
}
