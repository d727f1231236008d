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
package io.prestosql.dispatcher;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.airlift.http.client.HttpClient;
import io.airlift.http.client.HttpUriBuilder;
import io.airlift.http.client.Request;
import io.airlift.http.client.StringResponseHandler.StringResponse;
import io.airlift.json.JsonCodec;
import io.airlift.units.Duration;
import io.prestosql.cluster.CoordinatorMonitorConfig;
import io.prestosql.cluster.ForCoordinators;
import io.prestosql.discovery.AnswerTimeout;
import io.prestosql.queue.QueryTooLargeException;
import io.prestosql.queue.SubmittedQuery;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.server.BasicQueryInfo;
import io.trino.spi.QueryId;
import jakarta.ws.rs.BadRequestException;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.WebApplicationException;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;

import static com.google.common.net.HttpHeaders.CONTENT_TYPE;
import static com.google.common.net.MediaType.JSON_UTF_8;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.http.client.HttpUriBuilder.uriBuilderFrom;
import static io.airlift.http.client.JsonBodyGenerator.jsonBodyGenerator;
import static io.airlift.http.client.Request.Builder.prepareDelete;
import static io.airlift.http.client.Request.Builder.prepareGet;
import static io.airlift.http.client.Request.Builder.preparePut;
import static io.airlift.http.client.StringResponseHandler.createStringResponseHandler;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * The queue that another dispatcher leads, by way of that dispatcher's {@link QueueResource}.
 */
public class LeaderClient
{
    private final HttpClient httpClient;
    private final ScheduledExecutorService executor;
    private final Duration requestTimeout;
    private final JsonCodec<SubmittedQuery> submittedQueryCodec;
    private final JsonCodec<QueueAnswer> answerCodec;
    private final JsonCodec<Optional<QueryOutcome>> outcomeCodec;
    private final JsonCodec<List<BasicQueryInfo>> queriesCodec;
    private final JsonCodec<Optional<BasicQueryInfo>> queryCodec;
    private final JsonCodec<Optional<JsonNode>> queryInfoCodec;
    private final JsonCodec<ExecutionFailureInfo> failureCodec;

    @Inject
    public LeaderClient(
            @ForCoordinators HttpClient httpClient,
            @ForCoordinators ScheduledExecutorService executor,
            CoordinatorMonitorConfig config,
            JsonCodec<SubmittedQuery> submittedQueryCodec,
            JsonCodec<QueueAnswer> answerCodec,
            JsonCodec<Optional<QueryOutcome>> outcomeCodec,
            JsonCodec<List<BasicQueryInfo>> queriesCodec,
            JsonCodec<Optional<BasicQueryInfo>> queryCodec,
            JsonCodec<Optional<JsonNode>> queryInfoCodec,
            JsonCodec<ExecutionFailureInfo> failureCodec)
    {
        this.httpClient = requireNonNull(httpClient, "httpClient is null");
        this.executor = requireNonNull(executor, "executor is null");
        this.requestTimeout = config.getRequestTimeout();
        this.submittedQueryCodec = requireNonNull(submittedQueryCodec, "submittedQueryCodec is null");
        this.answerCodec = requireNonNull(answerCodec, "answerCodec is null");
        this.outcomeCodec = requireNonNull(outcomeCodec, "outcomeCodec is null");
        this.queriesCodec = requireNonNull(queriesCodec, "queriesCodec is null");
        this.queryCodec = requireNonNull(queryCodec, "queryCodec is null");
        this.queryInfoCodec = requireNonNull(queryInfoCodec, "queryInfoCodec is null");
        this.failureCodec = requireNonNull(failureCodec, "failureCodec is null");
    }

    /**
     * @param leader the leader's internal address
     */
    public ClientQueue queueOf(URI leader)
    {
        return new RemoteQueue(leader);
    }

