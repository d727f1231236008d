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
import io.trino.server.DisableHttpCache;
import io.trino.server.security.ResourceSecurity;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.Suspended;

import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.jaxrs.AsyncResponseHandler.bindAsyncResponse;
import static io.trino.server.security.ResourceSecurity.AccessType.WEB_UI;
import static jakarta.ws.rs.core.MediaType.APPLICATION_JSON;
import static java.util.Objects.requireNonNull;

/**
 * Serves the data of the page for operators, {@code /ui/operations.html}.
 */
@Path("/ui/api/operations")
@ResourceSecurity(WEB_UI)
@DisableHttpCache
public class OperationsResource
{
    private final OperationsView view;

    @Inject
    public OperationsResource(OperationsView view)
    {
        this.view = requireNonNull(view, "view is null");
    }

    @GET
    @Produces(APPLICATION_JSON)
    public void getOperations(@Suspended AsyncResponse asyncResponse)
    {
        bindAsyncResponse(asyncResponse, view.getOperations(), directExecutor());
    }
}
