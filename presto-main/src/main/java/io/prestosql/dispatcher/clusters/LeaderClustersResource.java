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
import io.prestosql.node.ClusterName;
import io.prestosql.queue.QueueDriver;
import io.prestosql.rpc.NotLeaderException;
import io.prestosql.rpc.Refusal;
import io.trino.dispatcher.DispatchExecutor;
import io.trino.server.security.ResourceSecurity;
import jakarta.ws.rs.BadRequestException;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.Suspended;
import jakarta.ws.rs.core.Response;

import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Executor;

import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.jaxrs.AsyncResponseHandler.bindAsyncResponse;
import static io.trino.server.security.ResourceSecurity.AccessType.INTERNAL_ONLY;
import static jakarta.ws.rs.core.MediaType.APPLICATION_JSON;
import static java.util.Objects.requireNonNull;

/**
 * Serves what the leader knows of the clusters to the other dispatchers, and takes the orders that operators have given to them. Every call
 * needs the dispatchers' secret. Status 421 says that this dispatcher does not lead, and that the call has done nothing.
 */
@Path("/v1/queue/cluster")
@ResourceSecurity(INTERNAL_ONLY)
public class LeaderClustersResource
{
    private final QueueDriver driver;
    private final ClusterReporter reporter;
    private final OrderedStates states;
    private final OrderedDefinitions definitions;
    private final ClusterOrders orders;
    private final ClusterChanges changes;
    private final DefinitionDifferences differences;
    private final LastingRecordReaders readers;
    private final Executor executor;

    @Inject
    public LeaderClustersResource(
            QueueDriver driver,
            ClusterReporter reporter,
            OrderedStates states,
            OrderedDefinitions definitions,
            ClusterOrders orders,
            ClusterChanges changes,
            DefinitionDifferences differences,
            LastingRecordReaders readers,
            DispatchExecutor executor)
    {
        this.driver = requireNonNull(driver, "driver is null");
        this.reporter = requireNonNull(reporter, "reporter is null");
        this.states = requireNonNull(states, "states is null");
        this.definitions = requireNonNull(definitions, "definitions is null");
        this.orders = requireNonNull(orders, "orders is null");
        this.changes = requireNonNull(changes, "changes is null");
        this.differences = requireNonNull(differences, "differences is null");
        this.readers = requireNonNull(readers, "readers is null");
        this.executor = executor.getExecutor();
    }

    @GET
    @Produces(APPLICATION_JSON)
    public Response getClusters()
    {
        ClustersReport report = reporter.createReport();
        return report.leader().isPresent() ? Response.ok(report).build() : NotLeaderException.response();
    }

    /**
     * @param dispatcher the node id of the dispatcher that asks, by which it says that it can read lasting records; null if it does not say
     */
    @GET
    @Path("order")
    @Produces(APPLICATION_JSON)
    public Response getOrders(@QueryParam("dispatcher") String dispatcher)
    {
        // read first: what a later leader knows may be told as an earlier one's, but not the other way round
        OptionalLong epoch = driver.getEpoch();
        if (epoch.isEmpty()) {
            return NotLeaderException.response();
        }
        if (dispatcher != null) {
            readers.asked(dispatcher);
        }
        return Response.ok(new OrdersReport(epoch.getAsLong(), states.states(), definitions.definitions(), readers.agesMillis())).build();
    }

    @GET
    @Path("change")
    @Produces(APPLICATION_JSON)
    public Response getChanges(@QueryParam("limit") int limit)
    {
        List<ClusterChange> last = changes.last(limit);
        return driver.getEpoch().isPresent() ? Response.ok(last).build() : NotLeaderException.response();
    }

    /**
     * Takes the definitions in the files of a dispatcher that does not lead.
     */
    @PUT
    @Path("file")
    @Consumes(APPLICATION_JSON)
    public Response tell(DefinitionsReport report)
    {
        if (report == null) {
            throw new BadRequestException("Report is missing");
        }
        if (driver.getEpoch().isEmpty()) {
            return NotLeaderException.response();
        }
        differences.take(report);
        return Response.noContent().build();
    }

    @PUT
    @Path("{cluster}/state")
    @Consumes(APPLICATION_JSON)
    public void order(@PathParam("cluster") ClusterName cluster, StateOrder order, @Suspended AsyncResponse asyncResponse)
    {
        if (order == null) {
            throw new BadRequestException("Order is missing");
        }
        answer(orders.carryOut(cluster, order), asyncResponse);
    }

    @PUT
    @Path("{cluster}/definition")
    @Consumes(APPLICATION_JSON)
    public void order(@PathParam("cluster") ClusterName cluster, DefinitionOrder order, @Suspended AsyncResponse asyncResponse)
    {
        if (order == null) {
            throw new BadRequestException("Order is missing");
        }
        answer(orders.carryOut(cluster, order), asyncResponse);
    }

    private void answer(ListenableFuture<Void> order, AsyncResponse asyncResponse)
    {
        FluentFuture<Response> response = FluentFuture.from(order)
                .transform(_ -> Response.noContent().build(), directExecutor())
                .catching(NotLeaderException.class, _ -> NotLeaderException.response(), directExecutor())
                .catching(WebApplicationException.class, failure -> Refusal.response(failure.getResponse().getStatus(), failure.getMessage()), directExecutor());
        bindAsyncResponse(asyncResponse, response, executor);
    }
}
