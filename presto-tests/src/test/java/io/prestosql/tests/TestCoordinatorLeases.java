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

import com.google.common.collect.ImmutableList;
import io.prestosql.coordinator.AssignedQueries;
import io.prestosql.dispatcher.admission.QueryRouter;
import io.prestosql.fleet.Coordinators;
import io.prestosql.node.CoordinatorIncarnation;
import io.prestosql.protocol.LeaderClaim;
import io.prestosql.querylog.MemoryQueryLog;
import io.prestosql.spi.querylog.QueryLog;
import io.prestosql.spi.querylog.QueryLogListener;
import io.prestosql.spi.querylog.QueryLogMember;
import io.prestosql.spi.querylog.QueryLogRecord;
import io.prestosql.spi.querylog.QueryLogUnavailableException;
import io.prestosql.testing.GatePlugin;
import io.prestosql.testing.Gates;
import io.prestosql.testing.TestingClient;
import io.prestosql.testing.TestingPrestoCluster;
import io.trino.client.StatementClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.prestosql.node.ClusterName.DEFAULT;
import static io.prestosql.node.NodeRole.COORDINATOR;
import static io.prestosql.node.NodeRole.DISPATCHER;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;

/**
 * A coordinator keeps its queries for as long as it is polled by a dispatcher that can confirm that it leads.
 */
@Execution(CONCURRENT)
public class TestCoordinatorLeases
{
    /** One confirmation follows each poll, and there are about five polls a second. */
    private static final int CONFIRMATIONS_OF_TWO_LEASES = 20;

