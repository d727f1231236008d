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

import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.prestosql.cluster.CallingCluster;
import io.prestosql.cluster.OpenToClusters;
import io.prestosql.node.ClusterName;
import io.prestosql.node.QualifiedNodeId;
import io.prestosql.queries.QueryKiller.Outcome;
import io.prestosql.rpc.NotLeaderException;
import io.prestosql.rpc.Refusal;
import io.prestosql.rpc.RetryLater;
import io.trino.dispatcher.DispatchExecutor;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.security.AccessControl;
import io.trino.server.security.ResourceSecurity;
import io.trino.spi.QueryId;
import io.trino.spi.security.AccessDeniedException;
import io.trino.spi.security.Identity;
import jakarta.ws.rs.BadRequestException;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.ForbiddenException;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.Suspended;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;

import java.util.Optional;
import java.util.concurrent.Executor;

import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.jaxrs.AsyncResponseHandler.bindAsyncResponse;
import static io.trino.security.AccessControlUtil.checkCanKillQueryOwnedBy;
import static io.trino.server.security.ResourceSecurity.AccessType.INTERNAL_ONLY;
import static jakarta.ws.rs.core.MediaType.APPLICATION_JSON;
import static java.util.Objects.requireNonNull;

/**
 * Kills a query by order of another one, {@code CALL system.runtime.kill_query}, which runs in a cluster that does not see the first.
 * <p>
 * The nodes of a cluster may not act as any user. So the call only names the query that gives the order. It has to run in the calling cluster,
 * and its statement has to name the query that it kills; its user, as the client has submitted it, has to be allowed to.
 */
@Path("/v1/kill")
@ResourceSecurity(INTERNAL_ONLY)
public class KillByQueryResource
{
    private final QueueView queue;
    private final QueryKiller killer;
    private final AccessControl accessControl;
    private final Executor executor;

    @Inject
    public KillByQueryResource(QueueView queue, QueryKiller killer, AccessControl accessControl, DispatchExecutor executor)
    {
        this.queue = requireNonNull(queue, "queue is null");
        this.killer = requireNonNull(killer, "killer is null");
        this.accessControl = requireNonNull(accessControl, "accessControl is null");
        this.executor = executor.getExecutor();
    }

    @PUT
    @OpenToClusters
    @Path("{queryId}/by/{killerId}")
    @Consumes(APPLICATION_JSON)
    @Produces(APPLICATION_JSON)
    public void kill(
            @PathParam("queryId") QueryId queryId,
            @PathParam("killerId") QueryId killerId,
            ExecutionFailureInfo reason,
            @Context ContainerRequestContext request,
            @Suspended AsyncResponse asyncResponse)
    {
        if (reason == null) {
            throw new BadRequestException("Reason is missing");
        }
        Optional<ClusterName> cluster = CallingCluster.of(request);
        FluentFuture<Response> response = FluentFuture.from(queue.findQuery(killerId))
                .transformAsync(found -> kill(queryId, reason, user(found, killerId, queryId, cluster)), executor)
                .transform(outcome -> Response.ok(outcome.value()).build(), directExecutor())
                .catching(NotLeaderException.class, _ -> RetryLater.response("No dispatcher leads the queue at the moment"), directExecutor())
                .catching(AccessDeniedException.class, KillByQueryResource::forbidden, directExecutor())
                .catching(ForbiddenException.class, KillByQueryResource::forbidden, directExecutor());
        bindAsyncResponse(asyncResponse, response, executor);
    }

    /**
     * Returns whether the calling node may stop only the queries that run in its cluster.
     */
    @GET
    @OpenToClusters
    @Path("limited")
    @Produces(APPLICATION_JSON)
    public boolean isLimitedToOwnCluster(@Context ContainerRequestContext request)
    {
        return CallingCluster.of(request).isPresent();
    }

    private static Response forbidden(Exception reason)
    {
        return Refusal.response(403, reason.getMessage());
    }

    private ListenableFuture<View<Outcome>> kill(QueryId queryId, ExecutionFailureInfo reason, Identity user)
    {
        return killer.kill(queryId, reason, owner -> checkCanKillQueryOwnedBy(user, owner, accessControl));
    }

    private static Identity user(Optional<ViewedQuery> found, QueryId killerId, QueryId queryId, Optional<ClusterName> cluster)
    {
        ViewedQuery query = found
                .filter(known -> !known.info().getState().isDone())
                .filter(known -> runsIn(known, cluster))
                .orElseThrow(() -> new ForbiddenException("Query %s does not run in cluster %s".formatted(killerId, cluster.orElse(ClusterName.DEFAULT))));
        if (!query.info().getQuery().contains(queryId.toString())) {
            throw new ForbiddenException("Query %s does not name query %s in its statement".formatted(killerId, queryId));
        }
        return query.info().getSession().toIdentity();
    }

    private static boolean runsIn(ViewedQuery query, Optional<ClusterName> cluster)
    {
        return query.coordinator().isPresent() &&
                cluster.map(QualifiedNodeId.parse(query.coordinator().get()).cluster()::equals).orElse(true);
    }
}
