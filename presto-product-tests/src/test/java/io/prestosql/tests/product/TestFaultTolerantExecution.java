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
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static io.prestosql.tests.product.NodeCounters.activeNodes;
import static java.time.Duration.ofSeconds;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * Two coordinators share the workers and the folder of the exchange. A worker is killed, and every query has its right result all the same.
 */
@TestInstance(PER_CLASS)
public class TestFaultTolerantExecution
{
    private static final Logger log = Logger.get(TestFaultTolerantExecution.class);

    private static final String VICTIM = "worker-2";
    private static final int CLIENTS = 4;
    private static final List<String> QUERIES = ImmutableList.of(
            "SELECT o.orderpriority, count(*), sum(l.linenumber) FROM tpch.tiny.lineitem l JOIN tpch.tiny.orders o ON l.orderkey = o.orderkey GROUP BY 1 ORDER BY 1",
            // the filter on customers is a dynamic one for orders
            "SELECT c.nationkey, count(*) FROM tpch.tiny.orders o JOIN tpch.tiny.customer c ON o.custkey = c.custkey WHERE c.acctbal > 9000 GROUP BY 1 ORDER BY 1",
            "SELECT orderkey, count(*) FROM tpch.tiny.lineitem GROUP BY 1 HAVING count(*) > 6 ORDER BY 1");

    private LocalCluster cluster;

    @BeforeAll
    public void setUp(@TempDir Path exchange)
    {
        LocalCluster.Builder builder = LocalCluster.builder("fault-tolerant")
                .coordinators(2)
                .workers(2)
                .jvm("dispatcher", "-Xmx256M")
                .jvm("coordinator", "-Xmx768M")
                .jvm("worker", "-Xmx768M")
                .shortLived();
        for (String role : ImmutableList.of("coordinator", "worker")) {
            builder
                    .property(role, "retry-policy", "TASK")
                    .property(role, "retry-initial-delay", "500ms")
                    .property(role, "fault-tolerant-execution-task-memory", "64MB")
                    .property(role, "fault-tolerant-execution-coordinator-task-memory", "64MB")
                    .etc(role, "exchange-manager.properties", """
                            exchange-manager.name=filesystem
                            exchange.base-directories=%s
                            """.formatted(exchange));
        }
        cluster = builder.start();
    }

    @AfterAll
    public void tearDown()
    {
        if (cluster != null) {
            cluster.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TASK", "QUERY"})
    public void testKilledWorker(String retryPolicy)
            throws Exception
    {
        Map<String, List<JsonNode>> results = QUERIES.stream()
                .collect(toImmutableMap(sql -> sql, sql -> run(sql, "NONE").readToEnd()));
        assertThat(results.values()).noneMatch(List::isEmpty);

        AtomicBoolean done = new AtomicBoolean();
        List<ProtocolQuery> queries = new ArrayList<>();
        try (ExecutorService executor = newCachedThreadPool()) {
            try {
                List<Future<List<ProtocolQuery>>> clients = new ArrayList<>();
                for (int i = 0; i < CLIENTS; i++) {
                    int client = i;
                    clients.add(executor.submit(() -> run(retryPolicy, client, results, done)));
                }
                // in the middle of something
                await().atMost(ofSeconds(120)).until(() -> cluster.coordinators().stream().allMatch(coordinator -> isRunningTasks(coordinator, retryPolicy)));
                cluster.killNow(VICTIM);
                cluster.restart(VICTIM);
                await().atMost(ofSeconds(180)).until(() -> cluster.coordinators().stream().allMatch(coordinator -> activeNodes(coordinator) == 4));
                done.set(true);
                for (Future<List<ProtocolQuery>> client : clients) {
                    queries.addAll(client.get(300, SECONDS));
                }
            }
            finally {
                done.set(true);
            }
        }

        assertThat(queries).allMatch(query -> query.error().isEmpty());
        Set<String> ids = queries.stream().map(ProtocolQuery::id).collect(toImmutableSet());
        List<List<String>> byCoordinator = cluster.coordinators().stream()
                .map(coordinator -> QueryView.queriesOn(coordinator.uri(), cluster.secret()).stream().map(QueryView::id).filter(ids::contains).collect(toImmutableList()))
                .collect(toImmutableList());
        long failedTasks = 0;
        for (int i = 0; i < byCoordinator.size(); i++) {
            assertThat(byCoordinator.get(i)).isNotEmpty();
            for (String id : byCoordinator.get(i)) {
                failedTasks += Http.getJson(cluster.coordinators().get(i).uri().resolve("/v1/query/" + id), Http.AS_TEST_USER).get("queryStats").get("failedTasks").asLong();
            }
        }
        log.info("retry-policy=%s: %s queries, %s of them on one coordinator and %s on the other; %s tasks failed, and no query", retryPolicy, queries.size(), byCoordinator.get(0).size(), byCoordinator.get(1).size(), failedTasks);
        assertThat(failedTasks).isPositive();
    }

    private boolean isRunningTasks(Node coordinator, String retryPolicy)
    {
        return QueryView.withMarker(QueryView.queriesOn(coordinator.uri(), cluster.secret()), marker(retryPolicy)).stream().anyMatch(query -> query.state().equals("RUNNING"));
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
