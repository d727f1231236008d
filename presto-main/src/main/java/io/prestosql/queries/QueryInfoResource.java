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
import io.trino.execution.QueryState;
import io.trino.server.BasicQueryInfo;
import io.trino.server.security.ResourceSecurity;
import io.trino.spi.QueryId;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.BadRequestException;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.DefaultValue;
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
import java.util.Set;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static com.google.common.util.concurrent.Futures.transform;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.jaxrs.AsyncResponseHandler.bindAsyncResponse;
import static io.prestosql.queries.AuthorizedQueries.answer;
import static io.trino.connector.system.KillQueryProcedure.createKillQueryException;
import static io.trino.connector.system.KillQueryProcedure.createPreemptQueryException;
import static io.trino.server.security.ResourceSecurity.AccessType.AUTHENTICATED_USER;
import static jakarta.ws.rs.core.MediaType.APPLICATION_JSON;
import static java.util.Locale.ENGLISH;
import static java.util.Objects.requireNonNull;

/**
 * Serves {@code /v1/query} of the whole cluster, on a dispatcher or a coordinator. The header {@code X-Presto-Missing} names missing parts.
 */
@Path("/v1/query")
@ResourceSecurity(AUTHENTICATED_USER)
public class QueryInfoResource
{
    private final AuthorizedQueries queries;

    @Inject
    public QueryInfoResource(AuthorizedQueries queries)
    {
        this.queries = requireNonNull(queries, "queries is null");
    }

    @GET
    @Produces(APPLICATION_JSON)
    public void getQueries(@QueryParam("state") Set<String> stateFilters, @Context HttpServletRequest request, @Context HttpHeaders headers, @Suspended AsyncResponse asyncResponse)
    {
        Set<QueryState> expectedStates = stateFilters.stream()
                .map(QueryInfoResource::parseState)
                .collect(toImmutableSet());
        bindAsyncResponse(asyncResponse, transform(queries.getQueries(request, headers), found -> answer(found.map(all -> withState(all, expectedStates))), directExecutor()), directExecutor());
    }

    private static QueryState parseState(String state)
    {
        try {
            return QueryState.valueOf(state.toUpperCase(ENGLISH));
        }
        catch (IllegalArgumentException e) {
            throw new BadRequestException("Unknown query state: " + state);
        }
    }

    private static List<ListedQuery<BasicQueryInfo>> withState(List<ListedQuery<BasicQueryInfo>> queries, Set<QueryState> expectedStates)
    {
        return queries.stream()
                .filter(query -> expectedStates.isEmpty() || expectedStates.contains(query.info().getState()))
                .collect(toImmutableList());
    }

    @GET
    @Path("{queryId}")
    @Produces(APPLICATION_JSON)
    public void getQueryInfo(
            @PathParam("queryId") QueryId queryId,
            @QueryParam("pruned") @DefaultValue("false") boolean pruned,
            @Context HttpServletRequest request,
            @Context HttpHeaders headers,
            @Suspended AsyncResponse asyncResponse)
    {
        bindAsyncResponse(asyncResponse, transform(queries.getQueryInfo(queryId, pruned, request, headers), AuthorizedQueries::answer, directExecutor()), directExecutor());
    }

    @DELETE
    @Path("{queryId}")
    public void cancel(@PathParam("queryId") QueryId queryId, @Context HttpServletRequest request, @Context HttpHeaders headers, @Suspended AsyncResponse asyncResponse)
    {
        bindAsyncResponse(asyncResponse, queries.cancel(queryId, request, headers), directExecutor());
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
