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

import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.airlift.units.Duration;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.Tracer;
import io.prestosql.dispatcher.admission.QueryLocations;
import io.prestosql.dispatcher.admission.QuerySubmission;
import io.prestosql.dispatcher.leader.LeaderProblem;
import io.prestosql.dispatcher.leader.LeaderRoutingQueueService;
import io.prestosql.dispatcher.leader.QueueAnswer;
import io.prestosql.dispatcher.leader.QueueService;
import io.prestosql.fleet.Coordinators;
import io.prestosql.fleet.Unavailability;
import io.prestosql.protocol.ClientRequest;
import io.prestosql.protocol.QuerySlug;
import io.prestosql.protocol.SubmittedQuery;
import io.prestosql.queue.QueryTooLargeException;
import io.prestosql.queue.QueueDriver;
import io.prestosql.rpc.NotLeaderException;
import io.prestosql.rpc.RetryLater;
import io.prestosql.rpc.TraceContext;
import io.prestosql.selection.ClusterSelections;
import io.prestosql.spi.selection.ClusterSelectionException;
import io.trino.client.QueryResults;
import io.trino.dispatcher.DispatchExecutor;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.execution.QueryIdGenerator;
import io.trino.server.ExternalUriInfo;
import io.trino.server.HttpRequestSessionContextFactory;
import io.trino.server.ProtocolConfig;
import io.trino.server.ServerConfig;
import io.trino.server.SessionContext;
import io.trino.server.security.InternalPrincipal;
import io.trino.server.security.ResourceSecurity;
import io.trino.spi.QueryId;
import io.trino.spi.TrinoException;
import io.trino.spi.security.Identity;
import io.trino.tracing.TrinoAttributes;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.BadRequestException;
import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.ForbiddenException;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HEAD;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.Suspended;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.Response.ResponseBuilder;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;

import static com.google.common.base.Strings.isNullOrEmpty;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.jaxrs.AsyncResponseHandler.bindAsyncResponse;
import static io.prestosql.dispatcher.leader.QueueService.MAX_WAIT;
import static io.prestosql.node.DispatcherErrorCode.INVALID_CLUSTER_SELECTION;
import static io.trino.server.ServletSecurityUtils.authenticatedIdentity;
import static io.trino.server.ServletSecurityUtils.clearAuthenticatedIdentity;
import static io.trino.server.security.ResourceSecurity.AccessType.AUTHENTICATED_USER;
import static io.trino.server.security.ResourceSecurity.AccessType.PUBLIC;
import static io.trino.spi.StandardErrorCode.QUERY_TEXT_TOO_LARGE;
import static io.trino.util.Failures.toFailure;
import static jakarta.ws.rs.core.MediaType.APPLICATION_JSON;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * Takes queries from clients, and answers their polls until a coordinator has the query. The protocol is the engine's.
 */
@Path("/v1/statement")
public class StatementResource
{
    /** Set on a request that was held for {@link QueueService#MAX_WAIT} already. */
    static final String WAITED_ATTRIBUTE = StatementResource.class.getName() + ".waited";

    private static final Logger log = Logger.get(StatementResource.class);
    private static final Duration NO_WAIT = new Duration(0, MILLISECONDS);

    private final HttpRequestSessionContextFactory sessionContextFactory;
    private final LeaderRoutingQueueService queue;
    private final LeaderProblem leaderProblem;
    private final QueryLocations locations;
    private final QueryIdGenerator queryIdGenerator;
    private final Coordinators coordinators;
    private final Tracer tracer;
    private final QueueResults queueResults;
    private final ClusterSelections selections;
    private final Executor responseExecutor;
    private final boolean compressionEnabled;
    private final Optional<String> alternateHeaderName;
    private final boolean acceptsWithoutCoordinators;

