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
package io.prestosql.coordinator;

import com.google.inject.Inject;
import io.prestosql.protocol.AnalysisRequest;
import io.trino.dispatcher.DispatchExecutor;
import io.trino.server.StartupStatus;
import io.trino.server.security.ResourceSecurity;
import io.trino.spi.QueryId;
import jakarta.ws.rs.BadRequestException;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.ServiceUnavailableException;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.Suspended;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

import static io.airlift.jaxrs.AsyncResponseHandler.bindAsyncResponse;
import static io.trino.server.security.ResourceSecurity.AccessType.INTERNAL_ONLY;
import static jakarta.ws.rs.core.MediaType.APPLICATION_JSON;
import static java.util.Objects.requireNonNull;

/**
 * Analyses queries for a dispatcher while they wait in the queue. Every call needs the cluster's shared secret.
 */
@Path("/v1/analysis/{queryId}")
@ResourceSecurity(INTERNAL_ONLY)
public class AnalysisResource
{
    private final QueryAnalyses analyses;
    private final StartupStatus startupStatus;
    private final Executor executor;

    @Inject
    public AnalysisResource(QueryAnalyses analyses, StartupStatus startupStatus, DispatchExecutor dispatchExecutor)
    {
        this.analyses = requireNonNull(analyses, "analyses is null");
        this.startupStatus = requireNonNull(startupStatus, "startupStatus is null");
        this.executor = dispatchExecutor.getExecutor();
    }

    /**
     * Finds out whether the query is wrong. Status 503 means that this coordinator is too busy.
     */
    @POST
    @Consumes(APPLICATION_JSON)
    @Produces(APPLICATION_JSON)
    public void analyze(@PathParam("queryId") QueryId queryId, AnalysisRequest request, @Suspended AsyncResponse asyncResponse)
    {
        if (request == null) {
            throw new BadRequestException("Request is missing");
        }
        if (!startupStatus.isStartupComplete()) {
            throw new ServiceUnavailableException("Coordinator is starting up", 1L);
        }
        try {
            bindAsyncResponse(asyncResponse, analyses.analyze(queryId, request), executor);
        }
        catch (RejectedExecutionException _) {
            throw new ServiceUnavailableException("Coordinator analyses as many queries as it may", 1L);
        }
    }

    /**
     * Cancels the analysis, for example because the query has started.
     */
    @DELETE
    public void cancel(@PathParam("queryId") QueryId queryId)
    {
        analyses.cancel(queryId);
    }
}
