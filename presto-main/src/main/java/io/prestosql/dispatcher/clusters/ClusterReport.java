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
import com.google.common.collect.ImmutableSet;
import io.prestosql.cluster.ClusterState;
import io.prestosql.fleet.CoordinatorCondition;
import io.prestosql.fleet.core.CoordinatorHealth;
import io.prestosql.node.ClusterName;
import io.trino.metadata.NodeState;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import static java.util.Objects.requireNonNull;

/**
 * A cluster, as operators see it. What only the leader knows is empty in the view of another dispatcher.
 *
 * @param state the state that counts
 * @param definedState the state that counts while no other one is ordered
 * @param orderedState the state that an operator has ordered
 * @param definedIn where the definition is: the path of a file, or the query log
 * @param removed whether the definition is gone, so that the cluster only finishes what it runs
 * @param drained whether it takes no queries by its state, runs none, and holds no open transaction
 * @param takesQueries whether it would get a query now
 * @param refusal why it would get none: a sentence without its full stop
 * @param runningQueries how many queries it has, or is about to get
 * @param maxRunningQueries its limit for them; empty without a limit
 * @param waitingQueries how many of the queries that wait for a slot may go to it; each may be counted for several clusters
 * @param openTransactions how many transactions clients hold open there
 * @param answerAgeMillis the time since a coordinator has answered this dispatcher; empty when none ever has
 * @param problems what is wrong with its definition
 * @param servers the addresses of its {@code discovery.uri}, in their order
 * @param externalUrl where people find its own pages
 */
public record ClusterReport(
        ClusterName name,
        ClusterState state,
        ClusterState definedState,
        Optional<OrderedState> orderedState,
        String definedIn,
        boolean removed,
        Optional<Boolean> drained,
        boolean takesQueries,
        Optional<String> refusal,
        Optional<Integer> runningQueries,
        Optional<Integer> maxRunningQueries,
        Optional<Integer> waitingQueries,
        int openTransactions,
        int activeWorkers,
        int requiredWorkers,
        Optional<Long> answerAgeMillis,
        List<ReportedCoordinator> coordinators,
        List<String> problems,
        List<URI> servers,
        Set<String> routingGroups,
        Optional<String> externalUrl)
{
    public ClusterReport
    {
        requireNonNull(name, "name is null");
        requireNonNull(state, "state is null");
        requireNonNull(definedState, "definedState is null");
        requireNonNull(orderedState, "orderedState is null");
        requireNonNull(definedIn, "definedIn is null");
        requireNonNull(drained, "drained is null");
        requireNonNull(refusal, "refusal is null");
        requireNonNull(runningQueries, "runningQueries is null");
        requireNonNull(maxRunningQueries, "maxRunningQueries is null");
        requireNonNull(waitingQueries, "waitingQueries is null");
        requireNonNull(answerAgeMillis, "answerAgeMillis is null");
        coordinators = ImmutableList.copyOf(coordinators);
        problems = ImmutableList.copyOf(problems);
        // an earlier release does not say these
        servers = servers == null ? ImmutableList.of() : ImmutableList.copyOf(servers);
        routingGroups = routingGroups == null ? ImmutableSet.of() : ImmutableSet.copyOf(routingGroups);
        requireNonNull(externalUrl, "externalUrl is null");
    }

    /**
     * Returns whether it has queries, or a coordinator may have some that are not known here.
     */
    boolean mayRunQueries()
    {
        return runningQueries.orElse(0) > 0 || coordinators.stream().anyMatch(coordinator -> coordinator.queries() > 0);
    }

    /**
     * @param version the version of its engine; empty when that is not known
     * @param takesQueries whether it would start a query now
     * @param refusal why it would not, in words that follow its name
     * @param answerAgeMillis the time since it has answered this dispatcher; empty when it never has
     */
    public record ReportedCoordinator(
            String nodeId,
            CoordinatorHealth health,
            Optional<NodeState> state,
            Optional<String> version,
            boolean takesQueries,
            Optional<String> refusal,
            int queries,
            int activeWorkers,
            Optional<Long> answerAgeMillis)
    {
        public ReportedCoordinator
        {
            requireNonNull(nodeId, "nodeId is null");
            requireNonNull(health, "health is null");
            requireNonNull(state, "state is null");
            requireNonNull(version, "version is null");
            requireNonNull(refusal, "refusal is null");
            requireNonNull(answerAgeMillis, "answerAgeMillis is null");
        }

        public static ReportedCoordinator of(CoordinatorCondition condition)
        {
            return new ReportedCoordinator(
                    condition.nodeId(),
                    condition.health(),
                    condition.state(),
                    condition.version(),
                    condition.takesQueries(),
                    condition.refusal(),
                    condition.queries(),
                    condition.activeWorkers(),
                    condition.answerAgeMillis());
        }
    }
}
