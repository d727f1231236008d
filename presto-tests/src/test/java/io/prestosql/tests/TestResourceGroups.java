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
package io.prestosql.tests;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableMap;
import io.airlift.log.Logger;
import io.airlift.units.DataSize;
import io.airlift.units.Duration;
import io.prestosql.coordinator.AssignedQueries;
import io.prestosql.dispatcher.admission.QueueAdmission;
import io.prestosql.testing.GatePlugin;
import io.prestosql.testing.Gates;
import io.prestosql.testing.RawClient;
import io.prestosql.testing.TestingClient;
import io.prestosql.testing.TestingPrestoCluster;
import io.prestosql.testing.TestingPrestoServer;
import io.prestosql.testing.TestingTier;
import io.trino.client.QueryError;
import io.trino.dispatcher.DispatchManager;
import io.trino.execution.resourcegroups.InternalResourceGroupManager;
import io.trino.memory.ClusterMemoryManager;
import io.trino.plugin.resourcegroups.ResourceGroupManagerPlugin;
import io.trino.plugin.tpch.TpchPlugin;
import io.trino.server.BasicQueryInfo;
import io.trino.server.testing.TestingTrinoServer;
import io.trino.spi.QueryId;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;

import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.airlift.units.Duration.nanosSince;
import static io.prestosql.node.NodeRole.COORDINATOR;
import static io.trino.execution.QueryState.QUEUED;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * The official file-based resource groups on the dispatcher limit two coordinators together.
 */
@TestInstance(PER_CLASS)
public class TestResourceGroups
{
    private static final Logger log = Logger.get(TestResourceGroups.class);

    private static final long SAMPLE_NANOS = 200_000;
    private static final int WARM_UP_ROUNDS = 5;
    private static final int ROUNDS = TestingTier.rounds(5, 20);
    private static final int QUERIES = TestingTier.rounds(40, 100);

    private static final String RESOURCE_GROUPS =
            """
            {
              "rootGroups": [
                {"name": "limited", "softMemoryLimit": "100%", "hardConcurrencyLimit": 3, "maxQueued": 200},
                {"name": "slot", "softMemoryLimit": "100%", "hardConcurrencyLimit": 1, "maxQueued": 10},
                {"name": "cpu", "softMemoryLimit": "100%", "hardConcurrencyLimit": 10, "maxQueued": 10, "softCpuLimit": "1ms", "hardCpuLimit": "1ms"},
                {"name": "cpu_soft", "softMemoryLimit": "100%", "hardConcurrencyLimit": 2, "maxQueued": 10, "softCpuLimit": "1ms", "hardCpuLimit": "10m"},
                {"name": "cpu_quota", "softMemoryLimit": "100%", "hardConcurrencyLimit": 2, "maxQueued": 10, "softCpuLimit": "1ms", "hardCpuLimit": "2.4h"},
                {"name": "memory", "softMemoryLimit": "1B", "hardConcurrencyLimit": 10, "maxQueued": 10},
                {"name": "users", "softMemoryLimit": "100%", "hardConcurrencyLimit": 100, "maxQueued": 100, "subGroups": [
                  {"name": "${USER}", "softMemoryLimit": "100%", "hardConcurrencyLimit": 1, "maxQueued": 1}
                ]},
                {"name": "rest", "softMemoryLimit": "100%", "hardConcurrencyLimit": 100, "maxQueued": 100}
              ],
              "selectors": [
                {"source": "limited", "group": "limited"},
                {"source": "slot", "group": "slot"},
                {"source": "cpu", "group": "cpu"},
                {"source": "cpu_soft", "group": "cpu_soft"},
                {"source": "cpu_quota", "group": "cpu_quota"},
                {"source": "memory", "group": "memory"},
                {"source": "users", "group": "users.${USER}"},
                {"group": "rest"}
              ],
              "cpuQuotaPeriod": "24h"
            }
            """;

