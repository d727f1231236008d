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
 * Lets queries out of the resource groups only while a coordinator takes some: one that could go nowhere holds no place. While the gate is
 * closed, root groups start nothing, and queue as ever; what has started is told from what only has its place by the queue's core, which gives that
 * back with {@link GroupTurns}. So groups never run more than their limits say.
 */
public class AdmissionGate
{
    private final Map<ResourceGroupId, GatedResourceGroup> roots = new ConcurrentHashMap<>();
    private final Map<ResourceGroupId, InternalResourceGroup> groups = new ConcurrentHashMap<>();
    private final List<Runnable> closeListeners = new CopyOnWriteArrayList<>();
    private boolean coordinatorAvailable;
    private boolean takingOver;

    /**
     * The group as its configuration is to see it.
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
     * @param listener is told after the gate has been closed
     */
    void addCloseListener(Runnable listener)
    {
        closeListeners.add(listener);
    }

    /**
     * @param available whether a coordinator takes queries now; of several changes at about the same time, the last one to get here sees them all
     */
    void coordinatorsChanged(BooleanSupplier available)
    {
        update(() -> coordinatorAvailable = available.getAsBoolean());
    }

    /**
     * A new leader puts queries into the groups that may be running. These take their places even while no coordinator takes queries: no others may have them.
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
     * How many queries a root group may run by its configuration, whether or not it may now; empty for other groups.
     */
    OptionalInt hardConcurrencyLimit(ResourceGroupId group)
    {
        GatedResourceGroup root = roots.get(group);
        return root == null ? OptionalInt.empty() : OptionalInt.of(root.getHardConcurrencyLimit());
    }

    /**
     * Does something with a group while nothing else happens in its tree, and no group of it is full.
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
