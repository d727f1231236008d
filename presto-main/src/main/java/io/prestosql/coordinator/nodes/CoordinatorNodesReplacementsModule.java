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
import com.google.inject.Provides;
import com.google.inject.Singleton;
import io.airlift.configuration.AbstractConfigurationAwareModule;
import io.airlift.configuration.secrets.SecretsResolver;
import io.airlift.node.NodeInfo;
import io.opentelemetry.api.OpenTelemetry;
import io.prestosql.catalog.KnownCatalogs;
import io.prestosql.catalog.RememberingCatalogFactory;
import io.trino.connector.DefaultCatalogFactory;
import io.trino.cost.TaskCountEstimator;
import io.trino.execution.ClusterSizeMonitor;
import io.trino.execution.NodeTaskMap;
import io.trino.execution.scheduler.NetworkTopology;
import io.trino.execution.scheduler.NodeSchedulerConfig;
import io.trino.execution.scheduler.NodeSelectorFactory;
import io.trino.execution.scheduler.TopologyAwareNodeSelectorConfig;
import io.trino.execution.scheduler.TopologyAwareNodeSelectorFactory;
import io.trino.execution.scheduler.UniformNodeSelectorFactory;
import io.trino.execution.scheduler.faulttolerant.BinPackingNodeAllocatorService;
import io.trino.failuredetector.FailureDetector;
import io.trino.memory.ClusterMemoryManager;
import io.trino.memory.MemoryManagerConfig;
import io.trino.metadata.Metadata;
import io.trino.security.AccessControl;
import io.trino.spi.PageIndexerFactory;
import io.trino.spi.PageSorter;
import io.trino.spi.VersionEmbedder;
import io.trino.spi.type.TypeManager;
import io.trino.sql.planner.OptimizerConfig;
import io.trino.transaction.TransactionManager;

import static com.google.inject.Scopes.SINGLETON;
import static java.util.Objects.requireNonNull;

/**
 * Replaces parts of the engine on a coordinator, so that only nodes with the worker role get tasks: the engine's classes are given a view
 * of those nodes. {@code developer/engine.md} lists them with reasons.
 */
public class CoordinatorNodesReplacementsModule
        extends AbstractConfigurationAwareModule
{
    @Override
    protected void setup(Binder binder)
    {
        switch (buildConfigObject(NodeSchedulerConfig.class).getNodeSchedulerPolicy()) {
            case UNIFORM -> binder.bind(NodeSelectorFactory.class).toProvider(UniformProvider.class).in(SINGLETON);
            case TOPOLOGY -> binder.bind(TopologyAwareNodeSelectorFactory.class).toProvider(TopologyProvider.class).in(SINGLETON);
        }
        binder.bind(FailureDetector.class).to(NodeLivenessDetector.class);
    }

    @Provides
    @Singleton
    public static ClusterSizeMonitor createClusterSizeMonitor(SchedulingNodeManager nodeManager, NodeSchedulerConfig config)
    {
        return new ClusterSizeMonitor(nodeManager, config);
    }

    @Provides
    @Singleton
    public static TaskCountEstimator createTaskCountEstimator(NodeSchedulerConfig config, SchedulingNodeManager nodeManager)
    {
        return new TaskCountEstimator(config, nodeManager);
    }

    @Provides
    @Singleton
    public static BinPackingNodeAllocatorService createNodeAllocator(
            SchedulingNodeManager nodeManager,
            ClusterMemoryManager memoryManager,
            NodeSchedulerConfig schedulerConfig,
            MemoryManagerConfig memoryConfig)
    {
        return new BinPackingNodeAllocatorService(nodeManager, memoryManager, schedulerConfig, memoryConfig);
    }

    @Provides
    @Singleton
    public static DefaultCatalogFactory createCatalogFactory(
            KnownCatalogs knownCatalogs,
            Metadata metadata,
            AccessControl accessControl,
            SchedulingNodeManager nodeManager,
            PageSorter pageSorter,
            PageIndexerFactory pageIndexerFactory,
            NodeInfo nodeInfo,
            VersionEmbedder versionEmbedder,
            OpenTelemetry openTelemetry,
            TransactionManager transactionManager,
            TypeManager typeManager,
            NodeSchedulerConfig nodeSchedulerConfig,
            OptimizerConfig optimizerConfig,
            SecretsResolver secretsResolver)
    {
        return new RememberingCatalogFactory(
                knownCatalogs,
                metadata,
                accessControl,
                nodeManager,
                pageSorter,
                pageIndexerFactory,
                nodeInfo,
                versionEmbedder,
                openTelemetry,
                transactionManager,
                typeManager,
                nodeSchedulerConfig,
                optimizerConfig,
                secretsResolver);
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
