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

import com.fasterxml.jackson.databind.Module;
import com.google.inject.Binder;
import com.google.inject.Provides;
import com.google.inject.Singleton;
import com.google.inject.multibindings.ProvidesIntoSet;
import io.airlift.bootstrap.LifeCycleManager;
import io.airlift.configuration.AbstractConfigurationAwareModule;
import io.airlift.http.server.HttpServerInfo;
import io.prestosql.dispatcher.admission.DispatcherLocations;
import io.prestosql.dispatcher.admission.DispatcherMetadata;
import io.prestosql.dispatcher.admission.GatedResourceGroupManager;
import io.trino.FeaturesConfig;
import io.trino.SystemSessionProperties;
import io.trino.client.NodeVersion;
import io.trino.execution.DynamicFilterConfig;
import io.trino.execution.LocationFactory;
import io.trino.execution.QueryManagerConfig;
import io.trino.execution.TaskManagerConfig;
import io.trino.execution.resourcegroups.ResourceGroupManager;
import io.trino.execution.scheduler.NodeSchedulerConfig;
import io.trino.memory.MemoryManagerConfig;
import io.trino.memory.NodeMemoryConfig;
import io.trino.metadata.Metadata;
import io.trino.metadata.SessionPropertyManager;
import io.trino.server.DefaultShutdownAction;
import io.trino.server.DisableHttpCacheDynamicFeature;
import io.trino.server.HttpRequestSessionContextFactory;
import io.trino.server.InternalCommunicationModule;
import io.trino.server.NodeStateManager;
import io.trino.server.PluginInstaller;
import io.trino.server.PluginManager.PluginsProvider;
import io.trino.server.ProtocolConfig;
import io.trino.server.ServerConfig;
import io.trino.server.ServerInfoResource;
import io.trino.server.ServerPluginsProvider;
import io.trino.server.ServerPluginsProviderConfig;
import io.trino.server.SessionPropertyDefaults;
import io.trino.server.ShutdownAction;
import io.trino.server.StartupStatus;
import io.trino.server.ThreadResource;
import io.trino.server.ThrowableMapper;
import io.trino.server.protocol.PreparedStatementEncoder;
import io.trino.server.protocol.spooling.QueryDataEncoder;
import io.trino.server.protocol.spooling.ServerQueryDataJacksonModule;
import io.trino.spi.VersionEmbedder;
import io.trino.sql.SqlEnvironmentConfig;
import io.trino.sql.parser.SqlParser;
import io.trino.sql.planner.OptimizerConfig;
import io.trino.transaction.NoOpTransactionManager;
import io.trino.transaction.TransactionManager;
import io.trino.util.EmbedVersion;

import java.util.List;
import java.util.concurrent.Executor;

import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static com.google.inject.Scopes.SINGLETON;
import static com.google.inject.multibindings.OptionalBinder.newOptionalBinder;
import static io.airlift.concurrent.Threads.threadsNamed;
import static io.airlift.configuration.ConfigBinder.configBinder;
import static io.airlift.jaxrs.JaxrsBinder.jaxrsBinder;
import static io.trino.server.protocol.spooling.QueryDataEncoder.EncoderSelector.noEncoder;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.Executors.newSingleThreadScheduledExecutor;

/**
 * Binds the engine's services that every process of the engine has, for a process that is only a dispatcher.
 */
public class EnginelessServicesModule
        extends AbstractConfigurationAwareModule
{
    private final String version;

    public EnginelessServicesModule(String version)
    {
        this.version = requireNonNull(version, "version is null");
    }

    @Override
    protected void setup(Binder binder)
    {
        configBinder(binder).bindConfig(ServerConfig.class);
        binder.bind(NodeVersion.class).toInstance(new NodeVersion(version));
        binder.bind(VersionEmbedder.class).to(EmbedVersion.class).in(SINGLETON);
        binder.bind(StartupStatus.class).in(SINGLETON);
        install(new InternalCommunicationModule());

        // sessions
        configBinder(binder).bindConfig(ProtocolConfig.class);
        configBinder(binder).bindConfig(SqlEnvironmentConfig.class);
        binder.bind(SqlParser.class).in(SINGLETON);
        binder.bind(PreparedStatementEncoder.class).in(SINGLETON);
        binder.bind(HttpRequestSessionContextFactory.class).in(SINGLETON);
        binder.bind(QueryDataEncoder.EncoderSelector.class).toInstance(noEncoder());
        binder.bind(Metadata.class).toInstance(DispatcherMetadata.create());
        binder.bind(TransactionManager.class).to(NoOpTransactionManager.class).in(SINGLETON);
        binder.bind(SessionPropertyDefaults.class).in(SINGLETON);

        // defaults of session properties
        configBinder(binder).bindConfig(QueryManagerConfig.class);
        configBinder(binder).bindConfig(TaskManagerConfig.class);
        configBinder(binder).bindConfig(MemoryManagerConfig.class);
        configBinder(binder).bindConfig(FeaturesConfig.class);
        configBinder(binder).bindConfig(OptimizerConfig.class);
        configBinder(binder).bindConfig(NodeMemoryConfig.class);
        configBinder(binder).bindConfig(DynamicFilterConfig.class);
        configBinder(binder).bindConfig(NodeSchedulerConfig.class);
        binder.bind(SystemSessionProperties.class).in(SINGLETON);

        binder.bind(ResourceGroupManager.class).to(GatedResourceGroupManager.class);

        configBinder(binder).bindConfig(ServerPluginsProviderConfig.class);
        newOptionalBinder(binder, PluginsProvider.class).setDefault().to(ServerPluginsProvider.class).in(SINGLETON);
        newOptionalBinder(binder, PluginInstaller.class).setDefault().to(DispatcherPluginInstaller.class).in(SINGLETON);

        binder.bind(ShutdownAction.class).to(DefaultShutdownAction.class).in(SINGLETON);
        jaxrsBinder(binder).bind(ServerInfoResource.class);
        jaxrsBinder(binder).bind(DispatcherStatusResource.class);
        jaxrsBinder(binder).bind(ThreadResource.class);
        jaxrsBinder(binder).bind(EngineOnlyResource.class);
        jaxrsBinder(binder).bind(ThrowableMapper.class);
        jaxrsBinder(binder).bind(DisableHttpCacheDynamicFeature.class);
        jaxrsBinder(binder).bind(WithoutWadl.class);
    }

    @Provides
    @Singleton
    public static SessionPropertyManager createSessionPropertyManager(SystemSessionProperties systemSessionProperties)
    {
        return new SessionPropertyManager(systemSessionProperties);
    }

    @Provides
    @Singleton
    public static NodeStateManager createNodeStateManager(ServerConfig serverConfig, ShutdownAction shutdownAction, LifeCycleManager lifeCycleManager)
    {
        // a dispatcher runs no tasks to wait for
        return new NodeStateManager(
                (_, _) -> {},
                List::of,
                serverConfig,
                shutdownAction,
                lifeCycleManager,
                newSingleThreadScheduledExecutor(threadsNamed("drain-handler-%s")));
    }

    @Provides
    @Singleton
    public static LocationFactory createLocationFactory(HttpServerInfo httpServerInfo)
    {
        return new DispatcherLocations(httpServerInfo);
    }

    @Provides
    @Singleton
    @io.trino.server.ForStartup
    public static Executor createStartupExecutor()
    {
        return directExecutor();
    }

    @ProvidesIntoSet
    @Singleton
    public static Module queryDataJacksonModule()
    {
        return new ServerQueryDataJacksonModule();
    }
}
