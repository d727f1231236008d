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
package io.prestosql.fleet;

import com.google.inject.Binder;
import com.google.inject.Provides;
import com.google.inject.Singleton;
import io.airlift.bootstrap.LifeCycleManager;
import io.airlift.configuration.AbstractConfigurationAwareModule;
import io.airlift.units.DataSize;
import io.prestosql.protocol.AnalysisRequest;
import io.prestosql.protocol.AnalysisResponse;
import io.prestosql.protocol.CoordinatorReport;
import io.prestosql.protocol.DispatchRequest;
import io.prestosql.protocol.DispatchResponse;
import io.prestosql.protocol.ReportRequest;
import io.prestosql.protocol.StopRequest;

import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;

import static com.google.inject.Scopes.SINGLETON;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.airlift.configuration.ConfigBinder.configBinder;
import static io.airlift.discovery.client.DiscoveryBinder.discoveryBinder;
import static io.airlift.json.JsonCodecBinder.jsonCodecBinder;
import static io.airlift.units.DataSize.Unit.MEGABYTE;
import static io.airlift.units.Duration.succinctDuration;
import static io.prestosql.node.ExecutorShutdown.endWith;
import static io.prestosql.node.ServiceNames.COORDINATOR_SERVICE;
import static io.trino.server.InternalCommunicationHttpClientModule.internalHttpClientModule;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Binds the classes with which a dispatcher follows the coordinators of one cluster and calls them.
 */
public class ClusterFleetModule
        extends AbstractConfigurationAwareModule
{
    @Override
    protected void setup(Binder binder)
    {
        discoveryBinder(binder).bindSelector(COORDINATOR_SERVICE);
        configBinder(binder).bindConfig(CoordinatorMonitorConfig.class);
        install(internalHttpClientModule("coordinators", ForCoordinators.class)
                .withConfigDefaults(config -> {
                    config.setIdleTimeout(succinctDuration(60, SECONDS));
                    config.setRequestTimeout(succinctDuration(60, SECONDS));
                    config.setMaxConnectionsPerServer(250);
                    config.setMaxRequestsQueuedPerDestination(65536);
                    config.setMaxContentLength(DataSize.of(256, MEGABYTE));
                })
                .build());
        binder.bind(CoordinatorClient.class).in(SINGLETON);
        binder.bind(AnalysisClient.class).in(SINGLETON);
        jsonCodecBinder(binder).bindJsonCodec(AnalysisRequest.class);
        jsonCodecBinder(binder).bindJsonCodec(AnalysisResponse.class);
        jsonCodecBinder(binder).bindJsonCodec(DispatchRequest.class);
        jsonCodecBinder(binder).bindJsonCodec(DispatchResponse.class);
        jsonCodecBinder(binder).bindJsonCodec(CoordinatorReport.class);
        jsonCodecBinder(binder).bindJsonCodec(ReportRequest.class);
        jsonCodecBinder(binder).bindJsonCodec(StopRequest.class);
        binder.bind(ClusterCoordinators.class).in(SINGLETON);
    }

    @Provides
    @Singleton
    @ForCoordinators
    public static ScheduledExecutorService createScheduler(LifeCycleManager lifeCycleManager)
    {
        return endWith(lifeCycleManager, new ScheduledThreadPoolExecutor(4, daemonThreadsNamed("coordinators-scheduler-%s")));
    }

    @Provides
    @Singleton
    @ForCoordinators
    public static Executor createExecutor(LifeCycleManager lifeCycleManager)
    {
        return endWith(lifeCycleManager, new ThreadPoolExecutor(0, Integer.MAX_VALUE, 60, SECONDS, new SynchronousQueue<>(), daemonThreadsNamed("coordinators-%s")));
    }
}
