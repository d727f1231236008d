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

import com.google.common.collect.ImmutableMap;
import io.airlift.discovery.client.ServiceDescriptor;
import io.airlift.discovery.client.testing.StaticServiceSelector;
import io.prestosql.discovery.NodeRoleDirectory;
import io.trino.client.NodeVersion;
import io.trino.metadata.AllNodes;
import io.trino.metadata.InMemoryNodeManager;
import io.trino.metadata.InternalNode;
import io.trino.metadata.NodeState;
import org.junit.jupiter.api.Test;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static com.google.common.collect.Iterables.getOnlyElement;
import static com.google.common.collect.Maps.uniqueIndex;
import static com.google.common.collect.Sets.difference;
import static io.airlift.discovery.client.ServiceDescriptor.serviceDescriptor;
import static io.prestosql.discovery.DiscoveryClientModule.NODE_SERVICE;
import static io.prestosql.discovery.DiscoveryClientModule.ROLES_PROPERTY;
import static org.assertj.core.api.Assertions.assertThat;

public class TestSchedulingNodeManager
{
    private static final InternalNode COORDINATOR = node("coordinator", true);
    private static final InternalNode COORDINATOR_AND_WORKER = node("coordinator-worker", true);
    private static final InternalNode WORKER = node("worker", false);
    private static final InternalNode STOCK_COORDINATOR = node("stock-coordinator", true);
    private static final InternalNode STOCK_WORKER = node("stock-worker", false);

    private final InMemoryNodeManager nodeManager = new InMemoryNodeManager(COORDINATOR, COORDINATOR_AND_WORKER, WORKER, STOCK_COORDINATOR, STOCK_WORKER);
    private final SchedulingNodeManager schedulingNodeManager = new SchedulingNodeManager(
            nodeManager,
            new NodeRoleDirectory(new StaticServiceSelector(
                    roles("local", "coordinator"),
                    roles("coordinator", "coordinator"),
                    roles("coordinator-worker", "coordinator,worker"),
                    roles("worker", "worker"))));

    @Test
    public void testNodesWithoutWorkerRoleAreCoordinators()
    {
        AllNodes nodes = schedulingNodeManager.getAllNodes();
        assertThat(ids(nodes.getActiveNodes())).containsExactlyInAnyOrder("local", "coordinator", "coordinator-worker", "worker", "stock-coordinator", "stock-worker");
        assertThat(ids(nodes.getActiveCoordinators())).containsExactlyInAnyOrder("local", "coordinator", "stock-coordinator");
        // the nodes that schedulers use when they leave out coordinators
        assertThat(ids(difference(nodes.getActiveNodes(), nodes.getActiveCoordinators()))).containsExactlyInAnyOrder("coordinator-worker", "worker", "stock-worker");
        assertThat(ids(schedulingNodeManager.getCoordinators())).containsExactlyInAnyOrder("local", "coordinator", "stock-coordinator");
        assertThat(workers(schedulingNodeManager.getNodes(NodeState.ACTIVE))).containsExactlyInAnyOrder("coordinator-worker", "worker", "stock-worker");
        assertThat(workers(schedulingNodeManager.getActiveNodesSnapshot().getAllNodes())).containsExactlyInAnyOrder("coordinator-worker", "worker", "stock-worker");
    }

    @Test
    public void testNothingElseIsChanged()
    {
        Map<String, InternalNode> trueNodes = uniqueIndex(nodeManager.getNodes(NodeState.ACTIVE), InternalNode::getNodeIdentifier);
        Map<String, InternalNode> seenNodes = uniqueIndex(schedulingNodeManager.getNodes(NodeState.ACTIVE), InternalNode::getNodeIdentifier);
        assertThat(seenNodes.keySet()).isEqualTo(trueNodes.keySet());
        seenNodes.forEach((id, node) -> {
            assertThat(node.getInternalUri()).isEqualTo(trueNodes.get(id).getInternalUri());
            assertThat(node.getHostAndPort()).isEqualTo(trueNodes.get(id).getHostAndPort());
            assertThat(node.getNodeVersion()).isEqualTo(trueNodes.get(id).getNodeVersion());
        });
    }

    /**
     * The role is a part of a node's equality, so nodes of the two views must not be mixed in one collection.
     */
    @Test
    public void testNodesOfTheTwoViewsAreNotEqual()
    {
        assertThat(schedulingNodeManager.getNodes(NodeState.ACTIVE)).contains(COORDINATOR, WORKER, STOCK_COORDINATOR, STOCK_WORKER);
        assertThat(schedulingNodeManager.getNodes(NodeState.ACTIVE)).doesNotContain(COORDINATOR_AND_WORKER);
    }

    @Test
    public void testCurrentNodeIsTheTrueOne()
    {
        assertThat(schedulingNodeManager.getCurrentNode()).isSameAs(nodeManager.getCurrentNode());
    }

    /**
     * The engine reports each change on a separate thread. A listener that got the older state last would keep it until the next change.
     */
    @Test
    public void testListenerIsToldOfTheLatestNodesLast()
    {
        List<Consumer<AllNodes>> listeners = new ArrayList<>();
        InMemoryNodeManager changing = new InMemoryNodeManager(COORDINATOR)
        {
            @Override
            public void addNodeChangeListener(Consumer<AllNodes> listener)
            {
                listeners.add(listener);
            }
        };
        List<AllNodes> told = new ArrayList<>();
        new SchedulingNodeManager(changing, new NodeRoleDirectory(new StaticServiceSelector())).addNodeChangeListener(told::add);
        AllNodes before = changing.getAllNodes();
        changing.addNodes(STOCK_WORKER);
        getOnlyElement(listeners).accept(changing.getAllNodes());
        getOnlyElement(listeners).accept(before);
        assertThat(told).hasSize(2).allSatisfy(nodes -> assertThat(ids(nodes.getActiveNodes())).contains("stock-worker"));
    }

    private static Set<String> workers(Set<InternalNode> nodes)
    {
        return nodes.stream()
                .filter(node -> !node.isCoordinator())
                .map(InternalNode::getNodeIdentifier)
                .collect(toImmutableSet());
    }

    private static Set<String> ids(Set<InternalNode> nodes)
    {
        return nodes.stream()
                .map(InternalNode::getNodeIdentifier)
                .collect(toImmutableSet());
    }

    private static InternalNode node(String id, boolean coordinator)
    {
        return new InternalNode(id, URI.create("http://%s:8080".formatted(id)), new NodeVersion("1"), coordinator);
    }

    private static ServiceDescriptor roles(String id, String roles)
    {
        return serviceDescriptor(NODE_SERVICE)
                .setNodeId(id)
                .addProperties(ImmutableMap.of(ROLES_PROPERTY, roles))
                .build();
    }
}