    @Test
    public void testLeaseThatIsNotRenewed()
            throws Exception
    {
        Gates gates = new Gates();
        DoubtfulLog log = new DoubtfulLog();
        ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));
        try (TestingPrestoCluster cluster = TestingPrestoCluster.builder()
                .addDispatchers(1)
                .addCoordinators(1)
                .addWorkers(1)
                .addPlugin(new GatePlugin(gates))
                .addCatalog("gate", "gate")
                .addProperty(COORDINATOR, "coordinator.lease-duration", "2s")
                .addProperty(DISPATCHER, "dispatcher.coordinator-poll-interval", "200ms")
                .addReplacement(DISPATCHER, binder -> binder.bind(QueryLog.class).toInstance(log))
                .build();
                TestingClient client = new TestingClient(cluster.getDispatcherUrl())) {
            AssignedQueries queries = cluster.getServer("coordinator-1").getInstance(AssignedQueries.class);
            Coordinators coordinators = cluster.getDispatcher().getInstance(Coordinators.class);
            String incarnation = queries.getIncarnation();
            Future<TestingClient.Result> running = executor.submit(() -> client.execute("SELECT x FROM gate.default.running"));
            await().until(() -> gates.getInside("running"), inside -> inside == 1);
            long confirmations = log.confirmations.get();
            await().until(() -> log.confirmations.get() >= confirmations + CONFIRMATIONS_OF_TWO_LEASES);
            assertThat(queries.isLeased()).isTrue();
            assertThat(queries.getIncarnation()).isEqualTo(incarnation);
            assertThat(running).isNotDone();

            // the dispatcher goes on polling, but may have been deposed
            log.inDoubt = true;
            TestingClient.Result result = running.get();
            assertThat(result.error().orElseThrow().getErrorName()).isEqualTo("COORDINATOR_LOST");
            assertThat(queries.getIncarnation()).isNotEqualTo(incarnation);
            assertThat(queries.isLeased()).isFalse();
            assertThat(queries.getRunningQueries()).isZero();
            assertThat(queries.getExpiredLeases()).isEqualTo(1);
            assertThat(queries.getGivenUpQueries()).isEqualTo(1);
            await().until(() -> coordinators.getAvailableCoordinators() == 0);

            log.inDoubt = false;
            await().until(() -> coordinators.getAvailableCoordinators() == 1);
            gates.open("again");
            assertThat(client.execute("SELECT x FROM gate.default.again").onlyValue()).isEqualTo(42L);
        }
        finally {
            executor.shutdownNow();
        }
    }

    /**
     * A query that only reads and is not exposed runs again, but not in the process that has given it up, whose engine still knows its id.
     * Without another coordinator it fails, and frees its slot.
     */
    @Test
    public void testQueryThatWasGivenUpIsNotOfferedForEver(@TempDir Path directory)
            throws Exception
    {
        Gates gates = new Gates();
        DoubtfulLog log = new DoubtfulLog();
        ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));
        try (TestingPrestoCluster cluster = TestingPrestoCluster.builder()
                .addOneOfEachRole()
                .addGates(gates)
                .addResourceGroup(directory, 1)
                .addProperty(COORDINATOR, "coordinator.lease-duration", "2s")
                .addProperty(DISPATCHER, "dispatcher.coordinator-poll-interval", "200ms")
                .addReplacement(DISPATCHER, binder -> binder.bind(QueryLog.class).toInstance(log))
                .build();
                TestingClient client = new TestingClient(cluster.getDispatcherUrl())) {
            AssignedQueries queries = cluster.getServer("coordinator-1").getInstance(AssignedQueries.class);
            Coordinators coordinators = cluster.getDispatcher().getInstance(Coordinators.class);
            Future<TestingClient.Result> first = executor.submit(() -> client.execute("SELECT x FROM gate.default.first"));
            await().until(() -> gates.getInside("first"), inside -> inside == 1);
            StatementClient second = client.start("SELECT x FROM gate.default.second");
            // its client has asked for it once, and does not ask again while it runs
            assertThat(second.advance()).isTrue();
            assertThat(second.getStats().getState()).isEqualTo("QUEUED");
            gates.open("first");
            assertThat(first.get().onlyValue()).isEqualTo(42L);
            await().until(() -> gates.getInside("second"), inside -> inside == 1);

            String incarnation = queries.getIncarnation();
            log.inDoubt = true;
            await().until(() -> queries.getGivenUpQueries() == 1);
            // until the dispatcher has noticed, it would send a client to the coordinator
            await().until(() -> coordinators.isLost(new CoordinatorIncarnation(DEFAULT, "coordinator-1", incarnation)));
            log.inDoubt = false;
            assertThat(TestingClient.drain(second).error().orElseThrow())
                    .satisfies(error -> assertThat(error.getErrorName()).isEqualTo("COORDINATOR_LOST"))
                    .satisfies(error -> assertThat(error.getMessage()).contains("has given it up and does not run it again"));
            assertThat(cluster.getDispatcher().getInstance(QueryRouter.class).getRefusals()).isEqualTo(1);
            assertThat(client.execute("SELECT 1").onlyValue()).isEqualTo(1);
        }
        finally {
            executor.shutdownNow();
        }
    }

    /**
     * The dispatchers have lost their log, and go on with a new one.
     */
    @Test
    public void testNewLogBeginsWithEarlierEpochs()
            throws Exception
    {
        try (TestingPrestoCluster cluster = TestingPrestoCluster.builder()
                .addDispatchers(1)
                .addCoordinators(1)
                .addWorkers(1)
                .addProperty(COORDINATOR, "coordinator.lease-duration", "2s")
                .addProperty(DISPATCHER, "dispatcher.coordinator-poll-interval", "200ms")
                .build();
                TestingClient client = new TestingClient(cluster.getDispatcherUrl())) {
            AssignedQueries queries = cluster.getServer("coordinator-1").getInstance(AssignedQueries.class);
            Coordinators coordinators = cluster.getDispatcher().getInstance(Coordinators.class);
            assertThat(client.execute("SELECT 1").onlyValue()).isEqualTo(1);
            String incarnation = queries.getIncarnation();
            // from a leader that never claims again
            queries.hear(new LeaderClaim(1_000_000, Optional.empty(), Optional.empty(), Optional.empty()), ImmutableList.of());
            // the coordinator is unavailable only for a moment, which a busy machine may miss
            await().until(() -> coordinators.isLost(new CoordinatorIncarnation(DEFAULT, "coordinator-1", incarnation)));
            await().until(() -> coordinators.getAvailableCoordinators() == 1);
            assertThat(queries.getIncarnation()).isNotEqualTo(incarnation);
            assertThat(client.execute("SELECT 2").onlyValue()).isEqualTo(2);
        }
    }

    /**
     * A log that may be unable to say whether its leader leads.
     */
    private static class DoubtfulLog
            implements QueryLog
    {
        private final QueryLog delegate = new MemoryQueryLog();
        private final AtomicLong confirmations = new AtomicLong();
        private volatile boolean inDoubt;

        @Override
        public void start(QueryLogMember self, QueryLogListener listener)
        {
            delegate.start(self, listener);
        }

        @Override
        public CompletableFuture<Void> append(long epoch, QueryLogRecord record)
        {
            return delegate.append(epoch, record);
        }

        @Override
        public CompletableFuture<Void> replace(long epoch, QueryLogRecord record)
        {
            return delegate.replace(epoch, record);
        }

        @Override
        public CompletableFuture<Void> confirm(long epoch)
        {
            if (inDoubt) {
                return CompletableFuture.failedFuture(new QueryLogUnavailableException("The store does not answer"));
            }
            confirmations.incrementAndGet();
            return delegate.confirm(epoch);
        }

        @Override
        public boolean isDurable()
        {
            return delegate.isDurable();
        }

        @Override
        public void close()
        {
            delegate.close();
        }
    }
}
