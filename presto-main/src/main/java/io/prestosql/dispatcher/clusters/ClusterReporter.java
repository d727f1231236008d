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
import com.google.inject.Inject;
import io.airlift.node.NodeInfo;
import io.prestosql.cluster.ClusterSettings;
import io.prestosql.cluster.ClusterState;
import io.prestosql.cluster.Clusters;
import io.prestosql.cluster.KnownCluster;
import io.prestosql.dispatcher.admission.GroupTurns;
import io.prestosql.dispatcher.admission.QueueAdmission;
import io.prestosql.dispatcher.clusters.ClusterReport.ReportedCoordinator;
import io.prestosql.fleet.ClusterCondition;
import io.prestosql.fleet.Coordinators;
import io.prestosql.node.ClusterName;
import io.prestosql.selection.core.ClusterRooms;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

/**
 * Creates this dispatcher's reports of the clusters. Those of the leader have all.
 */
public class ClusterReporter
{
    private final String nodeId;
    private final Clusters clusters;
    private final Function<ClusterName, Optional<ClusterCondition>> conditions;
    private final Supplier<Map<ClusterName, OrderedState>> orderedStates;
    private final DefinitionDifferences differences;
    private final Supplier<List<String>> unreadableOrders;
    private final BooleanSupplier leading;
    private final ToIntFunction<ClusterName> runningQueries;
    private final ToIntFunction<ClusterName> waitingQueries;

    @Inject
    public ClusterReporter(
            NodeInfo nodeInfo,
            Clusters clusters,
            Coordinators coordinators,
            OrderedStates orderedStates,
            DefinitionDifferences differences,
            OrderedDefinitions orderedDefinitions,
            QueueAdmission queue,
            ClusterRooms rooms,
            @SuppressWarnings("rawtypes") GroupTurns groupTurns)
    {
        this(
                nodeInfo.getNodeId(),
                clusters,
                coordinators::condition,
                orderedStates::states,
                differences,
                () -> unreadable(orderedStates, orderedDefinitions),
                queue::isLeading,
                rooms::queries,
                ((GroupTurns<?>) groupTurns)::countWaiting);
    }

    ClusterReporter(
            String nodeId,
            Clusters clusters,
            Function<ClusterName, Optional<ClusterCondition>> conditions,
            Supplier<Map<ClusterName, OrderedState>> orderedStates,
            DefinitionDifferences differences,
            Supplier<List<String>> unreadableOrders,
            BooleanSupplier leading,
            ToIntFunction<ClusterName> runningQueries,
            ToIntFunction<ClusterName> waitingQueries)
    {
        this.nodeId = requireNonNull(nodeId, "nodeId is null");
        this.clusters = requireNonNull(clusters, "clusters is null");
        this.conditions = requireNonNull(conditions, "conditions is null");
        this.orderedStates = requireNonNull(orderedStates, "orderedStates is null");
        this.differences = requireNonNull(differences, "differences is null");
        this.unreadableOrders = requireNonNull(unreadableOrders, "unreadableOrders is null");
        this.leading = requireNonNull(leading, "leading is null");
        this.runningQueries = requireNonNull(runningQueries, "runningQueries is null");
        this.waitingQueries = requireNonNull(waitingQueries, "waitingQueries is null");
    }

    private static List<String> unreadable(OrderedStates states, OrderedDefinitions definitions)
    {
        return ImmutableList.<String>builder()
                .addAll(states.unreadable())
                .addAll(definitions.unreadable())
                .build();
    }

