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

import java.util.Map;
import java.util.Optional;

/**
 * The coordinators that are asked for their part of the view.
 */
public interface ViewPeers
{
    /**
     * Returns the node id of this node.
     */
    String nodeId();

    /**
     * Returns the name of the cluster of a coordinator; empty on a node that does not know how dispatchers call its cluster.
     *
     * @param coordinator its {@link io.prestosql.node.QualifiedNodeId} in words
     */
    Optional<String> clusterOf(String coordinator);

    /**
     * Returns the coordinators, without this node. A coordinator's key is its {@link io.prestosql.node.QualifiedNodeId} in words.
     */
    Map<String, ViewPeer> coordinators();
}
