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

import com.google.common.primitives.Ints;
import com.google.common.util.concurrent.FluentFuture;
import com.google.inject.Inject;
import io.prestosql.dispatcher.leader.LeaderCalls;
import io.prestosql.dispatcher.leader.LeaderProblem;
import io.prestosql.rpc.RetryLater;
import io.trino.dispatcher.DispatchExecutor;
import io.trino.server.DisableHttpCache;
import io.trino.server.security.ResourceSecurity;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.Suspended;
import jakarta.ws.rs.core.Response;

import java.util.concurrent.Executor;

import static com.google.common.util.concurrent.Futures.immediateFuture;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.jaxrs.AsyncResponseHandler.bindAsyncResponse;
import static io.trino.server.security.ResourceSecurity.AccessType.MANAGEMENT_READ;
import static jakarta.ws.rs.core.MediaType.APPLICATION_JSON;
import static jakarta.ws.rs.core.MediaType.TEXT_PLAIN;
import static jakarta.ws.rs.core.Response.Status.BAD_REQUEST;
import static java.util.Objects.requireNonNull;

/**
 * Shows operators' changes of clusters to operators, the newest first. Each dispatcher answers for the one that leads.
 */
@Path("/v1/cluster-changes")
@ResourceSecurity(MANAGEMENT_READ)
@DisableHttpCache
public class ClusterChangesResource
{
    private static final int MAX_LIMIT = 10_000;

    private final ClusterChanges changes;
    private final LeaderClustersClient client;
    private final LeaderCalls leader;
    private final LeaderProblem leaderProblem;
    private final Executor executor;

    @Inject
    public ClusterChangesResource(ClusterChanges changes, LeaderClustersClient client, LeaderCalls leader, LeaderProblem leaderProblem, DispatchExecutor executor)
    {
        this.changes = requireNonNull(changes, "changes is null");
        this.client = requireNonNull(client, "client is null");
        this.leader = requireNonNull(leader, "leader is null");
        this.leaderProblem = requireNonNull(leaderProblem, "leaderProblem is null");
        this.executor = executor.getExecutor();
    }

    @GET
    @Produces(APPLICATION_JSON)
    public void getChanges(@QueryParam("limit") @DefaultValue("100") String limit, @Suspended AsyncResponse asyncResponse)
    {
        Integer count = Ints.tryParse(limit);
        if (count == null || count < 1 || count > MAX_LIMIT) {
            asyncResponse.resume(Response.status(BAD_REQUEST).type(TEXT_PLAIN).entity("limit has to be a number from 1 to %s".formatted(MAX_LIMIT)).build());
            return;
        }
        FluentFuture<Response> response = FluentFuture.from(leader.callOnce(() -> immediateFuture(changes.last(count)), address -> client.getChanges(address, count)))
                .transform(found -> Response.ok(found).build(), directExecutor())
                .catching(Exception.class, _ -> RetryLater.response(leaderProblem.explain() + ". Only the dispatcher that leads knows the changes of clusters"), directExecutor());
        bindAsyncResponse(asyncResponse, response, executor);
    }
}
