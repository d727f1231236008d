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
import io.airlift.http.client.HttpClient;
import io.airlift.http.client.HttpUriBuilder;
import io.airlift.json.JsonCodec;
import io.prestosql.rpc.CoordinatorCallException;
import io.prestosql.rpc.JsonCaller;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.server.ui.WorkerResource.JsonNodeInfo;
import io.trino.spi.QueryId;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;

import static io.airlift.http.client.HttpUriBuilder.uriBuilderFrom;
import static io.airlift.http.client.Request.Builder.prepareGet;
import static io.airlift.http.client.Request.Builder.preparePut;
import static io.prestosql.rpc.JsonCaller.withBody;
import static java.util.Objects.requireNonNull;

/**
 * Asks a coordinator for its part of the view through its {@code ViewResource}.
 */
public class ViewClient
{
    private final JsonCaller caller;
    private final ViewTimeouts timeouts;
    private final JsonCodec<List<ViewedQuery>> queriesCodec;
    private final JsonCodec<ViewedQuery> queryCodec;
    private final JsonCodec<JsonNode> infoCodec;
    private final JsonCodec<List<ViewedTransaction>> transactionsCodec;
    private final JsonCodec<ExecutionFailureInfo> failureCodec;
    private final JsonCodec<List<JsonNodeInfo>> nodesCodec;
    private final JsonCodec<List<NodeLoad>> loadsCodec;

    @Inject
    public ViewClient(
            @ForView HttpClient httpClient,
            @ForView ScheduledExecutorService executor,
            ViewConfig config,
            JsonCodec<List<ViewedQuery>> queriesCodec,
            JsonCodec<ViewedQuery> queryCodec,
            JsonCodec<JsonNode> infoCodec,
            JsonCodec<List<ViewedTransaction>> transactionsCodec,
            JsonCodec<ExecutionFailureInfo> failureCodec,
            JsonCodec<List<JsonNodeInfo>> nodesCodec,
            JsonCodec<List<NodeLoad>> loadsCodec)
    {
        this.caller = new JsonCaller(httpClient, executor, CoordinatorCallException::new);
        this.timeouts = new ViewTimeouts(config.getTimeout());
        this.queriesCodec = requireNonNull(queriesCodec, "queriesCodec is null");
        this.queryCodec = requireNonNull(queryCodec, "queryCodec is null");
        this.infoCodec = requireNonNull(infoCodec, "infoCodec is null");
        this.transactionsCodec = requireNonNull(transactionsCodec, "transactionsCodec is null");
        this.failureCodec = requireNonNull(failureCodec, "failureCodec is null");
        this.nodesCodec = requireNonNull(nodesCodec, "nodesCodec is null");
        this.loadsCodec = requireNonNull(loadsCodec, "loadsCodec is null");
    }

    public ListenableFuture<List<ViewedQuery>> getQueries(URI coordinator)
    {
        return caller.call(timeouts.forList(prepareGet().setUri(queries(coordinator).build())), queriesCodec, timeouts.list());
    }

    /**
     * @return empty when the coordinator does not know the query
     */
    public ListenableFuture<Optional<ViewedQuery>> findQuery(URI coordinator, QueryId queryId)
    {
        return caller.find(prepareGet().setUri(query(coordinator, queryId).build()).build(), queryCodec, timeouts.silence());
    }

    /**
     * Returns the JSON of the engine's {@code QueryInfo}.
     *
     * @return empty when the coordinator does not know the query
     */
    public ListenableFuture<Optional<JsonNode>> findInfo(URI coordinator, QueryId queryId, boolean pruned)
    {
        return caller.find(prepareGet().setUri(query(coordinator, queryId).appendPath("info").addParameter("pruned", String.valueOf(pruned)).build()).build(), infoCodec, timeouts.silence());
    }

    /**
     * @return fails with status 404 when the query is not running on the coordinator
     */
    public ListenableFuture<Void> fail(URI coordinator, QueryId queryId, ExecutionFailureInfo reason)
    {
        return caller.call(withBody(preparePut().setUri(query(coordinator, queryId).appendPath("failure").build()), failureCodec, reason), timeouts.silence());
    }

    public ListenableFuture<List<ViewedTransaction>> getTransactions(URI coordinator)
    {
        return caller.call(timeouts.forList(prepareGet().setUri(uriBuilderFrom(coordinator).appendPath("/v1/view/transaction").build())), transactionsCodec, timeouts.list());
    }

    /**
     * Returns the nodes as the coordinator sees them.
     */
    public ListenableFuture<List<JsonNodeInfo>> getNodes(URI coordinator)
    {
        return caller.call(prepareGet().setUri(uriBuilderFrom(coordinator).appendPath("/v1/view/node").build()).build(), nodesCodec, timeouts.silence());
    }

    /**
     * Returns the nodes with their roles and loads.
     */
    public ListenableFuture<List<NodeLoad>> getLoads(URI coordinator)
    {
        return caller.call(prepareGet().setUri(uriBuilderFrom(coordinator).appendPath("/v1/view/load").build()).build(), loadsCodec, timeouts.silence());
    }

    /**
     * Returns what another node reports about itself to the coordinator.
     *
     * @return empty when the node or the resource does not exist
     */
    public ListenableFuture<Optional<JsonNode>> findAtNode(URI coordinator, String nodeId, String path)
    {
        return caller.find(prepareGet().setUri(uriBuilderFrom(coordinator).appendPath("/v1/view/node").appendPath(nodeId).addParameter("path", path).build()).build(), infoCodec, timeouts.silence());
    }

    private static HttpUriBuilder queries(URI coordinator)
    {
        return uriBuilderFrom(coordinator).appendPath("/v1/view/query");
    }

    private static HttpUriBuilder query(URI coordinator, QueryId queryId)
    {
        return queries(coordinator).appendPath(queryId.toString());
    }
}
