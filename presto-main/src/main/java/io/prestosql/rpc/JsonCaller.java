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
package io.prestosql.rpc;

import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.ListenableFuture;
import io.airlift.http.client.FullJsonResponseHandler.JsonResponse;
import io.airlift.http.client.HttpClient;
import io.airlift.http.client.Request;
import io.airlift.http.client.ResponseHandler;
import io.airlift.json.JsonCodec;
import io.airlift.units.Duration;

import java.net.ConnectException;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;

import static com.google.common.net.HttpHeaders.CONTENT_TYPE;
import static com.google.common.net.MediaType.JSON_UTF_8;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.http.client.FullJsonResponseHandler.createFullJsonResponseHandler;
import static io.airlift.http.client.JsonBodyGenerator.jsonBodyGenerator;
import static io.airlift.http.client.Request.Builder.fromRequest;
import static io.airlift.http.client.StringResponseHandler.createStringResponseHandler;
import static java.util.Objects.requireNonNull;

/**
 * Calls other nodes and reads their answers. Every call ends in time: without an answer it fails with a
 * {@link java.util.concurrent.TimeoutException}, with an unexpected answer it fails as the {@link Refusals} say, and when both nodes speak no
 * common version of the protocol, with {@link ProtocolMismatchException}.
 */
public class JsonCaller
{
    private static final int MAX_REFUSAL_LENGTH = 10_000;

    private final HttpClient httpClient;
    private final ScheduledExecutorService executor;
    private final Refusals refusals;
    private final ProtocolVersions versions;

    /**
     * Creates the exception for a call whose answer has an unexpected status, or a body that cannot be read.
     */
    @FunctionalInterface
    public interface Refusals
    {
        /**
         * @param body the body of the answer, cut to the length of a message
         */
        RuntimeException create(int status, String body);
    }

    public JsonCaller(HttpClient httpClient, ScheduledExecutorService executor, Refusals refusals)
    {
        this(httpClient, executor, refusals, ProtocolVersions.SUPPORTED);
    }

    JsonCaller(HttpClient httpClient, ScheduledExecutorService executor, Refusals refusals, ProtocolVersions versions)
    {
        this.httpClient = requireNonNull(httpClient, "httpClient is null");
        this.executor = requireNonNull(executor, "executor is null");
        this.refusals = requireNonNull(refusals, "refusals is null");
        this.versions = requireNonNull(versions, "versions is null");
    }

    public static <T> Request withBody(Request.Builder request, JsonCodec<T> codec, T body)
    {
        return request
                .setHeader(CONTENT_TYPE, JSON_UTF_8.toString())
                .setBodyGenerator(jsonBodyGenerator(codec, body))
                .build();
    }

    /**
     * Calls a node whose answer must have status 200 and be JSON.
     */
    public <T> ListenableFuture<T> call(Request request, JsonCodec<T> codec, Duration timeout)
    {
        return FluentFuture.from(execute(request, createFullJsonResponseHandler(codec), timeout))
                .transform(this::value, directExecutor());
    }

    /**
     * As {@link #call(Request, JsonCodec, Duration)}, but empty when the answer has status 404.
     */
    public <T> ListenableFuture<Optional<T>> find(Request request, JsonCodec<T> codec, Duration timeout)
    {
        return FluentFuture.from(execute(request, createFullJsonResponseHandler(codec), timeout))
                .transform(answer -> answer.getStatusCode() == 404 ? Optional.<T>empty() : Optional.of(value(answer)), directExecutor());
    }

    /**
     * Calls a node whose answer must have status 204, which shows that the call was heard. An answer with any other status may come from
     * another server.
     */
    public ListenableFuture<Void> call(Request request, Duration timeout)
    {
        return FluentFuture.from(execute(request, createStringResponseHandler(), timeout))
                .transform(
                        answer -> {
                            checkProtocol(answer.getStatusCode(), answer.getHeader(ProtocolVersions.HEADER));
                            if (answer.getStatusCode() != 204) {
                                throw refused(answer.getStatusCode(), answer.getBody());
                            }
                            return null;
                        },
                        directExecutor());
    }

    private <T> T value(JsonResponse<T> answer)
    {
        checkProtocol(answer.getStatusCode(), answer.getHeader(ProtocolVersions.HEADER));
        if (answer.getStatusCode() != 200) {
            throw refused(answer.getStatusCode(), answer.getResponseBody());
        }
        if (!answer.hasValue()) {
            throw refused(answer.getStatusCode(), "not understood: " + Optional.<Exception>ofNullable(answer.getException()).map(Exception::toString).orElse("it is not JSON"));
        }
        return answer.getValue();
    }

    /**
     * Looks at what the other node speaks before its answer is read, as the same words may have another meaning there.
     */
    private void checkProtocol(int status, String header)
    {
        if (header == null && status >= 400) {
            // what refuses calls before they arrive at a resource does not say what the node speaks
            return;
        }
        Optional<ProtocolVersions> other = ProtocolVersions.fromHeader(header);
        if (other.filter(versions::overlaps).isEmpty()) {
            throw new ProtocolMismatchException(other.map(ProtocolVersions::toString).orElse("versions that it does not understand"), versions);
        }
    }

    private RuntimeException refused(int status, String body)
    {
        // the body may be anything, and goes into exceptions and logs
        return refusals.create(status, body.substring(0, Math.min(body.length(), MAX_REFUSAL_LENGTH)));
    }

    private <T> ListenableFuture<T> execute(Request request, ResponseHandler<T, RuntimeException> handler, Duration timeout)
    {
        Request versioned = fromRequest(request)
                .setHeader(ProtocolVersions.HEADER, versions.toHeader())
                .build();
        return AnswerTimeout.withTimeout(httpClient.executeAsync(versioned, handler), timeout, executor);
    }

    /**
     * Returns whether the failure of a call means that no process listens at the address, so that the call has not arrived.
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
}
