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
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ObjectArrays;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.util.Objects.requireNonNull;

/**
 * A query by the client protocol, one request at a time. A test can stop between two requests, and so keep a query running for any time at
 * no cost. Requests are retried where the stock clients retry them.
 */
final class ProtocolQuery
{
    private static final Set<Integer> TRY_AGAIN = Set.of(502, 503, 504);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration PAUSE = Duration.ofMillis(100);

    private final String user;
    private final String id;
    private final URI infoUri;
    private Optional<URI> nextUri;
    private List<String> columns = ImmutableList.of();
    private Optional<String> startedTransaction = Optional.empty();
    private JsonNode answer;

    private ProtocolQuery(HttpResponse<String> response, String user)
    {
        this.user = requireNonNull(user, "user is null");
        accept(response);
        this.id = answer.get("id").asText();
        this.infoUri = URI.create(answer.get("infoUri").asText());
    }

    /**
     * Returns when the query is acknowledged.
     */
    static ProtocolQuery submit(URI server, String sql, String... headers)
    {
        return submitAs(Http.TEST_USER, server, sql, headers);
    }

    /**
     * Submits a query as another user; returns when it is acknowledged.
     */
    static ProtocolQuery submitAs(String user, URI server, String sql, String... headers)
    {
        return new ProtocolQuery(ask("POST", server.resolve("/v1/statement"), sql, ObjectArrays.concat(new String[] {Http.USER_HEADER, user}, headers, String.class)), user);
    }

    /**
     * Continues the query of another client, whose next request would go to that address.
     */
    static ProtocolQuery resume(URI nextUri, String user)
    {
        return new ProtocolQuery(ask("GET", nextUri, "", Http.USER_HEADER, user), user);
    }

    private static HttpResponse<String> ask(String method, URI uri, String body, String... headers)
    {
        long start = System.nanoTime();
        while (true) {
            String problem;
            try {
                HttpResponse<String> response = Http.tryRequest(method, uri, body, headers);
                if (response.statusCode() == 200) {
                    return response;
                }
                problem = "status %s: %s".formatted(response.statusCode(), response.body());
                if (!TRY_AGAIN.contains(response.statusCode())) {
                    throw new AssertionError("%s %s: %s".formatted(method, uri, problem));
                }
            }
            catch (IOException e) {
                problem = e.toString();
            }
            if (System.nanoTime() - start > PATIENCE.toNanos()) {
                throw new AssertionError("%s %s: for %s, %s".formatted(method, uri, PATIENCE, problem));
            }
            try {
                Thread.sleep(PAUSE);
            }
            catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("Interrupted", e);
            }
        }
    }

    private void accept(HttpResponse<String> response)
    {
        this.answer = Http.parse(response.body());
        this.startedTransaction = response.headers().firstValue("X-Trino-Started-Transaction-Id").or(() -> startedTransaction);
        this.nextUri = Optional.ofNullable(answer.get("nextUri")).map(uri -> URI.create(uri.asText()));
        if (answer.hasNonNull("columns")) {
            this.columns = ImmutableList.copyOf(answer.get("columns")).stream()
                    .map(column -> column.get("name").asText())
                    .collect(toImmutableList());
        }
    }

    /**
     * Sends the next requests to another server, as a load balancer may do.
     */
    void continueAt(URI server)
    {
        nextUri = nextUri.map(uri -> server.resolve(uri.getRawPath()));
    }

    /**
     * Sends the next request. Returns false, without a request, if the query is over.
     */
    boolean advance()
    {
        if (nextUri.isEmpty()) {
            return false;
        }
        accept(ask("GET", nextUri.get(), "", Http.USER_HEADER, user));
        return true;
    }

    /**
     * Sends requests until there are rows, or until the query is over.
     */
    ProtocolQuery advanceToRows()
    {
        while (rows().isEmpty() && advance()) {
            // asks again
        }
        return this;
    }

    /**
     * Sends requests until the query is over.
     *
     * @return all rows, from the present answer on
     */
    List<JsonNode> readToEnd()
    {
        ImmutableList.Builder<JsonNode> rows = ImmutableList.builder();
        do {
            rows.addAll(rows());
        }
        while (advance());
        return rows.build();
    }

    String id()
    {
        return id;
    }

    URI infoUri()
    {
        return infoUri;
    }

    Optional<URI> nextUri()
    {
        return nextUri;
    }

    /** Returns the names of the result's columns; empty until an answer has contained them. */
    List<String> columns()
    {
        return columns;
    }

    /** Returns the id of the transaction that the query has begun, for the header {@code X-Trino-Transaction-Id} of its statements. */
    Optional<String> startedTransaction()
    {
        return startedTransaction;
    }

    /** Returns the rows of the last answer. */
    List<JsonNode> rows()
    {
        JsonNode data = answer.get("data");
        return data == null || data.isNull() ? ImmutableList.of() : ImmutableList.copyOf(data);
    }

    JsonNode answer()
    {
        return answer;
    }

    String state()
    {
        return answer.get("stats").get("state").asText();
    }

    Optional<String> errorName()
    {
        return error().map(error -> error.get("errorName").asText());
    }

    Optional<String> errorMessage()
    {
        return error().map(error -> error.get("message").asText());
    }

    Optional<JsonNode> error()
    {
        return Optional.ofNullable(answer.get("error")).filter(error -> !error.isNull());
    }
}