    @Inject
    public StatementResource(
            HttpRequestSessionContextFactory sessionContextFactory,
            LeaderRoutingQueueService queue,
            LeaderProblem leaderProblem,
            QueryLocations locations,
            QueryIdGenerator queryIdGenerator,
            Coordinators coordinators,
            Tracer tracer,
            QueueResults queueResults,
            DispatchExecutor executor,
            QueueDriver driver,
            ClusterSelections selections,
            SubmissionConfig submissionConfig,
            ServerConfig serverConfig,
            ProtocolConfig protocolConfig)
    {
        this.sessionContextFactory = requireNonNull(sessionContextFactory, "sessionContextFactory is null");
        this.queue = requireNonNull(queue, "queue is null");
        this.leaderProblem = requireNonNull(leaderProblem, "leaderProblem is null");
        this.locations = requireNonNull(locations, "locations is null");
        this.queryIdGenerator = requireNonNull(queryIdGenerator, "queryIdGenerator is null");
        this.coordinators = requireNonNull(coordinators, "coordinators is null");
        this.tracer = requireNonNull(tracer, "tracer is null");
        this.queueResults = requireNonNull(queueResults, "queueResults is null");
        this.selections = requireNonNull(selections, "selections is null");
        this.responseExecutor = executor.getExecutor();
        this.compressionEnabled = serverConfig.isQueryResultsCompressionEnabled();
        this.alternateHeaderName = protocolConfig.getAlternateHeaderName();
        // a query must not wait in a queue that does not survive a restart
        this.acceptsWithoutCoordinators = submissionConfig.getAcceptWithoutCoordinators().orElseGet(driver::isDurable);
    }

    @ResourceSecurity(AUTHENTICATED_USER)
    @HEAD
    @Produces(APPLICATION_JSON)
    public Response validateConnection()
    {
        return Response.ok().build();
    }

    @ResourceSecurity(AUTHENTICATED_USER)
    @POST
    @Produces(APPLICATION_JSON)
    public void postStatement(
            String statement,
            @Context HttpServletRequest servletRequest,
            @Context HttpHeaders httpHeaders,
            @BeanParam ExternalUriInfo externalUriInfo,
            @Suspended AsyncResponse asyncResponse)
    {
        if (isNullOrEmpty(statement)) {
            throw new BadRequestException("SQL statement is empty");
        }
        Optional<Identity> identity = authenticatedIdentity(servletRequest);
        if (identity.flatMap(Identity::getPrincipal).map(InternalPrincipal.class::isInstance).orElse(false)) {
            throw new ForbiddenException("Internal communication can not be used to start a query");
        }
        Optional<String> remoteAddress = Optional.ofNullable(servletRequest.getRemoteAddr());
        SessionContext sessionContext = sessionContextFactory.createSessionContext(httpHeaders.getRequestHeaders(), remoteAddress, identity);
        if (!coordinators.isAnyAvailable() && (!acceptsWithoutCoordinators || coordinators.isOtherQueuesOnly())) {
            asyncResponse.resume(RetryLater.response(Unavailability.explain(coordinators.getConditions())));
            return;
        }

        QueryId queryId = queryIdGenerator.createNextQueryId();
        Map<String, String> requestFacts;
        try {
            requestFacts = selections.inspect(SelectionRequests.create(statement, servletRequest, httpHeaders, sessionContext, identity));
        }
        catch (ClusterSelectionException e) {
            log.info("Query %s is refused: %s", queryId, e.getMessage());
            asyncResponse.resume(Response.ok(queueResults.failed(queryId, toFailure(new TrinoException(INVALID_CLUSTER_SELECTION, e.getMessage())), 0, 0, externalUriInfo)).build());
            return;
        }
        Span span = tracer.spanBuilder("query")
                .setAttribute(TrinoAttributes.QUERY_ID, queryId.toString())
                .startSpan();
        SubmittedQuery submitted = new SubmittedQuery(
                ClientRequest.create(statement, httpHeaders.getRequestHeaders(), alternateHeaderName, remoteAddress, identity),
                QuerySlug.create(),
                Instant.now(),
                TraceContext.of(span).or(() -> clientTrace(httpHeaders)))
                .withRequestFacts(requestFacts);
        // let the authentication filter know that the query keeps the identity
        clearAuthenticatedIdentity(servletRequest);

        ListenableFuture<Response> response = FluentFuture.from(queue.submit(new QuerySubmission(queryId, submitted, Optional.of(sessionContext), span)))
                .transform(answer -> createResponse(answer, externalUriInfo), responseExecutor)
                .catching(
                        QueryTooLargeException.class,
                        failure -> {
                            span.end();
                            ExecutionFailureInfo tooLarge = toFailure(new TrinoException(QUERY_TEXT_TOO_LARGE, failure.getMessage()));
                            return Response.ok(queueResults.failed(queryId, tooLarge, 0, 0, externalUriInfo)).build();
                        },
                        directExecutor())
                .catching(
                        NotLeaderException.class,
                        _ -> {
                            span.end();
                            String reason = leaderProblem.explain();
                            log.warn("Query %s is not accepted: %s", queryId, reason);
                            return RetryLater.response(reason);
                        },
                        directExecutor());
        bindAsyncResponse(asyncResponse, response, responseExecutor);
    }

