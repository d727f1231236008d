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
import com.google.common.collect.ListMultimap;
import io.prestosql.cluster.ClusterState;
import io.prestosql.dispatcher.admission.GroupLoads;
import io.prestosql.dispatcher.clusters.ClusterReport;
import io.prestosql.dispatcher.clusters.ClusterReport.ReportedCoordinator;
import io.prestosql.dispatcher.clusters.ClustersReport;
import io.prestosql.fleet.CoordinatorCondition;
import io.prestosql.node.ClusterName;
import io.prestosql.node.CoordinatorIncarnation;
import io.prestosql.node.QualifiedNodeId;
import io.prestosql.operations.Operations.Cluster;
import io.prestosql.operations.Operations.Coordinator;
import io.prestosql.operations.Operations.Dispatcher;
import io.prestosql.operations.Operations.DispatcherState;
import io.prestosql.operations.Operations.Loss;
import io.prestosql.queries.NodeLoad;
import io.prestosql.querylog.QueryLogConfig.Store;
import io.prestosql.queue.LeaderElection;
import io.prestosql.queue.core.CoordinatorLoss;
import io.prestosql.rpc.Answer;
import io.trino.metadata.NodeState;

import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableListMultimap.toImmutableListMultimap;
import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static java.lang.Math.toIntExact;
import static java.util.Comparator.comparing;
import static java.util.Comparator.comparingLong;
import static java.util.Objects.requireNonNull;

/**
 * Merges the dispatchers' reports of themselves and a coordinator's report of the nodes. What only the leader knows is taken only from the
 * leader. Without a leader, this dispatcher's own view has to do.
 */
class OperationsMerge
{
    private final String environment;
    private final DispatcherReport own;
    private final Map<String, URI> addresses;
    private final Map<String, Answer<DispatcherReport>> answers;
    private final Answer<List<NodeLoad>> nodes;
    private final List<DispatcherReport> reports;
    private final Optional<DispatcherReport> leader;
    private final Optional<ClustersReport> clusters;

    /**
     * @param own the report of the dispatcher that puts this together
     * @param addresses the addresses of the other dispatchers, by node id
     * @param answers the reports of the same dispatchers, by node id
     */
    OperationsMerge(String environment, DispatcherReport own, Map<String, URI> addresses, Map<String, Answer<DispatcherReport>> answers, Answer<List<NodeLoad>> nodes)
    {
        this.environment = requireNonNull(environment, "environment is null");
        this.own = requireNonNull(own, "own is null");
        this.addresses = Map.copyOf(addresses);
        this.answers = new TreeMap<>(answers);
        this.nodes = requireNonNull(nodes, "nodes is null");
        this.reports = reports(own, answers);
        this.leader = reports.stream()
                .filter(report -> report.epoch().isPresent())
                .max(comparingLong(report -> report.epoch().orElseThrow()));
        this.clusters = leader.flatMap(DispatcherReport::clusters).or(own::clusters);
    }

    private static List<DispatcherReport> reports(DispatcherReport own, Map<String, Answer<DispatcherReport>> answers)
    {
        ImmutableList.Builder<DispatcherReport> reports = ImmutableList.builder();
        reports.add(own);
        answers.values().forEach(answer -> {
            if (answer instanceof Answer.Given(DispatcherReport report)) {
                reports.add(report);
            }
        });
        return reports.build();
    }

    Operations merge()
    {
        List<NodeLoad> loads = nodes instanceof Answer.Given(List<NodeLoad> given) ? given : ImmutableList.of();
        List<Coordinator> coordinators = coordinators(loads);
        List<NodeLoad> workers = loads.stream()
                .filter(NodeLoad::worker)
                .collect(toImmutableList());
        return new Operations(
                environment,
                own.nodeId(),
                dispatchers(),
                clusters(workers),
                coordinators,
                workers,
                leader.map(DispatcherReport::resourceGroups).orElse(ImmutableList.of()),
                elections(),
                losses(),
                clusters.map(ClustersReport::problems).orElse(ImmutableList.of()),
                missing());
    }

