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
package io.prestosql.server;

import com.google.inject.Binder;
import com.google.inject.Module;
import com.google.inject.Provides;
import com.google.inject.Singleton;
import io.airlift.configuration.secrets.SecretsResolver;
import io.airlift.node.NodeInfo;
import io.opentelemetry.api.OpenTelemetry;
import io.prestosql.catalog.KnownCatalogs;
import io.prestosql.catalog.RememberingCatalogFactory;
import io.prestosql.coordinator.AssignedResourceGroupManager;
import io.prestosql.coordinator.RunDynamicFilterService;
import io.prestosql.coordinator.RunTaskFactory;
import io.prestosql.coordinator.nodes.NodeLivenessDetector;
import io.prestosql.coordinator.nodes.SchedulingNodeManager;
import io.prestosql.coordinator.system.ClusterKillQueryProcedure;
import io.prestosql.coordinator.system.QueryWarnings;
import io.prestosql.memory.OrderedKiller;
import io.prestosql.memory.SharedClusterMemoryManager;
import io.trino.connector.DefaultCatalogFactory;
import io.trino.connector.system.KillQueryProcedure;
import io.trino.cost.TaskCountEstimator;
import io.trino.execution.ClusterSizeMonitor;
import io.trino.execution.RemoteTaskFactory;
import io.trino.execution.resourcegroups.ResourceGroupManager;
import io.trino.execution.scheduler.NodeSchedulerConfig;
import io.trino.execution.scheduler.faulttolerant.BinPackingNodeAllocatorService;
import io.trino.execution.warnings.WarningCollectorFactory;
import io.trino.failuredetector.FailureDetector;
import io.trino.memory.ClusterMemoryManager;
import io.trino.memory.LowMemoryKiller;
import io.trino.memory.LowMemoryKiller.ForQueryLowMemoryKiller;
import io.trino.memory.LowMemoryKiller.ForTaskLowMemoryKiller;
import io.trino.memory.MemoryManagerConfig;
import io.trino.memory.NoneLowMemoryKiller;
import io.trino.metadata.Metadata;
import io.trino.security.AccessControl;
import io.trino.server.DynamicFilterService;
import io.trino.spi.PageIndexerFactory;
import io.trino.spi.PageSorter;
import io.trino.spi.VersionEmbedder;
import io.trino.spi.type.TypeManager;
import io.trino.sql.planner.OptimizerConfig;
import io.trino.transaction.TransactionManager;

/**
 * What a coordinator has instead of the engine's own. Listed with reasons in {@code developer/engine.md}.
 */
public class CoordinatorReplacementsModule
        implements Module
{
    @Override
    public void configure(Binder binder)
    {
        binder.bind(ResourceGroupManager.class).to(AssignedResourceGroupManager.class);
        binder.bind(RemoteTaskFactory.class).to(RunTaskFactory.class);
        binder.bind(DynamicFilterService.class).to(RunDynamicFilterService.class);
        binder.bind(FailureDetector.class).to(NodeLivenessDetector.class);
        binder.bind(ClusterMemoryManager.class).to(SharedClusterMemoryManager.class);
        binder.bind(LowMemoryKiller.class).annotatedWith(ForTaskLowMemoryKiller.class).to(OrderedKiller.class);
        // the other one is asked first, and has orders of both kinds
        binder.bind(LowMemoryKiller.class).annotatedWith(ForQueryLowMemoryKiller.class).toInstance(new NoneLowMemoryKiller());
        binder.bind(WarningCollectorFactory.class).to(QueryWarnings.class);
        binder.bind(KillQueryProcedure.class).to(ClusterKillQueryProcedure.class);
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
}
