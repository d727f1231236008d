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
package io.prestosql.catalog;

import com.google.inject.Inject;
import io.trino.execution.SqlTaskManager;
import io.trino.server.security.ResourceSecurity;
import jakarta.ws.rs.ClientErrorException;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Response.Status;

import static io.trino.server.security.ResourceSecurity.AccessType.INTERNAL_ONLY;
import static jakarta.ws.rs.core.MediaType.APPLICATION_JSON;
import static java.util.Objects.requireNonNull;

/**
 * Lets coordinators prune the dynamic catalogs of a worker. Every call needs the cluster's shared secret.
 */
@Path("/v1/catalog/prune")
@ResourceSecurity(INTERNAL_ONLY)
public class CatalogPruneResource
{
    private final PrunableCatalogs catalogs;
    private final SqlTaskManager taskManager;

    @Inject
    public CatalogPruneResource(PrunableCatalogs catalogs, SqlTaskManager taskManager)
    {
        this.catalogs = requireNonNull(catalogs, "catalogs is null");
        this.taskManager = requireNonNull(taskManager, "taskManager is null");
    }

    /**
     * Takes a mark; called before the coordinators are asked which catalogs they use.
     */
    @POST
    @Path("mark")
    @Produces(APPLICATION_JSON)
    public PruneMark mark()
    {
        return catalogs.mark();
    }

    @POST
    @Consumes(APPLICATION_JSON)
    public void prune(PruneRequest request)
    {
        if (!catalogs.prune(request, taskManager::pruneCatalogs)) {
            throw new ClientErrorException("The mark is of another process", Status.CONFLICT);
        }
    }
}
