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
package io.prestosql.fleet;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.airlift.http.client.HttpClient;
import io.airlift.http.client.HttpUriBuilder;
import io.airlift.http.client.Request;
import io.airlift.json.JsonCodec;
import io.airlift.units.Duration;
import io.prestosql.protocol.CoordinatorReport;
import io.prestosql.protocol.DispatchRequest;
import io.prestosql.protocol.DispatchResponse;
import io.prestosql.protocol.ReportRequest;
import io.prestosql.protocol.StopRequest;
import io.prestosql.rpc.CoordinatorCallException;
import io.prestosql.rpc.JsonCaller;
import io.trino.spi.QueryId;

import java.net.URI;
import java.util.concurrent.ScheduledExecutorService;

import static io.airlift.http.client.HttpUriBuilder.uriBuilderFrom;
import static io.airlift.http.client.Request.Builder.preparePost;
import static io.airlift.http.client.Request.Builder.preparePut;
import static io.prestosql.rpc.JsonCaller.withBody;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * Calls a coordinator's internal interface. Every call is bounded in time; a time-out fails the future with a
 * {@link java.util.concurrent.TimeoutException}.
 */
public class CoordinatorClient
{
    private final JsonCaller caller;
    private final Duration silenceTimeout;
    private final Duration requestTimeout;
    private final JsonCodec<DispatchRequest> dispatchRequestCodec;
    private final JsonCodec<DispatchResponse> dispatchResponseCodec;
    private final JsonCodec<CoordinatorReport> reportCodec;
    private final JsonCodec<ReportRequest> reportRequestCodec;
    private final JsonCodec<StopRequest> stopRequestCodec;

    @Inject
    public CoordinatorClient(
            @ForCoordinators HttpClient httpClient,
            @ForCoordinators ScheduledExecutorService executor,
            CoordinatorMonitorConfig config,
            JsonCodec<DispatchRequest> dispatchRequestCodec,
            JsonCodec<DispatchResponse> dispatchResponseCodec,
            JsonCodec<CoordinatorReport> reportCodec,
            JsonCodec<ReportRequest> reportRequestCodec,
            JsonCodec<StopRequest> stopRequestCodec)
    {
        this.caller = new JsonCaller(httpClient, executor, CoordinatorCallException::new);
        this.silenceTimeout = config.getSilenceTimeout();
        this.requestTimeout = config.getRequestTimeout();
        this.dispatchRequestCodec = requireNonNull(dispatchRequestCodec, "dispatchRequestCodec is null");
        this.dispatchResponseCodec = requireNonNull(dispatchResponseCodec, "dispatchResponseCodec is null");
        this.reportCodec = requireNonNull(reportCodec, "reportCodec is null");
        this.reportRequestCodec = requireNonNull(reportRequestCodec, "reportRequestCodec is null");
        this.stopRequestCodec = requireNonNull(stopRequestCodec, "stopRequestCodec is null");
    }

    /**
     * Fails with {@link CoordinatorCallException} when the coordinator refuses; {@link #isNotTaken} tells whether it may have the query even
     * so.
     */
    public ListenableFuture<DispatchResponse> dispatch(URI coordinator, QueryId queryId, DispatchRequest dispatchRequest)
    {
        Request request = withBody(preparePut().setUri(queryUri(coordinator, queryId).build()), dispatchRequestCodec, dispatchRequest);
        return caller.call(request, dispatchResponseCodec, requestTimeout);
    }

    /**
     * Fails with a {@link CoordinatorCallException} that {@link CoordinatorCallException#isDeposed} when the coordinator knows a newer leader
     * than the caller.
     */
    public ListenableFuture<CoordinatorReport> getReport(URI coordinator, ReportRequest reportRequest)
    {
        Request request = withBody(preparePost().setUri(uriBuilderFrom(coordinator).appendPath("/v1/dispatch/report").build()), reportRequestCodec, reportRequest);
        return caller.call(request, reportCodec, new Duration(reportRequest.waitMillis() + silenceTimeout.toMillis(), MILLISECONDS));
    }

    /**
     * Returns a future that is done when the coordinator has failed the query, or will fail it when it comes. It fails with
     * {@link CoordinatorCallException} when the coordinator refuses.
     */
    public ListenableFuture<Void> stop(URI coordinator, QueryId queryId, StopRequest stopRequest)
    {
        return caller.call(withBody(preparePut().setUri(queryUri(coordinator, queryId).appendPath("failure").build()), stopRequestCodec, stopRequest), requestTimeout);
    }

    /**
     * Returns whether the failure of a call means that the call has done nothing, and never will.
     */
    public static boolean isNotTaken(Throwable failure)
    {
        return JsonCaller.isRefused(failure) || (failure instanceof CoordinatorCallException call && call.isRefusal());
    }

    private static HttpUriBuilder queryUri(URI coordinator, QueryId queryId)
    {
        return uriBuilderFrom(coordinator).appendPath("/v1/dispatch/query").appendPath(queryId.toString());
    }
}
