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
package io.prestosql.cluster;

import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.airlift.http.client.FullJsonResponseHandler.JsonResponse;
import io.airlift.http.client.HttpClient;
import io.airlift.http.client.HttpUriBuilder;
import io.airlift.http.client.Request;
import io.airlift.http.client.Response;
import io.airlift.http.client.ResponseHandler;
import io.airlift.json.JsonCodec;
import io.airlift.units.Duration;
import io.prestosql.coordinator.CoordinatorReport;
import io.prestosql.coordinator.DispatchRequest;
import io.prestosql.coordinator.DispatchResponse;
import io.prestosql.coordinator.ReportRequest;
import io.prestosql.coordinator.StopRequest;
import io.trino.server.BasicQueryInfo;
import io.trino.spi.QueryId;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;

import static com.google.common.net.HttpHeaders.CONTENT_TYPE;
import static com.google.common.net.MediaType.JSON_UTF_8;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.http.client.FullJsonResponseHandler.createFullJsonResponseHandler;
import static io.airlift.http.client.HttpUriBuilder.uriBuilderFrom;
import static io.airlift.http.client.JsonBodyGenerator.jsonBodyGenerator;
import static io.airlift.http.client.Request.Builder.prepareGet;
import static io.airlift.http.client.Request.Builder.preparePost;
import static io.airlift.http.client.Request.Builder.preparePut;
import static io.airlift.http.client.StringResponseHandler.createStringResponseHandler;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * Calls a coordinator's internal interface. Every call is bounded in time; a time-out fails the future with a {@link java.util.concurrent.TimeoutException}.
 */
public class CoordinatorClient
{
    private final HttpClient httpClient;
    private final ScheduledExecutorService executor;
    private final Duration silenceTimeout;
    private final Duration requestTimeout;
    private final JsonCodec<DispatchRequest> dispatchRequestCodec;
    private final JsonCodec<DispatchResponse> dispatchResponseCodec;
    private final JsonCodec<CoordinatorReport> reportCodec;
    private final JsonCodec<ReportRequest> reportRequestCodec;
    private final JsonCodec<StopRequest> stopRequestCodec;
    private final JsonCodec<List<BasicQueryInfo>> queriesCodec;

    @Inject
    public CoordinatorClient(
            @ForCoordinators HttpClient httpClient,
            @ForCoordinators ScheduledExecutorService executor,
            CoordinatorMonitorConfig config,
            JsonCodec<DispatchRequest> dispatchRequestCodec,
            JsonCodec<DispatchResponse> dispatchResponseCodec,
            JsonCodec<CoordinatorReport> reportCodec,
            JsonCodec<ReportRequest> reportRequestCodec,
            JsonCodec<StopRequest> stopRequestCodec,
            JsonCodec<List<BasicQueryInfo>> queriesCodec)
    {
        this.httpClient = requireNonNull(httpClient, "httpClient is null");
        this.executor = requireNonNull(executor, "executor is null");
        this.silenceTimeout = config.getSilenceTimeout();
        this.requestTimeout = config.getRequestTimeout();
        this.dispatchRequestCodec = requireNonNull(dispatchRequestCodec, "dispatchRequestCodec is null");
        this.dispatchResponseCodec = requireNonNull(dispatchResponseCodec, "dispatchResponseCodec is null");
        this.reportCodec = requireNonNull(reportCodec, "reportCodec is null");
        this.reportRequestCodec = requireNonNull(reportRequestCodec, "reportRequestCodec is null");
        this.stopRequestCodec = requireNonNull(stopRequestCodec, "stopRequestCodec is null");
        this.queriesCodec = requireNonNull(queriesCodec, "queriesCodec is null");
    }

    /**
     * Fails with {@link CoordinatorCallException} when the coordinator says no; {@link #isNotTaken} tells whether the query may be there
     * all the same.
     */
    public ListenableFuture<DispatchResponse> dispatch(URI coordinator, QueryId queryId, DispatchRequest dispatchRequest)
    {
        Request request = preparePut()
                .setUri(queryUri(coordinator, queryId).build())
                .setHeader(CONTENT_TYPE, JSON_UTF_8.toString())
                .setBodyGenerator(jsonBodyGenerator(dispatchRequestCodec, dispatchRequest))
                .build();
        return json(request, dispatchResponseCodec, requestTimeout);
    }

