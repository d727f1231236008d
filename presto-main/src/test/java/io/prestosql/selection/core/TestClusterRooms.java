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
import io.trino.spi.QueryId;
import org.junit.jupiter.api.Test;

import java.util.OptionalInt;

import static org.assertj.core.api.Assertions.assertThat;

public class TestClusterRooms
{
    private static final ClusterName A = new ClusterName("a");
    private static final ClusterName B = new ClusterName("b");
    private static final ClusterName UNKNOWN = new ClusterName("unknown");
    private static final QueryId ONE = new QueryId("one");
    private static final QueryId TWO = new QueryId("two");
    private static final QueryId THREE = new QueryId("three");
    private static final ClusterRoute ANY = new ClusterRoute.AnyCluster();
    private static final ClusterRoute UNDECIDED = new ClusterRoute.Undecided();

    private final ClusterRooms rooms = new ClusterRooms();

    @Test
    public void testNoCluster()
    {
        assertThat(rooms.hasRoom(ANY)).isFalse();
        assertThat(rooms.hasRoom(boundTo(UNKNOWN))).isFalse();
        assertThat(rooms.hasRoom(UNDECIDED)).as("rooms have no say").isTrue();
        assertThat(rooms.reserve(ONE, ANY)).isFalse();
        assertThat(rooms.reserve(ONE, UNDECIDED)).isTrue();
        assertThat(rooms.choices(ONE, ANY)).isEmpty();
    }

    @Test
    public void testLimit()
    {
        rooms.setCapacities(ImmutableMap.of(A, limited(2)));
        assertThat(rooms.reserve(ONE, ANY)).isTrue();
        assertThat(rooms.hasRoom(ANY)).isTrue();
        assertThat(rooms.reserve(TWO, ANY)).isTrue();
        assertThat(rooms.hasRoom(ANY)).isFalse();
        assertThat(rooms.hasRoom(boundTo(A))).isFalse();
        assertThat(rooms.reserve(THREE, ANY)).isFalse();
        assertThat(rooms.queries(A)).isEqualTo(2);
        // one that has its place needs no other
        assertThat(rooms.reserve(ONE, ANY)).isTrue();
        assertThat(rooms.choices(ONE, ANY)).containsExactly(A);
        assertThat(rooms.queries(A)).isEqualTo(2);

        assertThat(rooms.vacate(ONE)).isTrue();
        assertThat(rooms.vacate(ONE)).isFalse();
        assertThat(rooms.reserve(THREE, ANY)).isTrue();
    }

    @Test
    public void testQueryThatRunsAlreadyCountsBeyondTheLimit()
    {
        rooms.setCapacities(ImmutableMap.of(A, limited(1)));
        rooms.occupy(ONE, A);
        rooms.occupy(TWO, A);
        assertThat(rooms.queries(A)).isEqualTo(2);
        assertThat(rooms.vacate(ONE)).as("there is room now").isFalse();
        assertThat(rooms.hasRoom(ANY)).isFalse();
        assertThat(rooms.vacate(TWO)).isTrue();
        assertThat(rooms.hasRoom(ANY)).isTrue();
    }

    @Test
    public void testQueryThatGoesElsewhere()
    {
        rooms.setCapacities(ImmutableMap.of(A, limited(1), B, limited(1)));
        assertThat(rooms.occupy(ONE, A)).isFalse();
        assertThat(rooms.occupy(ONE, A)).as("it has its place already").isFalse();
        assertThat(rooms.occupy(ONE, B)).as("the first one has room now").isTrue();
        assertThat(rooms.queries(A)).isZero();
        assertThat(rooms.queries(B)).isEqualTo(1);
    }

    @Test
    public void testFewestQueriesForItsProcessors()
    {
        rooms.setCapacities(ImmutableMap.of(A, withProcessors(10), B, withProcessors(20)));
        for (int number = 0; number < 30; number++) {
            rooms.reserve(new QueryId("query_" + number), ANY);
        }
        assertThat(rooms.queries(A)).isEqualTo(10);
        assertThat(rooms.queries(B)).isEqualTo(20);
    }

    @Test
    public void testClustersTakeTurns()
    {
        rooms.setCapacities(ImmutableMap.of(A, withProcessors(1), B, withProcessors(1)));
        rooms.occupy(ONE, A);
        rooms.vacate(ONE);
        assertThat(rooms.choices(TWO, ANY)).as("both are empty, and the other one was used longer ago").containsExactly(B, A);
    }

    @Test
    public void testDrainingCluster()
    {
        rooms.setCapacities(ImmutableMap.of(A, new ClusterCapacity(false, true, OptionalInt.empty(), 1)));
        assertThat(rooms.hasRoom(ANY)).isFalse();
        assertThat(rooms.hasRoom(boundTo(A))).isTrue();
        assertThat(rooms.reserve(ONE, boundTo(A))).isTrue();
        rooms.setCapacities(ImmutableMap.of(A, new ClusterCapacity(false, false, OptionalInt.empty(), 1)));
        assertThat(rooms.hasRoom(boundTo(A))).isFalse();
        // a query that has a place there must not go there any more, unless its transaction is there
        rooms.occupy(TWO, A);
        assertThat(rooms.choices(TWO, ANY)).isEmpty();
    }

    @Test
    public void testClear()
    {
        rooms.setCapacities(ImmutableMap.of(A, limited(1)));
        rooms.occupy(ONE, A);
        rooms.clear();
        assertThat(rooms.hasRoom(ANY)).isTrue();
        assertThat(rooms.vacate(ONE)).isFalse();
    }

    private static ClusterRoute boundTo(ClusterName cluster)
    {
        return new ClusterRoute.BoundToCluster(cluster);
    }

    private static ClusterCapacity limited(int maxRunning)
    {
        return new ClusterCapacity(true, true, OptionalInt.of(maxRunning), 1);
    }

    private static ClusterCapacity withProcessors(int processors)
    {
        return new ClusterCapacity(true, true, OptionalInt.empty(), processors);
    }
}
