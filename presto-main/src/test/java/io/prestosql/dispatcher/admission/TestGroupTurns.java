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
package io.prestosql.dispatcher.admission;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.airlift.units.DataSize;
import io.airlift.units.Duration;
import io.prestosql.node.ClusterName;
import io.prestosql.selection.core.ClusterCapacity;
import io.prestosql.selection.core.ClusterRooms;
import io.prestosql.selection.core.ClusterRoute;
import io.prestosql.spi.selection.ClusterSelection;
import io.prestosql.spi.selection.ClusterTarget;
import io.trino.Session;
import io.trino.SystemSessionProperties;
import io.trino.execution.ManagedQueryExecution;
import io.trino.execution.QueryInfo;
import io.trino.execution.QueryState;
import io.trino.execution.StateMachine.StateChangeListener;
import io.trino.execution.resourcegroups.InternalResourceGroup;
import io.trino.execution.resourcegroups.ResourceGroupManager;
import io.trino.server.BasicQueryInfo;
import io.trino.spi.ErrorCode;
import io.trino.spi.QueryId;
import io.trino.spi.resourcegroups.ResourceGroup;
import io.trino.spi.resourcegroups.SelectionContext;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;

import static com.google.common.reflect.Reflection.newProxy;
import static io.trino.spi.resourcegroups.SchedulingPolicy.QUERY_PRIORITY;
import static io.trino.testing.TestingSession.testSessionBuilder;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Tests turns in the engine's own groups.
 */
public class TestGroupTurns
{
    private static final String PRIORITY = SystemSessionProperties.QUERY_PRIORITY;
    private static final ClusterRoute.BoundToCluster FULL = new ClusterRoute.BoundToCluster(new ClusterName("full"));
    private static final ClusterRoute.BoundToCluster IDLE = new ClusterRoute.BoundToCluster(new ClusterName("idle"));

    private final AdmissionGate gate = new AdmissionGate();
    private final ClusterRooms rooms = new ClusterRooms();
    /** Starts that the group has decided, and of which its queries have not been told yet. */
    private final Queue<Runnable> starts = new ArrayDeque<>();
    private final InternalResourceGroup root = new InternalResourceGroup("root", (_, _) -> {}, starts::add);
    private final InternalResourceGroup leaf = root.getOrCreateSubGroup("leaf");
    private final SelectionContext<Object> context = new SelectionContext<>(leaf.getId(), new Object());
    private final List<String> started = new ArrayList<>();
    private final List<FakeQuery> running = new ArrayList<>();
    private final GroupTurns<Object> turns;

    @SuppressWarnings("unchecked")
    public TestGroupTurns()
    {
        turns = new GroupTurns<>(newProxy(ResourceGroupManager.class, (_, method, arguments) -> {
            assertThat(method.getName()).isEqualTo("submit");
            leaf.run((ManagedQueryExecution) arguments[0]);
            return null;
        }), gate, rooms, () -> 0.5);
        for (ResourceGroup group : ImmutableList.of(gate.gate(root), gate.gate(leaf))) {
            group.setHardConcurrencyLimit(2);
            group.setMaxQueuedQueries(10);
        }
        open();
    }

    @Test
    public void testTurnIsNotLost()
    {
        FakeQuery first = submit("first");
        FakeQuery second = submit("second");
        submit("third");
        submit("fourth");
        assertStarted("first", "second");

        close();
        // the order does not matter
        giveBack(second);
        giveBack(first);
        assertThat(root.getRunningQueries()).isZero();
        assertThat(leaf.getRunningQueries()).isZero();
        assertThat(root.getQueuedQueries()).isEqualTo(4);
        assertThat(turns.getGivenBack()).isEqualTo(2);
        submit("fifth");

        started.clear();
        open();
        assertStarted("first", "second");
        assertThat(root.getRunningQueries()).isEqualTo(2);
        assertThat(root.getQueuedQueries()).isEqualTo(3);
        // the queries whose turns they took do not lose their own turns either
        second.finish();
        first.finish();
        assertStarted("first", "second", "third", "fourth");
        submit("sixth");
        while (!running.isEmpty()) {
            running.getFirst().finish();
            runStarts();
        }
        assertStarted("first", "second", "third", "fourth", "fifth", "sixth");
        assertThat(root.getRunningQueries()).isZero();
        assertThat(root.getQueuedQueries()).isZero();
    }

