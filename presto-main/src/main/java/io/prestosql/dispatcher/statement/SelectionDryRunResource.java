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
package io.prestosql.dispatcher.statement;

import com.google.inject.Inject;
import io.prestosql.dispatcher.admission.SelectionDryRun;
import io.prestosql.rpc.Refusal;
import io.prestosql.selection.ClusterSelections;
import io.prestosql.spi.selection.ClusterSelectionException;
import io.trino.execution.QueryIdGenerator;
import io.trino.server.HttpRequestSessionContextFactory;
import io.trino.server.SessionContext;
import io.trino.server.security.InternalPrincipal;
import io.trino.server.security.ResourceSecurity;
import io.trino.spi.TrinoException;
import io.trino.spi.security.AccessDeniedException;
import io.trino.spi.security.Identity;
import io.trino.sql.parser.ParsingException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.BadRequestException;
import jakarta.ws.rs.ForbiddenException;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;

import java.util.Optional;

import static com.google.common.base.Strings.isNullOrEmpty;
import static io.trino.server.ServletSecurityUtils.authenticatedIdentity;
import static io.trino.server.security.ResourceSecurity.AccessType.AUTHENTICATED_USER;
import static jakarta.ws.rs.core.MediaType.APPLICATION_JSON;
import static java.util.Objects.requireNonNull;

/**
 * Says which clusters a statement would go to, and why. The request is the one that would submit it, to another path; the statement is not
 * run. Status 400 comes with the message with which the query would fail before it waits.
 */
@Path("/v1/cluster-selection")
public class SelectionDryRunResource
{
    private final HttpRequestSessionContextFactory sessionContextFactory;
    private final QueryIdGenerator queryIdGenerator;
    private final ClusterSelections selections;
    private final SelectionDryRun dryRun;

    @Inject
    public SelectionDryRunResource(
            HttpRequestSessionContextFactory sessionContextFactory,
            QueryIdGenerator queryIdGenerator,
            ClusterSelections selections,
            SelectionDryRun dryRun)
    {
        this.sessionContextFactory = requireNonNull(sessionContextFactory, "sessionContextFactory is null");
        this.queryIdGenerator = requireNonNull(queryIdGenerator, "queryIdGenerator is null");
        this.selections = requireNonNull(selections, "selections is null");
        this.dryRun = requireNonNull(dryRun, "dryRun is null");
    }

    @ResourceSecurity(AUTHENTICATED_USER)
    @POST
    @Produces(APPLICATION_JSON)
    public Response select(String statement, @Context HttpServletRequest request, @Context HttpHeaders headers)
    {
        if (isNullOrEmpty(statement)) {
            throw new BadRequestException("SQL statement is empty");
        }
        Optional<Identity> identity = authenticatedIdentity(request);
        if (identity.flatMap(Identity::getPrincipal).map(InternalPrincipal.class::isInstance).orElse(false)) {
            throw new ForbiddenException("Internal communication can not be used to select clusters");
        }
        SessionContext sessionContext = sessionContextFactory.createSessionContext(headers.getRequestHeaders(), Optional.ofNullable(request.getRemoteAddr()), identity);
        try {
            return Response.ok(dryRun.run(
                    queryIdGenerator.createNextQueryId(),
                    sessionContext,
                    selections.inspect(SelectionRequests.create(statement, request, headers, sessionContext, identity)),
                    statement)).build();
        }
        catch (AccessDeniedException e) {
            return Refusal.response(403, e.getMessage());
        }
        catch (ClusterSelectionException | ParsingException | TrinoException e) {
            return Refusal.response(400, e.getMessage());
        }
    }
}
