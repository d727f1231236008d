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
package io.prestosql.discovery;

import com.google.common.collect.ImmutableSet;
import com.google.inject.Inject;
import io.prestosql.node.CoordinatorAddress;
import io.trino.metadata.AllNodes;
import io.trino.metadata.InternalNode;
import io.trino.metadata.InternalNodeManager;

import java.net.URI;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.util.Objects.requireNonNull;

/**
 * The coordinators of the cluster, as a coordinator knows them. Dispatchers, which have no engine, look announcements up
 * ({@link io.prestosql.node.InternalAddresses}) and follow each coordinator on their own.
 */
public class CoordinatorDirectory
{
    private final InternalNodeManager nodeManager;
    private final DiscoveryServers discoveryServers;

    @Inject
    public CoordinatorDirectory(InternalNodeManager nodeManager, DiscoveryServers discoveryServers)
    {
        this.nodeManager = requireNonNull(nodeManager, "nodeManager is null");
        this.discoveryServers = requireNonNull(discoveryServers, "discoveryServers is null");
    }

    /**
     * Returns this coordinator, and all that announce themselves and are not known to be dead or silent.
     */
    public List<CoordinatorAddress> getCoordinators()
    {
        return Stream.concat(Stream.of(address(nodeManager.getCurrentNode())), announced())
                .distinct()
                .collect(toImmutableList());
    }

    /**
     * Returns all other coordinators that may exist: those of the configuration, and those that are announced, whether they are active,
     * draining or drained. Blocks for the time of a name look-up.
     */
    public Set<URI> getPossibleAddresses()
    {
        return ImmutableSet.<URI>builder()
                .addAll(discoveryServers.getServers())
                .addAll(announced().filter(coordinator -> !isThisNode(coordinator)).map(CoordinatorAddress::uri).iterator())
                .build();
    }

    private Stream<CoordinatorAddress> announced()
    {
        AllNodes nodes = nodeManager.getAllNodes();
        return Stream.of(
                        nodes.getActiveNodes(),
                        nodes.getInactiveNodes(),
                        nodes.getDrainingNodes(),
                        nodes.getDrainedNodes(),
                        nodes.getShuttingDownNodes())
                .flatMap(Set::stream)
                .filter(InternalNode::isCoordinator)
                .map(CoordinatorDirectory::address);
    }

    private static CoordinatorAddress address(InternalNode node)
    {
        return new CoordinatorAddress(node.getNodeIdentifier(), node.getInternalUri());
    }

    public boolean isThisNode(CoordinatorAddress coordinator)
    {
        return coordinator.nodeId().equals(nodeManager.getCurrentNode().getNodeIdentifier());
    }
}
