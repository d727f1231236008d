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

import com.google.common.collect.ImmutableMap;
import io.airlift.log.Logger;
import io.airlift.units.Duration;
import io.prestosql.catalog.ClusterCatalogs;
import io.prestosql.catalog.CoordinatorCatalogs;
import io.prestosql.catalog.RecentCatalogs;
import io.prestosql.node.NodeRoles;
import io.prestosql.postgresql.TestingPostgresql;
import io.prestosql.testing.TestingClient;
import io.prestosql.testing.TestingPorts;
import io.prestosql.testing.TestingPrestoCluster;
import io.prestosql.testing.TestingPrestoServer;
import io.prestosql.testing.TestingTier;
import io.trino.connector.ConnectorServices;
import io.trino.connector.ConnectorServicesProvider;
import io.trino.execution.QueryManager;
import io.trino.metadata.Catalog;
import io.trino.metadata.CatalogManager;
import io.trino.plugin.memory.MemoryPlugin;
import io.trino.plugin.tpch.TpchPlugin;
import io.trino.spi.QueryId;
import io.trino.spi.catalog.CatalogName;
import io.trino.spi.connector.CatalogHandle;
import io.trino.spi.connector.ConnectorName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.Sets.difference;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.prestosql.node.NodeRole.COORDINATOR;
import static io.prestosql.node.NodeRole.WORKER;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;

/**
 * Catalogs are created and dropped on several coordinators while all of them prune. All coordinators have the same catalogs, and none is
 * lost.
 * <p>
 * {@code -Ddynamic-catalogs.rounds=N} sets how many are created while coordinators die.
 */
@Execution(CONCURRENT)
@Timeout(300)
public class TestDynamicCatalogs
{
    private static final Logger log = Logger.get(TestDynamicCatalogs.class);

    private static final int ROUNDS = Integer.getInteger("dynamic-catalogs.rounds", TestingTier.rounds(2, 3));
    private static final int READERS = TestingTier.rounds(1, 3);

    private final Random random = new Random(5);

    @TempDir
    private Path directory;

    @Test
    public void testStatementsAtAlternatingCoordinators()
    {
        try (TestingPrestoCluster cluster = dynamic(2, TestingTier.rounds(1, 2)).build();
                TestingClient client = new TestingClient(cluster.getDispatcherUrl())) {
            Set<String> used = new HashSet<>();
            for (int round = 0; round < 6; round++) {
                String catalog = "round_" + round;
                used.add(coordinatorOf(cluster, succeeds(client, "CREATE CATALOG %s USING tpch".formatted(catalog))));
                // the next coordinator has not looked for new catalogs yet
                for (int query = 0; query < 4; query++) {
                    TestingClient.Result result = succeeds(client, "SELECT count(*) FROM %s.tiny.nation".formatted(catalog));
                    assertThat(result.onlyValue()).isEqualTo(25L);
                    used.add(coordinatorOf(cluster, result));
                }
                assertThat(client.execute("CREATE CATALOG %s USING memory".formatted(catalog)).error().orElseThrow().getErrorName()).isEqualTo("ALREADY_EXISTS");
                succeeds(client, "CREATE CATALOG IF NOT EXISTS %s USING memory".formatted(catalog));
                if (round % 2 == 0) {
                    used.add(coordinatorOf(cluster, succeeds(client, "DROP CATALOG " + catalog)));
                    assertThat(client.execute("DROP CATALOG " + catalog).error().orElseThrow().getErrorName()).isEqualTo("CATALOG_NOT_FOUND");
                }
            }
            assertThat(used).hasSize(2);
            awaitCatalogs(cluster, Set.of("round_1", "round_3", "round_5"));
            awaitRounds(cluster, 3);
            for (TestingPrestoServer coordinator : cluster.getServers(COORDINATOR)) {
                assertThat(coordinator.getInstance(CoordinatorCatalogs.class).getDifferences()).isZero();
            }
        }
    }

