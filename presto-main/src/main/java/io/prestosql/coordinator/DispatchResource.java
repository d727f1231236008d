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
import io.prestosql.memory.LowMemoryDecider;
import io.prestosql.protocol.DispatchRequest;
import io.prestosql.protocol.LeaderClaim;
import io.prestosql.protocol.ReportRequest;
import io.prestosql.protocol.StopRequest;
import io.trino.dispatcher.DispatchExecutor;
import io.trino.server.StartupStatus;
import io.trino.server.security.ResourceSecurity;
import io.trino.spi.QueryId;
import jakarta.ws.rs.BadRequestException;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.ServiceUnavailableException;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.Suspended;

import java.util.concurrent.Executor;

import static com.google.common.util.concurrent.Futures.transform;
import static io.airlift.jaxrs.AsyncResponseHandler.bindAsyncResponse;
import static io.trino.server.security.ResourceSecurity.AccessType.INTERNAL_ONLY;
import static jakarta.ws.rs.core.MediaType.APPLICATION_JSON;
import static java.lang.Math.clamp;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Takes dispatches, stops and requests for reports from dispatchers. Every call needs the cluster's shared secret.
 */
@Path("/v1/dispatch")
@ResourceSecurity(INTERNAL_ONLY)
public class DispatchResource
{
    private static final Duration MAX_WAIT = new Duration(30, SECONDS);
    /** No event signals that this coordinator has become ready, so a caller that waits for that has to ask more often. */
    private static final Duration MAX_WAIT_UNTIL_READY = new Duration(100, MILLISECONDS);
    private static final long START_WAIT_MILLIS = 1000;

    private final AssignedQueries assignedQueries;
    private final QueuedTransactions queuedTransactions;
    private final CoordinatorReporter reporter;
    private final LowMemoryDecider lowMemoryDecider;
    private final StartupStatus startupStatus;
    private final Executor executor;

    @Inject
    public DispatchResource(
            AssignedQueries assignedQueries,
            QueuedTransactions queuedTransactions,
            CoordinatorReporter reporter,
            LowMemoryDecider lowMemoryDecider,
            StartupStatus startupStatus,
            DispatchExecutor dispatchExecutor)
    {
        this.assignedQueries = requireNonNull(assignedQueries, "assignedQueries is null");
        this.queuedTransactions = requireNonNull(queuedTransactions, "queuedTransactions is null");
        this.reporter = requireNonNull(reporter, "reporter is null");
        this.lowMemoryDecider = requireNonNull(lowMemoryDecider, "lowMemoryDecider is null");
        this.startupStatus = requireNonNull(startupStatus, "startupStatus is null");
        this.executor = dispatchExecutor.getExecutor();
    }

    /**
     * Runs a query. A repeated call for the same query changes nothing and answers the same. Status 409, 410 or 412 means that this call
     * has not started the query, and never will. Status 410 means that no later call to this process will, either, because the process has
     * run the query and given it up.
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
        bindAsyncResponse(asyncResponse, assignedQueries.dispatch(queryId, request, START_WAIT_MILLIS), executor);
    }

    /**
     * Returns the coordinator's report, as soon as there is news for the caller. Status 412 tells a leader that it is deposed, 409 that the
     * coordinator has a lease from the dispatchers of another query log. While this coordinator takes no queries, no call waits for longer
     * than 100 milliseconds.
     */
    @POST
    @Path("report")
    @Consumes(APPLICATION_JSON)
    @Produces(APPLICATION_JSON)
    public void report(ReportRequest request, @Suspended AsyncResponse asyncResponse)
    {
        if (request == null) {
            throw new BadRequestException("Request is missing");
        }
        boolean leased = request.leader()
                .map(leader -> assignedQueries.hear(leader, request.recorded()))
                .orElse(false);
        request.leader().ifPresent(this::hearOfDecider);
        queuedTransactions.keepAlive(request.queuedTransactions());
        // the leader sends queries as soon as it knows of the lease
        long waitMillis = leased ? 0 : clamp(request.waitMillis(), 0, (reporter.isReady() ? MAX_WAIT : MAX_WAIT_UNTIL_READY).toMillis());
        ListenableFuture<Void> change = assignedQueries.waitForChange(request.seen(), waitMillis);
        bindAsyncResponse(asyncResponse, transform(change, _ -> reporter.createReport(request.leader(), request.seen()), executor), executor);
    }

    /**
     * Passes on the appointment of the decider, if the leader confirmed that it leads after a report of this very process.
     */
    private void hearOfDecider(LeaderClaim leader)
    {
        leader.renewal()
                .filter(stamp -> stamp.incarnation().equals(assignedQueries.getIncarnation()))
                .ifPresent(stamp -> leader.decider().ifPresent(decider -> lowMemoryDecider.appointed(leader.epoch(), decider, stamp.saidNanos())));
    }

    /**
     * Fails a query for the given reason. A query that has not come yet will not start.
     */
    @PUT
    @Path("query/{queryId}/failure")
    @Consumes(APPLICATION_JSON)
    public void stop(@PathParam("queryId") QueryId queryId, StopRequest request)
    {
        if (request == null) {
            throw new BadRequestException("Request is missing");
        }
        assignedQueries.stop(queryId, request);
    }
}
