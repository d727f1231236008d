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
package io.prestosql.coordinator.system;

import com.google.common.collect.Maps;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.airlift.node.NodeInfo;
import io.prestosql.queries.AnsweringNodes;
import io.prestosql.queries.View;
import io.trino.connector.system.SystemSplit;
import io.trino.connector.system.TaskSystemTable;
import io.trino.execution.SqlTaskManager;
import io.trino.metadata.InternalNode;
import io.trino.metadata.InternalNodeManager;
import io.trino.metadata.NodeState;
import io.trino.spi.connector.ColumnHandle;
import io.trino.spi.connector.ConnectorSession;
import io.trino.spi.connector.ConnectorSplit;
import io.trino.spi.connector.ConnectorSplitSource;
import io.trino.spi.connector.ConnectorSplitSource.ConnectorSplitBatch;
import io.trino.spi.connector.ConnectorTableMetadata;
import io.trino.spi.connector.ConnectorTransactionHandle;
import io.trino.spi.connector.RecordCursor;
import io.trino.spi.connector.SystemTable;
import io.trino.spi.predicate.TupleDomain;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static com.google.common.util.concurrent.Futures.transform;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.concurrent.MoreFutures.toCompletableFuture;
import static java.util.Objects.requireNonNull;
import static java.util.function.Function.identity;

/**
 * {@code system.runtime.tasks} of all nodes that answer. The engine's own table, which this class wraps, sends a split to every node that
 * is not known to be dead, and waits for more than a minute if that node is dead. This table first finds out which nodes answer, and warns
 * the client of silent ones.
 */
public class AnsweringNodesTaskSystemTable
        implements SystemTable
{
    private final TaskSystemTable delegate;
    private final InternalNodeManager nodeManager;
    private final AnsweringNodes answeringNodes;
    private final QueryWarnings warnings;

    @Inject
    public AnsweringNodesTaskSystemTable(SqlTaskManager taskManager, NodeInfo nodeInfo, InternalNodeManager nodeManager, AnsweringNodes answeringNodes, QueryWarnings warnings)
    {
        this.delegate = new TaskSystemTable(taskManager, nodeInfo);
        this.nodeManager = requireNonNull(nodeManager, "nodeManager is null");
        this.answeringNodes = requireNonNull(answeringNodes, "answeringNodes is null");
        this.warnings = requireNonNull(warnings, "warnings is null");
    }

    @Override
    public Distribution getDistribution()
    {
        return delegate.getDistribution();
    }

    @Override
    public ConnectorTableMetadata getTableMetadata()
    {
        return delegate.getTableMetadata();
    }

    @Override
    public RecordCursor cursor(ConnectorTransactionHandle transactionHandle, ConnectorSession session, TupleDomain<Integer> constraint)
    {
        return delegate.cursor(transactionHandle, session, constraint);
    }

    @Override
    public Optional<ConnectorSplitSource> splitSource(ConnectorSession session, TupleDomain<ColumnHandle> constraint)
    {
        Map<String, InternalNode> nodes = nodeManager.getNodes(NodeState.ACTIVE).stream()
                .collect(toImmutableMap(InternalNode::getNodeIdentifier, identity()));
        ListenableFuture<View<Set<String>>> answering = answeringNodes.find(Maps.transformValues(nodes, InternalNode::getInternalUri));
        return Optional.of(new NodeSplitSource(transform(
                answering,
                found -> {
                    warnings.warnOfMissing(session.getQueryId(), found.missing());
                    return found.value().stream()
                            .map(nodes::get)
                            .map(node -> new SystemSplit(node.getHostAndPort(), constraint, Optional.empty()))
                            .collect(toImmutableList());
                },
                directExecutor())));
    }

    private static class NodeSplitSource
            implements ConnectorSplitSource
    {
        private final ListenableFuture<List<ConnectorSplit>> splits;
        private boolean finished;

        private NodeSplitSource(ListenableFuture<List<ConnectorSplit>> splits)
        {
            this.splits = requireNonNull(splits, "splits is null");
        }

        @Override
        public CompletableFuture<ConnectorSplitBatch> getNextBatch(int maxSize)
        {
            finished = true;
            return toCompletableFuture(transform(splits, all -> new ConnectorSplitBatch(all, true), directExecutor()));
        }

        @Override
        public boolean isFinished()
        {
            return finished && splits.isDone();
        }

        @Override
        public void close()
        {
            splits.cancel(true);
        }
    }
}
