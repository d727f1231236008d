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
package io.prestosql.ui;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.prestosql.queries.AuthorizedQueries;
import io.prestosql.queries.NodeView;
import io.trino.execution.TaskId;
import io.trino.server.DisableHttpCache;
import io.trino.server.security.ResourceSecurity;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.ServiceUnavailableException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.Suspended;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;

import static com.google.common.util.concurrent.Futures.catching;
import static com.google.common.util.concurrent.Futures.transform;
import static com.google.common.util.concurrent.Futures.transformAsync;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.jaxrs.AsyncResponseHandler.bindAsyncResponse;
import static io.trino.server.security.ResourceSecurity.AccessType.WEB_UI;
import static jakarta.ws.rs.core.MediaType.APPLICATION_JSON;
import static java.util.Objects.requireNonNull;

/**
 * Serves the nodes that the engine's UI pages show, on every node that shows the cluster. A user who may see a query may see its tasks, no
 * matter which coordinator has the query.
 */
@Path("/ui/api/worker")
@ResourceSecurity(WEB_UI)
@DisableHttpCache
public class UiWorkerResource
{
    private final NodeView nodes;
    private final AuthorizedQueries queries;

    @Inject
    public UiWorkerResource(NodeView nodes, AuthorizedQueries queries)
    {
        this.nodes = requireNonNull(nodes, "nodes is null");
        this.queries = requireNonNull(queries, "queries is null");
    }

    @GET
    @Produces(APPLICATION_JSON)
    public void getNodes(@Suspended AsyncResponse asyncResponse)
    {
        bindAsyncResponse(asyncResponse, orUnavailable(nodes.getNodes()), directExecutor());
    }

    @GET
    @Path("{nodeId}/status")
    @Produces(APPLICATION_JSON)
    public void getStatus(@PathParam("nodeId") String nodeId, @Suspended AsyncResponse asyncResponse)
    {
        bindAsyncResponse(asyncResponse, find(nodeId, "v1/status"), directExecutor());
    }

    @GET
    @Path("{nodeId}/thread")
    @Produces(APPLICATION_JSON)
    public void getThreads(@PathParam("nodeId") String nodeId, @Suspended AsyncResponse asyncResponse)
    {
        bindAsyncResponse(asyncResponse, find(nodeId, "v1/thread"), directExecutor());
    }

    @GET
    @Path("{nodeId}/task/{taskId}")
    @Produces(APPLICATION_JSON)
    public void getTask(
            @PathParam("nodeId") String nodeId,
            @PathParam("taskId") TaskId taskId,
            @Context HttpServletRequest request,
            @Context HttpHeaders headers,
            @Suspended AsyncResponse asyncResponse)
    {
        ListenableFuture<JsonNode> task = transformAsync(
                queries.getQueryInfo(taskId.getQueryId(), true, request, headers),
                _ -> find(nodeId, "v1/task/" + taskId),
                directExecutor());
        bindAsyncResponse(asyncResponse, task, directExecutor());
    }

    private ListenableFuture<JsonNode> find(String nodeId, String path)
    {
        return transform(orUnavailable(nodes.find(nodeId, path)), found -> found.orElseThrow(NotFoundException::new), directExecutor());
    }

    private static <T> ListenableFuture<T> orUnavailable(ListenableFuture<T> answer)
    {
        return catching(
                answer,
                Exception.class,
                failure -> {
                    throw failure instanceof WebApplicationException known ? known : new ServiceUnavailableException("The node does not answer");
                },
                directExecutor());
    }
}
