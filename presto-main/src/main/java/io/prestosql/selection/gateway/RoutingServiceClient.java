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
package io.prestosql.selection.gateway;

import com.google.common.collect.ImmutableSet;
import io.airlift.http.client.HttpClient;
import io.airlift.http.client.HttpClient.HttpResponseFuture;
import io.airlift.http.client.HttpClientConfig;
import io.airlift.http.client.JsonResponseHandler;
import io.airlift.http.client.Request;
import io.airlift.http.client.UnexpectedResponseException;
import io.airlift.http.client.jetty.JettyHttpClient;
import io.airlift.json.JsonCodec;
import io.airlift.units.DataSize;
import io.airlift.units.Duration;
import io.prestosql.selection.RequestHeaders;
import io.prestosql.spi.selection.SelectionRequest;

import java.net.URI;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static com.google.common.net.HttpHeaders.ACCEPT;
import static com.google.common.net.HttpHeaders.CONTENT_TYPE;
import static com.google.common.net.MediaType.JSON_UTF_8;
import static io.airlift.http.client.JsonBodyGenerator.jsonBodyGenerator;
import static io.airlift.http.client.JsonResponseHandler.createJsonResponseHandler;
import static io.airlift.http.client.Request.Builder.preparePost;
import static io.airlift.json.JsonCodec.jsonCodec;
import static io.airlift.units.DataSize.Unit.KILOBYTE;
import static java.util.Locale.ENGLISH;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

/**
 * Asks a routing service of Trino Gateway.
 */
final class RoutingServiceClient
{
    private static final JsonCodec<RoutingServiceRequest> REQUEST_CODEC = jsonCodec(RoutingServiceRequest.class);
    private static final JsonResponseHandler<RoutingServiceAnswer> ANSWER_HANDLER = createJsonResponseHandler(jsonCodec(RoutingServiceAnswer.class));
    private static final DataSize MAX_ANSWER_SIZE = DataSize.of(64, KILOBYTE);

    /** What belongs to the client's connection, or describes the client's body, and would be wrong for ours. */
    private static final Set<String> HEADERS_OF_CONNECTION = ImmutableSet.of(
            "accept",
            "accept-encoding",
            "connection",
            "content-encoding",
            "content-length",
            "content-type",
            "expect",
            "host",
            "http2-settings",
            "keep-alive",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade");

    private final URI url;
    private final Set<String> excludedHeaders;
    private final Duration timeout;
    private final HttpClient httpClient;

    /**
     * @param maxCalls how many callers ask at the same time
     */
    RoutingServiceClient(URI url, List<String> excludedHeaders, Duration timeout, int maxCalls)
    {
        this.url = requireNonNull(url, "url is null");
        this.excludedHeaders = excludedHeaders.stream()
                .map(name -> name.toLowerCase(ENGLISH))
                .collect(toImmutableSet());
        this.timeout = requireNonNull(timeout, "timeout is null");
        this.httpClient = new JettyHttpClient("cluster-selection-service", new HttpClientConfig()
                .setConnectTimeout(timeout)
                .setRequestTimeout(timeout)
                .setMaxContentLength(MAX_ANSWER_SIZE)
                .setMaxConnectionsPerServer(maxCalls)
                .setSelectorCount(1));
    }

    /**
     * @throws RoutingServiceRefusalException when the service has answered that it does not take this request
     * @throws RuntimeException when the service has not answered in time, or not with 200 and what it should
     */
    RoutingServiceAnswer ask(SelectionRequest request, RoutingServiceRequest body)
            throws InterruptedException
    {
        HttpResponseFuture<RoutingServiceAnswer> answer = httpClient.executeAsync(createRequest(request, body), ANSWER_HANDLER);
        try {
            RoutingServiceAnswer read = answer.get(timeout.roundTo(NANOSECONDS), NANOSECONDS);
            if (read == null) {
                throw new IllegalStateException("its answer is null");
            }
            return read;
        }
        catch (TimeoutException _) {
            throw new IllegalStateException("it has not answered within cluster-selection.service-timeout=%s".formatted(timeout));
        }
        catch (ExecutionException e) {
            if (e.getCause() instanceof UnexpectedResponseException response && blamesRequest(response.getStatusCode())) {
                throw new RoutingServiceRefusalException(response.getMessage(), response);
            }
            throw new IllegalStateException(e.getCause() == null ? e.getMessage() : e.getCause().getMessage(), e);
        }
        finally {
            // does nothing when the answer is there
            answer.cancel(true);
        }
    }

    private static boolean blamesRequest(int status)
    {
        // the others say that the service has too much to do
        return status >= 400 && status < 500 && status != 408 && status != 429;
    }

    private Request createRequest(SelectionRequest request, RoutingServiceRequest body)
    {
        Request.Builder builder = preparePost()
                .setUri(url)
                .setFollowRedirects(false)
                .setHeader(CONTENT_TYPE, JSON_UTF_8.toString())
                .setHeader(ACCEPT, JSON_UTF_8.toString())
                .setBodyGenerator(jsonBodyGenerator(REQUEST_CODEC, body));
        request.headers().forEach((name, values) -> {
            if (isSent(name)) {
                values.forEach(value -> builder.addHeader(name, value));
            }
        });
        return builder.build();
    }

    private boolean isSent(String name)
    {
        return !HEADERS_OF_CONNECTION.contains(name) && !RequestHeaders.isSecret(name) && !excludedHeaders.contains(name);
    }

    void close()
    {
        httpClient.close();
    }
}
