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
import io.prestosql.dispatcher.leader.LeaderCalls;
import io.prestosql.dispatcher.leader.LeaderProblem;
import io.prestosql.node.ClusterName;
import io.prestosql.rpc.NotLeaderException;
import io.prestosql.rpc.RetryLater;
import io.trino.dispatcher.DispatchExecutor;
import io.trino.server.DisableHttpCache;
import io.trino.server.HttpRequestSessionContextFactory;
import io.trino.server.security.ResourceSecurity;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.WebApplicationException;
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

import static com.google.common.util.concurrent.Futures.immediateFuture;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.jaxrs.AsyncResponseHandler.bindAsyncResponse;
import static io.prestosql.dispatcher.clusters.OrderedStates.noSuchCluster;
import static io.trino.server.security.ResourceSecurity.AccessType.MANAGEMENT_READ;
import static io.trino.server.security.ResourceSecurity.AccessType.MANAGEMENT_WRITE;
import static jakarta.ws.rs.core.MediaType.APPLICATION_JSON;
import static jakarta.ws.rs.core.MediaType.TEXT_PLAIN;
import static jakarta.ws.rs.core.Response.Status.BAD_REQUEST;
import static jakarta.ws.rs.core.Response.Status.NOT_FOUND;
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

    private final ClusterReporter reporter;
    private final OrderedStates states;
    private final OrderedDefinitions definitions;
    private final LeaderClustersClient client;
    private final LeaderCalls leader;
    private final LeaderProblem leaderProblem;
    private final HttpRequestSessionContextFactory sessionContextFactory;
    private final Executor executor;

    @Inject
    public ClustersResource(
            ClusterReporter reporter,
            OrderedStates states,
            OrderedDefinitions definitions,
            LeaderClustersClient client,
            LeaderCalls leader,
            LeaderProblem leaderProblem,
            HttpRequestSessionContextFactory sessionContextFactory,
            DispatchExecutor executor)
    {
        this.reporter = requireNonNull(reporter, "reporter is null");
        this.states = requireNonNull(states, "states is null");
        this.definitions = requireNonNull(definitions, "definitions is null");
        this.client = requireNonNull(client, "client is null");
        this.leader = requireNonNull(leader, "leader is null");
        this.leaderProblem = requireNonNull(leaderProblem, "leaderProblem is null");
        this.sessionContextFactory = requireNonNull(sessionContextFactory, "sessionContextFactory is null");
        this.executor = executor.getExecutor();
    }

    @GET
    @ResourceSecurity(MANAGEMENT_READ)
    @Produces(APPLICATION_JSON)
    public void getClusters(@Suspended AsyncResponse asyncResponse)
    {
        bindAsyncResponse(asyncResponse, report(), executor);
    }

    @GET
    @Path("{cluster}")
    @ResourceSecurity(MANAGEMENT_READ)
    @Produces(APPLICATION_JSON)
    public void getCluster(@PathParam("cluster") String cluster, @Suspended AsyncResponse asyncResponse)
    {
        FluentFuture<Response> response = FluentFuture.from(report())
                .transform(
                        report -> report.clusters().stream()
                                .filter(found -> found.name().value().equals(cluster))
                                .findFirst()
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
            asyncResponse.resume(refusal(BAD_REQUEST, "The body has to be a JSON object of the cluster's properties, whose values are strings: {\"discovery.uri\": \"http://host:8080\"}"));
            return;
        }
        ClusterName name;
        try {
            name = new ClusterName(cluster);
        }
        catch (IllegalArgumentException e) {
            asyncResponse.resume(refusal(BAD_REQUEST, e.getMessage()));
            return;
        }
        order(name, new DefinitionOrder(parsed, user(request, headers), address(request)), asyncResponse);
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
        ifNameIsValid(cluster, asyncResponse, name -> order(name, new DefinitionOrder(Optional.empty(), user(request, headers), address(request)), asyncResponse));
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
            asyncResponse.resume(refusal(BAD_REQUEST, "The body has to be the new state, as a JSON string: " +
                    Arrays.stream(ClusterState.values()).map("\"%s\""::formatted).collect(joining(", "))));
            return;
        }
        ifNameIsValid(cluster, asyncResponse, name -> order(name, new StateOrder(parsed, user(request, headers), address(request)), asyncResponse));
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
        ifNameIsValid(cluster, asyncResponse, name -> order(name, new StateOrder(Optional.empty(), user(request, headers), address(request)), asyncResponse));
    }

    private void order(ClusterName cluster, StateOrder order, AsyncResponse asyncResponse)
    {
        answer(leader.call(() -> states.carryOut(cluster, order), address -> client.order(address, cluster, order)), asyncResponse);
    }

    private void order(ClusterName cluster, DefinitionOrder order, AsyncResponse asyncResponse)
    {
        answer(leader.call(() -> definitions.carryOut(cluster, order), address -> client.order(address, cluster, order)), asyncResponse);
    }

    private void answer(ListenableFuture<Void> order, AsyncResponse asyncResponse)
    {
        FluentFuture<Response> response = FluentFuture.from(order)
                .transform(_ -> Response.noContent().build(), directExecutor())
                .catching(WebApplicationException.class, failure -> refusal(Response.Status.fromStatusCode(failure.getResponse().getStatus()), failure.getMessage()), directExecutor())
                .catching(NotLeaderException.class, _ -> RetryLater.response(leaderProblem.explain() + ". It is not certain whether the order counts"), directExecutor());
        bindAsyncResponse(asyncResponse, response, executor);
    }

    private void ifNameIsValid(String cluster, AsyncResponse asyncResponse, Consumer<ClusterName> call)
    {
        if (ClusterName.isValid(cluster)) {
            call.accept(new ClusterName(cluster));
            return;
        }
        bindAsyncResponse(asyncResponse, FluentFuture.from(report()).transform(report -> notFound(cluster, report), directExecutor()), executor);
    }

    private String user(HttpServletRequest request, HttpHeaders headers)
    {
        return sessionContextFactory.extractAuthorizedIdentity(request, headers).getUser();
    }

    private static Optional<String> address(HttpServletRequest request)
    {
        return Optional.ofNullable(request.getRemoteAddr());
    }

    /**
     * Returns the leader's view of the clusters, or that of this dispatcher when no leader answers.
     */
    private ListenableFuture<ClustersReport> report()
    {
        return FluentFuture.from(leader.callOnce(() -> immediateFuture(reporter.createReport()), client::getClusters))
                .catching(Exception.class, _ -> reporter.createReport(), directExecutor());
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
        String name;
        try {
            name = STRING_CODEC.fromJson(body);
        }
        catch (IllegalArgumentException e) {
            return Optional.empty();
        }
        return Arrays.stream(ClusterState.values())
                .filter(state -> state.name().equals(name))
                .findFirst();
    }

    private static Response notFound(String cluster, ClustersReport report)
    {
        return refusal(NOT_FOUND, noSuchCluster(cluster, report.clusters().stream().map(known -> known.name().value()).collect(joining(", "))));
    }

    private static Response refusal(Response.Status status, String reason)
    {
        return Response.status(status).type(TEXT_PLAIN).entity(reason).build();
    }
}
