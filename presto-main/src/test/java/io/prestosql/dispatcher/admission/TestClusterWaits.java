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
package io.prestosql.dispatcher.admission;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.reflect.Reflection;
import io.airlift.units.Duration;
import io.prestosql.node.ClusterName;
import io.prestosql.selection.core.ClusterCapacity;
import io.prestosql.selection.core.ClusterRooms;
import io.prestosql.selection.core.ClusterRoute;
import io.prestosql.spi.selection.ClusterChoice;
import io.prestosql.spi.selection.ClusterSelection;
import io.prestosql.spi.selection.ClusterSelection.WhenUnavailable;
import io.prestosql.spi.selection.ClusterTarget;
import io.trino.spi.QueryId;
import io.trino.spi.TrinoException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.ScheduledExecutorService;

import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.prestosql.node.DispatcherErrorCode.CLUSTER_WAIT_LIMIT_EXCEEDED;
import static io.prestosql.node.DispatcherErrorCode.NO_CLUSTER_AVAILABLE;
import static java.util.concurrent.Executors.newSingleThreadScheduledExecutor;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

public class TestClusterWaits
{
    private static final ClusterName ETL = new ClusterName("etl");
    private static final Instant START = Instant.ofEpochSecond(1_000_000);

    private final ScheduledExecutorService executor = newSingleThreadScheduledExecutor(daemonThreadsNamed("test-cluster-waits"));
    private final ClusterRooms rooms = new ClusterRooms();
    private final List<RoutedQuery> queries = new ArrayList<>();
    private final Map<String, TrinoException> failures = new TreeMap<>();
    private long seconds;
    private final ClusterWaits waits = new ClusterWaits(
            () -> queries.stream().filter(query -> !failures.containsKey(query.queryId().toString())).toList(),
            rooms,
            new Duration(10, SECONDS),
            () -> SECONDS.toNanos(seconds) - 12_345,
            clock(),
            executor);

    private Clock clock()
    {
        InstantSource source = () -> START.plusSeconds(seconds);
        return source.withZone(ZoneOffset.UTC);
    }

    @AfterEach
    public void tearDown()
    {
        executor.shutdownNow();
    }

    @Test
    public void testFail()
    {
        add("a", WhenUnavailable.FAIL, Optional.empty());
        add("b", WhenUnavailable.WAIT, Optional.empty());
        setCluster(false, OptionalInt.empty());
        pass(9);
        assertThat(failures).isEmpty();
        // a break of any length starts the time again
        setCluster(true, OptionalInt.empty());
        pass(1);
        setCluster(false, OptionalInt.empty());
        pass(9);
        assertThat(failures).isEmpty();
        pass(2);
        assertThat(failures).containsOnlyKeys("a");
        TrinoException failure = failures.get("a");
        assertThat(failure.getErrorCode()).isEqualTo(NO_CLUSTER_AVAILABLE.toErrorCode());
        assertThat(failure).hasMessage("Rule a: no cluster takes queries for cluster etl (cluster etl takes no queries at the moment)");
        assertThat(waits.getFailedQueries()).isEqualTo(1);
    }

    @Test
    public void testFullClusterIsWaitedFor()
    {
        add("a", WhenUnavailable.FAIL, Optional.empty());
        setCluster(true, OptionalInt.of(1));
        rooms.occupy(new QueryId("other"), ETL);
        pass(1000);
        assertThat(failures).isEmpty();
    }

    @Test
    public void testWaitLimit()
    {
        setCluster(true, OptionalInt.of(1));
        rooms.occupy(new QueryId("other"), ETL);
        add("a", WhenUnavailable.WAIT, Optional.of(java.time.Duration.ofMinutes(1)));
        pass(59);
        assertThat(failures).isEmpty();
        pass(1);
        assertThat(failures).containsOnlyKeys("a");
        assertThat(failures.get("a").getErrorCode()).isEqualTo(CLUSTER_WAIT_LIMIT_EXCEEDED.toErrorCode());
        assertThat(failures.get("a")).hasMessage("Rule a: no cluster has room for cluster etl, and queries wait for that no longer than 1.00m (cluster etl runs 1 queries, as many as it may)");
    }

    /**
     * The time counts from the submission, also after a change of leaders.
     */
    @Test
    public void testNewLeader()
    {
        setCluster(false, OptionalInt.empty());
        seconds = 3600;
        add("old", START, WhenUnavailable.WAIT, Optional.of(java.time.Duration.ofMinutes(1)));
        // it has just begun to look for coordinators
        pass(9);
        assertThat(failures).isEmpty();
        pass(2);
        assertThat(failures).containsOnlyKeys("old");
    }

    @Test
    public void testClusterThatMakesRoomAgainAndAgain()
    {
        setCluster(true, OptionalInt.of(1));
        add("a", WhenUnavailable.WAIT, Optional.of(java.time.Duration.ofMinutes(1)));
        for (int query = 0; query < 100; query++) {
            rooms.occupy(new QueryId("other_" + query), ETL);
            pass(5);
            rooms.vacate(new QueryId("other_" + query));
            pass(1);
        }
        assertThat(failures).isEmpty();
    }

    private void add(String id, WhenUnavailable whenUnavailable, Optional<java.time.Duration> maxWait)
    {
        add(id, START.plusSeconds(seconds), whenUnavailable, maxWait);
    }

    private void add(String id, Instant submitted, WhenUnavailable whenUnavailable, Optional<java.time.Duration> maxWait)
    {
        ClusterSelection selection = new ClusterSelection(
                "Rule " + id,
                ImmutableList.of(new ClusterTarget.NamedCluster(ETL.value())),
                ImmutableSet.of(),
                ClusterChoice.LEAST_LOADED,
                whenUnavailable,
                maxWait);
        queries.add(Reflection.newProxy(RoutedQuery.class, (_, method, arguments) -> answer(id, submitted, selection, method.getName(), arguments)));
    }

    private Object answer(String id, Instant submitted, ClusterSelection selection, String method, Object[] arguments)
    {
        return switch (method) {
            case "queryId" -> new QueryId(id);
            case "clusterRoute" -> ClusterRoute.ToTargets.of(selection);
            case "selection" -> selection;
            case "submitted" -> submitted;
            case "fail" -> failures.put(id, (TrinoException) arguments[0]);
            default -> throw new UnsupportedOperationException(method);
        };
    }

    private void setCluster(boolean takesQueries, OptionalInt maxRunning)
    {
        rooms.setCapacities(ImmutableMap.of(ETL, new ClusterCapacity(takesQueries, true, maxRunning, 1)));
    }

    private void pass(int passed)
    {
        for (int second = 0; second < passed; second++) {
            waits.check();
            seconds++;
        }
        waits.check();
    }
}
