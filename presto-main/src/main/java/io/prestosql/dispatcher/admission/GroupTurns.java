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
import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.prestosql.node.ClusterName;
import io.prestosql.selection.core.ClusterRooms;
import io.prestosql.selection.core.ClusterRoute;
import io.prestosql.selection.core.TurnOrder;
import io.prestosql.selection.core.WaitingQueries;
import io.prestosql.selection.core.WaitingQueries.Place;
import io.trino.execution.ManagedQueryExecution;
import io.trino.execution.resourcegroups.InternalResourceGroup;
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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;

import static com.google.common.base.Preconditions.checkState;
import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.trino.SystemSessionProperties.QUERY_PRIORITY;
import static java.util.Objects.requireNonNull;

/**
 * Puts queries into the engine's resource groups. A slot that a group gives goes to the group's first query, in its scheduling order, whose
 * clusters have room. A query that has its slot can wait again without losing its place.
 * <p>
 * The engine's groups only start queries, and know nothing of clusters: so they get {@link GroupTurn turns}, not queries. All turns of a group
 * are interchangeable: when one comes whose query cannot run yet, it goes to the first query that can, whose own turn the other one gets.
 * They wait in the same group and count the same there, so the group's limits and policy stay the engine's. The gate of a group is closed
 * while none of its queries can run, so that it takes no slots from others.
 */
