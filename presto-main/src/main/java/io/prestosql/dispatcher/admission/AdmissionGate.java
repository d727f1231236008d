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

import io.trino.spi.resourcegroups.ResourceGroup;
import io.trino.spi.resourcegroups.ResourceGroupId;

import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/**
 * Lets queries out of the resource groups only while a coordinator takes some: one that could go nowhere holds no place. While the gate is
 * closed, root groups start nothing, queue as ever, and keep what has started; so groups never run more than their limits say.
 */
public class AdmissionGate
{
    private final Map<ResourceGroupId, GatedResourceGroup> roots = new ConcurrentHashMap<>();
    private boolean coordinatorAvailable;
    private boolean takingOver;

    /**
     * The group as its configuration is to see it.
     */
    ResourceGroup gate(ResourceGroup group)
    {
        if (group.getId().getParent().isPresent()) {
            return group;
        }
        synchronized (this) {
            return roots.computeIfAbsent(group.getId(), _ -> new GatedResourceGroup(group, isOpen()));
        }
    }

    /**
     * @param available whether a coordinator takes queries now; of several changes at about the same time, the last one to get here sees them all
     */
    synchronized void coordinatorsChanged(BooleanSupplier available)
    {
        coordinatorAvailable = available.getAsBoolean();
        update();
    }

    /**
     * A new leader puts queries into the groups that may be running. These take their places even while no coordinator takes queries: no others may have them.
     */
    synchronized void setTakingOver(boolean takingOver)
    {
        this.takingOver = takingOver;
        update();
    }

    private void update()
    {
        roots.values().forEach(root -> root.setOpen(isOpen()));
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
}
