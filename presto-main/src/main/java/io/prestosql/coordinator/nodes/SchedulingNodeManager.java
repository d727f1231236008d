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

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSetMultimap;
import com.google.inject.Inject;
import io.prestosql.discovery.NodeRoleDirectory;
import io.trino.metadata.AllNodes;
import io.trino.metadata.InternalNode;
import io.trino.metadata.InternalNodeManager;
import io.trino.metadata.NodeState;
import io.trino.spi.connector.CatalogHandle;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static java.util.Objects.requireNonNull;

/**
 * The nodes in the form that the engine's scheduler needs: a node counts as a coordinator exactly when it lacks the worker role. The engine
 * itself can schedule on all coordinators or on none.
 * <p>
 * Only code that places tasks, or counts the nodes that run them, uses this view. All other code needs the true coordinators.
 */
public class SchedulingNodeManager
        implements InternalNodeManager
{
    private final InternalNodeManager nodeManager;
    private final NodeRoleDirectory nodeRoles;
    private final Map<Consumer<AllNodes>, Consumer<AllNodes>> listeners = new ConcurrentHashMap<>();

    @Inject
    public SchedulingNodeManager(InternalNodeManager nodeManager, NodeRoleDirectory nodeRoles)
    {
        this.nodeManager = requireNonNull(nodeManager, "nodeManager is null");
        this.nodeRoles = requireNonNull(nodeRoles, "nodeRoles is null");
    }

    @Override
    public Set<InternalNode> getNodes(NodeState state)
    {
        return view(nodeManager.getNodes(state));
    }

    @Override
    public Set<InternalNode> getActiveCatalogNodes(CatalogHandle catalogHandle)
    {
        return view(nodeManager.getActiveCatalogNodes(catalogHandle));
    }

    @Override
    public NodesSnapshot getActiveNodesSnapshot()
    {
        NodesSnapshot snapshot = nodeManager.getActiveNodesSnapshot();
        return new SchedulingSnapshot(snapshot);
    }

    /**
     * Returns the true current node, because callers ask it whether it is a coordinator.
     */
    @Override
    public InternalNode getCurrentNode()
    {
        return nodeManager.getCurrentNode();
    }

    @Override
    public Set<InternalNode> getCoordinators()
    {
        return nodeManager.getNodes(NodeState.ACTIVE).stream()
                .map(this::view)
                .filter(InternalNode::isCoordinator)
                .collect(toImmutableSet());
    }

    @Override
    public AllNodes getAllNodes()
    {
        return view(nodeManager.getAllNodes());
    }

    @Override
    public void refreshNodes()
    {
        nodeManager.refreshNodes();
    }

    @Override
    public void addNodeChangeListener(Consumer<AllNodes> listener)
    {
        Object order = new Object();
        Consumer<AllNodes> viewListener = _ -> {
            // the engine reports each change on a separate thread: of two changes at about the same time, the older one may come last
            synchronized (order) {
                listener.accept(getAllNodes());
            }
        };
        listeners.put(listener, viewListener);
        nodeManager.addNodeChangeListener(viewListener);
    }

    @Override
    public void removeNodeChangeListener(Consumer<AllNodes> listener)
    {
        Optional.ofNullable(listeners.remove(listener)).ifPresent(nodeManager::removeNodeChangeListener);
    }

    private AllNodes view(AllNodes allNodes)
    {
        Set<InternalNode> active = view(allNodes.getActiveNodes());
        return new AllNodes(
                active,
                view(allNodes.getInactiveNodes()),
                view(allNodes.getDrainingNodes()),
                view(allNodes.getDrainedNodes()),
                view(allNodes.getShuttingDownNodes()),
                active.stream().filter(InternalNode::isCoordinator).collect(toImmutableSet()));
    }

    private Set<InternalNode> view(Set<InternalNode> nodes)
    {
        return nodes.stream()
                .map(this::view)
                .collect(toImmutableSet());
    }

    private InternalNode view(InternalNode node)
    {
        boolean notForTasks = !nodeRoles.isWorker(node);
        if (node.isCoordinator() == notForTasks) {
            return node;
        }
        return new InternalNode(node.getNodeIdentifier(), node.getInternalUri(), node.getNodeVersion(), notForTasks);
    }

    private class SchedulingSnapshot
            extends NodesSnapshot
    {
        private final NodesSnapshot snapshot;

        private SchedulingSnapshot(NodesSnapshot snapshot)
        {
            super(ImmutableSet.of(), Optional.of(ImmutableSetMultimap.of()));
            this.snapshot = requireNonNull(snapshot, "snapshot is null");
        }

        @Override
        public Set<InternalNode> getAllNodes()
        {
            return view(snapshot.getAllNodes());
        }

        @Override
        public Set<InternalNode> getConnectorNodes(CatalogHandle catalogHandle)
        {
            return view(snapshot.getConnectorNodes(catalogHandle));
        }
    }
}
