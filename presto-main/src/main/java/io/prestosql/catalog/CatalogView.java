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

import com.google.common.collect.ImmutableList;
import io.airlift.units.Duration;
import io.trino.spi.catalog.CatalogName;
import io.trino.spi.catalog.CatalogProperties;
import io.trino.spi.connector.CatalogHandle;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import static io.airlift.units.Duration.succinctDuration;
import static java.util.Comparator.comparing;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

/**
 * Decides which changes make a coordinator's catalogs equal to the shared ones. The caller passes in both and the time. No threads, no
 * clock, no I/O.
 */
public class CatalogView
{
    private final Duration firstRetry;
    private final Duration longestRetry;
    private final Map<CatalogName, Failure> failures = new HashMap<>();

    /**
     * @param firstRetry delay until a catalog that cannot be loaded is tried again for the first time; doubles with every failure
     * @param longestRetry upper bound of that delay
     */
    public CatalogView(Duration firstRetry, Duration longestRetry)
    {
        this.firstRetry = requireNonNull(firstRetry, "firstRetry is null");
        this.longestRetry = requireNonNull(longestRetry, "longestRetry is null");
    }

    /**
     * A catalog of the coordinator.
     *
     * @param failed whether it could not be loaded at the start, so that only its name is known
     */
    public record Loaded(CatalogHandle handle, boolean failed)
    {
        public Loaded
        {
            requireNonNull(handle, "handle is null");
        }
    }

    /**
     * A change to make. Changes are in the order of the names.
     *
     * @param remove whether to remove the present catalog of that name first
     * @param add the catalog to add then
     */
    public record CatalogChange(CatalogName name, boolean remove, Optional<CatalogProperties> add)
    {
        public CatalogChange
        {
            requireNonNull(name, "name is null");
            requireNonNull(add, "add is null");
        }
    }

    private record Failure(CatalogProperties catalog, int count, long retryNanos) {}

    /**
     * @param loaded all catalogs of this coordinator except the system catalog
     * @param nowNanos time on a monotonic clock
     */
    public List<CatalogChange> changes(Map<CatalogName, Loaded> loaded, CatalogSnapshot shared, long nowNanos)
    {
        failures.values().removeIf(failure -> !failure.catalog().equals(shared.catalogs().get(failure.catalog().catalogHandle().getCatalogName())));

        ImmutableList.Builder<CatalogChange> changes = ImmutableList.builder();
        loaded.keySet().stream()
                // an unreadable catalog may be half-written, or unchanged
                .filter(name -> !shared.contains(name))
                .sorted(comparing(CatalogName::toString))
                .forEach(name -> changes.add(new CatalogChange(name, true, Optional.empty())));
        shared.catalogs().entrySet().stream()
                .sorted(comparing(entry -> entry.getKey().toString()))
                .forEach(entry -> {
                    Loaded present = loaded.get(entry.getKey());
                    if (present != null && !present.failed() && present.handle().equals(entry.getValue().catalogHandle())) {
                        failures.remove(entry.getKey());
                        return;
                    }
                    Failure failure = failures.get(entry.getKey());
                    if (failure == null || nowNanos - failure.retryNanos() >= 0) {
                        changes.add(new CatalogChange(entry.getKey(), present != null, Optional.of(entry.getValue())));
                    }
                });
        return changes.build();
    }

    /**
     * Records that a catalog could not be loaded.
     *
     * @return the delay until it is tried again
     */
    public Duration failed(CatalogProperties catalog, long nowNanos)
    {
        CatalogName name = catalog.catalogHandle().getCatalogName();
        Failure before = failures.get(name);
        int count = before == null || !before.catalog().equals(catalog) ? 0 : before.count() + 1;
        long first = firstRetry.roundTo(NANOSECONDS);
        long longest = longestRetry.roundTo(NANOSECONDS);
        // bounded, so that the shift does not overflow
        long delay = Math.min(longest, first << Math.min(count, 20));
        failures.put(name, new Failure(catalog, count, nowNanos + delay));
        return succinctDuration(delay, NANOSECONDS);
    }

    /**
     * Returns a shared catalog that this coordinator could not load, and which therefore has no name here.
     */
    public Optional<CatalogProperties> getFailed(CatalogName name)
    {
        return Optional.ofNullable(failures.get(name)).map(Failure::catalog);
    }
}
