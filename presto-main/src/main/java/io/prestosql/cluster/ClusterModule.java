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
package io.prestosql.cluster;

import com.google.inject.Binder;
import com.google.inject.Key;
import com.google.inject.Provides;
import com.google.inject.Singleton;
import io.airlift.bootstrap.LifeCycleManager;
import io.airlift.configuration.AbstractConfigurationAwareModule;
import io.prestosql.node.ClusterName;

import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;

import static com.google.inject.Scopes.SINGLETON;
import static com.google.inject.multibindings.Multibinder.newSetBinder;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.airlift.configuration.ConfigBinder.configBinder;
import static io.airlift.discovery.client.DiscoveryBinder.discoveryBinder;
import static io.airlift.jaxrs.JaxrsBinder.jaxrsBinder;
import static io.prestosql.node.ExecutorShutdown.endWith;
import static io.prestosql.node.ServiceNames.DISPATCHER_SERVICE;
import static org.weakref.jmx.guice.ExportBinder.newExporter;

/**
 * Binds the clusters of a dispatcher.
 */
public class ClusterModule
        extends AbstractConfigurationAwareModule
{
    @Override
    protected void setup(Binder binder)
    {
        configBinder(binder).bindConfig(ClusterFilesConfig.class);
        binder.bind(ClusterFiles.class).in(SINGLETON);
        binder.bind(new Key<Map<String, String>>(ForClusters.class) {}).toInstance(getProperties());
        binder.bind(ClusterServicesFactory.class).in(SINGLETON);
        newSetBinder(binder, ClusterPart.class);
        newSetBinder(binder, ClusterUse.class);
        // the services of this process are those of the default cluster, too
        binder.bind(ClusterName.class).toInstance(ClusterName.DEFAULT);
        discoveryBinder(binder).bindSelector(DISPATCHER_SERVICE);
        binder.bind(Clusters.class).in(SINGLETON);
        binder.bind(ClusterFingerprints.class).in(SINGLETON);
        binder.bind(ClusterTokens.class).in(SINGLETON);
        jaxrsBinder(binder).bind(ClusterCallFilter.class);
        newExporter(binder).export(Clusters.class).as("io.prestosql.cluster:name=Clusters");
    }

    @Provides
    @Singleton
    @ForClusters
    public static ScheduledExecutorService createExecutor(LifeCycleManager lifeCycleManager)
    {
        return endWith(lifeCycleManager, new ScheduledThreadPoolExecutor(1, daemonThreadsNamed("clusters-%s")));
    }
}
