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

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import io.airlift.units.Duration;
import io.trino.spi.connector.CatalogHandle;

import java.net.URI;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkState;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

/**
 * Decides which catalogs may be pruned. The caller asks the coordinators that {@code begin} returns, and passes on each outcome. The
 * decision says which catalogs to keep, or that none may be pruned while a silent coordinator may use a catalog unknown to the others. No
 * threads, no clock, no I/O.
 */
public class CatalogPruning
{
    private final long silenceNanos;
    /** Coordinators that have existed and may still exist, each with the time when it was last heard from or named. */
    private final Map<URI, Long> known = new HashMap<>();
    private final Map<URI, CatalogReport> reports = new HashMap<>();
    private final Set<URI> refused = new HashSet<>();
    private final Set<URI> silent = new HashSet<>();
    private Set<URI> asked = ImmutableSet.of();
    private boolean inRound;

    /**
     * @param silence how long a coordinator that is no longer named is waited for
     */
    public CatalogPruning(Duration silence)
    {
        this.silenceNanos = silence.roundTo(NANOSECONDS);
    }

    /**
     * @param keep the catalogs that some coordinator uses; empty when nothing may be pruned
     * @param silent coordinators whose catalogs in use are unknown
     * @param reports reports of the other coordinators
     */
    public record Decision(Optional<Set<CatalogHandle>> keep, Set<URI> silent, Map<URI, CatalogReport> reports)
    {
        public Decision
        {
            keep = keep.map(ImmutableSet::copyOf);
            silent = ImmutableSet.copyOf(silent);
            reports = ImmutableMap.copyOf(reports);
        }
    }

    /**
     * Begins a round.
     *
     * @param named the coordinators that the configuration or an announcement names
     * @return the coordinators to ask in this round
     */
    public Set<URI> begin(Set<URI> named, long nowNanos)
    {
        named.forEach(coordinator -> known.put(coordinator, nowNanos));
        known.values().removeIf(last -> nowNanos - last > silenceNanos);
        reports.clear();
        refused.clear();
        silent.clear();
        asked = ImmutableSet.copyOf(known.keySet());
        inRound = true;
        return asked;
    }

    /**
     * Takes a coordinator's report of the catalogs that it uses.
     */
    public void reported(URI coordinator, CatalogReport report, long nowNanos)
    {
        checkAsked(coordinator);
        reports.put(coordinator, requireNonNull(report, "report is null"));
        known.put(coordinator, nowNanos);
    }

    /**
     * Records that a coordinator refuses connections: its process is dead, and uses no catalogs.
     */
    public void refused(URI coordinator)
    {
        checkAsked(coordinator);
        refused.add(coordinator);
        known.remove(coordinator);
    }

    /**
     * Records any other outcome: no answer, or an unexpected one.
     */
    public void silent(URI coordinator)
    {
        checkAsked(coordinator);
        silent.add(coordinator);
    }

    /**
     * Ends the round. A coordinator that was asked and has neither reported nor refused is silent.
     *
     * @param own this coordinator's own report, taken after the beginning of the round
     */
    public Decision decide(CatalogReport own)
    {
        checkState(inRound, "No round has begun");
        inRound = false;
        Set<URI> unheard = Sets.difference(asked, Sets.union(reports.keySet(), refused));
        if (!unheard.isEmpty() || !silent.isEmpty()) {
            return new Decision(Optional.empty(), Sets.union(unheard, silent), reports);
        }
        ImmutableSet.Builder<CatalogHandle> keep = ImmutableSet.builder();
        keep.addAll(own.inUse());
        reports.values().forEach(report -> keep.addAll(report.inUse()));
        return new Decision(Optional.of(keep.build()), ImmutableSet.of(), reports);
    }

    private void checkAsked(URI coordinator)
    {
        checkState(inRound, "No round has begun");
        checkArgument(asked.contains(coordinator), "%s was not asked", coordinator);
    }
}
