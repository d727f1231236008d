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

import com.google.common.collect.ImmutableList;
import com.google.inject.Inject;
import io.trino.client.QueryData;
import io.trino.client.QueryResults;
import io.trino.client.StatementStats;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.execution.QueryState;
import io.trino.server.BasicQueryInfo;
import io.trino.server.ExternalUriInfo;
import io.trino.server.protocol.QueryInfoUrlFactory;
import io.trino.server.security.ResourceSecurity;
import io.trino.spi.QueryId;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HEAD;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;

import java.util.OptionalDouble;
import java.util.OptionalLong;

import static io.prestosql.dispatcher.RemoteDispatchQuery.lostException;
import static io.prestosql.dispatcher.StatementResource.toQueryError;
import static io.trino.server.protocol.QueryInfoUrlFactory.getQueryInfoUri;
import static io.trino.server.security.ResourceSecurity.AccessType.PUBLIC;
import static io.trino.util.Failures.toFailure;
import static jakarta.ws.rs.core.MediaType.APPLICATION_JSON;
import static java.util.Objects.requireNonNull;

/**
 * Answers for a query whose coordinator is dead. Requests come here from within only.
 */
@Path("/v1/statement/lost")
@ResourceSecurity(PUBLIC)
public class LostQueryResource
{
    private final ClientQueries queries;
    private final QueryInfoUrlFactory queryInfoUrlFactory;

    @Inject
    public LostQueryResource(ClientQueries queries, QueryInfoUrlFactory queryInfoUrlFactory)
    {
        this.queries = requireNonNull(queries, "queries is null");
        this.queryInfoUrlFactory = requireNonNull(queryInfoUrlFactory, "queryInfoUrlFactory is null");
    }

    static String pathFor(String queryId)
    {
        return "/v1/statement/lost/" + queryId;
    }

    @GET
    @Path("{queryId}")
    @Produces(APPLICATION_JSON)
    public Response getFailure(@PathParam("queryId") QueryId queryId, @BeanParam ExternalUriInfo externalUriInfo, @Context HttpServletRequest request)
    {
        RemoteDispatchQuery query = findQuery(queryId, request);
        // this request may be faster than the news
        query.coordinatorLost(query.coordinator().orElseThrow(), "it refuses connections");
        BasicQueryInfo info = query.getBasicQueryInfo();
        ExecutionFailureInfo failure = query.getFullQueryInfo().getFailureInfo();
        if (failure == null) {
            // its report has said that it is over, but the client has not got all of the result, and cannot any more
            failure = toFailure(lostException(query.coordinator().orElseThrow(), "it died before all of the result was read"));
        }
        return Response.ok(new QueryResults(
                        queryId.toString(),
                        getQueryInfoUri(queryInfoUrlFactory.getQueryInfoUrl(queryId), queryId, externalUriInfo),
                        null,
                        null,
                        null,
                        QueryData.NULL,
                        StatementStats.builder()
                                .setState(QueryState.FAILED.toString())
                                .setProgressPercentage(OptionalDouble.empty())
                                .setRunningPercentage(OptionalDouble.empty())
                                .setElapsedTimeMillis(info.getQueryStats().getElapsedTime().toMillis())
                                .setQueuedTimeMillis(info.getQueryStats().getQueuedTime().toMillis())
                                .build(),
                        toQueryError(queryId, failure),
                        ImmutableList.of(),
                        null,
                        OptionalLong.empty()))
                .build();
    }

    @HEAD
    @Path("{queryId}")
    public Response heartbeat(@PathParam("queryId") QueryId queryId, @Context HttpServletRequest request)
    {
        findQuery(queryId, request);
        return Response.ok().build();
    }

    @DELETE
    @Path("{queryId}")
    public Response cancel(@PathParam("queryId") QueryId queryId, @Context HttpServletRequest request)
    {
        findQuery(queryId, request);
        return Response.noContent().build();
    }

    private RemoteDispatchQuery findQuery(QueryId queryId, HttpServletRequest request)
    {
        if (request.getDispatcherType() == DispatcherType.REQUEST) {
            throw new NotFoundException("Query not found");
        }
        return queries.get(queryId)
                .flatMap(ClientQuery::remoteQuery)
                .filter(query -> query.coordinator().isPresent())
                .orElseThrow(() -> new NotFoundException("Query not found"));
    }
}
