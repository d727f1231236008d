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

import io.airlift.json.JsonCodec;
import io.airlift.json.JsonCodecFactory;
import io.airlift.json.ObjectMapperProvider;
import io.airlift.tracing.SpanSerialization.SpanDeserializer;
import io.airlift.tracing.SpanSerialization.SpanSerializer;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.trino.execution.QueryState;
import io.trino.operator.RetryPolicy;
import io.trino.server.BasicQueryInfo;
import io.trino.server.BasicQueryStats;
import io.trino.spi.QueryId;
import io.trino.spi.resourcegroups.QueryType;
import io.trino.spi.resourcegroups.ResourceGroupId;
import org.junit.jupiter.api.Test;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import static io.trino.server.BasicQueryStats.immediateFailureQueryStats;
import static io.trino.testing.TestingSession.testSession;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests the JSON that nodes exchange.
 */
public class TestViewedQuery
{
    @Test
    public void testJson()
    {
        BasicQueryInfo info = new BasicQueryInfo(
                QueryId.valueOf("20260101_000000_00000_aaaaa"),
                testSession().toSessionRepresentation(),
                Optional.of(new ResourceGroupId("global")),
                QueryState.RUNNING,
                true,
                URI.create("http://127.0.0.1/"),
                "SELECT 1",
                Optional.empty(),
                Optional.empty(),
                immediateFailureQueryStats(),
                null,
                null,
                Optional.of(QueryType.SELECT),
                RetryPolicy.NONE);
        ViewedQuery query = new ViewedQuery(info, Optional.of("coordinator-1"), 17, Optional.of(Instant.ofEpochMilli(1234567)), Optional.empty());

        JsonCodec<List<ViewedQuery>> codec = new JsonCodecFactory(new ObjectMapperProvider()
                .withJsonSerializers(Map.of(Span.class, new SpanSerializer(OpenTelemetry.noop())))
                .withJsonDeserializers(Map.of(Span.class, new SpanDeserializer(OpenTelemetry.noop())))).listJsonCodec(ViewedQuery.class);
        ViewedQuery copy = codec.fromJson(codec.toJson(List.of(query))).getFirst();
        assertThat(copy.queryId()).isEqualTo(query.queryId());
        assertThat(copy.isDone()).isFalse();
        assertThat(copy.info().getSession().toIdentity()).isEqualTo(info.getSession().toIdentity());
        assertThat(copy.info().getResourceGroupId()).isEqualTo(info.getResourceGroupId());
        assertThat(copy).extracting(ViewedQuery::coordinator, ViewedQuery::queuedMillis, ViewedQuery::started, ViewedQuery::lastHeartbeat)
                .containsExactly(query.coordinator(), query.queuedMillis(), query.started(), query.lastHeartbeat());

        // a node of release 476-1 does not add the time in the queue itself
        BasicQueryStats stats = query.info().getQueryStats();
        BasicQueryStats shown = copy.infoSinceSubmission().getQueryStats();
        assertThat(shown.getCreateTime().getMillis()).isEqualTo(stats.getCreateTime().getMillis() - 17);
        assertThat(shown.getQueuedTime().toMillis()).isEqualTo(stats.getQueuedTime().toMillis() + 17);
        assertThat(shown.getElapsedTime().toMillis()).isEqualTo(stats.getElapsedTime().toMillis() + 17);
        assertThat(shown.getEndTime().getMillis()).isEqualTo(stats.getEndTime().getMillis());
    }
}
