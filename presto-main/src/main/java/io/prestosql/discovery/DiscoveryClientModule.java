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
package io.prestosql.discovery;

import com.google.inject.Binder;
import com.google.inject.Provides;
import com.google.inject.Singleton;
import io.airlift.bootstrap.LifeCycleManager;
import io.airlift.configuration.AbstractConfigurationAwareModule;
import io.airlift.discovery.client.Announcement;
import io.airlift.discovery.client.Announcer;
import io.airlift.discovery.client.CachingServiceSelectorFactory;
import io.airlift.discovery.client.DiscoveryAnnouncementClient;
import io.airlift.discovery.client.DiscoveryLookupClient;
import io.airlift.discovery.client.ForDiscoveryClient;
import io.airlift.discovery.client.MergingServiceSelectorFactory;
import io.airlift.discovery.client.ServiceAnnouncement;
import io.airlift.discovery.client.ServiceDescriptorsRepresentation;
import io.airlift.discovery.client.ServiceInventory;
import io.airlift.discovery.client.ServiceInventoryConfig;
import io.airlift.discovery.client.ServiceSelector;
import io.airlift.discovery.client.ServiceSelectorFactory;
import io.airlift.discovery.client.ServiceSelectorManager;
import io.airlift.node.NodeInfo;
import io.prestosql.node.HostAddresses;
import io.prestosql.node.NodeRoles;

import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;

import static com.google.inject.Scopes.SINGLETON;
import static com.google.inject.multibindings.Multibinder.newSetBinder;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.airlift.configuration.ConfigBinder.configBinder;
import static io.airlift.discovery.client.DiscoveryBinder.discoveryBinder;
import static io.airlift.http.client.HttpClientBinder.httpClientBinder;
import static io.airlift.json.JsonCodecBinder.jsonCodecBinder;
import static io.prestosql.node.ExecutorShutdown.endWith;
import static java.util.Objects.requireNonNull;
import static org.weakref.jmx.guice.ExportBinder.newExporter;

/**
 * Binds discovery with several servers. Replaces airlift's {@code DiscoveryModule}, which supports only one; announcer, selectors and wire
 * protocol are airlift's own.
 */
public class DiscoveryClientModule
        extends AbstractConfigurationAwareModule
{
    /** Every node announces a service of this type, with its roles as a property. */
    public static final String NODE_SERVICE = "presto-node";
    public static final String ROLES_PROPERTY = "node_roles";

    private final NodeRoles roles;

    public DiscoveryClientModule(NodeRoles roles)
    {
        this.roles = requireNonNull(roles, "roles is null");
    }

    @Override
    protected void setup(Binder binder)
    {
        configBinder(binder).bindConfig(DiscoveryServersConfig.class);
        if (roles.needsEngine() && buildConfigObject(DiscoveryServersConfig.class).getUris().isEmpty()) {
            binder.addError("Invalid configuration property discovery.uri: %s", DiscoveryServersConfig.REQUIRED);
        }
        binder.bind(HostAddresses.class).toInstance(HostAddresses.SYSTEM);
        binder.bind(DiscoveryServers.class).in(SINGLETON);
        binder.bind(AnnouncementToAllServers.class).in(SINGLETON);
        binder.bind(DiscoveryAnnouncementClient.class).to(AnnouncementToAllServers.class);
        if (roles.isCoordinator()) {
            binder.bind(DiscoveryLookupClient.class).to(LookupInOwnStore.class).in(SINGLETON);
        }
        else if (roles.needsEngine()) {
            binder.bind(DiscoveryLookupClient.class).to(LookupAtAllServers.class).in(SINGLETON);
        }
        else {
            binder.bind(LookupAtAllServers.class).in(SINGLETON);
            binder.bind(DiscoveryLookupClient.class).to(LookupAfterStart.class).in(SINGLETON);
        }
        jsonCodecBinder(binder).bindJsonCodec(ServiceDescriptorsRepresentation.class);
        jsonCodecBinder(binder).bindJsonCodec(Announcement.class);
        httpClientBinder(binder).bindHttpClient("discovery", ForDiscoveryClient.class);

        binder.bind(Announcer.class).in(SINGLETON);
        binder.bind(AnnouncerStop.class).in(SINGLETON);
        newExporter(binder).export(Announcer.class).withGeneratedName();
        newSetBinder(binder, ServiceAnnouncement.class);
        binder.bind(CachingServiceSelectorFactory.class).in(SINGLETON);
        binder.bind(ServiceSelectorFactory.class).to(MergingServiceSelectorFactory.class).in(SINGLETON);
        newSetBinder(binder, ServiceSelector.class);
        // the embedded discovery server needs it to find other servers, to which it would copy its store
        configBinder(binder).bindConfig(ServiceInventoryConfig.class);
        binder.bind(ServiceInventory.class).in(SINGLETON);
        binder.bind(ServiceSelectorManager.class).in(SINGLETON);

        discoveryBinder(binder).bindHttpAnnouncement(NODE_SERVICE)
                .addProperty(ROLES_PROPERTY, roles.toString());
        if (roles.isCoordinator()) {
            discoveryBinder(binder).bindSelector(NODE_SERVICE);
            binder.bind(CoordinatorDirectory.class).in(SINGLETON);
            binder.bind(NodeRoleDirectory.class).in(SINGLETON);
        }
    }

    @Provides
    @Singleton
    public static MergingServiceSelectorFactory createServiceSelectorFactory(CachingServiceSelectorFactory factory, Announcer announcer, NodeInfo nodeInfo)
    {
        return new MergingServiceSelectorFactory(factory, announcer, nodeInfo);
    }

    @Provides
    @Singleton
    @ForDiscoveryClient
    public static ScheduledExecutorService createExecutor(LifeCycleManager lifeCycleManager)
    {
        return endWith(lifeCycleManager, new ScheduledThreadPoolExecutor(5, daemonThreadsNamed("discovery-%s")));
    }
}