    private static Optional<TraceContext> clientTrace(HttpHeaders headers)
    {
        return TraceContext.ofHeaders(
                Optional.ofNullable(headers.getHeaderString(TraceContext.TRACEPARENT)),
                Optional.ofNullable(headers.getHeaderString(TraceContext.TRACESTATE)));
    }

    @ResourceSecurity(PUBLIC)
    @GET
    @Path("queued/{queryId}/{slug}/{token}")
    @Produces(APPLICATION_JSON)
    public void getStatus(
            @PathParam("queryId") QueryId queryId,
            @PathParam("slug") String slug,
            @PathParam("token") long token,
            @Context HttpServletRequest servletRequest,
            @BeanParam ExternalUriInfo externalUriInfo,
            @Suspended AsyncResponse asyncResponse)
    {
        Duration maxWait = servletRequest.getAttribute(WAITED_ATTRIBUTE) == null ? MAX_WAIT : NO_WAIT;
        ListenableFuture<Response> response = FluentFuture.from(queue.poll(queryId, slug, token, maxWait))
                .transform(answer -> createResponse(answer, externalUriInfo), responseExecutor)
                .catching(NotLeaderException.class, _ -> RetryLater.response(leaderProblem.explain()), directExecutor());
        bindAsyncResponse(asyncResponse, response, responseExecutor);
    }

    @ResourceSecurity(PUBLIC)
    @DELETE
    @Path("queued/{queryId}/{slug}/{token}")
    @Produces(APPLICATION_JSON)
    public void cancelQuery(
            @PathParam("queryId") QueryId queryId,
            @PathParam("slug") String slug,
            @PathParam("token") long token,
            @Suspended AsyncResponse asyncResponse)
    {
        ListenableFuture<Response> response = FluentFuture.from(queue.cancel(queryId, slug, token))
                .transform(_ -> Response.noContent().build(), directExecutor())
                .catching(NotLeaderException.class, _ -> RetryLater.response("It is not certain yet that the query stops"), directExecutor());
        bindAsyncResponse(asyncResponse, response, responseExecutor);
    }

    private Response createResponse(QueueAnswer answer, ExternalUriInfo externalUriInfo)
    {
        // the client may come back to any dispatcher, most likely to this one, which may not have heard of the query yet
        answer.coordinator().ifPresent(coordinator -> locations.found(answer.queryId(), coordinator));
        QueryResults results = answer.failure()
                .map(failure -> queueResults.failed(answer.queryId(), failure, answer.elapsedMillis(), answer.queuedMillis(), externalUriInfo))
                .orElseGet(() -> queueResults.waiting(answer.queryId(), answer.nextPath().orElseThrow(), answer.elapsedMillis(), answer.queuedMillis(), externalUriInfo));
        ResponseBuilder response = Response.ok(results);
        if (!compressionEnabled) {
            response.encoding("identity");
        }
        return response.build();
    }
}
