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
package io.prestosql.fleet;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.prestosql.fleet.core.CoordinatorHealth;
import io.prestosql.node.ClusterName;
import io.prestosql.node.ClusterName.IsDefault;
import io.prestosql.node.QualifiedNodeId;
import io.prestosql.protocol.ClusterQueue;
import io.trino.metadata.NodeState;

import java.util.Optional;

import static com.fasterxml.jackson.annotation.JsonInclude.Include.CUSTOM;
import static io.prestosql.node.ClusterName.orDefault;
import static java.util.Locale.ENGLISH;
import static java.util.Objects.requireNonNull;

/**
 * The condition of a coordinator, as a dispatcher sees it.
 *
 * @param cluster its cluster; left out of JSON when it is the default one, and in reports of releases that know only one
 * @param takesQueries whether it would start a query now
 * @param leased whether it has a lease, according to its last report
 * @param state its state according to its last report; empty when its process is dead, or has not been reached yet
 * @param queries how many queries it has that are not done
 * @param activeWorkers how many nodes run tasks for it
 * @param answerAgeMillis the time since its last answer, which is the age of its lease if it has one
 * @param otherQueue the {@link ClusterQueue} whose dispatchers have it, when it is another one than this dispatcher's
 * @param requiredWorkers how many active workers it requires; empty when that is not known
 * @param otherWorkers how many workers it cannot use, as they are of another version; empty when that is not known
 * @param version the version of its engine; empty when that is not known
 * @param openTransactions how many transactions clients hold open there; empty when that is not known
 * @param otherProtocol what it and the dispatcher speak, in words that follow its name, when they speak no common version of the protocol
 * between nodes
 */
public record CoordinatorCondition(
        @JsonInclude(value = CUSTOM, valueFilter = IsDefault.class) ClusterName cluster,
        String nodeId,
        CoordinatorHealth health,
        boolean takesQueries,
        boolean leased,
        Optional<NodeState> state,
        int queries,
        int activeWorkers,
        long clusterMemoryBytes,
        long availableProcessors,
        Optional<Long> answerAgeMillis,
        Optional<String> otherQueue,
        Optional<Integer> requiredWorkers,
        Optional<Integer> otherWorkers,
        Optional<String> version,
        Optional<Integer> openTransactions,
        Optional<String> otherProtocol)
{
    public CoordinatorCondition
    {
        cluster = orDefault(cluster);
        requireNonNull(nodeId, "nodeId is null");
        requireNonNull(health, "health is null");
        requireNonNull(state, "state is null");
        requireNonNull(answerAgeMillis, "answerAgeMillis is null");
        requireNonNull(otherQueue, "otherQueue is null");
        requireNonNull(requiredWorkers, "requiredWorkers is null");
        requireNonNull(otherWorkers, "otherWorkers is null");
        requireNonNull(version, "version is null");
        requireNonNull(openTransactions, "openTransactions is null");
        requireNonNull(otherProtocol, "otherProtocol is null");
    }

    public QualifiedNodeId id()
    {
        return new QualifiedNodeId(cluster, nodeId);
    }

    /**
     * Returns why it takes no queries, in words that follow its name ("does not answer"), for people; empty when it takes them.
     */
    public Optional<String> refusal()
    {
        if (takesQueries) {
            return Optional.empty();
        }
        if (otherProtocol.isPresent()) {
            return otherProtocol;
        }
        return Optional.of(switch (health) {
            case UNKNOWN -> "has not been reached yet";
            case SILENT -> "does not answer";
            case GONE -> "is gone";
            case ANSWERING -> refusalOfAnswering();
        });
    }

    private String refusalOfAnswering()
    {
        if (otherQueue.isPresent()) {
            ClusterName leasedCluster = ClusterQueue.parse(otherQueue.get()).cluster();
            return leasedCluster.equals(cluster) ?
                    "has a lease from the dispatchers of another query log" :
                    "has a lease as a coordinator of cluster " + leasedCluster;
        }
        if (state.isPresent() && state.get() != NodeState.ACTIVE) {
            return "is " + state.get().name().toLowerCase(ENGLISH).replace('_', ' ');
        }
        int required = requiredWorkers.orElse(1);
        if (activeWorkers < required) {
            return "has %s of %s active workers that it requires".formatted(activeWorkers, required) +
                    otherWorkers.filter(count -> count > 0).map(", and %s of another version"::formatted).orElse("");
        }
        return leased ? "is starting up" : "has no lease from the leading dispatcher yet";
    }
}
