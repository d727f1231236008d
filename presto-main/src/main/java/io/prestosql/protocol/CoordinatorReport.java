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
 * What a dispatcher wants to know of a coordinator.
 *
 * @param nodeId the coordinator's node id
 * @param incarnation the process, or the lease of the process; another one has none of this one's queries
 * @param saidNanos when the report was made, on the coordinator's monotonic clock
 * @param highestEpoch the epoch of the newest leader that the coordinator knows; 0 when there was none
 * @param leased whether the coordinator has a lease, without which it takes no queries
 * @param version counts the changes of queries; ask for what comes after it next time
 * @param complete whether {@code queries} are all that the coordinator has, and not only those that have changed
 * @param ready whether queries would start: there is a lease, start-up is over, the node is active, and the minimum number of workers is
 * there
 * @param state the node's state
 * @param activeWorkers how many nodes run tasks for this coordinator
 * @param runningQueries how many of its queries are not done
 * @param clusterMemoryBytes the memory of all nodes that run tasks for this coordinator
 * @param availableProcessors the processors of all nodes that run tasks for this coordinator
 * @param transactions ids of the transactions that clients hold open on this coordinator
 * @param queries the queries that have changed since the version that was asked for, or all
 * @param queue the identity of the log whose leader has given the lease; empty when there is no lease, or that leader did not say
 * @param requiredWorkers how many active workers the coordinator requires before it takes queries; empty from nodes of release 476-1
 * @param otherWorkers how many nodes that run tasks it cannot use, as they are of another version; empty from nodes of release 476-1
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
        Optional<Integer> otherWorkers)
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
    }

    /**
     * What the coordinator's lease is renewed with.
     */
    public Stamp stamp()
    {
        return new Stamp(incarnation, saidNanos);
    }
}
