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

import io.prestosql.node.ClusterName;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.DoubleSupplier;

import static com.google.common.base.Preconditions.checkState;
import static java.util.Objects.requireNonNull;

/**
 * The queries that wait in one resource group. The next one is the first whose clusters have room, in the order of the group.
 *
 * @param <Q> a query, as the caller knows it
 */
public final class WaitingQueries<Q>
{
    /** For each route and priority, the queries in the order in which they came. */
    private final Map<ClusterRoute, NavigableMap<Integer, NavigableMap<Long, Q>>> queries = new HashMap<>();
    private int size;

    /**
     * A query's place in the group.
     *
     * @param sequence the number of its submission; a query that waits again keeps it
     */
    public record Place(ClusterRoute route, int priority, long sequence)
    {
        public Place
        {
            requireNonNull(route, "route is null");
        }

        /**
         * Returns whether the order puts this place before the other one. Where it leaves that to chance, only places of the same priority
         * have an order.
         */
        public boolean isBefore(Place other, TurnOrder order)
        {
            return switch (order) {
                case FIRST_COME -> sequence < other.sequence;
                case PRIORITY -> priority > other.priority || (priority == other.priority && sequence < other.sequence);
                case WEIGHTED -> priority == other.priority && sequence < other.sequence;
            };
        }
    }

    public void add(Place place, Q query)
    {
        Q other = queries.computeIfAbsent(place.route(), _ -> new TreeMap<>(Comparator.reverseOrder()))
                .computeIfAbsent(place.priority(), _ -> new TreeMap<>())
                .put(place.sequence(), requireNonNull(query, "query is null"));
        checkState(other == null, "Two queries have the place %s", place);
        size++;
    }

    /**
     * @return whether a query was there
     */
    public boolean remove(Place place)
    {
        NavigableMap<Integer, NavigableMap<Long, Q>> priorities = queries.get(place.route());
        NavigableMap<Long, Q> sequences = priorities == null ? null : priorities.get(place.priority());
        if (sequences == null || sequences.remove(place.sequence()) == null) {
            return false;
        }
        size--;
        if (sequences.isEmpty()) {
            priorities.remove(place.priority());
        }
        if (priorities.isEmpty()) {
            queries.remove(place.route());
        }
        return true;
    }

    /**
     * Returns how many of the queries may go to the cluster.
     */
    public int count(ClusterName cluster, ClusterRooms rooms)
    {
        return queries.entrySet().stream()
                .filter(route -> rooms.mayLeadTo(route.getKey(), cluster))
                .flatMap(route -> route.getValue().values().stream())
                .mapToInt(Map::size)
                .sum();
    }

    public boolean isEmpty()
    {
        return size == 0;
    }

    /**
     * Returns whether the clusters of any query have room.
     */
    public boolean isAnyRunnable(ClusterRooms rooms)
    {
        return queries.keySet().stream().anyMatch(rooms::hasRoom);
    }

    /**
     * Returns the next query whose clusters have room, which stays here.
     *
     * @param chance numbers from 0 to 1, for the order that needs them
     */
    public Optional<Q> next(TurnOrder order, ClusterRooms rooms, DoubleSupplier chance)
    {
        // by priority, the first query of each route, and how many there are
        NavigableMap<Integer, Group<Q>> runnable = new TreeMap<>(Comparator.reverseOrder());
        queries.forEach((route, priorities) -> {
            if (rooms.hasRoom(route)) {
                priorities.forEach((priority, sequences) -> runnable.merge(priority, new Group<>(sequences.firstEntry(), sequences.size()), Group::and));
            }
        });
        if (runnable.isEmpty()) {
            return Optional.empty();
        }
        Group<Q> group = switch (order) {
            case FIRST_COME -> runnable.values().stream().reduce(Group::and).orElseThrow();
            case PRIORITY -> runnable.firstEntry().getValue();
            case WEIGHTED -> byWeight(runnable, chance.getAsDouble());
        };
        return Optional.of(group.first().getValue());
    }

    private static <Q> Group<Q> byWeight(NavigableMap<Integer, Group<Q>> groups, double chance)
    {
        double total = groups.entrySet().stream()
                .mapToDouble(group -> weight(group.getKey(), group.getValue()))
                .sum();
        double left = chance * total;
        for (Map.Entry<Integer, Group<Q>> group : groups.entrySet()) {
            left -= weight(group.getKey(), group.getValue());
            if (left < 0) {
                return group.getValue();
            }
        }
        return groups.lastEntry().getValue();
    }

    private static double weight(int priority, Group<?> group)
    {
        return (double) priority * group.size();
    }

    /**
     * Queries that are interchangeable but for the order in which they came.
     */
    private record Group<Q>(Map.Entry<Long, Q> first, int size)
    {
        private Group<Q> and(Group<Q> other)
        {
            return new Group<>(first.getKey() <= other.first.getKey() ? first : other.first, size + other.size);
        }
    }
}
