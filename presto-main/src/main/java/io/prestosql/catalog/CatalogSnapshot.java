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
import io.trino.spi.catalog.CatalogName;
import io.trino.spi.catalog.CatalogProperties;

import java.util.Map;

import static java.util.Objects.requireNonNull;

/**
 * The catalogs that the coordinators of a cluster share, as of one moment.
 *
 * @param storeId tells stores apart: coordinators that see another one do not share their catalogs
 * @param catalogs what can be read
 * @param unreadable what is there and cannot be read, with the reason
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
}
