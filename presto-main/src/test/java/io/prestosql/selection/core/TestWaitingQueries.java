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

import com.google.common.collect.ImmutableMap;
import io.prestosql.node.ClusterName;
import io.prestosql.selection.core.WaitingQueries.Place;
import io.trino.spi.QueryId;
import org.junit.jupiter.api.Test;

import java.util.OptionalInt;

import static io.prestosql.selection.core.TurnOrder.FIRST_COME;
import static io.prestosql.selection.core.TurnOrder.PRIORITY;
import static io.prestosql.selection.core.TurnOrder.WEIGHTED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestWaitingQueries
{
    private static final ClusterRoute FULL = new ClusterRoute.BoundToCluster(new ClusterName("full"));
    private static final ClusterRoute EMPTY = new ClusterRoute.BoundToCluster(new ClusterName("empty"));

    private final ClusterRooms rooms = new ClusterRooms();
    private final WaitingQueries<String> queries = new WaitingQueries<>();

    public TestWaitingQueries()
    {
        setLimitOfFullCluster(1);
        rooms.occupy(new QueryId("running"), new ClusterName("full"));
    }

    @Test
    public void testNothingWaits()
    {
        assertThat(queries.isEmpty()).isTrue();
        assertThat(queries.isAnyRunnable(rooms)).isFalse();
        for (TurnOrder order : TurnOrder.values()) {
            assertThat(queries.next(order, rooms, () -> 0)).isEmpty();
        }
    }

    @Test
    public void testFirstWhoseClusterHasRoom()
    {
        add(FULL, 1, 1);
        assertThat(queries.isAnyRunnable(rooms)).isFalse();
        assertThat(queries.next(FIRST_COME, rooms, () -> 0)).isEmpty();
        add(FULL, 9, 2);
        add(EMPTY, 1, 3);
        add(EMPTY, 5, 4);
        assertThat(queries.isAnyRunnable(rooms)).isTrue();
        assertThat(queries.next(FIRST_COME, rooms, () -> 0)).contains("3");
        assertThat(queries.next(PRIORITY, rooms, () -> 0)).contains("4");
        setLimitOfFullCluster(2);
        assertThat(queries.next(FIRST_COME, rooms, () -> 0)).contains("1");
        assertThat(queries.next(PRIORITY, rooms, () -> 0)).contains("2");
    }

    @Test
    public void testCount()
    {
        add(FULL, 1, 1);
        add(FULL, 9, 2);
        add(EMPTY, 1, 3);
        add(ClusterRoute.ANY, 1, 4);
        add(new ClusterRoute.Undecided(), 1, 5);
        assertThat(queries.count(new ClusterName("full"), rooms)).isEqualTo(4);
        assertThat(queries.count(new ClusterName("empty"), rooms)).isEqualTo(3);
        assertThat(queries.count(new ClusterName("other"), rooms)).as("no cluster of the rooms").isEqualTo(1);
    }

    @Test
    public void testSamePriority()
    {
        add(EMPTY, 5, 2);
        add(new ClusterRoute.Undecided(), 5, 1);
        assertThat(queries.next(PRIORITY, rooms, () -> 0)).contains("1");
    }

    @Test
    public void testWeights()
    {
        add(EMPTY, 1, 1);
        add(EMPTY, 1, 2);
        add(EMPTY, 8, 3);
        add(FULL, 1000, 4);
        // 8 of 10 for the third, 2 of 10 for the first of the others
        assertThat(queries.next(WEIGHTED, rooms, () -> 0)).contains("3");
        assertThat(queries.next(WEIGHTED, rooms, () -> 0.79)).contains("3");
        assertThat(queries.next(WEIGHTED, rooms, () -> 0.81)).contains("1");
        assertThat(queries.next(WEIGHTED, rooms, () -> 1)).contains("1");
    }

    @Test
    public void testRemove()
    {
        add(EMPTY, 1, 1);
        assertThat(queries.remove(new Place(EMPTY, 1, 2))).isFalse();
        assertThat(queries.remove(new Place(FULL, 1, 1))).isFalse();
        assertThat(queries.remove(new Place(EMPTY, 2, 1))).isFalse();
        assertThat(queries.isEmpty()).isFalse();
        assertThat(queries.remove(new Place(EMPTY, 1, 1))).isTrue();
        assertThat(queries.isEmpty()).isTrue();
        assertThat(queries.isAnyRunnable(rooms)).isFalse();
    }

    @Test
    public void testTwoQueriesWithOnePlace()
    {
        add(EMPTY, 1, 1);
        assertThatThrownBy(() -> add(EMPTY, 1, 1)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    public void testOrderOfPlaces()
    {
        Place first = new Place(EMPTY, 1, 1);
        Place second = new Place(FULL, 5, 2);
        assertThat(first.isBefore(second, FIRST_COME)).isTrue();
        assertThat(second.isBefore(first, FIRST_COME)).isFalse();
        assertThat(first.isBefore(second, PRIORITY)).isFalse();
        assertThat(second.isBefore(first, PRIORITY)).isTrue();
        assertThat(first.isBefore(new Place(FULL, 1, 2), PRIORITY)).isTrue();
        assertThat(first.isBefore(second, WEIGHTED)).isFalse();
        assertThat(second.isBefore(first, WEIGHTED)).isFalse();
        assertThat(first.isBefore(new Place(FULL, 1, 2), WEIGHTED)).isTrue();
    }

    private void add(ClusterRoute route, int priority, long sequence)
    {
        queries.add(new Place(route, priority, sequence), String.valueOf(sequence));
    }

    private void setLimitOfFullCluster(int limit)
    {
        rooms.setCapacities(ImmutableMap.of(
                new ClusterName("full"), new ClusterCapacity(true, true, OptionalInt.of(limit), 1),
                new ClusterName("empty"), new ClusterCapacity(true, true, OptionalInt.empty(), 1)));
    }
}
