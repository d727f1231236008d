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
package io.prestosql.dispatcher.gateway;

import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.prestosql.dispatcher.clusters.LeaderClusters;
import io.prestosql.dispatcher.clusters.Operator;
import io.prestosql.dispatcher.clusters.Operators;
import io.prestosql.dispatcher.clusters.OrderAnswers;
import io.prestosql.rpc.Refusal;
import io.trino.dispatcher.DispatchExecutor;
import io.trino.server.DisableHttpCache;
import io.trino.server.security.ResourceSecurity;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.Suspended;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Function;

import static com.google.common.base.CharMatcher.is;
import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.jaxrs.AsyncResponseHandler.bindAsyncResponse;
import static io.trino.server.security.ResourceSecurity.AccessType.MANAGEMENT_READ;
import static io.trino.server.security.ResourceSecurity.AccessType.MANAGEMENT_WRITE;
import static jakarta.ws.rs.core.MediaType.APPLICATION_JSON;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

/**
 * Shows the clusters to scripts for Trino Gateway, and takes their orders. Paths, JSON and statuses are those of Trino Gateway.
 */
@Path("/gateway")
@DisableHttpCache
public class BackendResource
{
    private final LeaderClusters clusters;
    private final BackendOrders orders;
    private final Operators operators;
    private final OrderAnswers answers;
    private final Executor executor;

    @Inject
    public BackendResource(LeaderClusters clusters, BackendOrders orders, Operators operators, OrderAnswers answers, DispatchExecutor executor)
    {
        this.clusters = requireNonNull(clusters, "clusters is null");
        this.orders = requireNonNull(orders, "orders is null");
        this.operators = requireNonNull(operators, "operators is null");
        this.answers = requireNonNull(answers, "answers is null");
        this.executor = executor.getExecutor();
    }

    @GET
    @ResourceSecurity(MANAGEMENT_READ)
    public String getOk()
    {
        return "ok";
    }

    @GET
    @Path("backend/all")
    @ResourceSecurity(MANAGEMENT_READ)
    @Produces(APPLICATION_JSON)
    public void getBackends(@Suspended AsyncResponse asyncResponse)
    {
        bindAsyncResponse(asyncResponse, backends(), executor);
    }

    @GET
    @Path("backend/active")
    @ResourceSecurity(MANAGEMENT_READ)
    @Produces(APPLICATION_JSON)
    public void getActiveBackends(@Suspended AsyncResponse asyncResponse)
    {
        FluentFuture<List<Backend>> active = FluentFuture.from(backends())
                .transform(backends -> backends.stream().filter(Backend::active).collect(toImmutableList()), directExecutor());
        bindAsyncResponse(asyncResponse, active, executor);
    }

    @POST
    @Path("backend/activate/{name}")
    @ResourceSecurity(MANAGEMENT_WRITE)
    @RefusedToOtherSites
    public void activate(@PathParam("name") String name, @Context HttpServletRequest request, @Context HttpHeaders headers, @Suspended AsyncResponse asyncResponse)
    {
        answer(orders.setActive(name, true, operators.of(request, headers)), Response.ok(), asyncResponse);
    }

    @POST
    @Path("backend/deactivate/{name}")
    @ResourceSecurity(MANAGEMENT_WRITE)
    @RefusedToOtherSites
    public void deactivate(@PathParam("name") String name, @Context HttpServletRequest request, @Context HttpHeaders headers, @Suspended AsyncResponse asyncResponse)
    {
        answer(orders.setActive(name, false, operators.of(request, headers)), Response.ok(), asyncResponse);
    }

    @POST
    @Path("backend/modify/add")
    @ResourceSecurity(MANAGEMENT_WRITE)
    @RefusedToOtherSites
    @Consumes(APPLICATION_JSON)
    @Produces(APPLICATION_JSON)
    public void add(
            byte[] body,
            @QueryParam("template") String template,
            @Context HttpServletRequest request,
            @Context HttpHeaders headers,
            @Suspended AsyncResponse asyncResponse)
    {
        Operator operator = operators.of(request, headers);
        modify(body, backend -> orders.add(backend, Optional.ofNullable(template), operator), asyncResponse);
    }

    @POST
    @Path("backend/modify/update")
    @ResourceSecurity(MANAGEMENT_WRITE)
    @RefusedToOtherSites
    @Consumes(APPLICATION_JSON)
    @Produces(APPLICATION_JSON)
    public void update(
            byte[] body,
            @QueryParam("template") String template,
            @Context HttpServletRequest request,
            @Context HttpHeaders headers,
            @Suspended AsyncResponse asyncResponse)
    {
        Operator operator = operators.of(request, headers);
        modify(body, backend -> orders.update(backend, Optional.ofNullable(template), operator), asyncResponse);
    }

    /**
     * @param body the bare name; its content type is not looked at, as {@code curl -d} calls it a form
     */
    @POST
    @Path("backend/modify/delete")
    @ResourceSecurity(MANAGEMENT_WRITE)
    @RefusedToOtherSites
    public void delete(byte[] body, @Context HttpServletRequest request, @Context HttpHeaders headers, @Suspended AsyncResponse asyncResponse)
    {
        String name = is('"').trimFrom(new String(body, UTF_8).strip());
        answer(orders.delete(name, operators.of(request, headers)), Response.ok(), asyncResponse);
    }

    private void modify(byte[] body, Function<Backend, ListenableFuture<Void>> order, AsyncResponse asyncResponse)
    {
        Backend backend;
        try {
            backend = Backend.parse(body);
        }
        catch (IllegalArgumentException e) {
            asyncResponse.resume(Refusal.response(400, e.getMessage()));
            return;
        }
        answer(order.apply(backend), Response.ok(backend), asyncResponse);
    }

    private void answer(ListenableFuture<Void> order, Response.ResponseBuilder success, AsyncResponse asyncResponse)
    {
        ListenableFuture<Response> response = FluentFuture.from(order).transform(_ -> success.build(), directExecutor());
        bindAsyncResponse(asyncResponse, answers.explainFailure(response), executor);
    }

    private ListenableFuture<List<Backend>> backends()
    {
        return FluentFuture.from(clusters.report()).transform(Backend::allOf, directExecutor());
    }
}
