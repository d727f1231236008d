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
package io.prestosql.dispatcher.leader;

import com.google.common.util.concurrent.ListenableFuture;
import io.prestosql.node.ClusterName;
import io.prestosql.node.QualifiedNodeId;
import io.prestosql.queries.QueryDetails;
import io.prestosql.queries.QueueView;
import io.prestosql.queries.ViewedQuery;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.spi.QueryId;
import jakarta.ws.rs.ForbiddenException;

import java.util.List;
import java.util.Optional;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.util.concurrent.Futures.immediateFailedFuture;
import static com.google.common.util.concurrent.Futures.transform;
import static com.google.common.util.concurrent.Futures.transformAsync;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static java.util.Objects.requireNonNull;

/**
 * The queue as the nodes of one cluster may see it: the queries that no cluster has yet, and their own. They name their nodes without the
 * cluster, which they do not know. They may stop only queries that they have.
 */
class ClusterQueueView
        implements QueueView
{
    private final QueueView queue;
    private final ClusterName cluster;

    ClusterQueueView(QueueView queue, ClusterName cluster)
    {
        this.queue = requireNonNull(queue, "queue is null");
        this.cluster = requireNonNull(cluster, "cluster is null");
    }

    @Override
    public ListenableFuture<List<ViewedQuery>> getQueries()
    {
        return transform(
                queue.getQueries(),
                queries -> queries.stream()
                        .filter(query -> isShown(query.coordinator()))
                        .map(query -> query.withCoordinator(localName(query.coordinator())))
                        .collect(toImmutableList()),
                directExecutor());
    }

    @Override
    public ListenableFuture<Optional<ViewedQuery>> findQuery(QueryId queryId)
    {
        return transform(
                queue.findQuery(queryId),
                found -> found
                        .filter(query -> isShown(query.coordinator()))
                        .map(query -> query.withCoordinator(localName(query.coordinator()))),
                directExecutor());
    }

    @Override
    public ListenableFuture<Optional<QueryDetails>> findDetails(QueryId queryId, boolean pruned)
    {
        return transform(
                queue.findDetails(queryId, pruned),
                found -> found
                        .filter(query -> isShown(query.coordinator()))
                        .map(query -> new QueryDetails(query.info(), localName(query.coordinator()))),
                directExecutor());
    }

    @Override
    public ListenableFuture<Void> fail(QueryId queryId, ExecutionFailureInfo reason)
    {
        return transformAsync(
                queue.findQuery(queryId),
                found -> found.flatMap(ViewedQuery::coordinator).filter(this::isOwn).isPresent() ?
                        queue.fail(queryId, reason) :
                        immediateFailedFuture(new ForbiddenException("Cluster %s does not have query %s".formatted(cluster, queryId))),
                directExecutor());
    }

    private boolean isShown(Optional<String> coordinator)
    {
        return coordinator.map(this::isOwn).orElse(true);
    }

    private boolean isOwn(String coordinator)
    {
        return QualifiedNodeId.parse(coordinator).cluster().equals(cluster);
    }

    private static Optional<String> localName(Optional<String> coordinator)
    {
        return coordinator.map(name -> QualifiedNodeId.parse(name).nodeId());
    }
}