    @Test
    public void testKillsAndLateCoordinator()
    {
        try (TestingPrestoCluster cluster = dynamic(3, 1).doNotStart("coordinator-3").build();
                TestingClient client = new TestingClient(cluster.getDispatcherUrl())) {
            TestingPrestoServer first = cluster.getServer("coordinator-1");
            create(first, "kept", "tpch");
            create(first, "dropped", "tpch");
            Optional<CatalogHandle> handle = handle(first, "kept");
            // the changes are acknowledged, and the coordinator dies at once
            cluster.kill("coordinator-1");

            TestingPrestoServer second = cluster.getServer("coordinator-2");
            second.getInstance(CatalogManager.class).dropCatalog(new CatalogName("dropped"), false);
            TestingPrestoServer late = cluster.start("coordinator-3");
            assertThat(names(late)).containsExactly("kept");
            assertThat(handle(late, "kept")).isPresent().isEqualTo(handle);
            create(late, "later", "tpch");

            cluster.kill("coordinator-2");
            cluster.kill("coordinator-3");
            cluster.start("coordinator-1");
            cluster.start("coordinator-2");
            awaitCatalogs(cluster, Set.of("kept", "later"));
            cluster.awaitReady();
            for (int query = 0; query < 4; query++) {
                assertThat(succeeds(client, "SELECT count(*) FROM kept.tiny.nation CROSS JOIN later.tiny.region").onlyValue()).isEqualTo(125L);
            }
            assertThat(handle(cluster.getServer("coordinator-1"), "kept")).isEqualTo(handle);
        }
    }

    @Test
    public void testTablesSurvivePruning()
    {
        try (TestingPrestoCluster cluster = dynamic(2, 2).build();
                TestingClient client = new TestingClient(cluster.getDispatcherUrl())) {
            succeeds(client, "CREATE CATALOG numbers USING tpch");
            succeeds(client, "CREATE CATALOG notes USING memory");
            TestingClient.Result created = succeeds(client, "CREATE TABLE notes.default.nation AS SELECT * FROM numbers.tiny.nation");
            TestingPrestoServer owner = cluster.getCoordinatorOf(created.queryId());
            CatalogHandle handle = handle(owner, "notes").orElseThrow();
            Map<String, ConnectorServices> before = new HashMap<>();
            for (TestingPrestoServer worker : cluster.getServers(WORKER)) {
                loaded(worker, handle).ifPresent(services -> before.put(worker.getNodeId(), services));
            }
            assertThat(before).isNotEmpty();

            awaitRounds(cluster, 5);
            before.forEach((worker, services) -> assertThat(loaded(cluster.getServer(worker), handle)).as("catalog of %s", worker).containsSame(services));

            // the connector keeps the names of its tables in one coordinator, so the query has to run there
            cluster.getServers(COORDINATOR).stream()
                    .filter(coordinator -> coordinator != owner)
                    .forEach(coordinator -> cluster.kill(coordinator.getNodeId()));
            cluster.awaitReady();
            awaitRounds(cluster, 3);
            assertThat(succeeds(client, "SELECT count(*) FROM notes.default.nation").onlyValue()).isEqualTo(25L);
        }
    }

    /**
     * Everything that clients were told holds, even if coordinators die. The first coordinator is not killed: it has the names of the
     * memory connector's tables.
     */
    @Tag("long")
    @Test
    @Timeout(1800)
    public void testStatementsWhileCoordinatorsDie()
            throws Exception
    {
        testStatementsWhileCoordinatorsDie(dynamic(3, 2));
    }

    /**
     * The same with the other store. In the short tier, {@link #testKillsAndLateCoordinator} covers dying coordinators with the shared
     * folder.
     */
    @Test
    @Timeout(1800)
    public void testStatementsWhileCoordinatorsDieWithPostgresql()
            throws Exception
    {
        TestingPostgresql postgresql = TestingPostgresql.shared();
        testStatementsWhileCoordinatorsDie(dynamicWithoutStore(3, TestingTier.rounds(1, 2))
                .addProperty(COORDINATOR, "catalog.store", "postgresql")
                .addProperty(COORDINATOR, "catalog.postgresql.url", postgresql.url(postgresql.port()))
                .addProperty(COORDINATOR, "catalog.postgresql.user", "postgres"));
    }

