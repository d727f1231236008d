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

import com.google.inject.Binder;
import com.google.inject.TypeLiteral;
import io.airlift.configuration.AbstractConfigurationAwareModule;
import io.prestosql.cluster.ClusterPart;
import io.prestosql.discovery.DispatcherAddresses;
import io.prestosql.node.NodeRoles;
import io.prestosql.queries.QueryKiller.Outcome;

import java.util.Optional;

import static com.google.inject.Scopes.SINGLETON;
import static com.google.inject.multibindings.Multibinder.newSetBinder;
import static com.google.inject.multibindings.OptionalBinder.newOptionalBinder;
import static io.airlift.discovery.client.DiscoveryBinder.discoveryBinder;
import static io.airlift.jaxrs.JaxrsBinder.jaxrsBinder;
import static io.airlift.json.JsonCodecBinder.jsonCodecBinder;
import static io.prestosql.node.ServiceNames.COORDINATOR_SERVICE;
import static java.util.Objects.requireNonNull;
import static org.weakref.jmx.guice.ExportBinder.newExporter;

/**
 * Binds the view of the whole cluster on the nodes that show it: dispatchers and coordinators.
 */
public class QueriesModule
        extends AbstractConfigurationAwareModule
{
    private final NodeRoles roles;

    public QueriesModule(NodeRoles roles)
    {
        this.roles = requireNonNull(roles, "roles is null");
    }

    @Override
    protected void setup(Binder binder)
    {
        install(new ViewClientModule());
        jsonCodecBinder(binder).bindJsonCodec(new TypeLiteral<Optional<ViewedQuery>>() {});
        jsonCodecBinder(binder).bindJsonCodec(new TypeLiteral<Optional<QueryDetails>>() {});
        if (roles.isDispatcher()) {
            jaxrsBinder(binder).bind(KillByQueryResource.class);
            newSetBinder(binder, ClusterPart.class).addBinding().toInstance(ViewClientModule::new);
            binder.bind(ViewPeers.class).to(ClustersPeers.class).in(SINGLETON);
        }
        else {
            discoveryBinder(binder).bindSelector(COORDINATOR_SERVICE);
            binder.bind(ViewPeers.class).to(AnnouncedPeers.class).in(SINGLETON);
            binder.bind(QueueView.class).to(AnnouncedQueue.class).in(SINGLETON);
        }
        newOptionalBinder(binder, OwnView.class);
        newOptionalBinder(binder, KillScope.class);
        if (roles.isCoordinator() && !roles.isDispatcher()) {
            binder.bind(DispatcherAddresses.class).in(SINGLETON);
            binder.bind(KillScope.class).in(SINGLETON);
        }
        if (roles.isCoordinator()) {
            binder.bind(OwnView.class).in(SINGLETON);
            jsonCodecBinder(binder).bindJsonCodec(Outcome.class);
            jsonCodecBinder(binder).bindJsonCodec(Boolean.class);
            binder.bind(KillByQueryClient.class).in(SINGLETON);
            jaxrsBinder(binder).bind(ViewResource.class);
        }
        else {
            binder.bind(NodeView.class).to(CoordinatorNodeView.class).in(SINGLETON);
        }
        binder.bind(QueueViewClient.class).in(SINGLETON);
        binder.bind(AnsweringNodes.class).in(SINGLETON);
        binder.bind(ClusterView.class).in(SINGLETON);
        newExporter(binder).export(ClusterView.class).as("io.prestosql.view:name=ClusterView");
        binder.bind(QueryKiller.class).in(SINGLETON);
        binder.bind(AuthorizedQueries.class).in(SINGLETON);
        jaxrsBinder(binder).bind(QueryInfoResource.class);
        jaxrsBinder(binder).bind(QueryStatesResource.class);
    }
}
