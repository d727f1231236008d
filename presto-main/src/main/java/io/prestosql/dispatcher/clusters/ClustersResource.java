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

import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.airlift.json.JsonCodec;
import io.prestosql.cluster.ClusterState;
import io.prestosql.node.ClusterName;
import io.prestosql.rpc.Refusal;
import io.trino.dispatcher.DispatchExecutor;
import io.trino.server.DisableHttpCache;
import io.trino.server.security.ResourceSecurity;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.Suspended;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.jaxrs.AsyncResponseHandler.bindAsyncResponse;
import static io.prestosql.dispatcher.clusters.OrderedStates.noSuchCluster;
import static io.trino.server.security.ResourceSecurity.AccessType.MANAGEMENT_READ;
import static io.trino.server.security.ResourceSecurity.AccessType.MANAGEMENT_WRITE;
import static jakarta.ws.rs.core.MediaType.APPLICATION_JSON;
import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

/**
 * Shows the clusters to operators, and takes their orders. Each dispatcher answers for the one that leads.
 */
@Path("/v1/clusters")
@DisableHttpCache
public class ClustersResource
{
    private static final JsonCodec<String> STRING_CODEC = JsonCodec.jsonCodec(String.class);
    private static final JsonCodec<Map<String, String>> PROPERTIES_CODEC = JsonCodec.mapJsonCodec(String.class, String.class);

    private final LeaderClusters clusters;
    private final Operators operators;
    private final OrderAnswers answers;
    private final Executor executor;

    @Inject
    public ClustersResource(LeaderClusters clusters, Operators operators, OrderAnswers answers, DispatchExecutor executor)
    {
        this.clusters = requireNonNull(clusters, "clusters is null");
        this.operators = requireNonNull(operators, "operators is null");
        this.answers = requireNonNull(answers, "answers is null");
        this.executor = executor.getExecutor();
    }

    @GET
    @ResourceSecurity(MANAGEMENT_READ)
    @Produces(APPLICATION_JSON)
    public void getClusters(@Suspended AsyncResponse asyncResponse)
    {
        bindAsyncResponse(asyncResponse, clusters.report(), executor);
    }

    @GET
    @Path("{cluster}")
    @ResourceSecurity(MANAGEMENT_READ)
    @Produces(APPLICATION_JSON)
    public void getCluster(@PathParam("cluster") String cluster, @Suspended AsyncResponse asyncResponse)
    {
        FluentFuture<Response> response = FluentFuture.from(clusters.report())
                .transform(
                        report -> report.find(cluster)
                                .map(found -> Response.ok(found).build())
                                .orElseGet(() -> notFound(cluster, report)),
                        directExecutor());
        bindAsyncResponse(asyncResponse, response, executor);
    }

    @PUT
    @Path("{cluster}")
    @ResourceSecurity(MANAGEMENT_WRITE)
    @Consumes(APPLICATION_JSON)
    public void define(
            @PathParam("cluster") String cluster,
            byte[] properties,
            @Context HttpServletRequest request,
            @Context HttpHeaders headers,
            @Suspended AsyncResponse asyncResponse)
    {
        Optional<Map<String, String>> parsed = parseProperties(properties);
        if (parsed.isEmpty()) {
            asyncResponse.resume(Refusal.response(400, "The body has to be a JSON object of the cluster's properties, whose values are strings: {\"discovery.uri\": \"http://host:8080\"}"));
            return;
        }
        ClusterName name;
        try {
            name = new ClusterName(cluster);
        }
        catch (IllegalArgumentException e) {
            asyncResponse.resume(Refusal.response(400, e.getMessage()));
            return;
        }
        answer(clusters.order(name, operators.of(request, headers).orderDefinition(parsed)), asyncResponse);
    }

    @DELETE
    @Path("{cluster}")
    @ResourceSecurity(MANAGEMENT_WRITE)
    public void remove(
            @PathParam("cluster") String cluster,
            @Context HttpServletRequest request,
            @Context HttpHeaders headers,
            @Suspended AsyncResponse asyncResponse)
    {
        ifNameIsValid(cluster, asyncResponse, name -> answer(clusters.order(name, operators.of(request, headers).orderDefinition(Optional.empty())), asyncResponse));
    }

    @PUT
    @Path("{cluster}/state")
    @ResourceSecurity(MANAGEMENT_WRITE)
    @Consumes(APPLICATION_JSON)
    public void setState(
            @PathParam("cluster") String cluster,
            byte[] state,
            @Context HttpServletRequest request,
            @Context HttpHeaders headers,
            @Suspended AsyncResponse asyncResponse)
    {
        Optional<ClusterState> parsed = parseState(state);
        if (parsed.isEmpty()) {
            asyncResponse.resume(Refusal.response(400, "The body has to be the new state, as a JSON string: " +
                    Arrays.stream(ClusterState.values()).map("\"%s\""::formatted).collect(joining(", "))));
            return;
        }
        ifNameIsValid(cluster, asyncResponse, name -> answer(clusters.order(name, operators.of(request, headers).orderState(parsed)), asyncResponse));
    }

    @DELETE
    @Path("{cluster}/state")
    @ResourceSecurity(MANAGEMENT_WRITE)
    public void clearState(
            @PathParam("cluster") String cluster,
            @Context HttpServletRequest request,
            @Context HttpHeaders headers,
            @Suspended AsyncResponse asyncResponse)
    {
        ifNameIsValid(cluster, asyncResponse, name -> answer(clusters.order(name, operators.of(request, headers).orderState(Optional.empty())), asyncResponse));
    }

    private void answer(ListenableFuture<Void> order, AsyncResponse asyncResponse)
    {
        ListenableFuture<Response> response = FluentFuture.from(order).transform(_ -> Response.noContent().build(), directExecutor());
        bindAsyncResponse(asyncResponse, answers.explainFailure(response), executor);
    }

    private void ifNameIsValid(String cluster, AsyncResponse asyncResponse, Consumer<ClusterName> call)
    {
        if (ClusterName.isValid(cluster)) {
            call.accept(new ClusterName(cluster));
            return;
        }
        bindAsyncResponse(asyncResponse, FluentFuture.from(clusters.report()).transform(report -> notFound(cluster, report), directExecutor()), executor);
    }

    private static Optional<Map<String, String>> parseProperties(byte[] body)
    {
        try {
            return Optional.ofNullable(PROPERTIES_CODEC.fromJson(body)).filter(properties -> !properties.containsValue(null));
        }
        catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Optional<ClusterState> parseState(byte[] body)
    {
        try {
            return ClusterState.find(STRING_CODEC.fromJson(body));
        }
        catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Response notFound(String cluster, ClustersReport report)
    {
        return Refusal.response(404, noSuchCluster(cluster, report.clusters().stream().map(known -> known.name().value()).collect(joining(", "))));
    }
}
