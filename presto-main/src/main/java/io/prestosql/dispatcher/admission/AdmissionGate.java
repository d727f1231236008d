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
import com.google.common.collect.ImmutableSet;
import io.prestosql.selection.core.TurnOrder;
import io.trino.execution.resourcegroups.InternalResourceGroup;
import io.trino.spi.resourcegroups.ResourceGroup;
import io.trino.spi.resourcegroups.ResourceGroupId;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.collect.ImmutableList.toImmutableList;

/**
 * Lets queries out of the resource groups only while they can run: a query that no coordinator takes must hold no slot. While no coordinator
 * takes queries, the gates of all root groups are closed; while no cluster has room for any query that waits in a group, the gate of that
 * group is. A group behind a closed gate starts nothing, and queues as usual. The queue's core distinguishes started queries from those that
 * only hold a slot, and gives these slots back with {@link GroupTurns}. So groups never run more queries than their limits allow.
 */
public class AdmissionGate
{
    private final Map<ResourceGroupId, GatedResourceGroup> gates = new ConcurrentHashMap<>();
    private final Map<ResourceGroupId, InternalResourceGroup> groups = new ConcurrentHashMap<>();
    /** The groups with queries of which none can run. */
    private final Set<ResourceGroupId> blocked = new HashSet<>();
    private boolean coordinatorAvailable;
    private boolean takingOver;

    /**
     * Returns the group as its configuration sees it: behind its gate.
     */
    ResourceGroup gate(ResourceGroup group)
    {
        if (group instanceof InternalResourceGroup internal) {
            groups.put(group.getId(), internal);
        }
        synchronized (this) {
            return gates.computeIfAbsent(group.getId(), id -> new GatedResourceGroup(group, isOpen(id)));
        }
    }

    /**
     * @param available whether a coordinator takes queries now. It is asked under a lock, so the last of several simultaneous changes sees
     * them all.
     */
    void coordinatorsChanged(BooleanSupplier available)
    {
        update(() -> coordinatorAvailable = available.getAsBoolean());
    }

    /**
     * A new leader puts queries that may be running into the groups. They take their slots even while no coordinator takes queries, so that
     * no other query gets these slots.
     */
    void setTakingOver(boolean takingOver)
    {
        update(() -> this.takingOver = takingOver);
    }

    /**
     * Closes the gate of a group while none of its queries can run.
     *
     * @param runnable whether a query of the group can run, or the group has none. It is asked under a lock, so the last of several
     * simultaneous changes sees them all.
     */
    synchronized void setRunnable(ResourceGroupId group, BooleanSupplier runnable)
    {
        if (runnable.getAsBoolean() ? blocked.remove(group) : blocked.add(group)) {
            apply(ImmutableSet.of(group));
        }
    }

    private synchronized void update(Runnable change)
    {
        change.run();
        apply(gates.keySet());
    }

    private void apply(Set<ResourceGroupId> changed)
    {
        ImmutableSet.Builder<ResourceGroupId> opened = ImmutableSet.builder();
        for (ResourceGroupId group : changed) {
            GatedResourceGroup gate = gates.get(group);
            if (gate != null && gate.setOpen(isOpen(group))) {
                opened.add(group.getRoot());
            }
        }
        // the engine itself looks only 10 times a second
        opened.build().forEach(root -> Optional.ofNullable(groups.get(root)).ifPresent(InternalResourceGroup::updateGroupsAndProcessQueuedQueries));
    }

    private boolean isOpen(ResourceGroupId group)
    {
        return takingOver || ((coordinatorAvailable || group.getParent().isPresent()) && !blocked.contains(group));
    }

    /**
     * Returns whether root groups may start queries that can run.
     */
    synchronized boolean isOpen()
    {
        return takingOver || coordinatorAvailable;
    }

    /**
     * Returns the order in which the group starts its queries.
     */
    TurnOrder turnOrder(ResourceGroupId group)
    {
        InternalResourceGroup internal = groups.get(group);
        return internal == null ? TurnOrder.FIRST_COME : switch (internal.getSchedulingPolicy()) {
            case FAIR -> TurnOrder.FIRST_COME;
            case WEIGHTED -> TurnOrder.WEIGHTED;
            case WEIGHTED_FAIR, QUERY_PRIORITY -> TurnOrder.PRIORITY;
        };
    }

    /**
     * Returns how many queries a group may run by its configuration, whether or not its gate is open; empty for groups that are not
     * configured.
     */
    OptionalInt hardConcurrencyLimit(ResourceGroupId group)
    {
        GatedResourceGroup gate = gates.get(group);
        return gate == null ? OptionalInt.empty() : OptionalInt.of(gate.getHardConcurrencyLimit());
    }

    /**
     * Runs an action on a group, while nothing else happens in its tree and no group on the path to its root is full.
     */
    void beyondQueueLimits(ResourceGroupId groupId, Consumer<InternalResourceGroup> action)
    {
        ImmutableList.Builder<InternalResourceGroup> builder = ImmutableList.builder();
        for (Optional<ResourceGroupId> id = Optional.of(groupId); id.isPresent(); id = id.get().getParent()) {
            InternalResourceGroup group = groups.get(id.get());
            checkArgument(group != null, "There is no resource group %s", id.get());
            builder.add(group);
        }
        List<InternalResourceGroup> pathToRoot = builder.build();
        // the engine guards all groups of a tree by their root
        synchronized (pathToRoot.getLast()) {
            List<Integer> limits = pathToRoot.stream().map(InternalResourceGroup::getMaxQueuedQueries).collect(toImmutableList());
            pathToRoot.forEach(group -> group.setMaxQueuedQueries(Integer.MAX_VALUE));
            try {
                action.accept(pathToRoot.getFirst());
            }
            finally {
                for (int i = 0; i < limits.size(); i++) {
                    pathToRoot.get(i).setMaxQueuedQueries(limits.get(i));
                }
            }
        }
    }
}
