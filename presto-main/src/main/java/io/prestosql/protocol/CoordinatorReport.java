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
package io.prestosql.protocol;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.trino.metadata.NodeState;

import java.util.List;
import java.util.Optional;
import java.util.Set;

import static java.util.Objects.requireNonNull;

/**
 * A coordinator's report to a dispatcher.
 *
 * @param nodeId the coordinator's node id
 * @param incarnation the coordinator's incarnation: its process, or a lease of it; another incarnation has none of this one's queries
 * @param saidNanos when the report was made, on the coordinator's monotonic clock
 * @param highestEpoch the epoch of the newest leader that the coordinator knows; 0 when there was none
 * @param leased whether the coordinator has a lease, without which it takes no queries
 * @param version counts the changes of queries; the next request asks for the changes after it
 * @param complete whether {@code queries} has all queries of the coordinator, not only those that have changed
 * @param ready whether queries would start: the coordinator has a lease and has finished its start-up, the node is active, and the minimum
 * number of workers is present
 * @param state the node's state
 * @param activeWorkers the number of nodes that run tasks for this coordinator
 * @param runningQueries the number of its queries that are not done
 * @param clusterMemoryBytes the memory of all nodes that run tasks for this coordinator
 * @param availableProcessors the processors of all nodes that run tasks for this coordinator
 * @param transactions the ids of the transactions that clients hold open on this coordinator
 * @param queries the queries that have changed since the requested version, or all
 * @param queue the identity of the log whose leader has given the lease; empty when there is no lease, or the leader did not give an
 * identity
 * @param requiredWorkers the number of active workers that the coordinator requires before it takes queries; empty from nodes of release
 * 476-1
 * @param otherWorkers the number of nodes that run tasks but that it cannot use, because they have another version; empty from nodes of
 * release 476-1
 * @param nodeVersion the version of the engine on this coordinator; empty from nodes of release 476-1
 */
public record CoordinatorReport(
        String nodeId,
        String incarnation,
        long saidNanos,
        long highestEpoch,
        boolean leased,
        long version,
        boolean complete,
        boolean ready,
        NodeState state,
        int activeWorkers,
        int runningQueries,
        long clusterMemoryBytes,
        long availableProcessors,
        Set<String> transactions,
        List<QueryReport> queries,
        Optional<String> queue,
        Optional<Integer> requiredWorkers,
        Optional<Integer> otherWorkers,
        Optional<String> nodeVersion)
{
    public CoordinatorReport
    {
        requireNonNull(nodeId, "nodeId is null");
        requireNonNull(incarnation, "incarnation is null");
        requireNonNull(state, "state is null");
        transactions = ImmutableSet.copyOf(transactions);
        queries = ImmutableList.copyOf(queries);
        requireNonNull(queue, "queue is null");
        requireNonNull(requiredWorkers, "requiredWorkers is null");
        requireNonNull(otherWorkers, "otherWorkers is null");
        requireNonNull(nodeVersion, "nodeVersion is null");
    }

    /**
     * Returns the stamp with which a leader renews the coordinator's lease.
     */
    public Stamp stamp()
    {
        return new Stamp(incarnation, saidNanos);
    }
}
