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

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.airlift.http.client.HttpClient;
import io.airlift.json.JsonCodec;
import io.airlift.units.Duration;
import io.prestosql.discovery.NodeRoleDirectory;
import io.prestosql.node.ClusterName;
import io.prestosql.queries.ForView;
import io.prestosql.queries.NodeLoad;
import io.prestosql.queries.NodeView;
import io.prestosql.queries.ViewConfig;
import io.prestosql.rpc.CoordinatorCallException;
import io.prestosql.rpc.JsonCaller;
import io.trino.memory.ClusterMemoryManager;
import io.trino.memory.MemoryInfo;
import io.trino.metadata.AllNodes;
import io.trino.metadata.InternalNode;
import io.trino.metadata.InternalNodeManager;
import io.trino.metadata.NodeState;
import io.trino.server.ui.WorkerResource.JsonNodeInfo;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Predicate;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static com.google.common.util.concurrent.Futures.immediateFuture;
import static io.airlift.http.client.HttpUriBuilder.uriBuilderFrom;
import static io.airlift.http.client.Request.Builder.prepareGet;
import static java.util.Comparator.comparing;
import static java.util.Locale.ENGLISH;
import static java.util.Objects.requireNonNull;

/**
 * The nodes as this coordinator sees them.
 */
public class OwnNodeView
        implements NodeView
{
    private final InternalNodeManager nodeManager;
    private final NodeRoleDirectory nodeRoles;
    private final ClusterMemoryManager memoryManager;
    private final JsonCaller caller;
    private final Duration timeout;
    private final JsonCodec<JsonNode> codec;
    private final CpuLoads cpuLoads = new CpuLoads(this::find, System::nanoTime);

    @Inject
    public OwnNodeView(
            InternalNodeManager nodeManager,
            NodeRoleDirectory nodeRoles,
            ClusterMemoryManager memoryManager,
            @ForView HttpClient httpClient,
            @ForView ScheduledExecutorService executor,
            ViewConfig config,
            JsonCodec<JsonNode> codec)
    {
        this.nodeManager = requireNonNull(nodeManager, "nodeManager is null");
        this.nodeRoles = requireNonNull(nodeRoles, "nodeRoles is null");
        this.memoryManager = requireNonNull(memoryManager, "memoryManager is null");
        this.caller = new JsonCaller(httpClient, executor, CoordinatorCallException::new);
        this.timeout = config.getTimeout();
        this.codec = requireNonNull(codec, "codec is null");
    }

    @Override
    public ListenableFuture<List<JsonNodeInfo>> getNodes()
    {
        AllNodes nodes = nodeManager.getAllNodes();
        return immediateFuture(ImmutableList.<JsonNodeInfo>builder()
                .addAll(infos(nodes.getActiveNodes(), NodeState.ACTIVE))
                .addAll(infos(nodes.getInactiveNodes(), NodeState.INACTIVE))
                .build());
    }

    private static List<JsonNodeInfo> infos(Set<InternalNode> nodes, NodeState state)
    {
        return nodes.stream()
                .map(node -> new JsonNodeInfo(node.getNodeIdentifier(), node.getHostAndPort().getHostText(), node.getVersion(), node.isCoordinator(), state.toString().toLowerCase(ENGLISH)))
                .collect(toImmutableList());
    }

    @Override
    public ListenableFuture<List<NodeLoad>> getLoads(Predicate<ClusterName> asked)
    {
        // all of them are of this process's own cluster, and nothing is asked
        Map<String, Optional<MemoryInfo>> memory = memoryManager.getAllNodesMemoryInfo();
        ImmutableList.Builder<NodeLoad> loads = ImmutableList.builder();
        for (NodeState state : NodeState.values()) {
            nodeManager.getNodes(state).stream()
                    .sorted(comparing(InternalNode::getNodeIdentifier))
                    .map(node -> load(node, state, memory.getOrDefault(node.getNodeIdentifier(), Optional.empty())))
                    .forEach(loads::add);
        }
        cpuLoads.refresh(nodeManager.getNodes(NodeState.ACTIVE).stream()
                .map(InternalNode::getNodeIdentifier)
                .collect(toImmutableSet()));
        return immediateFuture(loads.build());
    }

    private NodeLoad load(InternalNode node, NodeState state, Optional<MemoryInfo> memory)
    {
        return new NodeLoad(
                node.getNodeIdentifier(),
                node.getHostAndPort().getHostText(),
                node.getVersion(),
                node.isCoordinator(),
                nodeRoles.isWorker(node),
                state,
                memory.map(MemoryInfo::getAvailableProcessors),
                memory.map(info -> info.getPool().getMaxBytes()),
                memory.map(info -> info.getPool().getReservedBytes()),
                cpuLoads.get(node.getNodeIdentifier()));
    }

    @Override
    public ListenableFuture<Optional<JsonNode>> find(String nodeId, String path)
    {
        return nodeManager.getNodes(NodeState.ACTIVE).stream()
                .filter(node -> node.getNodeIdentifier().equals(nodeId))
                .findFirst()
                .map(node -> caller.find(prepareGet().setUri(uriBuilderFrom(node.getInternalUri()).appendPath(path).build()).build(), codec, timeout))
                .orElseGet(() -> immediateFuture(Optional.empty()));
    }
}
