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
package io.prestosql.server;

import com.google.common.collect.ImmutableList;
import com.google.inject.Injector;
import com.google.inject.Key;
import com.google.inject.TypeLiteral;
import io.airlift.bootstrap.LifeCycleManager;
import io.airlift.discovery.client.Announcer;
import io.airlift.discovery.client.ServiceAnnouncement;
import io.airlift.discovery.client.ServiceAnnouncement.ServiceAnnouncementBuilder;
import io.prestosql.cluster.Clusters;
import io.prestosql.dispatcher.admission.QueueAdmission;
import io.prestosql.dispatcher.admission.WarmUp;
import io.prestosql.dispatcher.statement.ClientDrain;
import io.prestosql.node.NodeRoles;
import io.prestosql.selection.ClusterSelections;
import io.prestosql.selection.SelectionPluginsProvider;
import io.trino.connector.CatalogManagerConfig;
import io.trino.connector.CatalogManagerConfig.CatalogMangerKind;
import io.trino.connector.CatalogStoreManager;
import io.trino.connector.ConnectorServicesProvider;
import io.trino.eventlistener.EventListenerManager;
import io.trino.exchange.ExchangeManagerRegistry;
import io.trino.execution.resourcegroups.ResourceGroupManager;
import io.trino.metadata.Catalog;
import io.trino.metadata.CatalogManager;
import io.trino.metadata.InternalNodeManager;
import io.trino.security.AccessControlManager;
import io.trino.security.GroupProviderManager;
import io.trino.server.PluginInstaller;
import io.trino.server.SessionPropertyDefaults;
import io.trino.server.StartupStatus;
import io.trino.server.protocol.spooling.SpoolingManagerRegistry;
import io.trino.server.security.CertificateAuthenticatorManager;
import io.trino.server.security.HeaderAuthenticatorManager;
import io.trino.server.security.PasswordAuthenticatorManager;
import io.trino.server.security.oauth2.OAuth2Client;
import io.trino.spi.connector.CatalogHandle;

import java.util.Optional;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.inject.util.Types.newParameterizedType;
import static io.airlift.discovery.client.ServiceAnnouncement.serviceAnnouncement;
import static java.util.Objects.requireNonNull;

/**
 * Runs the steps between the creation of the services and the first request: loads plugins, catalogs, and everything that is configured by a
 * file of its own. The steps and their order are the engine's, whose own start cannot be taken apart. After that, a dispatcher stands for
 * election.
 */
public class ServerStartup
{
    private static final String ENGINE_SERVICE = "trino";

    private final Injector injector;
    private final NodeRoles roles;

    public ServerStartup(Injector injector, NodeRoles roles)
    {
        this.injector = requireNonNull(injector, "injector is null");
        this.roles = requireNonNull(roles, "roles is null");
    }

    /**
     * @throws Exception when a configuration file is wrong
     */
    public void run()
            throws Exception
    {
        injector.getInstance(PluginInstaller.class).loadPlugins();
        if (roles.isDispatcher()) {
            injector.getInstance(Clusters.class).load();
            ClusterSelections selections = injector.getInstance(ClusterSelections.class);
            injector.getInstance(SelectionPluginsProvider.class).factories().forEach(selections::addFactory);
            selections.load();
        }
        if (roles.needsEngine()) {
            loadCatalogs();
        }
        loadConfigurationFiles();
        injector.getInstance(Announcer.class).start();
        if (roles.isDispatcher()) {
            injector.getInstance(Clusters.class).start();
        }
        if (roles.isCoordinator()) {
            // the scheduler's view of the nodes is from before the catalogs were loaded: a client that is told now that the server is ready
            // would find no node for them
            injector.getInstance(InternalNodeManager.class).refreshNodes();
        }
        if (roles.isDispatcher()) {
            injector.getInstance(LifeCycleManager.class).addInstance(new ClientDrain.AtStop(injector.getInstance(ClientDrain.class)));
        }
        injector.getInstance(StartupStatus.class).startupComplete();
    }

    /**
     * Lets a dispatcher stand for election, after it has loaded what its first query needs. Meanwhile it answers clients as a dispatcher that
     * does not lead.
     */
    public void joinElection()
    {
        if (roles.isDispatcher()) {
            // not while the log is opened: two threads that initialize the same classes in different orders can block each other for ever
            injector.getInstance(WarmUp.class).run();
            injector.getInstance(QueueAdmission.class).joinElection();
        }
    }

    private void loadCatalogs()
    {
        optional(CatalogStoreManager.class).ifPresent(CatalogStoreManager::loadConfiguredCatalogStore);
        injector.getInstance(ConnectorServicesProvider.class).loadInitialCatalogs();
        if (injector.getInstance(CatalogManagerConfig.class).getCatalogMangerKind() == CatalogMangerKind.STATIC) {
            announceCatalogs(injector.getInstance(Announcer.class), injector.getInstance(CatalogManager.class));
        }
    }

    private void loadConfigurationFiles()
            throws Exception
    {
        injector.getInstance(SessionPropertyDefaults.class).loadConfigurationManager();
        injector.getInstance(ResourceGroupManager.class).loadConfigurationManager();
        injector.getInstance(AccessControlManager.class).loadSystemAccessControl();
        optional(PasswordAuthenticatorManager.class).ifPresent(PasswordAuthenticatorManager::loadPasswordAuthenticator);
        injector.getInstance(GroupProviderManager.class).loadConfiguredGroupProvider();
        if (roles.needsEngine()) {
            injector.getInstance(ExchangeManagerRegistry.class).loadExchangeManager();
            injector.getInstance(SpoolingManagerRegistry.class).loadSpoolingManager();
        }
        injector.getInstance(CertificateAuthenticatorManager.class).loadCertificateAuthenticator();
        optional(HeaderAuthenticatorManager.class).ifPresent(HeaderAuthenticatorManager::loadHeaderAuthenticator);
        if (roles.isCoordinator() || roles.isDispatcher()) {
            injector.getInstance(EventListenerManager.class).loadEventListeners();
        }
        optional(OAuth2Client.class).ifPresent(OAuth2Client::load);
    }

    @SuppressWarnings("unchecked")
    private <T> Optional<T> optional(Class<T> type)
    {
        return (Optional<T>) injector.getInstance(Key.get(TypeLiteral.get(newParameterizedType(Optional.class, type))));
    }

    /**
     * Announces the catalogs: a worker gets splits only of the catalogs that it announces.
     */
    private static void announceCatalogs(Announcer announcer, CatalogManager catalogManager)
    {
        String catalogHandles = String.join(",", catalogManager.getCatalogNames().stream()
                .map(catalogManager::getCatalog)
                .flatMap(Optional::stream)
                .map(Catalog::getCatalogHandle)
                .map(CatalogHandle::getId)
                .distinct()
                .sorted()
                .collect(toImmutableList()));
        for (ServiceAnnouncement announcement : ImmutableList.copyOf(announcer.getServiceAnnouncements())) {
            if (announcement.getType().equals(ENGINE_SERVICE)) {
                ServiceAnnouncementBuilder withCatalogs = serviceAnnouncement(ENGINE_SERVICE);
                withCatalogs.addProperties(announcement.getProperties());
                withCatalogs.addProperty("catalogHandleIds", catalogHandles);
                announcer.removeServiceAnnouncement(announcement.getId());
                announcer.addServiceAnnouncement(withCatalogs.build());
            }
        }
    }
}
