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
import io.trino.connector.system.GlobalSystemConnector;
import io.trino.spi.catalog.CatalogName;
import io.trino.spi.catalog.CatalogProperties;
import io.trino.spi.connector.ConnectorName;

import java.util.HashMap;
import java.util.Map;

import static java.util.Locale.ENGLISH;
import static java.util.Objects.requireNonNull;

/**
 * The catalogs that the coordinators of a cluster share, at one moment.
 *
 * @param storeId identifies the store: coordinators with different stores do not share catalogs
 * @param catalogs the readable catalogs
 * @param unreadable the catalogs that exist but cannot be read, each with the reason
 */
public record CatalogSnapshot(String storeId, Map<CatalogName, CatalogProperties> catalogs, Map<CatalogName, String> unreadable)
{
    public CatalogSnapshot
    {
        requireNonNull(storeId, "storeId is null");
        catalogs = ImmutableMap.copyOf(catalogs);
        unreadable = ImmutableMap.copyOf(unreadable);
    }

    public boolean contains(CatalogName name)
    {
        return catalogs.containsKey(name) || unreadable.containsKey(name);
    }

    public static Builder builder(String storeId)
    {
        return new Builder(storeId);
    }

    /**
     * Collects the content of a store, in any order. An operator may have written it by hand.
     */
    public static final class Builder
    {
        private final String storeId;
        private final Map<CatalogName, CatalogProperties> catalogs = new HashMap<>();
        private final Map<CatalogName, String> unreadable = new HashMap<>();

        private Builder(String storeId)
        {
            this.storeId = requireNonNull(storeId, "storeId is null");
        }

        /**
         * Returns whether a catalog can have that name. If not, the snapshot lists the catalog as unreadable, unless it has a valid one of
         * that name.
         */
        public boolean accepts(String storedName)
        {
            if (storedName.isEmpty()) {
                return false;
            }
            CatalogName name = new CatalogName(storedName.toLowerCase(ENGLISH));
            if (!storedName.equals(name.toString())) {
                if (!catalogs.containsKey(name)) {
                    unreadable.putIfAbsent(name, "it is stored as '%s', which is not in lower case".formatted(storedName));
                }
                return false;
            }
            if (storedName.equals(GlobalSystemConnector.NAME)) {
                unreadable.put(name, "its name is reserved");
                return false;
            }
            return true;
        }

        /**
         * @param name an {@link #accepts accepted} name
         */
        public Builder add(String name, String connectorName, Map<String, String> properties)
        {
            CatalogName catalogName = new CatalogName(name);
            ConnectorName connector;
            try {
                connector = new ConnectorName(connectorName);
            }
            catch (IllegalArgumentException e) {
                return addUnreadable(name, "the connector's name '%s' is none".formatted(connectorName));
            }
            unreadable.remove(catalogName);
            catalogs.put(catalogName, CatalogVersions.withVersion(catalogName, connector, properties));
            return this;
        }

        /**
         * @param name an {@link #accepts accepted} name
         */
        public Builder addUnreadable(String name, String reason)
        {
            unreadable.put(new CatalogName(name), requireNonNull(reason, "reason is null"));
            return this;
        }

        public CatalogSnapshot build()
        {
            return new CatalogSnapshot(storeId, catalogs, unreadable);
        }
    }
}