    private class RemoteQueue
            implements ClientQueue
    {
        private final URI leader;

        private RemoteQueue(URI leader)
        {
            this.leader = requireNonNull(leader, "leader is null");
        }

        @Override
        public ListenableFuture<QueueAnswer> submit(QuerySubmission submission)
        {
            Request request = preparePut()
                    .setUri(query(submission.queryId()).build())
                    .setHeader(CONTENT_TYPE, JSON_UTF_8.toString())
                    .setBodyGenerator(jsonBodyGenerator(submittedQueryCodec, submission.query()))
                    .build();
            return json(request, answerCodec, requestTimeout);
        }

        @Override
        public ListenableFuture<QueueAnswer> poll(QueryId queryId, String slug, long token, Duration maxWait)
        {
            Request request = prepareGet()
                    .setUri(query(queryId).appendPath("client").appendPath(slug).appendPath(String.valueOf(token)).addParameter("wait", maxWait.toMillis() + "ms").build())
                    .build();
            return json(request, answerCodec, new Duration(maxWait.toMillis() + requestTimeout.toMillis(), MILLISECONDS));
        }

        @Override
        public ListenableFuture<Void> cancel(QueryId queryId, String slug, long token)
        {
            Request request = prepareDelete()
                    .setUri(query(queryId).appendPath("client").appendPath(slug).appendPath(String.valueOf(token)).build())
                    .build();
            return nothing(request);
        }

        @Override
        public ListenableFuture<Optional<QueryOutcome>> outcome(QueryId queryId)
        {
            return json(prepareGet().setUri(query(queryId).appendPath("outcome").build()).build(), outcomeCodec, requestTimeout);
        }

        @Override
        public ListenableFuture<List<BasicQueryInfo>> getQueries()
        {
            return json(prepareGet().setUri(queries().build()).build(), queriesCodec, requestTimeout);
        }

        @Override
        public ListenableFuture<Optional<BasicQueryInfo>> getQuery(QueryId queryId)
        {
            return json(prepareGet().setUri(query(queryId).build()).build(), queryCodec, requestTimeout);
        }

        @Override
        public ListenableFuture<Optional<JsonNode>> getQueryInfo(QueryId queryId, boolean pruned)
        {
            return json(prepareGet().setUri(query(queryId).appendPath("info").addParameter("pruned", String.valueOf(pruned)).build()).build(), queryInfoCodec, requestTimeout);
        }

        @Override
        public ListenableFuture<Void> fail(QueryId queryId, ExecutionFailureInfo reason)
        {
            Request request = preparePut()
                    .setUri(query(queryId).appendPath("failure").build())
                    .setHeader(CONTENT_TYPE, JSON_UTF_8.toString())
                    .setBodyGenerator(jsonBodyGenerator(failureCodec, reason))
                    .build();
            return nothing(request);
        }

        private HttpUriBuilder queries()
        {
            return uriBuilderFrom(leader).appendPath("/v1/queue/query");
        }

        private HttpUriBuilder query(QueryId queryId)
        {
            return queries().appendPath(queryId.toString());
        }
    }

    private <T> ListenableFuture<T> json(Request request, JsonCodec<T> codec, Duration timeout)
    {
        return execute(request, timeout).transform(response -> codec.fromJson(response.getBody()), directExecutor());
    }

    private ListenableFuture<Void> nothing(Request request)
    {
        return execute(request, requestTimeout).transform(_ -> null, directExecutor());
    }

    private FluentFuture<StringResponse> execute(Request request, Duration timeout)
    {
        return FluentFuture.from(AnswerTimeout.withTimeout(httpClient.executeAsync(request, createStringResponseHandler()), timeout, executor))
                .transform(LeaderClient::check, directExecutor());
    }

    private static StringResponse check(StringResponse response)
    {
        String body = response.getBody();
        return switch (response.getStatusCode()) {
            case 200, 204 -> response;
            case 400 -> throw new BadRequestException(body);
            case 404 -> throw new NotFoundException(body);
            case 410 -> throw new WebApplicationException(body, 410);
            case 413 -> throw new QueryTooLargeException(body);
            case QueueResource.NOT_LEADER -> throw new NotLeaderException();
            default -> throw new IllegalStateException("The queue's leader answered with status %s: %s".formatted(response.getStatusCode(), body));
        };
    }
}