    @Test
    public void testCountOfWaitingQueries()
    {
        setClusters(0, 10);
        submit("first", IDLE);
        submit("second", IDLE);
        submit("third", IDLE);
        submit("full", FULL);
        submit("any", ClusterRoute.ANY);
        assertStarted("first", "second");
        assertThat(turns.countWaiting(new ClusterName("idle"))).isEqualTo(2);
        assertThat(turns.countWaiting(new ClusterName("full"))).isEqualTo(2);
        assertThat(turns.countWaiting(new ClusterName("other"))).as("no cluster of the rooms").isZero();
    }

    @Test
    public void testQueueIsFull()
    {
        FakeQuery first = submit("first");
        submit("second");
        for (int i = 0; i < 10; i++) {
            submit("waiting " + i);
        }
        assertStarted("first", "second");
        close();
        giveBack(first);
        assertThat(root.getQueuedQueries()).isEqualTo(11);
        assertThat(root.getMaxQueuedQueries()).isEqualTo(10);
        assertThat(leaf.getMaxQueuedQueries()).isEqualTo(10);
        assertThat(first.failure).isEmpty();
        // another query still finds the queue full
        assertThat(submit("refused").failure).isPresent();
        started.clear();
        open();
        assertStarted("first");
    }

    @Test
    public void testEndWhileItWaitsAgain()
    {
        FakeQuery first = submit("first");
        FakeQuery second = submit("second");
        FakeQuery third = submit("third");
        FakeQuery fourth = submit("fourth");
        assertStarted("first", "second");
        close();
        giveBack(first);
        giveBack(second);
        first.finish();
        third.finish();
        assertThat(root.getQueuedQueries()).isEqualTo(2);
        // this query is over
        giveBack(first);
        assertThat(root.getQueuedQueries()).isEqualTo(2);
        started.clear();
        open();
        assertStarted("second", "fourth");
        second.finish();
        fourth.finish();
        assertThat(root.getRunningQueries()).isZero();
        assertThat(root.getQueuedQueries()).isZero();
    }

    /**
     * The group tells queries of their slots on other threads, a moment later. A query may end in that moment.
     */
    @Test
    public void testQueryEndsBetweenSlotAndStart()
    {
        setLimit(1);
        FakeQuery first = submit("first");
        FakeQuery second = submit("second");
        FakeQuery third = submit("third");
        assertStarted("first");
        close();
        giveBack(first);
        started.clear();
        gate.coordinatorsChanged(() -> true);
        // the group gave the slot to the turn of the second query, and the first query is to take that turn over
        second.finish();
        assertThat(starts).hasSize(2);
        assertStarted("first");
        assertThat(root.getRunningQueries()).isEqualTo(1);
        first.finish();
        assertStarted("first", "third");
        third.finish();
        assertThat(root.getRunningQueries()).isZero();
        assertThat(root.getQueuedQueries()).isZero();
    }

    @Test
    public void testGivenBackWhileOpen()
    {
        setLimit(1);
        FakeQuery first = submit("first");
        submit("second");
        assertStarted("first");
        giveBack(first);
        // it is this query's turn again at once
        assertStarted("first", "first");
        assertThat(root.getRunningQueries()).isEqualTo(1);
        assertThat(root.getQueuedQueries()).isEqualTo(1);
    }

    @Test
    public void testPriorities()
    {
        root.setSchedulingPolicy(QUERY_PRIORITY);
        setLimit(1);
        FakeQuery low = submit("low", 1);
        submit("second low", 1);
        submit("high", 5);
        assertStarted("low");
        close();
        giveBack(low);
        submit("second high", 5);
        started.clear();
        open();
        for (int i = 0; i < 3; i++) {
            running.getFirst().finish();
            runStarts();
        }
        // a query without a turn does not take one of a higher priority
        assertStarted("high", "second high", "low", "second low");
    }

