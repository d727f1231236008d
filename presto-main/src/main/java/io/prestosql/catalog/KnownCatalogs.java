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
import io.trino.spi.catalog.CatalogName;
import io.trino.spi.catalog.CatalogProperties;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Remembers the latest definitions of this node's catalogs, because the engine does not expose those of static catalogs.
 */
public class KnownCatalogs
{
    private final Map<CatalogName, CatalogProperties> catalogs = new ConcurrentHashMap<>();

    public void created(CatalogProperties catalog)
    {
        catalogs.put(catalog.catalogHandle().getCatalogName(), catalog);
    }

    public List<CatalogProperties> getCatalogs()
    {
        return ImmutableList.copyOf(catalogs.values());
    }
}