    /**
     * Fails with a {@link CoordinatorCallException} that {@link CoordinatorCallException#isDeposed} when the coordinator knows a newer leader
     * than the one that asks.
     */
    public ListenableFuture<CoordinatorReport> getReport(URI coordinator, ReportRequest reportRequest)
    {
        Request request = preparePost()
                .setUri(uriBuilderFrom(coordinator).appendPath("/v1/dispatch/report").build())
                .setHeader(CONTENT_TYPE, JSON_UTF_8.toString())
                .setBodyGenerator(jsonBodyGenerator(reportRequestCodec, reportRequest))
                .build();
        return json(request, reportCodec, new Duration(reportRequest.waitMillis() + silenceTimeout.toMillis(), MILLISECONDS));
    }

    public ListenableFuture<List<BasicQueryInfo>> getQueries(URI coordinator)
    {
        return json(prepareGet().setUri(uriBuilderFrom(coordinator).appendPath("/v1/dispatch/query").build()).build(), queriesCodec, requestTimeout);
    }

    /**
     * The query's details as JSON; empty when the coordinator does not know the query.
     */
    public ListenableFuture<Optional<byte[]>> getQueryInfo(URI coordinator, QueryId queryId, boolean pruned)
    {
        Request request = prepareGet()
                .setUri(queryUri(coordinator, queryId).appendPath("info").addParameter("pruned", String.valueOf(pruned)).build())
                .build();
        return withTimeout(httpClient.executeAsync(request, new BodyHandler()), requestTimeout);
    }

    /**
     * Done when the coordinator has failed the query, or will when it comes. Fails with {@link CoordinatorCallException} when the coordinator
     * says no.
     */
    public ListenableFuture<Void> stop(URI coordinator, QueryId queryId, StopRequest stopRequest)
    {
        Request request = preparePut()
                .setUri(queryUri(coordinator, queryId).appendPath("failure").build())
                .setHeader(CONTENT_TYPE, JSON_UTF_8.toString())
                .setBodyGenerator(jsonBodyGenerator(stopRequestCodec, stopRequest))
                .build();
        return FluentFuture.from(withTimeout(httpClient.executeAsync(request, createStringResponseHandler()), requestTimeout))
                .transform(
                        response -> {
                            if (response.getStatusCode() != 204) {
                                throw new CoordinatorCallException(response.getStatusCode(), response.getBody());
                            }
                            return null;
                        },
                        directExecutor());
    }

    /**
     * Whether the failure of a call means that the call has done nothing, and never will.
     */
    public static boolean isNotTaken(Throwable failure)
    {
        return isRefused(failure) || (failure instanceof CoordinatorCallException call && call.isRefusal());
    }

    /**
     * Whether the failure of a call means that nobody listens at the address: the call has not arrived.
     */
    public static boolean isRefused(Throwable failure)
    {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof ConnectException) {
                return true;
            }
        }
        return false;
    }

    private static HttpUriBuilder queryUri(URI coordinator, QueryId queryId)
    {
        return uriBuilderFrom(coordinator).appendPath("/v1/dispatch/query").appendPath(queryId.toString());
    }

    private <T> ListenableFuture<T> json(Request request, JsonCodec<T> codec, Duration timeout)
    {
        ListenableFuture<JsonResponse<T>> response = withTimeout(httpClient.executeAsync(request, createFullJsonResponseHandler(codec)), timeout);
        return FluentFuture.from(response).transform(CoordinatorClient::getValue, directExecutor());
    }

    private static <T> T getValue(JsonResponse<T> response)
    {
        if (response.getStatusCode() != 200) {
            throw new CoordinatorCallException(response.getStatusCode(), response.getResponseBody());
        }
        if (!response.hasValue()) {
            throw new CoordinatorCallException(response.getStatusCode(), "not understood: " + response.getException());
        }
        return response.getValue();
    }

    private <T> ListenableFuture<T> withTimeout(ListenableFuture<T> future, Duration timeout)
    {
        return FluentFuture.from(future).withTimeout(timeout.toMillis(), MILLISECONDS, executor);
    }

    private static class BodyHandler
            implements ResponseHandler<Optional<byte[]>, RuntimeException>
    {
        @Override
        public Optional<byte[]> handleException(Request request, Exception exception)
        {
            throw new UncheckedIOException(new IOException(exception));
        }

        @Override
        public Optional<byte[]> handle(Request request, Response response)
        {
            try {
                return switch (response.getStatusCode()) {
                    case 200 -> Optional.of(response.getInputStream().readAllBytes());
                    case 404 -> Optional.empty();
                    default -> throw new CoordinatorCallException(response.getStatusCode(), "");
                };
            }
            catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
