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
package io.prestosql.operations;

import com.google.inject.Inject;
import io.prestosql.dispatcher.clusters.LastChanges;
import io.prestosql.rpc.Refusal;
import io.trino.dispatcher.DispatchExecutor;
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

import java.util.concurrent.Executor;

import static io.airlift.jaxrs.AsyncResponseHandler.bindAsyncResponse;
import static io.trino.server.security.ResourceSecurity.AccessType.WEB_UI;
import static jakarta.ws.rs.core.MediaType.APPLICATION_JSON;
import static java.util.Objects.requireNonNull;

/**
 * Serves operators' last changes of clusters to the page for operators, as {@code /v1/cluster-changes} serves them to other clients. They name
 * users, so not all users of the Web UI may see them.
 */
@Path("/ui/api/operations/change")
@ResourceSecurity(WEB_UI)
@DisableHttpCache
public class OperationsChangesResource
{
    private static final int LIMIT = 25;

    private final OperatorRights rights;
    private final LastChanges changes;
    private final Executor executor;

    @Inject
    public OperationsChangesResource(OperatorRights rights, LastChanges changes, DispatchExecutor executor)
    {
        this.rights = requireNonNull(rights, "rights is null");
        this.changes = requireNonNull(changes, "changes is null");
        this.executor = executor.getExecutor();
    }

    @GET
    @Produces(APPLICATION_JSON)
    public void getChanges(@Context HttpServletRequest request, @Context HttpHeaders headers, @Suspended AsyncResponse asyncResponse)
    {
        if (!rights.mayRead(request, headers)) {
            asyncResponse.resume(Refusal.response(403, "Changes of clusters name users: to see them needs the right to read system information"));
            return;
        }
        bindAsyncResponse(asyncResponse, changes.answer(LIMIT), executor);
    }
}
