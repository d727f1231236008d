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
import io.airlift.units.DataSize;
import io.airlift.units.Duration;
import io.trino.execution.ManagedQueryExecution;
import io.trino.execution.resourcegroups.ResourceGroupManager;
import io.trino.server.ResourceGroupInfo;
import io.trino.spi.resourcegroups.ResourceGroupConfigurationManagerFactory;
import io.trino.spi.resourcegroups.ResourceGroupId;
import io.trino.spi.resourcegroups.ResourceGroupState;
import io.trino.spi.resourcegroups.SchedulingPolicy;
import io.trino.spi.resourcegroups.SelectionContext;
import io.trino.spi.resourcegroups.SelectionCriteria;
import org.junit.jupiter.api.Test;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.prestosql.dispatcher.admission.GroupLoads.MAX_GROUPS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

public class TestGroupLoads
{
    private final FakeManager manager = new FakeManager();
    private final GroupLoads loads = new GroupLoads(manager, new AdmissionGate());

    @Test
    public void testTree()
    {
        manager.add("global", 5, 3);
        manager.add("global.reports", 2, 3);
        manager.add("global.reports.alice", 2, 3);
        manager.add("global.adhoc", 3, 0);
        manager.add("admin", 0, 0);
        // no query has used this group here
        manager.add("other", 0, 0);
        loads.used(id("global.reports.alice"));
        loads.used(id("global.adhoc"));
        loads.used(id("admin"));

        assertThat(loads.getLoads()).extracting(GroupLoad::name).containsExactly("admin", "global", "global.adhoc", "global.reports", "global.reports.alice");
        assertThat(loads.getLoads().get(4)).isEqualTo(new GroupLoad(
                "global.reports.alice",
                2,
                ResourceGroupState.CAN_QUEUE,
                2,
                3,
                4,
                6,
                100,
                1 << 20,
                1 << 30,
                7000));
    }

    @Test
    public void testGroupThatIsNotThereYet()
    {
        loads.used(id("coming"));
        assertThat(loads.getLoads()).isEmpty();
    }

    @Test
    public void testMostUsedGroupsOfMany()
    {
        manager.add("users", 1000, 0);
        for (int i = 0; i < 1000; i++) {
            manager.add("users.user%03d".formatted(i), 1, 0);
        }
        manager.add("zero", 0, 0);
        loads.used(id("users.user001"));
        loads.used(id("zero"));
        assertThat(loads.getLoads()).hasSize(MAX_GROUPS).extracting(GroupLoad::name).startsWith("users", "users.user000");
    }

    private static ResourceGroupId id(String name)
    {
        return new ResourceGroupId(ImmutableList.copyOf(name.split("\\.")));
    }

    private static class FakeManager
            implements ResourceGroupManager<Void>
    {
        private final Map<ResourceGroupId, ResourceGroupInfo> groups = new HashMap<>();

        private void add(String name, int running, int queued)
        {
            groups.put(id(name), new ResourceGroupInfo(
                    id(name),
                    ResourceGroupState.CAN_QUEUE,
                    SchedulingPolicy.FAIR,
                    1,
                    DataSize.of(1, DataSize.Unit.GIGABYTE),
                    4,
                    6,
                    100,
                    DataSize.of(1, DataSize.Unit.MEGABYTE),
                    new Duration(7, SECONDS),
                    queued,
                    running,
                    0,
                    Optional.empty(),
                    Optional.empty()));
        }

        @Override
        public Optional<List<ResourceGroupInfo>> tryGetPathToRoot(ResourceGroupId id)
        {
            return Optional.ofNullable(groups.get(id)).map(group -> ImmutableList.of(withSubGroups(group)));
        }

        /**
         * Lists direct subgroups only, without their own subgroups, as the engine does.
         */
        private ResourceGroupInfo withSubGroups(ResourceGroupInfo group)
        {
            return new ResourceGroupInfo(
                    group.id(),
                    group.state(),
                    group.schedulingPolicy(),
                    group.schedulingWeight(),
                    group.softMemoryLimit(),
                    group.softConcurrencyLimit(),
                    group.hardConcurrencyLimit(),
                    group.maxQueuedQueries(),
                    group.memoryUsage(),
                    group.cpuUsage(),
                    group.numQueuedQueries(),
                    group.numRunningQueries(),
                    group.numEligibleSubGroups(),
                    Optional.of(groups.values().stream()
                            .filter(other -> other.id().getParent().equals(Optional.of(group.id())))
                            .collect(toImmutableList())),
                    Optional.empty());
        }

        @Override
        public Optional<ResourceGroupInfo> tryGetResourceGroupInfo(ResourceGroupId id)
        {
            throw new AssertionError("lists queries");
        }

        @Override
        public void submit(ManagedQueryExecution queryExecution, SelectionContext<Void> selectionContext, Executor executor)
        {
            throw new UnsupportedOperationException();
        }

        @Override
        public SelectionContext<Void> selectGroup(SelectionCriteria criteria)
        {
            throw new UnsupportedOperationException();
        }

        @Override
        public void addConfigurationManagerFactory(ResourceGroupConfigurationManagerFactory factory)
        {
            throw new UnsupportedOperationException();
        }

        @Override
        public void loadConfigurationManager()
        {
            throw new UnsupportedOperationException();
        }
    }
}
