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
package io.prestosql.dispatcher.clusters;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.prestosql.cluster.ClusterState;
import io.prestosql.cluster.ClustersFixture;
import io.prestosql.fleet.ClusterCondition;
import io.prestosql.fleet.CoordinatorCondition;
import io.prestosql.node.ClusterName;
import io.trino.metadata.NodeState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import static io.prestosql.fleet.core.CoordinatorHealth.ANSWERING;
import static org.assertj.core.api.Assertions.assertThat;

public class TestClusterReporter
{
    private static final ClusterName ETL = new ClusterName("etl");

    private final Map<ClusterName, ClusterCondition> conditions = new HashMap<>();
    private final Map<ClusterName, OrderedState> ordered = new HashMap<>();
    private ClustersFixture fixture;
    private DefinitionDifferences differences;
    private ClusterReporter reporter;
    private List<String> unreadable = ImmutableList.of();
    private boolean leading = true;
    private int running;

    @BeforeEach
    public void setUp(@TempDir Path directory)
            throws IOException
    {
        fixture = new ClustersFixture(directory, "etl");
        fixture.define("etl", "cluster.max-running-queries=2\ncluster.routing-groups=heavy,nightly\ncluster.external-url=https://etl.example.net");
        fixture.clusters().load();
        conditions.put(ClusterName.DEFAULT, condition(ClusterName.DEFAULT, Optional.empty(), true, 0));
        conditions.put(ETL, condition(ETL, Optional.empty(), true, 0));
        differences = new DefinitionDifferences(() -> ImmutableMap.of(ClusterName.DEFAULT, "1", ETL, "2"), ImmutableList::of, () -> leading, () -> 0);
        reporter = new ClusterReporter(
                "dispatcher-1",
                fixture.clusters(),
                cluster -> Optional.ofNullable(conditions.get(cluster)),
                () -> ImmutableMap.copyOf(ordered),
                differences,
                () -> unreadable,
                () -> leading,
                cluster -> cluster.equals(ETL) ? running : 0,
                _ -> 7);
    }

    @Test
    public void testUnreadableOrders()
    {
        assertThat(reporter.createReport().problems()).isEmpty();
        unreadable = ImmutableList.of("cluster-state/etl");
        assertThat(reporter.createReport().problems()).containsExactly(
                "Record cluster-state/etl of the query log cannot be read by this dispatcher: upgrade it to the release that wrote the record, or give the order again");
    }

    @AfterEach
    public void tearDown()
    {
        fixture.close();
    }

    @Test
    public void testLeader()
    {
        running = 1;
        ClustersReport report = reporter.createReport();
        assertThat(report.leader()).contains("dispatcher-1");
        assertThat(report.problems()).isEmpty();
        assertThat(report.clusters()).extracting(cluster -> cluster.name().value()).containsExactly("default", "etl");
        assertThat(report.clusters().getFirst().definedIn()).isEqualTo("config.properties");
        ClusterReport etl = report.clusters().getLast();
        assertThat(etl.definedIn()).isEqualTo(fixture.file("etl").toString());
        assertThat(etl.state()).isEqualTo(ClusterState.ACTIVE);
        assertThat(etl.orderedState()).isEmpty();
        assertThat(etl.takesQueries()).isTrue();
        assertThat(etl.refusal()).isEmpty();
        assertThat(etl.drained()).contains(false);
        assertThat(etl.runningQueries()).contains(1);
        assertThat(etl.maxRunningQueries()).contains(2);
        assertThat(etl.waitingQueries()).contains(7);
        assertThat(etl.answerAgeMillis()).contains(15L);
        assertThat(etl.servers()).containsExactly(URI.create("http://etl:8080"));
        assertThat(etl.routingGroups()).containsExactly("heavy", "nightly");
        assertThat(etl.externalUrl()).contains("https://etl.example.net");
        assertThat(report.find("etl")).contains(etl);
        assertThat(report.find("No Name")).isEmpty();
        assertThat(etl.coordinators()).singleElement().satisfies(coordinator -> {
            assertThat(coordinator.nodeId()).isEqualTo("node-1");
            assertThat(coordinator.health()).isEqualTo(ANSWERING);
            assertThat(coordinator.version()).contains("476");
            assertThat(coordinator.takesQueries()).isTrue();
        });
    }

