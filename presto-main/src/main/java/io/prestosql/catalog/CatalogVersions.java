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
import io.trino.connector.InMemoryCatalogStore;
import io.trino.spi.catalog.CatalogName;
import io.trino.spi.catalog.CatalogProperties;
import io.trino.spi.connector.ConnectorName;

import java.util.Map;

import static com.google.common.collect.Maps.transformValues;

/**
 * Gives catalogs the same versions as the engine's own stores, so that a catalog has the same handle on every coordinator, also after a
 * restart.
 */
public final class CatalogVersions
{
    private CatalogVersions() {}

    public static CatalogProperties withVersion(CatalogName name, ConnectorName connectorName, Map<String, String> properties)
    {
        // trimmed as the engine trims values from a file, so that the version does not change at a restart
        return new InMemoryCatalogStore().createCatalogProperties(name, connectorName, ImmutableMap.copyOf(transformValues(properties, String::trim)));
    }
}
