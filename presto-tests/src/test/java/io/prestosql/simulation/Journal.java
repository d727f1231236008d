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
package io.prestosql.simulation;

import com.google.common.collect.Maps;
import io.prestosql.cluster.ClusterState;
import io.prestosql.node.ClusterName;
import io.prestosql.node.CoordinatorIncarnation;
import io.prestosql.queue.core.QueryEnd;
import io.prestosql.selection.core.ClusterRoute;
import io.trino.spi.QueryId;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Records what really happened and what clients were told, from the view of an observer who sees everything at once. Checks the invariants.
 */
final class Journal
{
    /** A run of a query on a coordinator. */
    record Execution(QueryId queryId, SimulatedCoordinator coordinator, String incarnation, long number, int run) {}

    private static final class Entry
    {
        private final boolean effects;
        private final ClusterRoute route;
        private boolean acknowledged;
        private Optional<Long> cancelAcknowledgedIn = Optional.empty();
        private final List<Execution> executions = new ArrayList<>();
        private final Set<Execution> live = new LinkedHashSet<>();
        private Optional<Execution> rowsFrom = Optional.empty();
        private Optional<String> told = Optional.empty();
        private int events;

        private Entry(boolean effects, ClusterRoute route)
        {
            this.effects = effects;
            this.route = route;
        }

        private boolean haveListenersHeard()
        {
            return told.isEmpty() || events > 0;
        }
    }

    private final World world;
    private final int maxRunning;
    private final Map<ClusterName, SimulatedCluster> clusters;
    private final Map<QueryId, Entry> entries = new LinkedHashMap<>();
    private final Set<Execution> live = new HashSet<>();
    private long executionCount;
    private int acknowledged;
    private int finished;
    private int failed;
    private int reruns;
    private int placesGivenBack;
    private int overtakings;

    Journal(World world, int maxRunning, List<SimulatedCluster> clusters)
    {
        this.world = world;
        this.maxRunning = maxRunning;
        this.clusters = Maps.uniqueIndex(clusters, SimulatedCluster::name);
    }

    /**
     * @param route the clusters that it may go to, as rules would say
     */
    void submitted(QueryId queryId, boolean effects, ClusterRoute route)
    {
        entries.put(queryId, new Entry(effects, route));
    }

    ClusterRoute route(QueryId queryId)
    {
        return entries.get(queryId).route;
    }

    boolean hasEffects(QueryId queryId)
    {
        return entries.get(queryId).effects;
    }

    void acknowledged(QueryId queryId)
    {
        entries.get(queryId).acknowledged = true;
        acknowledged++;
    }

    void cancelAcknowledged(QueryId queryId, long epoch)
    {
        Entry entry = entries.get(queryId);
        if (entry.cancelAcknowledgedIn.isEmpty()) {
            entry.cancelAcknowledgedIn = Optional.of(epoch);
        }
    }

    /**
     * A dispatcher that believes that it leads has chosen a coordinator, and orders the record.
     */
    void chosen(QueryId queryId, CoordinatorIncarnation coordinator)
    {
        SimulatedCluster cluster = clusters.get(coordinator.cluster());
        ClusterRoute route = route(queryId);
        boolean bound = route instanceof ClusterRoute.BoundToCluster;
        if (route instanceof ClusterRoute.BoundToCluster(ClusterName only) && !only.equals(cluster.name())) {
            throw new InvariantViolation("Query %s is to go to cluster %s, and may go to %s only".formatted(queryId, cluster, only));
        }
        if (route instanceof ClusterRoute.ToTargets targets && targets.targets().stream().noneMatch(target -> cluster.labels().match(cluster.name(), target))) {
            throw new InvariantViolation("Query %s is to go to cluster %s, and its rules send it to %s only".formatted(queryId, cluster, targets.targets()));
        }
        if (bound ? cluster.state() == ClusterState.INACTIVE : cluster.state() != ClusterState.ACTIVE) {
            throw new InvariantViolation("Query %s is to go to cluster %s, which takes no queries".formatted(queryId, cluster));
        }
    }

    /**
     * A query gets a slot of its resource group.
     *
     * @param waiting the queries that wait in the group, in the order in which they came there first
     * @param mayRun whether an earlier leader has sent it
     */
    void admitted(QueryId queryId, List<QueryId> waiting, boolean mayRun)
    {
        if (mayRun) {
            // such queries take their slots before all others
            return;
        }
        for (QueryId earlier : waiting) {
            if (earlier.equals(queryId)) {
                return;
            }
            if (route(earlier).equals(route(queryId))) {
                throw new InvariantViolation("Query %s gets its turn before %s, which came first and may go to the same clusters".formatted(queryId, earlier));
            }
            overtakings++;
        }
    }

    /**
     * A leader that does not know that it is deposed may send anything, as long as no coordinator obeys.
     */
    void sent(QueryId queryId, long epoch)
    {
        if (entries.get(queryId).cancelAcknowledgedIn.map(canceled -> canceled <= epoch).orElse(false)) {
            throw new InvariantViolation("I6: query %s is sent after its cancel was acknowledged".formatted(queryId));
        }
    }

