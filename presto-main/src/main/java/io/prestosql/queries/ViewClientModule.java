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

import com.fasterxml.jackson.databind.JsonNode;
import com.google.inject.Binder;
import com.google.inject.Provides;
import com.google.inject.Singleton;
import io.airlift.bootstrap.LifeCycleManager;
import io.airlift.configuration.AbstractConfigurationAwareModule;
import io.airlift.units.DataSize;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.server.ui.WorkerResource.JsonNodeInfo;

import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;

import static com.google.inject.Scopes.SINGLETON;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.airlift.configuration.ConfigBinder.configBinder;
import static io.airlift.json.JsonCodecBinder.jsonCodecBinder;
import static io.airlift.units.DataSize.Unit.MEGABYTE;
import static io.airlift.units.Duration.succinctDuration;
import static io.prestosql.node.ExecutorShutdown.endWith;
import static io.trino.server.InternalCommunicationHttpClientModule.internalHttpClientModule;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Binds the client that asks the coordinators of one cluster for their part of the view.
 */
public class ViewClientModule
        extends AbstractConfigurationAwareModule
{
    @Override
    protected void setup(Binder binder)
    {
        configBinder(binder).bindConfig(ViewConfig.class);
        install(internalHttpClientModule("cluster-view", ForView.class)
                .withConfigDefaults(config -> {
                    config.setConnectTimeout(succinctDuration(1, SECONDS));
                    config.setIdleTimeout(succinctDuration(30, SECONDS));
                    config.setRequestTimeout(succinctDuration(30, SECONDS));
                    config.setMaxContentLength(DataSize.of(256, MEGABYTE));
                })
                .build());
        jsonCodecBinder(binder).bindListJsonCodec(ViewedQuery.class);
        jsonCodecBinder(binder).bindJsonCodec(ViewedQuery.class);
        jsonCodecBinder(binder).bindJsonCodec(JsonNode.class);
        jsonCodecBinder(binder).bindListJsonCodec(ViewedTransaction.class);
        jsonCodecBinder(binder).bindListJsonCodec(JsonNodeInfo.class);
        jsonCodecBinder(binder).bindListJsonCodec(NodeLoad.class);
        jsonCodecBinder(binder).bindJsonCodec(ExecutionFailureInfo.class);
        binder.bind(ViewClient.class).in(SINGLETON);
    }

    @Provides
    @Singleton
    @ForView
    public static ScheduledExecutorService createExecutor(LifeCycleManager lifeCycleManager)
    {
        return endWith(lifeCycleManager, new ScheduledThreadPoolExecutor(2, daemonThreadsNamed("cluster-view-%s")));
    }
}
