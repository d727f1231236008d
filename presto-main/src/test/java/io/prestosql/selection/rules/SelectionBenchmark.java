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
package io.prestosql.selection.rules;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.prestosql.node.ClusterName;
import io.prestosql.selection.StatementAnalysis;
import io.prestosql.selection.TestingSelectionContext;
import io.prestosql.selection.core.ClusterCapacity;
import io.prestosql.selection.core.ClusterLabels;
import io.prestosql.selection.core.ClusterRooms;
import io.prestosql.selection.core.ClusterRoute.ToTargets;
import io.prestosql.spi.selection.ClusterSelection;
import io.prestosql.spi.selection.SelectionQuery;
import io.prestosql.spi.selection.SelectionRequest;
import io.trino.spi.QueryId;
import io.trino.sql.parser.SqlParser;
import io.trino.sql.tree.Statement;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

/**
 * Prints how long it takes to select a cluster by rules, beside how long the engine's parser takes for the same statement: {@code
 * SelectionBenchmark [ROUNDS [RULES CLUSTERS]]}. The last rule matches.
 */
public final class SelectionBenchmark
{
    private static final String SQL = """
            SELECT o.orderpriority, count(*) FROM hive.sales.orders o JOIN hive.sales.lineitem l ON o.orderkey = l.orderkey
            WHERE o.orderdate >= DATE '2026-01-01' AND l.commitdate < l.receiptdate GROUP BY o.orderpriority ORDER BY 1
            """;

    private SelectionBenchmark() {}

    public static void main(String[] arguments)
    {
        int rounds = arguments.length == 0 ? 50_000 : Integer.parseInt(arguments[0]);
        int ruleCount = arguments.length < 3 ? 100 : Integer.parseInt(arguments[1]);
        int clusterCount = arguments.length < 3 ? 20 : Integer.parseInt(arguments[2]);
        String[] groups = IntStream.range(0, clusterCount).mapToObj(number -> "group" + number).toArray(String[]::new);
        Targets targets = new Targets(new TestingSelectionContext().withRoutingGroups(groups));
        SelectionRules rules = rules(ruleCount, clusterCount);
        ClusterRooms rooms = rooms(clusterCount);
        SqlParser parser = new SqlParser();
        // the first half is for the compiler of the virtual machine
        for (int half = 0; half < 2; half++) {
            long[] parsing = new long[rounds];
            long[] selecting = new long[rounds];
            for (int round = 0; round < rounds; round++) {
                long start = System.nanoTime();
                Statement statement = parser.createStatement(SQL);
                long parsed = System.nanoTime();
                ClusterSelection selection = rules.select(query(statement, rules.inspect(request())), targets);
                List<ClusterName> choices = rooms.choices(new QueryId("query"), ToTargets.of(selection));
                selecting[round] = System.nanoTime() - parsed;
                parsing[round] = parsed - start;
                if (choices.isEmpty()) {
                    throw new IllegalStateException("No cluster was selected: " + selection);
                }
            }
            if (half == 1) {
                print("parsing", parsing);
                print("selecting", selecting);
            }
        }
    }

    private static SelectionRequest request()
    {
        return new SelectionRequest(SQL, "alice", Optional.empty(), "/v1/statement", Optional.of("10.0.0.1"), ImmutableMap.of(
                "x-trino-user", ImmutableList.of("alice"),
                "x-trino-source", ImmutableList.of("superset-sales-7"),
                "user-agent", ImmutableList.of("trino-cli"),
                "x-team", ImmutableList.of("sales")));
    }

    private static SelectionQuery query(Statement statement, Map<String, String> facts)
    {
        return new SelectionQuery(
                "alice",
                "alice",
                Optional.empty(),
                ImmutableSet.of("analysts", "sales"),
                Optional.of("superset-sales-7"),
                ImmutableSet.of("dashboard"),
                Optional.empty(),
                ImmutableMap.of("query_max_run_time", "1h"),
                "global.sales",
                StatementAnalysis.analyze(statement, Optional.of("hive"), Optional.of("default")),
                facts);
    }

    private static SelectionRules rules(int count, int clusters)
    {
        String json = IntStream.rangeClosed(1, count)
                .mapToObj(number -> {
                    String condition = number == count ? "\"source\": \"superset-.*\"" : switch (number % 5) {
                        case 0 -> "\"user\": \"etl-%s-.*\"".formatted(number);
                        case 1 -> "\"source\": \"(?<team>[a-z]+)-%s-.*\"".formatted(number);
                        case 2 -> "\"table\": \"hive\\\\.schema%s\\\\..*\", \"queryType\": \"SELECT\"".formatted(number);
                        case 3 -> "\"clientTags\": [\"tag%s\"]".formatted(number);
                        default -> "\"headers\": {\"X-Team\": \"team%s-.*\"}, \"userGroup\": \".*-%s\"".formatted(number, number);
                    };
                    return "{%s, \"routingGroup\": \"group%s\"}".formatted(condition, number % clusters);
                })
                .collect(joining(",\n", "{\"rules\": [", "]}"));
        return new RulesFile(Path.of("rules.json")).parse(json.getBytes(UTF_8));
    }

    private static ClusterRooms rooms(int clusters)
    {
        ClusterRooms rooms = new ClusterRooms();
        rooms.setCapacities(IntStream.range(0, clusters).boxed().collect(toImmutableMap(
                number -> new ClusterName("cluster" + number),
                number -> new ClusterCapacity(true, true, OptionalInt.of(100), 64, new ClusterLabels(ImmutableSet.of("group" + number), ImmutableSet.of(), 1)))));
        return rooms;
    }

    private static void print(String name, long[] nanos)
    {
        Arrays.sort(nanos);
        System.out.printf("%s: p50 %.1f us, p99 %.1f us%n", name, nanos[nanos.length / 2] / 1000.0, nanos[nanos.length / 100 * 99] / 1000.0);
    }
}
