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

import io.prestosql.node.ClusterName;
import io.prestosql.node.QualifiedNodeId;
import io.trino.metadata.NodeState;

import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * The load of a coordinator or a worker, as a coordinator sees it.
 *
 * @param worker whether the node runs tasks
 * @param processors number of processors; empty until the node has reported it
 * @param memoryBytes memory of the node for queries
 * @param reservedBytes the part of that memory that queries have reserved
 * @param cpuLoad load of the whole machine, between 0 and 1
 */
public record NodeLoad(
        String nodeId,
        String host,
        String version,
        boolean coordinator,
        boolean worker,
        NodeState state,
        Optional<Integer> processors,
        Optional<Long> memoryBytes,
        Optional<Long> reservedBytes,
        Optional<Double> cpuLoad)
{
    public NodeLoad
    {
        requireNonNull(nodeId, "nodeId is null");
        requireNonNull(host, "host is null");
        requireNonNull(version, "version is null");
        requireNonNull(state, "state is null");
        requireNonNull(processors, "processors is null");
        requireNonNull(memoryBytes, "memoryBytes is null");
        requireNonNull(reservedBytes, "reservedBytes is null");
        requireNonNull(cpuLoad, "cpuLoad is null");
    }

    /**
     * Returns the same load, with the cluster in the node's name.
     */
    NodeLoad inCluster(ClusterName cluster)
    {
        return new NodeLoad(new QualifiedNodeId(cluster, nodeId).toString(), host, version, coordinator, worker, state, processors, memoryBytes, reservedBytes, cpuLoad);
    }
}
