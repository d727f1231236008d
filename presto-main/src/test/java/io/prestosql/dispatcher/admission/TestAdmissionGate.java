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

import io.airlift.units.DataSize;
import io.airlift.units.Duration;
import io.trino.Session;
import io.trino.execution.ManagedQueryExecution;
import io.trino.execution.QueryInfo;
import io.trino.execution.QueryState;
import io.trino.execution.StateMachine.StateChangeListener;
import io.trino.execution.resourcegroups.InternalResourceGroup;
import io.trino.server.BasicQueryInfo;
import io.trino.spi.ErrorCode;
import io.trino.spi.resourcegroups.ResourceGroup;
import io.trino.spi.resourcegroups.ResourceGroupId;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.trino.testing.TestingSession.testSession;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests the gate with the engine's own groups behind it.
 */
public class TestAdmissionGate
{
    private final AdmissionGate gate = new AdmissionGate();
    private final InternalResourceGroup root = new InternalResourceGroup("root", (_, _) -> {}, directExecutor());
    private final List<String> started = new ArrayList<>();

    @Test
    public void testNothingStartsWithoutCoordinators()
    {
        configure(2, 10);
        FakeQuery first = run("first");
        run("second");
        run("third");
        assertThat(started).isEmpty();
        assertThat(root.getRunningQueries()).isZero();
        assertThat(root.getQueuedQueries()).isEqualTo(3);

        gate.coordinatorsChanged(() -> true);
        assertThat(started).containsExactly("first", "second");
        assertThat(root.getRunningQueries()).isEqualTo(2);

        // a query that has started keeps its slot, and no other query gets one
        gate.coordinatorsChanged(() -> false);
        first.finish();
        assertThat(root.getRunningQueries()).isEqualTo(1);
        root.updateGroupsAndProcessQueuedQueries();
        assertThat(started).containsExactly("first", "second");

        gate.coordinatorsChanged(() -> true);
        assertThat(started).containsExactly("first", "second", "third");
    }

    @Test
    public void testQueueStaysBounded()
    {
        configure(5, 2);
        run("first");
        run("second");
        assertThat(run("third").failure).isPresent();
        assertThat(started).isEmpty();
    }

    @Test
    public void testSubGroupsWaitForTheirRoot()
    {
        configure(10, 100);
        InternalResourceGroup group = root.getOrCreateSubGroup("child");
        ResourceGroup configured = gate.gate(group);
        configured.setHardConcurrencyLimit(1);
        configured.setMaxQueuedQueries(10);
        group.run(new FakeQuery("first"));
        group.run(new FakeQuery("second"));
        assertThat(started).isEmpty();
        gate.coordinatorsChanged(() -> true);
        assertThat(started).containsExactly("first");
    }

    @Test
    public void testGateKeepsConfiguredLimit()
    {
        ResourceGroupId id = root.getId();
        assertThat(gate.hardConcurrencyLimit(id)).isEmpty();
        ResourceGroup configured = configure(3, 10);
        assertThat(configured.getHardConcurrencyLimit()).isEqualTo(3);
        assertThat(root.getHardConcurrencyLimit()).isZero();
        assertThat(gate.hardConcurrencyLimit(id)).hasValue(3);

        // a plugin does this when it reloads its configuration; it also configures a group again that was disabled
        configured.setHardConcurrencyLimit(4);
        assertThat(gate.gate(root)).isSameAs(configured);
        assertThat(root.getHardConcurrencyLimit()).isZero();
        gate.coordinatorsChanged(() -> true);
        assertThat(root.getHardConcurrencyLimit()).isEqualTo(4);
        configured.setHardConcurrencyLimit(5);
        assertThat(root.getHardConcurrencyLimit()).isEqualTo(5);
    }

    @Test
    public void testQueryThatMayRunTakesItsSlotDuringTakeover()
    {
        configure(1, 10);
        gate.setTakingOver(true);
        run("may run");
        assertThat(started).containsExactly("may run");
        gate.setTakingOver(false);
        run("queued");
        gate.coordinatorsChanged(() -> true);
        // the first query took the slot, although there was no coordinator
        assertThat(started).containsExactly("may run");
        assertThat(root.getQueuedQueries()).isEqualTo(1);
    }

    private ResourceGroup configure(int hardConcurrencyLimit, int maxQueued)
    {
        ResourceGroup configured = gate.gate(root);
        configured.setMaxQueuedQueries(maxQueued);
        configured.setHardConcurrencyLimit(hardConcurrencyLimit);
        return configured;
    }

    private FakeQuery run(String name)
    {
        FakeQuery query = new FakeQuery(name);
        root.run(query);
        return query;
    }

    private class FakeQuery
            implements ManagedQueryExecution
    {
        private final String name;
        private final List<StateChangeListener<QueryState>> listeners = new ArrayList<>();
        private QueryState state = QueryState.QUEUED;
        private Optional<Throwable> failure = Optional.empty();

        private FakeQuery(String name)
        {
            this.name = name;
        }

        private void finish()
        {
            state = QueryState.FINISHED;
            listeners.forEach(listener -> listener.stateChanged(state));
        }

        @Override
        public void startWaitingForResources()
        {
            state = QueryState.WAITING_FOR_RESOURCES;
            started.add(name);
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
            return testSession();
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
