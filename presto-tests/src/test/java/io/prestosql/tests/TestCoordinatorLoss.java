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

import io.airlift.log.Logger;
import io.prestosql.coordinator.AssignedQueries;
import io.prestosql.fleet.Coordinators;
import io.prestosql.testing.GatePlugin;
import io.prestosql.testing.Gates;
import io.prestosql.testing.TestingClient;
import io.prestosql.testing.TestingPorts;
import io.prestosql.testing.TestingPrestoCluster;
import io.prestosql.testing.TestingPrestoServer;
import io.prestosql.testing.TestingTier;
import io.trino.client.QueryError;
import io.trino.execution.QueryManager;
import io.trino.plugin.tpch.TpchPlugin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.airlift.units.Duration.nanosSince;
import static io.prestosql.node.NodeRole.COORDINATOR;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A coordinator dies with queries running: these fail, and no others do.
 */
public class TestCoordinatorLoss
{
    private static final Logger log = Logger.get(TestCoordinatorLoss.class);

    private static final int RUNNING = 6;
    private static final int QUEUED = 20;
    private static final int ROUNDS = TestingTier.rounds(1, 3);

    @Test
    public void testKilledCoordinator(@TempDir Path directory)
            throws Exception
    {
        Gates gates = new Gates();
        ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));
        try (TestingPrestoCluster cluster = TestingPrestoCluster.builder()
                .addDispatchers(1)
                .addCoordinators(2)
                .addWorkers(1)
                .addPlugin(new TpchPlugin())
                .addPlugin(new GatePlugin(gates))
                .addCatalog("tpch", "tpch")
                .addCatalog("gate", "gate")
                .addResourceGroup(directory, RUNNING)
                .build();
                TestingClient client = new TestingClient(cluster.getDispatcherUrl())) {
            List<Future<Ended>> running = new ArrayList<>();
            for (int i = 0; i < RUNNING; i++) {
                running.add(executor.submit(() -> run(client, "SELECT x FROM gate.default.running")));
            }
            await().until(() -> gates.getInside("running"), inside -> inside == RUNNING);
            List<Future<Ended>> queued = new ArrayList<>();
            for (int i = 0; i < QUEUED; i++) {
                queued.add(executor.submit(() -> run(client, "SELECT x FROM gate.default.queued")));
            }
            gates.open("queued");

            Set<String> onKilled = queriesOf(cluster.getServer("coordinator-1"));
            Set<String> onOther = queriesOf(cluster.getServer("coordinator-2"));
            assertThat(onKilled).isNotEmpty();
            assertThat(onOther).isNotEmpty();
            assertThat(onKilled.size() + onOther.size()).isEqualTo(RUNNING);

            long killed = System.nanoTime();
            executor.submit(() -> cluster.kill("coordinator-1"));
            await().until(() -> running.stream().filter(Future::isDone).count() >= onKilled.size());

            long slowest = 0;
            int failed = 0;
            for (Future<Ended> future : running) {
                if (!future.isDone()) {
                    continue;
                }
                Ended ended = future.get();
                assertThat(onKilled).contains(ended.result().queryId());
                QueryError error = ended.result().error().orElseThrow();
                assertThat(error.getErrorName()).isEqualTo("COORDINATOR_LOST");
                assertThat(error.getErrorType()).isEqualTo("EXTERNAL");
                assertThat(error.getMessage()).contains("coordinator-1");
                slowest = Math.max(slowest, ended.nanos() - killed);
                failed++;
            }
            assertThat(failed).isEqualTo(onKilled.size());
            log.info("%s queries of the killed coordinator failed within %s", failed, new io.airlift.units.Duration(slowest / 1e6, MILLISECONDS).convertToMostSuccinctTimeUnit());
            assertThat(slowest).isLessThan(Duration.ofSeconds(2).toNanos());

            // the queued queries run on the other coordinator, in the slots that are free now
            for (Future<Ended> future : queued) {
                assertThat(future.get().result().onlyValue()).isEqualTo(42L);
            }
            // the other coordinator's own queries go on, undisturbed
            assertThat(running.stream().filter(future -> !future.isDone())).hasSize(onOther.size());
            gates.open("running");
            for (Future<Ended> future : running) {
                Ended ended = future.get();
                assertThat(ended.result().error().isEmpty()).isEqualTo(onOther.contains(ended.result().queryId()));
            }
            await().until(() -> cluster.getServers().stream().noneMatch(server -> server.getNodeId().equals("coordinator-1")));

            // back at its old address, it gets queries again
            cluster.start("coordinator-1");
            long started = System.nanoTime();
            Coordinators coordinators = cluster.getDispatcher().getInstance(Coordinators.class);
            await().until(() -> coordinators.getAvailableCoordinators() == 2);
            log.info("The restarted coordinator takes queries %s after it has started", nanosSince(started).convertToMostSuccinctTimeUnit());
            assertThat(nanosSince(started).toMillis()).isLessThan(2_000);
            cluster.awaitReady();
            for (int i = 0; i < 4; i++) {
                assertThat(client.execute("SELECT 1").onlyValue()).isEqualTo(1);
            }
            for (TestingPrestoServer coordinator : cluster.getServers(COORDINATOR)) {
                assertThat(coordinator.getInstance(AssignedQueries.class).getChanges(Optional.empty(), Optional.empty()).queries()).isNotEmpty();
            }
        }
        finally {
            executor.shutdownNow();
        }
    }

    @Test
    public void testKilledWorker()
            throws Exception
    {
        ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("kill-%s"));
        try (TestingPrestoCluster cluster = TestingPrestoCluster.builder()
                .addDispatchers(1)
                .addCoordinators(2)
                .addWorkers(2)
                .addPlugin(new TpchPlugin())
                .addCatalog("tpch", "tpch")
                .build();
                TestingClient client = new TestingClient(cluster.getDispatcherUrl())) {
            for (int round = 0; round < ROUNDS; round++) {
                URI address = cluster.getServer("worker-1").getBaseUrl();
                Future<?> kill = executor.submit(() -> cluster.kill("worker-1"));
                awaitRefused(address);
                long refused = System.nanoTime();
                awaitWorkers(cluster, Set.of("worker-2"));
                log.info("The killed worker is out of the coordinators' view %s after its port has begun to refuse", nanosSince(refused).convertToMostSuccinctTimeUnit());
                assertThat(nanosSince(refused).toMillis()).isLessThan(1_000);
                kill.get();
                assertThat(client.execute("SELECT count(*) FROM tpch.tiny.orders").onlyValue()).isEqualTo(15000L);

                cluster.start("worker-1");
                long started = System.nanoTime();
                awaitWorkers(cluster, Set.of("worker-1", "worker-2"));
                log.info("The restarted worker gets splits %s after it has started", nanosSince(started).convertToMostSuccinctTimeUnit());
                assertThat(nanosSince(started).toMillis()).isLessThan(2_000);
                assertThat(client.execute("SELECT count(*) FROM tpch.tiny.orders").onlyValue()).isEqualTo(15000L);
            }
        }
        finally {
            executor.shutdownNow();
        }
    }

    private static void awaitRefused(URI address)
    {
        await().until(() -> TestingPorts.isRefused(address.getPort()));
    }

    private static void awaitWorkers(TestingPrestoCluster cluster, Set<String> workers)
    {
        for (TestingPrestoServer coordinator : cluster.getServers(COORDINATOR)) {
            await("workers of " + coordinator.getNodeId()).until(() -> TestingPrestoCluster.workersOf(coordinator), workers::equals);
        }
    }

    private static Ended run(TestingClient client, String sql)
    {
        TestingClient.Result result = client.execute(sql);
        return new Ended(result, System.nanoTime());
    }

    private static Set<String> queriesOf(TestingPrestoServer coordinator)
    {
        return coordinator.getInstance(QueryManager.class).getQueries().stream()
                .filter(query -> !query.getState().isDone())
                .map(query -> query.getQueryId().toString())
                .collect(toImmutableSet());
    }

    private record Ended(TestingClient.Result result, long nanos) {}
}
