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
package io.prestosql.queries;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.util.concurrent.ListenableFuture;
import io.prestosql.node.ClusterName;
import io.trino.server.ui.WorkerResource.JsonNodeInfo;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The coordinators and workers, as the engine's Web UI shows them.
 */
public interface NodeView
{
    ListenableFuture<List<JsonNodeInfo>> getNodes();

    /**
     * Returns the same nodes, with their roles and loads.
     *
     * @param asked which clusters are asked; the answer has none of the nodes of the others, and does not wait for them
     */
    ListenableFuture<List<NodeLoad>> getLoads(Predicate<ClusterName> asked);

    /**
     * Returns what a node reports about itself.
     *
     * @param path path of an engine resource that every such node has, without the leading slash
     * @return empty when the node or the resource does not exist
     */
    ListenableFuture<Optional<JsonNode>> find(String nodeId, String path);
}
