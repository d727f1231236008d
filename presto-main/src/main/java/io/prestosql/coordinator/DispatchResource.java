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

import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.airlift.units.Duration;
import io.trino.dispatcher.DispatchExecutor;
import io.trino.dispatcher.DispatchManager;
import io.trino.dispatcher.DispatchQuery;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.execution.QueryInfo;
import io.trino.server.BasicQueryInfo;
import io.trino.server.StartupStatus;
import io.trino.server.security.ResourceSecurity;
import io.trino.spi.QueryId;
import jakarta.ws.rs.BadRequestException;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.ServiceUnavailableException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.Suspended;
import jakarta.ws.rs.core.Response;

import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.Executor;

import static com.google.common.util.concurrent.Futures.transform;
import static io.airlift.jaxrs.AsyncResponseHandler.bindAsyncResponse;
import static io.trino.execution.QueryStateMachine.pruneQueryInfo;
import static io.trino.server.security.ResourceSecurity.AccessType.INTERNAL_ONLY;
import static jakarta.ws.rs.core.MediaType.APPLICATION_JSON;
import static jakarta.ws.rs.core.MediaType.TEXT_PLAIN;
import static java.lang.Math.clamp;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * What a coordinator does for dispatchers. Every call needs the cluster's shared secret.
 */
@Path("/v1/dispatch")
@ResourceSecurity(INTERNAL_ONLY)
public class DispatchResource
{
    private static final Duration MAX_WAIT = new Duration(30, SECONDS);
    private static final long START_WAIT_MILLIS = 1000;

    private final DispatchedQueries dispatchedQueries;
    private final CoordinatorReporter reporter;
    private final DispatchManager dispatchManager;
    private final StartupStatus startupStatus;
    private final Executor executor;

    @Inject
    public DispatchResource(
            DispatchedQueries dispatchedQueries,
            CoordinatorReporter reporter,
            DispatchManager dispatchManager,
            StartupStatus startupStatus,
            DispatchExecutor dispatchExecutor)
    {
        this.dispatchedQueries = requireNonNull(dispatchedQueries, "dispatchedQueries is null");
        this.reporter = requireNonNull(reporter, "reporter is null");
        this.dispatchManager = requireNonNull(dispatchManager, "dispatchManager is null");
        this.startupStatus = requireNonNull(startupStatus, "startupStatus is null");
        this.executor = dispatchExecutor.getExecutor();
    }

    /**
     * Runs a query; calling again for the same query changes nothing and answers the same.
     */
    @PUT
    @Path("query/{queryId}")
    @Consumes(APPLICATION_JSON)
    @Produces(APPLICATION_JSON)
    public void dispatch(@PathParam("queryId") QueryId queryId, DispatchRequest request, @Suspended AsyncResponse asyncResponse)
    {
        if (request == null) {
            throw new BadRequestException("Request is missing");
        }
        if (!startupStatus.isStartupComplete()) {
            throw new ServiceUnavailableException("Coordinator is starting up", 1L);
        }
        try {
            bindAsyncResponse(asyncResponse, dispatchedQueries.dispatch(queryId, request, START_WAIT_MILLIS), executor);
        }
        catch (DeposedLeaderException e) {
            throw new WebApplicationException(Response.status(Response.Status.PRECONDITION_FAILED)
                    .type(TEXT_PLAIN)
                    .entity(e.getMessage())
                    .build());
        }
    }

    /**
     * The coordinator's report, as soon as there is something that the caller has not seen.
     *
     * @param incarnation the process that the caller has a report of; if it is not this one, the report is complete
     * @param afterVersion the version of that report
     * @param wait how long to wait for a change; at most 30 seconds
     */
    @GET
    @Path("report")
    @Produces(APPLICATION_JSON)
    public void getReport(
            @QueryParam("incarnation") @DefaultValue("") String incarnation,
            @QueryParam("after") @DefaultValue("0") long afterVersion,
            @QueryParam("wait") @DefaultValue("0s") Duration wait,
            @Suspended AsyncResponse asyncResponse)
    {
        boolean known = incarnation.equals(dispatchedQueries.getIncarnation());
        long seen = known ? afterVersion : 0;
        ListenableFuture<Void> change = dispatchedQueries.waitForChange(seen, known ? clamp(wait.toMillis(), 0, MAX_WAIT.toMillis()) : 0);
        bindAsyncResponse(asyncResponse, transform(change, _ -> reporter.createReport(seen), executor), executor);
    }

    /**
     * All queries that this coordinator knows.
     */
    @GET
    @Path("query")
    @Produces(APPLICATION_JSON)
    public List<BasicQueryInfo> getQueries()
    {
        return dispatchManager.getQueries();
    }

    /**
     * A query's details, as {@code /v1/query/{queryId}} shows them to those who may see them; the dispatcher has checked that.
     */
    @GET
    @Path("query/{queryId}/info")
    @Produces(APPLICATION_JSON)
    public QueryInfo getQueryInfo(@PathParam("queryId") QueryId queryId, @QueryParam("pruned") @DefaultValue("false") boolean pruned)
    {
        return dispatchManager.getFullQueryInfo(queryId)
                .map(info -> pruned ? pruneQueryInfo(info, info.getVersion()) : info)
                .orElseThrow(NotFoundException::new);
    }

    @DELETE
    @Path("query/{queryId}")
    public void cancel(@PathParam("queryId") QueryId queryId)
    {
        dispatchManager.cancelQuery(queryId);
    }

    /**
     * Fails a query for the reason given.
     */
    @PUT
    @Path("query/{queryId}/failure")
    @Consumes(APPLICATION_JSON)
    public void fail(@PathParam("queryId") QueryId queryId, ExecutionFailureInfo failure)
    {
        try {
            DispatchQuery query = dispatchManager.getQuery(queryId);
            query.fail(failure.toException());
        }
        catch (NoSuchElementException e) {
            throw new NotFoundException("Query not found");
        }
    }
}
