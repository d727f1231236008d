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

import com.google.common.collect.ImmutableListMultimap;
import com.google.common.util.concurrent.ListenableFuture;
import io.airlift.http.client.HttpStatus;
import io.airlift.http.client.Request;
import io.airlift.http.client.testing.TestingHttpClient;
import io.airlift.http.client.testing.TestingResponse;
import io.airlift.json.JsonCodec;
import io.airlift.units.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import java.io.EOFException;
import java.net.ConnectException;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

import static com.google.common.net.MediaType.JSON_UTF_8;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.airlift.http.client.Request.Builder.prepareGet;
import static io.airlift.http.client.testing.TestingResponse.mockResponse;
import static io.airlift.json.JsonCodec.listJsonCodec;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static java.util.concurrent.Executors.newSingleThreadScheduledExecutor;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

@TestInstance(PER_CLASS)
public class TestJsonCaller
{
    private static final Duration TIMEOUT = new Duration(20, SECONDS);
    private static final JsonCodec<List<String>> CODEC = listJsonCodec(String.class);

    private final ScheduledExecutorService executor = newSingleThreadScheduledExecutor(daemonThreadsNamed("test-json-caller"));

    @AfterAll
    public void tearDown()
    {
        executor.shutdownNow();
    }

    @Test
    public void testAnswer()
    {
        assertThat(getDone(answering(HttpStatus.OK, "[\"a\", \"b\"]").call(request(), CODEC, TIMEOUT))).containsExactly("a", "b");
    }

    @Test
    public void testAnswerThatIsNotUnderstood()
    {
        assertRefused(answering(HttpStatus.OK, "nonsense").call(request(), CODEC, TIMEOUT), 200, "not understood");
    }

    @Test
    public void testRefusal()
    {
        assertRefused(answering(HttpStatus.CONFLICT, "no").call(request(), CODEC, TIMEOUT), 409, "no");
        assertRefused(answering(HttpStatus.CONFLICT, "no").call(request(), TIMEOUT), 409, "no");
        assertRefused(answering(HttpStatus.CONFLICT, "no").find(request(), CODEC, TIMEOUT), 409, "no");
        // an empty answer where a value is expected
        assertRefused(answering(HttpStatus.NO_CONTENT, "").call(request(), CODEC, TIMEOUT), 204, "");
    }

    @Test
    public void testNothing()
    {
        assertThat(getDone(answering(HttpStatus.NO_CONTENT, "").call(request(), TIMEOUT))).isNull();
        assertRefused(answering(HttpStatus.OK, "some text").call(request(), TIMEOUT), 200, "some text");
    }

    @Test
    public void testFind()
    {
        assertThat(getDone(answering(HttpStatus.OK, "[]").find(request(), CODEC, TIMEOUT))).contains(List.of());
        assertThat(getDone(answering(HttpStatus.NOT_FOUND, "unknown").find(request(), CODEC, TIMEOUT))).isEmpty();
        assertRefused(answering(HttpStatus.NOT_FOUND, "unknown").call(request(), CODEC, TIMEOUT), 404, "unknown");
    }

    @Test
    public void testRefusedConnection()
    {
        JsonCaller caller = caller(new TestingHttpClient(_ -> {
            throw new ConnectException("Connection refused");
        }));
        assertThat(caller.call(request(), CODEC, TIMEOUT).exceptionNow()).satisfies(failure -> assertThat(JsonCaller.isRefused(failure)).isTrue());
    }

    @Test
    public void testBrokenConnection()
    {
        JsonCaller caller = caller(new TestingHttpClient(_ -> {
            throw new EOFException();
        }));
        assertThat(caller.call(request(), CODEC, TIMEOUT).exceptionNow()).satisfies(failure -> assertThat(JsonCaller.isRefused(failure)).isFalse());
    }

    @Test
    public void testSilence()
            throws Exception
    {
        CountDownLatch end = new CountDownLatch(1);
        ExecutorService httpExecutor = newCachedThreadPool(daemonThreadsNamed("silent-%s"));
        try {
            JsonCaller caller = caller(new TestingHttpClient(
                    _ -> {
                        end.await();
                        return mockResponse(HttpStatus.OK, JSON_UTF_8, "[]");
                    },
                    httpExecutor));
            ListenableFuture<List<String>> call = caller.call(request(), CODEC, new Duration(10, MILLISECONDS));
            assertThatThrownBy(() -> call.get(20, SECONDS)).hasCauseInstanceOf(TimeoutException.class);
        }
        finally {
            end.countDown();
            httpExecutor.shutdownNow();
        }
    }

