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
package io.prestosql.operations;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.prestosql.cluster.ClusterState;
import io.prestosql.dispatcher.admission.GroupLoad;
import io.prestosql.dispatcher.clusters.ClusterReport;
import io.prestosql.dispatcher.clusters.ClusterReport.ReportedCoordinator;
import io.prestosql.dispatcher.clusters.ClustersReport;
import io.prestosql.dispatcher.clusters.OrderedState;
import io.prestosql.fleet.CoordinatorCondition;
import io.prestosql.fleet.core.CoordinatorHealth;
import io.prestosql.node.ClusterName;
import io.prestosql.node.CoordinatorIncarnation;
import io.prestosql.operations.Operations.Cluster;
import io.prestosql.operations.Operations.Coordinator;
import io.prestosql.operations.Operations.Dispatcher;
import io.prestosql.operations.Operations.DispatcherState;
import io.prestosql.operations.Operations.Loss;
import io.prestosql.queries.NodeLoad;
import io.prestosql.querylog.QueryLogConfig.Store;
import io.prestosql.querylog.QueryLogStatus;
import io.prestosql.queue.LeaderElection;
import io.prestosql.queue.LeaderElection.Takeover;
import io.prestosql.queue.core.CoordinatorLoss;
import io.prestosql.queue.core.QueryFates;
import io.prestosql.rpc.Answer;
import io.trino.metadata.NodeState;
import io.trino.spi.resourcegroups.ResourceGroupState;
import org.junit.jupiter.api.Test;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static io.prestosql.fleet.core.CoordinatorHealth.ANSWERING;
import static io.prestosql.fleet.core.CoordinatorHealth.SILENT;
import static io.prestosql.node.ClusterName.DEFAULT;
import static org.assertj.core.api.Assertions.assertThat;

public class TestOperationsMerge
{
    private static final ClusterName ETL = new ClusterName("etl");
    private static final ClusterName SILENT_CLUSTER = new ClusterName("silent");
    private static final ClusterName STOPPED = new ClusterName("stopped");
    private static final Instant TIME = Instant.parse("2026-01-01T00:00:00Z");
    private static final QueryLogStatus FOLLOWER = new QueryLogStatus(Store.EMBEDDED, true, List.of("d1", "d2", "d3"), Map.of());
    private static final QueryLogStatus LEADER = new QueryLogStatus(Store.EMBEDDED, true, List.of("d1", "d2", "d3"), Map.of("d1", 0L, "d3", 7L));
    private static final Answer<List<NodeLoad>> NODES = new Answer.Given<>(List.of(
            node("c1", true, false, NodeState.ACTIVE),
            node("w1", false, true, NodeState.ACTIVE),
            node("w2", false, true, NodeState.DRAINING)));

    @Test
    public void testLeaderReportTakesPrecedence()
    {
        DispatcherReport own = report("d1", Optional.empty(), Optional.of("d2"), FOLLOWER, List.of(condition("c1", SILENT)), List.of());
        DispatcherReport leader = report("d2", Optional.of(4L), Optional.of("d2"), LEADER, List.of(condition("c1", ANSWERING)), List.of(group("a", 2, 1), group("a.b", 1, 1), group("c", 3, 0)));
        Operations operations = merge(own, Map.of("d2", new Answer.Given<>(leader), "d3", new Answer.Missing<>("it does not answer")));

        assertThat(operations.answeredBy()).isEqualTo("d1");
        assertThat(operations.dispatchers()).extracting(Dispatcher::nodeId).containsExactly("d1", "d2", "d3");
        assertThat(operations.dispatchers()).extracting(Dispatcher::state).containsExactly(DispatcherState.STANDBY, DispatcherState.LEADER, DispatcherState.SILENT);
        assertThat(operations.dispatchers()).extracting(dispatcher -> dispatcher.address().orElseThrow()).containsExactly("d1:8080", "d2:8080", "d3:8080");
        // as the leader reports, including the dispatcher that does not answer
        assertThat(operations.dispatchers()).extracting(dispatcher -> dispatcher.logEntriesBehind().orElseThrow()).containsExactly(0L, 0L, 7L);
        assertThat(operations.dispatchers().getFirst().follows()).contains("d2");
        assertThat(operations.dispatchers().getLast().problem()).contains("it does not answer");
        assertThat(operations.missing()).containsExactly("d3 (it does not answer)");

        Coordinator coordinator = operations.coordinators().getFirst();
        assertThat(coordinator.health()).isEqualTo(ANSWERING);
        assertThat(coordinator.refusal()).isEmpty();
        assertThat(coordinator.version()).contains("476-1");
        assertThat(coordinator.host()).contains("c1.example.net");
        assertThat(operations.workers()).extracting(NodeLoad::nodeId).containsExactly("w1", "w2");
        // a group's counts include those of its subgroups, which must not be added once more
        // an idle worker and one that drains: only the memory of the first counts
        assertThat(operations.clusters()).containsExactly(cluster("default", Optional.of(5), Optional.of(1), 100, 10));
        assertThat(operations.resourceGroups()).hasSize(3);
    }

