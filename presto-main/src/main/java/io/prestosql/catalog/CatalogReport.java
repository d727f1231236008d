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
 * What a coordinator tells others of its catalogs.
 *
 * @param nodeId its node id
 * @param storeId tells apart the stores of dynamic catalogs that coordinators share; empty when they are static, or its store is its own
 * @param inUse what has a name, is shared, or is used by a transaction, now or a moment ago; empty when catalogs are static
 * @param catalogs what new queries can use
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
