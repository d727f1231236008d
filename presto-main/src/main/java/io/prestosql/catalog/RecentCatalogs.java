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
import io.airlift.units.Duration;
import io.trino.spi.connector.CatalogHandle;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

/**
 * Tracks catalogs that are or were recently in use: a query may have found a catalog just before it was dropped, while its transaction does
 * not yet show the catalog as used. The caller passes in the time.
 */
public class RecentCatalogs
{
    private final long retentionNanos;
    private final Map<CatalogHandle, Long> lastSeen = new HashMap<>();

    public RecentCatalogs(Duration retention)
    {
        this.retentionNanos = retention.roundTo(NANOSECONDS);
    }

    /**
     * @param inUse the catalogs that are in use
     * @return those catalogs, and the catalogs that were in use within the retention time
     */
    public Set<CatalogHandle> see(Set<CatalogHandle> inUse, long nowNanos)
    {
        lastSeen.values().removeIf(seen -> nowNanos - seen > retentionNanos);
        inUse.forEach(catalog -> lastSeen.put(catalog, nowNanos));
        return ImmutableSet.copyOf(lastSeen.keySet());
    }
}
