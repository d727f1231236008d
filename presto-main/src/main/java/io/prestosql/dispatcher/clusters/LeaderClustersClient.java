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
package io.prestosql.dispatcher.clusters;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.airlift.http.client.HttpClient;
import io.airlift.http.client.HttpUriBuilder;
import io.airlift.json.JsonCodec;
import io.airlift.node.NodeInfo;
import io.airlift.units.Duration;
import io.prestosql.fleet.CoordinatorMonitorConfig;
import io.prestosql.fleet.ForCoordinators;
import io.prestosql.node.ClusterName;
import io.prestosql.rpc.JsonCaller;
import io.prestosql.rpc.NotLeaderException;
import jakarta.ws.rs.WebApplicationException;

import java.net.URI;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;

import static io.airlift.http.client.HttpUriBuilder.uriBuilderFrom;
import static io.airlift.http.client.Request.Builder.prepareGet;
import static io.airlift.http.client.Request.Builder.preparePut;
import static io.prestosql.rpc.JsonCaller.withBody;
import static java.util.Objects.requireNonNull;

/**
 * Calls the {@link LeaderClustersResource} of the dispatcher that leads.
 */
public class LeaderClustersClient
{
    private final String nodeId;
    private final JsonCaller caller;
    private final Duration requestTimeout;
    private final JsonCodec<ClustersReport> reportCodec;
    private final JsonCodec<OrdersReport> ordersCodec;
    private final JsonCodec<List<ClusterChange>> changesCodec;
    private final JsonCodec<StateOrder> stateCodec;
    private final JsonCodec<DefinitionOrder> definitionCodec;
    private final JsonCodec<DefinitionsReport> definitionsCodec;

    @Inject
    public LeaderClustersClient(
            NodeInfo nodeInfo,
            @ForCoordinators HttpClient httpClient,
            @ForCoordinators ScheduledExecutorService executor,
            CoordinatorMonitorConfig config,
            JsonCodec<ClustersReport> reportCodec,
            JsonCodec<OrdersReport> ordersCodec,
            JsonCodec<List<ClusterChange>> changesCodec,
            JsonCodec<StateOrder> stateCodec,
            JsonCodec<DefinitionOrder> definitionCodec,
            JsonCodec<DefinitionsReport> definitionsCodec)
    {
        this.nodeId = nodeInfo.getNodeId();
        this.caller = new JsonCaller(httpClient, executor, LeaderClustersClient::refusal);
        this.requestTimeout = config.getRequestTimeout();
        this.reportCodec = requireNonNull(reportCodec, "reportCodec is null");
        this.ordersCodec = requireNonNull(ordersCodec, "ordersCodec is null");
        this.changesCodec = requireNonNull(changesCodec, "changesCodec is null");
        this.stateCodec = requireNonNull(stateCodec, "stateCodec is null");
        this.definitionCodec = requireNonNull(definitionCodec, "definitionCodec is null");
        this.definitionsCodec = requireNonNull(definitionsCodec, "definitionsCodec is null");
    }

    /**
     * @param leader the leader's internal address
     */
    public ListenableFuture<ClustersReport> getClusters(URI leader)
    {
        return caller.call(prepareGet().setUri(clusters(leader).build()).build(), reportCodec, requestTimeout);
    }

    /**
     * @param leader the leader's internal address
     */
    public ListenableFuture<OrdersReport> getOrders(URI leader)
    {
        return caller.call(prepareGet().setUri(clusters(leader).appendPath("order").addParameter("dispatcher", nodeId).build()).build(), ordersCodec, requestTimeout);
    }

    /**
     * @param leader the leader's internal address
     */
    public ListenableFuture<List<ClusterChange>> getChanges(URI leader, int limit)
    {
        URI uri = clusters(leader).appendPath("change").addParameter("limit", String.valueOf(limit)).build();
        return caller.call(prepareGet().setUri(uri).build(), changesCodec, requestTimeout);
    }

    /**
     * @param leader the leader's internal address
     */
    public ListenableFuture<Void> order(URI leader, ClusterName cluster, StateOrder order)
    {
        URI uri = clusters(leader).appendPath(cluster.value()).appendPath("state").build();
        return caller.call(withBody(preparePut().setUri(uri), stateCodec, order), requestTimeout);
    }

    /**
     * @param leader the leader's internal address
     */
    public ListenableFuture<Void> order(URI leader, ClusterName cluster, DefinitionOrder order)
    {
        URI uri = clusters(leader).appendPath(cluster.value()).appendPath("definition").build();
        return caller.call(withBody(preparePut().setUri(uri), definitionCodec, order), requestTimeout);
    }

    /**
     * @param leader the leader's internal address
     */
    public ListenableFuture<Void> tell(URI leader, DefinitionsReport report)
    {
        return caller.call(withBody(preparePut().setUri(clusters(leader).appendPath("file").build()), definitionsCodec, report), requestTimeout);
    }

    private static HttpUriBuilder clusters(URI leader)
    {
        return uriBuilderFrom(leader).appendPath("/v1/queue/cluster");
    }

    private static RuntimeException refusal(int status, String body)
    {
        return switch (status) {
            case 400, 404, 409 -> new WebApplicationException(body, status);
            case NotLeaderException.STATUS -> new NotLeaderException();
            default -> new IllegalStateException("The queue's leader answered with status %s: %s".formatted(status, body));
        };
    }
}
