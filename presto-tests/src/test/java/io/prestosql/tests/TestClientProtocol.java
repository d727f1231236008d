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
package io.prestosql.tests;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.prestosql.fleet.Coordinators;
import io.prestosql.testing.RawClient;
import io.prestosql.testing.RawClient.Response;
import io.prestosql.testing.StockServer;
import io.prestosql.testing.TestingPrestoCluster;
import io.prestosql.testing.TestingPrestoServer;
import io.trino.server.testing.TestingTrinoServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import static io.airlift.testing.Closeables.closeAllRuntimeException;
import static io.prestosql.node.NodeRole.COORDINATOR;
import static io.prestosql.node.NodeRole.DISPATCHER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * The protocol as a client sees it, compared with a stock server where that has an answer.
 */
@TestInstance(PER_CLASS)
public class TestClientProtocol
{
    private static final Map<String, String> USER = ImmutableMap.of("X-Trino-User", "user");
    private static final String UNKNOWN_QUERY = "20250101_000000_00000_aaaaa";

    private TestingPrestoCluster cluster;
    private TestingTrinoServer stock;
    private RawClient client;

    @BeforeAll
    public void setUp()
    {
        cluster = TestingPrestoCluster.builder()
                .addDispatchers(1)
                .addCoordinators(2)
                .addWorkers(1)
                .addTpch()
                .addProperty(DISPATCHER, "http-server.process-forwarded", "ACCEPT")
                .addProperty(DISPATCHER, "protocol.v1.alternate-header-name", "Presto")
                .addProperty(COORDINATOR, "protocol.v1.alternate-header-name", "Presto")
                .build();
        stock = StockServer.withTpch(ImmutableMap.of("http-server.process-forwarded", "ACCEPT"));
        client = new RawClient();
    }

    @AfterAll
    public void tearDown()
    {
        closeAllRuntimeException(client, stock, cluster);
    }

    @Test
    public void testCoordinatorSendsClientsToTheDispatcher()
    {
        for (TestingPrestoServer coordinator : cluster.getServers(COORDINATOR)) {
            await().untilAsserted(() -> {
                Response response = client.post(coordinator.getBaseUrl().resolve("/v1/statement"), "SELECT 1", USER);
                assertThat(response.status()).isEqualTo(421);
                assertThat(response.body()).contains(cluster.getDispatcherUrl().toString());
            });
        }
    }

    @Test
    public void testWorkerTakesNoQueries()
    {
        Response response = client.post(cluster.getServer("worker-1").getBaseUrl().resolve("/v1/statement"), "SELECT 1", USER);
        assertThat(response.status()).isEqualTo(404);
    }

    @Test
    public void testForgedInternalHeaderOfClient()
    {
        Map<String, String> forged = ImmutableMap.of("X-Trino-User", "user", "X-Trino-Internal-Bearer", "forged");
        assertSameAnswer("POST", "/v1/statement", "SELECT 1", forged);
        // a query's address is enough for access, so a stock server ignores the header here; the dispatcher does not pass it on to
        // coordinators, which would refuse it
        for (URI server : ImmutableList.of(stock.getBaseUrl(), cluster.getDispatcherUrl())) {
            Response response = client.post(server.resolve("/v1/statement"), "SELECT * FROM tpch.tiny.nation", USER);
            int rows = 0;
            while (response.uri("nextUri").isPresent()) {
                response = client.get(response.uri("nextUri").get(), forged);
                assertThat(response.status()).as("%s: %s", server, response).isEqualTo(200);
                rows += response.json().path("data").size();
            }
            assertThat(response.json().get("error")).isNull();
            assertThat(rows).isEqualTo(25);
        }
        for (URI server : ImmutableList.of(stock.getBaseUrl(), cluster.getDispatcherUrl())) {
            Response response = client.post(server.resolve("/v1/statement"), "SELECT * FROM tpch.tiny.orders", USER);
            while (!response.uri("nextUri").orElseThrow().getPath().contains("/executing/")) {
                response = client.get(response.uri("nextUri").get(), USER);
            }
            assertThat(client.send("DELETE", response.uri("nextUri").get(), "", forged).status()).as(server.toString()).isEqualTo(204);
        }
    }

    @Test
    public void testEmptyStatement()
    {
        assertSameAnswer("POST", "/v1/statement", "", USER);
    }

