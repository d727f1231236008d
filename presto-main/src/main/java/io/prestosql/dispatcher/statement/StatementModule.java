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
package io.prestosql.dispatcher.statement;

import com.google.inject.Binder;
import com.google.inject.Module;
import io.airlift.http.server.HttpServerConfig;
import io.airlift.units.DataSize;
import io.prestosql.node.NodeRoles;
import jakarta.servlet.Filter;

import static com.google.inject.Scopes.SINGLETON;
import static com.google.inject.multibindings.Multibinder.newSetBinder;
import static io.airlift.configuration.ConfigBinder.configBinder;
import static io.airlift.discovery.client.DiscoveryBinder.discoveryBinder;
import static io.airlift.jaxrs.JaxrsBinder.jaxrsBinder;
import static io.airlift.units.DataSize.Unit.MEGABYTE;
import static io.prestosql.node.ServiceNames.DISPATCHER_SERVICE;
import static java.util.Objects.requireNonNull;
import static org.weakref.jmx.guice.ExportBinder.newExporter;

/**
 * Binds the resources and filters that clients talk to.
 */
public class StatementModule
        implements Module
{
    private final NodeRoles roles;

    public StatementModule(NodeRoles roles)
    {
        this.roles = requireNonNull(roles, "roles is null");
    }

    @Override
    public void configure(Binder binder)
    {
        discoveryBinder(binder).bindHttpAnnouncement(DISPATCHER_SERVICE);
        configBinder(binder).bindConfig(SubmissionConfig.class);
        binder.bind(QueueResults.class).in(SINGLETON);
        jaxrsBinder(binder).bind(StatementResource.class);
        jaxrsBinder(binder).bind(SelectionDryRunResource.class);
        jaxrsBinder(binder).bind(LostQueryResource.class);
        if (!roles.isCoordinator()) {
            jaxrsBinder(binder).bind(UnknownQueryResource.class);
        }

        binder.bind(ProxyClientConfig.class).in(SINGLETON);
        binder.bind(ProxyClients.class).in(SINGLETON);
        binder.bind(ExecutingQueryProxy.class).in(SINGLETON);
        newExporter(binder).export(ExecutingQueryProxy.class).as("io.prestosql.dispatcher:name=ExecutingQueryProxy");
        newSetBinder(binder, Filter.class).addBinding().to(SchemeFilter.class).in(SINGLETON);
        newSetBinder(binder, Filter.class).addBinding().to(StartingUpFilter.class).in(SINGLETON);
        binder.bind(ClientDrain.class).in(SINGLETON);
        newExporter(binder).export(ClientDrain.class).as("io.prestosql.dispatcher:name=ClientDrain");
        newSetBinder(binder, Filter.class).addBinding().to(ClientDrain.class);
        newSetBinder(binder, Filter.class).addBinding().to(ExecutingQueryFilter.class).in(SINGLETON);
        newSetBinder(binder, Filter.class).addBinding().to(QueuedPollFilter.class).in(SINGLETON);

        // prepared statements travel in headers
        configBinder(binder).bindConfigDefaults(HttpServerConfig.class, config -> {
            config.setMaxRequestHeaderSize(DataSize.of(2, MEGABYTE));
            config.setMaxResponseHeaderSize(DataSize.of(2, MEGABYTE));
        });
    }
}
