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
package io.prestosql.dispatcher.statement;

import com.google.common.collect.ImmutableMap;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.prestosql.node.CoordinatorLink;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static io.prestosql.node.ClusterName.DEFAULT;
import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * A coordinator that says what it was asked, unless a test lets it give another answer.
 */
final class StatementCoordinator
        implements AutoCloseable
{
    private final HttpServer server;
    private final CoordinatorLink link;
    private volatile Optional<HttpHandler> answer = Optional.empty();
    private volatile Map<String, String> lastHeaders = ImmutableMap.of();

    StatementCoordinator(String nodeId)
            throws IOException
    {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::handle);
        server.start();
        link = new CoordinatorLink(DEFAULT, nodeId, URI.create("http://127.0.0.1:" + server.getAddress().getPort()), "process");
    }

    CoordinatorLink link()
    {
        return link;
    }

    void answer(HttpHandler handler)
    {
        answer = Optional.of(handler);
    }

    /**
     * Returns the headers of the last request, with names in lower case.
     */
    Map<String, String> lastHeaders()
    {
        return lastHeaders;
    }

    private void handle(HttpExchange exchange)
            throws IOException
    {
        lastHeaders = exchange.getRequestHeaders().entrySet().stream()
                .collect(toImmutableMap(header -> header.getKey().toLowerCase(Locale.ENGLISH), header -> String.join(",", header.getValue())));
        if (answer.isPresent()) {
            answer.get().handle(exchange);
        }
        else {
            send(exchange, 200, "%s %s %s".formatted(link.nodeId(), exchange.getRequestMethod(), exchange.getRequestURI()));
        }
    }

    static void send(HttpExchange exchange, int status, String text)
            throws IOException
    {
        byte[] body = text.getBytes(UTF_8);
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    static HttpHandler sending(int status, List<String> lines)
    {
        return exchange -> send(exchange, status, String.join("\n", lines));
    }

    @Override
    public void close()
    {
        server.stop(0);
    }
}