    @Test
    public void testMissingUser()
    {
        assertSameAnswer("POST", "/v1/statement", "SELECT 1", ImmutableMap.of());
    }

    @Test
    public void testMalformedHeaders()
    {
        for (Map.Entry<String, String> header : Map.of(
                "X-Trino-Session", "no-equals-sign",
                "X-Trino-Prepared-Statement", "no-equals-sign",
                "X-Trino-Role", "system=nonsense",
                "X-Trino-Extra-Credential", "no-equals-sign",
                "X-Trino-Resource-Estimate", "CPU_TIME=nonsense",
                "X-Trino-Transaction-Id", "not a uuid",
                "X-Trino-Time-Zone", "Nowhere/Else",
                "X-Trino-Language", "!!",
                "X-Trino-Schema", "schema_without_catalog").entrySet()) {
            assertSameAnswer("POST", "/v1/statement", "SELECT 1", ImmutableMap.of("X-Trino-User", "user", header.getKey(), header.getValue()));
        }
    }

    @Test
    public void testUnknownQueries()
    {
        for (String path : ImmutableList.of(
                "/v1/statement/queued/" + UNKNOWN_QUERY + "/slug/1",
                "/v1/statement/queued/not-a-query/slug/1",
                "/v1/statement/queued/" + UNKNOWN_QUERY + "/slug/nonsense",
                "/v1/statement/queued/" + UNKNOWN_QUERY,
                "/v1/statement/executing/" + UNKNOWN_QUERY + "/slug/1",
                "/v1/statement/nonsense/" + UNKNOWN_QUERY + "/slug/1",
                "/v1/query/" + UNKNOWN_QUERY)) {
            assertSameAnswer("GET", path, "", USER);
            assertSameAnswer("DELETE", path, "", USER);
        }
        assertSameAnswer("DELETE", "/v1/statement/executing/partialCancel/" + UNKNOWN_QUERY + "/0/slug/1", "", USER);
        assertSameAnswer("PUT", "/v1/query/" + UNKNOWN_QUERY + "/killed", "because", USER);
        assertSameAnswer("PUT", "/v1/query/" + UNKNOWN_QUERY + "/preempted", "because", USER);
    }

    @Test
    public void testWrongSlugAndToken()
    {
        for (String mutation : ImmutableList.of("slug", "token", "far token")) {
            Response actual = mutated(cluster.getDispatcherUrl(), mutation);
            Response expected = mutated(stock.getBaseUrl(), mutation);
            assertThat(actual.status()).as(mutation).isEqualTo(expected.status());
            assertThat(actual.body()).as(mutation).isEqualTo(expected.body());
        }
    }

    private Response mutated(URI server, String mutation)
    {
        URI queued = client.post(server.resolve("/v1/statement"), "SELECT 1", USER).uri("nextUri").orElseThrow();
        String path = queued.getPath();
        String withoutToken = path.substring(0, path.lastIndexOf('/'));
        String withoutSlug = withoutToken.substring(0, withoutToken.lastIndexOf('/'));
        return client.get(
                queued.resolve(switch (mutation) {
                    case "slug" -> withoutSlug + "/wrong/1";
                    case "token" -> withoutToken + "/2";
                    case "far token" -> withoutToken + "/99";
                    default -> throw new IllegalArgumentException(mutation);
                }),
                USER);
    }

    @Test
    public void testOldAnswerOfExecutingQuery()
    {
        Response actual = firstExecutingAnswerAgain(cluster.getDispatcherUrl());
        Response expected = firstExecutingAnswerAgain(stock.getBaseUrl());
        assertThat(actual.status()).isEqualTo(expected.status());
        assertThat(actual.body()).isEqualTo(expected.body());
    }

    private Response firstExecutingAnswerAgain(URI server)
    {
        List<URI> executing = new ArrayList<>();
        Response response = client.post(server.resolve("/v1/statement"), "SELECT * FROM tpch.tiny.orders", USER);
        while (response.uri("nextUri").isPresent()) {
            URI next = response.uri("nextUri").get();
            if (next.getPath().contains("/executing/")) {
                executing.add(next);
            }
            response = client.get(next, USER);
        }
        assertThat(executing.size()).isGreaterThan(2);
        return client.get(executing.getFirst(), USER);
    }

