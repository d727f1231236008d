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
import io.trino.server.ui.WorkerResource.JsonNodeInfo;

import java.util.List;
import java.util.Optional;

/**
 * The nodes that give out tasks and run them, as the engine's Web UI shows them.
 */
public interface NodeView
{
    ListenableFuture<List<JsonNodeInfo>> getNodes();

    /**
     * The same nodes, with their roles, and how busy they are.
     */
    ListenableFuture<List<NodeLoad>> getLoads();

    /**
     * What a node says of itself.
     *
     * @param path of a resource of the engine that every such node has, without the leading slash
     * @return empty when there is no such node, or no such resource
     */
    ListenableFuture<Optional<JsonNode>> find(String nodeId, String path);
}