    @Test
    public void testWithoutLeader()
    {
        DispatcherReport own = report("d1", Optional.empty(), Optional.empty(), FOLLOWER, List.of(condition("c1", SILENT)), List.of());
        Operations operations = merge(own, Map.of("d2", new Answer.Dead<>()), new Answer.Dead<>());
        assertThat(operations.dispatchers()).extracting(Dispatcher::state).containsExactly(DispatcherState.STANDBY, DispatcherState.GONE, DispatcherState.UNKNOWN);
        assertThat(operations.dispatchers()).extracting(Dispatcher::logEntriesBehind).containsOnly(Optional.empty());
        // as this dispatcher itself sees it
        assertThat(operations.coordinators()).extracting(Coordinator::health).containsExactly(SILENT);
        assertThat(operations.coordinators()).extracting(Coordinator::refusal).containsExactly(Optional.of("does not answer"));
        assertThat(operations.clusters()).containsExactly(cluster("default", Optional.empty(), Optional.empty(), 0, 0));
        assertThat(operations.missing()).containsExactly("resource groups (no dispatcher that answers leads the queue)", "workers (no coordinator answers)");
    }

    @Test
    public void testDeposedLeaderThatDoesNotKnow()
    {
        DispatcherReport own = report("d1", Optional.of(3L), Optional.of("d1"), LEADER, List.of(), List.of(group("a", 9, 9)));
        DispatcherReport leader = report("d2", Optional.of(4L), Optional.of("d2"), LEADER, List.of(), List.of());
        Operations operations = merge(own, Map.of("d2", new Answer.Given<>(leader)));
        assertThat(operations.dispatchers()).extracting(Dispatcher::state).startsWith(DispatcherState.DEPOSED, DispatcherState.LEADER);
        assertThat(operations.resourceGroups()).isEmpty();
    }

    @Test
    public void testLogInDatabase()
    {
        DispatcherReport own = report("d1", Optional.of(3L), Optional.of("d1"), QueryLogStatus.elsewhere(Store.POSTGRESQL, true), List.of(), List.of());
        Operations operations = merge(own, Map.of());
        assertThat(operations.dispatchers()).singleElement().satisfies(dispatcher -> {
            assertThat(dispatcher.logStore()).contains(Store.POSTGRESQL);
            assertThat(dispatcher.logEntriesBehind()).isEmpty();
        });
        assertThat(operations.missing()).isEmpty();
    }

