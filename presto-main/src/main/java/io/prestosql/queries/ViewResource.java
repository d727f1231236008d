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

import com.google.inject.Inject;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.execution.QueryInfo;
import io.trino.server.security.ResourceSecurity;
import io.trino.spi.QueryId;
import jakarta.ws.rs.BadRequestException;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.Suspended;

import java.util.List;

import static com.google.common.util.concurrent.Futures.transform;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.jaxrs.AsyncResponseHandler.bindAsyncResponse;
import static io.trino.server.security.ResourceSecurity.AccessType.INTERNAL_ONLY;
import static jakarta.ws.rs.core.MediaType.APPLICATION_JSON;
import static java.util.Objects.requireNonNull;

/**
 * Serves this coordinator's part of the view to other nodes, which check what their users may see. Every call needs the cluster's shared
 * secret.
 */
@Path("/v1/view")
@ResourceSecurity(INTERNAL_ONLY)
public class ViewResource
{
    private final OwnView view;
    private final NodeView nodes;

    @Inject
    public ViewResource(OwnView view, NodeView nodes)
    {
        this.view = requireNonNull(view, "view is null");
        this.nodes = requireNonNull(nodes, "nodes is null");
    }

    /**
     * Returns all queries that this coordinator knows, with texts of at most {@link ListTexts#MAX_CHARACTERS} together.
     */
    @GET
    @Path("query")
    @Produces(APPLICATION_JSON)
    public List<ViewedQuery> getQueries()
    {
        return ListTexts.bounded(view.getQueries());
    }

    @GET
    @Path("query/{queryId}")
    @Produces(APPLICATION_JSON)
    public ViewedQuery getQuery(@PathParam("queryId") QueryId queryId)
    {
        return view.findQuery(queryId).orElseThrow(NotFoundException::new);
    }

    /**
     * Returns a query's details, as {@code /v1/query/{queryId}} shows them.
     */
    @GET
    @Path("query/{queryId}/info")
    @Produces(APPLICATION_JSON)
    public QueryInfo getQueryInfo(@PathParam("queryId") QueryId queryId, @QueryParam("pruned") @DefaultValue("false") boolean pruned)
    {
        return view.findInfo(queryId, pruned).orElseThrow(NotFoundException::new);
    }

    /**
     * Fails a query for the given reason. Status 404 means that the query is not running here and nothing was done.
     */
    @PUT
    @Path("query/{queryId}/failure")
    @Consumes(APPLICATION_JSON)
    public void fail(@PathParam("queryId") QueryId queryId, ExecutionFailureInfo reason)
    {
        if (reason == null) {
            throw new BadRequestException("Reason is missing");
        }
        if (!view.fail(queryId, reason)) {
            throw new NotFoundException("Query is not running here");
        }
    }

    @GET
    @Path("transaction")
    @Produces(APPLICATION_JSON)
    public List<ViewedTransaction> getTransactions()
    {
        return view.getTransactions();
    }

    /**
     * Returns the nodes as this coordinator sees them.
     */
    @GET
    @Path("node")
    @Produces(APPLICATION_JSON)
    public void getNodes(@Suspended AsyncResponse asyncResponse)
    {
        bindAsyncResponse(asyncResponse, nodes.getNodes(), directExecutor());
    }

    /**
     * Returns the nodes with their roles and loads.
     */
    @GET
    @Path("load")
    @Produces(APPLICATION_JSON)
    public void getLoads(@Suspended AsyncResponse asyncResponse)
    {
        bindAsyncResponse(asyncResponse, nodes.getLoads(_ -> true), directExecutor());
    }

    /**
     * Returns what another node reports about itself.
     *
     * @param path path of an engine resource, without the leading slash
     */
    @GET
    @Path("node/{nodeId}")
    @Produces(APPLICATION_JSON)
    public void findAtNode(@PathParam("nodeId") String nodeId, @QueryParam("path") String path, @Suspended AsyncResponse asyncResponse)
    {
        if (path == null) {
            throw new BadRequestException("Path is missing");
        }
        bindAsyncResponse(asyncResponse, transform(nodes.find(nodeId, path), found -> found.orElseThrow(NotFoundException::new), directExecutor()), directExecutor());
    }
}
