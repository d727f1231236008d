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
package io.prestosql.localcluster.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.base.Stopwatch;
import io.prestosql.localcluster.node.NodeAnswer;
import io.prestosql.localcluster.report.ClusterException;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;

import static com.google.common.base.MoreObjects.firstNonNull;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;

/**
 * Asks servers what they do, and runs a query as clients do.
 */
public final class ServerClient
{
    private static final Duration INFO_TIMEOUT = ofSeconds(2);
    private static final Duration REQUEST_TIMEOUT = ofSeconds(30);
    private static final Duration RETRY_INTERVAL = ofMillis(200);
    private static final int MAX_PROBLEM_LENGTH = 500;

    private static final String UNKNOWN_QUERY = "/v1/statement/queued/20000101_000000_00000_aaaaa/none/1";
    private static final String AVAILABLE_COORDINATORS = "/v1/jmx/mbean/io.prestosql.cluster:name=Coordinators/AvailableCoordinators";
    /** Runs on a worker, needs no catalog, and is cheap also for a server that has just started. */
    private static final String QUERY = "SELECT count(*) FROM UNNEST(sequence(1, 25))";
    private static final String USER = "local-cluster";

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(INFO_TIMEOUT)
            .build();

    /**
     * Returns whether the server has finished its start.
     */
    public NodeAnswer ask(URI server)
    {
        try {
            HttpResponse<String> response = get(server.resolve("/v1/info"), INFO_TIMEOUT);
            JsonNode starting = MAPPER.readTree(response.body()).path("starting");
            if (response.statusCode() != 200 || !starting.isBoolean()) {
                return NodeAnswer.SILENT;
            }
            return starting.asBoolean() ? NodeAnswer.STARTING : NodeAnswer.UP;
        }
        catch (IOException e) {
            return NodeAnswer.SILENT;
        }
    }

    /**
     * Returns the status of the answer to a GET, or nothing if there is no answer.
     */
    public Optional<Integer> status(URI uri)
    {
        try {
            return Optional.of(get(uri, INFO_TIMEOUT).statusCode());
        }
        catch (IOException e) {
            return Optional.empty();
        }
    }

    /**
     * Asks a dispatcher for a query that does not exist. It can deny that only if a dispatcher, itself or another one, leads the queue. A
     * dispatcher holds the request for 10 seconds before it gives up.
     *
     * @return why no dispatcher leads the queue, or nothing if one does
     */
    public Optional<String> whyNotLed(URI dispatcher, Duration timeout)
    {
        try {
            HttpResponse<String> response = get(dispatcher.resolve(UNKNOWN_QUERY), timeout);
            return response.statusCode() == 404 ? Optional.empty() : Optional.of(shorten(response.body().strip()));
        }
        catch (IOException e) {
            return Optional.of("it does not answer");
        }
    }

    /**
     * Asks a dispatcher whether it would send queries to all its coordinators now.
     *
     * @param count the number of coordinators, of all clusters together
     */
    public ProbeOutcome findCoordinators(URI dispatcher, int count)
    {
        try {
            HttpResponse<String> response = get(dispatcher.resolve(AVAILABLE_COORDINATORS), INFO_TIMEOUT);
            return switch (response.statusCode()) {
                case 200 -> {
                    int available = MAPPER.readTree(response.body()).asInt();
                    yield available >= count ? ProbeOutcome.SUCCEEDED : ProbeOutcome.failed("it would send queries to %s of %s coordinators".formatted(available, count));
                }
                case 401, 403 -> wantsToKnowWhoAsks(response);
                default -> ProbeOutcome.failed(describe(response));
            };
        }
        catch (JsonProcessingException e) {
            return notOfServer(e);
        }
        catch (IOException e) {
            return ProbeOutcome.failed(firstNonNull(e.getMessage(), e.getClass().getSimpleName()));
        }
    }

    /**
     * Runs a query. A request that may be repeated is repeated until the time is over.
     */
    public ProbeOutcome runQuery(URI server, Duration timeout)
    {
        Stopwatch running = Stopwatch.createStarted();
        HttpRequest submission = request(server.resolve("/v1/statement"), REQUEST_TIMEOUT).POST(BodyPublishers.ofString(QUERY)).build();
        HttpRequest request = submission;
        try {
            while (true) {
                HttpResponse<String> response = send(request);
                boolean inTime = running.elapsed().compareTo(timeout) < 0;
                switch (response.statusCode()) {
                    case 200 -> {
                        JsonNode result = MAPPER.readTree(response.body());
                        if (!result.has("nextUri")) {
                            return outcome(result);
                        }
                        if (!inTime) {
                            return ProbeOutcome.failed("the query does not end");
                        }
                        request = request(URI.create(result.get("nextUri").asText()), REQUEST_TIMEOUT).build();
                    }
                    case 401, 403 -> {
                        return wantsToKnowWhoAsks(response);
                    }
                    case 502, 503, 504 -> {
                        // the submission is not repeated here: it may have been heard
                        if (request == submission || !inTime) {
                            return ProbeOutcome.failed(describe(response));
                        }
                        Thread.sleep(RETRY_INTERVAL);
                    }
                    default -> {
                        return ProbeOutcome.failed(describe(response));
                    }
                }
            }
        }
        catch (JsonProcessingException e) {
            return notOfServer(e);
        }
        catch (IOException e) {
            return ProbeOutcome.failed(firstNonNull(e.getMessage(), e.getClass().getSimpleName()));
        }
        catch (InterruptedException e) {
            throw ClusterException.interrupted();
        }
    }

    private static ProbeOutcome outcome(JsonNode result)
    {
        if (result.path("stats").path("state").asText().equals("FINISHED")) {
            return ProbeOutcome.SUCCEEDED;
        }
        String message = result.path("error").path("message").asText();
        return ProbeOutcome.failed(message.isEmpty() ? "the query failed: " + shorten(result.toString()) : message);
    }

    private static ProbeOutcome wantsToKnowWhoAsks(HttpResponse<String> response)
    {
        return ProbeOutcome.refused("it wants to know who asks (HTTP status %s)".formatted(response.statusCode()));
    }

    private static ProbeOutcome notOfServer(JsonProcessingException e)
    {
        return ProbeOutcome.failed("the answer is not one of a server: " + e.getOriginalMessage());
    }

    private static String describe(HttpResponse<String> response)
    {
        return "HTTP status %s: %s".formatted(response.statusCode(), shorten(response.body().strip()));
    }

    private HttpResponse<String> get(URI uri, Duration timeout)
            throws IOException
    {
        return send(request(uri, timeout).build());
    }

    private static HttpRequest.Builder request(URI uri, Duration timeout)
    {
        return HttpRequest.newBuilder(uri)
                .timeout(timeout)
                .header("X-Trino-User", USER)
                .header("X-Trino-Source", USER);
    }

    private HttpResponse<String> send(HttpRequest request)
            throws IOException
    {
        try {
            return client.send(request, BodyHandlers.ofString());
        }
        catch (InterruptedException e) {
            throw ClusterException.interrupted();
        }
    }

    private static String shorten(String text)
    {
        return text.length() <= MAX_PROBLEM_LENGTH ? text : text.substring(0, MAX_PROBLEM_LENGTH) + "…";
    }
}
