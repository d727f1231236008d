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
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.prestosql.rpc.FirstSuccess;
import io.prestosql.rpc.JsonCaller;
import io.trino.server.ui.WorkerResource.JsonNodeInfo;
import jakarta.ws.rs.ServiceUnavailableException;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.util.concurrent.Futures.immediateFailedFuture;
import static java.util.Objects.requireNonNull;

/**
 * The nodes as coordinators see them, for a dispatcher that is not a coordinator. It takes the first coordinator's answer.
 */
public class CoordinatorNodeView
        implements NodeView
{
    private final ViewPeers peers;
    private final ViewClient client;

    @Inject
    public CoordinatorNodeView(ViewPeers peers, ViewClient client)
    {
        this.peers = requireNonNull(peers, "peers is null");
        this.client = requireNonNull(client, "client is null");
    }

    @Override
    public ListenableFuture<List<JsonNodeInfo>> getNodes()
    {
        return ask(client::getNodes);
    }

    @Override
    public ListenableFuture<List<NodeLoad>> getLoads()
    {
        return ask(client::getLoads);
    }

    @Override
    public ListenableFuture<Optional<JsonNode>> find(String nodeId, String path)
    {
        return ask(coordinator -> client.findAtNode(coordinator, nodeId, path));
    }

    private <T> ListenableFuture<T> ask(Function<URI, ListenableFuture<T>> question)
    {
        List<ListenableFuture<T>> answers = peers.coordinators().values().stream()
                .map(question)
                .collect(toImmutableList());
        if (answers.isEmpty()) {
            return immediateFailedFuture(new ServiceUnavailableException("No coordinator is known at the moment"));
        }
        return FirstSuccess.of(answers, failure -> JsonCaller.isRefused(failure) ? 0 : 1);
    }
}
