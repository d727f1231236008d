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
package io.prestosql.coordinator;

import com.google.inject.Inject;
import io.prestosql.coordinator.core.AssignmentEffect.ReportChanges;
import io.prestosql.coordinator.nodes.SchedulingNodeManager;
import io.prestosql.protocol.CoordinatorReport;
import io.prestosql.protocol.LeaderClaim;
import io.prestosql.protocol.SeenReport;
import io.trino.client.NodeVersion;
import io.trino.execution.QueryManagerConfig;
import io.trino.memory.ClusterMemoryManager;
import io.trino.metadata.AllNodes;
import io.trino.metadata.NodeState;
import io.trino.server.NodeStateManager;
import io.trino.server.StartupStatus;
import io.trino.transaction.TransactionInfo;
import io.trino.transaction.TransactionManager;

import java.util.Optional;
import java.util.Set;

import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static com.google.common.collect.Sets.difference;
import static java.util.Objects.requireNonNull;

/**
 * Creates this coordinator's reports.
 */
public class CoordinatorReporter
{
    private final AssignedQueries assignedQueries;
    private final SchedulingNodeManager nodeManager;
    private final NodeStateManager nodeStateManager;
    private final StartupStatus startupStatus;
    private final TransactionManager transactionManager;
    private final ClusterMemoryManager memoryManager;
    private final int requiredWorkers;

    @Inject
    public CoordinatorReporter(
            AssignedQueries assignedQueries,
            SchedulingNodeManager nodeManager,
            NodeStateManager nodeStateManager,
            StartupStatus startupStatus,
            TransactionManager transactionManager,
            ClusterMemoryManager memoryManager,
            QueryManagerConfig queryManagerConfig)
    {
        this.assignedQueries = requireNonNull(assignedQueries, "assignedQueries is null");
        this.nodeManager = requireNonNull(nodeManager, "nodeManager is null");
        this.nodeStateManager = requireNonNull(nodeStateManager, "nodeStateManager is null");
        this.startupStatus = requireNonNull(startupStatus, "startupStatus is null");
        this.transactionManager = requireNonNull(transactionManager, "transactionManager is null");
        this.memoryManager = requireNonNull(memoryManager, "memoryManager is null");
        // a query without any worker would only wait here
        this.requiredWorkers = Math.max(1, queryManagerConfig.getRequiredWorkers());
    }

    /**
     * Returns whether this coordinator takes queries.
     */
    public boolean isReady()
    {
        return isReady(nodeStateManager.getServerState(), countActiveWorkers());
    }

    /**
     * @param leader the leader that asks, if the caller is a leader
     * @param seen the last report that the caller has received
     * @throws OrderRefusedException when a newer leader is known than the one that asks
     */
    public CoordinatorReport createReport(Optional<LeaderClaim> leader, Optional<SeenReport> seen)
    {
        int activeWorkers = countActiveWorkers();
        NodeState state = nodeStateManager.getServerState();
        ReportChanges changes = assignedQueries.getChanges(leader, seen);
        return new CoordinatorReport(
                assignedQueries.getNodeId(),
                changes.stamp().incarnation(),
                changes.stamp().saidNanos(),
                changes.highestEpoch(),
                changes.leased(),
                changes.version(),
                changes.complete(),
                changes.leased() && isReady(state, activeWorkers),
                state,
                activeWorkers,
                assignedQueries.getRunningQueries(),
                memoryManager.getClusterMemoryBytes(),
                memoryManager.getTotalAvailableProcessors(),
                clientTransactions(),
                changes.queries(),
                changes.queue(),
                Optional.of(requiredWorkers),
                Optional.of(countOtherWorkers()),
                Optional.of(nodeManager.getCurrentNode().getNodeVersion().getVersion()));
    }

    private boolean isReady(NodeState state, int activeWorkers)
    {
        return startupStatus.isStartupComplete() && state == NodeState.ACTIVE && activeWorkers >= requiredWorkers;
    }

    private int countActiveWorkers()
    {
        AllNodes nodes = nodeManager.getAllNodes();
        return difference(nodes.getActiveNodes(), nodes.getActiveCoordinators()).size();
    }

    private int countOtherWorkers()
    {
        NodeVersion version = nodeManager.getCurrentNode().getNodeVersion();
        return (int) nodeManager.getAllNodes().getInactiveNodes().stream()
                .filter(node -> !node.isCoordinator() && !node.getNodeVersion().equals(version))
                .count();
    }

    private Set<String> clientTransactions()
    {
        return transactionManager.getAllTransactionInfos().stream()
                .filter(transaction -> !transaction.isAutoCommitContext())
                .map(TransactionInfo::getTransactionId)
                .map(Object::toString)
                .collect(toImmutableSet());
    }
}
