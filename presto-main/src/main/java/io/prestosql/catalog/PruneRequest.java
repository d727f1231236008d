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

import java.util.Set;

import static java.util.Objects.requireNonNull;

/**
 * Asks a node to drop catalogs.
 *
 * @param mark given by the node before any coordinator was asked which catalogs it uses
 * @param keep the catalogs that some coordinator uses
 */
public record PruneRequest(PruneMark mark, Set<CatalogHandle> keep)
{
    public PruneRequest
    {
        requireNonNull(mark, "mark is null");
        keep = ImmutableSet.copyOf(keep);
    }
}
