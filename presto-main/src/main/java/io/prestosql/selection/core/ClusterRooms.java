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
package io.prestosql.selection.core;

import com.google.common.collect.HashMultiset;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Multiset;
import io.prestosql.node.ClusterName;
import io.prestosql.selection.core.ClusterRoute.ToTargets;
import io.prestosql.spi.selection.ClusterChoice;
import io.trino.spi.QueryId;

import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static com.google.common.collect.Sets.intersection;
import static java.util.Comparator.comparing;
import static java.util.Comparator.comparingDouble;
import static java.util.Comparator.comparingLong;
import static java.util.Objects.requireNonNull;

/**
 * Counts the queries that each cluster has, or is about to get, and tells which clusters have room for another one.
 */
public final class ClusterRooms
{
    private Map<ClusterName, ClusterCapacity> capacities = ImmutableSortedMap.of();
    private final Map<QueryId, ClusterName> queries = new HashMap<>();
    private final Map<QueryId, String> users = new HashMap<>();
    private final Multiset<ClusterName> counts = HashMultiset.create();
    /** The time, in queries, at which each cluster got its last one. */
    private final Map<ClusterName, Long> lastOccupied = new HashMap<>();
    /** For each cluster, the queries that it got, divided by its weight: the one with the least is next, as in stride scheduling. */
    private final Map<ClusterName, Double> passes = new HashMap<>();
    private long occupations;

    /**
     * @param capacities those of all clusters; one that is not there takes nothing
     */
    public synchronized void setCapacities(Map<ClusterName, ClusterCapacity> capacities)
    {
        Map<ClusterName, ClusterCapacity> earlier = this.capacities;
        this.capacities = ImmutableSortedMap.copyOf(capacities);
        capacities.forEach((cluster, capacity) -> {
            if (capacity.takesQueries() && !(earlier.containsKey(cluster) && earlier.get(cluster).takesQueries())) {
                comesBack(cluster, capacity.labels());
            }
        });
        passes.keySet().retainAll(capacities.keySet());
        lastOccupied.keySet().retainAll(capacities.keySet());
    }

    /**
     * Lets the cluster have its share from now on, and not also what it has missed.
     */
    private void comesBack(ClusterName cluster, ClusterLabels labels)
    {
        capacities.entrySet().stream()
                .filter(other -> !other.getKey().equals(cluster) && other.getValue().takesQueries())
                .filter(other -> labels.routingGroups().isEmpty() || !intersection(labels.routingGroups(), other.getValue().labels().routingGroups()).isEmpty())
                .mapToDouble(other -> pass(other.getKey()))
                .min()
                .ifPresent(least -> passes.merge(cluster, least, Math::max));
    }

    private double pass(ClusterName cluster)
    {
        return passes.getOrDefault(cluster, 0.0);
    }

    public synchronized boolean hasRoom(ClusterRoute route)
    {
        return switch (route) {
            case ClusterRoute.Undecided _ -> true;
            case ClusterRoute.BoundToCluster(ClusterName cluster) -> hasRoom(cluster, true);
            case ToTargets targets -> capacities.keySet().stream().anyMatch(cluster -> hasRoom(cluster, false) && allows(targets, cluster));
        };
    }

    private boolean hasRoom(ClusterName cluster, boolean bound)
    {
        ClusterCapacity capacity = capacities.get(cluster);
        return capacity != null && capacity.hasRoom(counts.count(cluster), bound);
    }

    /**
     * Returns whether a query of this route may ever go to the cluster, as far as is known.
     */
    public synchronized boolean mayLeadTo(ClusterRoute route, ClusterName cluster)
    {
        return switch (route) {
            case ClusterRoute.Undecided _ -> true;
            case ClusterRoute.BoundToCluster(ClusterName bound) -> bound.equals(cluster);
            case ToTargets targets -> capacities.containsKey(cluster) && allows(targets, cluster);
        };
    }

    /**
     * Returns whether a cluster of the targets takes queries, even if it is full at the moment.
     */
    public synchronized boolean takesQueries(ToTargets targets)
    {
        return capacities.entrySet().stream().anyMatch(cluster -> cluster.getValue().takesQueries() && allows(targets, cluster.getKey()));
    }

    private boolean allows(ToTargets targets, ClusterName cluster)
    {
        return targets.allows(cluster, capacities.get(cluster).labels());
    }

    /**
     * Returns the clusters that the query may go to now, the best first: the one whose place it has, and then those of its targets in their
     * order, chosen among as the route says.
     */
    public synchronized List<ClusterName> choices(QueryId queryId, ClusterRoute route)
    {
        Optional<ClusterName> own = Optional.ofNullable(queries.get(queryId));
        return switch (route) {
            case ClusterRoute.Undecided _ -> choices(queryId, own, ClusterRoute.ANY);
            case ClusterRoute.BoundToCluster(ClusterName cluster) -> own.equals(Optional.of(cluster)) || hasRoom(cluster, true) ? ImmutableList.of(cluster) : ImmutableList.of();
            case ToTargets targets -> choices(queryId, own, targets);
        };
    }

