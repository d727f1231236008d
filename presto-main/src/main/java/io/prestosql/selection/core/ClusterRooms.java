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
import io.trino.spi.QueryId;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.util.Comparator.comparing;
import static java.util.Comparator.comparingDouble;

/**
 * Counts the queries that each cluster has, or is about to get, and tells which clusters have room for another one.
 */
public final class ClusterRooms
{
    private Map<ClusterName, ClusterCapacity> capacities = ImmutableSortedMap.of();
    private final Map<QueryId, ClusterName> queries = new HashMap<>();
    private final Multiset<ClusterName> counts = HashMultiset.create();
    /** The time, in queries, at which each cluster got its last one. */
    private final Map<ClusterName, Long> lastOccupied = new HashMap<>();
    private long occupations;

    /**
     * @param capacities those of all clusters; one that is not there takes nothing
     */
    public synchronized void setCapacities(Map<ClusterName, ClusterCapacity> capacities)
    {
        this.capacities = ImmutableSortedMap.copyOf(capacities);
    }

    public synchronized boolean hasRoom(ClusterRoute route)
    {
        return switch (route) {
            case ClusterRoute.Undecided _ -> true;
            case ClusterRoute.BoundToCluster(ClusterName cluster) -> hasRoom(cluster, true);
            case ClusterRoute.AnyCluster _ -> capacities.keySet().stream().anyMatch(cluster -> hasRoom(cluster, false));
        };
    }

    private boolean hasRoom(ClusterName cluster, boolean bound)
    {
        ClusterCapacity capacity = capacities.get(cluster);
        return capacity != null && capacity.hasRoom(counts.count(cluster), bound);
    }

    /**
     * Returns the clusters that the query may go to now, the best first: the one whose place it has, and then that with the fewest queries
     * for its processors.
     */
    public synchronized List<ClusterName> choices(QueryId queryId, ClusterRoute route)
    {
        Optional<ClusterName> own = Optional.ofNullable(queries.get(queryId));
        if (route instanceof ClusterRoute.BoundToCluster(ClusterName cluster)) {
            return own.equals(Optional.of(cluster)) || hasRoom(cluster, true) ? ImmutableList.of(cluster) : ImmutableList.of();
        }
        return capacities.keySet().stream()
                .filter(cluster -> own.equals(Optional.of(cluster)) ? capacities.get(cluster).takesQueries() : hasRoom(cluster, false))
                .sorted(comparing((ClusterName cluster) -> !own.equals(Optional.of(cluster)))
                        .thenComparing(comparingDouble(this::load))
                        .thenComparing(cluster -> lastOccupied.getOrDefault(cluster, 0L)))
                .collect(toImmutableList());
    }

    private double load(ClusterName cluster)
    {
        return counts.count(cluster) / (double) Math.max(1, capacities.get(cluster).processors());
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

    public synchronized void clear()
    {
        queries.clear();
        counts.clear();
    }
}