    /**
     * The engine refuses a priority that is not positive, but only when the query has to wait.
     */
    @Test
    public void testGroupRefusesQueryThatWaitsAgain()
    {
        FakeQuery odd = submit("odd", -1);
        assertStarted("odd");
        close();
        assertThatThrownBy(() -> giveBack(odd)).hasMessage("Query priority must be positive");
        assertThat(root.getRunningQueries()).isEqualTo(1);
        assertThat(root.getQueuedQueries()).isZero();
        odd.finish();
        assertThat(root.getRunningQueries()).isZero();
        FakeQuery other = submit("other");
        open();
        assertStarted("odd", "other");
        other.finish();
        assertThat(root.getRunningQueries()).isZero();
    }

    /**
     * The slots of queries whose cluster is full go to those behind them. When there is room, the first of them is the next to start.
     */
    @Test
    public void testQueriesForAFullClusterHoldUpNoOthers()
    {
        setClusters(0, 10);
        for (int number = 1; number <= 3; number++) {
            submit("full " + number, FULL);
        }
        runStarts();
        assertThat(started).isEmpty();
        assertThat(leaf.getRunningQueries()).as("no slot is held in vain").isZero();
        for (int number = 1; number <= 4; number++) {
            submit("idle " + number, IDLE);
        }
        assertStarted("idle 1", "idle 2");
        assertThat(leaf.getRunningQueries()).isEqualTo(2);
        running.getFirst().finish();
        assertStarted("idle 1", "idle 2", "idle 3");

        setClusters(1, 10);
        assertThat(leaf.getRunningQueries()).isEqualTo(2);
        running.getFirst().finish();
        assertStarted("idle 1", "idle 2", "idle 3", "full 1");
        // it is full again
        running.getFirst().finish();
        assertStarted("idle 1", "idle 2", "idle 3", "full 1", "idle 4");
        setClusters(3, 10);
        finishAll();
        assertStarted("idle 1", "idle 2", "idle 3", "full 1", "idle 4", "full 2", "full 3");
        assertThat(root.getRunningQueries()).isZero();
        assertThat(root.getQueuedQueries()).isZero();
    }

    /**
     * Changed rules send queries that wait elsewhere. They keep their places.
     */
    @Test
    public void testRulesChangeWhileQueriesWait()
    {
        setLimit(1);
        setClusters(0, 10);
        FakeRoutedQuery first = new FakeRoutedQuery("first", 1, FULL);
        submit(first);
        submit("second", IDLE);
        submit("third", IDLE);
        assertStarted("second");
        first.route = IDLE;
        turns.reroute(first);
        turns.roomsChanged();
        running.getFirst().finish();
        assertStarted("second", "first");
        running.getFirst().finish();
        assertStarted("second", "first", "third");
        // a query with a slot goes on
        turns.reroute(running.getFirst());
        finishAll();
        assertThat(root.getRunningQueries()).isZero();
        assertThat(root.getQueuedQueries()).isZero();
    }

    @Test
    public void testRulesChangeForAQueryWithALateTurn()
    {
        setLimit(1);
        setClusters(1, 10);
        FakeRoutedQuery first = new FakeRoutedQuery("first", 1, FULL);
        submit(first);
        submit("second", IDLE);
        submit("third", IDLE);
        assertStarted("first");
        setClusters(0, 10);
        giveBack(first);
        started.clear();
        runStarts();
        assertStarted("second");
        first.route = IDLE;
        turns.reroute(first);
        turns.roomsChanged();
        running.getFirst().finish();
        assertStarted("second", "first");
        finishAll();
        assertThat(root.getRunningQueries()).isZero();
        assertThat(root.getQueuedQueries()).isZero();
    }

