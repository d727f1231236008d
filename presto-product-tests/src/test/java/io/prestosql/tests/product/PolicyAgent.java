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
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.Sets.newConcurrentHashSet;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

/**
 * Stands in for the Open Policy Agent that nodes ask about users' permissions. It allows everything that a test has not denied, and
 * remembers which nodes have asked.
 */
final class PolicyAgent
        implements AutoCloseable
{
    private final HttpServer server;
    private final Set<Denial> denials = newConcurrentHashSet();
    private final List<Question> questions = new CopyOnWriteArrayList<>();

    PolicyAgent()
    {
        server = LoopbackServer.create();
        server.createContext("/", this::answer);
        server.start();
    }

    private void answer(HttpExchange exchange)
            throws IOException
    {
        JsonNode input = Http.parse(new String(exchange.getRequestBody().readAllBytes(), UTF_8)).get("input");
        Question question = new Question(
                exchange.getRequestURI().getPath().substring(1),
                input.get("context").get("identity").get("user").asText(),
                input.get("action").get("operation").asText());
        questions.add(question);
        byte[] answer = "{\"result\": %s}".formatted(!denials.contains(new Denial(question.user(), question.operation()))).getBytes(UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, answer.length);
        exchange.getResponseBody().write(answer);
        exchange.close();
    }

    /**
     * Returns the access-control.properties of a node. Each node has its own address here, so that its questions can be told apart.
     */
    String configuration(String node)
    {
        return """
                access-control.name=opa
                opa.policy.uri=http://127.0.0.1:%s/%s
                """.formatted(server.getAddress().getPort(), node);
    }

    void deny(String user, String operation)
    {
        denials.add(new Denial(user, operation));
    }

    /**
     * Returns the questions about that user, in the order of arrival.
     */
    List<Question> questions(String user)
    {
        return questions.stream()
                .filter(question -> question.user().equals(user))
                .collect(toImmutableList());
    }

    /**
     * Returns the nodes that have asked whether that user may do this, once for each question.
     */
    List<String> askersOf(String user, String operation)
    {
        return questions(user).stream()
                .filter(question -> question.operation().equals(operation))
                .map(Question::node)
                .collect(toImmutableList());
    }

    @Override
    public void close()
    {
        server.stop(0);
    }

    record Question(String node, String user, String operation)
    {
        Question
        {
            requireNonNull(node, "node is null");
            requireNonNull(user, "user is null");
            requireNonNull(operation, "operation is null");
        }
    }

    private record Denial(String user, String operation)
    {
        private Denial
        {
            requireNonNull(user, "user is null");
            requireNonNull(operation, "operation is null");
        }
    }
}
