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
 * Decides what may be pruned. The caller asks the coordinators that it is told to ask, and says how each has answered. The decision is what to
 * keep, or that nothing may be pruned, as long as a coordinator is silent that may use a catalog unknown to the others. No threads, no clock, no
 * I/O.
 */
public class CatalogPruning
{
    private final long silenceNanos;
    /** Coordinators that were there once, and may be there still, with when they were last heard of or named. */
    private final Map<URI, Long> known = new HashMap<>();
    private final Map<URI, CatalogReport> reports = new HashMap<>();
    private final Set<URI> refused = new HashSet<>();
    private final Set<URI> silent = new HashSet<>();
    private Set<URI> asked = ImmutableSet.of();
    private boolean inRound;

    /**
     * @param silence how long a coordinator that nobody names any more is waited for
     */
    public CatalogPruning(Duration silence)
    {
        this.silenceNanos = silence.roundTo(NANOSECONDS);
    }

    /**
     * @param keep what some coordinator uses; empty when nothing may be pruned now
     * @param silent coordinators of which it is not known what they use
     * @param reports what the others have said
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
     * @return whom to ask in this round
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
     * The coordinator has said what it uses.
     */
    public void reported(URI coordinator, CatalogReport report, long nowNanos)
    {
        checkAsked(coordinator);
        reports.put(coordinator, requireNonNull(report, "report is null"));
        known.put(coordinator, nowNanos);
    }

    /**
     * Nobody listens there: the process is dead, and with it all that it used.
     */
    public void refused(URI coordinator)
    {
        checkAsked(coordinator);
        refused.add(coordinator);
        known.remove(coordinator);
    }

    /**
     * Anything else: no answer, or not the expected one.
     */
    public void silent(URI coordinator)
    {
        checkAsked(coordinator);
        silent.add(coordinator);
    }

    /**
     * Ends the round. Who was asked and has neither reported nor refused is silent.
     *
     * @param own what this coordinator uses, as of after the beginning of the round
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
