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

import com.google.inject.Inject;
import io.trino.connector.CatalogStoreManager;
import io.trino.spi.catalog.CatalogStore;
import io.trino.spi.catalog.CatalogStoreFactory;

import java.io.File;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

import static com.google.common.base.Preconditions.checkArgument;

/**
 * {@code catalog.store=shared-folder}: the store that {@link ClusterCatalogs} follows.
 */
public class SharedFolderCatalogStoreFactory
        implements CatalogStoreFactory
{
    public static final String NAME = "shared-folder";

    private final Optional<File> folder;
    private final AtomicReference<SharedCatalogStore> store = new AtomicReference<>();

    @Inject
    public SharedFolderCatalogStoreFactory(CatalogConfig config)
    {
        this.folder = config.getSharedFolder();
    }

    /**
     * Makes the store known to the engine.
     */
    public void register(CatalogStoreManager catalogStores)
    {
        catalogStores.addCatalogStoreFactory(this);
    }

    @Override
    public String getName()
    {
        return NAME;
    }

    @Override
    public CatalogStore create(Map<String, String> config)
    {
        checkArgument(config.isEmpty(), "With catalog.store=%s, etc/catalog-store.properties must be empty: properties are in config.properties", NAME);
        checkArgument(folder.isPresent(), "catalog.store=%s needs catalog.shared-folder", NAME);
        store.set(new SharedCatalogStore(new CatalogFolder(folder.get().toPath())));
        return store.get();
    }

    /**
     * The store that the engine uses; empty when it uses another one, or has not asked for it yet.
     */
    public Optional<SharedCatalogStore> getStore()
    {
        return Optional.ofNullable(store.get());
    }
}
