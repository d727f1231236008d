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
import io.airlift.node.NodeInfo;
import io.prestosql.dispatcher.admission.GatedDefaultGroup;
import io.prestosql.dispatcher.admission.ReportedClusterMemory;
import io.prestosql.queries.ClusterSize;
import io.trino.dispatcher.DispatchExecutor;
import io.trino.execution.QueryIdGenerator;
import io.trino.execution.QueryManagerConfig;
import io.trino.execution.QueryPreparer;
import io.trino.execution.resourcegroups.InternalResourceGroupManager;
import io.trino.execution.resourcegroups.LegacyResourceGroupConfigurationManager;
import io.trino.execution.resourcegroups.ResourceGroupInfoProvider;
import io.trino.server.ResourceGroupStateInfoResource;
import io.trino.server.protocol.QueryInfoUrlFactory;
import org.weakref.jmx.MBeanExporter;

import static com.google.inject.Scopes.SINGLETON;
import static io.airlift.configuration.ConfigBinder.configBinder;
import static io.airlift.jaxrs.JaxrsBinder.jaxrsBinder;
import static org.weakref.jmx.guice.ExportBinder.newExporter;

/**
 * Binds the engine's services that a dispatcher needs and that a coordinator has, for a process that is not a coordinator.
 */
public class DispatcherServicesModule
        extends AbstractConfigurationAwareModule
{
    @Override
    protected void setup(Binder binder)
    {
        configBinder(binder).bindConfig(QueryManagerConfig.class);
        binder.bind(QueryIdGenerator.class).in(SINGLETON);
        binder.bind(QueryPreparer.class).in(SINGLETON);
        binder.bind(DispatchExecutor.class).in(SINGLETON);
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
}
