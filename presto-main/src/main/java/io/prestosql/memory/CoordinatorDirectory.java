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
package io.prestosql.memory;

import com.google.inject.Inject;
import io.prestosql.node.CoordinatorAddress;
import io.trino.metadata.AllNodes;
import io.trino.metadata.InternalNode;
import io.trino.metadata.InternalNodeManager;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.util.Objects.requireNonNull;

/**
 * The coordinators that this one has discovered.
 */
public class CoordinatorDirectory
{
    private final InternalNodeManager nodeManager;

    @Inject
    public CoordinatorDirectory(InternalNodeManager nodeManager)
    {
        this.nodeManager = requireNonNull(nodeManager, "nodeManager is null");
    }

    /**
     * All coordinators that announce themselves and are not known to be dead or silent, and this one.
     */
    public List<CoordinatorAddress> getCoordinators()
    {
        AllNodes nodes = nodeManager.getAllNodes();
        return Stream.of(
                        Set.of(nodeManager.getCurrentNode()),
                        nodes.getActiveNodes(),
                        nodes.getInactiveNodes(),
                        nodes.getDrainingNodes(),
                        nodes.getDrainedNodes(),
                        nodes.getShuttingDownNodes())
                .flatMap(Set::stream)
                .filter(InternalNode::isCoordinator)
                .map(node -> new CoordinatorAddress(node.getNodeIdentifier(), node.getInternalUri()))
                .distinct()
                .collect(toImmutableList());
    }

    public boolean isThisNode(CoordinatorAddress coordinator)
    {
        return coordinator.nodeId().equals(nodeManager.getCurrentNode().getNodeIdentifier());
    }
}
