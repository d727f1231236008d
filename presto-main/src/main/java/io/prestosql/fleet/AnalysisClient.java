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
import io.airlift.json.JsonCodec;
import io.airlift.units.Duration;
import io.prestosql.protocol.AnalysisRequest;
import io.prestosql.protocol.AnalysisResponse;
import io.prestosql.rpc.CoordinatorCallException;
import io.prestosql.rpc.JsonCaller;
import io.trino.spi.QueryId;

import java.net.URI;
import java.util.concurrent.ScheduledExecutorService;

import static io.airlift.http.client.HttpUriBuilder.uriBuilderFrom;
import static io.airlift.http.client.Request.Builder.prepareDelete;
import static io.airlift.http.client.Request.Builder.preparePost;
import static io.prestosql.rpc.JsonCaller.withBody;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * Asks a coordinator whether a waiting query is wrong. Every call is bounded in time; a time-out fails the future with a
 * {@link java.util.concurrent.TimeoutException}.
 */
public class AnalysisClient
{
    private final JsonCaller caller;
    private final Duration requestTimeout;
    private final JsonCodec<AnalysisRequest> requestCodec;
    private final JsonCodec<AnalysisResponse> responseCodec;

    @Inject
    public AnalysisClient(
            @ForCoordinators HttpClient httpClient,
            @ForCoordinators ScheduledExecutorService executor,
            CoordinatorMonitorConfig config,
            JsonCodec<AnalysisRequest> requestCodec,
            JsonCodec<AnalysisResponse> responseCodec)
    {
        this.caller = new JsonCaller(httpClient, executor, CoordinatorCallException::new);
        this.requestTimeout = config.getRequestTimeout();
        this.requestCodec = requireNonNull(requestCodec, "requestCodec is null");
        this.responseCodec = requireNonNull(responseCodec, "responseCodec is null");
    }

    /**
     * Fails with {@link CoordinatorCallException} when the coordinator gives no answer: with status 503 when it has too much to do, with 404
     * when it is of a release that does not analyse queued queries.
     */
    public ListenableFuture<AnalysisResponse> analyze(URI coordinator, QueryId queryId, AnalysisRequest request)
    {
        Duration timeout = new Duration(request.timeoutMillis() + requestTimeout.toMillis(), MILLISECONDS);
        return caller.call(withBody(preparePost().setUri(analysisUri(coordinator, queryId)), requestCodec, request), responseCodec, timeout);
    }

    /**
     * Tells the coordinator that the answer is not needed any more.
     */
    public ListenableFuture<Void> cancel(URI coordinator, QueryId queryId)
    {
        return caller.call(prepareDelete().setUri(analysisUri(coordinator, queryId)).build(), requestTimeout);
    }

    private static URI analysisUri(URI coordinator, QueryId queryId)
    {
        return uriBuilderFrom(coordinator).appendPath("/v1/analysis").appendPath(queryId.toString()).build();
    }
}
