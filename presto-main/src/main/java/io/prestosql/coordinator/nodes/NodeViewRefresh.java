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
import io.trino.metadata.InternalNodeManager;
import jakarta.annotation.PostConstruct;

import static java.util.Objects.requireNonNull;

/**
 * Refreshes the engine's view of the cluster when a node is found dead or alive. By itself, the engine refreshes it only every five
 * seconds.
 */
public class NodeViewRefresh
{
    private final NodeLivenessDetector detector;
    private final InternalNodeManager nodeManager;

    @Inject
    public NodeViewRefresh(NodeLivenessDetector detector, InternalNodeManager nodeManager)
    {
        this.detector = requireNonNull(detector, "detector is null");
        this.nodeManager = requireNonNull(nodeManager, "nodeManager is null");
    }

    @PostConstruct
    public void start()
    {
        detector.setChangeListener(nodeManager::refreshNodes);
    }
}
