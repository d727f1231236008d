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

import com.google.common.collect.ImmutableList;
import io.airlift.log.Logger;
import io.trino.connector.system.GlobalSystemConnector;
import io.trino.spi.TrinoException;
import io.trino.spi.catalog.CatalogName;
import io.trino.spi.catalog.CatalogProperties;
import io.trino.spi.catalog.CatalogStore;
import io.trino.spi.connector.ConnectorName;

import java.util.Collection;
import java.util.Map;
import java.util.function.Supplier;

import static io.trino.spi.StandardErrorCode.ALREADY_EXISTS;
import static io.trino.spi.StandardErrorCode.CATALOG_NOT_FOUND;
import static io.trino.spi.StandardErrorCode.CATALOG_STORE_ERROR;
import static java.util.Objects.requireNonNull;

/**
 * The store to which the engine's catalog manager writes. A change made by a user goes to the shared catalogs, which may refuse it. A
 * change read from the shared catalogs goes through the engine's manager within {@link #following}, and writes nothing.
 */
public class SharedCatalogStore
        implements CatalogStore
{
    private static final Logger log = Logger.get(SharedCatalogStore.class);

    private final SharedCatalogs catalogs;
    private final ThreadLocal<Boolean> following = ThreadLocal.withInitial(() -> false);

    public SharedCatalogStore(SharedCatalogs catalogs)
    {
        this.catalogs = requireNonNull(catalogs, "catalogs is null");
    }

    /**
     * @throws SharedCatalogsException when the shared catalogs cannot be read
     */
    public CatalogSnapshot read()
    {
        return catalogs.read();
    }

    void close()
    {
        catalogs.close();
    }

    /**
     * Marks the calls of this thread as updating the engine to the shared catalogs, until the result is closed.
     */
    public Following following()
    {
        following.set(true);
        return following::remove;
    }

    @Override
    public Collection<StoredCatalog> getCatalogs()
    {
        CatalogSnapshot snapshot = catalogs.read();
        ImmutableList.Builder<StoredCatalog> stored = ImmutableList.builder();
        snapshot.catalogs().forEach((name, properties) -> stored.add(new LoadedCatalog(name, () -> properties)));
        snapshot.unreadable().forEach((name, reason) -> {
            // the engine has its own catalog of that name
            if (!name.toString().equals(GlobalSystemConnector.NAME)) {
                stored.add(new LoadedCatalog(name, () -> {
                    throw new SharedCatalogsException("Catalog %s cannot be read: %s".formatted(name, reason));
                }));
            }
        });
        return stored.build();
    }

    @Override
    public CatalogProperties createCatalogProperties(CatalogName catalogName, ConnectorName connectorName, Map<String, String> properties)
    {
        return CatalogVersions.withVersion(catalogName, connectorName, properties);
    }

    @Override
    public void addOrReplaceCatalog(CatalogProperties catalogProperties)
    {
        if (following.get()) {
            return;
        }
        CatalogName name = catalogProperties.catalogHandle().getCatalogName();
        if (!inStore(name, () -> catalogs.create(catalogProperties))) {
            throw new TrinoException(ALREADY_EXISTS, "Catalog '%s' already exists".formatted(name));
        }
    }

    @Override
    public void removeCatalog(CatalogName catalogName)
    {
        if (following.get()) {
            return;
        }
        if (!inStore(catalogName, () -> catalogs.remove(catalogName))) {
            throw new TrinoException(CATALOG_NOT_FOUND, "Catalog '%s' not found".formatted(catalogName));
        }
    }

    private static boolean inStore(CatalogName name, Supplier<Boolean> change)
    {
        try {
            return change.get();
        }
        catch (SharedCatalogsException e) {
            log.error(e, "Catalog %s cannot be changed in the shared catalogs", name);
            // users need not know where the shared catalogs are
            throw new TrinoException(CATALOG_STORE_ERROR, "The shared catalogs cannot be changed now, and it is not known whether catalog '%s' has been".formatted(name));
        }
    }

    public interface Following
            extends AutoCloseable
    {
        @Override
        void close();
    }

    private record LoadedCatalog(CatalogName name, Supplier<CatalogProperties> properties)
            implements StoredCatalog
    {
        @Override
        public CatalogProperties loadProperties()
        {
            return properties.get();
        }
    }
}
