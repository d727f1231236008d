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

import io.trino.spi.connector.CatalogHandle;

import java.util.Set;

/**
 * Drops the catalogs that no coordinator uses.
 */
public interface CatalogPruner
{
    /** For static catalogs. */
    CatalogPruner NONE = new CatalogPruner()
    {
        @Override
        public void begin() {}

        @Override
        public void prune(Set<CatalogHandle> keep) {}
    };

    /**
     * Called before any coordinator is asked which catalogs it uses.
     */
    void begin();

    /**
     * @param keep the catalogs that the coordinators have said they use, since {@link #begin}
     */
    void prune(Set<CatalogHandle> keep);
}
