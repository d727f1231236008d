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
package io.prestosql.coordinator.nodes;

import com.google.inject.Inject;
import io.prestosql.queries.ClusterSize;
import io.trino.memory.ClusterMemoryManager;
import io.trino.metadata.AllNodes;
import io.trino.metadata.InternalNodeManager;

import static com.google.common.collect.Sets.difference;
import static java.util.Objects.requireNonNull;

/**
 * The size of the cluster, as this coordinator sees it for scheduling.
 */
public class SchedulingClusterSize
        implements ClusterSize
{
    private final InternalNodeManager nodeManager;
    private final SchedulingNodeManager schedulingNodeManager;
    private final ClusterMemoryManager memoryManager;

    @Inject
    public SchedulingClusterSize(InternalNodeManager nodeManager, SchedulingNodeManager schedulingNodeManager, ClusterMemoryManager memoryManager)
    {
        this.nodeManager = requireNonNull(nodeManager, "nodeManager is null");
        this.schedulingNodeManager = requireNonNull(schedulingNodeManager, "schedulingNodeManager is null");
        this.memoryManager = requireNonNull(memoryManager, "memoryManager is null");
    }

    @Override
    public long coordinators()
    {
        return nodeManager.getCoordinators().size();
    }

    @Override
    public long workers()
    {
        AllNodes nodes = schedulingNodeManager.getAllNodes();
        return difference(nodes.getActiveNodes(), nodes.getActiveCoordinators()).size();
    }

    @Override
    public long processors()
    {
        return memoryManager.getTotalAvailableProcessors();
    }
}
