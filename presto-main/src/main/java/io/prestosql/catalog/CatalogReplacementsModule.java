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
package io.prestosql.catalog;

import com.google.inject.Binder;
import com.google.inject.Inject;
import com.google.inject.Provider;
import io.airlift.configuration.AbstractConfigurationAwareModule;
import io.airlift.discovery.client.ServiceSelector;
import io.airlift.discovery.client.ServiceType;
import io.airlift.http.client.HttpClient;
import io.airlift.node.NodeInfo;
import io.prestosql.node.NodeRoles;
import io.trino.connector.CatalogManagerConfig;
import io.trino.connector.CatalogManagerConfig.CatalogMangerKind;
import io.trino.connector.CatalogPruneTask;
import io.trino.connector.CatalogPruneTaskConfig;
import io.trino.connector.ConnectorServicesProvider;
import io.trino.metadata.CatalogManager;
import io.trino.metadata.ForNodeManager;
import io.trino.server.InternalCommunicationConfig;
import io.trino.transaction.TransactionManager;

import static com.google.inject.Scopes.SINGLETON;
import static java.util.Objects.requireNonNull;

/**
 * Replaces parts of the engine on nodes with dynamic catalogs. {@code developer/engine.md} lists them with reasons.
 */
public class CatalogReplacementsModule
        extends AbstractConfigurationAwareModule
{
    private final NodeRoles roles;

    public CatalogReplacementsModule(NodeRoles roles)
    {
        this.roles = requireNonNull(roles, "roles is null");
    }

    @Override
    protected void setup(Binder binder)
    {
        if (buildConfigObject(CatalogManagerConfig.class).getCatalogMangerKind() != CatalogMangerKind.DYNAMIC) {
            return;
        }
        binder.bind(ConnectorServicesProvider.class).to(PrunableCatalogs.class);
        if (roles.isCoordinator()) {
            binder.bind(CatalogManager.class).to(ClusterCatalogs.class);
            binder.bind(CatalogPruneTask.class).toProvider(IdlePruneTaskProvider.class).in(SINGLETON);
        }
    }

    /**
     * Provides the engine's task as disabled, regardless of {@code catalog.prune.enabled}.
     */
    private static class IdlePruneTaskProvider
            implements Provider<CatalogPruneTask>
    {
        private final TransactionManager transactionManager;
        private final CatalogManager catalogManager;
        private final ConnectorServicesProvider connectorServicesProvider;
        private final NodeInfo nodeInfo;
        private final ServiceSelector selector;
        private final HttpClient httpClient;
        private final InternalCommunicationConfig internalCommunicationConfig;

        @Inject
        private IdlePruneTaskProvider(
                TransactionManager transactionManager,
                CatalogManager catalogManager,
                ConnectorServicesProvider connectorServicesProvider,
                NodeInfo nodeInfo,
                @ServiceType("trino") ServiceSelector selector,
                @ForNodeManager HttpClient httpClient,
                InternalCommunicationConfig internalCommunicationConfig)
        {
            this.transactionManager = requireNonNull(transactionManager, "transactionManager is null");
            this.catalogManager = requireNonNull(catalogManager, "catalogManager is null");
            this.connectorServicesProvider = requireNonNull(connectorServicesProvider, "connectorServicesProvider is null");
            this.nodeInfo = requireNonNull(nodeInfo, "nodeInfo is null");
            this.selector = requireNonNull(selector, "selector is null");
            this.httpClient = requireNonNull(httpClient, "httpClient is null");
            this.internalCommunicationConfig = requireNonNull(internalCommunicationConfig, "internalCommunicationConfig is null");
        }

        @Override
        public CatalogPruneTask get()
        {
            return new CatalogPruneTask(
                    transactionManager,
                    catalogManager,
                    connectorServicesProvider,
                    nodeInfo,
                    selector,
                    httpClient,
                    new CatalogPruneTaskConfig().setEnabled(false),
                    internalCommunicationConfig);
        }
    }
}
