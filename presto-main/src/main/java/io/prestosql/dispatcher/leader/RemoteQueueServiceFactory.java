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
package io.prestosql.dispatcher.leader;

import com.google.inject.Inject;
import io.airlift.http.client.HttpClient;
import io.airlift.json.JsonCodec;
import io.airlift.units.Duration;
import io.prestosql.dispatcher.admission.QueryOutcome;
import io.prestosql.fleet.CoordinatorMonitorConfig;
import io.prestosql.fleet.ForCoordinators;
import io.prestosql.protocol.SubmittedQuery;
import io.prestosql.queries.QueueViewClient;
import io.prestosql.queue.QueryTooLargeException;
import io.prestosql.rpc.JsonCaller;
import io.prestosql.rpc.NotLeaderException;
import io.trino.execution.ExecutionFailureInfo;
import jakarta.ws.rs.BadRequestException;
import jakarta.ws.rs.InternalServerErrorException;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Response;

import java.net.URI;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;

import static jakarta.ws.rs.core.MediaType.TEXT_PLAIN;
import static java.util.Objects.requireNonNull;

/**
 * Makes the {@link RemoteQueueService} of a leader.
 */
public class RemoteQueueServiceFactory
{
    private final JsonCaller caller;
    private final JsonCaller submissionCaller;
    private final Duration requestTimeout;
    private final JsonCodec<SubmittedQuery> submittedQueryCodec;
    private final JsonCodec<QueueAnswer> answerCodec;
    private final JsonCodec<Optional<QueryOutcome>> outcomeCodec;
    private final JsonCodec<ExecutionFailureInfo> failureCodec;
    private final QueueViewClient viewClient;

    @Inject
    public RemoteQueueServiceFactory(
            @ForCoordinators HttpClient httpClient,
            @ForCoordinators ScheduledExecutorService executor,
            CoordinatorMonitorConfig config,
            JsonCodec<SubmittedQuery> submittedQueryCodec,
            JsonCodec<QueueAnswer> answerCodec,
            JsonCodec<Optional<QueryOutcome>> outcomeCodec,
            JsonCodec<ExecutionFailureInfo> failureCodec,
            QueueViewClient viewClient)
    {
        this.caller = new JsonCaller(httpClient, executor, RemoteQueueServiceFactory::refusal);
        this.submissionCaller = new JsonCaller(httpClient, executor, RemoteQueueServiceFactory::refusalOfSubmission);
        this.requestTimeout = config.getRequestTimeout();
        this.submittedQueryCodec = requireNonNull(submittedQueryCodec, "submittedQueryCodec is null");
        this.answerCodec = requireNonNull(answerCodec, "answerCodec is null");
        this.outcomeCodec = requireNonNull(outcomeCodec, "outcomeCodec is null");
        this.failureCodec = requireNonNull(failureCodec, "failureCodec is null");
        this.viewClient = requireNonNull(viewClient, "viewClient is null");
    }

    /**
     * @param leader the leader's internal address
     */
    public RemoteQueueService create(URI leader)
    {
        return new RemoteQueueService(leader, caller, submissionCaller, requestTimeout, submittedQueryCodec, answerCodec, outcomeCodec, failureCodec, viewClient.queueOf(leader));
    }

    /**
     * Status 500 is final: the leader has tried and would fail again, and the client has not been told of the query yet.
     */
    private static RuntimeException refusalOfSubmission(int status, String body)
    {
        if (status == 500) {
            return new InternalServerErrorException(Response.serverError().type(TEXT_PLAIN).entity("The query cannot be submitted: an error of the dispatcher that leads the queue, whose log says more").build());
        }
        return refusal(status, body);
    }

    private static RuntimeException refusal(int status, String body)
    {
        return switch (status) {
            case 400 -> new BadRequestException(body);
            case 404 -> new NotFoundException(body);
            case 410 -> new WebApplicationException(body, 410);
            case 413 -> new QueryTooLargeException(body);
            case NotLeaderException.STATUS -> new NotLeaderException();
            default -> new IllegalStateException("The queue's leader answered with status %s: %s".formatted(status, body));
        };
    }
}
