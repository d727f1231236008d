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
import io.trino.execution.resourcegroups.InternalResourceGroup;
import io.trino.spi.resourcegroups.ResourceGroup;
import io.trino.spi.resourcegroups.ResourceGroupId;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.collect.ImmutableList.toImmutableList;

/**
 * Lets queries out of the resource groups only while a coordinator takes queries: a query that no coordinator takes must hold no slot. While
 * the gate is closed, root groups start nothing, and queue as usual. The queue's core distinguishes started queries from those that only hold
 * a slot, and gives these slots back with {@link GroupTurns}. So groups never run more queries than their limits allow.
 */
public class AdmissionGate
{
    private final Map<ResourceGroupId, GatedResourceGroup> roots = new ConcurrentHashMap<>();
    private final Map<ResourceGroupId, InternalResourceGroup> groups = new ConcurrentHashMap<>();
    private final List<Runnable> closeListeners = new CopyOnWriteArrayList<>();
    private boolean coordinatorAvailable;
    private boolean takingOver;

    /**
     * Returns the group as its configuration sees it: a root group is behind the gate.
     */
    ResourceGroup gate(ResourceGroup group)
    {
        if (group instanceof InternalResourceGroup internal) {
            groups.put(group.getId(), internal);
        }
        if (group.getId().getParent().isPresent()) {
            return group;
        }
        synchronized (this) {
            return roots.computeIfAbsent(group.getId(), _ -> new GatedResourceGroup(group, isOpen()));
        }
    }

    /**
     * @param listener runs after the gate has been closed
     */
    void addCloseListener(Runnable listener)
    {
        closeListeners.add(listener);
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

    private void update(Runnable change)
    {
        boolean closes;
        synchronized (this) {
            boolean wasOpen = isOpen();
            change.run();
            closes = wasOpen && !isOpen();
            roots.values().forEach(root -> root.setOpen(isOpen()));
        }
        if (closes) {
            closeListeners.forEach(Runnable::run);
        }
    }

    synchronized boolean isOpen()
    {
        return coordinatorAvailable || takingOver;
    }

    /**
     * Returns how many queries a root group may run by its configuration, whether or not the gate is open; empty for other groups.
     */
    OptionalInt hardConcurrencyLimit(ResourceGroupId group)
    {
        GatedResourceGroup root = roots.get(group);
        return root == null ? OptionalInt.empty() : OptionalInt.of(root.getHardConcurrencyLimit());
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