    @Test
    public void testGroupOfAFullClusterTakesNoSlotFromOthers()
    {
        InternalResourceGroup other = root.getOrCreateSubGroup("other");
        ResourceGroup configured = gate.gate(other);
        configured.setHardConcurrencyLimit(2);
        configured.setMaxQueuedQueries(10);
        setLimit(1);
        setClusters(0, 10);
        submit("full", FULL);
        other.run(new FakeQuery("other", 1));
        assertStarted("other");
        assertThat(gate.hardConcurrencyLimit(leaf.getId())).as("users see the configured limit").hasValue(2);
    }

    @Test
    public void testClusterIsFullWhenTheSlotComes()
    {
        setClusters(1, 10);
        submit("first", FULL);
        submit("second", FULL);
        // both have a slot, but the cluster has room for one
        assertThat(leaf.getRunningQueries()).isEqualTo(2);
        assertStarted("first");
        assertThat(turns.getReturned()).isEqualTo(1);
        assertThat(leaf.getRunningQueries()).isEqualTo(1);
        assertThat(leaf.getQueuedQueries()).isEqualTo(1);
        submit("idle", IDLE);
        assertStarted("first", "idle");
        setClusters(2, 10);
        running.getFirst().finish();
        assertStarted("first", "idle", "second");
    }

    @Test
    public void testReturnedSlotNeedsNoPlaceInTheQueue()
    {
        setClusters(1, 10);
        submit("first", FULL);
        submit("second", FULL);
        for (int number = 0; number < 10; number++) {
            submit("waiting " + number, FULL);
        }
        assertStarted("first");
        assertThat(leaf.getQueuedQueries()).isEqualTo(11);
        assertThat(leaf.getMaxQueuedQueries()).isEqualTo(10);
        assertThat(submit("refused", FULL).failure).isPresent();
        running.getFirst().finish();
        assertStarted("first", "second");
    }

    /**
     * The engine refuses a priority that is not positive, but only when the query has to wait.
     */
    @Test
    public void testGroupRefusesQueryWhoseClusterIsFull()
    {
        setClusters(1, 10);
        submit("first", FULL);
        FakeQuery odd = submit("odd", -1, FULL);
        assertStarted("first");
        assertThat(odd.failure).get().extracting(Throwable::getMessage).isEqualTo("Query priority must be positive");
        odd.finish();
        assertThat(leaf.getRunningQueries()).as("its slot is free").isEqualTo(1);
        assertThat(leaf.getQueuedQueries()).isZero();
    }

    @Test
    public void testQueryThatWaitsForItsClusterEnds()
    {
        setClusters(0, 10);
        FakeQuery blocked = submit("blocked", FULL);
        submit("next", FULL);
        blocked.finish();
        setClusters(1, 10);
        assertStarted("next");
        assertThat(leaf.getQueuedQueries()).isZero();
    }

    @Test
    public void testPriorityOfAQueryThatWaitsForItsCluster()
    {
        root.setSchedulingPolicy(QUERY_PRIORITY);
        setLimit(1);
        setClusters(0, 10);
        submit("full", 9, FULL);
        submit("low", 1, IDLE);
        assertStarted("low");
        submit("high", 5, IDLE);
        submit("other low", 1, IDLE);
        setClusters(1, 10);
        finishAll();
        assertStarted("low", "full", "high", "other low");
    }

    private void setClusters(int limitOfFull, int limitOfIdle)
    {
        rooms.setCapacities(ImmutableMap.of(
                FULL.cluster(), new ClusterCapacity(true, true, OptionalInt.of(limitOfFull), 1),
                IDLE.cluster(), new ClusterCapacity(true, true, OptionalInt.of(limitOfIdle), 1)));
        turns.roomsChanged();
        runStarts();
    }

    private void finishAll()
    {
        while (!running.isEmpty()) {
            running.getFirst().finish();
            runStarts();
        }
    }

    private void open()
    {
        gate.coordinatorsChanged(() -> true);
        runStarts();
    }

    private void close()
    {
        gate.coordinatorsChanged(() -> false);
    }