    public ClustersReport createReport()
    {
        boolean leads = leading.getAsBoolean();
        List<DefinitionDifference> different = differences.differences();
        List<String> problems = clusters.getProblems();
        return new ClustersReport(
                leads ? Optional.of(nodeId) : Optional.empty(),
                clusters.all().stream()
                        .flatMap(cluster -> createReport(cluster, leads, problems, different).stream())
                        .collect(toImmutableList()),
                ImmutableList.<String>builder()
                        .addAll(problems)
                        .addAll(differences.problems())
                        .addAll(orderedStates.get().keySet().stream()
                                .filter(cluster -> clusters.find(cluster).isEmpty())
                                .map("A state is ordered for cluster %s, which is defined nowhere: define it, or clear the state by DELETE /v1/clusters/%1$s/state"::formatted)
                                .iterator())
                        .addAll(unreadableOrders.get().stream()
                                .map("Record %s of the query log cannot be read by this dispatcher: upgrade it to the release that wrote the record, or give the order again"::formatted)
                                .iterator())
                        .build());
    }

    /**
     * @return empty when there is no such cluster
     */
    Optional<ClusterReport> createReport(ClusterName cluster)
    {
        return clusters.find(cluster).flatMap(known -> createReport(known, leading.getAsBoolean(), clusters.getProblems(), differences.differences()));
    }

    private Optional<ClusterReport> createReport(KnownCluster cluster, boolean leads, List<String> problems, List<DefinitionDifference> different)
    {
        ClusterSettings settings = cluster.settings();
        return conditions.apply(cluster.name()).map(condition -> {
            Optional<Integer> running = leads ? Optional.of(runningQueries.applyAsInt(cluster.name())) : Optional.empty();
            Optional<String> refusal = condition.refusal()
                    .map(reason -> unreachable(cluster, settings, condition).orElse(reason))
                    .or(() -> fullness(settings, running));
            return new ClusterReport(
                    cluster.name(),
                    settings.state(),
                    cluster.definedState(),
                    Optional.ofNullable(orderedStates.get().get(cluster.name())),
                    cluster.source(),
                    cluster.isRemoved(),
                    running.map(queries -> isDrained(settings.state(), queries, condition)),
                    refusal.isEmpty(),
                    refusal,
                    running,
                    settings.maxRunningQueries(),
                    leads ? Optional.of(waitingQueries.applyAsInt(cluster.name())) : Optional.empty(),
                    condition.openTransactions(),
                    condition.activeWorkers(),
                    settings.requiredWorkers(),
                    condition.answerAgeMillis(),
                    condition.coordinators().stream()
                            .map(ReportedCoordinator::of)
                            .collect(toImmutableList()),
                    ImmutableList.<String>builder()
                            .addAll(cluster.problemsOf(problems))
                            .addAll(different.stream()
                                    .filter(difference -> difference.concerns(cluster.name()))
                                    .map(DefinitionDifference::describe)
                                    .iterator())
                            .build(),
                    ImmutableList.copyOf(cluster.servers()),
                    settings.labels().routingGroups(),
                    settings.externalUrl());
        });
    }

    /**
     * Says where to look when nothing was ever found of a cluster, as after a typing error in its definition.
     */
    private static Optional<String> unreachable(KnownCluster cluster, ClusterSettings settings, ClusterCondition condition)
    {
        if (settings.state() != ClusterState.ACTIVE || !condition.coordinators().isEmpty()) {
            return Optional.empty();
        }
        return Optional.of("No coordinator of it has been found yet at %s: start its coordinators there, or correct discovery.uri in %s".formatted(
                cluster.servers().stream()
                        .map(URI::toString)
                        .collect(joining(", ")),
                cluster.isDefinedInLog() ? "its definition by PUT /v1/clusters/" + cluster.name() : cluster.source()));
    }

    private static Optional<String> fullness(ClusterSettings settings, Optional<Integer> running)
    {
        return settings.maxRunningQueries()
                .filter(limit -> running.filter(queries -> queries >= limit).isPresent())
                .map("It is full: it runs as many queries as cluster.max-running-queries allows, which are %s"::formatted);
    }

    private static boolean isDrained(ClusterState state, int running, ClusterCondition condition)
    {
        return state != ClusterState.ACTIVE && running == 0 && condition.idle() && condition.openTransactions() == 0;
    }
}
