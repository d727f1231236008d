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

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

/**
 * Receives the events from the HTTP event listeners of all nodes.
 */
final class EventReceiver
        implements AutoCloseable
{
    private final HttpServer server;
    private final List<Event> events = new CopyOnWriteArrayList<>();

    EventReceiver()
    {
        server = LoopbackServer.create();
        server.createContext("/", this::take);
        server.start();
    }

    private void take(HttpExchange exchange)
            throws IOException
    {
        JsonNode event = Http.parse(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
        events.add(new Event(
                exchange.getRequestURI().getPath().substring(1),
                // only a completed event has statistics
                event.has("statistics"),
                event.get("metadata").get("queryId").asText(),
                event.get("context").get("user").asText(),
                Optional.ofNullable(event.get("failureInfo"))
                        .filter(JsonNode::isObject)
                        .map(failure -> failure.get("errorCode").get("name").asText())));
        exchange.sendResponseHeaders(200, -1);
        exchange.close();
    }

    /**
     * Returns the event-listener.properties of a node. Each node has its own address here, so that its events can be told apart.
     */
    String configuration(String node)
    {
        return """
                event-listener.name=http
                http-event-listener.connect-ingest-uri=http://127.0.0.1:%s/%s
                http-event-listener.log-created=true
                http-event-listener.log-completed=true
                http-event-listener.log-split=false
                """.formatted(server.getAddress().getPort(), node);
    }

    Set<String> queryIds()
    {
        return events.stream()
                .map(Event::queryId)
                .collect(toImmutableSet());
    }

    List<Event> created(String queryId)
    {
        return events.stream()
                .filter(event -> event.queryId().equals(queryId) && !event.completed())
                .collect(toImmutableList());
    }

    List<Event> completed(String queryId)
    {
        return events.stream()
                .filter(event -> event.queryId().equals(queryId) && event.completed())
                .collect(toImmutableList());
    }

    @Override
    public void close()
    {
        server.stop(0);
    }

    record Event(String node, boolean completed, String queryId, String user, Optional<String> errorName)
    {
        Event
        {
            requireNonNull(node, "node is null");
            requireNonNull(queryId, "queryId is null");
            requireNonNull(user, "user is null");
            requireNonNull(errorName, "errorName is null");
        }
    }
}