    private final Gates gates = new Gates();
    private final ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));
    private Map<String, String> configuration;
    private TestingPrestoCluster cluster;
    private TestingClient client;
    private RawClient rawClient;

    @BeforeAll
    public void setUp(@TempDir Path directory)
            throws IOException
    {
        Path file = directory.resolve("resource-groups.json");
        Files.writeString(file, RESOURCE_GROUPS);
        configuration = ImmutableMap.of("resource-groups.config-file", file.toString());
        cluster = TestingPrestoCluster.builder()
                .addDispatchers(1)
                .addCoordinators(2)
                .addWorkers(1)
                .addPlugin(new TpchPlugin())
                .addPlugin(new GatePlugin(gates))
                .addPlugin(new ResourceGroupManagerPlugin())
                .addCatalog("tpch", "tpch")
                .addCatalog("gate", "gate")
                .setResourceGroups(configuration)
                .build();
        client = new TestingClient(cluster.getDispatcherUrl());
        rawClient = new RawClient();
    }

    @AfterAll
    public void tearDown()
    {
        executor.shutdownNow();
        rawClient.close();
        client.close();
        cluster.close();
    }

    @Test
    public void testLimitHoldsOverCoordinators()
            throws Exception
    {
        List<TestingPrestoServer> coordinators = cluster.getServers(COORDINATOR);
        List<AssignedQueries> dispatched = coordinators.stream()
                .map(coordinator -> coordinator.getInstance(AssignedQueries.class))
                .toList();
        gates.open("limited");
        List<Future<TestingClient.Result>> results = new ArrayList<>();
        for (int i = 0; i < QUERIES; i++) {
            results.add(submit("user", "limited", "SELECT x FROM gate.default.limited"));
        }
        int samples = 0;
        int maxRunning = 0;
        while (!results.stream().allMatch(Future::isDone)) {
            LockSupport.parkNanos(SAMPLE_NANOS);
            List<Long> before = dispatched.stream().map(TestResourceGroups::version).toList();
            int running = dispatched.stream().mapToInt(AssignedQueries::getRunningQueries).sum();
            List<Long> after = dispatched.stream().map(TestResourceGroups::version).toList();
            // the sum is that of both coordinators at one moment
            if (before.equals(after)) {
                samples++;
                maxRunning = Math.max(maxRunning, running);
            }
        }
        for (Future<TestingClient.Result> result : results) {
            assertThat(result.get().onlyValue()).isEqualTo(42L);
        }
        log.info("%s queries in a group with the limit 3: at most %s running in %s samples of both coordinators, at most %s seen by the workers", QUERIES, maxRunning, samples, gates.getMaxInside());
        assertThat(samples).isPositive();
        assertThat(maxRunning).isLessThanOrEqualTo(3);
        assertThat(gates.getMaxInside()).isLessThanOrEqualTo(3);
        for (AssignedQueries queries : dispatched) {
            assertThat(version(queries)).as("queries went to each coordinator").isPositive();
        }
    }

    private static long version(AssignedQueries queries)
    {
        return queries.getChanges(Optional.empty(), Optional.empty()).version();
    }

    @Test
    public void testGroupOfEachUser()
            throws Exception
    {
        Future<TestingClient.Result> alice = submit("alice", "users", "SELECT x FROM gate.default.alice");
        awaitInside("alice", 1);
        Future<TestingClient.Result> aliceQueued = submit("alice", "users", "SELECT x FROM gate.default.alice");
        awaitQueued("users/alice", 1);

        QueryError tooMany = client.execute(session -> session.user(Optional.of("alice")).source("users"), "SELECT 1").error().orElseThrow();
        assertThat(tooMany)
                .usingRecursiveComparison()
                .ignoringFields("failureInfo")
                .isEqualTo(queueFullErrorOfStockServer());

        // another user has a separate group
        assertThat(client.execute(session -> session.user(Optional.of("bob")).source("users"), "SELECT 2").onlyValue()).isEqualTo(2);
        assertThat(gates.getInside("alice")).isEqualTo(1);

        gates.open("alice");
        assertThat(alice.get().onlyValue()).isEqualTo(42L);
        TestingClient.Result waited = aliceQueued.get();
        assertThat(waited.onlyValue()).isEqualTo(42L);
        List<Object> row = client.execute("SELECT resource_group_id, queued_time_ms FROM system.runtime.queries WHERE query_id = '" + waited.queryId() + "'").rows().getFirst();
        assertThat(row.get(0)).isEqualTo(List.of("users", "alice"));
        assertThat((long) row.get(1)).isPositive();
    }

    private QueryError queueFullErrorOfStockServer()
            throws Exception
    {
        Gates stockGates = new Gates();
        try (TestingTrinoServer stock = TestingTrinoServer.create()) {
            stock.installPlugin(new GatePlugin(stockGates));
            stock.installPlugin(new ResourceGroupManagerPlugin());
            stock.createCatalog("gate", "gate", ImmutableMap.of());
            ((InternalResourceGroupManager<?>) stock.getResourceGroupManager().orElseThrow()).setConfigurationManager("file", configuration);
            try (TestingClient stockClient = new TestingClient(stock.getBaseUrl())) {
                List<Future<TestingClient.Result>> earlier = new ArrayList<>();
                for (int i = 0; i < 2; i++) {
                    earlier.add(executor.submit(() -> stockClient.execute(session -> session.user(Optional.of("alice")).source("users"), "SELECT x FROM gate.default.alice")));
                }
                await().until(() -> stockGates.getInside("alice") == 1 && stock.getDispatchManager().getQueries().size() == 2);
                QueryError error = stockClient.execute(session -> session.user(Optional.of("alice")).source("users"), "SELECT 1").error().orElseThrow();
                stockGates.open("alice");
                // the engine sleeps for long when it ends queries and tasks itself
                for (Future<TestingClient.Result> result : earlier) {
                    assertThat(result.get().onlyValue()).isEqualTo(42L);
                }
                return error;
            }
        }
    }

    @Test
    public void testCpuLimit()
            throws Exception
    {
        // the engine counts what its tasks have reported by the end of a query, which for a short one may be nothing
        do {
            assertThat(client.execute(session -> session.source("cpu"), "SELECT count(*) FROM tpch.tiny.lineitem").onlyValue()).isEqualTo(60175L);
            // the client may get the last row before the dispatcher gets the last report
            await("end of the query").until(() -> groupState("cpu").get("numRunningQueries").asInt() == 0);
        }
        while (cpuMillis("cpu") == 0);
        // the group has used more than its limit for a day
        Future<TestingClient.Result> tooMuch = submit("user", "cpu", "SELECT 1");
        awaitQueued("cpu", 1);
        assertThat(tooMuch.isDone()).isFalse();
        DispatchManager dispatchManager = cluster.getDispatcher().getInstance(QueueAdmission.class).dispatchManager().orElseThrow();
        List<QueryId> queued = dispatchManager.getQueries().stream()
                .filter(query -> query.getSession().getSource().equals(Optional.of("cpu")))
                .filter(query -> !query.getState().isDone())
                .map(BasicQueryInfo::getQueryId)
                .toList();
        assertThat(queued).hasSize(1);
        dispatchManager.cancelQuery(queued.getFirst());
        assertThat(tooMuch.get().error().orElseThrow().getErrorName()).isEqualTo("USER_CANCELED");
    }

    /**
     * A query's CPU time counts while it runs, on any coordinator: above the soft limit, fewer queries may run.
     */
    @Test
    public void testSoftCpuLimit()
            throws Exception
    {
        Future<TestingClient.Result> one = submit("user", "cpu_soft", "SELECT x FROM gate.default.soft_cheap");
        Future<TestingClient.Result> two = submit("user", "cpu_soft", "SELECT count(*) FROM gate.default.soft_costly CROSS JOIN tpch.tiny.orders WHERE length(comment) > x - 100");
        awaitInside("soft_cheap", 1);
        awaitInside("soft_costly", 1);
        awaitCpuUse("cpu_soft");
        gates.open("soft_cheap");
        assertThat(one.get().onlyValue()).isEqualTo(42L);

        Future<TestingClient.Result> three = submit("user", "cpu_soft", "SELECT x FROM gate.default.soft_next");
        awaitQueued("cpu_soft", 1);
        Future<TestingClient.Result> four = submit("user", "cpu_soft", "SELECT x FROM gate.default.soft_next");
        awaitQueued("cpu_soft", 2);
        assertThat(groupState("cpu_soft").get("numRunningQueries").asInt()).isEqualTo(1);
        gates.open("soft_costly");
        assertThat(two.get().onlyValue()).isEqualTo(15000L);
        // one query may always run
        awaitInside("soft_next", 1);
        awaitQueued("cpu_soft", 1);
        gates.open("soft_next");
        assertThat(three.get().onlyValue()).isEqualTo(42L);
        assertThat(four.get().onlyValue()).isEqualTo(42L);
    }

    /**
     * The hard limit divided by the quota period is the CPU time that a group regains in every second, here 100 ms.
     */
    @Test
    public void testCpuQuota()
            throws Exception
    {
        long used = 0;
        while (used < 200) {
            assertThat(client.execute(session -> session.source("cpu_quota"), "SELECT count(DISTINCT comment) FROM tpch.tiny.orders").onlyValue()).isNotNull();
            used = cpuMillis("cpu_quota");
        }
        Future<TestingClient.Result> one = submit("user", "cpu_quota", "SELECT x FROM gate.default.quota");
        awaitInside("quota", 1);
        Future<TestingClient.Result> two = submit("user", "cpu_quota", "SELECT x FROM gate.default.quota");
        awaitQueued("cpu_quota", 1);
        assertThat(gates.getInside("quota")).isEqualTo(1);
        long before = cpuMillis("cpu_quota");
        assertThat(before).isPositive();

        // only time makes room for it
        long start = System.nanoTime();
        awaitInside("quota", 2);
        log.info("The limit of the CPU time let one query wait for %s, after %s ms too much", nanosSince(start).convertToMostSuccinctTimeUnit(), before);
        assertThat(one.isDone()).isFalse();
        gates.open("quota");
        assertThat(one.get().onlyValue()).isEqualTo(42L);
        assertThat(two.get().onlyValue()).isEqualTo(42L);
    }

    private void awaitCpuUse(String group)
    {
        await("report of the CPU time").until(() -> cpuMillis(group) >= 1);
    }

    private long cpuMillis(String group)
    {
        return Duration.valueOf(groupState(group).get("cpuUsage").asText()).toMillis();
    }

    @Test
    public void testMemoryLimitIsShareOfTheCluster()
    {
        client.execute(session -> session.source("rest"), "SELECT 1");
        for (TestingPrestoServer coordinator : cluster.getServers(COORDINATOR)) {
            long clusterBytes = coordinator.getInstance(ClusterMemoryManager.class).getClusterMemoryBytes();
            assertThat(clusterBytes).isPositive();
            await("limit of the group").until(() -> DataSize.valueOf(groupState("rest").get("softMemoryLimit").asText()).toBytes(), limit -> Math.abs(limit - clusterBytes) < clusterBytes / 50);
        }
    }

    @Test
    public void testMemoryLimit()
            throws Exception
    {
        Future<TestingClient.Result> user = submit("user", "memory", "SELECT count(*) FROM gate.default.memory CROSS JOIN tpch.tiny.orders WHERE length(comment) > x - 100");
        awaitInside("memory", 1);
        await("report of the memory").until(() -> !groupState("memory").get("memoryUsage").asText().equals("0B"));
        Future<TestingClient.Result> queued = submit("user", "memory", "SELECT 1");
        awaitQueued("memory", 1);
        assertThat(queued.isDone()).isFalse();
        gates.open("memory");
        assertThat(user.get().onlyValue()).isEqualTo(15000L);
        assertThat(queued.get().onlyValue()).isEqualTo(1);
    }

    @Test
    public void testSlotIsFreeAtOnce()
            throws Exception
    {
        List<Long> millis = new ArrayList<>();
        for (int i = 0; i < WARM_UP_ROUNDS + ROUNDS; i++) {
            String first = "slot_first_" + i;
            String second = "slot_second_" + i;
            Future<TestingClient.Result> running = submit("user", "slot", "SELECT x FROM gate.default." + first);
            awaitInside(first, 1);
            Future<TestingClient.Result> queued = submit("user", "slot", "SELECT x FROM gate.default." + second);
            awaitQueued("slot", 1);
            QueryId runningId = awaitRunningQuery("slot");

            long[] ended = new long[1];
            long[] released = new long[1];
            cluster.getServers(COORDINATOR).stream()
                    .map(coordinator -> coordinator.getInstance(DispatchManager.class))
                    .filter(manager -> manager.isQueryRegistered(runningId))
                    .findFirst().orElseThrow()
                    .getQuery(runningId)
                    .addStateChangeListener(state -> {
                        if (state.isDone()) {
                            ended[0] = System.nanoTime();
                        }
                    });
            cluster.getDispatcher().getInstance(QueueAdmission.class).dispatchManager().orElseThrow().getQuery(runningId).addStateChangeListener(state -> {
                if (state.isDone()) {
                    released[0] = System.nanoTime();
                }
            });
            gates.open(first);
            running.get();
            awaitInside(second, 1);
            await().until(() -> ended[0] != 0 && released[0] != 0);
            if (i >= WARM_UP_ROUNDS) {
                millis.add(NANOSECONDS.toMillis(released[0] - ended[0]));
            }
            gates.open(second);
            queued.get();
        }
        List<Long> sorted = millis.stream().sorted().toList();
        log.info("Milliseconds from a query's end on its coordinator to the release of its slot: %s", sorted);
        assertThat(sorted.get(sorted.size() / 2)).isLessThanOrEqualTo(50);
        // a pause of this process, or a slow disk, may delay a query, but none waits for a poll, which is held for a second
        assertThat(sorted.getLast()).isLessThanOrEqualTo(500);
    }

    private QueryId awaitRunningQuery(String source)
    {
        DispatchManager dispatchManager = cluster.getDispatcher().getInstance(QueueAdmission.class).dispatchManager().orElseThrow();
        return await("running query")
                .until(() -> dispatchManager.getQueries().stream()
                        .filter(query -> query.getSession().getSource().equals(Optional.of(source)))
                        .filter(query -> query.getState() != QUEUED && !query.getState().isDone())
                        .findFirst(), Optional::isPresent)
                .orElseThrow()
                .getQueryId();
    }

    private Future<TestingClient.Result> submit(String user, String source, String sql)
    {
        return executor.submit(() -> client.execute(session -> session.user(Optional.of(user)).source(source), sql));
    }

    private void awaitInside(String gate, int count)
    {
        await(gate).until(() -> gates.getInside(gate), inside -> inside == count);
    }

    private void awaitQueued(String group, int count)
    {
        await(group).until(() -> groupState(group).get("numQueuedQueries").asInt(), queued -> queued == count);
    }

    private JsonNode groupState(String group)
    {
        RawClient.Response response = rawClient.get(cluster.getDispatcherUrl().resolve("/v1/resourceGroupState/" + group), ImmutableMap.of("X-Trino-User", "user"));
        assertThat(response.status()).as(response.toString()).isEqualTo(200);
        return response.json();
    }
}
