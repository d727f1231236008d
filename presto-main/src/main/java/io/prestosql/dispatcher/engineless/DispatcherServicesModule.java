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
package io.prestosql.dispatcher.engineless;

import com.google.inject.Binder;
import com.google.inject.Provides;
import com.google.inject.Singleton;
import io.airlift.configuration.AbstractConfigurationAwareModule;
import io.airlift.configuration.secrets.SecretsResolver;
import io.airlift.json.JsonCodec;
import io.airlift.node.NodeInfo;
import io.prestosql.dispatcher.admission.DispatcherMetadata;
import io.prestosql.dispatcher.admission.GatedDefaultGroup;
import io.prestosql.queries.ClusterSize;
import io.trino.client.NodeVersion;
import io.trino.connector.CatalogServiceProvider;
import io.trino.cost.StatsAndCosts;
import io.trino.dispatcher.DispatchExecutor;
import io.trino.event.QueryMonitor;
import io.trino.event.QueryMonitorConfig;
import io.trino.eventlistener.EventListenerManager;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.execution.QueryIdGenerator;
import io.trino.execution.QueryManagerConfig;
import io.trino.execution.QueryPreparer;
import io.trino.execution.StageInfo;
import io.trino.execution.resourcegroups.InternalResourceGroupManager;
import io.trino.execution.resourcegroups.LegacyResourceGroupConfigurationManager;
import io.trino.execution.resourcegroups.ResourceGroupInfoProvider;
import io.trino.metadata.FunctionManager;
import io.trino.metadata.GlobalFunctionCatalog;
import io.trino.metadata.LanguageFunctionProvider;
import io.trino.metadata.SessionPropertyManager;
import io.trino.operator.OperatorStats;
import io.trino.server.ResourceGroupStateInfoResource;
import io.trino.server.protocol.QueryInfoUrlFactory;
import org.weakref.jmx.MBeanExporter;

import static com.google.inject.Scopes.SINGLETON;
import static io.airlift.configuration.ConfigBinder.configBinder;
import static io.airlift.jaxrs.JaxrsBinder.jaxrsBinder;
import static io.airlift.json.JsonCodec.jsonCodec;
import static io.airlift.json.JsonCodecBinder.jsonCodecBinder;
import static org.weakref.jmx.guice.ExportBinder.newExporter;

/**
 * The engine's services that a dispatcher needs and that a coordinator would have, for a process that is none.
 */
public class DispatcherServicesModule
        extends AbstractConfigurationAwareModule
{
    @Override
    protected void setup(Binder binder)
    {
        configBinder(binder).bindConfig(QueryManagerConfig.class);
        configBinder(binder).bindConfig(QueryMonitorConfig.class);
        binder.bind(QueryIdGenerator.class).in(SINGLETON);
        binder.bind(QueryPreparer.class).in(SINGLETON);
        binder.bind(DispatchExecutor.class).in(SINGLETON);
        jsonCodecBinder(binder).bindJsonCodec(ExecutionFailureInfo.class);
        binder.bind(QueryInfoUrlFactory.class).in(SINGLETON);

        binder.bind(LegacyResourceGroupConfigurationManager.class).to(GatedDefaultGroup.class).in(SINGLETON);
        binder.bind(ReportedClusterMemory.class).in(SINGLETON);
        binder.bind(ClusterSize.class).to(ReportedClusterSize.class).in(SINGLETON);
        newExporter(binder).export(InternalResourceGroupManager.class).withGeneratedName();
        binder.bind(ResourceGroupInfoProvider.class).to(InternalResourceGroupManager.class);
        jaxrsBinder(binder).bind(ResourceGroupStateInfoResource.class);
    }

    @SuppressWarnings("rawtypes")
    @Provides
    @Singleton
    public static InternalResourceGroupManager createResourceGroupManager(
            LegacyResourceGroupConfigurationManager legacyManager,
            ReportedClusterMemory clusterMemory,
            NodeInfo nodeInfo,
            MBeanExporter exporter,
            SecretsResolver secretsResolver)
    {
        return new InternalResourceGroupManager<>(legacyManager, clusterMemory, nodeInfo, exporter, secretsResolver);
    }

    /**
     * Tells event listeners of queries that never reach a coordinator: they have no plan, so nothing is asked of functions and metadata.
     */
    @Provides
    @Singleton
    public static QueryMonitor createQueryMonitor(
            EventListenerManager eventListenerManager,
            NodeInfo nodeInfo,
            NodeVersion nodeVersion,
            SessionPropertyManager sessionPropertyManager,
            JsonCodec<ExecutionFailureInfo> failureCodec,
            QueryMonitorConfig config)
    {
        return new QueryMonitor(
                jsonCodec(StageInfo.class),
                jsonCodec(OperatorStats.class),
                failureCodec,
                jsonCodec(StatsAndCosts.class),
                eventListenerManager,
                nodeInfo,
                nodeVersion,
                sessionPropertyManager,
                DispatcherMetadata.create(),
                new FunctionManager(CatalogServiceProvider.fail(), noFunctions(), LanguageFunctionProvider.DISABLED),
                config);
    }

    private static GlobalFunctionCatalog noFunctions()
    {
        return new GlobalFunctionCatalog(
                () -> {
                    throw new UnsupportedOperationException();
                },
                () -> {
                    throw new UnsupportedOperationException();
                },
                () -> {
                    throw new UnsupportedOperationException();
                });
    }
}
