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

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

import static com.google.common.collect.ImmutableSet.toImmutableSet;

/**
 * Tracks which catalogs the tasks of a node have needed since a mark. A coordinator that wants to prune first takes a mark, and then asks
 * the other coordinators which catalogs they use. A catalog that they did not name, but that a task has needed since the mark, was created
 * too late for their answers, and stays.
 */
public class CatalogNeeds
{
    private final Map<CatalogHandle, Long> lastNeeded = new HashMap<>();
    private long marks;

    /**
     * @return a number greater than all earlier marks
     */
    public synchronized long mark()
    {
        return ++marks;
    }

    public synchronized void needed(Collection<CatalogHandle> catalogs)
    {
        catalogs.forEach(catalog -> lastNeeded.put(catalog, marks));
    }

    public synchronized Set<CatalogHandle> neededSince(long mark)
    {
        return lastNeeded.entrySet().stream()
                .filter(entry -> entry.getValue() >= mark)
                .map(Map.Entry::getKey)
                .collect(toImmutableSet());
    }

    /**
     * Keeps only these catalogs. The others are gone from the node.
     */
    public synchronized void retain(Set<CatalogHandle> catalogs)
    {
        lastNeeded.keySet().retainAll(catalogs);
    }
}