    @Test
    public void testHistoryOfAll()
    {
        Takeover takeover = new Takeover(Optional.of(5L), 1, 0, 1, QueryFates.NONE, 1);
        CoordinatorIncarnation process = new CoordinatorIncarnation(DEFAULT, "c1", "a");
        QueryFates fates = new QueryFates(0, 0, 0, 2, 0, 0, Map.of());
        DispatcherReport own = withHistory(
                report("d1", Optional.of(3L), Optional.of("d1"), LEADER, List.of(), List.of()),
                List.of(new LeaderElection(TIME, 10, 3, "d1", Optional.of(takeover)), new LeaderElection(TIME, 500, 2, "d2", Optional.empty())),
                List.of(new CoordinatorLoss(TIME, 300, process, "it refuses connections", Optional.empty(), Optional.empty())));
        DispatcherReport other = withHistory(
                report("d2", Optional.empty(), Optional.of("d1"), FOLLOWER, List.of(), List.of()),
                List.of(new LeaderElection(TIME, 11, 3, "d1", Optional.empty()), new LeaderElection(TIME, 501, 2, "d2", Optional.of(takeover))),
                List.of(
                        new CoordinatorLoss(TIME, 100, new CoordinatorIncarnation(DEFAULT, "c1", "b"), "it refuses connections", Optional.empty(), Optional.empty()),
                        new CoordinatorLoss(TIME, 301, process, "it refuses connections", Optional.of(2L), Optional.of(fates))));
        Operations operations = merge(own, Map.of("d2", new Answer.Given<>(other)));
        assertThat(operations.elections()).containsExactly(
                new LeaderElection(TIME, 10, 3, "d1", Optional.of(takeover)),
                new LeaderElection(TIME, 501, 2, "d2", Optional.of(takeover)));
        assertThat(operations.losses()).containsExactly(
                new Loss(TIME, 100, "c1", "it refuses connections", Optional.empty()),
                new Loss(TIME, 301, "c1", "it refuses connections", Optional.of(fates)));
    }

    @Test
    public void testSeveralClusters()
    {
        ClustersReport clusters = new ClustersReport(
                Optional.of("d1"),
                List.of(
                        clusterReport(DEFAULT, ClusterState.ACTIVE, Optional.of(3), Optional.of(7)),
                        clusterReport(ETL, ClusterState.ACTIVE, Optional.of(4), Optional.of(7)),
                        clusterReport(SILENT_CLUSTER, ClusterState.ACTIVE, Optional.of(0), Optional.of(7)),
                        clusterReport(STOPPED, ClusterState.INACTIVE, Optional.of(0), Optional.of(0))),
                List.of("etc/clusters/etl.properties line 3, cluster.weight: it is wrong"));
        DispatcherReport own = withClusters(report("d1", Optional.of(3L), Optional.of("d1"), LEADER, List.of(), List.of()), Optional.of(clusters));
        Operations operations = merge(own, Map.of(), new Answer.Given<>(List.of(
                node("w1", false, true, NodeState.ACTIVE),
                node("etl.w1", false, true, NodeState.ACTIVE),
                node("etl.w2", false, true, NodeState.ACTIVE))));
        assertThat(operations.clusters()).extracting(Cluster::name).containsExactly("default", "etl", "silent", "stopped");
        assertThat(operations.clusters()).extracting(Cluster::memoryBytes).containsExactly(100L, 200L, 0L, 0L);
        assertThat(operations.clusters()).extracting(Cluster::ordered).containsExactly(false, false, false, true);
        assertThat(operations.problems()).containsExactly("etc/clusters/etl.properties line 3, cluster.weight: it is wrong");
        // that of a cluster which operators have taken out may be stopped
        assertThat(operations.missing()).containsExactly("workers of silent (no coordinator there has told them)");
    }

    @Test
    public void testLeaderOfAReleaseThatDoesNotReportClusters()
    {
        DispatcherReport own = report("d1", Optional.empty(), Optional.of("d2"), FOLLOWER, List.of(), List.of());
        DispatcherReport leader = withClusters(report("d2", Optional.of(4L), Optional.of("d2"), LEADER, List.of(), List.of()), Optional.empty());
        assertThat(merge(own, Map.of("d2", new Answer.Given<>(leader))).clusters()).containsExactly(cluster("default", Optional.empty(), Optional.empty(), 100, 10));
    }

    private static Operations merge(DispatcherReport own, Map<String, Answer<DispatcherReport>> answers)
    {
        return merge(own, answers, NODES);
    }

    private static Operations merge(DispatcherReport own, Map<String, Answer<DispatcherReport>> answers, Answer<List<NodeLoad>> nodes)
    {
        Map<String, URI> addresses = answers.keySet().stream()
                .collect(toImmutableMap(nodeId -> nodeId, TestOperationsMerge::address));
        return new OperationsMerge("testing", own, addresses, answers, nodes).merge();
    }

