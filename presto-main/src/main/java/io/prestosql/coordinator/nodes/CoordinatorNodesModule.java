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
import io.airlift.configuration.AbstractConfigurationAwareModule;
import io.prestosql.queries.ClusterSize;
import io.prestosql.queries.NodeView;

import static com.google.inject.Scopes.SINGLETON;
import static io.airlift.units.Duration.succinctDuration;
import static io.trino.server.InternalCommunicationHttpClientModule.internalHttpClientModule;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.weakref.jmx.guice.ExportBinder.newExporter;

/**
 * Binds a coordinator's view of the nodes.
 */
public class CoordinatorNodesModule
        extends AbstractConfigurationAwareModule
{
    @Override
    protected void setup(Binder binder)
    {
        binder.bind(ClusterSize.class).to(SchedulingClusterSize.class).in(SINGLETON);
        binder.bind(NodeView.class).to(OwnNodeView.class).in(SINGLETON);
        binder.bind(SchedulingNodeManager.class).in(SINGLETON);
        binder.bind(NodeLivenessDetector.class).in(SINGLETON);
        newExporter(binder).export(NodeLivenessDetector.class).as("io.prestosql.discovery:name=NodeLivenessDetector");
        binder.bind(NodeViewRefresh.class).in(SINGLETON);
        install(internalHttpClientModule("node-liveness", ForNodeLiveness.class)
                .withConfigDefaults(config -> {
                    config.setIdleTimeout(succinctDuration(30, SECONDS));
                    config.setRequestTimeout(succinctDuration(5, SECONDS));
                })
                .build());
    }
}
