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
package io.prestosql.dispatcher.clusters;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.util.concurrent.ListenableFuture;
import io.airlift.units.Duration;
import io.prestosql.cluster.ClusterState;
import io.prestosql.cluster.ClustersFixture;
import io.prestosql.dispatcher.clusters.ClusterChangeCodec.StoredChange;
import io.prestosql.dispatcher.clusters.LastingRecordReaders.OtherDispatchers;
import io.prestosql.dispatcher.clusters.OrderedStateCodec.StoredState;
import io.prestosql.node.ClusterName;
import io.prestosql.rpc.NotLeaderException;
import io.prestosql.spi.querylog.DeposedException;
import io.prestosql.spi.querylog.QueryLogRecord;
import io.prestosql.spi.querylog.QueryLogRecord.Kind;
import io.prestosql.spi.querylog.QueryLogUnavailableException;
import jakarta.ws.rs.ClientErrorException;
import jakarta.ws.rs.NotFoundException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;

import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.airlift.json.JsonCodec.jsonCodec;
import static io.prestosql.cluster.ClusterState.ACTIVE;
import static io.prestosql.cluster.ClusterState.DRAINING;
import static io.prestosql.cluster.ClusterState.INACTIVE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.Executors.newSingleThreadScheduledExecutor;
import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.MINUTES;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestOrderedStates
{
    private static final long EPOCH = 5;
    private static final ClusterName ETL = new ClusterName("etl");
    private static final ClusterName GONE = new ClusterName("gone");
    private static final Instant NOW = Instant.parse("2026-12-01T07:00:00Z");

    private final TestingLastingRecords log = new TestingLastingRecords();
    private final OrderedStateCodec codec = new OrderedStateCodec(jsonCodec(StoredState.class));
    private final TestingLastingRecords audit = new TestingLastingRecords();
    private final ClusterChanges changes = new ClusterChanges(audit, new ClusterChangeCodec(jsonCodec(StoredChange.class)), new ClusterChangesConfig(), Clock.fixed(NOW, ZoneOffset.UTC));
    private ClustersFixture fixture;
    private OrderedStates states;

    @BeforeEach
    public void setUp(@TempDir Path directory)
            throws IOException
    {
        fixture = new ClustersFixture(directory, "etl");
        states = new OrderedStates(log, fixture.clusters(), changes, codec, TestingLastingRecords.readers(), Clock.fixed(NOW, ZoneOffset.UTC));
    }

    @AfterEach
    public void tearDown()
    {
        fixture.close();
    }

    @Test
    public void testOrderCountsWhenTheLogHasIt()
    {
        log.elect(EPOCH);
        ListenableFuture<Void> order = states.carryOut(ETL, order(DRAINING));
        assertThat(order.isDone()).isFalse();
        assertThat(stateOf(ETL)).isEqualTo(ACTIVE);
        assertThat(log.writes()).singleElement().satisfies(write -> {
            assertThat(write.key()).isEqualTo("cluster-state/etl");
            assertThat(codec.decode(write.content())).isEqualTo(ordered(DRAINING));
        });
        log.writes().getFirst().done().complete(null);
        assertThat(stateOf(ETL)).isEqualTo(DRAINING);
        // the change is not in the log yet
        assertThat(order.isDone()).isFalse();
        audit.completeLast();
        assertThat(order.isDone()).isTrue();
        assertThat(states.states()).isEqualTo(ImmutableMap.of(ETL, ordered(DRAINING)));

        ListenableFuture<Void> cleared = states.carryOut(ETL, clear());
        assertThat(stateOf(ETL)).isEqualTo(DRAINING);
        assertThat(log.writes().getLast().content()).isEmpty();
        log.completeLast();
        audit.completeLast();
        assertThat(cleared.isDone()).isTrue();
        assertThat(stateOf(ETL)).isEqualTo(ACTIVE);
        assertThat(states.states()).isEmpty();

        audit.elect(EPOCH + 1, audit.written());
        assertThat(changes.last(10)).containsExactly(
                new ClusterChange(NOW, "alice", Optional.of("10.0.0.1"), ETL, ChangedProperty.STATE, "DRAINING", "none"),
                new ClusterChange(NOW, "alice", Optional.of("10.0.0.1"), ETL, ChangedProperty.STATE, "none", "DRAINING"));
    }

    @Test
    public void testClearingNothingIsNoChange()
    {
        log.elect(EPOCH);
        ListenableFuture<Void> cleared = states.carryOut(ETL, clear());
        log.completeLast();
        assertThat(cleared.isDone()).isTrue();
        assertThat(audit.writes()).isEmpty();
    }

    @Test
    public void testChangeIsInDoubt()
    {
        log.elect(EPOCH);
        ListenableFuture<Void> order = states.carryOut(ETL, order(DRAINING));
        log.completeLast();
        audit.writes().getLast().done().completeExceptionally(new QueryLogUnavailableException("no majority"));
        // to be repeated
        assertThatThrownBy(() -> getDone(order)).isInstanceOf(QueryLogUnavailableException.class);
        assertThat(stateOf(ETL)).isEqualTo(DRAINING);
    }

    @Test
    public void testChangeThatAnEarlierLeaderDidNotNote()
    {
        log.elect(EPOCH, record(ETL, DRAINING));
        audit.completeLast();
        audit.elect(EPOCH + 1, audit.written());
        assertThat(changes.last(10)).containsExactly(new ClusterChange(NOW, "alice", Optional.of("10.0.0.1"), ETL, ChangedProperty.STATE, "unknown", "DRAINING"));
    }

    /**
     * Neither an order whose caller has gone is carried out later, nor one before an earlier one.
     */
    @Test
    public void testOrdersThatWaitForReaders()
    {
        ScheduledExecutorService scheduler = newSingleThreadScheduledExecutor(daemonThreadsNamed("waiting-orders"));
        TestingLastingRecords waiting = new TestingLastingRecords();
        LastingRecordReaders readers = readersWithoutTwo(waiting, scheduler, new Duration(1, HOURS));
        OrderedStates gated = new OrderedStates(waiting, fixture.clusters(), changes, codec, readers, Clock.fixed(NOW, ZoneOffset.UTC));
        waiting.elect(EPOCH);
        gated.carryOut(ETL, order(DRAINING));
        ListenableFuture<Void> gone = gated.carryOut(ETL, order(INACTIVE));
        gated.carryOut(ETL, order(ACTIVE));
        gone.cancel(true);
        assertThat(waiting.writes()).isEmpty();
        readers.asked("two");
        scheduler.shutdownNow();
        assertThat(waiting.writes()).extracting(write -> codec.decode(write.content()).state()).containsExactly(DRAINING, ACTIVE);
    }

    /**
     * The next leader may know that all can read the order.
     */
    @Test
    public void testDeposedLeaderRefusesNoOrder()
    {
        ScheduledExecutorService scheduler = newSingleThreadScheduledExecutor(daemonThreadsNamed("waiting-orders"));
        TestingLastingRecords waiting = new TestingLastingRecords();
        CountDownLatch deposed = new CountDownLatch(1);
        LastingRecordReaders readers = readersWithoutTwo(waiting, scheduler, new Duration(1, MILLISECONDS));
        OrderedStates gated = new OrderedStates(waiting, fixture.clusters(), changes, codec, readers, Clock.fixed(NOW, ZoneOffset.UTC));
        waiting.elect(EPOCH);
        Future<?> _ = scheduler.submit(() -> deposed.await(1, MINUTES));
        ListenableFuture<Void> order = gated.carryOut(ETL, order(DRAINING));
        waiting.elect(EPOCH + 1);
        deposed.countDown();
        assertThatThrownBy(order::get).cause().isInstanceOf(NotLeaderException.class);

        ListenableFuture<Void> next = gated.carryOut(ETL, order(DRAINING));
        assertThatThrownBy(next::get).cause().isInstanceOf(ClientErrorException.class);
        scheduler.shutdownNow();
        assertThat(waiting.writes()).isEmpty();
    }

    /**
     * Returns readers of which dispatcher two has not asked yet.
     */
    private static LastingRecordReaders readersWithoutTwo(TestingLastingRecords records, ScheduledExecutorService scheduler, Duration maxWait)
    {
        return new LastingRecordReaders(
                "one",
                records,
                () -> new OtherDispatchers(ImmutableSet.of("two"), ImmutableSet.of()),
                scheduler,
                maxWait,
                new Duration(2, SECONDS),
                System::nanoTime);
    }

    @Test
    public void testUnknownCluster()
    {
        log.elect(EPOCH, record(GONE, INACTIVE));
        assertThatThrownBy(() -> getDone(states.carryOut(GONE, order(ACTIVE))))
                .isInstanceOf(NotFoundException.class)
                .hasMessage("There is no cluster 'gone': there are default, etl");
        assertThatThrownBy(() -> getDone(states.carryOut(new ClusterName("never"), clear())))
                .isInstanceOf(NotFoundException.class);
        assertThat(log.writes()).isEmpty();
        // what is left of it can be cleared
        states.carryOut(GONE, clear());
        log.completeLast();
        assertThat(states.states()).isEmpty();
    }

    @Test
    public void testNotLeading()
    {
        assertThatThrownBy(() -> getDone(states.carryOut(ETL, order(DRAINING)))).isInstanceOf(NotLeaderException.class);
        log.elect(EPOCH);
        ListenableFuture<Void> order = states.carryOut(ETL, order(DRAINING));
        log.writes().getFirst().done().completeExceptionally(new DeposedException(EPOCH));
        assertThatThrownBy(() -> getDone(order)).isInstanceOf(NotLeaderException.class);
        assertThat(stateOf(ETL)).isEqualTo(ACTIVE);
    }

    @Test
    public void testLogDoesNotAnswer()
    {
        log.elect(EPOCH);
        ListenableFuture<Void> order = states.carryOut(ETL, order(DRAINING));
        log.writes().getFirst().done().completeExceptionally(new QueryLogUnavailableException("no majority"));
        assertThatThrownBy(() -> getDone(order)).isInstanceOf(QueryLogUnavailableException.class);
        assertThat(stateOf(ETL)).isEqualTo(ACTIVE);
    }

    @Test
    public void testLastOrderCounts()
    {
        log.elect(EPOCH);
        states.carryOut(ETL, order(DRAINING));
        states.carryOut(ETL, order(INACTIVE));
        log.completeLast();
        log.writes().getFirst().done().complete(null);
        assertThat(stateOf(ETL)).isEqualTo(INACTIVE);
    }

    @Test
    public void testOrderOfAnEarlierEpoch()
    {
        log.elect(EPOCH);
        states.carryOut(ETL, order(DRAINING));
        // another leader has written something else meanwhile
        log.elect(EPOCH + 2, record(ETL, INACTIVE));
        log.writes().getFirst().done().complete(null);
        assertThat(stateOf(ETL)).isEqualTo(INACTIVE);
    }

    @Test
    public void testElected()
            throws IOException
    {
        log.elect(EPOCH, record(ETL, DRAINING), new QueryLogRecord("another fact", Kind.LASTING, new byte[] {1}), record(GONE, INACTIVE));
        assertThat(stateOf(ETL)).isEqualTo(DRAINING);
        assertThat(states.states()).containsOnlyKeys(ETL, GONE);
        // a cluster that is defined later
        fixture.define("gone", "");
        fixture.clusters().load();
        assertThat(stateOf(GONE)).isEqualTo(INACTIVE);
        log.elect(EPOCH + 1);
        assertThat(stateOf(ETL)).isEqualTo(ACTIVE);
        assertThat(stateOf(GONE)).isEqualTo(ACTIVE);
    }

    /**
     * A record of a newer release, or a broken one, neither keeps the others from counting, nor is it lost.
     */
    @Test
    public void testUnreadableRecord()
    {
        QueryLogRecord unknown = new QueryLogRecord("cluster-state/etl", Kind.LASTING, "{\"formatVersion\":2}".getBytes(UTF_8));
        QueryLogRecord broken = new QueryLogRecord("cluster-state/Not A Name", Kind.LASTING, new byte[] {1});
        log.elect(EPOCH, unknown, broken, record(GONE, INACTIVE));
        // an operator may have taken it out
        assertThat(stateOf(ETL)).isEqualTo(DRAINING);
        assertThat(states.states().get(GONE)).isEqualTo(ordered(INACTIVE));
        assertThat(states.unreadable()).containsExactly("cluster-state/etl", "cluster-state/Not A Name");
        assertThat(log.writes()).isEmpty();

        // a new order takes its place
        states.carryOut(ETL, order(ACTIVE));
        log.completeLast();
        assertThat(stateOf(ETL)).isEqualTo(ACTIVE);
        assertThat(states.unreadable()).containsExactly("cluster-state/Not A Name");

        // what the earlier leader has told, as it could read it
        states.learn(EPOCH + 1, ImmutableMap.of(ETL, ordered(INACTIVE)));
        log.elect(EPOCH + 2, unknown);
        assertThat(stateOf(ETL)).isEqualTo(INACTIVE);

        // it can be cleared
        states.carryOut(ETL, clear());
        log.completeLast();
        assertThat(stateOf(ETL)).isEqualTo(ACTIVE);
        assertThat(states.unreadable()).isEmpty();
    }

    /**
     * A record that cannot be read is still there: its absence among the facts is no order.
     */
    @Test
    public void testUnreadableRecordIsNoChange()
    {
        audit.elect(EPOCH);
        log.elect(EPOCH);
        states.carryOut(ETL, order(ACTIVE));
        log.completeLast();
        audit.completeLast();
        audit.elect(EPOCH + 1, audit.written());
        int before = audit.writes().size();
        log.elect(EPOCH + 1, new QueryLogRecord("cluster-state/etl", Kind.LASTING, "{\"formatVersion\":2}".getBytes(UTF_8)));
        assertThat(audit.writes()).hasSize(before);
        assertThat(changes.last(10)).extracting(ClusterChange::newValue).containsExactly("ACTIVE");
    }

    @Test
    public void testLearns()
    {
        states.learn(EPOCH, ImmutableMap.of(ETL, ordered(DRAINING)));
        assertThat(stateOf(ETL)).isEqualTo(DRAINING);
        states.learn(EPOCH, ImmutableMap.of(ETL, ordered(INACTIVE)));
        assertThat(stateOf(ETL)).isEqualTo(INACTIVE);
        // an answer of a leader that was deposed
        states.learn(EPOCH - 1, ImmutableMap.of());
        assertThat(stateOf(ETL)).isEqualTo(INACTIVE);
        log.elect(EPOCH + 1, record(ETL, DRAINING));
        states.learn(EPOCH, ImmutableMap.of());
        assertThat(stateOf(ETL)).isEqualTo(DRAINING);
    }

    private ClusterState stateOf(ClusterName cluster)
    {
        return fixture.clusters().find(cluster).orElseThrow().settings().state();
    }

    private QueryLogRecord record(ClusterName cluster, ClusterState state)
    {
        return new QueryLogRecord("cluster-state/" + cluster, Kind.LASTING, codec.encode(ordered(state)));
    }

    private static OrderedState ordered(ClusterState state)
    {
        return new OrderedState(state, "alice", Optional.of("10.0.0.1"), NOW);
    }

    private static StateOrder order(ClusterState state)
    {
        return new StateOrder(Optional.of(state), "alice", Optional.of("10.0.0.1"));
    }

    private static StateOrder clear()
    {
        return new StateOrder(Optional.empty(), "alice", Optional.of("10.0.0.1"));
    }

    private static void getDone(ListenableFuture<Void> future)
            throws Throwable
    {
        assertThat(future.isDone()).isTrue();
        if (future.state() == Future.State.FAILED) {
            throw future.exceptionNow();
        }
    }
}
