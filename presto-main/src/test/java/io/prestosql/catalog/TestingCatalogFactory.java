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

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Tracer;
import io.trino.connector.CatalogConnector;
import io.trino.connector.CatalogFactory;
import io.trino.connector.ConnectorServices;
import io.trino.spi.catalog.CatalogProperties;
import io.trino.spi.connector.CatalogHandle;
import io.trino.spi.connector.Connector;
import io.trino.spi.connector.ConnectorFactory;
import io.trino.spi.connector.ConnectorName;

import java.util.Optional;
import java.util.Set;

import static io.trino.spi.connector.CatalogHandle.createInformationSchemaCatalogHandle;
import static io.trino.spi.connector.CatalogHandle.createSystemTablesCatalogHandle;

/**
 * Creates empty catalogs, or fails.
 */
class TestingCatalogFactory
        implements CatalogFactory
{
    private static final Tracer TRACER = OpenTelemetry.noop().getTracer("test");

    private volatile Set<ConnectorName> broken = Set.of();

    /**
     * Sets the connectors that fail from then on.
     */
    public void setBroken(Set<ConnectorName> broken)
    {
        this.broken = Set.copyOf(broken);
    }

    @Override
    public void addConnectorFactory(ConnectorFactory connectorFactory)
    {
        throw new UnsupportedOperationException();
    }

    @Override
    public CatalogConnector createCatalog(CatalogProperties catalog)
    {
        if (broken.contains(catalog.connectorName())) {
            throw new IllegalArgumentException("broken");
        }
        return create(catalog.catalogHandle(), catalog.connectorName(), new Connector() {}, Optional.of(catalog));
    }

    @Override
    public CatalogConnector createCatalog(CatalogHandle catalogHandle, ConnectorName connectorName, Connector connector)
    {
        return create(catalogHandle, connectorName, connector, Optional.empty());
    }

    private static CatalogConnector create(CatalogHandle handle, ConnectorName connectorName, Connector connector, Optional<CatalogProperties> properties)
    {
        return new CatalogConnector(
                handle,
                connectorName,
                new ConnectorServices(TRACER, handle, connector),
                new ConnectorServices(TRACER, createInformationSchemaCatalogHandle(handle), new Connector() {}),
                new ConnectorServices(TRACER, createSystemTablesCatalogHandle(handle), new Connector() {}),
                properties);
    }
}