    private List<ClusterName> choices(QueryId queryId, Optional<ClusterName> own, ToTargets targets)
    {
        Set<ClusterName> choices = new LinkedHashSet<>();
        own.filter(cluster -> capacities.containsKey(cluster) && capacities.get(cluster).takesQueries() && allows(targets, cluster)).ifPresent(choices::add);
        Comparator<ClusterName> order = order(targets.choice(), queryId);
        targets.targets().forEach(target -> capacities.keySet().stream()
                .filter(cluster -> hasRoom(cluster, false) && targets.allows(cluster, capacities.get(cluster).labels(), target))
                .sorted(order)
                .forEach(choices::add));
        return ImmutableList.copyOf(choices);
    }

    private Comparator<ClusterName> order(ClusterChoice choice, QueryId queryId)
    {
        Comparator<ClusterName> inTurn = comparingLong(cluster -> lastOccupied.getOrDefault(cluster, 0L));
        return switch (choice) {
            case LEAST_LOADED -> comparingDouble(this::load).thenComparing(inTurn);
            case WEIGHTED -> comparingDouble(this::pass).thenComparing(inTurn);
            case ROUND_ROBIN -> inTurn;
            case FEWEST_QUERIES_OF_USER -> {
                Multiset<ClusterName> ofUser = queriesOfUser(queryId);
                yield comparing((ClusterName cluster) -> ofUser.count(cluster)).thenComparingDouble(this::load).thenComparing(inTurn);
            }
        };
    }

    private double load(ClusterName cluster)
    {
        return counts.count(cluster) / (double) Math.max(1, capacities.get(cluster).processors());
    }

    /**
     * Counts, for each cluster, the queries of the query's user, without the query itself.
     */
    private Multiset<ClusterName> queriesOfUser(QueryId queryId)
    {
        Multiset<ClusterName> ofUser = HashMultiset.create();
        String user = users.get(queryId);
        if (user != null) {
            queries.forEach((query, cluster) -> {
                if (user.equals(users.get(query)) && !query.equals(queryId)) {
                    ofUser.add(cluster);
                }
            });
        }
        return ofUser;
    }

    /**
     * Notes whose query it is, until {@link #forget}.
     */
    public synchronized void setUser(QueryId queryId, String user)
    {
        users.put(queryId, requireNonNull(user, "user is null"));
    }

    /**
     * Keeps a place for the query in the best cluster that it may go to.
     *
     * @return whether there was such a cluster, or the query needs none
     */
    public synchronized boolean reserve(QueryId queryId, ClusterRoute route)
    {
        if (route instanceof ClusterRoute.Undecided) {
            return true;
        }
        List<ClusterName> choices = choices(queryId, route);
        if (choices.isEmpty()) {
            return false;
        }
        occupy(queryId, choices.getFirst());
        return true;
    }

    /**
     * Counts the query for the cluster, and not for the one before.
     *
     * @return whether that makes room in a cluster that was full
     */
    public synchronized boolean occupy(QueryId queryId, ClusterName cluster)
    {
        if (cluster.equals(queries.get(queryId))) {
            return false;
        }
        boolean roomMade = vacate(queryId);
        queries.put(queryId, cluster);
        counts.add(cluster);
        occupations++;
        lastOccupied.put(cluster, occupations);
        ClusterCapacity capacity = capacities.get(cluster);
        passes.merge(cluster, 1.0 / (capacity == null ? 1 : capacity.labels().weight()), Double::sum);
        return roomMade;
    }

    /**
     * Counts the query for no cluster any more.
     *
     * @return whether that makes room in a cluster that was full
     */
    public synchronized boolean vacate(QueryId queryId)
    {
        ClusterName cluster = queries.remove(queryId);
        if (cluster == null) {
            return false;
        }
        boolean full = isFull(cluster);
        counts.remove(cluster);
        return full && !isFull(cluster);
    }

    /**
     * Forgets a query that is over.
     *
     * @return whether that makes room in a cluster that was full
     */
    public synchronized boolean forget(QueryId queryId)
    {
        users.remove(queryId);
        return vacate(queryId);
    }

    private boolean isFull(ClusterName cluster)
    {
        ClusterCapacity capacity = capacities.get(cluster);
        return capacity != null && capacity.isFull(counts.count(cluster));
    }

    /**
     * Returns how many queries the cluster has, or is about to get.
     */
    public synchronized int queries(ClusterName cluster)
    {
        return counts.count(cluster);
    }

    /**
     * Returns, for each cluster that the query may ever go to, why it cannot go there now; empty where it can.
     */
    public synchronized Map<ClusterName, Optional<String>> obstacles(ToTargets targets)
    {
        ImmutableSortedMap.Builder<ClusterName, Optional<String>> obstacles = ImmutableSortedMap.naturalOrder();
        allowed(targets).forEach(cluster -> obstacles.put(cluster, obstacle(cluster)));
        return obstacles.buildOrThrow();
    }

    /**
     * Returns the clusters that the query may ever go to, if they have room or not.
     */
    public synchronized Set<ClusterName> clusters(ToTargets targets)
    {
        return allowed(targets).collect(toImmutableSet());
    }

    private Stream<ClusterName> allowed(ToTargets targets)
    {
        return capacities.keySet().stream().filter(cluster -> allows(targets, cluster));
    }

    private Optional<String> obstacle(ClusterName cluster)
    {
        ClusterCapacity capacity = capacities.get(cluster);
        if (!capacity.takesQueries()) {
            return Optional.of("takes no queries at the moment");
        }
        return isFull(cluster) ? Optional.of("runs %s queries, as many as it may".formatted(counts.count(cluster))) : Optional.empty();
    }

    public synchronized void clear()
    {
        queries.clear();
        users.clear();
        counts.clear();
    }
}