    @Test
    public void testSaysWhatItSpeaks()
    {
        AtomicReference<String> header = new AtomicReference<>();
        JsonCaller caller = caller(new TestingHttpClient(request -> {
            header.set(request.getHeader(ProtocolVersions.HEADER));
            return mockResponse(HttpStatus.OK, JSON_UTF_8, "[]");
        }));
        getDone(caller.call(request(), CODEC, TIMEOUT));
        assertThat(header).hasValue(ProtocolVersions.SUPPORTED.toHeader());
    }

    @Test
    public void testOtherProtocol()
    {
        ProtocolVersions versions = new ProtocolVersions(2, 3);
        String message = "speaks versions 4 to 7 of the protocol between nodes, and this node versions 2 to 3";
        // the answer is not read, with any status
        for (HttpStatus status : List.of(HttpStatus.BAD_REQUEST, HttpStatus.OK, HttpStatus.NO_CONTENT, HttpStatus.NOT_FOUND)) {
            assertMismatch(speaking(versions, status, Optional.of("4-7")).call(request(), CODEC, TIMEOUT), message);
            assertMismatch(speaking(versions, status, Optional.of("4-7")).call(request(), TIMEOUT), message);
        }
        assertMismatch(speaking(versions, HttpStatus.OK, Optional.of("4-7")).find(request(), CODEC, TIMEOUT), message);
        assertMismatch(speaking(versions, HttpStatus.OK, Optional.of("later")).call(request(), CODEC, TIMEOUT), "speaks versions that it does not understand");
        // a node of release 476-1
        assertMismatch(speaking(versions, HttpStatus.OK, Optional.empty()).call(request(), CODEC, TIMEOUT), "speaks version 1 of the protocol");
        // which may also be a server between the nodes
        assertRefused(speaking(versions, HttpStatus.SERVICE_UNAVAILABLE, Optional.empty()).call(request(), CODEC, TIMEOUT), 503, "");

        assertThat(getDone(speaking(versions, HttpStatus.OK, Optional.of("3-4")).call(request(), CODEC, TIMEOUT))).isEmpty();
        assertThat(getDone(speaking(new ProtocolVersions(1, 3), HttpStatus.OK, Optional.empty()).call(request(), CODEC, TIMEOUT))).isEmpty();
    }

    private JsonCaller speaking(ProtocolVersions versions, HttpStatus status, Optional<String> header)
    {
        ImmutableListMultimap.Builder<String, String> headers = ImmutableListMultimap.builder();
        headers.put("Content-Type", JSON_UTF_8.toString());
        header.ifPresent(value -> headers.put(ProtocolVersions.HEADER, value));
        TestingHttpClient client = new TestingHttpClient(_ -> new TestingResponse(status, headers.build(), "[]".getBytes(UTF_8)));
        return new JsonCaller(client, executor, CoordinatorCallException::new, versions);
    }

    private static void assertMismatch(ListenableFuture<?> call, String message)
    {
        assertThat(call.exceptionNow())
                .isInstanceOf(ProtocolMismatchException.class)
                .hasMessageContaining(message)
                .satisfies(failure -> assertThat(((CoordinatorCallException) failure).isRefusal()).isTrue());
    }

    private JsonCaller answering(HttpStatus status, String body)
    {
        return caller(new TestingHttpClient(_ -> mockResponse(status, JSON_UTF_8, body)));
    }

    private JsonCaller caller(TestingHttpClient client)
    {
        return new JsonCaller(client, executor, CoordinatorCallException::new);
    }

    private static Request request()
    {
        return prepareGet().setUri(URI.create("http://127.0.0.1/")).build();
    }

    private static <T> T getDone(ListenableFuture<T> call)
    {
        assertThat(call.isDone()).isTrue();
        return call.resultNow();
    }

    private static void assertRefused(ListenableFuture<?> call, int status, String body)
    {
        assertThat(call.exceptionNow())
                .isInstanceOf(CoordinatorCallException.class)
                .hasMessageContaining(body)
                .satisfies(failure -> assertThat(((CoordinatorCallException) failure).getStatus()).isEqualTo(status));
    }
}
