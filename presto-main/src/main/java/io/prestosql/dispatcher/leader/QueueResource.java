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

import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.airlift.units.Duration;
import io.prestosql.cluster.CallingCluster;
import io.prestosql.cluster.OpenToClusters;
import io.prestosql.dispatcher.admission.QueryOutcome;
import io.prestosql.dispatcher.admission.QuerySubmission;
import io.prestosql.protocol.SubmittedQuery;
import io.prestosql.queries.ListTexts;
import io.prestosql.queries.QueryDetails;
import io.prestosql.queries.QueueView;
import io.prestosql.queries.ViewedQuery;
import io.prestosql.queue.QueryTooLargeException;
import io.prestosql.rpc.NotLeaderException;
import io.prestosql.rpc.Refusal;
import io.prestosql.rpc.TraceContext;
import io.trino.dispatcher.DispatchExecutor;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.server.security.ResourceSecurity;
import io.trino.spi.QueryId;
import jakarta.ws.rs.BadRequestException;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.Suspended;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

import static com.google.common.util.concurrent.Futures.immediateFailedFuture;
import static com.google.common.util.concurrent.Futures.transform;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.jaxrs.AsyncResponseHandler.bindAsyncResponse;
import static io.prestosql.dispatcher.leader.QueueService.MAX_WAIT;
import static io.trino.server.security.ResourceSecurity.AccessType.INTERNAL_ONLY;
import static jakarta.ws.rs.core.MediaType.APPLICATION_JSON;
import static java.lang.Math.clamp;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * Serves the queue to other dispatchers, for their clients, and to coordinators, which show it. Every call needs the cluster's shared secret.
 * Status 421 says that this dispatcher does not lead, and that the call has done nothing.
 */
@Path("/v1/queue/query")
@ResourceSecurity(INTERNAL_ONLY)
public class QueueResource
{
    private final LocalQueueService queue;
    private final Executor executor;

    @Inject
    public QueueResource(LocalQueueService queue, DispatchExecutor executor)
    {
        this.queue = requireNonNull(queue, "queue is null");
        this.executor = executor.getExecutor();
    }

    @PUT
    @Path("{queryId}")
    @Consumes(APPLICATION_JSON)
    @Produces(APPLICATION_JSON)
    public void submit(@PathParam("queryId") QueryId queryId, SubmittedQuery query, @Suspended AsyncResponse asyncResponse)
    {
        if (query == null) {
            throw new BadRequestException("Query is missing");
        }
        answer(asyncResponse, () -> queue.submit(new QuerySubmission(queryId, query, Optional.empty(), TraceContext.toSpan(query.traceContext()))));
    }

    @GET
    @Path("{queryId}/client/{slug}/{token}")
    @Produces(APPLICATION_JSON)
    public void poll(
            @PathParam("queryId") QueryId queryId,
            @PathParam("slug") String slug,
            @PathParam("token") long token,
            @QueryParam("wait") @DefaultValue("0ms") Duration wait,
            @Suspended AsyncResponse asyncResponse)
    {
        Duration maxWait = new Duration(clamp(wait.toMillis(), 0, MAX_WAIT.toMillis()), MILLISECONDS);
        answer(asyncResponse, () -> queue.poll(queryId, slug, token, maxWait));
    }

    @DELETE
    @Path("{queryId}/client/{slug}/{token}")
    public void cancel(
            @PathParam("queryId") QueryId queryId,
            @PathParam("slug") String slug,
            @PathParam("token") long token,
            @Suspended AsyncResponse asyncResponse)
    {
        answer(asyncResponse, () -> queue.cancel(queryId, slug, token));
    }

    @GET
    @Path("{queryId}/outcome")
    @Produces(APPLICATION_JSON)
    public void outcome(@PathParam("queryId") QueryId queryId, @Suspended AsyncResponse asyncResponse)
    {
        this.<Optional<QueryOutcome>>answer(asyncResponse, () -> queue.outcome(queryId));
    }

    @GET
    @OpenToClusters
    @Produces(APPLICATION_JSON)
    public void getQueries(@Context ContainerRequestContext request, @Suspended AsyncResponse asyncResponse)
    {
        QueueView view = viewOf(request);
        this.<List<ViewedQuery>>answer(asyncResponse, () -> transform(view.getQueries(), ListTexts::bounded, directExecutor()));
    }

    @GET
    @OpenToClusters
    @Path("{queryId}")
    @Produces(APPLICATION_JSON)
    public void getQuery(@PathParam("queryId") QueryId queryId, @Context ContainerRequestContext request, @Suspended AsyncResponse asyncResponse)
    {
        QueueView view = viewOf(request);
        this.<Optional<ViewedQuery>>answer(asyncResponse, () -> view.findQuery(queryId));
    }

    @GET
    @OpenToClusters
    @Path("{queryId}/info")
    @Produces(APPLICATION_JSON)
    public void getQueryInfo(
            @PathParam("queryId") QueryId queryId,
            @QueryParam("pruned") @DefaultValue("false") boolean pruned,
            @Context ContainerRequestContext request,
            @Suspended AsyncResponse asyncResponse)
    {
        QueueView view = viewOf(request);
        this.<Optional<QueryDetails>>answer(asyncResponse, () -> view.findDetails(queryId, pruned));
    }

    @PUT
    @OpenToClusters
    @Path("{queryId}/failure")
    @Consumes(APPLICATION_JSON)
    public void fail(@PathParam("queryId") QueryId queryId, ExecutionFailureInfo reason, @Context ContainerRequestContext request, @Suspended AsyncResponse asyncResponse)
    {
        if (reason == null) {
            throw new BadRequestException("Reason is missing");
        }
        QueueView view = viewOf(request);
        answer(asyncResponse, () -> view.fail(queryId, reason));
    }

    /**
     * Returns the queue as the calling node may see it.
     */
    private QueueView viewOf(ContainerRequestContext request)
    {
        return CallingCluster.of(request)
                .<QueueView>map(cluster -> new ClusterQueueView(queue, cluster))
                .orElse(queue);
    }

    private <T> void answer(AsyncResponse asyncResponse, Supplier<ListenableFuture<T>> call)
    {
        ListenableFuture<T> answer;
        try {
            answer = call.get();
        }
        catch (RuntimeException e) {
            answer = immediateFailedFuture(e);
        }
        FluentFuture<Response> response = FluentFuture.from(answer)
                .transform(value -> value == null ? Response.noContent().build() : Response.ok(value).build(), directExecutor())
                .catching(NotLeaderException.class, _ -> NotLeaderException.response(), directExecutor())
                .catching(QueryTooLargeException.class, failure -> Refusal.response(Response.Status.REQUEST_ENTITY_TOO_LARGE.getStatusCode(), failure.getMessage()), directExecutor());
        bindAsyncResponse(asyncResponse, response, executor);
    }
}
