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
package io.prestosql.memory;

import com.google.inject.Inject;
import io.airlift.node.NodeInfo;
import io.trino.server.security.ResourceSecurity;
import io.trino.spi.QueryId;
import jakarta.ws.rs.BadRequestException;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.Response.Status;

import java.util.List;

import static io.trino.server.security.ResourceSecurity.AccessType.INTERNAL_ONLY;
import static jakarta.ws.rs.core.MediaType.APPLICATION_JSON;
import static java.util.Objects.requireNonNull;

/**
 * Serves the decider when memory is out. Every call needs the cluster's shared secret.
 */
@Path("/v1/low-memory")
@ResourceSecurity(INTERNAL_ONLY)
public class LowMemoryResource
{
    private final String nodeId;
    private final KillOrders orders;
    private final MemoryReporter reporter;

    @Inject
    public LowMemoryResource(NodeInfo nodeInfo, KillOrders orders, MemoryReporter reporter)
    {
        this.nodeId = nodeInfo.getNodeId();
        this.orders = requireNonNull(orders, "orders is null");
        this.reporter = requireNonNull(reporter, "reporter is null");
    }

    /**
     * Joins a round and reports what this coordinator runs, or does not join.
     */
    @POST
    @Path("round")
    @Consumes(APPLICATION_JSON)
    @Produces(APPLICATION_JSON)
    public RoundAnswer join(DecisionRound round)
    {
        if (round == null) {
            throw new BadRequestException("Round is missing");
        }
        return reporter.join(nodeId, round);
    }

    /**
     * Takes an order to kill. Status 409 means that it is not an order of the last joined round, or is too late.
     */
    @POST
    @Path("order")
    @Consumes(APPLICATION_JSON)
    public Response order(KillOrder order)
    {
        if (order == null) {
            throw new BadRequestException("Order is missing");
        }
        return Response.status(orders.order(order, System.nanoTime()) ? Status.NO_CONTENT : Status.CONFLICT).build();
    }

    /**
     * Returns the queries of this coordinator whose memory on workers is not leaked.
     */
    @GET
    @Path("query")
    @Produces(APPLICATION_JSON)
    public List<QueryId> getAccountedQueries()
    {
        return reporter.getAccountedQueries();
    }
}
