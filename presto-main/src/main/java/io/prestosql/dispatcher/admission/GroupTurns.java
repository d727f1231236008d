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

import com.google.inject.Inject;
import io.trino.execution.ManagedQueryExecution;
import io.trino.execution.resourcegroups.InternalResourceGroupManager;
import io.trino.execution.resourcegroups.ResourceGroupManager;
import io.trino.server.ResourceGroupInfo;
import io.trino.spi.resourcegroups.ResourceGroupConfigurationManagerFactory;
import io.trino.spi.resourcegroups.ResourceGroupId;
import io.trino.spi.resourcegroups.SelectionContext;
import io.trino.spi.resourcegroups.SelectionCriteria;
import org.weakref.jmx.Managed;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Executor;

import static com.google.common.base.Preconditions.checkState;
import static io.trino.SystemSessionProperties.QUERY_PRIORITY;
import static java.util.Objects.requireNonNull;

/**
 * Puts queries into the engine's resource groups, and lets a query that has its slot wait again without losing its turn.
 * <p>
 * The engine's groups only start queries: a query that waits again joins at the end. So the groups get {@link GroupTurn turns}, not queries.
 * A query that gives its slot back gets a turn at the end, and takes over the next turn that comes in its group for its priority. That turn's
 * query gets the later one instead. The two wait in the same group and count the same there, so the group's limits and policy stay the
 * engine's.
 */
public class GroupTurns<C>
        implements ResourceGroupManager<C>
{
    private final ResourceGroupManager<C> manager;
    private final AdmissionGate gate;
    private final Map<ManagedQueryExecution, Waiter> waiters = new IdentityHashMap<>();
    /** The queries whose turns are later than they should be, by queue, in the order in which they came. */
    private final Map<Queue, SortedMap<Long, Waiter>> overtaken = new HashMap<>();
    private long sequence;
    private long givenBack;

    @SuppressWarnings("unchecked")
    @Inject
    public GroupTurns(@SuppressWarnings("rawtypes") InternalResourceGroupManager manager, AdmissionGate gate)
    {
        this((ResourceGroupManager<C>) manager, gate);
    }

    GroupTurns(ResourceGroupManager<C> manager, AdmissionGate gate)
    {
        this.manager = requireNonNull(manager, "manager is null");
        this.gate = requireNonNull(gate, "gate is null");
    }

    @Override
    public void submit(ManagedQueryExecution query, SelectionContext<C> group, Executor executor)
    {
        GroupTurn turn = new GroupTurn(this, query);
        synchronized (this) {
            sequence++;
            // the engine refuses a priority that is not positive only when the query has to wait, and this class must not be stricter
            Queue queue = new Queue(group.getResourceGroupId(), query.getSession().getSystemProperty(QUERY_PRIORITY, Integer.class));
            checkState(waiters.put(query, new Waiter(query, sequence, queue, turn)) == null, "query is in its group already");
        }
        query.addStateChangeListener(state -> {
            if (state.isDone()) {
                over(query);
            }
        });
        if (query.isDone()) {
            over(query);
        }
        manager.submit(turn, group, executor);
    }

    /**
     * Gives back the query's slot, if it has one. The query waits in its group before those that came later, even if the group is full.
     *
     * @throws RuntimeException when the group refuses the query, as it would refuse a new one. The query then keeps its slot until it is
     * over.
     */
    void giveBack(ManagedQueryExecution query)
    {
        Waiter waiter;
        synchronized (this) {
            waiter = waiters.get(query);
        }
        if (waiter == null) {
            // the query is over
            return;
        }
        gate.beyondQueueLimits(waiter.queue.group(), group -> {
            GroupTurn earlier;
            synchronized (this) {
                if (waiters.get(query) != waiter) {
                    return;
                }
                earlier = waiter.turn;
                waiter.turn = new GroupTurn(this, query);
                overtaken.computeIfAbsent(waiter.queue, _ -> new TreeMap<>()).put(waiter.sequence, waiter);
                try {
                    group.run(waiter.turn);
                }
                catch (RuntimeException e) {
                    waiter.turn = earlier;
                    inTurn(waiter);
                    throw e;
                }
                earlier.end();
                givenBack++;
            }
            earlier.leaveGroup();
        });
    }

    /**
     * Takes the slot that the group gives the turn.
     *
     * @return the query that gets the slot; empty when the turn is over
     */
    synchronized Optional<ManagedQueryExecution> come(GroupTurn turn)
    {
        Waiter waiter = waiters.get(turn.query());
        if (turn.isEnded() || waiter == null) {
            return Optional.empty();
        }
        SortedMap<Long, Waiter> queries = overtaken.get(waiter.queue);
        if (queries == null) {
            return Optional.of(waiter.query);
        }
        Waiter first = queries.get(queries.firstKey());
        if (first.sequence < waiter.sequence) {
            waiter.turn = first.turn;
            waiter.turn.setQuery(waiter.query);
            first.turn = turn;
            turn.setQuery(first.query);
            queries.put(waiter.sequence, waiter);
        }
        else {
            first = waiter;
        }
        inTurn(first);
        return Optional.of(first.query);
    }

    private synchronized void inTurn(Waiter waiter)
    {
        SortedMap<Long, Waiter> queries = overtaken.get(waiter.queue);
        if (queries != null) {
            queries.remove(waiter.sequence);
            if (queries.isEmpty()) {
                overtaken.remove(waiter.queue);
            }
        }
    }

    private void over(ManagedQueryExecution query)
    {
        GroupTurn turn;
        synchronized (this) {
            Waiter waiter = waiters.remove(query);
            if (waiter == null) {
                return;
            }
            inTurn(waiter);
            turn = waiter.turn;
            turn.end();
        }
        turn.leaveGroup();
    }

    @Override
    public SelectionContext<C> selectGroup(SelectionCriteria criteria)
    {
        return manager.selectGroup(criteria);
    }

    @Override
    public Optional<ResourceGroupInfo> tryGetResourceGroupInfo(ResourceGroupId id)
    {
        return manager.tryGetResourceGroupInfo(id);
    }

    @Override
    public Optional<List<ResourceGroupInfo>> tryGetPathToRoot(ResourceGroupId id)
    {
        return manager.tryGetPathToRoot(id);
    }

    @Override
    public void addConfigurationManagerFactory(ResourceGroupConfigurationManagerFactory factory)
    {
        manager.addConfigurationManagerFactory(factory);
    }

    @Override
    public void loadConfigurationManager()
            throws Exception
    {
        manager.loadConfigurationManager();
    }

    @Managed(description = "Places that queries have given back, as no coordinator took them")
    public long getGivenBack()
    {
        synchronized (this) {
            return givenBack;
        }
    }

    /**
     * Queries whose turns are interchangeable.
     */
    private record Queue(ResourceGroupId group, int priority)
    {
        private Queue
        {
            requireNonNull(group, "group is null");
        }
    }

    private static final class Waiter
    {
        private final ManagedQueryExecution query;
        private final long sequence;
        private final Queue queue;
        private GroupTurn turn;

        private Waiter(ManagedQueryExecution query, long sequence, Queue queue, GroupTurn turn)
        {
            this.query = requireNonNull(query, "query is null");
            this.sequence = sequence;
            this.queue = requireNonNull(queue, "queue is null");
            this.turn = requireNonNull(turn, "turn is null");
        }
    }
}
