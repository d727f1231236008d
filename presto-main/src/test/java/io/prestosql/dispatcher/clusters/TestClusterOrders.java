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
import com.google.common.util.concurrent.ListenableFuture;
import io.prestosql.cluster.ClusterState;
import io.prestosql.cluster.ClustersFixture;
import io.prestosql.dispatcher.clusters.ClusterChangeCodec.StoredChange;
import io.prestosql.dispatcher.clusters.OrderedDefinitionCodec.StoredDefinition;
import io.prestosql.dispatcher.clusters.OrderedStateCodec.StoredState;
import io.prestosql.node.ClusterName;
import io.prestosql.rpc.NotLeaderException;
import io.prestosql.spi.querylog.DeposedException;
import io.prestosql.spi.querylog.QueryLogRecord;
import io.prestosql.spi.querylog.QueryLogRecord.Kind;
import io.prestosql.spi.querylog.QueryLogUnavailableException;
import io.prestosql.testing.TestingConditions;
import jakarta.ws.rs.WebApplicationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

import static io.airlift.json.JsonCodec.jsonCodec;
import static io.prestosql.cluster.ClusterState.ACTIVE;
import static io.prestosql.cluster.ClusterState.DRAINING;
import static io.prestosql.cluster.ClusterState.INACTIVE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.awaitility.Awaitility.await;

/**
 * Clusters are removed: their definitions and their ordered states.
 */
public class TestClusterOrders
{
    static {
        TestingConditions.lookOften();
    }

