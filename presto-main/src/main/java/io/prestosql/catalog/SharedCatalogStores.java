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

import com.google.common.collect.ImmutableMap;
import com.google.inject.Inject;
import io.trino.connector.CatalogStoreManager;
import io.trino.spi.catalog.CatalogStore;
import io.trino.spi.catalog.CatalogStoreFactory;
import jakarta.annotation.PreDestroy;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

/**
 * Holds the factories of shared stores, by value of {@code catalog.store}, and the store that the engine has opened, which
 * {@link ClusterCatalogs} follows.
 */
public class SharedCatalogStores
{
    private final Map<String, SharedCatalogsFactory> stores;
    private final AtomicReference<SharedCatalogStore> used = new AtomicReference<>();

    @Inject
    public SharedCatalogStores(Map<String, SharedCatalogsFactory> stores)
    {
        this.stores = ImmutableMap.copyOf(stores);
    }

    /**
     * Registers the stores with the engine.
     */
    public void register(CatalogStoreManager catalogStores)
    {
        stores.keySet().forEach(name -> catalogStores.addCatalogStoreFactory(new Factory(name)));
    }

    CatalogStore open(String name)
    {
        SharedCatalogStore store = new SharedCatalogStore(stores.get(name).create());
        used.set(store);
        return store;
    }

    /**
     * Returns the store that the engine uses; empty when that store is not shared, or the engine has not opened it yet.
     */
    public Optional<SharedCatalogStore> getUsed()
    {
        return Optional.ofNullable(used.get());
    }

    @PreDestroy
    public void close()
    {
        getUsed().ifPresent(SharedCatalogStore::close);
    }

    private class Factory
            implements CatalogStoreFactory
    {
        private final String name;

        private Factory(String name)
        {
            this.name = requireNonNull(name, "name is null");
        }

        @Override
        public String getName()
        {
            return name;
        }

        @Override
        public CatalogStore create(Map<String, String> config)
        {
            checkArgument(config.isEmpty(), "With catalog.store=%s, etc/catalog-store.properties must be empty: properties are in config.properties", name);
            return open(name);
        }
    }
}