    @Test
    public void testServerInformation()
    {
        Response info = client.get(cluster.getDispatcherUrl().resolve("/v1/info"), ImmutableMap.of());
        assertThat(info.status()).isEqualTo(200);
        assertThat(info.json().get("coordinator").asBoolean()).isTrue();
        assertThat(info.json().get("starting").asBoolean()).isFalse();
        assertThat(info.json().at("/nodeVersion/version").asText()).isEqualTo(TestingPrestoServer.VERSION);
        assertThat(client.send("HEAD", cluster.getDispatcherUrl().resolve("/v1/statement"), "", USER).status()).isEqualTo(200);
    }

    @Test
    public void testForwardedAddress()
    {
        Map<String, String> headers = ImmutableMap.<String, String>builder()
                .putAll(USER)
                .put("X-Forwarded-Proto", "https")
                .put("X-Forwarded-Host", "presto.example.com")
                .put("X-Forwarded-Port", "8443")
                .put("X-Forwarded-Prefix", "/presto")
                .buildOrThrow();
        Response response = client.post(cluster.getDispatcherUrl().resolve("/v1/statement"), "SELECT * FROM tpch.tiny.lineitem", headers);
        boolean executing = false;
        boolean partialCancel = false;
        while (true) {
            assertThat(response.status()).as(response.toString()).isEqualTo(200);
            for (String field : ImmutableList.of("nextUri", "infoUri", "partialCancelUri")) {
                response.uri(field).ifPresent(uri -> assertThat(uri.toString()).as(field).startsWith("https://presto.example.com:8443/presto/"));
            }
            partialCancel |= response.uri("partialCancelUri").isPresent();
            if (response.uri("nextUri").isEmpty()) {
                break;
            }
            URI next = response.uri("nextUri").get();
            executing |= next.getPath().contains("/executing/");
            response = client.get(cluster.getDispatcherUrl().resolve(next.getPath().substring("/presto".length())), headers);
        }
        assertThat(response.json().at("/stats/state").asText()).isEqualTo("FINISHED");
        assertThat(executing).isTrue();
        assertThat(partialCancel).isTrue();
    }

    @Test
    public void testNoAddressOfCoordinatorLeaks()
    {
        for (Response response : run("SELECT * FROM tpch.tiny.orders", USER)) {
            for (TestingPrestoServer coordinator : cluster.getServers(COORDINATOR)) {
                assertThat(response.body()).doesNotContain(coordinator.getBaseUrl().getAuthority());
                assertThat(response.headers().map().toString()).doesNotContain(coordinator.getBaseUrl().getAuthority());
            }
        }
    }

    @Test
    public void testAlternateHeaders()
    {
        Map<String, String> headers = ImmutableMap.of("X-Presto-User", "user", "X-Presto-Catalog", "tpch", "X-Presto-Schema", "tiny");
        List<Response> answers = run("SELECT count(*) FROM nation", headers);
        assertThat(answers.getLast().json().get("error")).isNull();
        assertThat(run("SET SESSION query_max_run_time = '1h'", headers).stream()
                .map(response -> response.header("X-Presto-Set-Session"))
                .flatMap(Optional::stream)
                // a server repeats it with every answer after the statement
                .distinct())
                .containsExactly("query_max_run_time=1h");
        assertThat(run("SET SESSION query_max_run_time = '1h'", USER).stream()
                .map(response -> response.header("X-Trino-Set-Session"))
                .flatMap(Optional::stream)
                // a server repeats it with every answer after the statement
                .distinct())
                .containsExactly("query_max_run_time=1h");
    }

    @Test
    public void testCompression()
    {
        Map<String, String> headers = ImmutableMap.of("X-Trino-User", "user", "Accept-Encoding", "gzip");
        List<Response> answers = run("SELECT * FROM tpch.tiny.orders", headers);
        int rows = 0;
        boolean compressed = false;
        for (Response answer : answers) {
            JsonNode data = answer.json().get("data");
            if (data != null) {
                rows += data.size();
                compressed |= answer.header("Content-Encoding").equals(Optional.of("gzip"));
            }
        }
        assertThat(rows).isEqualTo(15000);
        assertThat(compressed).isTrue();
    }

