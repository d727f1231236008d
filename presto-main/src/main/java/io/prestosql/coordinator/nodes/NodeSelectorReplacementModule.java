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

import com.google.inject.Binder;
import com.google.inject.Inject;
import com.google.inject.Provider;
import io.airlift.configuration.AbstractConfigurationAwareModule;
import io.trino.execution.NodeTaskMap;
import io.trino.execution.scheduler.NetworkTopology;
import io.trino.execution.scheduler.NodeSchedulerConfig;
import io.trino.execution.scheduler.NodeSelectorFactory;
import io.trino.execution.scheduler.TopologyAwareNodeSelectorConfig;
import io.trino.execution.scheduler.TopologyAwareNodeSelectorFactory;
import io.trino.execution.scheduler.UniformNodeSelectorFactory;

import static com.google.inject.Scopes.SINGLETON;
import static java.util.Objects.requireNonNull;

/**
 * The engine's own node selectors over the nodes that have the worker role.
 */
public class NodeSelectorReplacementModule
        extends AbstractConfigurationAwareModule
{
    @Override
    protected void setup(Binder binder)
    {
        switch (buildConfigObject(NodeSchedulerConfig.class).getNodeSchedulerPolicy()) {
            case UNIFORM -> binder.bind(NodeSelectorFactory.class).toProvider(UniformProvider.class).in(SINGLETON);
            case TOPOLOGY -> binder.bind(TopologyAwareNodeSelectorFactory.class).toProvider(TopologyProvider.class).in(SINGLETON);
        }
    }

    private static class UniformProvider
            implements Provider<NodeSelectorFactory>
    {
        private final SchedulingNodeManager nodeManager;
        private final NodeSchedulerConfig config;
        private final NodeTaskMap nodeTaskMap;

        @Inject
        private UniformProvider(SchedulingNodeManager nodeManager, NodeSchedulerConfig config, NodeTaskMap nodeTaskMap)
        {
            this.nodeManager = requireNonNull(nodeManager, "nodeManager is null");
            this.config = requireNonNull(config, "config is null");
            this.nodeTaskMap = requireNonNull(nodeTaskMap, "nodeTaskMap is null");
        }

        @Override
        public NodeSelectorFactory get()
        {
            return new UniformNodeSelectorFactory(nodeManager, config, nodeTaskMap);
        }
    }

    private static class TopologyProvider
            implements Provider<TopologyAwareNodeSelectorFactory>
    {
        private final NetworkTopology networkTopology;
        private final SchedulingNodeManager nodeManager;
        private final NodeSchedulerConfig config;
        private final NodeTaskMap nodeTaskMap;
        private final TopologyAwareNodeSelectorConfig topologyConfig;

        @Inject
        private TopologyProvider(
                NetworkTopology networkTopology,
                SchedulingNodeManager nodeManager,
                NodeSchedulerConfig config,
                NodeTaskMap nodeTaskMap,
                TopologyAwareNodeSelectorConfig topologyConfig)
        {
            this.networkTopology = requireNonNull(networkTopology, "networkTopology is null");
            this.nodeManager = requireNonNull(nodeManager, "nodeManager is null");
            this.config = requireNonNull(config, "config is null");
            this.nodeTaskMap = requireNonNull(nodeTaskMap, "nodeTaskMap is null");
            this.topologyConfig = requireNonNull(topologyConfig, "topologyConfig is null");
        }

        @Override
        public TopologyAwareNodeSelectorFactory get()
        {
            return new TopologyAwareNodeSelectorFactory(networkTopology, nodeManager, config, nodeTaskMap, topologyConfig);
        }
    }
}
