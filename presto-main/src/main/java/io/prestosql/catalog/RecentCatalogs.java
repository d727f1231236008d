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
 * Catalogs that are in use, or were a moment ago: a query may have found a catalog just before it was dropped, and its transaction
 * does not tell yet that it uses it. The caller says what time it is.
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
     * @param inUse what is in use now
     * @return that, and what was in use no longer ago than the retention
     */
    public Set<CatalogHandle> see(Set<CatalogHandle> inUse, long nowNanos)
    {
        lastSeen.values().removeIf(seen -> nowNanos - seen > retentionNanos);
        inUse.forEach(catalog -> lastSeen.put(catalog, nowNanos));
        return ImmutableSet.copyOf(lastSeen.keySet());
    }
}
