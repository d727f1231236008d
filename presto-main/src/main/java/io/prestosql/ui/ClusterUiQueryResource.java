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

import com.google.inject.Inject;
import io.prestosql.queries.AuthorizedQueries;
import io.prestosql.queries.ListedQuery;
import io.trino.server.BasicQueryInfo;
import io.trino.server.DisableHttpCache;
import io.trino.server.security.ResourceSecurity;
import io.trino.server.ui.TrimmedBasicQueryInfo;
import io.trino.spi.QueryId;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.Suspended;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;

import java.util.List;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.util.concurrent.Futures.transform;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.jaxrs.AsyncResponseHandler.bindAsyncResponse;
import static io.prestosql.queries.AuthorizedQueries.answer;
import static io.trino.connector.system.KillQueryProcedure.createKillQueryException;
import static io.trino.connector.system.KillQueryProcedure.createPreemptQueryException;
import static io.trino.server.security.ResourceSecurity.AccessType.WEB_UI;
import static jakarta.ws.rs.core.MediaType.APPLICATION_JSON;
import static java.util.Objects.requireNonNull;

/**
 * Serves the queries that the engine's UI pages show, in the form that the pages expect.
 */
@Path("/ui/api/query")
@ResourceSecurity(WEB_UI)
@DisableHttpCache
public class ClusterUiQueryResource
{
    private final AuthorizedQueries queries;

    @Inject
    public ClusterUiQueryResource(AuthorizedQueries queries)
    {
        this.queries = requireNonNull(queries, "queries is null");
    }

    @GET
    @Produces(APPLICATION_JSON)
    public void getQueries(@QueryParam("state") String state, @Context HttpServletRequest request, @Context HttpHeaders headers, @Suspended AsyncResponse asyncResponse)
    {
        bindAsyncResponse(asyncResponse, transform(queries.getQueries(request, headers), found -> answer(found.map(all -> trim(all, state))), directExecutor()), directExecutor());
    }

    private static List<ListedQuery<TrimmedBasicQueryInfo>> trim(List<ListedQuery<BasicQueryInfo>> queries, String state)
    {
        return queries.stream()
                .filter(query -> state == null || query.info().getState().name().equalsIgnoreCase(state))
                .map(query -> new ListedQuery<>(new TrimmedBasicQueryInfo(query.info()), query.cluster()))
                .collect(toImmutableList());
    }

    @GET
    @Path("{queryId}")
    @Produces(APPLICATION_JSON)
    public void getQueryInfo(@PathParam("queryId") QueryId queryId, @Context HttpServletRequest request, @Context HttpHeaders headers, @Suspended AsyncResponse asyncResponse)
    {
        bindAsyncResponse(asyncResponse, transform(queries.getQueryInfo(queryId, false, request, headers), AuthorizedQueries::answer, directExecutor()), directExecutor());
    }

    @PUT
    @Path("{queryId}/killed")
    public void kill(@PathParam("queryId") QueryId queryId, String message, @Context HttpServletRequest request, @Context HttpHeaders headers, @Suspended AsyncResponse asyncResponse)
    {
        bindAsyncResponse(asyncResponse, queries.fail(queryId, createKillQueryException(message), request, headers), directExecutor());
    }

    @PUT
    @Path("{queryId}/preempted")
    public void preempt(@PathParam("queryId") QueryId queryId, String message, @Context HttpServletRequest request, @Context HttpHeaders headers, @Suspended AsyncResponse asyncResponse)
    {
        bindAsyncResponse(asyncResponse, queries.fail(queryId, createPreemptQueryException(message), request, headers), directExecutor());
    }
}