    @Test
    public void testCancel()
    {
        Response response = client.post(cluster.getDispatcherUrl().resolve("/v1/statement"), "SELECT count(*) FROM tpch.sf1000.lineitem", USER);
        String queryId = response.json().get("id").asText();
        while (!response.uri("nextUri").orElseThrow().getPath().contains("/executing/")) {
            response = client.get(response.uri("nextUri").get(), USER);
        }
        response = client.get(response.uri("nextUri").get(), USER);
        assertThat(client.send("DELETE", response.uri("nextUri").get(), "", USER).status()).isEqualTo(204);
        await().untilAsserted(() -> {
            JsonNode info = client.get(cluster.getDispatcherUrl().resolve("/v1/query/" + queryId), USER).json();
            assertThat(info.get("state").asText()).isEqualTo("FAILED");
            assertThat(info.at("/errorCode/name").asText()).isEqualTo("USER_CANCELED");
        });
    }

    @Test
    public void testCancelOfQueuedQuery()
    {
        Response response = client.post(cluster.getDispatcherUrl().resolve("/v1/statement"), "SELECT 1", USER);
        assertThat(client.send("DELETE", response.uri("nextUri").orElseThrow(), "", USER).status()).isEqualTo(204);
        Response stockResponse = client.post(stock.getBaseUrl().resolve("/v1/statement"), "SELECT 1", USER);
        assertThat(client.send("DELETE", stockResponse.uri("nextUri").orElseThrow(), "", USER).status()).isEqualTo(204);
    }

    /**
     * In the short tier, {@link TestWithoutCoordinators} shows this with other clients.
     */
    @Tag("long")
    @Test
    public void testNoCoordinatorYet()
    {
        try (TestingPrestoCluster lonely = TestingPrestoCluster.builder()
                .addOneOfEachRole()
                .addTpch()
                .doNotStart("coordinator-1")
                .doNotStart("worker-1")
                .build()) {
            // the client waits, regardless of the nodes that are up
            URI statement = lonely.getDispatcherUrl().resolve("/v1/statement");
            Response first = client.post(statement, "SELECT 1", USER);
            assertThat(first.status()).isEqualTo(200);
            Response waiting = client.get(first.uri("nextUri").orElseThrow(), USER);
            assertThat(waiting.status()).isEqualTo(200);
            assertThat(waiting.json().at("/stats/state").asText()).isEqualTo("QUEUED");

            // without workers, the coordinator could not run it either
            lonely.start("coordinator-1");
            await().until(() -> lonely.getDispatcher().getInstance(Coordinators.class).getKnownCoordinators() == 1);
            Response second = client.post(statement, "SELECT 2", USER);
            assertThat(second.status()).isEqualTo(200);

            lonely.start("worker-1");
            for (Response query : List.of(waiting, second)) {
                Optional<URI> next = query.uri("nextUri");
                while (next.isPresent()) {
                    Response answer = client.get(next.get(), USER);
                    assertThat(answer.status()).isEqualTo(200);
                    assertThat(answer.json().has("error")).isFalse();
                    next = answer.uri("nextUri");
                }
            }
        }
    }

    private List<Response> run(String sql, Map<String, String> headers)
    {
        ImmutableList.Builder<Response> responses = ImmutableList.builder();
        Response response = client.post(cluster.getDispatcherUrl().resolve("/v1/statement"), sql, headers);
        responses.add(response);
        while (response.uri("nextUri").isPresent()) {
            response = client.get(response.uri("nextUri").get(), headers);
            assertThat(response.status()).as(response.toString()).isEqualTo(200);
            responses.add(response);
        }
        return responses.build();
    }

    private void assertSameAnswer(String method, String path, String body, Map<String, String> headers)
    {
        Response expected = client.send(method, stock.getBaseUrl().resolve(path), body, headers);
        Response actual = client.send(method, cluster.getDispatcherUrl().resolve(path), body, headers);
        assertThat(actual.status()).as("%s %s %s: %s", method, path, headers, actual).isEqualTo(expected.status());
        if (expected.status() >= 400) {
            assertThat(actual.body()).as("%s %s %s", method, path, headers).isEqualTo(expected.body());
            assertThat(actual.header("Content-Type")).as("%s %s %s", method, path, headers).isEqualTo(expected.header("Content-Type"));
        }
    }
}
