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

import io.airlift.configuration.secrets.SecretsResolver;
import io.airlift.node.NodeInfo;
import io.opentelemetry.api.OpenTelemetry;
import io.trino.connector.CatalogConnector;
import io.trino.connector.DefaultCatalogFactory;
import io.trino.execution.scheduler.NodeSchedulerConfig;
import io.trino.metadata.InternalNodeManager;
import io.trino.metadata.Metadata;
import io.trino.security.AccessControl;
import io.trino.spi.PageIndexerFactory;
import io.trino.spi.PageSorter;
import io.trino.spi.VersionEmbedder;
import io.trino.spi.catalog.CatalogProperties;
import io.trino.spi.type.TypeManager;
import io.trino.sql.planner.OptimizerConfig;
import io.trino.transaction.TransactionManager;

import static java.util.Objects.requireNonNull;

/**
 * The engine's factory, which also remembers the definitions of the catalogs that it creates.
 */
public class RememberingCatalogFactory
        extends DefaultCatalogFactory
{
    private final KnownCatalogs knownCatalogs;

    public RememberingCatalogFactory(
            KnownCatalogs knownCatalogs,
            Metadata metadata,
            AccessControl accessControl,
            InternalNodeManager nodeManager,
            PageSorter pageSorter,
            PageIndexerFactory pageIndexerFactory,
            NodeInfo nodeInfo,
            VersionEmbedder versionEmbedder,
            OpenTelemetry openTelemetry,
            TransactionManager transactionManager,
            TypeManager typeManager,
            NodeSchedulerConfig nodeSchedulerConfig,
            OptimizerConfig optimizerConfig,
            SecretsResolver secretsResolver)
    {
        super(
                metadata,
                accessControl,
                nodeManager,
                pageSorter,
                pageIndexerFactory,
                nodeInfo,
                versionEmbedder,
                openTelemetry,
                transactionManager,
                typeManager,
                nodeSchedulerConfig,
                optimizerConfig,
                secretsResolver);
        this.knownCatalogs = requireNonNull(knownCatalogs, "knownCatalogs is null");
    }

    @Override
    public CatalogConnector createCatalog(CatalogProperties catalogProperties)
    {
        CatalogConnector catalog = super.createCatalog(catalogProperties);
        knownCatalogs.created(catalogProperties);
        return catalog;
    }
}
