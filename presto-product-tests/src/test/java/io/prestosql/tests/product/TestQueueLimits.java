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
import io.prestosql.tests.product.LocalCluster.Node;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static io.prestosql.tests.product.NodeCounters.runningQueries;
import static java.time.Duration.ofSeconds;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * A resource group's limit holds over all coordinators together, and its queries start in the order of their arrival.
 */
@Order(SharedCluster.EVERYDAY)
@Tag("long")
@TestInstance(PER_CLASS)
public class TestQueueLimits
{
    private static final Logger log = Logger.get(TestQueueLimits.class);

    private static final int LIMIT = 3;
    private static final int QUERIES = 100;
    /** How far a query may start from its place: queries that are submitted at the same time start in any order. */
    private static final int MAX_DISPLACEMENT = 5;

    private LocalCluster cluster;

    @BeforeAll
    public void setUp()
    {
        cluster = EverydayCluster.get();
    }

    @Test
    public void testNoMoreThanLimitRunsAndOrderIsFair()
            throws Exception
    {
        List<Node> coordinators = cluster.coordinators();
        await().atMost(ofSeconds(60)).untilAsserted(() -> assertThat(coordinators).allMatch(coordinator -> runningQueries(coordinator) == 0));
        long start = System.nanoTime();

        int[] maxOnOne = new int[coordinators.size()];
        int[] samples = new int[1];
        List<ProtocolQuery> queries = new ArrayList<>();
        try (ExecutorService executor = newCachedThreadPool()) {
            AtomicBoolean done = new AtomicBoolean();
            Future<?> sampler = executor.submit(() -> {
                while (!done.get()) {
                    for (int i = 0; i < coordinators.size(); i++) {
                        maxOnOne[i] = Math.max(maxOnOne[i], runningQueries(coordinators.get(i)));
                    }
                    samples[0]++;
                    // leaves processor time for the queries
                    MILLISECONDS.sleep(10);
                }
                return null;
            });

            List<Future<List<JsonNode>>> results = new ArrayList<>();
            try {
                for (int i = 0; i < QUERIES; i++) {
                    ProtocolQuery query = ProtocolQuery.submit(
                            cluster.uri(),
                            "SELECT %s, sum(custkey) FROM tpch.tiny.customer".formatted(i),
                            "X-Trino-Source", EverydayCluster.THREE_AT_A_TIME);
                    queries.add(query);
                    results.add(executor.submit(query::readToEnd));
                }
                for (int i = 0; i < QUERIES; i++) {
                    List<JsonNode> rows = results.get(i).get(120, SECONDS);
                    assertThat(queries.get(i).error()).isEmpty();
                    assertThat(rows).hasSize(1);
                    assertThat(rows.getFirst().get(0).asInt()).isEqualTo(i);
                    assertThat(rows.getFirst().get(1).asLong()).isEqualTo(1_125_750);
                }
            }
            finally {
                done.set(true);
            }
            sampler.get(60, SECONDS);
        }
        double seconds = (System.nanoTime() - start) / 1e9;

        // the coordinators' own times for each query
        Map<String, RunningTime> times = new HashMap<>();
        Map<String, Integer> byCoordinator = new HashMap<>();
        for (Node coordinator : coordinators) {
            for (QueryView query : QueryView.queriesOn(coordinator.uri(), cluster.secret())) {
                if (query.resourceGroup().equals(List.of("three"))) {
                    assertThat(times.put(query.id(), new RunningTime(query.id(), query.startTime(), query.endTime().orElseThrow())))
                            .describedAs("query that ran twice")
                            .isNull();
                    byCoordinator.merge(coordinator.name(), 1, Integer::sum);
                }
            }
        }
        assertThat(times.keySet()).isEqualTo(queries.stream().map(ProtocolQuery::id).collect(toImmutableSet()));
        int maxAtOnce = RunningTime.maxAtOnce(times.values());

        List<String> startOrder = times.values().stream()
                .sorted(Comparator.comparing(RunningTime::start))
                .map(RunningTime::queryId)
                .collect(toImmutableList());
        int displacement = 0;
        for (int i = 0; i < QUERIES; i++) {
            displacement = Math.max(displacement, Math.abs(i - startOrder.indexOf(queries.get(i).id())));
        }

        log.info("%s queries, %s at a time: %.1f s; at once, by the coordinators' own times: %s; most on one coordinator in %s samples: %s; queries by coordinator: %s; furthest from its place in the order: %s",
                QUERIES, LIMIT, seconds, maxAtOnce, samples[0], Arrays.toString(maxOnOne), byCoordinator, displacement);
        assertThat(maxAtOnce).isEqualTo(LIMIT);
        for (int max : maxOnOne) {
            assertThat(max).isLessThanOrEqualTo(LIMIT);
        }
        assertThat(byCoordinator.keySet()).hasSize(coordinators.size());
        assertThat(displacement).isLessThanOrEqualTo(MAX_DISPLACEMENT);
    }
}
