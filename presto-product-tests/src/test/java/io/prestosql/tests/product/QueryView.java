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
package io.prestosql.tests.product;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

import static com.google.common.collect.ImmutableList.toImmutableList;

/**
 * A query as {@code /v1/query} of a node shows it, or as one coordinator shows it to other nodes.
 */
record QueryView(String id, String state, String sql, String user, Optional<String> source, List<String> resourceGroup, Instant createTime, Optional<Instant> endTime, Optional<String> errorName)
{
    /**
     * The queries of the cluster, as that node shows them.
     */
    static List<QueryView> queriesOf(URI node)
    {
        return ImmutableList.copyOf(Http.getJson(node.resolve("/v1/query"), Http.AS_TEST_USER)).stream()
                .map(QueryView::parse)
                .collect(toImmutableList());
    }

    /**
     * The queries of the cluster, as that node shows them, whose text has the marker.
     */
    static List<QueryView> queriesWith(URI node, String marker)
    {
        return withMarker(queriesOf(node), marker);
    }

    /**
     * The queries that one coordinator has itself.
     */
    static List<QueryView> queriesOn(URI coordinator, String secret)
    {
        return ImmutableList.copyOf(Http.getJson(coordinator.resolve("/v1/view/query"), InternalToken.HEADER, InternalToken.create(secret))).stream()
                .map(query -> parse(query.get("info")))
                .collect(toImmutableList());
    }

    static List<QueryView> withMarker(List<QueryView> queries, String marker)
    {
        return queries.stream()
                .filter(query -> query.sql().contains(marker))
                .collect(toImmutableList());
    }

    private static QueryView parse(JsonNode json)
    {
        ImmutableList.Builder<String> resourceGroup = ImmutableList.builder();
        if (json.has("resourceGroupId")) {
            json.get("resourceGroupId").forEach(segment -> resourceGroup.add(segment.asText()));
        }
        JsonNode stats = json.get("queryStats");
        return new QueryView(
                json.get("queryId").asText(),
                json.get("state").asText(),
                json.get("query").asText(),
                json.get("session").get("user").asText(),
                text(json.get("session"), "source"),
                resourceGroup.build(),
                Instant.parse(stats.get("createTime").asText()),
                text(stats, "endTime").map(Instant::parse),
                Optional.ofNullable(json.get("errorCode")).filter(JsonNode::isObject).flatMap(errorCode -> text(errorCode, "name")));
    }

    private static Optional<String> text(JsonNode json, String field)
    {
        return Optional.ofNullable(json.get(field)).filter(value -> !value.isNull()).map(JsonNode::asText);
    }

    boolean isDone()
    {
        return state.equals("FINISHED") || state.equals("FAILED");
    }
}