    private void testStatementsWhileCoordinatorsDie(TestingPrestoCluster.Builder builder)
            throws Exception
    {
        ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));
        try (TestingPrestoCluster cluster = builder.doNotStart("coordinator-2").doNotStart("coordinator-3").build();
                TestingClient client = new TestingClient(cluster.getDispatcherUrl())) {
            TestingPrestoServer owner = cluster.getServer("coordinator-1");
            succeeds(client, "CREATE CATALOG notes USING memory");
            succeeds(client, "CREATE CATALOG steady USING tpch");
            succeeds(client, "CREATE TABLE notes.default.nation AS SELECT * FROM steady.tiny.nation");
            cluster.start("coordinator-2");
            cluster.awaitReady();

            AtomicBoolean done = new AtomicBoolean();
            List<Future<Map<String, Integer>>> readers = IntStream.range(0, READERS)
                    .mapToObj(_ -> executor.submit(() -> readSteadily(cluster, done)))
                    .collect(toImmutableList());
            // starts late
            cluster.start("coordinator-3");
            Set<String> expected = new HashSet<>(Set.of("notes", "steady"));
            Set<String> unknown = new HashSet<>();
            int created = 0;
            int dropped = 0;
            int kills = 0;
            for (int round = 0; round < ROUNDS; round++) {
                String next = "round_" + round;
                Optional<String> last = Optional.of("round_" + (round - 1)).filter(expected::contains).filter(_ -> random.nextBoolean());
                Future<Boolean> creation = executor.submit(() -> isDone(client, "CREATE CATALOG %s USING tpch".formatted(next)));
                Optional<Future<Boolean>> drop = last.map(catalog -> executor.submit(() -> isDone(client, "DROP CATALOG " + catalog)));
                Optional<String> victim = Optional.of("coordinator-%s".formatted(2 + random.nextInt(2))).filter(_ -> random.nextInt(3) > 0);
                victim.ifPresent(cluster::kill);
                kills += victim.isPresent() ? 1 : 0;

                // the statement of a dying coordinator may or may not have taken effect
                if (creation.get()) {
                    created++;
                    expected.add(next);
                    awaitAnswer(client, "SELECT count(*) FROM %s.tiny.nation".formatted(next), 25);
                }
                else {
                    unknown.add(next);
                }
                if (drop.isPresent()) {
                    expected.remove(last.get());
                    if (drop.get().get()) {
                        dropped++;
                    }
                    else {
                        unknown.add(last.get());
                    }
                }
                assertThat(countAt(client, owner, "SELECT count(*) FROM notes.default.nation")).isEqualTo(25L);
                victim.ifPresent(cluster::start);
            }
            done.set(true);
            Map<String, Integer> reads = new HashMap<>();
            for (Future<Map<String, Integer>> reader : readers) {
                reader.get().forEach((end, count) -> reads.merge(end, count, Integer::sum));
            }
            for (TestingPrestoServer coordinator : cluster.getServers(COORDINATOR)) {
                await("catalogs of " + coordinator.getNodeId()).untilAsserted(() -> {
                    assertThat(names(coordinator)).containsAll(expected);
                    assertThat(difference(names(coordinator), unknown)).isSubsetOf(expected);
                });
            }
            log.info("%s catalogs created, %s dropped, %s statements whose coordinator died of them, in %s deaths of coordinators; no catalog and no table lost; queries of a catalog that stays: %s",
                    created, dropped, unknown.size(), kills, reads);
            assertThat(reads.get("FINISHED")).isPositive();
            assertThat(reads.keySet()).isSubsetOf("FINISHED", "COORDINATOR_LOST");
        }
        finally {
            executor.shutdownNow();
        }
    }

    /**
     * @return the number of queries for each kind of end
     */
    private static Map<String, Integer> readSteadily(TestingPrestoCluster cluster, AtomicBoolean done)
    {
        Map<String, Integer> ends = new HashMap<>();
        try (TestingClient client = new TestingClient(cluster.getDispatcherUrl())) {
            while (!done.get()) {
                TestingClient.Result result = client.execute("SELECT count(*) FROM steady.tiny.orders");
                if (result.error().isEmpty()) {
                    assertThat(result.onlyValue()).isEqualTo(15_000L);
                }
                ends.merge(result.error().map(error -> error.getErrorName()).orElse("FINISHED"), 1, Integer::sum);
            }
        }
        return ends;
    }

    /**
     * Runs a statement. Returns false if the coordinator that had it has died.
     */
    private static boolean isDone(TestingClient client, String sql)
    {
        TestingClient.Result result = client.execute(sql);
        result.error().ifPresent(error -> assertThat(error.getErrorName()).as(sql).isEqualTo("COORDINATOR_LOST"));
        return result.error().isEmpty();
    }

    private static void awaitAnswer(TestingClient client, String sql, long answer)
    {
        TestingClient.Result result;
        do {
            result = client.execute(sql);
            result.error().ifPresent(error -> assertThat(error.getErrorName()).as(sql).isEqualTo("COORDINATOR_LOST"));
        }
        while (result.error().isPresent());
        assertThat(result.onlyValue()).isEqualTo(answer);
    }

    /**
     * Returns one coordinator's answer: starts transactions until that coordinator gets one.
     */
    private static Object countAt(TestingClient client, TestingPrestoServer coordinator, String sql)
    {
        while (true) {
            TestingClient.Result start = client.execute(session -> session.transactionId("NONE"), "START TRANSACTION");
            if (start.error().isEmpty() && coordinator.getInstance(QueryManager.class).hasQuery(new QueryId(start.queryId()))) {
                Object count = client.execute(session -> session.transactionId(start.startedTransactionId()), sql).onlyValue();
                assertThat(client.execute(session -> session.transactionId(start.startedTransactionId()), "COMMIT").error()).isEmpty();
                return count;
            }
            start.error().ifPresent(error -> assertThat(error.getErrorName()).isEqualTo("COORDINATOR_LOST"));
        }
    }

    @Test
    public void testDroppedCatalogOfTransaction()
    {
        TestingPrestoCluster.Builder builder = dynamic(2, 1)
                .addReplacement(COORDINATOR, binder -> binder.bind(RecentCatalogs.class).toInstance(new RecentCatalogs(new Duration(1, SECONDS))));
        try (TestingPrestoCluster cluster = builder.build();
                TestingClient client = new TestingClient(cluster.getDispatcherUrl())) {
            succeeds(client, "CREATE CATALOG held USING tpch");
            String transaction = client.execute(session -> session.transactionId("NONE"), "START TRANSACTION").startedTransactionId();
            TestingClient.Result first = client.execute(session -> session.transactionId(transaction), "SELECT count(*) FROM held.tiny.nation");
            assertThat(first.onlyValue()).isEqualTo(25L);
            TestingPrestoServer holder = cluster.getCoordinatorOf(first.queryId());
            CatalogHandle handle = handle(holder, "held").orElseThrow();
            TestingPrestoServer other = cluster.getServers(COORDINATOR).stream()
                    .filter(coordinator -> coordinator != holder)
                    .findFirst()
                    .orElseThrow();
            TestingPrestoServer worker = cluster.getServers(WORKER).getFirst();

            other.getInstance(ClusterCatalogs.class).refresh();
            other.getInstance(CatalogManager.class).dropCatalog(new CatalogName("held"), false);
            awaitCatalogs(cluster, Set.of());
            // longer than an unused catalog is kept
            awaitRounds(cluster, 4);
            assertThat(loaded(worker, handle)).isPresent();
            assertThat(client.execute(session -> session.transactionId(transaction), "SELECT count(*) FROM held.tiny.nation").onlyValue()).isEqualTo(25L);

            assertThat(client.execute(session -> session.transactionId(transaction), "COMMIT").error()).isEmpty();
            for (TestingPrestoServer server : List.of(worker, holder, other)) {
                await("pruned by " + server.getNodeId()).until(() -> loaded(server, handle).isEmpty());
            }
            assertThat(client.execute("SELECT count(*) FROM held.tiny.nation").error().orElseThrow().getErrorName()).isEqualTo("CATALOG_NOT_FOUND");
        }
    }

    /**
     * A coordinator that is also a worker gets tasks of another one, with catalogs that are new to it.
     */
    @Test
    public void testCoordinatorsThatAreWorkers()
    {
        TestingPrestoCluster.Builder builder = dynamic(0, 0)
                .addNodes(2, NodeRoles.of(COORDINATOR, WORKER))
                .addProperty(COORDINATOR, "catalog.refresh-interval", "1h");
        try (TestingPrestoCluster cluster = builder.build();
                TestingClient client = new TestingClient(cluster.getDispatcherUrl())) {
            for (int round = 0; round < 4; round++) {
                succeeds(client, "CREATE CATALOG round_%s USING tpch".formatted(round));
                assertThat(succeeds(client, "SELECT count(*) FROM round_%s.tiny.orders".formatted(round)).onlyValue()).isEqualTo(15000L);
            }
        }
    }

    @Test
    public void testStaticCatalogsThatDiffer()
    {
        int firstPort = TestingPorts.nextPort();
        int secondPort = TestingPorts.nextPort();
        try (TestingPrestoServer first = staticCoordinator("coordinator-1", firstPort, secondPort, ImmutableMap.of("tpch.splits-per-node", "1"));
                TestingPrestoServer _ = staticCoordinator("coordinator-2", secondPort, firstPort, ImmutableMap.of("tpch.splits-per-node", "2"))) {
            CoordinatorCatalogs catalogs = first.getInstance(CoordinatorCatalogs.class);
            await().until(
                    () -> {
                        // the first round would only come after half a minute
                        if (!TestingTier.isLong()) {
                            catalogs.round();
                        }
                        return catalogs.getDifferences();
                    },
                    differences -> differences == 1);
        }
    }

    private static TestingPrestoServer staticCoordinator(String nodeId, int port, int otherPort, Map<String, String> properties)
    {
        return TestingPrestoServer.builder(nodeId, NodeRoles.of(COORDINATOR))
                .setPort(port)
                .setDiscoveryUri("http://127.0.0.1:%s,http://127.0.0.1:%s".formatted(port, otherPort))
                .setPlugins(List.of(new TpchPlugin()))
                .setCatalogs(ImmutableMap.of("tpch", ImmutableMap.<String, String>builder()
                        .put("connector.name", "tpch")
                        .putAll(properties)
                        .buildOrThrow()))
                .build();
    }

    private TestingPrestoCluster.Builder dynamic(int coordinators, int workers)
    {
        return dynamicWithoutStore(coordinators, workers)
                .addProperty(COORDINATOR, "catalog.store", "shared-folder")
                .addProperty(COORDINATOR, "catalog.shared-folder", directory.toString());
    }

    private static TestingPrestoCluster.Builder dynamicWithoutStore(int coordinators, int workers)
    {
        return TestingPrestoCluster.builder()
                .addDispatchers(1)
                .addCoordinators(coordinators)
                .addWorkers(workers)
                .addPlugin(new TpchPlugin())
                .addPlugin(new MemoryPlugin())
                .addProperty(COORDINATOR, "catalog.management", "dynamic")
                .addProperty(WORKER, "catalog.management", "dynamic")
                .addProperty(COORDINATOR, "catalog.prune.update-interval", "1s");
    }

    private static TestingClient.Result succeeds(TestingClient client, String sql)
    {
        TestingClient.Result result = client.execute(sql);
        assertThat(result.error()).as(sql).isEmpty();
        return result;
    }

    private static String coordinatorOf(TestingPrestoCluster cluster, TestingClient.Result result)
    {
        return cluster.getCoordinatorOf(result.queryId()).getNodeId();
    }

    private static void create(TestingPrestoServer coordinator, String name, String connector)
    {
        coordinator.getInstance(CatalogManager.class).createCatalog(new CatalogName(name), new ConnectorName(connector), ImmutableMap.of(), false);
    }

    private static Optional<CatalogHandle> handle(TestingPrestoServer coordinator, String name)
    {
        return coordinator.getInstance(CatalogManager.class).getCatalog(new CatalogName(name)).map(Catalog::getCatalogHandle);
    }

    private static Set<String> names(TestingPrestoServer coordinator)
    {
        Set<String> names = new HashSet<>();
        coordinator.getInstance(CatalogManager.class).getCatalogNames().forEach(name -> names.add(name.toString()));
        names.remove("system");
        return names;
    }

    private static Optional<ConnectorServices> loaded(TestingPrestoServer server, CatalogHandle handle)
    {
        try {
            return Optional.of(server.getInstance(ConnectorServicesProvider.class).getConnectorServices(handle));
        }
        catch (IllegalArgumentException e) {
            // the engine reports a missing catalog in this way
            return Optional.empty();
        }
    }

    private static void awaitCatalogs(TestingPrestoCluster cluster, Set<String> names)
    {
        for (TestingPrestoServer coordinator : cluster.getServers(COORDINATOR)) {
            await("catalogs of " + coordinator.getNodeId()).until(() -> names(coordinator), names::equals);
        }
    }

    /**
     * Waits until all coordinators have pruned that many more times.
     */
    private static void awaitRounds(TestingPrestoCluster cluster, int rounds)
    {
        Map<TestingPrestoServer, Long> before = new HashMap<>();
        for (TestingPrestoServer coordinator : cluster.getServers(COORDINATOR)) {
            before.put(coordinator, coordinator.getInstance(CoordinatorCatalogs.class).getCompleteRounds());
        }
        before.forEach((coordinator, already) -> await("rounds of " + coordinator.getNodeId())
                .until(coordinator.getInstance(CoordinatorCatalogs.class)::getCompleteRounds, now -> now >= already + rounds));
    }
}
