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
import io.trino.execution.resourcegroups.InternalResourceGroupManager;
import io.trino.execution.resourcegroups.ResourceGroupManager;
import io.trino.server.ResourceGroupInfo;
import io.trino.spi.resourcegroups.ResourceGroupId;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.util.Comparator.comparing;
import static java.util.Objects.requireNonNull;

/**
 * Lists the resource groups of the queries that came through this dispatcher. The engine makes a group when its first query comes, and does
 * not tell which groups it has.
 */
public class GroupLoads
{
    /** There may be thousands of groups where each user has one. */
    public static final int MAX_GROUPS = 200;

    private final ResourceGroupManager<?> manager;
    private final AdmissionGate gate;
    private final Set<ResourceGroupId> roots = ConcurrentHashMap.newKeySet();

    @Inject
    public GroupLoads(@SuppressWarnings("rawtypes") InternalResourceGroupManager manager, AdmissionGate gate)
    {
        this((ResourceGroupManager<?>) manager, gate);
    }

    GroupLoads(ResourceGroupManager<?> manager, AdmissionGate gate)
    {
        this.manager = requireNonNull(manager, "manager is null");
        this.gate = requireNonNull(gate, "gate is null");
    }

    /**
     * Notes that a query is about to be put into the group.
     */
    void used(ResourceGroupId group)
    {
        roots.add(group.getRoot());
    }

    /**
     * Returns the root groups, each followed by its subgroups that have queries.
     *
     * @return at most {@value #MAX_GROUPS}
     */
    public List<GroupLoad> getLoads()
    {
        ImmutableList.Builder<GroupLoad> loads = ImmutableList.builder();
        int room = MAX_GROUPS;
        for (ResourceGroupId root : roots.stream().sorted(comparing(ResourceGroupId::toString)).collect(toImmutableList())) {
            Optional<ResourceGroupInfo> group = find(root);
            if (group.isPresent()) {
                room = add(group.get(), room, loads);
            }
        }
        return loads.build();
    }

    private int add(ResourceGroupInfo group, int room, ImmutableList.Builder<GroupLoad> loads)
    {
        if (room <= 0) {
            return 0;
        }
        loads.add(GroupLoad.of(group, gate.hardConcurrencyLimit(group.id()).orElse(group.hardConcurrencyLimit())));
        int left = room - 1;
        // a group lists its subgroups, but not theirs
        for (ResourceGroupInfo subGroup : group.subGroups().orElse(ImmutableList.of()).stream().sorted(comparing(info -> info.id().toString())).collect(toImmutableList())) {
            left = add(find(subGroup.id()).orElse(subGroup), left, loads);
        }
        return left;
    }

    /**
     * Finds a group by its path to the root: the engine's other way lists the group's queries, with their texts.
     */
    private Optional<ResourceGroupInfo> find(ResourceGroupId group)
    {
        return manager.tryGetPathToRoot(group).map(List::getFirst);
    }
}