    private List<Dispatcher> dispatchers()
    {
        Map<String, Dispatcher> dispatchers = new TreeMap<>();
        reports.forEach(report -> dispatchers.put(report.nodeId(), dispatcher(report)));
        answers.forEach((nodeId, answer) -> {
            switch (answer) {
                case Answer.Given<DispatcherReport> _ -> {}
                case Answer.Dead<DispatcherReport> _ -> dispatchers.put(nodeId, absent(nodeId, DispatcherState.GONE, "it refuses connections"));
                case Answer.Missing(String reason) -> dispatchers.put(nodeId, absent(nodeId, DispatcherState.SILENT, reason));
            }
        });
        Set<String> members = new TreeSet<>(leader.orElse(own).log().members());
        members.forEach(member -> dispatchers.computeIfAbsent(member, nodeId -> absent(nodeId, DispatcherState.UNKNOWN, "it is a peer of the query log, and is not announced")));
        return ImmutableList.copyOf(dispatchers.values());
    }

    private Dispatcher dispatcher(DispatcherReport report)
    {
        return new Dispatcher(
                report.nodeId(),
                Optional.of(report.address().getAuthority()),
                state(report),
                Optional.of(report.version()),
                report.epoch(),
                report.leader(),
                Optional.of(report.log().store()),
                Optional.of(report.log().available()),
                entriesBehind(report.nodeId()),
                Optional.of(report.heldRequests()),
                Optional.empty());
    }

    private DispatcherState state(DispatcherReport report)
    {
        if (report.epoch().isEmpty()) {
            return DispatcherState.STANDBY;
        }
        return leader.map(DispatcherReport::nodeId).equals(Optional.of(report.nodeId())) ? DispatcherState.LEADER : DispatcherState.DEPOSED;
    }

    private Dispatcher absent(String nodeId, DispatcherState state, String problem)
    {
        return new Dispatcher(
                nodeId,
                Optional.ofNullable(addresses.get(nodeId)).map(URI::getAuthority),
                state,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                entriesBehind(nodeId),
                Optional.empty(),
                Optional.of(problem));
    }

    private Optional<Long> entriesBehind(String nodeId)
    {
        return leader
                .filter(report -> report.log().store() == Store.EMBEDDED)
                .flatMap(report -> report.nodeId().equals(nodeId) ? Optional.of(0L) : Optional.ofNullable(report.log().entriesBehind().get(nodeId)));
    }

    private List<Coordinator> coordinators(List<NodeLoad> loads)
    {
        Map<String, NodeLoad> byNode = loads.stream().collect(toImmutableMap(NodeLoad::nodeId, load -> load, (first, _) -> first));
        return leader.orElse(own).coordinators().stream()
                .map(condition -> coordinator(condition, Optional.ofNullable(byNode.get(condition.id().toString()))))
                .collect(toImmutableList());
    }

    private static Coordinator coordinator(CoordinatorCondition condition, Optional<NodeLoad> load)
    {
        return new Coordinator(
                condition.id().toString(),
                condition.cluster().value(),
                load.map(NodeLoad::host),
                load.map(NodeLoad::version),
                condition.health(),
                condition.state(),
                condition.takesQueries(),
                condition.leased(),
                condition.queries(),
                condition.activeWorkers(),
                load.flatMap(NodeLoad::cpuLoad),
                condition.answerAgeMillis(),
                condition.refusal());
    }

    private List<Cluster> clusters(List<NodeLoad> workers)
    {
        ListMultimap<ClusterName, NodeLoad> active = workers.stream()
                .filter(worker -> worker.state() == NodeState.ACTIVE)
                .collect(toImmutableListMultimap(OperationsMerge::clusterOf, worker -> worker));
        return clusters.map(ClustersReport::clusters).orElse(ImmutableList.of()).stream()
                .map(report -> cluster(report, active.get(report.name())))
                .collect(toImmutableList());
    }

