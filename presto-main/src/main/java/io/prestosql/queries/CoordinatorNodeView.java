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
package io.prestosql.queries;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ListMultimap;
import com.google.common.collect.Multimaps;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.prestosql.node.ClusterName;
import io.prestosql.node.QualifiedNodeId;
import io.prestosql.rpc.FirstSuccess;
import io.prestosql.rpc.JsonCaller;
import io.trino.server.ui.WorkerResource.JsonNodeInfo;
import jakarta.ws.rs.ServiceUnavailableException;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.util.concurrent.Futures.getUnchecked;
import static com.google.common.util.concurrent.Futures.immediateFailedFuture;
import static com.google.common.util.concurrent.Futures.immediateFuture;
import static com.google.common.util.concurrent.Futures.transform;
import static com.google.common.util.concurrent.Futures.whenAllComplete;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static java.util.Objects.requireNonNull;

/**
 * The nodes of all clusters as their coordinators see them, for a dispatcher that is not a coordinator. It takes the first answer of each
 * cluster. A cluster that does not answer is left out, unless none answers.
 */
public class CoordinatorNodeView
        implements NodeView
{
    private final ViewPeers peers;

    @Inject
    public CoordinatorNodeView(ViewPeers peers)
    {
        this.peers = requireNonNull(peers, "peers is null");
    }

    @Override
    public ListenableFuture<List<JsonNodeInfo>> getNodes()
    {
        return askEach(_ -> true, (peer, cluster) -> transform(
                peer.ask(ViewClient::getNodes),
                nodes -> nodes.stream()
                        .map(node -> new JsonNodeInfo(
                                new QualifiedNodeId(cluster, node.getNodeId()).toString(),
                                node.getNodeIp(),
                                node.getNodeVersion(),
                                node.getCoordinator(),
                                node.getState()))
                        .collect(toImmutableList()),
                directExecutor()));
    }

    @Override
    public ListenableFuture<List<NodeLoad>> getLoads(Predicate<ClusterName> asked)
    {
        return askEach(asked, (peer, cluster) -> transform(
                peer.ask(ViewClient::getLoads),
                loads -> loads.stream()
                        .map(load -> load.inCluster(cluster))
                        .collect(toImmutableList()),
                directExecutor()));
    }

    @Override
    public ListenableFuture<Optional<JsonNode>> find(String nodeId, String path)
    {
        QualifiedNodeId node;
        try {
            node = QualifiedNodeId.parse(nodeId);
        }
        catch (IllegalArgumentException _) {
            return immediateFuture(Optional.empty());
        }
        List<ViewPeer> coordinators = peers.coordinators().values().stream()
                .filter(peer -> peer.cluster().equals(node.cluster()))
                .collect(toImmutableList());
        return first(coordinators, peer -> peer.ask((client, address) -> client.findAtNode(address, node.nodeId(), path)));
    }

    private <T> ListenableFuture<List<T>> askEach(Predicate<ClusterName> asked, BiFunction<ViewPeer, ClusterName, ListenableFuture<List<T>>> question)
    {
        ListMultimap<ClusterName, ViewPeer> clusters = Multimaps.filterKeys(Multimaps.index(peers.coordinators().values(), ViewPeer::cluster), asked::test);
        if (clusters.isEmpty()) {
            return noCoordinator();
        }
        List<ListenableFuture<List<T>>> answers = clusters.keySet().stream()
                .map(cluster -> first(clusters.get(cluster), peer -> question.apply(peer, cluster)))
                .collect(toImmutableList());
        return whenAllComplete(answers).callAsync(
                () -> answers.stream().allMatch(CoordinatorNodeView::hasFailed) ? answers.getFirst() : immediateFuture(answers.stream()
                        .filter(answer -> !hasFailed(answer))
                        .flatMap(answer -> getUnchecked(answer).stream())
                        .collect(toImmutableList())),
                directExecutor());
    }

    private static boolean hasFailed(ListenableFuture<?> answer)
    {
        return answer.state() != Future.State.SUCCESS;
    }

    private static <T> ListenableFuture<T> first(List<ViewPeer> coordinators, Function<ViewPeer, ListenableFuture<T>> question)
    {
        if (coordinators.isEmpty()) {
            return noCoordinator();
        }
        return FirstSuccess.of(
                coordinators.stream()
                        .map(question)
                        .collect(toImmutableList()),
                failure -> JsonCaller.isRefused(failure) ? 0 : 1);
    }

    private static <T> ListenableFuture<T> noCoordinator()
    {
        return immediateFailedFuture(new ServiceUnavailableException("No coordinator is known at the moment"));
    }
}