    private void setLimit(int limit)
    {
        gate.gate(root).setHardConcurrencyLimit(limit);
    }

    private void giveBack(FakeQuery query)
    {
        running.remove(query);
        turns.giveBack(query);
    }

    private void runStarts()
    {
        int runs = 0;
        for (Runnable start = starts.poll(); start != null; start = starts.poll()) {
            start.run();
            runs++;
            assertThat(runs).as("turns of a group, which may not give the same ones again and again").isLessThan(1_000);
        }
    }

    private void assertStarted(String... queries)
    {
        runStarts();
        assertThat(started).containsExactly(queries);
    }

    private FakeQuery submit(String name)
    {
        return submit(name, 1);
    }

    private FakeQuery submit(String name, int priority)
    {
        return submit(new FakeQuery(name, priority));
    }

    private FakeQuery submit(String name, ClusterRoute route)
    {
        return submit(name, 1, route);
    }

    private FakeQuery submit(String name, int priority, ClusterRoute route)
    {
        return submit(new FakeRoutedQuery(name, priority, route));
    }

    private FakeQuery submit(FakeQuery query)
    {
        turns.submit(query, context, Runnable::run);
        return query;
    }

    private class FakeRoutedQuery
            extends FakeQuery
            implements RoutedQuery
    {
        private final QueryId queryId;
        private ClusterRoute route;

        private FakeRoutedQuery(String name, int priority, ClusterRoute route)
        {
            super(name, priority);
            this.queryId = new QueryId(name.replace(' ', '_'));
            this.route = requireNonNull(route, "route is null");
        }

        @Override
        public QueryId queryId()
        {
            return queryId;
        }

        @Override
        public ClusterRoute clusterRoute()
        {
            return route;
        }

        @Override
        public ClusterSelection selection()
        {
            return ClusterSelection.waitFor("test", new ClusterTarget.AnyCluster());
        }

        @Override
        public Instant submitted()
        {
            return Instant.EPOCH;
        }

        @Override
        public boolean isWaitLimited()
        {
            return false;
        }
    }

    private class FakeQuery
            implements ManagedQueryExecution
    {
        private final String name;
        private final Session session;
        private final List<StateChangeListener<QueryState>> listeners = new ArrayList<>();
        private QueryState state = QueryState.QUEUED;
        private Optional<Throwable> failure = Optional.empty();

        private FakeQuery(String name, int priority)
        {
            this.name = name;
            this.session = testSessionBuilder().setSystemProperty(PRIORITY, String.valueOf(priority)).build();
        }

        private void finish()
        {
            state = QueryState.FINISHED;
            running.remove(this);
            listeners.forEach(listener -> listener.stateChanged(state));
        }

        @Override
        public void startWaitingForResources()
        {
            state = QueryState.WAITING_FOR_RESOURCES;
            started.add(name);
            running.add(this);
        }

        @Override
        public void fail(Throwable cause)
        {
            failure = Optional.of(cause);
            state = QueryState.FAILED;
        }

        @Override
        public void addStateChangeListener(StateChangeListener<QueryState> listener)
        {
            listeners.add(listener);
        }

        @Override
        public Session getSession()
        {
            return session;
        }

        @Override
        public DataSize getUserMemoryReservation()
        {
            return DataSize.ofBytes(0);
        }

        @Override
        public DataSize getTotalMemoryReservation()
        {
            return DataSize.ofBytes(0);
        }

        @Override
        public Duration getTotalCpuTime()
        {
            return new Duration(0, MILLISECONDS);
        }

        @Override
        public BasicQueryInfo getBasicQueryInfo()
        {
            throw new UnsupportedOperationException();
        }

        @Override
        public QueryInfo getFullQueryInfo()
        {
            throw new UnsupportedOperationException();
        }

        @Override
        public QueryState getState()
        {
            return state;
        }

        @Override
        public boolean isDone()
        {
            return state.isDone();
        }

        @Override
        public Optional<ErrorCode> getErrorCode()
        {
            return Optional.empty();
        }
    }
}