public class GroupTurns<C>
        implements ResourceGroupManager<C>
{
    private static final Logger log = Logger.get(GroupTurns.class);

    private final ResourceGroupManager<C> manager;
    private final AdmissionGate gate;
    private final ClusterRooms rooms;
    private final DoubleSupplier chance;
    private final Map<ManagedQueryExecution, Waiter> waiters = new IdentityHashMap<>();
    /** By group, the queries without a slot. */
    private final Map<ResourceGroupId, WaitingQueries<Waiter>> waiting = new HashMap<>();
    /** By group, those of them whose turns are later than they should be. */
    private final Map<ResourceGroupId, WaitingQueries<Waiter>> displaced = new HashMap<>();
    /** Those of the queries without a slot that fail when they wait too long. */
    private final Set<Waiter> limited = new LinkedHashSet<>();
    private long sequence;
    private long givenBack;
    private long returned;

    @SuppressWarnings("unchecked")
    @Inject
    public GroupTurns(@SuppressWarnings("rawtypes") InternalResourceGroupManager manager, AdmissionGate gate, ClusterRooms rooms)
    {
        this((ResourceGroupManager<C>) manager, gate, rooms, () -> ThreadLocalRandom.current().nextDouble());
    }

    /**
     * @param chance numbers from 0 to 1, for groups that start their queries by weight
     */
    GroupTurns(ResourceGroupManager<C> manager, AdmissionGate gate, ClusterRooms rooms, DoubleSupplier chance)
    {
        this.manager = requireNonNull(manager, "manager is null");
        this.gate = requireNonNull(gate, "gate is null");
        this.rooms = requireNonNull(rooms, "rooms is null");
        this.chance = requireNonNull(chance, "chance is null");
    }

    @Override
    public void submit(ManagedQueryExecution query, SelectionContext<C> group, Executor executor)
    {
        GroupTurn turn = new GroupTurn(this, query);
        if (query instanceof RoutedQuery routed) {
            rooms.setUser(routed.queryId(), query.getSession().getUser());
        }
        Waiter waiter;
        synchronized (this) {
            sequence++;
            // the engine refuses a priority that is not positive only when the query has to wait, and this class must not be stricter
            waiter = new Waiter(query, group.getResourceGroupId(), query.getSession().getSystemProperty(QUERY_PRIORITY, Integer.class), sequence, executor, turn);
            checkState(waiters.put(query, waiter) == null, "query is in its group already");
            startWaiting(waiter);
        }
        query.addStateChangeListener(state -> {
            if (state.isDone()) {
                over(query);
            }
        });
        if (query.isDone()) {
            over(query);
        }
        // before the group can give a slot that the query could not use
        updateGate(waiter.group);
        manager.submit(turn, group, executor);
    }

    private void startWaiting(Waiter waiter)
    {
        waiter.place = Optional.of(new Place(routeOf(waiter.query), waiter.priority, waiter.sequence));
        add(waiting, waiter);
        if (waiter.query instanceof RoutedQuery routed && routed.isWaitLimited()) {
            limited.add(waiter);
        }
    }

    private void stopWaiting(Waiter waiter)
    {
        if (waiter.place.isPresent()) {
            remove(waiting, waiter);
            remove(displaced, waiter);
            limited.remove(waiter);
            waiter.place = Optional.empty();
        }
    }

    private static void add(Map<ResourceGroupId, WaitingQueries<Waiter>> groups, Waiter waiter)
    {
        groups.computeIfAbsent(waiter.group, _ -> new WaitingQueries<>()).add(waiter.place.orElseThrow(), waiter);
    }

    /**
     * @return whether the query was there
     */
    private static boolean remove(Map<ResourceGroupId, WaitingQueries<Waiter>> groups, Waiter waiter)
    {
        WaitingQueries<Waiter> queries = groups.get(waiter.group);
        if (queries == null || !queries.remove(waiter.place.orElseThrow())) {
            return false;
        }
        if (queries.isEmpty()) {
            groups.remove(waiter.group);
        }
        return true;
    }

    /**
     * Gives a query that waits a later turn than it should have.
     */
    private void displace(Waiter waiter, GroupTurn turn)
    {
        waiter.turn = turn;
        remove(displaced, waiter);
        add(displaced, waiter);
    }

    private static ClusterRoute routeOf(ManagedQueryExecution query)
    {
        return query instanceof RoutedQuery routed ? routed.clusterRoute() : new ClusterRoute.Undecided();
    }

    /**
     * Opens the gate of the group when one of its queries can run, or it has none, and closes it otherwise.
     */
    private void updateGate(ResourceGroupId group)
    {
        gate.setRunnable(group, () -> isRunnable(group));
    }

    private synchronized boolean isRunnable(ResourceGroupId group)
    {
        WaitingQueries<Waiter> queries = waiting.get(group);
        return queries == null || queries.isAnyRunnable(rooms);
    }

    /**
     * Looks again which groups have queries that can run, as a cluster has more room than before, or less.
     */
    void roomsChanged()
    {
        List<ResourceGroupId> groups;
        synchronized (this) {
            groups = ImmutableList.copyOf(waiting.keySet());
        }
        groups.forEach(this::updateGate);
    }

    /**
     * Lets a query that waits wait for other clusters, as the rules have changed. It keeps its place. {@link #roomsChanged} has to follow.
     */
    synchronized void reroute(ManagedQueryExecution query)
    {
        Waiter waiter = waiters.get(query);
        if (waiter == null || waiter.place.isEmpty()) {
            return;
        }
        boolean late = remove(displaced, waiter);
        stopWaiting(waiter);
        startWaiting(waiter);
        if (late) {
            add(displaced, waiter);
        }
    }

    /**
     * Returns the queries that wait, and that fail when they wait for their clusters too long.
     */
    synchronized List<RoutedQuery> limitedQueries()
    {
        return limited.stream()
                .map(waiter -> (RoutedQuery) waiter.query)
                .collect(toImmutableList());
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
        ClusterRoute route = routeOf(query);
        synchronized (this) {
            waiter = waiters.get(query);
        }
        if (waiter == null || waiter.place.isPresent()) {
            // the query is over, or has no slot
            return;
        }
        // before the group can give the slot to a query that could not use it
        gate.setRunnable(waiter.group, () -> rooms.hasRoom(route) || (isWaiting(waiter.group) && isRunnable(waiter.group)));
        gate.beyondQueueLimits(waiter.group, group -> {
            GroupTurn earlier;
            synchronized (this) {
                if (waiters.get(query) != waiter || waiter.place.isPresent()) {
                    return;
                }
                earlier = waiter.turn;
                startWaiting(waiter);
                try {
                    joinGroupAgain(waiter, group);
                }
                catch (RuntimeException e) {
                    stopWaiting(waiter);
                    throw e;
                }
                givenBack++;
            }
            earlier.leaveGroup();
        });
        updateGate(waiter.group);
    }

    /**
     * Gives the query a new turn, at the end of the group's queue, for one that has come.
     */
    private void joinGroupAgain(Waiter waiter, InternalResourceGroup group)
    {
        GroupTurn earlier = waiter.turn;
        displace(waiter, new GroupTurn(this, waiter.query));
        try {
            group.run(waiter.turn);
        }
        catch (RuntimeException e) {
            waiter.turn = earlier;
            remove(displaced, waiter);
            throw e;
        }
        earlier.end();
    }

    private synchronized boolean isWaiting(ResourceGroupId group)
    {
        return waiting.containsKey(group);
    }

    /**
     * Takes the slot that the group gives the turn.
     *
     * @return the queries that have a slot now: one for the turn, unless none can run; and those that got theirs when they could not run
     */
    List<ManagedQueryExecution> come(GroupTurn turn)
    {
        ImmutableList.Builder<ManagedQueryExecution> started = ImmutableList.builder();
        Waiter owner;
        synchronized (this) {
            owner = waiters.get(turn.query());
        }
        if (owner == null) {
            return ImmutableList.of();
        }
        // asks the engine's group, which has a lock of its own
        TurnOrder order = gate.turnOrder(owner.group);
        synchronized (this) {
            // meanwhile, the turn may have become that of another query of the group
            owner = waiters.get(turn.query());
            if (turn.isEnded() || owner == null || owner.turn != turn || owner.place.isEmpty()) {
                return ImmutableList.of();
            }
            turn.come();
            while (owner.place.isPresent()) {
                Optional<Waiter> next = next(owner, order);
                if (next.isEmpty()) {
                    break;
                }
                Waiter first = next.get();
                stopWaiting(first);
                started.add(first.query);
                if (!first.turn.hasCome()) {
                    displace(owner, first.turn);
                    owner.turn.setQuery(owner.query);
                    first.turn = turn;
                    turn.setQuery(first.query);
                    return started.build();
                }
            }
        }
        Waiter left = owner;
        if (left.place.isPresent()) {
            left.executor.execute(() -> returnSlot(left, turn));
        }
        return started.build();
    }

    /**
     * Chooses the group's next query that can run, and keeps the room for it.
     *
     * @param owner the query whose turn the group has chosen
     */
    private Optional<Waiter> next(Waiter owner, TurnOrder order)
    {
        Place place = owner.place.orElseThrow();
        WaitingQueries<Waiter> queries = displaced.get(owner.group);
        if (queries != null) {
            // the others, and only they, have their turns as the group's policy wants it
            Optional<Waiter> earlier = queries.next(order == TurnOrder.WEIGHTED ? TurnOrder.FIRST_COME : order, rooms, chance)
                    .filter(query -> query.place.orElseThrow().isBefore(place, order));
            if (earlier.filter(this::reserve).isPresent()) {
                return earlier;
            }
        }
        if (rooms.hasRoom(place.route()) && reserve(owner)) {
            return Optional.of(owner);
        }
        return waiting.get(owner.group).next(order, rooms, chance).filter(this::reserve);
    }

    private boolean reserve(Waiter waiter)
    {
        return !(waiter.query instanceof RoutedQuery routed) || rooms.reserve(routed.queryId(), waiter.place.orElseThrow().route());
    }

    /**
     * Gives back the slot of a turn that came when no query of its group could run.
     */
    private void returnSlot(Waiter owner, GroupTurn turn)
    {
        try {
            updateGate(owner.group);
            gate.beyondQueueLimits(owner.group, group -> {
                synchronized (this) {
                    if (waiters.get(owner.query) != owner || owner.turn != turn || owner.place.isEmpty()) {
                        return;
                    }
                    joinGroupAgain(owner, group);
                    returned++;
                }
                turn.leaveGroup();
            });
            updateGate(owner.group);
        }
        catch (RuntimeException e) {
            log.error(e, "Error giving back a slot of resource group %s", owner.group);
            owner.query.fail(e);
        }
    }

    private void over(ManagedQueryExecution query)
    {
        Waiter waiter;
        synchronized (this) {
            waiter = waiters.remove(query);
            if (waiter == null) {
                return;
            }
            stopWaiting(waiter);
            waiter.turn.end();
        }
        waiter.turn.leaveGroup();
        if (query instanceof RoutedQuery routed && rooms.forget(routed.queryId())) {
            roomsChanged();
        }
        updateGate(waiter.group);
    }

    /**
     * Returns how many of the queries that wait for a slot may go to the cluster.
     */
    public synchronized int countWaiting(ClusterName cluster)
    {
        return waiting.values().stream()
                .mapToInt(queries -> queries.count(cluster, rooms))
                .sum();
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

    @Managed(description = "Places that groups have given in a moment in which no cluster had room for any of their queries")
    public long getReturned()
    {
        synchronized (this) {
            return returned;
        }
    }

    private static final class Waiter
    {
        private final ManagedQueryExecution query;
        private final ResourceGroupId group;
        private final int priority;
        private final long sequence;
        private final Executor executor;
        private GroupTurn turn;
        /** Empty while the query has a slot. */
        private Optional<Place> place = Optional.empty();

        private Waiter(ManagedQueryExecution query, ResourceGroupId group, int priority, long sequence, Executor executor, GroupTurn turn)
        {
            this.query = requireNonNull(query, "query is null");
            this.group = requireNonNull(group, "group is null");
            this.priority = priority;
            this.sequence = sequence;
            this.executor = requireNonNull(executor, "executor is null");
            this.turn = requireNonNull(turn, "turn is null");
        }
    }
}
