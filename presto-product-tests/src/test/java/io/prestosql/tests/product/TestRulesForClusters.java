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
import io.airlift.log.Logger;
import io.prestosql.tests.product.LocalCluster.Node;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.util.concurrent.Executors.newFixedThreadPool;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * Queries go to the cluster that the rules of {@link ThreeClusters} say, through any dispatcher.
 */
@Order(SharedCluster.THREE_CLUSTERS)
@TestInstance(PER_CLASS)
public class TestRulesForClusters
{
    private static final Logger log = Logger.get(TestRulesForClusters.class);

    /** Coordinators keep only the last queries. */
    private static final int ROUND = 10;
    private static final int ROUNDS = Tier.number(4, 10);

    private LocalCluster cluster;

    /**
     * What a client sends, and where that has to run.
     */
    private record Sample(String user, String sql, String header, String value, String expected) {}

    private static final List<Sample> SAMPLES = ImmutableList.of(
            new Sample("rules-second", "SELECT 1", "X-Trino-Source", "any", "second"),
            new Sample("test", "SELECT 1", "X-Trino-Source", "rules-third", "third"),
            new Sample("test", "SELECT 1", "X-Trino-Client-Tags", "rules-tag,other", "second"),
            new Sample("test", "SELECT count(*) FROM tpcds.sf1.income_band", "X-Trino-Source", "any", "third"),
            new Sample("test", "SELECT 1", "X-Trino-Routing-Group", "group-of-second", "second"));

    @BeforeAll
    public void setUp()
    {
        cluster = ThreeClusters.CLUSTER.get();
    }

    @Test
    public void testEachQueryRunsWhereTheRulesSay()
            throws Exception
    {
        Map<String, Integer> counts = new TreeMap<>();
        try (ExecutorService executor = newFixedThreadPool(ROUND)) {
            for (int round = 0; round < ROUNDS; round++) {
                Map<String, Sample> samples = new HashMap<>();
                List<Future<Map.Entry<String, Sample>>> queries = new ArrayList<>();
                for (int number : IntStream.range(0, ROUND).toArray()) {
                    URI dispatcher = cluster.dispatchers().get(number % 2).uri();
                    Sample sample = SAMPLES.get(number % SAMPLES.size());
                    queries.add(executor.submit(() -> {
                        ProtocolQuery query = ProtocolQuery.submitAs(sample.user(), dispatcher, sample.sql(), sample.header(), sample.value());
                        assertThat(query.readToEnd()).hasSize(1);
                        return Map.entry(query.id(), sample);
                    }));
                }
                for (Future<Map.Entry<String, Sample>> query : queries) {
                    samples.put(query.get(60, SECONDS).getKey(), query.get().getValue());
                }
                for (String name : cluster.clusters()) {
                    List<String> ran = cluster.nodesOf(name).stream()
                            .flatMap(node -> QueryView.queriesOn(node.uri(), cluster.secret(node)).stream())
                            .map(QueryView::id)
                            .filter(samples::containsKey)
                            .collect(toImmutableList());
                    assertThat(ran).as("queries that ran in cluster %s", name).allSatisfy(id -> assertThat(samples.get(id).expected()).isEqualTo(name));
                    counts.merge(name, ran.size(), Integer::sum);
                }
            }
        }
        log.info("Asked of the coordinators: %s of %s queries ran where the rules say", counts, ROUND * ROUNDS);
        assertThat(counts.values().stream().mapToInt(Integer::intValue).sum()).as("queries that the coordinators know").isEqualTo(ROUND * ROUNDS);
    }

    @Test
    public void testDryRunByCommand()
    {
        for (Node dispatcher : cluster.dispatchers()) {
            ProgramRun run = selectCluster("--server", dispatcher.uri().toString(), "--user", "test", "--client-tags", "rules-tag", "SELECT 1");
            assertThat(run.exitStatus()).as(run.errors()).isZero();
            JsonNode answer = Http.parse(run.output());
            assertThat(answer.get("reason").asText()).startsWith("Rule tags (");
            assertThat(answer.get("targets").get(0).asText()).isEqualTo("cluster second");
            assertThat(answer.get("cluster").asText()).isEqualTo("second");
        }
        ProgramRun wrong = selectCluster("--server", cluster.dispatchers().getFirst().uri().toString(), "--user", "test", "--header", "X-Trino-Routing-Group: group-of-nowhere", "SELECT 1");
        assertThat(wrong.exitStatus()).isEqualTo(22);
        assertThat(wrong.output()).contains("cluster nowhere");
        assertThat(selectCluster("--server", "SELECT 1").errors()).contains("there is no statement");
        assertThat(selectCluster("--sever", "x", "SELECT 1").errors()).contains("there is no option --sever");
    }

    private static ProgramRun selectCluster(String... arguments)
    {
        List<String> command = ImmutableList.<String>builder()
                .add(Installation.unpackedServer().resolve("bin/select-cluster").toString())
                .add(arguments)
                .build();
        return ProgramRun.run(Duration.ofSeconds(60), command.toArray(String[]::new));
    }
}
