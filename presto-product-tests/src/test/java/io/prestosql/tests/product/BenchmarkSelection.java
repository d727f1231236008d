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
import io.airlift.log.Logger;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.util.concurrent.Executors.newFixedThreadPool;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Measures what selection costs a dispatcher: the processor time of one dispatcher, in turns with one cluster and no rules, and with many
 * clusters and rules, of which the last matches. All queries go to the same cluster; the others are away. What depends on time and not on
 * queries does not count for them: threads that ask each cluster for its coordinators are left out, and what the others use without queries
 * is measured before and after them. Not a test, and not part of the build: {@code bin/benchmark selection} runs it.
 */
public class BenchmarkSelection
{
    private static final Logger log = Logger.get(BenchmarkSelection.class);

    private static final int ROUNDS = Integer.getInteger("benchmark.rounds", 8);
    private static final int QUERIES = Integer.getInteger("benchmark.queries", 1000);
    private static final int WARM_UP_ROUNDS = 3;
    private static final int CLIENTS = 8;
    private static final int RULES = Integer.getInteger("benchmark.rules", 100);
    private static final int CLUSTERS = Integer.getInteger("benchmark.clusters", 20);
    private static final String NO_RULES = "{\"rules\": []}";
    private static final String SOURCE = "superset-sales-7";
    private static final Duration IDLE = Duration.ofSeconds(5);
    /** The compilers of the JVM, announcements and look-ups. */
    private static final Pattern FOR_NO_QUERY = Pattern.compile("C[12] Compiler|discovery-|http-client-dis|Announcer-");

    private final Path rules = Artifacts.target().resolve("benchmark-selection.json");

    private enum Setup
    {
        ONE_CLUSTER, RULES_AND_CLUSTERS
    }

    @Test
    public void benchmark()
            throws Exception
    {
        writeRules(NO_RULES);
        try (LocalCluster cluster = LocalCluster.builder("benchmark-selection")
                .dispatchers(1)
                .cluster("first:coordinator-workers=1")
                .property("dispatcher", "cluster.forget-after", "0s")
                .etc("dispatcher", "cluster-selection.properties", """
                        cluster-selection.configuration-manager=file
                        cluster-selection.config-file=%s
                        """.formatted(rules))
                .operator(Http.TEST_USER)
                .start()) {
            Measurements without = new Measurements();
            Measurements with = new Measurements();
            List<Double> ratios = new ArrayList<>();
            for (int round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
                Cost[] costs = new Cost[Setup.values().length];
                for (Setup setup : InTurns.order(Arrays.asList(Setup.values()), round & 1)) {
                    set(cluster, setup);
                    costs[setup.ordinal()] = measure(cluster);
                }
                if (round >= 0) {
                    without.add(costs[0]);
                    with.add(costs[1]);
                    ratios.add(costs[1].queryMillis() / costs[0].queryMillis());
                }
            }
            log.info("Processor time of the dispatcher, %s rounds of %s queries%n  one cluster, no rules: %s%n  %s clusters, %s rules: %s%n  ratio of the time per query in a round: median %.3f %s",
                    ROUNDS, QUERIES, without, CLUSTERS, RULES, with, new Distribution(ratios).median(), new Distribution(ratios));
        }
    }

    /**
     * @param queryMillis the processor time of each query, in milliseconds, without what is used anyway
     * @param idlePercent what is used without queries, in percent of one processor
     */
    private record Cost(double queryMillis, double idlePercent) {}

    private static final class Measurements
    {
        private final List<Double> queryMillis = new ArrayList<>();
        private final List<Double> idlePercent = new ArrayList<>();

        void add(Cost cost)
        {
            queryMillis.add(cost.queryMillis());
            idlePercent.add(cost.idlePercent());
        }

        @Override
        public String toString()
        {
            return "per query, in ms: median %.2f %s; without queries, in %% of a processor: median %.2f %s".formatted(
                    new Distribution(queryMillis).median(), new Distribution(queryMillis),
                    new Distribution(idlePercent).median(), new Distribution(idlePercent));
        }
    }