    private static URI address(String nodeId)
    {
        return URI.create("http://" + nodeId + ":8080");
    }

    private static DispatcherReport report(
            String nodeId,
            Optional<Long> epoch,
            Optional<String> leader,
            QueryLogStatus log,
            List<CoordinatorCondition> coordinators,
            List<GroupLoad> groups)
    {
        Optional<Integer> running = epoch.map(_ -> 5);
        Optional<Integer> waiting = epoch.map(_ -> 1);
        ClustersReport clusters = new ClustersReport(epoch.map(_ -> nodeId), List.of(clusterReport(DEFAULT, ClusterState.ACTIVE, running, waiting)), List.of());
        return new DispatcherReport(nodeId, address(nodeId), "476-1", epoch, leader, log, 0, coordinators, groups, ImmutableList.of(), ImmutableList.of(), Optional.of(clusters));
    }

    private static DispatcherReport withClusters(DispatcherReport report, Optional<ClustersReport> clusters)
    {
        return new DispatcherReport(
                report.nodeId(),
                report.address(),
                report.version(),
                report.epoch(),
                report.leader(),
                report.log(),
                report.heldRequests(),
                report.coordinators(),
                report.resourceGroups(),
                report.elections(),
                report.losses(),
                clusters);
    }

    private static ClusterReport clusterReport(ClusterName name, ClusterState state, Optional<Integer> running, Optional<Integer> waiting)
    {
        OrderedState ordered = new OrderedState(state, "alice", Optional.of("10.1.2.3"), TIME);
        return new ClusterReport(
                name,
                state,
                ClusterState.ACTIVE,
                state == ClusterState.ACTIVE ? Optional.empty() : Optional.of(ordered),
                "the query log",
                false,
                running.map(_ -> false),
                true,
                Optional.empty(),
                running,
                Optional.of(8),
                waiting,
                2,
                1,
                1,
                Optional.of(15L),
                List.of(ReportedCoordinator.of(condition("c1", ANSWERING)), ReportedCoordinator.of(condition("c2", SILENT))),
                List.of(),
                ImmutableList.of(),
                ImmutableSet.of(),
                Optional.empty());
    }

    private static Cluster cluster(String name, Optional<Integer> running, Optional<Integer> waiting, long memory, long reserved)
    {
        return new Cluster(
                name,
                ClusterState.ACTIVE,
                ClusterState.ACTIVE,
                false,
                "the query log",
                false,
                running.map(_ -> false),
                true,
                Optional.empty(),
                2,
                1,
                List.of("476"),
                1,
                1,
                running,
                Optional.of(8),
                waiting,
                2,
                Optional.of(15L),
                memory,
                reserved,
                List.of());
    }

    private static DispatcherReport withHistory(DispatcherReport report, List<LeaderElection> elections, List<CoordinatorLoss> losses)
    {
        return new DispatcherReport(
                report.nodeId(),
                report.address(),
                report.version(),
                report.epoch(),
                report.leader(),
                report.log(),
                report.heldRequests(),
                report.coordinators(),
                report.resourceGroups(),
                elections,
                losses,
                report.clusters());
    }

    private static CoordinatorCondition condition(String nodeId, CoordinatorHealth health)
    {
        return new CoordinatorCondition(DEFAULT, nodeId, health, health == ANSWERING, true, Optional.of(NodeState.ACTIVE), 3, 2, 1000, 8, Optional.of(15L), Optional.empty(), Optional.of(1), Optional.of(0), Optional.of("476"), Optional.of(0), Optional.empty());
    }

    private static GroupLoad group(String name, int running, int queued)
    {
        int depth = name.split("\\.").length - 1;
        return new GroupLoad(name, depth, ResourceGroupState.CAN_RUN, running, queued, 10, 10, 100, 0, 1000, 0);
    }

    private static NodeLoad node(String nodeId, boolean coordinator, boolean worker, NodeState state)
    {
        return new NodeLoad(nodeId, nodeId + ".example.net", "476-1", coordinator, worker, state, Optional.of(4), Optional.of(100L), Optional.of(10L), Optional.of(0.5));
    }
}
