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
package io.prestosql.memory;

import com.google.inject.Binder;
import com.google.inject.Module;
import com.google.inject.Provides;
import com.google.inject.Singleton;
import io.airlift.node.NodeInfo;
import io.trino.spi.QueryId;

import static com.google.inject.Scopes.SINGLETON;
import static io.airlift.configuration.ConfigBinder.configBinder;
import static io.airlift.jaxrs.JaxrsBinder.jaxrsBinder;
import static io.airlift.json.JsonCodecBinder.jsonCodecBinder;
import static org.weakref.jmx.guice.ExportBinder.newExporter;

/**
 * Binds a coordinator's part in the decision, made once for all coordinators, which query is killed when workers are out of memory.
 */
public class LowMemoryModule
        implements Module
{
    @Override
    public void configure(Binder binder)
    {
        configBinder(binder).bindConfig(LowMemoryKillerConfig.class);
        binder.bind(OrderedKiller.class).in(SINGLETON);
        binder.bind(SharedClusterMemoryManager.class).in(SINGLETON);
        binder.bind(LeakedQueries.class).in(SINGLETON);
        binder.bind(OtherCoordinatorsQueries.class).in(SINGLETON);
        binder.bind(VictimPolicy.class).to(EngineVictimPolicy.class).in(SINGLETON);
        binder.bind(MemoryReporter.class).in(SINGLETON);
        binder.bind(LowMemoryClient.class).in(SINGLETON);
        binder.bind(LowMemoryDecider.class).in(SINGLETON);
        newExporter(binder).export(LowMemoryDecider.class).as("io.prestosql.memory:name=LowMemoryDecider");
        jaxrsBinder(binder).bind(LowMemoryResource.class);
        jsonCodecBinder(binder).bindJsonCodec(DecisionRound.class);
        jsonCodecBinder(binder).bindJsonCodec(RoundAnswer.class);
        jsonCodecBinder(binder).bindJsonCodec(KillOrder.class);
        jsonCodecBinder(binder).bindListJsonCodec(QueryId.class);
    }

    @Provides
    @Singleton
    public static LowMemoryTimes createTimes(LowMemoryKillerConfig config)
    {
        return LowMemoryTimes.withVictimTimeout(config.getVictimTimeout());
    }

    @Provides
    @Singleton
    public static KillOrders createOrders(NodeInfo nodeInfo, LowMemoryTimes times)
    {
        return new KillOrders(nodeInfo.getNodeId(), times.orderNanos());
    }
}