    private void set(LocalCluster cluster, Setup setup)
            throws IOException
    {
        boolean many = setup == Setup.RULES_AND_CLUSTERS;
        writeRules(many ? manyRules() : NO_RULES);
        int port = FreePorts.consecutivePorts(CLUSTERS);
        for (int number = 1; number < CLUSTERS; number++) {
            String path = "/v1/clusters/other" + number;
            HttpResponse<String> response = many
                    ? Http.request("PUT", cluster.uri().resolve(path), "{\"discovery.uri\": \"http://127.0.0.1:%s\"}".formatted(port + number), Http.USER_HEADER, Http.TEST_USER, "Content-Type", "application/json")
                    : Http.request("DELETE", cluster.uri().resolve(path), "", Http.AS_TEST_USER);
            assertThat(response.statusCode()).describedAs(response.body()).isIn(204, 404);
        }
        String reason = many ? "Rule last" : "";
        await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            assertThat(Http.getJson(cluster.uri().resolve("/v1/clusters"), Http.AS_TEST_USER).get("clusters")).hasSize(many ? CLUSTERS : 1);
            JsonNode selection = Http.parse(Http.request("POST", cluster.uri().resolve("/v1/cluster-selection"), "SELECT 1", Http.USER_HEADER, Http.TEST_USER, "X-Trino-Source", SOURCE).body());
            assertThat(selection.get("reason").asText()).startsWith(reason);
            assertThat(selection.get("cluster").asText()).isEqualTo("first");
        });
    }

    private void writeRules(String json)
            throws IOException
    {
        Path written = Files.writeString(rules.resolveSibling("benchmark-selection.new"), json);
        Files.move(written, rules, ATOMIC_MOVE);
    }

    private static String manyRules()
    {
        return IntStream.rangeClosed(1, RULES)
                .mapToObj(number -> number == RULES ? "{\"name\": \"last\", \"source\": \"superset-.*\", \"cluster\": \"first\"}" : switch (number % 5) {
                    case 0 -> "{\"user\": \"etl-%s-.*\", \"cluster\": \"other1\"}".formatted(number);
                    case 1 -> "{\"source\": \"(?<team>[a-z]+)-%s-.*\", \"cluster\": \"other2\"}".formatted(number);
                    case 2 -> "{\"table\": \"hive\\\\.schema%s\\\\..*\", \"queryType\": \"SELECT\", \"cluster\": \"other3\"}".formatted(number);
                    case 3 -> "{\"clientTags\": [\"tag%s\"], \"cluster\": \"other4\"}".formatted(number);
                    default -> "{\"headers\": {\"X-Team\": \"team%s-.*\"}, \"cluster\": \"other5\"}".formatted(number);
                })
                .collect(joining(",\n", "{\"rules\": [", "]}"));
    }

    private static Cost measure(LocalCluster cluster)
            throws Exception
    {
        double idleBefore = idle(cluster);
        ThreadTimes before = times(cluster);
        long began = System.nanoTime();
        runQueries(cluster);
        double seconds = (System.nanoTime() - began) / 1e9;
        double used = times(cluster).secondsSince(before, BenchmarkSelection::mayServeQueries);
        double idle = (idleBefore + idle(cluster)) / 2;
        return new Cost((used - idle * seconds) * 1000 / QUERIES, 100 * idle);
    }

    /**
     * Returns how many processors the dispatcher uses without queries.
     */
    private static double idle(LocalCluster cluster)
            throws Exception
    {
        ThreadTimes before = times(cluster);
        long began = System.nanoTime();
        Thread.sleep(IDLE);
        return times(cluster).secondsSince(before, BenchmarkSelection::mayServeQueries) * 1e9 / (System.nanoTime() - began);
    }

    private static ThreadTimes times(LocalCluster cluster)
            throws IOException
    {
        return ThreadTimes.of(cluster.pid("dispatcher-1"));
    }

    /**
     * Returns whether what a thread does can depend on queries.
     */
    private static boolean mayServeQueries(String thread)
    {
        return !FOR_NO_QUERY.matcher(thread).lookingAt();
    }

    private static void runQueries(LocalCluster cluster)
            throws Exception
    {
        try (ExecutorService executor = newFixedThreadPool(CLIENTS)) {
            List<Future<?>> clients = new ArrayList<>();
            for (int client = 0; client < CLIENTS; client++) {
                clients.add(executor.submit(() -> {
                    try (Connection connection = JdbcDriver.ENGINE_RELEASE.connect(cluster.uri(), "source", SOURCE);
                            Statement statement = connection.createStatement()) {
                        for (int number = 0; number < QUERIES / CLIENTS; number++) {
                            SmallestQuery.runMillis(statement);
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> client : clients) {
                client.get();
            }
        }
    }
}
