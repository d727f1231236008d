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
import com.google.common.collect.ArrayListMultimap;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ListMultimap;
import io.airlift.log.Logger;
import io.prestosql.tests.product.LocalCluster.Node;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static com.google.common.collect.MoreCollectors.onlyElement;
import static io.prestosql.tests.product.NodeCounters.activeNodes;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * Two coordinators share the workers and the folder of the exchange. A worker is killed, and every query still has the right result.
 */
@Order(SharedCluster.EVERYDAY)
@TestInstance(PER_CLASS)
@Tag("long")
public class TestFaultTolerantExecution
{
    private static final Logger log = Logger.get(TestFaultTolerantExecution.class);

    private static final String VICTIM = "worker-2";
    private static final Set<String> UNFINISHED = ImmutableSet.of("PLANNED", "RUNNING", "FLUSHING");
    private static final int CLIENTS = 4;
    private static final List<String> QUERIES = ImmutableList.of(
            "SELECT o.orderpriority, count(*), sum(l.linenumber) FROM tpch.tiny.lineitem l JOIN tpch.tiny.orders o ON l.orderkey = o.orderkey GROUP BY 1 ORDER BY 1",
            // the filter on customers becomes a dynamic filter on orders
            "SELECT c.nationkey, count(*) FROM tpch.tiny.orders o JOIN tpch.tiny.customer c ON o.custkey = c.custkey WHERE c.acctbal > 9000 GROUP BY 1 ORDER BY 1",
            "SELECT orderkey, count(*) FROM tpch.tiny.lineitem GROUP BY 1 HAVING count(*) > 6 ORDER BY 1");

    private LocalCluster cluster;

    @BeforeAll
    public void setUp()
    {
        cluster = EverydayCluster.get();
    }

    /**
     * Runs queries with both retry policies at once.
     */
    @Test
    public void testKilledWorker()
            throws Exception
    {
        testKilledWorker(ImmutableList.of("TASK", "QUERY"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"TASK", "QUERY"})
    public void testKilledWorker(String retryPolicy)
            throws Exception
    {
        testKilledWorker(ImmutableList.of(retryPolicy));
    }

    private void testKilledWorker(List<String> retryPolicies)
            throws Exception
    {
        Map<String, List<JsonNode>> results = QUERIES.stream()
                .collect(toImmutableMap(sql -> sql, sql -> run(sql, "NONE").readToEnd()));
        assertThat(results.values()).noneMatch(List::isEmpty);

        AtomicBoolean done = new AtomicBoolean();
        ListMultimap<String, ProtocolQuery> queries = ArrayListMultimap.create();
        try (ExecutorService executor = newCachedThreadPool()) {
            try {
                List<Future<List<ProtocolQuery>>> clients = new ArrayList<>();
                for (int i = 0; i < CLIENTS; i++) {
                    int client = i;
                    clients.add(executor.submit(() -> run(retryPolicy(retryPolicies, client), client, results, done)));
                }
                // in the middle of tasks, which it cannot end before it dies
                cluster.pause(VICTIM);
                await().atMost(ofSeconds(120)).pollInterval(ofMillis(20)).until(() -> retryPolicies.stream().allMatch(this::isVictimMissed));
                cluster.kill(VICTIM);
                cluster.restart(VICTIM);
                await().atMost(ofSeconds(180)).until(() -> cluster.coordinators().stream().allMatch(coordinator -> activeNodes(coordinator) == 4));
                done.set(true);
                for (int i = 0; i < CLIENTS; i++) {
                    queries.putAll(retryPolicy(retryPolicies, i), clients.get(i).get(300, SECONDS));
                }
            }
            finally {
                done.set(true);
            }
        }

        assertThat(queries.values()).allMatch(query -> query.error().isEmpty());
        Map<Node, Set<String>> byCoordinator = cluster.coordinators().stream()
                .collect(toImmutableMap(coordinator -> coordinator, coordinator -> QueryView.queriesOn(coordinator.uri(), cluster.secret()).stream().map(QueryView::id).collect(toImmutableSet())));
        assertThat(byCoordinator.values()).allMatch(there -> queries.values().stream().anyMatch(query -> there.contains(query.id())));
        for (String retryPolicy : retryPolicies) {
            long failedTasks = 0;
            for (ProtocolQuery query : queries.get(retryPolicy)) {
                Node coordinator = byCoordinator.keySet().stream().filter(node -> byCoordinator.get(node).contains(query.id())).collect(onlyElement());
                failedTasks += Http.getJson(coordinator.uri().resolve("/v1/query/" + query.id()), Http.AS_TEST_USER).get("queryStats").get("failedTasks").asLong();
            }
            log.info("retry-policy=%s: %s queries; %s tasks failed, and no query", retryPolicy, queries.get(retryPolicy).size(), failedTasks);
            assertThat(failedTasks).describedAs(retryPolicy).isPositive();
        }
    }

    private static String retryPolicy(List<String> retryPolicies, int client)
    {
        return retryPolicies.get(client % retryPolicies.size());
    }

    /**
     * Returns whether a coordinator waits for a task on the victim, of a query with that retry policy.
     */
    private boolean isVictimMissed(String retryPolicy)
    {
        return cluster.coordinators().stream()
                .flatMap(coordinator -> QueryView.withMarker(QueryView.queriesOn(coordinator.uri(), cluster.secret()), marker(retryPolicy)).stream()
                        .filter(query -> !query.isDone())
                        .map(query -> cluster.getInternal(coordinator, "/v1/view/query/%s/info".formatted(query.id()))))
                .flatMap(query -> query.findValues("taskStatus").stream())
                .anyMatch(task -> task.get("nodeId").asText().equals(VICTIM) && UNFINISHED.contains(task.get("state").asText()));
    }

    private List<ProtocolQuery> run(String retryPolicy, int client, Map<String, List<JsonNode>> results, AtomicBoolean done)
    {
        List<ProtocolQuery> queries = new ArrayList<>();
        while (!done.get()) {
            String sql = QUERIES.get((client + queries.size()) % QUERIES.size());
            ProtocolQuery query = run(sql, retryPolicy);
            List<JsonNode> rows = query.readToEnd();
            assertThat(query.error()).describedAs(sql).isEmpty();
            assertThat(rows).describedAs(sql).isEqualTo(results.get(sql));
            queries.add(query);
        }
        return queries;
    }

    private ProtocolQuery run(String sql, String retryPolicy)
    {
        return ProtocolQuery.submit(cluster.uri(), sql + marker(retryPolicy), "X-Trino-Session", "retry_policy=" + retryPolicy);
    }

    private static String marker(String retryPolicy)
    {
        return " -- retry policy " + retryPolicy;
    }
}
