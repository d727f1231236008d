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

import io.trino.spi.catalog.CatalogName;
import io.trino.spi.catalog.CatalogProperties;

/**
 * The single set of catalogs that all coordinators of a cluster share. Every change is one atomic step of the store: when two coordinators
 * create the same name, one of them is told that the name exists. An acknowledged change survives the death of every coordinator.
 */
public interface SharedCatalogs
        extends AutoCloseable
{
    /**
     * @throws SharedCatalogsException when the store does not answer, or is not the store that was opened
     */
    CatalogSnapshot read();

    /**
     * @return false when a catalog of that name exists, which is left unchanged
     * @throws SharedCatalogsException when the store does not answer: the catalog may exist or not
     */
    boolean create(CatalogProperties catalog);

    /**
     * @return false when no catalog of that name exists
     * @throws SharedCatalogsException when the store does not answer: the catalog may exist or not
     */
    boolean remove(CatalogName name);

    /**
     * Releases the store's resources on this node. The catalogs stay.
     */
    @Override
    void close();
}
