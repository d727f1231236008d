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

import com.google.common.collect.ImmutableSet;
import io.trino.spi.connector.CatalogHandle;

import java.util.List;
import java.util.Optional;
import java.util.Set;

import static java.util.Objects.requireNonNull;

/**
 * A coordinator's report of its catalogs to other coordinators.
 *
 * @param nodeId the coordinator's node id
 * @param storeId identifies the store of dynamic catalogs that coordinators share; empty when catalogs are static, or the store is not
 * shared
 * @param inUse the catalogs that have a name, are shared, or are or were recently used by a transaction; empty when catalogs are static
 * @param catalogs the catalogs that new queries can use
 */
public record CatalogReport(String nodeId, Optional<String> storeId, Set<CatalogHandle> inUse, List<CatalogFingerprint> catalogs)
{
    public CatalogReport
    {
        requireNonNull(nodeId, "nodeId is null");
        requireNonNull(storeId, "storeId is null");
        inUse = ImmutableSet.copyOf(inUse);
        catalogs = List.copyOf(catalogs);
    }
}
