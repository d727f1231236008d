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

import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.airlift.http.client.HttpClient;
import io.airlift.http.client.HttpUriBuilder;
import io.airlift.http.client.Request;
import io.airlift.json.JsonCodec;
import io.airlift.units.Duration;
import io.prestosql.dispatcher.admission.QueryOutcome;
import io.prestosql.dispatcher.admission.QuerySubmission;
import io.prestosql.fleet.CoordinatorMonitorConfig;
import io.prestosql.fleet.ForCoordinators;
import io.prestosql.protocol.SubmittedQuery;
import io.prestosql.queue.QueryTooLargeException;
import io.prestosql.rpc.JsonCaller;
import io.prestosql.rpc.NotLeaderException;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.spi.QueryId;
import jakarta.ws.rs.BadRequestException;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.WebApplicationException;

import java.net.URI;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;

import static io.airlift.http.client.HttpUriBuilder.uriBuilderFrom;
import static io.airlift.http.client.Request.Builder.prepareDelete;
import static io.airlift.http.client.Request.Builder.prepareGet;
import static io.airlift.http.client.Request.Builder.preparePut;
import static io.prestosql.rpc.JsonCaller.withBody;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * The queue that another dispatcher leads, by way of that dispatcher's {@link QueueResource}.
 */
public class LeaderClient
{
    private final JsonCaller caller;
    private final Duration requestTimeout;
    private final JsonCodec<SubmittedQuery> submittedQueryCodec;
    private final JsonCodec<QueueAnswer> answerCodec;
    private final JsonCodec<Optional<QueryOutcome>> outcomeCodec;
    private final JsonCodec<ExecutionFailureInfo> failureCodec;

    @Inject
    public LeaderClient(
            @ForCoordinators HttpClient httpClient,
            @ForCoordinators ScheduledExecutorService executor,
            CoordinatorMonitorConfig config,
            JsonCodec<SubmittedQuery> submittedQueryCodec,
            JsonCodec<QueueAnswer> answerCodec,
            JsonCodec<Optional<QueryOutcome>> outcomeCodec,
            JsonCodec<ExecutionFailureInfo> failureCodec)
    {
        this.caller = new JsonCaller(httpClient, executor, LeaderClient::refusal);
        this.requestTimeout = config.getRequestTimeout();
        this.submittedQueryCodec = requireNonNull(submittedQueryCodec, "submittedQueryCodec is null");
        this.answerCodec = requireNonNull(answerCodec, "answerCodec is null");
        this.outcomeCodec = requireNonNull(outcomeCodec, "outcomeCodec is null");
        this.failureCodec = requireNonNull(failureCodec, "failureCodec is null");
    }

    /**
     * @param leader the leader's internal address
     */
    public QueueService queueOf(URI leader)
    {
        return new RemoteQueue(leader);
    }

    private class RemoteQueue
            implements QueueService
    {
        private final URI leader;

        private RemoteQueue(URI leader)
        {
            this.leader = requireNonNull(leader, "leader is null");
        }

        @Override
        public ListenableFuture<QueueAnswer> submit(QuerySubmission submission)
        {
            Request request = withBody(preparePut().setUri(query(submission.queryId()).build()), submittedQueryCodec, submission.query());
            return caller.call(request, answerCodec, requestTimeout);
        }

        @Override
        public ListenableFuture<QueueAnswer> poll(QueryId queryId, String slug, long token, Duration maxWait)
        {
            Request request = prepareGet()
                    .setUri(query(queryId).appendPath("client").appendPath(slug).appendPath(String.valueOf(token)).addParameter("wait", maxWait.toMillis() + "ms").build())
                    .build();
            return caller.call(request, answerCodec, new Duration(maxWait.toMillis() + requestTimeout.toMillis(), MILLISECONDS));
        }

        @Override
        public ListenableFuture<Void> cancel(QueryId queryId, String slug, long token)
        {
            Request request = prepareDelete()
                    .setUri(query(queryId).appendPath("client").appendPath(slug).appendPath(String.valueOf(token)).build())
                    .build();
            return caller.call(request, requestTimeout);
        }

        @Override
        public ListenableFuture<Optional<QueryOutcome>> outcome(QueryId queryId)
        {
            return caller.call(prepareGet().setUri(query(queryId).appendPath("outcome").build()).build(), outcomeCodec, requestTimeout);
        }

        @Override
        public ListenableFuture<Void> fail(QueryId queryId, ExecutionFailureInfo reason)
        {
            Request request = withBody(preparePut().setUri(query(queryId).appendPath("failure").build()), failureCodec, reason);
            return caller.call(request, requestTimeout);
        }

        private HttpUriBuilder query(QueryId queryId)
        {
            return uriBuilderFrom(leader).appendPath("/v1/queue/query").appendPath(queryId.toString());
        }
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
