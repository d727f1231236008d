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
package io.prestosql.dispatcher;

import com.google.inject.Inject;
import io.trino.execution.QueryState;
import io.trino.security.AccessControl;
import io.trino.server.BasicQueryInfo;
import io.trino.server.GoneException;
import io.trino.server.HttpRequestSessionContextFactory;
import io.trino.server.security.ResourceSecurity;
import io.trino.spi.QueryId;
import io.trino.spi.TrinoException;
import io.trino.spi.security.AccessDeniedException;
import io.trino.spi.security.Identity;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.BadRequestException;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.ForbiddenException;
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
import jakarta.ws.rs.core.Response;

import java.util.List;
import java.util.Optional;
import java.util.Set;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static com.google.common.util.concurrent.Futures.transform;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.jaxrs.AsyncResponseHandler.bindAsyncResponse;
import static io.trino.connector.system.KillQueryProcedure.createKillQueryException;
import static io.trino.connector.system.KillQueryProcedure.createPreemptQueryException;
import static io.trino.security.AccessControlUtil.checkCanKillQueryOwnedBy;
import static io.trino.security.AccessControlUtil.checkCanViewQueryOwnedBy;
import static io.trino.security.AccessControlUtil.filterQueries;
import static io.trino.server.security.ResourceSecurity.AccessType.AUTHENTICATED_USER;
import static jakarta.ws.rs.core.MediaType.APPLICATION_JSON;
import static java.util.Locale.ENGLISH;
import static java.util.Objects.requireNonNull;

/**
 * {@code /v1/query} on a dispatcher: queued queries are its own, and what is known of running ones comes from their coordinators.
 */
@Path("/v1/query")
@ResourceSecurity(AUTHENTICATED_USER)
public class QueryInfoResource
{
    private final ClusterQueries clusterQueries;
    private final AccessControl accessControl;
    private final HttpRequestSessionContextFactory sessionContextFactory;

    @Inject
    public QueryInfoResource(ClusterQueries clusterQueries, AccessControl accessControl, HttpRequestSessionContextFactory sessionContextFactory)
    {
        this.clusterQueries = requireNonNull(clusterQueries, "clusterQueries is null");
        this.accessControl = requireNonNull(accessControl, "accessControl is null");
        this.sessionContextFactory = requireNonNull(sessionContextFactory, "sessionContextFactory is null");
    }

    @GET
    @Produces(APPLICATION_JSON)
    public void getQueries(@QueryParam("state") Set<String> stateFilters, @Context HttpServletRequest servletRequest, @Context HttpHeaders httpHeaders, @Suspended AsyncResponse asyncResponse)
    {
        Set<QueryState> expectedStates = stateFilters.stream()
                .map(QueryInfoResource::parseState)
                .collect(toImmutableSet());
        Identity identity = sessionContextFactory.extractAuthorizedIdentity(servletRequest, httpHeaders);
        bindAsyncResponse(
                asyncResponse,
                transform(
                        clusterQueries.getQueries(),
                        queries -> visible(queries, expectedStates, identity),
                        directExecutor()),
                directExecutor());
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

    private List<BasicQueryInfo> visible(List<BasicQueryInfo> queries, Set<QueryState> expectedStates, Identity identity)
    {
        return filterQueries(identity, queries, accessControl).stream()
                .filter(query -> expectedStates.isEmpty() || expectedStates.contains(query.getState()))
                .collect(toImmutableList());
    }

    @GET
    @Path("{queryId}")
    @Produces(APPLICATION_JSON)
    public void getQueryInfo(
            @PathParam("queryId") QueryId queryId,
            @QueryParam("pruned") @DefaultValue("false") boolean pruned,
            @Context HttpServletRequest servletRequest,
            @Context HttpHeaders httpHeaders,
            @Suspended AsyncResponse asyncResponse)
    {
        BasicQueryInfo query = clusterQueries.find(queryId).orElseThrow(GoneException::new);
        try {
            checkCanViewQueryOwnedBy(sessionContextFactory.extractAuthorizedIdentity(servletRequest, httpHeaders), query.getSession().toIdentity(), accessControl);
        }
        catch (AccessDeniedException e) {
            throw new ForbiddenException();
        }
        bindAsyncResponse(
                asyncResponse,
                transform(clusterQueries.getQueryInfo(queryId, pruned), info -> info.orElseThrow(GoneException::new), directExecutor()),
                directExecutor());
    }

    @DELETE
    @Path("{queryId}")
    public void cancel(@PathParam("queryId") QueryId queryId, @Context HttpServletRequest servletRequest, @Context HttpHeaders httpHeaders)
    {
        findKillable(queryId, servletRequest, httpHeaders).ifPresent(_ -> clusterQueries.cancel(queryId));
    }

    @PUT
    @Path("{queryId}/killed")
    public Response kill(@PathParam("queryId") QueryId queryId, String message, @Context HttpServletRequest servletRequest, @Context HttpHeaders httpHeaders)
    {
        return fail(queryId, createKillQueryException(message), servletRequest, httpHeaders);
    }

    @PUT
    @Path("{queryId}/preempted")
    public Response preempt(@PathParam("queryId") QueryId queryId, String message, @Context HttpServletRequest servletRequest, @Context HttpHeaders httpHeaders)
    {
        return fail(queryId, createPreemptQueryException(message), servletRequest, httpHeaders);
    }

    private Response fail(QueryId queryId, TrinoException failure, HttpServletRequest servletRequest, HttpHeaders httpHeaders)
    {
        BasicQueryInfo query = findKillable(queryId, servletRequest, httpHeaders).orElseThrow(GoneException::new);
        if (query.getState().isDone()) {
            return Response.status(Response.Status.CONFLICT).build();
        }
        clusterQueries.fail(queryId, failure);
        return Response.status(Response.Status.ACCEPTED).build();
    }

    private Optional<BasicQueryInfo> findKillable(QueryId queryId, HttpServletRequest servletRequest, HttpHeaders httpHeaders)
    {
        Identity identity = sessionContextFactory.extractAuthorizedIdentity(servletRequest, httpHeaders);
        Optional<BasicQueryInfo> query = clusterQueries.find(queryId);
        try {
            query.ifPresent(found -> checkCanKillQueryOwnedBy(identity, found.getSession().toIdentity(), accessControl));
        }
        catch (AccessDeniedException e) {
            throw new ForbiddenException();
        }
        return query;
    }
}
