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
package io.prestosql.protocol;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.io.Resources;
import io.airlift.json.ObjectMapperProvider;
import io.airlift.tracing.SpanSerialization.SpanDeserializer;
import io.airlift.tracing.SpanSerialization.SpanSerializer;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.prestosql.catalog.CatalogReport;
import io.prestosql.catalog.PruneMark;
import io.prestosql.catalog.PruneRequest;
import io.prestosql.dispatcher.admission.QueryOutcome;
import io.prestosql.dispatcher.leader.QueueAnswer;
import io.prestosql.fleet.core.CoordinatorHealth;
import io.prestosql.memory.DecisionRound;
import io.prestosql.memory.KillOrder;
import io.prestosql.memory.RoundAnswer;
import io.prestosql.node.ProcessIdentity;
import io.prestosql.operations.DispatcherReport;
import io.prestosql.queries.NodeLoad;
import io.prestosql.queries.QueryDetails;
import io.prestosql.queries.ViewedQuery;
import io.prestosql.queries.ViewedTransaction;
import io.prestosql.querylog.QueryLogConfig;
import io.prestosql.queue.QueueRecordCodec.StoredDispatch;
import io.prestosql.queue.QueueRecordCodec.StoredEnd;
import io.prestosql.queue.QueueRecordCodec.StoredFailure;
import io.trino.spi.QueryId;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

import static java.util.Comparator.comparing;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Checks that every internal call and answer of release 476-1 can be read, and is written in the same form, which nodes of that release
 * understand.
 */
public class TestCallsOfRelease476
{
    private static final String FOLDER = "fixtures/476-1/calls/";
    private static final ObjectMapper MAPPER = new ObjectMapperProvider()
            .withJsonSerializers(Map.of(Span.class, new SpanSerializer(OpenTelemetry.noop())))
            .withJsonDeserializers(Map.of(Span.class, new SpanDeserializer(OpenTelemetry.noop())))
            .get();

    private static final List<String> SETS = ImmutableList.of("inUse", "keep");

    /** The types of the calls, by their names in release 476-1. */
    private static final Map<String, TypeReference<?>> TYPES = ImmutableMap.<String, TypeReference<?>>builder()
            .put("io.prestosql.catalog.CatalogReport", new TypeReference<CatalogReport>() {})
            .put("io.prestosql.catalog.PruneMark", new TypeReference<PruneMark>() {})
            .put("io.prestosql.catalog.PruneRequest", new TypeReference<PruneRequest>() {})
            .put("io.prestosql.cluster.CoordinatorHealth", new TypeReference<CoordinatorHealth>() {})
            .put("io.prestosql.coordinator.CoordinatorReport", new TypeReference<CoordinatorReport>() {})
            .put("io.prestosql.coordinator.DispatchRequest", new TypeReference<DispatchRequest>() {})
            .put("io.prestosql.coordinator.DispatchResponse", new TypeReference<DispatchResponse>() {})
            .put("io.prestosql.coordinator.LeaderClaim", new TypeReference<LeaderClaim>() {})
            .put("io.prestosql.coordinator.QueryReport", new TypeReference<QueryReport>() {})
            .put("io.prestosql.coordinator.ReportRequest", new TypeReference<ReportRequest>() {})
            .put("io.prestosql.coordinator.SeenReport", new TypeReference<SeenReport>() {})
            .put("io.prestosql.coordinator.Stamp", new TypeReference<Stamp>() {})
            .put("io.prestosql.coordinator.StopRequest", new TypeReference<StopRequest>() {})
            .put("io.prestosql.dispatcher.DispatcherReport", new TypeReference<DispatcherReport>() {})
            .put("io.prestosql.dispatcher.QueueAnswer", new TypeReference<QueueAnswer>() {})
            .put("io.prestosql.memory.DeciderAppointment", new TypeReference<DeciderAppointment>() {})
            .put("io.prestosql.memory.DecisionRound", new TypeReference<DecisionRound>() {})
            .put("io.prestosql.memory.KillOrder", new TypeReference<KillOrder>() {})
            .put("io.prestosql.memory.RoundAnswer", new TypeReference<RoundAnswer>() {})
            .put("io.prestosql.querylog.QueryLogConfig$Store", new TypeReference<QueryLogConfig.Store>() {})
            .put("io.prestosql.queue.QueueRecordCodec$StoredDispatch", new TypeReference<StoredDispatch>() {})
            .put("io.prestosql.queue.QueueRecordCodec$StoredEnd", new TypeReference<StoredEnd>() {})
            .put("io.prestosql.queue.QueueRecordCodec$StoredFailure", new TypeReference<StoredFailure>() {})
            .put("io.prestosql.queue.SubmittedQuery", new TypeReference<SubmittedQuery>() {})
            .put("io.prestosql.server.ProcessIdentity", new TypeReference<ProcessIdentity>() {})
            .put("io.prestosql.view.ViewedQuery", new TypeReference<ViewedQuery>() {})
            .put("java.util.List<io.prestosql.view.NodeLoad>", new TypeReference<List<NodeLoad>>() {})
            .put("java.util.List<io.prestosql.view.ViewedQuery>", new TypeReference<List<ViewedQuery>>() {})
            .put("java.util.List<io.prestosql.view.ViewedTransaction>", new TypeReference<List<ViewedTransaction>>() {})
            .put("java.util.List<io.trino.spi.QueryId>", new TypeReference<List<QueryId>>() {})
            .put("java.util.Optional<io.prestosql.dispatcher.QueryOutcome>", new TypeReference<Optional<QueryOutcome>>() {})
            .put("java.util.Optional<io.prestosql.view.QueryDetails>", new TypeReference<Optional<QueryDetails>>() {})
            .put("java.util.Optional<io.prestosql.view.ViewedQuery>", new TypeReference<Optional<ViewedQuery>>() {})
            .buildOrThrow();

    @Test
    public void testReadAndWrittenAsBefore()
            throws IOException
    {
        TreeSet<String> seen = new TreeSet<>();
        for (JsonNode call : read("index.json")) {
            String type = call.get("javaType").textValue();
            if (!type.contains("io.prestosql.") && !type.contains("QueryId")) {
                // a type of the engine, whose form depends on the engine's release
                continue;
            }
            if (!TYPES.containsKey(type)) {
                assertThat(type).as("a type of ours").contains("the engine's");
                continue;
            }
            seen.add(type);
            String file = call.get("file").textValue();
            JsonNode json = read(file);
            Object value = MAPPER.readValue(MAPPER.treeAsTokens(json), TYPES.get(type));
            assertThat(comparable(MAPPER.readTree(MAPPER.writeValueAsBytes(value)))).as(file).isEqualTo(comparable(json));
        }
        assertThat(seen).isEqualTo(new TreeSet<>(TYPES.keySet()));
    }

    /**
     * Sorts sets, whose order has no meaning, and drops tasks, whose form depends on the engine's release.
     */
    private static JsonNode comparable(JsonNode json)
    {
        json.findParents("tasks").forEach(parent -> ((ObjectNode) parent).remove("tasks"));
        for (String set : SETS) {
            for (JsonNode parent : json.findParents(set)) {
                ArrayNode sorted = MAPPER.createArrayNode();
                ImmutableList.copyOf(parent.get(set)).stream()
                        .sorted(comparing(JsonNode::toString))
                        .forEach(sorted::add);
                ((ObjectNode) parent).set(set, sorted);
            }
        }
        return json;
    }

    private static JsonNode read(String file)
            throws IOException
    {
        return MAPPER.readTree(Resources.getResource(FOLDER + file));
    }
}
