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
package io.prestosql.history;

import com.google.inject.Inject;
import io.trino.server.DisableHttpCache;
import io.trino.server.security.ResourceSecurity;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.Suspended;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.UriInfo;

import static io.trino.server.security.ResourceSecurity.AccessType.AUTHENTICATED_USER;
import static jakarta.ws.rs.core.MediaType.APPLICATION_JSON;
import static java.util.Objects.requireNonNull;

/**
 * Shows users the queries that are over, as far as the access control lets them see these. Each dispatcher answers.
 */
@Path("/v1/query-history")
@ResourceSecurity(AUTHENTICATED_USER)
@DisableHttpCache
public class QueryHistoryResource
{
    private final HistoryAnswers answers;

    @Inject
    public QueryHistoryResource(HistoryAnswers answers)
    {
        this.answers = requireNonNull(answers, "answers is null");
    }

    @GET
    @Produces(APPLICATION_JSON)
    public void getQueries(@Context UriInfo uri, @Context HttpServletRequest request, @Context HttpHeaders headers, @Suspended AsyncResponse asyncResponse)
    {
        answers.answerList(uri, request, headers, asyncResponse);
    }

    @GET
    @Path("chart")
    @Produces(APPLICATION_JSON)
    public void getChart(@Context UriInfo uri, @Context HttpServletRequest request, @Context HttpHeaders headers, @Suspended AsyncResponse asyncResponse)
    {
        answers.answerChart(uri, request, headers, asyncResponse);
    }
}
