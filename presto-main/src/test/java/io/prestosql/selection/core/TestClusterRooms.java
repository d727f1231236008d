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

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.prestosql.node.ClusterName;
import io.prestosql.selection.core.ClusterRoute.ToTargets;
import io.prestosql.spi.selection.ClusterChoice;
import io.prestosql.spi.selection.ClusterTarget;
import io.prestosql.spi.selection.ClusterTarget.AnyCluster;
import io.prestosql.spi.selection.ClusterTarget.NamedCluster;
import io.prestosql.spi.selection.ClusterTarget.RoutingGroup;
import io.trino.spi.QueryId;
import org.junit.jupiter.api.Test;

import java.util.Optional;
import java.util.OptionalInt;

import static io.prestosql.spi.selection.ClusterChoice.FEWEST_QUERIES_OF_USER;
import static io.prestosql.spi.selection.ClusterChoice.LEAST_LOADED;
import static io.prestosql.spi.selection.ClusterChoice.ROUND_ROBIN;
import static io.prestosql.spi.selection.ClusterChoice.WEIGHTED;
import static org.assertj.core.api.Assertions.assertThat;

public class TestClusterRooms
{
    private static final ClusterName A = new ClusterName("a");
    private static final ClusterName B = new ClusterName("b");
    private static final ClusterName UNKNOWN = new ClusterName("unknown");
    private static final QueryId ONE = new QueryId("one");
    private static final QueryId TWO = new QueryId("two");
    private static final QueryId THREE = new QueryId("three");
    private static final ClusterRoute ANY = ClusterRoute.ANY;
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
    public void testTargetsInTheirOrder()
    {
        rooms.setCapacities(ImmutableMap.of(A, labelled("etl", 1), B, labelled("adhoc", 1)));
        ToTargets adhocThenEtl = route(LEAST_LOADED, new RoutingGroup("adhoc"), new RoutingGroup("etl"));
        rooms.occupy(ONE, B);
        assertThat(rooms.choices(TWO, adhocThenEtl)).as("the target goes before the load").containsExactly(B, A);
        assertThat(rooms.choices(TWO, route(LEAST_LOADED, new NamedCluster("a")))).containsExactly(A);
        assertThat(rooms.choices(TWO, route(LEAST_LOADED, new RoutingGroup("other")))).isEmpty();
        assertThat(rooms.hasRoom(route(LEAST_LOADED, new RoutingGroup("other")))).isFalse();
        rooms.setCapacities(ImmutableMap.of(A, labelled("etl", 1), B, new ClusterCapacity(true, true, OptionalInt.of(1), 1, new ClusterLabels(ImmutableSet.of("adhoc"), ImmutableSet.of(), 1))));
        assertThat(rooms.choices(TWO, adhocThenEtl)).as("the first target is full").containsExactly(A);
        assertThat(rooms.hasRoom(route(LEAST_LOADED, new RoutingGroup("adhoc")))).isFalse();
        assertThat(rooms.takesQueries(route(LEAST_LOADED, new RoutingGroup("adhoc")))).as("it takes queries, and is full").isTrue();
        assertThat(rooms.obstacles(adhocThenEtl)).isEqualTo(ImmutableMap.of(A, Optional.empty(), B, Optional.of("runs 1 queries, as many as it may")));
    }

    @Test
    public void testTags()
    {
        rooms.setCapacities(ImmutableMap.of(
                A, new ClusterCapacity(true, true, OptionalInt.empty(), 1, new ClusterLabels(ImmutableSet.of(), ImmutableSet.of("gpu", "large"), 1)),
                B, new ClusterCapacity(true, true, OptionalInt.empty(), 1, new ClusterLabels(ImmutableSet.of(), ImmutableSet.of("gpu"), 1))));
        ToTargets large = new ToTargets(ImmutableList.of(new AnyCluster()), ImmutableSet.of("gpu", "large"), LEAST_LOADED);
        assertThat(rooms.choices(ONE, large)).containsExactly(A);
        assertThat(rooms.clusters(large)).containsExactly(A);
        // a query that has a place elsewhere must not stay there
        rooms.occupy(ONE, B);
        assertThat(rooms.choices(ONE, large)).containsExactly(A);
    }

    @Test
    public void testWeights()
    {
        rooms.setCapacities(ImmutableMap.of(A, labelled("etl", 1), B, labelled("etl", 3)));
        assertShares(40, 10, 30);
        // one that comes back has its share from then on, and does not catch up
        rooms.setCapacities(ImmutableMap.of(A, labelled("etl", 1), B, new ClusterCapacity(false, true, OptionalInt.empty(), 1, new ClusterLabels(ImmutableSet.of("etl"), ImmutableSet.of(), 3))));
        assertShares(100, 100, 0);
        rooms.setCapacities(ImmutableMap.of(A, labelled("etl", 1), B, labelled("etl", 3)));
        assertShares(40, 10, 30);
    }

    private void assertShares(int queries, int ofA, int ofB)
    {
        int beforeA = rooms.queries(A);
        int beforeB = rooms.queries(B);
        for (int number = 0; number < queries; number++) {
            assertThat(rooms.reserve(new QueryId("query_" + beforeA + "_" + beforeB + "_" + number), route(WEIGHTED, new RoutingGroup("etl")))).isTrue();
        }
        assertThat(rooms.queries(A) - beforeA).isEqualTo(ofA);
        assertThat(rooms.queries(B) - beforeB).isEqualTo(ofB);
    }

    @Test
    public void testRoundRobin()
    {
        rooms.setCapacities(ImmutableMap.of(A, withProcessors(100), B, withProcessors(1)));
        for (int number = 0; number < 10; number++) {
            rooms.reserve(new QueryId("query_" + number), route(ROUND_ROBIN, new AnyCluster()));
        }
        assertThat(rooms.queries(A)).isEqualTo(5);
        assertThat(rooms.queries(B)).isEqualTo(5);
    }

    @Test
    public void testFewestQueriesOfUser()
    {
        rooms.setCapacities(ImmutableMap.of(A, withProcessors(1), B, withProcessors(1)));
        rooms.setUser(ONE, "alice");
        rooms.setUser(TWO, "bob");
        rooms.setUser(THREE, "alice");
        rooms.occupy(ONE, A);
        rooms.occupy(TWO, B);
        rooms.occupy(new QueryId("four"), B);
        ToTargets ofUser = route(FEWEST_QUERIES_OF_USER, new AnyCluster());
        assertThat(rooms.choices(THREE, ofUser)).as("the user has none there, though it is more loaded").containsExactly(B, A);
        assertThat(rooms.choices(TWO, ofUser)).as("the place that it has").startsWith(B);
        rooms.forget(ONE);
        assertThat(rooms.choices(THREE, ofUser)).containsExactly(A, B);
    }

    private static ToTargets route(ClusterChoice choice, ClusterTarget... targets)
    {
        return new ToTargets(ImmutableList.copyOf(targets), ImmutableSet.of(), choice);
    }

    private static ClusterCapacity labelled(String routingGroup, int weight)
    {
        return new ClusterCapacity(true, true, OptionalInt.empty(), 1, new ClusterLabels(ImmutableSet.of(routingGroup), ImmutableSet.of(), weight));
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
