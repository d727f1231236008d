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
import io.prestosql.tests.product.TestLeftoverTasks.Counters;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static io.prestosql.tests.product.NodeCounters.availableCoordinators;
import static io.prestosql.tests.product.NodeCounters.runningQueries;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static java.util.concurrent.TimeUnit.SECONDS;
import static java.util.function.Function.identity;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * A coordinator that is stopped in the middle of its work is not dead. New queries go elsewhere, while its own queries keep their slots
 * until it resumes, and then end as if nothing had happened.
 */
@Order(SharedCluster.EVERYDAY)
@TestInstance(PER_CLASS)
public class TestCoordinatorPause
{
    private static final Logger log = Logger.get(TestCoordinatorPause.class);

    private static final int LIMIT = 5;
    private static final int MORE = 6;
    private static final String PAUSED = "coordinator-1";
    private static final String OTHER = "coordinator-2";

    private LocalCluster cluster;

    @BeforeAll
    public void setUp()
    {
        cluster = EverydayCluster.get();
    }

    @Test
    public void testPausedCoordinatorKeepsItsQueriesAndGetsNoOthers()
            throws Exception
    {
        Node dispatcher = cluster.node("dispatcher-1");
        Node other = cluster.node(OTHER);
        await().atMost(ofSeconds(60)).untilAsserted(() -> {
            assertThat(cluster.coordinators()).allMatch(coordinator -> runningQueries(coordinator) == 0);
            assertThat(availableCoordinators(dispatcher)).isEqualTo(2);
        });

        List<Counters> leftoverTasks = leftoverTasks();
        Map<String, HeldQuery> held = submit(0, LIMIT);
        assertThat(held.values()).allMatch(HeldQuery::hold);
        Set<String> onPaused = runningOn(cluster, cluster.node(PAUSED));
        Set<String> onOther = runningOn(cluster, other);
        assertThat(onPaused).isNotEmpty();
        assertThat(onOther).isNotEmpty();
        assertThat(onPaused.size() + onOther.size()).isEqualTo(LIMIT);

        try (ExecutorService executor = newCachedThreadPool()) {
            List<Future<Boolean>> pausedResults = new ArrayList<>();
            cluster.pause(PAUSED);
            try {
                long pause = System.nanoTime();
                // their clients ask for more, and get no answer
                onPaused.forEach(id -> pausedResults.add(executor.submit(held.get(id)::finish)));
                await().atMost(ofSeconds(30)).pollInterval(ofMillis(20)).until(() -> availableCoordinators(dispatcher) == 1);
                log.info("%s gets no queries %.1f s after it was paused", PAUSED, (System.nanoTime() - pause) / 1e9);

                // a query that arrives during the pause is not sent to it
                for (int i = 0; i < MORE; i++) {
                    ProtocolQuery query = ProtocolQuery.submit(cluster.uri(), "SELECT count(*) FROM tpcds.tiny.ship_mode");
                    assertThat(query.readToEnd()).extracting(row -> row.get(0).asInt()).containsExactly(20);
                    assertThat(query.error()).isEmpty();
                    assertThat(QueryView.queriesOn(other.uri(), cluster.secret())).extracting(QueryView::id).contains(query.id());
                }

                // its own queries keep their slots: waiting queries get only those of the other coordinator
                Map<String, HeldQuery> queued = submit(LIMIT, MORE);
                assertGroup(LIMIT, MORE);
                onOther.forEach(id -> assertThat(held.get(id).finish()).isTrue());
                assertThat(onOther).allMatch(id -> held.get(id).query().error().isEmpty());
                await().atMost(ofSeconds(30)).untilAsserted(() -> assertGroup(LIMIT, MORE - onOther.size()));
                assertThat(runningOn(cluster, other)).hasSize(onOther.size()).isSubsetOf(queued.keySet());

                List<Future<Boolean>> queuedResults = new ArrayList<>();
                queued.values().forEach(query -> queuedResults.add(executor.submit(query::finish)));
                for (Future<Boolean> result : queuedResults) {
                    assertThat(result.get(120, SECONDS)).isTrue();
                }
                assertThat(queued.values()).allMatch(query -> query.query().error().isEmpty());
                await().atMost(ofSeconds(30)).untilAsserted(() -> assertGroup(onPaused.size(), 0));
                assertThat(pausedResults).noneMatch(Future::isDone);
                assertThat(QueryView.queriesOf(cluster.uri()))
                        .filteredOn(query -> onPaused.contains(query.id()))
                        .hasSameSizeAs(onPaused)
                        // the states that the leader has heard last, up to one report ago
                        .allSatisfy(query -> assertThat(query.state()).isIn("DISPATCHING", "PLANNING", "STARTING", "RUNNING"));
            }
            finally {
                cluster.resume(PAUSED);
            }
            for (Future<Boolean> result : pausedResults) {
                assertThat(result.get(120, SECONDS)).isTrue();
            }
        }
        assertThat(held.values()).allMatch(query -> query.query().error().isEmpty());
        await().atMost(ofSeconds(30)).untilAsserted(() -> assertGroup(0, 0));
        await().atMost(ofSeconds(30)).until(() -> availableCoordinators(dispatcher) == 2);
        // no worker took its tasks for leftover tasks
        assertThat(leftoverTasks()).isEqualTo(leftoverTasks);
        // none of its queries ran anywhere else
        assertThat(queriesOfGroup(cluster, cluster.node(PAUSED))).isEqualTo(onPaused);
        assertThat(queriesOfGroup(cluster, other)).doesNotContainAnyElementsOf(onPaused).hasSize(onOther.size() + MORE);
    }

    /**
     * Submits queries and polls each once, so that each of them runs or waits.
     */
    private Map<String, HeldQuery> submit(int first, int count)
    {
        List<HeldQuery> queries = new ArrayList<>();
        for (int i = first; i < first + count; i++) {
            HeldQuery query = HeldQuery.submit(cluster, EverydayCluster.FIVE_AT_A_TIME, i);
            query.query().advance();
            queries.add(query);
        }
        return queries.stream().collect(toImmutableMap(query -> query.query().id(), identity()));
    }

    private void assertGroup(int running, int queued)
    {
        JsonNode group = Http.getJson(cluster.uri("/v1/resourceGroupState/five"), Http.AS_TEST_USER);
        assertThat(group.get("numRunningQueries").asInt()).describedAs("running").isEqualTo(running);
        assertThat(group.get("numQueuedQueries").asInt()).describedAs("queued").isEqualTo(queued);
    }

    private List<Counters> leftoverTasks()
    {
        return cluster.workers().stream().map(worker -> TestLeftoverTasks.counters(cluster, worker)).toList();
    }

    private static Set<String> runningOn(LocalCluster cluster, Node coordinator)
    {
        return QueryView.queriesOn(coordinator.uri(), cluster.secret()).stream()
                .filter(query -> query.resourceGroup().equals(List.of("five")) && !query.isDone())
                .map(QueryView::id)
                .collect(toImmutableSet());
    }

    private static Set<String> queriesOfGroup(LocalCluster cluster, Node coordinator)
    {
        return QueryView.queriesOn(coordinator.uri(), cluster.secret()).stream()
                .filter(query -> query.resourceGroup().equals(List.of("five")))
                .map(QueryView::id)
                .collect(toImmutableSet());
    }
}