    private static final long EPOCH = 5;
    private static final ClusterName FILE = new ClusterName("file");
    private static final ClusterName ETL = new ClusterName("etl");
    private static final Instant NOW = Instant.parse("2026-12-01T07:00:00Z");
    private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);
    private static final DefinitionOrder REMOVE = new DefinitionOrder(Optional.empty(), "bob", Optional.of("10.0.0.2"));

    private final TestingLastingRecords records = new TestingLastingRecords();
    private final TestingLastingRecords audit = new TestingLastingRecords();
    private final OrderedStateCodec stateCodec = new OrderedStateCodec(jsonCodec(StoredState.class));
    private final OrderedDefinitionCodec definitionCodec = new OrderedDefinitionCodec(jsonCodec(StoredDefinition.class));
    private final ClusterChanges changes = new ClusterChanges(audit, new ClusterChangeCodec(jsonCodec(StoredChange.class)), new ClusterChangesConfig(), CLOCK);
    private final Set<ClusterName> used = new HashSet<>();
    private ClustersFixture fixture;
    private OrderedStates states;
    private OrderedDefinitions definitions;
    private ClusterOrders orders;

    @BeforeEach
    public void setUp(@TempDir Path directory)
            throws IOException
    {
        fixture = new ClustersFixture(directory, "file");
        states = new OrderedStates(records, fixture.clusters(), changes, stateCodec, TestingLastingRecords.readers(), CLOCK);
        definitions = new OrderedDefinitions(records, fixture.clusters(), changes, definitionCodec, TestingLastingRecords.readers(), CLOCK);
        orders = new ClusterOrders(records, fixture.clusters(), states, definitions, used::contains);
    }

    @AfterEach
    public void tearDown()
    {
        fixture.close();
    }

    @Test
    public void testUsedClusterIsDrainedAndThenRemoved()
            throws Exception
    {
        records.elect(EPOCH);
        complete(orders.carryOut(ETL, define()));
        used.add(ETL);
        ListenableFuture<Void> order = orders.carryOut(ETL, REMOVE);
        assertThat(records.writes().getLast().key()).isEqualTo("cluster-state/etl");
        assertThat(order.isDone()).isFalse();
        complete(order);
        assertRefusal(order, "Cluster etl runs queries. From now on its state is DRAINING, so it gets no new ones: repeat this call when it is drained, or order the state ACTIVE to keep the cluster");
        assertThat(stateOf(ETL)).isEqualTo(DRAINING);
        assertThat(states.states()).containsExactly(entry(ETL, new OrderedState(DRAINING, "bob", Optional.of("10.0.0.2"), NOW)));

        int writes = records.writes().size();
        assertRefusal(orders.carryOut(ETL, REMOVE), "Cluster etl still runs queries. Its state is DRAINING, so it gets no new ones: repeat this call when it is drained");
        assertThat(records.writes()).hasSize(writes);

        used.clear();
        order = orders.carryOut(ETL, REMOVE);
        assertThat(records.writes().getLast().key()).isEqualTo("cluster-definition/etl");
        records.completeAll();
        audit.completeAll();
        await().until(() -> records.writes().getLast().key(), "cluster-state/etl"::equals);
        assertThat(fixture.clusters().find(ETL)).as("it never was active again").isEmpty();
        assertThat(order.isDone()).isFalse();
        complete(order);
        order.get();
        assertThat(records.written()).isEmpty();

        complete(orders.carryOut(ETL, define()));
        assertThat(stateOf(ETL)).isEqualTo(ACTIVE);
        audit.elect(EPOCH + 1, audit.written());
        assertThat(changes.last(10)).extracting(change -> "%s: %s of %s".formatted(change.user(), change.property(), change.cluster()) + " → " + change.newValue()).containsExactly(
                "alice: definition of etl → [discovery.uri=http://etl:8080]",
                "bob: state of etl → none",
                "bob: definition of etl → none",
                "bob: state of etl → DRAINING",
                "alice: definition of etl → [discovery.uri=http://etl:8080]");
    }

    @Test
    public void testUnusedClusterIsRemovedAtOnce()
            throws Exception
    {
        records.elect(EPOCH);
        complete(orders.carryOut(ETL, define()));
        ListenableFuture<Void> order = orders.carryOut(ETL, REMOVE);
        complete(order);
        order.get();
        assertThat(records.writes()).extracting(TestingLastingRecords.Write::key).containsOnly("cluster-definition/etl");
        assertThat(fixture.clusters().find(ETL)).isEmpty();
        assertThat(orders.carryOut(ETL, REMOVE).exceptionNow()).hasMessage("There is no cluster 'etl': there are default, file");
    }

    @Test
    public void testStatesThatTakeNoQueries()
    {
        records.elect(EPOCH, definition(ETL), state(ETL, INACTIVE));
        await().until(() -> fixture.clusters().find(ETL).isPresent());
        used.add(ETL);
        assertRefusal(orders.carryOut(ETL, REMOVE), "Cluster etl still runs queries. Its state is INACTIVE, so it gets no new ones: repeat this call when it is drained");
        assertThat(records.writes()).isEmpty();
    }

    @Test
    public void testDrainFails()
    {
        records.elect(EPOCH, definition(ETL));
        await().until(() -> fixture.clusters().find(ETL).isPresent());
        used.add(ETL);
        ListenableFuture<Void> order = orders.carryOut(ETL, REMOVE);
        records.writes().getLast().done().completeExceptionally(new QueryLogUnavailableException("no majority"));
        assertThat(order.exceptionNow()).isInstanceOf(QueryLogUnavailableException.class);
        order = orders.carryOut(ETL, REMOVE);
        records.writes().getLast().done().completeExceptionally(new DeposedException(EPOCH));
        assertThat(order.exceptionNow()).isInstanceOf(NotLeaderException.class);

        assertThat(stateOf(ETL)).isEqualTo(ACTIVE);
        assertThat(definitions.definitions()).containsOnlyKeys(ETL);
    }

    /**
     * What another dispatcher believes of a cluster does not count.
     */
    @Test
    public void testNotLeading()
    {
        states.learn(EPOCH, ImmutableMap.of(ETL, new OrderedState(DRAINING, "alice", Optional.empty(), NOW)));
        definitions.learn(EPOCH, ImmutableMap.of(ETL, new OrderedDefinition(define().properties().orElseThrow(), "alice", Optional.empty(), NOW)));
        await().until(() -> fixture.clusters().find(ETL).isPresent());
        used.add(ETL);
        assertThat(orders.carryOut(ETL, REMOVE).exceptionNow()).isInstanceOf(NotLeaderException.class);
        used.clear();
        assertThat(orders.carryOut(ETL, REMOVE).exceptionNow()).isInstanceOf(NotLeaderException.class);
        assertThat(orders.carryOut(ETL, define()).exceptionNow()).isInstanceOf(NotLeaderException.class);
    }

    /**
     * The cluster of a file keeps its state when the definition of the same name is removed from the log.
     */
    @Test
    public void testNameInFileAndLog()
            throws Exception
    {
        records.elect(EPOCH, definition(FILE));
        fixture.clusters().start();
        await().until(() -> !fixture.clusters().getProblems().isEmpty());
        used.add(FILE);
        ListenableFuture<Void> order = orders.carryOut(FILE, REMOVE);
        complete(order);
        order.get();
        assertThat(stateOf(FILE)).isEqualTo(ACTIVE);

        records.elect(EPOCH + 1, definition(FILE), state(FILE, INACTIVE));
        await().until(() -> !fixture.clusters().getProblems().isEmpty());
        order = orders.carryOut(FILE, REMOVE);
        complete(order);
        order.get();
        assertThat(stateOf(FILE)).isEqualTo(INACTIVE);
        assertThat(records.writes()).extracting(TestingLastingRecords.Write::key).containsOnly("cluster-definition/file");
        assertRefusal(orders.carryOut(FILE, REMOVE), "Cluster file is defined in %s of the dispatchers: change it there, or remove it there first".formatted(fixture.file("file")));
        assertThat(states.states()).containsOnlyKeys(FILE);
    }

    /**
     * The order is repeated at the next leader, which finds only a part of what was to be removed.
     */
    @Test
    public void testLeaderIsReplacedInBetween()
            throws Exception
    {
        records.elect(EPOCH, definition(ETL), state(ETL, DRAINING));
        await().until(() -> fixture.clusters().find(ETL).isPresent());
        ListenableFuture<Void> order = orders.carryOut(ETL, REMOVE);
        records.completeAll();
        audit.completeAll();
        await().until(() -> records.writes().getLast().key(), "cluster-state/etl"::equals);
        records.writes().getLast().done().completeExceptionally(new DeposedException(EPOCH));
        await().until(order::isDone);
        assertThat(order.exceptionNow()).isInstanceOf(NotLeaderException.class);

        records.elect(EPOCH + 2, state(ETL, DRAINING));
        order = orders.carryOut(ETL, REMOVE);
        complete(order);
        order.get();
        assertThat(states.states()).isEmpty();
        assertThat(orders.carryOut(ETL, REMOVE).exceptionNow()).hasMessage("There is no cluster 'etl': there are default, file");
    }

    private void complete(ListenableFuture<Void> order)
    {
        await().until(() -> {
            records.completeAll();
            audit.completeAll();
            return order.isDone();
        });
    }

    private ClusterState stateOf(ClusterName cluster)
    {
        return fixture.clusters().find(cluster).orElseThrow().settings().state();
    }

    private QueryLogRecord definition(ClusterName cluster)
    {
        OrderedDefinition definition = new OrderedDefinition(ImmutableMap.of("discovery.uri", "http://elsewhere-%s:8080".formatted(cluster)), "alice", Optional.empty(), NOW);
        return new QueryLogRecord("cluster-definition/" + cluster, Kind.LASTING, definitionCodec.encode(definition));
    }

    private QueryLogRecord state(ClusterName cluster, ClusterState state)
    {
        return new QueryLogRecord("cluster-state/" + cluster, Kind.LASTING, stateCodec.encode(new OrderedState(state, "alice", Optional.empty(), NOW)));
    }

    private static DefinitionOrder define()
    {
        return new DefinitionOrder(Optional.of(ImmutableMap.of("discovery.uri", "http://etl:8080")), "alice", Optional.of("10.0.0.1"));
    }

    private static void assertRefusal(ListenableFuture<Void> order, String reason)
    {
        assertThat(order.exceptionNow()).isInstanceOfSatisfying(WebApplicationException.class, refusal -> {
            assertThat(refusal.getResponse().getStatus()).isEqualTo(409);
            assertThat(refusal.getMessage()).isEqualTo(reason);
        });
    }
}