    Execution started(QueryId queryId, SimulatedCoordinator coordinator, String incarnation, long epoch, int run)
    {
        Entry entry = entries.get(queryId);
        if (entry.cancelAcknowledgedIn.map(canceled -> canceled > epoch).orElse(false)) {
            throw new InvariantViolation("I6: query %s starts by order of a leader before the one that has acknowledged its cancel".formatted(queryId));
        }
        executionCount++;
        Execution execution = new Execution(queryId, coordinator, incarnation, executionCount, run);
        if (!entry.executions.isEmpty()) {
            reruns++;
            if (entry.effects) {
                throw new InvariantViolation("I2: query %s may have effects and starts again, on %s after %s".formatted(queryId, coordinator, entry.executions.getLast().coordinator()));
            }
            if (entry.rowsFrom.isPresent()) {
                throw new InvariantViolation("I3: query %s starts again after its client has seen rows".formatted(queryId));
            }
            if (entry.live.stream().anyMatch(Journal::isLive)) {
                throw new InvariantViolation("I2: query %s starts on %s while it runs on %s".formatted(queryId, coordinator, entry.live));
            }
            if (entry.executions.stream().anyMatch(earlier -> earlier.run() == run)) {
                throw new InvariantViolation("I5: query %s starts again as run %s, as it has before, so that the tasks of both have the same ids".formatted(queryId, run));
            }
        }
        if (entry.told.isPresent()) {
            throw new InvariantViolation("I1: query %s starts after its client was told that it is over: %s".formatted(queryId, entry.told.get()));
        }
        entry.executions.add(execution);
        entry.live.add(execution);
        live.add(execution);
        long running = live.stream().filter(Journal::isLive).count();
        if (running > maxRunning) {
            throw new InvariantViolation("I4: %s queries run at once when %s starts, and the limit is %s: %s".formatted(running, queryId, maxRunning, live));
        }
        SimulatedCluster cluster = clusters.get(coordinator.id().cluster());
        long inCluster = live.stream().filter(Journal::isLive).filter(other -> other.coordinator().id().cluster().equals(cluster.name())).count();
        if (cluster.maxRunning().isPresent() && inCluster > cluster.maxRunning().getAsInt()) {
            throw new InvariantViolation("I4: %s queries run at once in cluster %s when %s starts, and its limit is %s: %s".formatted(inCluster, cluster, queryId, cluster.maxRunning().getAsInt(), live));
        }
        return execution;
    }

    /**
     * A coordinator whose lease is over has ended its queries by its own clock: anything that it may still do does not count.
     */
    private static boolean isLive(Execution execution)
    {
        return execution.coordinator().isRunning(execution);
    }

    /**
     * The leader, which still leads, takes the query to be over.
     */
    void slotFreed(QueryId queryId, QueryEnd end)
    {
        entries.get(queryId).live.stream().filter(Journal::isLive).findFirst().ifPresent(execution -> {
            throw new InvariantViolation("I4: the slot of query %s is free while it runs on %s: %s".formatted(queryId, execution.coordinator(), end));
        });
    }

    /**
     * The leader, which still leads, gives the query's place to another one.
     */
    void placeGivenBack(QueryId queryId)
    {
        Entry entry = entries.get(queryId);
        entry.live.stream().filter(Journal::isLive).findFirst().ifPresent(execution -> {
            throw new InvariantViolation("I4: query %s gives its place back while it runs on %s".formatted(queryId, execution.coordinator()));
        });
        if (entry.told.isPresent()) {
            throw new InvariantViolation("I1: query %s waits again after its client was told that it is over: %s".formatted(queryId, entry.told.get()));
        }
        placesGivenBack++;
    }

    void over(Execution execution)
    {
        entries.get(execution.queryId()).live.remove(execution);
        live.remove(execution);
    }

    void rowsSeen(Execution execution)
    {
        Entry entry = entries.get(execution.queryId());
        if (entry.rowsFrom.isPresent() && !entry.rowsFrom.get().equals(execution)) {
            throw new InvariantViolation("I5: the client of query %s sees rows of two executions".formatted(execution.queryId()));
        }
        entry.rowsFrom = Optional.of(execution);
    }

    void told(QueryId queryId, String end)
    {
        Entry entry = entries.get(queryId);
        if (entry.told.isPresent() && !entry.told.get().equals(end)) {
            throw new InvariantViolation("I1: the client of query %s is told '%s' after '%s'".formatted(queryId, end, entry.told.get()));
        }
        if (entry.told.isEmpty()) {
            entry.told = Optional.of(end);
            if (end.equals("finished")) {
                finished++;
            }
            else {
                failed++;
            }
        }
    }

    /**
     * Event listeners are told that the query is over.
     */
    void listenersTold(QueryId queryId)
    {
        entries.get(queryId).events++;
    }

    /**
     * Returns whether event listeners were told the end of every query whose client was told one.
     */
    boolean haveListenersHeard()
    {
        return entries.values().stream().allMatch(Entry::haveListenersHeard);
    }

    void unknown(QueryId queryId)
    {
        throw new InvariantViolation("I1: query %s was acknowledged, and no dispatcher knows it".formatted(queryId));
    }

    void checkAllToldTheEnd()
    {
        entries.forEach((queryId, entry) -> {
            if (entry.acknowledged && entry.told.isEmpty()) {
                throw new InvariantViolation("I1: the client of query %s is not told an end, though all faults were over long ago (%s s)".formatted(queryId, world.nowNanos() / 1_000_000_000));
            }
            if (!entry.haveListenersHeard()) {
                throw new InvariantViolation("Event listeners are not told that query %s is over (%s), though all faults were over long ago".formatted(queryId, entry.told.get()));
            }
        });
    }

    SimulationResult result()
    {
        return new SimulationResult(acknowledged, finished, failed, executionCount, reruns, placesGivenBack, overtakings);
    }
}
