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
package io.prestosql.operations;

import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.prestosql.cluster.ClusterState;
import io.prestosql.dispatcher.clusters.LeaderClusters;
import io.prestosql.dispatcher.clusters.Operators;
import io.prestosql.dispatcher.clusters.OrderAnswers;
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
import java.util.Optional;
import java.util.concurrent.Executor;

import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.jaxrs.AsyncResponseHandler.bindAsyncResponse;
import static io.trino.server.security.ResourceSecurity.AccessType.WEB_UI;
import static jakarta.ws.rs.core.MediaType.APPLICATION_JSON;
import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

/**
 * Takes operators' orders for clusters from the page for operators, as {@code /v1/clusters} takes them from other clients. The Web UI has a
 * log-in of its own, by a cookie, so this asks for the right to give orders, and for a request of the page itself.
 */
@Path("/ui/api/operations")
@ResourceSecurity(WEB_UI)
@DisableHttpCache
public class OperationsOrderResource
{
    private final OperatorRights rights;
    private final Operators operators;
    private final LeaderClusters clusters;
    private final OrderAnswers answers;
    private final Executor executor;

    @Inject
    public OperationsOrderResource(OperatorRights rights, Operators operators, LeaderClusters clusters, OrderAnswers answers, DispatchExecutor executor)
    {
        this.rights = requireNonNull(rights, "rights is null");
        this.operators = requireNonNull(operators, "operators is null");
        this.clusters = requireNonNull(clusters, "clusters is null");
        this.answers = requireNonNull(answers, "answers is null");
        this.executor = executor.getExecutor();
    }

    /**
     * What the user may do, by which the page shows its parts.
     */
    public record PageRights(String user, boolean seeChanges, boolean giveOrders)
    {
        public PageRights
        {
            requireNonNull(user, "user is null");
        }
    }

    /**
     * @param state the name of a {@link ClusterState}
     */
    public record NewState(String state) {}

    @GET
    @Path("right")
    @Produces(APPLICATION_JSON)
    public PageRights getRights(@Context HttpServletRequest request, @Context HttpHeaders headers)
    {
        return new PageRights(operators.of(request, headers).user(), rights.mayRead(request, headers), rights.mayWrite(request, headers));
    }

    @PUT
    @Path("cluster/{cluster}/state")
    @Consumes(APPLICATION_JSON)
    public void setState(
            @PathParam("cluster") String cluster,
            NewState newState,
            @Context HttpServletRequest request,
            @Context HttpHeaders headers,
            @Suspended AsyncResponse asyncResponse)
    {
        Optional<ClusterState> state = Optional.ofNullable(newState).flatMap(order -> ClusterState.find(order.state()));
        if (state.isEmpty()) {
            asyncResponse.resume(Refusal.response(400, "The body has to have the new state: " + Arrays.stream(ClusterState.values())
                    .map("{\"state\": \"%s\"}"::formatted)
                    .collect(joining(", "))));
            return;
        }
        order(cluster, state, request, headers, asyncResponse);
    }

    @DELETE
    @Path("cluster/{cluster}/state")
    public void clearState(
            @PathParam("cluster") String cluster,
            @Context HttpServletRequest request,
            @Context HttpHeaders headers,
            @Suspended AsyncResponse asyncResponse)
    {
        order(cluster, Optional.empty(), request, headers, asyncResponse);
    }

    private void order(String cluster, Optional<ClusterState> state, HttpServletRequest request, HttpHeaders headers, AsyncResponse asyncResponse)
    {
        Optional<Response> refusal = PageRequests.refusal(request).map(reason -> Refusal.response(403, reason))
                .or(() -> rights.mayWrite(request, headers) ?
                        Optional.empty() :
                        Optional.of(Refusal.response(403, "User %s may not change clusters: that needs the right to write system information".formatted(operators.of(request, headers).user()))))
                .or(() -> ClusterName.isValid(cluster) ? Optional.empty() : Optional.of(Refusal.response(404, "There is no cluster '%s'".formatted(cluster))));
        if (refusal.isPresent()) {
            asyncResponse.resume(refusal.get());
            return;
        }
        ListenableFuture<Response> response = FluentFuture.from(clusters.order(new ClusterName(cluster), operators.of(request, headers).orderState(state)))
                .transform(_ -> Response.noContent().build(), directExecutor());
        bindAsyncResponse(asyncResponse, answers.explainFailure(response), executor);
    }
}
