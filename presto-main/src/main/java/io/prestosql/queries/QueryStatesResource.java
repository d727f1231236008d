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
import io.trino.execution.resourcegroups.ResourceGroupInfoProvider;
import io.trino.server.BasicQueryInfo;
import io.trino.server.QueryStateInfo;
import io.trino.server.security.ResourceSecurity;
import io.trino.spi.QueryId;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.Suspended;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;

import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;

import static com.google.common.base.Strings.isNullOrEmpty;
import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.util.concurrent.Futures.transform;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.jaxrs.AsyncResponseHandler.bindAsyncResponse;
import static io.prestosql.queries.AuthorizedQueries.answer;
import static io.trino.execution.QueryState.QUEUED;
import static io.trino.server.security.ResourceSecurity.AccessType.AUTHENTICATED_USER;
import static jakarta.ws.rs.core.MediaType.APPLICATION_JSON;
import static java.util.Objects.requireNonNull;

/**
 * Serves {@code /v1/queryState} on a dispatcher or a coordinator: the queries of the whole cluster that are not over. The header
 * {@code X-Presto-Missing} names missing parts. Only the leader shows the resource groups that a queued query waits for.
 */
@Path("/v1/queryState")
@ResourceSecurity(AUTHENTICATED_USER)
public class QueryStatesResource
{
    private final AuthorizedQueries queries;
    private final ResourceGroupInfoProvider resourceGroups;

    @Inject
    public QueryStatesResource(AuthorizedQueries queries, ResourceGroupInfoProvider resourceGroups)
    {
        this.queries = requireNonNull(queries, "queries is null");
        this.resourceGroups = requireNonNull(resourceGroups, "resourceGroups is null");
    }

    /**
     * @param user a regular expression for the names of users
     */
    @GET
    @Produces(APPLICATION_JSON)
    public void getStates(@QueryParam("user") String user, @Context HttpServletRequest request, @Context HttpHeaders headers, @Suspended AsyncResponse asyncResponse)
    {
        Predicate<String> users = isNullOrEmpty(user) ? _ -> true : Pattern.compile(user).asMatchPredicate();
        bindAsyncResponse(
                asyncResponse,
                transform(queries.getQueries(request, headers), found -> answer(found.map(all -> states(all, users))), directExecutor()),
                directExecutor());
    }

    private List<QueryStateInfo> states(List<ListedQuery<BasicQueryInfo>> queries, Predicate<String> users)
    {
        return queries.stream()
                .map(ListedQuery::info)
                .filter(query -> !query.getState().isDone())
                .filter(query -> users.test(query.getSession().getUser()))
                .map(this::state)
                .collect(toImmutableList());
    }

    @GET
    @Path("{queryId}")
    @Produces(APPLICATION_JSON)
    public void getState(@PathParam("queryId") QueryId queryId, @Context HttpServletRequest request, @Context HttpHeaders headers, @Suspended AsyncResponse asyncResponse)
    {
        bindAsyncResponse(
                asyncResponse,
                transform(queries.getQuery(queryId, request, headers), found -> answer(found.map(this::state)), directExecutor()),
                directExecutor());
    }

    private QueryStateInfo state(BasicQueryInfo query)
    {
        if (query.getState() == QUEUED) {
            return QueryStateInfo.createQueuedQueryStateInfo(query, query.getResourceGroupId(), query.getResourceGroupId().flatMap(resourceGroups::tryGetPathToRoot));
        }
        return QueryStateInfo.createQueryStateInfo(query, query.getResourceGroupId());
    }
}
