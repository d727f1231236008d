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
package io.prestosql.tests.product;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.stream.Collectors.joining;

/**
 * Stands in for a dispatcher behind a load balancer. Tests choose the size of its answers and its pauses.
 */
final class StandInDispatcher
        implements AutoCloseable
{
    /** Answers 200 after the pause. */
    static final String LATE = "/late";
    /** Begins an answer, pauses, and finishes it. */
    static final String INTERRUPTED = "/interrupted";
    /** Sends {@link #LARGE_SIZE} bytes as fast as the client reads them. */
    static final String LARGE = "/large";
    /** Returns the length of the request's body. */
    static final String LENGTH = "/length";
    /** Returns the request's headers about its origin. */
    static final String HEADERS = "/headers";
    /** Answers as a dispatcher does after {@code PREPARE}: returns the request's body in a header. */
    static final String PREPARE = "/prepare";

    /** More than all buffers on the way can hold. */
    static final int LARGE_SIZE = 64_000_000;
    static final String ADDED_PREPARE = "X-Trino-Added-Prepare";

    private final Duration pause;
    private final HttpServer server;
    private final CountDownLatch closed = new CountDownLatch(1);

    StandInDispatcher(Duration pause)
    {
        this.pause = requireNonNull(pause, "pause is null");
        server = LoopbackServer.create();
        server.createContext("/v1/info", exchange -> answer(exchange, "{\"starting\":false}"));
        server.createContext(LATE, exchange -> {
            pause();
            answer(exchange, "late");
        });
        server.createContext(INTERRUPTED, exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write("interr".getBytes(UTF_8));
            exchange.getResponseBody().flush();
            pause();
            exchange.getResponseBody().write("upted".getBytes(UTF_8));
            exchange.close();
        });
        server.createContext(LARGE, exchange -> {
            exchange.sendResponseHeaders(200, LARGE_SIZE);
            try (OutputStream body = exchange.getResponseBody()) {
                byte[] bytes = new byte[1_000_000];
                for (int sent = 0; sent < LARGE_SIZE; sent += bytes.length) {
                    body.write(bytes);
                }
            }
        });
        server.createContext(LENGTH, exchange -> answer(exchange, String.valueOf(exchange.getRequestBody().transferTo(OutputStream.nullOutputStream()))));
        server.createContext(HEADERS, exchange -> answer(exchange, exchange.getRequestHeaders().entrySet().stream()
                .filter(header -> header.getKey().startsWith("X-forwarded-") || header.getKey().equals("Forwarded"))
                .map(header -> header.getKey() + "=" + String.join(",", header.getValue()))
                .sorted()
                .collect(joining("\n"))));
        server.createContext(PREPARE, exchange -> {
            exchange.getResponseHeaders().set(ADDED_PREPARE, new String(exchange.getRequestBody().readAllBytes(), UTF_8));
            answer(exchange, "");
        });
        server.start();
    }

    private void pause()
    {
        try {
            boolean _ = closed.await(pause.toNanos(), NANOSECONDS);
        }
        catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void answer(HttpExchange exchange, String text)
            throws IOException
    {
        byte[] bytes = text.getBytes(UTF_8);
        exchange.sendResponseHeaders(200, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    URI uri()
    {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    @Override
    public void close()
    {
        closed.countDown();
        server.stop(0);
    }
}
