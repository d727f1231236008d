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
package io.prestosql.dispatcher.clusters;

import com.google.common.primitives.Ints;
import com.google.inject.Inject;
import io.prestosql.rpc.Refusal;
import io.trino.dispatcher.DispatchExecutor;
import io.trino.server.DisableHttpCache;
import io.trino.server.security.ResourceSecurity;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.Suspended;

import java.util.concurrent.Executor;

import static io.airlift.jaxrs.AsyncResponseHandler.bindAsyncResponse;
import static io.trino.server.security.ResourceSecurity.AccessType.MANAGEMENT_READ;
import static jakarta.ws.rs.core.MediaType.APPLICATION_JSON;
import static java.util.Objects.requireNonNull;

/**
 * Shows operators' changes of clusters to operators, the newest first. Each dispatcher answers for the one that leads.
 */
@Path("/v1/cluster-changes")
@ResourceSecurity(MANAGEMENT_READ)
@DisableHttpCache
public class ClusterChangesResource
{
    private static final int MAX_LIMIT = 10_000;

    private final LastChanges changes;
    private final Executor executor;

    @Inject
    public ClusterChangesResource(LastChanges changes, DispatchExecutor executor)
    {
        this.changes = requireNonNull(changes, "changes is null");
        this.executor = executor.getExecutor();
    }

    @GET
    @Produces(APPLICATION_JSON)
    public void getChanges(@QueryParam("limit") @DefaultValue("100") String limit, @Suspended AsyncResponse asyncResponse)
    {
        Integer count = Ints.tryParse(limit);
        if (count == null || count < 1 || count > MAX_LIMIT) {
            asyncResponse.resume(Refusal.response(400, "limit has to be a number from 1 to %s".formatted(MAX_LIMIT)));
            return;
        }
        bindAsyncResponse(asyncResponse, changes.answer(count), executor);
    }
}
