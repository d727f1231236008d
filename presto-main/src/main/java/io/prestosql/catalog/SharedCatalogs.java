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
 * The one set of catalogs that all coordinators of a cluster have. Every change is one atomic step of the store: of two that create
 * the same name, one is told so. What was acknowledged survives the death of every coordinator.
 */
public interface SharedCatalogs
        extends AutoCloseable
{
    /**
     * @throws SharedCatalogsException when the store does not answer, or is not the one that was opened
     */
    CatalogSnapshot read();

    /**
     * @return false when a catalog of that name is there already, which is left as it is
     * @throws SharedCatalogsException when the store does not answer: the catalog may be there or not
     */
    boolean create(CatalogProperties catalog);

    /**
     * @return false when there is no catalog of that name
     * @throws SharedCatalogsException when the store does not answer: the catalog may be there or not
     */
    boolean remove(CatalogName name);

    /**
     * Gives up what the store holds here. Catalogs stay.
     */
    @Override
    void close();
}
