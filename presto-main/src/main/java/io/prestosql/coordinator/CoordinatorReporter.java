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
import io.prestosql.discovery.SchedulingNodeManager;
import io.trino.execution.QueryManagerConfig;
import io.trino.memory.ClusterMemoryManager;
import io.trino.metadata.AllNodes;
import io.trino.metadata.NodeState;
import io.trino.server.NodeStateManager;
import io.trino.server.StartupStatus;
import io.trino.transaction.TransactionInfo;
import io.trino.transaction.TransactionManager;

import java.util.Set;

import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static com.google.common.collect.Sets.difference;
import static java.util.Objects.requireNonNull;

/**
 * Writes this coordinator's reports.
 */
public class CoordinatorReporter
{
    private final DispatchedQueries dispatchedQueries;
    private final SchedulingNodeManager nodeManager;
    private final NodeStateManager nodeStateManager;
    private final StartupStatus startupStatus;
    private final TransactionManager transactionManager;
    private final ClusterMemoryManager memoryManager;
    private final int requiredWorkers;

    @Inject
    public CoordinatorReporter(
            DispatchedQueries dispatchedQueries,
            SchedulingNodeManager nodeManager,
            NodeStateManager nodeStateManager,
            StartupStatus startupStatus,
            TransactionManager transactionManager,
            ClusterMemoryManager memoryManager,
            QueryManagerConfig queryManagerConfig)
    {
        this.dispatchedQueries = requireNonNull(dispatchedQueries, "dispatchedQueries is null");
        this.nodeManager = requireNonNull(nodeManager, "nodeManager is null");
        this.nodeStateManager = requireNonNull(nodeStateManager, "nodeStateManager is null");
        this.startupStatus = requireNonNull(startupStatus, "startupStatus is null");
        this.transactionManager = requireNonNull(transactionManager, "transactionManager is null");
        this.memoryManager = requireNonNull(memoryManager, "memoryManager is null");
        // a query without any worker waits, so there is no point in sending one
        this.requiredWorkers = Math.max(1, queryManagerConfig.getRequiredWorkers());
    }

    public CoordinatorReport createReport(long afterVersion)
    {
        AllNodes nodes = nodeManager.getAllNodes();
        int activeWorkers = difference(nodes.getActiveNodes(), nodes.getActiveCoordinators()).size();
        NodeState state = nodeStateManager.getServerState();
        DispatchedQueries.Changes changes = dispatchedQueries.getChanges(afterVersion);
        return new CoordinatorReport(
                dispatchedQueries.getNodeId(),
                dispatchedQueries.getIncarnation(),
                changes.version(),
                startupStatus.isStartupComplete() && state == NodeState.ACTIVE && activeWorkers >= requiredWorkers,
                state,
                activeWorkers,
                dispatchedQueries.getRunningQueries(),
                memoryManager.getClusterMemoryBytes(),
                memoryManager.getTotalAvailableProcessors(),
                clientTransactions(),
                changes.queries());
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
