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
import com.google.common.collect.ImmutableMap;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static com.google.common.base.Preconditions.checkState;
import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.lang.Math.max;
import static java.lang.Math.round;
import static java.util.concurrent.TimeUnit.DAYS;
import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.MINUTES;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * A query as shown by {@code /v1/query} of a node, or by one coordinator to other nodes.
 *
 * @param createTime when the client submitted it
 * @param startTime when it left the queue and its coordinator began to plan it; for a query that still waits, the present time
 */
record QueryView(String id, String state, String sql, String user, Optional<String> source, List<String> resourceGroup, Instant createTime, Instant startTime, Optional<Instant> endTime, Optional<String> errorName)
{
    private static final Pattern DURATION = Pattern.compile("([0-9.]+)([a-z]+)");
    private static final Map<String, Long> UNIT_NANOS = ImmutableMap.<String, Long>builder()
            .put("ns", 1L)
            .put("us", 1_000L)
            .put("ms", 1_000_000L)
            .put("s", SECONDS.toNanos(1))
            .put("m", MINUTES.toNanos(1))
            .put("h", HOURS.toNanos(1))
            .put("d", DAYS.toNanos(1))
            .buildOrThrow();

    /**
     * Returns the queries of the cluster, as that node shows them.
     */
    static List<QueryView> queriesOf(URI node)
    {
        return ImmutableList.copyOf(Http.getJson(node.resolve("/v1/query"), Http.AS_TEST_USER)).stream()
                .map(QueryView::parse)
                .collect(toImmutableList());
    }

    /**
     * Returns the queries of the cluster whose text contains the marker, as that node shows them.
     */
    static List<QueryView> queriesWith(URI node, String marker)
    {
        return withMarker(queriesOf(node), marker);
    }

    /**
     * Returns the queries that one coordinator itself has.
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
                startTime(stats),
                text(stats, "endTime").map(Instant::parse),
                Optional.ofNullable(json.get("errorCode")).filter(JsonNode::isObject).flatMap(errorCode -> text(errorCode, "name")));
    }

    private static Instant startTime(JsonNode stats)
    {
        return text(stats, "endTime")
                // by the coordinator's own clock
                .map(endTime -> Instant.parse(endTime).minusNanos(nanos(stats, "executionTime", -0.005)))
                .orElseGet(() -> Instant.parse(stats.get("createTime").asText()).plusNanos(nanos(stats, "queuedTime", 0.005)));
    }

    /**
     * @param rounding added to the shown duration, which has two decimals, so that the computed start is not too early
     */
    private static long nanos(JsonNode stats, String field, double rounding)
    {
        Matcher duration = DURATION.matcher(stats.get(field).asText());
        checkState(duration.matches(), "%s is not a duration: %s", field, stats.get(field));
        return max(0, round((Double.parseDouble(duration.group(1)) + rounding) * UNIT_NANOS.get(duration.group(2))));
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
