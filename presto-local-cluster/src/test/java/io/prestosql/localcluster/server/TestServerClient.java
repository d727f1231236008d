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

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.prestosql.localcluster.node.NodeAnswer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

public class TestServerClient
{
    private final ServerClient client = new ServerClient();
    private final Queue<StubAnswer> answers = new ArrayDeque<>();
    private final List<String> requests = new ArrayList<>();

    private HttpServer server;
    private URI uri;

    @BeforeEach
    public void setUp()
            throws IOException
    {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
        uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    @AfterEach
    public void tearDown()
    {
        server.stop(0);
        assertThat(answers).isEmpty();
    }

    private synchronized void answer(HttpExchange exchange)
            throws IOException
    {
        requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
        StubAnswer answer = answers.remove();
        byte[] body = answer.body().replace("URI", uri.toString()).getBytes(UTF_8);
        exchange.sendResponseHeaders(answer.status(), body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    @Test
    public void testStartOfServer()
    {
        answers.add(new StubAnswer(200, "{\"starting\":true,\"uptime\":\"1s\"}"));
        assertThat(client.ask(uri)).isEqualTo(NodeAnswer.STARTING);
        answers.add(new StubAnswer(200, "{\"starting\":false,\"uptime\":\"1s\"}"));
        assertThat(client.ask(uri)).isEqualTo(NodeAnswer.UP);
        answers.add(new StubAnswer(503, "starting"));
        assertThat(client.ask(uri)).isEqualTo(NodeAnswer.SILENT);
        answers.add(new StubAnswer(200, "<html>"));
        assertThat(client.ask(uri)).isEqualTo(NodeAnswer.SILENT);
        assertThat(requests).containsOnly("GET /v1/info");

        server.stop(0);
        assertThat(client.ask(uri)).isEqualTo(NodeAnswer.SILENT);
    }

    @Test
    public void testDispatcherWithoutLeader()
    {
        answers.add(new StubAnswer(404, "no such query"));
        assertThat(client.whyNotLed(uri, ofSeconds(10))).isEmpty();
        answers.add(new StubAnswer(503, "No dispatcher leads the queue\n"));
        assertThat(client.whyNotLed(uri, ofSeconds(10))).contains("No dispatcher leads the queue");
        server.stop(0);
        assertThat(client.whyNotLed(uri, ofSeconds(10))).contains("it does not answer");
    }

    @Test
    public void testQuery()
    {
        answers.add(new StubAnswer(200, "{\"nextUri\":\"URI/v1/statement/queued/1\",\"stats\":{\"state\":\"QUEUED\"}}"));
        // a client repeats these
        answers.add(new StubAnswer(503, "no leader"));
        answers.add(new StubAnswer(502, "no such dispatcher"));
        answers.add(new StubAnswer(200, "{\"nextUri\":\"URI/v1/statement/executing/2\",\"stats\":{\"state\":\"RUNNING\"}}"));
        answers.add(new StubAnswer(200, "{\"stats\":{\"state\":\"FINISHED\"}}"));
        assertThat(client.runQuery(uri, ofSeconds(60)).succeeded()).isTrue();
        assertThat(requests).containsExactly(
                "POST /v1/statement",
                "GET /v1/statement/queued/1",
                "GET /v1/statement/queued/1",
                "GET /v1/statement/queued/1",
                "GET /v1/statement/executing/2");
    }

    @Test
    public void testQueryThatDoesNotRun()
    {
        assertProblem(new StubAnswer(200, "{\"stats\":{\"state\":\"FAILED\"},\"error\":{\"message\":\"No nodes available\"}}"), "No nodes available");
        assertProblem(new StubAnswer(200, "{\"stats\":{\"state\":\"FAILED\"}}"), "the query failed: {\"stats\":{\"state\":\"FAILED\"}}");
        assertProblem(new StubAnswer(200, "<html>"), "the answer is not one of a server: ");
        // the submission is not repeated: the server may have heard it
        assertProblem(new StubAnswer(503, "no leader"), "HTTP status 503: no leader");
        assertProblem(new StubAnswer(500, "x".repeat(1000)), "HTTP status 500: " + "x".repeat(500) + "…");
        assertThat(requests).containsOnly("POST /v1/statement");
    }

    @Test
    public void testServerThatWantsToKnowWhoAsks()
    {
        answers.add(new StubAnswer(401, ""));
        ProbeOutcome outcome = client.runQuery(uri, ofSeconds(60));
        assertThat(outcome.refused()).isTrue();
        assertThat(outcome.problem()).contains("it wants to know who asks (HTTP status 401)");
    }

    @Test
    public void testQueryThatDoesNotEnd()
    {
        answers.add(new StubAnswer(200, "{\"nextUri\":\"URI/v1/statement/queued/1\"}"));
        assertThat(client.runQuery(uri, ofSeconds(0)).problem()).contains("the query does not end");
    }

    @Test
    public void testCoordinators()
    {
        answers.add(new StubAnswer(200, "3"));
        assertThat(client.findCoordinators(uri, 3).succeeded()).isTrue();
        assertThat(requests).containsExactly("GET /v1/jmx/mbean/io.prestosql.cluster:name=Coordinators/AvailableCoordinators");

        answers.add(new StubAnswer(200, "2"));
        assertThat(client.findCoordinators(uri, 3).problem()).contains("it would send queries to 2 of 3 coordinators");
        answers.add(new StubAnswer(404, "no such bean"));
        assertThat(client.findCoordinators(uri, 3).problem()).contains("HTTP status 404: no such bean");
        answers.add(new StubAnswer(200, "<html>"));
        assertThat(client.findCoordinators(uri, 3).problem().orElseThrow()).startsWith("the answer is not one of a server: ");

        answers.add(new StubAnswer(403, ""));
        ProbeOutcome outcome = client.findCoordinators(uri, 3);
        assertThat(outcome.refused()).isTrue();
        assertThat(outcome.problem()).contains("it wants to know who asks (HTTP status 403)");
    }

    private void assertProblem(StubAnswer answer, String problem)
    {
        answers.add(answer);
        ProbeOutcome outcome = client.runQuery(uri, ofSeconds(60));
        assertThat(outcome.refused()).isFalse();
        assertThat(outcome.problem().orElseThrow()).startsWith(problem);
    }

    private record StubAnswer(int status, String body) {}
}