    @Test
    public void testOtherDispatcher()
    {
        leading = false;
        ClustersReport report = reporter.createReport();
        assertThat(report.leader()).isEmpty();
        assertThat(report.clusters()).hasSize(2).allSatisfy(cluster -> {
            assertThat(cluster.runningQueries()).isEmpty();
            assertThat(cluster.waitingQueries()).isEmpty();
            assertThat(cluster.drained()).isEmpty();
            assertThat(cluster.takesQueries()).isTrue();
        });
    }

    @Test
    public void testWhyItGetsNone()
    {
        running = 2;
        assertThat(etl().takesQueries()).isFalse();
        assertThat(etl().refusal()).contains("It is full: it runs as many queries as cluster.max-running-queries allows, which are 2");
        conditions.put(ETL, condition(ETL, Optional.of("No coordinator takes queries at the moment"), false, 0));
        assertThat(etl().refusal()).contains("No coordinator takes queries at the moment");
    }

    @Test
    public void testUnreachableDiscoveryUri()
    {
        conditions.put(ETL, new ClusterCondition(ETL, Optional.of("No coordinator takes queries at the moment: none has been found yet"), ImmutableList.of(), 0, true));
        assertThat(etl().takesQueries()).isFalse();
        assertThat(etl().refusal()).contains("No coordinator of it has been found yet at http://etl:8080: start its coordinators there, or correct discovery.uri in " + fixture.file("etl"));
        fixture.clusters().orderStates(ImmutableMap.of(ETL, ClusterState.INACTIVE));
        conditions.put(ETL, new ClusterCondition(ETL, Optional.of("Its state is INACTIVE"), ImmutableList.of(), 0, true));
        assertThat(etl().refusal()).contains("Its state is INACTIVE");
    }

    @Test
    public void testDrained()
    {
        running = 1;
        fixture.clusters().orderStates(ImmutableMap.of(ETL, ClusterState.DRAINING));
        assertThat(etl().state()).isEqualTo(ClusterState.DRAINING);
        assertThat(etl().definedState()).isEqualTo(ClusterState.ACTIVE);
        assertThat(etl().drained()).contains(false);
        running = 0;
        assertThat(etl().drained()).contains(true);
        // a coordinator has a query that this leader does not know
        conditions.put(ETL, condition(ETL, Optional.empty(), false, 0));
        assertThat(etl().drained()).contains(false);
        // a transaction may still get statements
        conditions.put(ETL, condition(ETL, Optional.empty(), true, 1));
        assertThat(etl().drained()).contains(false);
        assertThat(etl().openTransactions()).isEqualTo(1);
    }

    @Test
    public void testFilesOfAnotherDispatcherDiffer()
    {
        differences.take(new DefinitionsReport("dispatcher-2", ImmutableMap.of(ClusterName.DEFAULT, "1", ETL, "3"), ImmutableList.of("clusters/etl.properties: it is wrong")));
        String difference = "Dispatcher dispatcher-2 has another definition of cluster etl. The definitions of the leader count: " +
                "make the files in cluster.config-dir, and discovery.uri in config.properties, the same on all dispatchers";
        assertThat(reporter.createReport().problems()).containsExactly("Dispatcher dispatcher-2: clusters/etl.properties: it is wrong", difference);
        assertThat(etl().problems()).containsExactly(difference);
        assertThat(reporter.createReport(ClusterName.DEFAULT).orElseThrow().problems()).isEmpty();
    }

    @Test
    public void testOrderForAClusterThatIsNotDefined()
    {
        ordered.put(new ClusterName("gone"), new OrderedState(ClusterState.INACTIVE, "alice", Optional.empty(), Instant.EPOCH));
        assertThat(reporter.createReport().problems()).containsExactly(
                "A state is ordered for cluster gone, which is defined nowhere: define it, or clear the state by DELETE /v1/clusters/gone/state");
        assertThat(reporter.createReport(new ClusterName("gone"))).isEmpty();
    }

    private ClusterReport etl()
    {
        return reporter.createReport(ETL).orElseThrow();
    }

    private static ClusterCondition condition(ClusterName cluster, Optional<String> refusal, boolean idle, int openTransactions)
    {
        CoordinatorCondition coordinator = new CoordinatorCondition(
                cluster,
                "node-1",
                ANSWERING,
                true,
                true,
                Optional.of(NodeState.ACTIVE),
                0,
                3,
                0,
                0,
                Optional.of(15L),
                Optional.empty(),
                Optional.of(1),
                Optional.of(0),
                Optional.of("476"),
                Optional.of(openTransactions),
                Optional.empty());
        return new ClusterCondition(cluster, refusal, ImmutableList.of(coordinator), 3, idle);
    }
}
