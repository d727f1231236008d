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
package io.prestosql.dispatcher;

import com.google.common.collect.ImmutableList;
import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.prestosql.queue.QueryEnd;
import io.prestosql.queue.QueryFailure;
import io.trino.client.QueryData;
import io.trino.client.QueryResults;
import io.trino.client.StatementStats;
import io.trino.dispatcher.DispatchExecutor;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.execution.QueryState;
import io.trino.server.ExternalUriInfo;
import io.trino.server.protocol.QueryInfoUrlFactory;
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

import java.util.OptionalDouble;
import java.util.OptionalLong;

import static com.google.common.net.HttpHeaders.RETRY_AFTER;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.jaxrs.AsyncResponseHandler.bindAsyncResponse;
import static io.prestosql.dispatcher.DispatcherErrorCode.COORDINATOR_LOST;
import static io.prestosql.dispatcher.StatementResource.MAX_WAIT_MILLIS;
import static io.prestosql.dispatcher.StatementResource.toQueryError;
import static io.trino.server.protocol.QueryInfoUrlFactory.getQueryInfoUri;
import static io.trino.server.security.ResourceSecurity.AccessType.PUBLIC;
import static jakarta.ws.rs.core.MediaType.APPLICATION_JSON;
import static jakarta.ws.rs.core.Response.Status.SERVICE_UNAVAILABLE;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * Answers for a query whose coordinator is dead. Requests come here from within only.
 */
@Path("/v1/statement/lost")
@ResourceSecurity(PUBLIC)
public class LostQueryResource
{
    private final DispatcherQueue queue;
    private final QueryInfoUrlFactory queryInfoUrlFactory;
    private final DispatchExecutor executor;

    @Inject
    public LostQueryResource(DispatcherQueue queue, QueryInfoUrlFactory queryInfoUrlFactory, DispatchExecutor executor)
    {
        this.queue = requireNonNull(queue, "queue is null");
        this.queryInfoUrlFactory = requireNonNull(queryInfoUrlFactory, "queryInfoUrlFactory is null");
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
        ClientQuery query = findQuery(queryId, request);
        // this request may be faster than the news of the death, and the log has to have the end before the client may be told
        ListenableFuture<Response> response = FluentFuture.from(query.over())
                .withTimeout(MAX_WAIT_MILLIS, MILLISECONDS, executor.getScheduledExecutor())
                .transform(end -> failure(query, end, externalUriInfo), executor.getExecutor())
                .catching(Exception.class, _ -> Response.status(SERVICE_UNAVAILABLE).header(RETRY_AFTER, 1).build(), directExecutor());
        bindAsyncResponse(asyncResponse, response, executor.getExecutor());
    }

    private Response failure(ClientQuery query, QueryEnd end, ExternalUriInfo externalUriInfo)
    {
        QueryId queryId = query.queryId();
        ExecutionFailureInfo failure = end.failure()
                // it is over, but the client has not got all of the result, and cannot any more
                .orElseGet(() -> new QueryFailure(COORDINATOR_LOST, "Coordinator %s, which ran the query, is lost: it died before all of the result was read".formatted(end.coordinator().orElseThrow())))
                .toExecutionFailure();
        return Response.ok(new QueryResults(
                        queryId.toString(),
                        getQueryInfoUri(queryInfoUrlFactory.getQueryInfoUrl(queryId), queryId, externalUriInfo),
                        null,
                        null,
                        null,
                        QueryData.NULL,
                        StatementStats.builder()
                                .setState(QueryState.FAILED.toString())
                                .setProgressPercentage(OptionalDouble.empty())
                                .setRunningPercentage(OptionalDouble.empty())
                                .setElapsedTimeMillis(query.elapsedTime().toMillis())
                                .setQueuedTimeMillis(query.remoteQuery().map(remote -> remote.queuedTime().toMillis()).orElse(0L))
                                .build(),
                        toQueryError(queryId, failure),
                        ImmutableList.of(),
                        null,
                        OptionalLong.empty()))
                .build();
    }

    @HEAD
    @Path("{queryId}")
    public Response heartbeat(@PathParam("queryId") QueryId queryId, @Context HttpServletRequest request)
    {
        findQuery(queryId, request);
        return Response.ok().build();
    }

    @DELETE
    @Path("{queryId}")
    public Response cancel(@PathParam("queryId") QueryId queryId, @Context HttpServletRequest request)
    {
        findQuery(queryId, request);
        return Response.noContent().build();
    }

    private ClientQuery findQuery(QueryId queryId, HttpServletRequest request)
    {
        if (request.getDispatcherType() == DispatcherType.REQUEST) {
            throw new NotFoundException("Query not found");
        }
        return queue.get(queryId)
                .orElseThrow(() -> new NotFoundException("Query not found"));
    }
}
