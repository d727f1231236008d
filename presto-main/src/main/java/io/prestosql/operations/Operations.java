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
import io.prestosql.cluster.ClusterState;
import io.prestosql.dispatcher.admission.GroupLoad;
import io.prestosql.fleet.core.CoordinatorHealth;
import io.prestosql.queries.NodeLoad;
import io.prestosql.querylog.QueryLogConfig.Store;
import io.prestosql.queue.LeaderElection;
import io.prestosql.queue.core.QueryFates;
import io.trino.metadata.NodeState;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * The overview that an operator looks at first when something is wrong. Every user who may log in to the UI may see it, so it says nothing of
 * single queries, nor of users.
 *
 * @param answeredBy the node id of the dispatcher that has put this together
 * @param elections the newest ones first
 * @param losses the newest ones first
 * @param problems what is wrong with definitions of clusters and orders for them, each with the fix
 * @param missing what could not be found out, and why
 */
public record Operations(
        String environment,
        String answeredBy,
        List<Dispatcher> dispatchers,
        List<Cluster> clusters,
        List<Coordinator> coordinators,
        List<NodeLoad> workers,
        List<GroupLoad> resourceGroups,
        List<LeaderElection> elections,
        List<Loss> losses,
        List<String> problems,
        List<String> missing)
{
    public Operations
    {
        requireNonNull(environment, "environment is null");
        requireNonNull(answeredBy, "answeredBy is null");
        dispatchers = ImmutableList.copyOf(dispatchers);
        clusters = ImmutableList.copyOf(clusters);
        coordinators = ImmutableList.copyOf(coordinators);
        workers = ImmutableList.copyOf(workers);
        resourceGroups = ImmutableList.copyOf(resourceGroups);
        elections = ImmutableList.copyOf(elections);
        losses = ImmutableList.copyOf(losses);
        problems = ImmutableList.copyOf(problems);
        missing = ImmutableList.copyOf(missing);
    }

    public enum DispatcherState
    {
        LEADER,
        STANDBY,
        /** It believes that it leads, and does not know yet that another dispatcher has been elected. */
        DEPOSED,
        /** It does not answer, which may pass. */
        SILENT,
        /** It refuses connections. */
        GONE,
        /** It is one of the dispatchers that keep the query log. Nothing else is known of it. */
        UNKNOWN,
    }

    /**
     * @param epoch the epoch in which it leads, or believes that it leads
     * @param follows the dispatcher that leads, as this one knows
     * @param logAvailable whether the query log is open there, and its store answers
     * @param logEntriesBehind how many entries of the query log it lacks, as the leader knows; empty when that is not known, or when the log
     * is not kept by the dispatchers
     * @param heldRequests how many requests of its clients wait for the queue's answer
     * @param problem why nothing is known of it
     */
    public record Dispatcher(
            String nodeId,
            Optional<String> address,
            DispatcherState state,
            Optional<String> version,
            Optional<Long> epoch,
            Optional<String> follows,
            Optional<Store> logStore,
            Optional<Boolean> logAvailable,
            Optional<Long> logEntriesBehind,
            Optional<Integer> heldRequests,
            Optional<String> problem)
    {
        public Dispatcher
        {
            requireNonNull(nodeId, "nodeId is null");
            requireNonNull(address, "address is null");
            requireNonNull(state, "state is null");
            requireNonNull(version, "version is null");
            requireNonNull(epoch, "epoch is null");
            requireNonNull(follows, "follows is null");
            requireNonNull(logStore, "logStore is null");
            requireNonNull(logAvailable, "logAvailable is null");
            requireNonNull(logEntriesBehind, "logEntriesBehind is null");
            requireNonNull(heldRequests, "heldRequests is null");
            requireNonNull(problem, "problem is null");
        }
    }

    /**
     * A cluster, without the user who has ordered its state.
     *
     * @param state the state that counts
     * @param definedState the state that counts while no other one is ordered
     * @param ordered whether an operator has ordered the state
     * @param definedIn where the definition is: the path of a file, or the query log
     * @param removed whether the definition is gone, so that the cluster only finishes what it runs
     * @param drained whether it takes no queries by its state, runs none, and holds no open transaction; empty when only a leader could tell
     * @param takesQueries whether it would get a query now
     * @param refusal why it would get none: a sentence without its full stop
     * @param availableCoordinators how many coordinators would start a query now
     * @param versions those of the engines of its coordinators
     * @param runningQueries how many queries it has, or is about to get; empty when only a leader could tell
     * @param waitingQueries how many of the queries that wait for a slot may go to it; empty when only a leader could tell
     * @param answerAgeMillis the time since a coordinator has answered; empty when none ever has
     * @param problems what is wrong with its definition
     */
    public record Cluster(
            String name,
            ClusterState state,
            ClusterState definedState,
            boolean ordered,
            String definedIn,
            boolean removed,
            Optional<Boolean> drained,
            boolean takesQueries,
            Optional<String> refusal,
            int coordinators,
            int availableCoordinators,
            List<String> versions,
            int activeWorkers,
            int requiredWorkers,
            Optional<Integer> runningQueries,
            Optional<Integer> maxRunningQueries,
            Optional<Integer> waitingQueries,
            int openTransactions,
            Optional<Long> answerAgeMillis,
            long memoryBytes,
            long reservedBytes,
            List<String> problems)
    {
        public Cluster
        {
            requireNonNull(name, "name is null");
            requireNonNull(state, "state is null");
            requireNonNull(definedState, "definedState is null");
            requireNonNull(definedIn, "definedIn is null");
            requireNonNull(drained, "drained is null");
            requireNonNull(refusal, "refusal is null");
            versions = ImmutableList.copyOf(versions);
            requireNonNull(runningQueries, "runningQueries is null");
            requireNonNull(maxRunningQueries, "maxRunningQueries is null");
            requireNonNull(waitingQueries, "waitingQueries is null");
            requireNonNull(answerAgeMillis, "answerAgeMillis is null");
            problems = ImmutableList.copyOf(problems);
        }
    }

    /**
     * @param cluster the name of its cluster
     * @param leaseAgeMillis the time since its last answer to the dispatcher
     * @param refusal why it takes no queries, in words that follow its name; empty when it takes them
     */
    public record Coordinator(
            String nodeId,
            String cluster,
            Optional<String> host,
            Optional<String> version,
            CoordinatorHealth health,
            Optional<NodeState> state,
            boolean takesQueries,
            boolean leased,
            int queries,
            int activeWorkers,
            Optional<Double> cpuLoad,
            Optional<Long> leaseAgeMillis,
            Optional<String> refusal)
    {
        public Coordinator
        {
            requireNonNull(nodeId, "nodeId is null");
            requireNonNull(cluster, "cluster is null");
            requireNonNull(host, "host is null");
            requireNonNull(version, "version is null");
            requireNonNull(health, "health is null");
            requireNonNull(state, "state is null");
            requireNonNull(cpuLoad, "cpuLoad is null");
            requireNonNull(leaseAgeMillis, "leaseAgeMillis is null");
            requireNonNull(refusal, "refusal is null");
        }
    }

    /**
     * @param fates what became of the queries that were there; empty when the dispatcher that led then cannot be asked any more
     */
    public record Loss(Instant time, long ageMillis, String coordinator, String reason, Optional<QueryFates> fates)
    {
        public Loss
        {
            requireNonNull(time, "time is null");
            requireNonNull(coordinator, "coordinator is null");
            requireNonNull(reason, "reason is null");
            requireNonNull(fates, "fates is null");
        }
    }
}
