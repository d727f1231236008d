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
package io.prestosql.dispatcher.clusters;

import com.google.inject.Binder;
import com.google.inject.Module;
import io.prestosql.dispatcher.clusters.ClusterChangeCodec.StoredChange;
import io.prestosql.dispatcher.clusters.OrderedDefinitionCodec.StoredDefinition;
import io.prestosql.dispatcher.clusters.OrderedStateCodec.StoredState;

import static com.google.inject.Scopes.SINGLETON;
import static io.airlift.configuration.ConfigBinder.configBinder;
import static io.airlift.jaxrs.JaxrsBinder.jaxrsBinder;
import static io.airlift.json.JsonCodecBinder.jsonCodecBinder;
import static org.weakref.jmx.guice.ExportBinder.newExporter;

/**
 * Binds what operators see of the clusters, and may order.
 */
public class ClustersApiModule
        implements Module
{
    @Override
    public void configure(Binder binder)
    {
        jsonCodecBinder(binder).bindJsonCodec(StoredState.class);
        jsonCodecBinder(binder).bindJsonCodec(StoredDefinition.class);
        jsonCodecBinder(binder).bindJsonCodec(StateOrder.class);
        jsonCodecBinder(binder).bindJsonCodec(DefinitionOrder.class);
        jsonCodecBinder(binder).bindJsonCodec(OrdersReport.class);
        jsonCodecBinder(binder).bindJsonCodec(ClustersReport.class);
        jsonCodecBinder(binder).bindJsonCodec(StoredChange.class);
        jsonCodecBinder(binder).bindListJsonCodec(ClusterChange.class);
        configBinder(binder).bindConfig(ClusterChangesConfig.class);
        binder.bind(ClusterChangeCodec.class).in(SINGLETON);
        binder.bind(ClusterChanges.class).in(SINGLETON);
        binder.bind(LastChanges.class).in(SINGLETON);
        jsonCodecBinder(binder).bindJsonCodec(DefinitionsReport.class);
        binder.bind(AnnouncedDispatchers.class).in(SINGLETON);
        binder.bind(LastingRecordReaders.class).in(SINGLETON);
        binder.bind(OrderedStateCodec.class).in(SINGLETON);
        binder.bind(OrderedStates.class).in(SINGLETON);
        binder.bind(OrderedDefinitionCodec.class).in(SINGLETON);
        binder.bind(OrderedDefinitions.class).in(SINGLETON);
        binder.bind(ClusterOrders.class).in(SINGLETON);
        binder.bind(LeaderClustersClient.class).in(SINGLETON);
        binder.bind(LeaderClusters.class).in(SINGLETON);
        binder.bind(Operators.class).in(SINGLETON);
        binder.bind(OrderAnswers.class).in(SINGLETON);
        binder.bind(OrdersFollower.class).in(SINGLETON);
        binder.bind(DefinitionDifferences.class).in(SINGLETON);
        newExporter(binder).export(DefinitionDifferences.class).as("io.prestosql.cluster:name=DefinitionDifferences");
        binder.bind(DefinitionsReporter.class).in(SINGLETON);
        binder.bind(ClusterReporter.class).in(SINGLETON);
        binder.bind(ClusterBeans.class).in(SINGLETON);
        jaxrsBinder(binder).bind(LeaderClustersResource.class);
        jaxrsBinder(binder).bind(ClustersResource.class);
        jaxrsBinder(binder).bind(ClusterChangesResource.class);
    }
}
