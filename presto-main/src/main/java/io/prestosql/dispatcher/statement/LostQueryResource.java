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
package io.prestosql.dispatcher.statement;

import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.prestosql.dispatcher.admission.QueryLocations;
import io.prestosql.dispatcher.admission.QueryOutcome;
import io.prestosql.dispatcher.leader.LeaderRoutingQueueService;
import io.prestosql.fleet.Coordinators;
import io.prestosql.node.CoordinatorLink;
import io.prestosql.rpc.NotLeaderException;
import io.prestosql.rpc.RetryLater;
import io.trino.dispatcher.DispatchExecutor;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.server.ExternalUriInfo;
import io.trino.server.security.ResourceSecurity;
import io.trino.spi.QueryId;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HEAD;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.Suspended;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;

import java.util.Optional;

import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.jaxrs.AsyncResponseHandler.bindAsyncResponse;
import static io.prestosql.queue.core.QueryFailure.resultLost;
import static io.trino.server.security.ResourceSecurity.AccessType.PUBLIC;
import static jakarta.ws.rs.core.MediaType.APPLICATION_JSON;
import static java.util.Objects.requireNonNull;

/**
 * Answers for a query whose coordinator is dead, or that no coordinator is known to have. Only forwards within this process reach it.
 */
@Path("/v1/statement/lost")
@ResourceSecurity(PUBLIC)
public class LostQueryResource
{
    private final LeaderRoutingQueueService queue;
    private final Coordinators coordinators;
    private final QueryLocations locations;
    private final QueueResults queueResults;
    private final DispatchExecutor executor;

    @Inject
    public LostQueryResource(LeaderRoutingQueueService queue, Coordinators coordinators, QueryLocations locations, QueueResults queueResults, DispatchExecutor executor)
    {
        this.queue = requireNonNull(queue, "queue is null");
        this.coordinators = requireNonNull(coordinators, "coordinators is null");
        this.locations = requireNonNull(locations, "locations is null");
        this.queueResults = requireNonNull(queueResults, "queueResults is null");
        this.executor = requireNonNull(executor, "executor is null");
    }

    static String pathFor(String queryId)
    {
        return "/v1/statement/lost/" + queryId;
    }

    @GET
    @Path("{queryId}")
    @Produces(APPLICATION_JSON)
    public void getFailure(
            @PathParam("queryId") QueryId queryId,
            @BeanParam ExternalUriInfo externalUriInfo,
            @Context HttpServletRequest request,
            @Suspended AsyncResponse asyncResponse)
    {
        checkFromWithin(request);
        ListenableFuture<Response> response = FluentFuture.from(queue.outcome(queryId))
                .transform(
                        outcome -> outcome.flatMap(known -> failure(queryId, known))
                                .map(failure -> Response.ok(queueResults.failed(queryId, failure, outcome.orElseThrow().elapsedMillis(), outcome.orElseThrow().queuedMillis(), externalUriInfo)).build())
                                .orElseGet(LostQueryResource::tryAgain),
                        executor.getExecutor())
                .catching(NotLeaderException.class, _ -> tryAgain(), directExecutor());
        bindAsyncResponse(asyncResponse, response, executor.getExecutor());
    }

    /**
     * Returns the failure to tell the client. Empty when a coordinator may have the result: it is asked when the client comes back.
     */
    private Optional<ExecutionFailureInfo> failure(QueryId queryId, QueryOutcome outcome)
    {
        if (outcome.failure().isPresent()) {
            return outcome.failure();
        }
        CoordinatorLink coordinator = outcome.coordinator().orElseThrow();
        if (coordinators.isLost(coordinator.coordinator())) {
            // a running query is over only when the leader says so
            return outcome.over() ? Optional.of(resultLost(coordinator.id()).toExecutionFailure()) : Optional.empty();
        }
        find(queryId, coordinator);
        return Optional.empty();
    }

    /**
     * Notes where the query is. The coordinator may have reported the query before this dispatcher started, and does not report it again.
     */
    private void find(QueryId queryId, CoordinatorLink coordinator)
    {
        coordinators.follow(coordinator);
        locations.found(queryId, coordinator);
    }

    private static Response tryAgain()
    {
        return RetryLater.response().build();
    }

    @HEAD
    @Path("{queryId}")
    public void heartbeat(@PathParam("queryId") QueryId queryId, @Context HttpServletRequest request, @Suspended AsyncResponse asyncResponse)
    {
        checkFromWithin(request);
        known(queryId, Response.ok().build(), asyncResponse);
    }

    @DELETE
    @Path("{queryId}")
    public void cancel(@PathParam("queryId") QueryId queryId, @Context HttpServletRequest request, @Suspended AsyncResponse asyncResponse)
    {
        checkFromWithin(request);
        known(queryId, Response.noContent().build(), asyncResponse);
    }

    private void known(QueryId queryId, Response response, AsyncResponse asyncResponse)
    {
        ListenableFuture<Response> answer = FluentFuture.from(queue.outcome(queryId))
                .transform(outcome -> {
                    outcome.filter(known -> !known.over())
                            .flatMap(QueryOutcome::coordinator)
                            .ifPresent(coordinator -> find(queryId, coordinator));
                    return outcome.map(QueryOutcome::over).orElse(false) ? response : tryAgain();
                }, directExecutor())
                .catching(NotLeaderException.class, _ -> tryAgain(), directExecutor());
        bindAsyncResponse(asyncResponse, answer, executor.getExecutor());
    }

    private static void checkFromWithin(HttpServletRequest request)
    {
        if (request.getDispatcherType() == DispatcherType.REQUEST) {
            throw new NotFoundException("Query not found");
        }
    }
}