    private static ClusterName clusterOf(NodeLoad node)
    {
        return QualifiedNodeId.parse(node.nodeId()).cluster();
    }

    private static Cluster cluster(ClusterReport report, List<NodeLoad> workers)
    {
        return new Cluster(
                report.name().value(),
                report.state(),
                report.definedState(),
                report.orderedState().isPresent(),
                report.definedIn(),
                report.removed(),
                report.drained(),
                report.takesQueries(),
                report.refusal(),
                report.coordinators().size(),
                toIntExact(report.coordinators().stream().filter(ReportedCoordinator::takesQueries).count()),
                report.coordinators().stream()
                        .flatMap(coordinator -> coordinator.version().stream())
                        .distinct()
                        .sorted()
                        .collect(toImmutableList()),
                report.activeWorkers(),
                report.requiredWorkers(),
                report.runningQueries(),
                report.maxRunningQueries(),
                report.waitingQueries(),
                report.openTransactions(),
                report.answerAgeMillis(),
                workers.stream().mapToLong(worker -> worker.memoryBytes().orElse(0L)).sum(),
                workers.stream().mapToLong(worker -> worker.reservedBytes().orElse(0L)).sum(),
                report.problems());
    }

    /**
     * Merges the elections that the dispatchers remember. The dispatcher that was elected knows more of its election than the others.
     */
    private List<LeaderElection> elections()
    {
        Map<Long, LeaderElection> elections = new HashMap<>();
        for (DispatcherReport report : reports) {
            report.elections().forEach(election -> elections.merge(election.epoch(), election, (known, other) -> known.takeover().isPresent() ? known : other));
        }
        return elections.values().stream()
                .sorted(comparing(LeaderElection::epoch).reversed())
                .collect(toImmutableList());
    }

    /**
     * Merges the losses that the dispatchers have found, each by itself. The dispatcher that led then knows more than the others.
     */
    private List<Loss> losses()
    {
        Map<CoordinatorIncarnation, CoordinatorLoss> losses = new HashMap<>();
        for (DispatcherReport report : reports) {
            report.losses().forEach(loss -> losses.merge(loss.coordinator(), loss, (known, other) -> known.epoch().orElse(0L) >= other.epoch().orElse(0L) ? known : other));
        }
        return losses.values().stream()
                .sorted(comparing(CoordinatorLoss::ageMillis))
                .map(loss -> new Loss(loss.time(), loss.ageMillis(), loss.coordinator().toString(), loss.reason(), loss.fates()))
                .collect(toImmutableList());
    }

    private List<String> missing()
    {
        ImmutableList.Builder<String> missing = ImmutableList.builder();
        answers.forEach((nodeId, answer) -> {
            if (answer instanceof Answer.Missing(String reason)) {
                missing.add("%s (%s)".formatted(nodeId, reason));
            }
        });
        if (leader.isEmpty()) {
            missing.add("resource groups (no dispatcher that answers leads the queue)");
        }
        else if (leader.get().resourceGroups().size() >= GroupLoads.MAX_GROUPS) {
            missing.add("resource groups after the first %s (there are too many)".formatted(GroupLoads.MAX_GROUPS));
        }
        if (nodes instanceof Answer.Given(List<NodeLoad> loads)) {
            Set<ClusterName> answering = loads.stream().map(OperationsMerge::clusterOf).collect(toImmutableSet());
            // a cluster that operators have taken out may be stopped
            List<String> silent = clusters.map(ClustersReport::clusters).orElse(ImmutableList.of()).stream()
                    .filter(cluster -> cluster.state() == ClusterState.ACTIVE)
                    .map(ClusterReport::name)
                    .filter(cluster -> !answering.contains(cluster))
                    .map(ClusterName::toString)
                    .collect(toImmutableList());
            if (!silent.isEmpty()) {
                missing.add("workers of %s (no coordinator there has told them)".formatted(String.join(", ", silent)));
            }
        }
        else {
            missing.add("workers (no coordinator answers)");
        }
        return missing.build();
    }
}
