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
import com.google.common.collect.ImmutableMap;
import io.prestosql.tests.product.LocalCluster.Node;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import java.net.URI;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.UnaryOperator;

import static com.google.common.base.Strings.repeat;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * A dispatcher answers any input of a client as a stock server of the same release does. It reveals neither its internals nor the addresses
 * of the coordinators. The comparisons are for the long tier: the short one has them in one process, in {@code presto-tests}.
 */
@Order(SharedCluster.EVERYDAY)
@TestInstance(PER_CLASS)
public class TestBadInput
{
    private static final String USER = "X-Trino-User";
    private static final String UNKNOWN_QUERY = "20260101_000000_00000_aaaaa";

    private LocalCluster cluster;
    private Installation installation;
    private ServerProcess stock;

    @BeforeAll
    public void setUp()
    {
        cluster = EverydayCluster.get();
    }

    /**
     * Returns the stock server; the first test that compares with it starts it.
     */
    private URI stock()
    {
        if (stock == null) {
            installation = Installation.stock("bad-input");
            stock = ServerProcess.startStock(installation, FreePorts.consecutivePorts(1));
            stock.awaitStarted(ofSeconds(180));
            await().atMost(ofSeconds(60)).untilAsserted(() -> {
                ProtocolQuery query = ProtocolQuery.submit(stock.uri(), "SELECT count(*) FROM tpch.tiny.nation");
                query.readToEnd();
                assertThat(query.error()).isEmpty();
            });
        }
        return stock.uri();
    }

    @AfterAll
    public void tearDown()
    {
        if (stock != null) {
            stock.close();
        }
        if (installation != null) {
            installation.close();
        }
    }

    @Test
    @Tag("long")
    public void testRefusedRequests()
    {
        List<Request> requests = ImmutableList.of(
                new Request("POST", "/v1/statement", "", USER, "a"),
                new Request("POST", "/v1/statement", "SELECT 1"),
                new Request("POST", "/v1/statement", "SELECT 1", USER, ""),
                new Request("POST", "/v1/statement", "SELECT 1", USER, "a", "X-Trino-Schema", "s"),
                new Request("POST", "/v1/statement", "SELECT 1", USER, "a", "X-Trino-Session", "no-value"),
                new Request("POST", "/v1/statement", "SELECT 1", USER, "a", "X-Trino-Session", "a.b.c=1"),
                new Request("POST", "/v1/statement", "SELECT 1", USER, "a", "X-Trino-Session", "=1"),
                new Request("POST", "/v1/statement", "SELECT 1", USER, "a", "X-Trino-Session", "a=%zz"),
                new Request("POST", "/v1/statement", "SELECT 1", USER, "a", "X-Trino-Transaction-Id", "nonsense"),
                new Request("POST", "/v1/statement", "SELECT 1", USER, "a", "X-Trino-Resource-Estimate", "nonsense"),
                new Request("POST", "/v1/statement", "SELECT 1", USER, "a", "X-Trino-Resource-Estimate", "PEAK_MEMORY=lots"),
                new Request("POST", "/v1/statement", "SELECT 1", USER, "a", "X-Trino-Extra-Credential", "nonsense"),
                new Request("POST", "/v1/statement", "SELECT 1", USER, "a", "X-Trino-Prepared-Statement", "nonsense"),
                new Request("POST", "/v1/statement", "SELECT 1", USER, "a", "X-Trino-Prepared-Statement", "p=NOT+SQL"),
                new Request("POST", "/v1/statement", "SELECT 1", USER, "a", "X-Trino-Role", "system=nonsense"),
                new Request("POST", "/v1/statement", "SELECT 1", USER, "a", "X-Trino-Role", "nonsense"),
                new Request("POST", "/v1/statement", "SELECT 1", USER, "a", "X-Trino-Path", "a.b.c.d"),
                new Request("POST", "/v1/statement", "SELECT 1", USER, "a", "X-Trino-Original-User", "b", "X-Trino-Original-Role", "nonsense"),
                new Request("GET", "/v1/statement", "", USER, "a"),
                new Request("PUT", "/v1/statement", "SELECT 1", USER, "a"),
                new Request("DELETE", "/v1/statement", "", USER, "a"),
                new Request("POST", "/v1/statement/nonsense", "SELECT 1", USER, "a"),
                new Request("GET", "/v1/statement/queued/%s/slug/1".formatted(UNKNOWN_QUERY), "", USER, "a"),
                new Request("DELETE", "/v1/statement/queued/%s/slug/1".formatted(UNKNOWN_QUERY), "", USER, "a"),
                new Request("GET", "/v1/statement/queued/nonsense/slug/1", "", USER, "a"),
                new Request("GET", "/v1/statement/queued/%s/slug/nonsense".formatted(UNKNOWN_QUERY), "", USER, "a"),
                new Request("GET", "/v1/statement/executing/%s/slug/1".formatted(UNKNOWN_QUERY), "", USER, "a"),
                new Request("HEAD", "/v1/statement/executing/%s/slug/1".formatted(UNKNOWN_QUERY), "", USER, "a"),
                new Request("DELETE", "/v1/statement/executing/%s/slug/1".formatted(UNKNOWN_QUERY), "", USER, "a"),
                new Request("DELETE", "/v1/statement/executing/partialCancel/%s/1/slug/1".formatted(UNKNOWN_QUERY), "", USER, "a"),
                new Request("GET", "/v1/query/" + UNKNOWN_QUERY, "", USER, "a"),
                new Request("GET", "/v1/query/" + UNKNOWN_QUERY, ""),
                new Request("DELETE", "/v1/query/" + UNKNOWN_QUERY, "", USER, "a"),
                new Request("PUT", "/v1/query/%s/killed".formatted(UNKNOWN_QUERY), "why", USER, "a"),
                new Request("PUT", "/v1/query/%s/preempted".formatted(UNKNOWN_QUERY), "why", USER, "a"),
                new Request("GET", "/v1/query/nonsense!", "", USER, "a"),
                new Request("GET", "/v1/query", ""),
                new Request("GET", "/v1/resourceGroupState/nonsense", "", USER, "a"),
                new Request("GET", "/v1/nonsense", "", USER, "a"),
                new Request("GET", "/nonsense", "", USER, "a"),
                new Request("PUT", "/v1/info/state", "\"NONSENSE\"", USER, "a", "Content-Type", "application/json"),
                new Request("POST", "/v1/statement", "SELECT 1", USER, "a", "X-Trino-Internal-Bearer", "nonsense"),
                new Request("POST", "/v1/statement", "SELECT 1", USER, "a", "Authorization", "Basic nonsense"));

        List<String> differences = new ArrayList<>();
        for (Request request : requests) {
            String expected = describe(request.send(stock()), stock());
            HttpResponse<String> response = request.send(cluster.uri());
            assertTellsNothing(response);
            String actual = describe(response, cluster.uri());
            if (!actual.equals(expected)) {
                differences.add("%s%n  stock:      %s%n  dispatcher: %s".formatted(request, expected, actual));
            }
        }
        assertThat(differences).isEmpty();
    }

    @Test
    @Tag("long")
    public void testFailingQueries()
    {
        Map<String, String[]> queries = ImmutableMap.<String, String[]>builder()
                .put("SELECT", new String[] {})
                .put("   ", new String[] {})
                .put(";", new String[] {})
                .put("SELECT 1; SELECT 2", new String[] {})
                .put("SELECT a FROM tpch.tiny.nation", new String[] {})
                .put("SELECT * FROM nowhere.tiny.nation", new String[] {})
                .put("SELECT * FROM nation", new String[] {})
                .put("SELECT 1 / 0", new String[] {})
                .put("SELECT 'session property'", new String[] {"X-Trino-Session", "nonsense=1"})
                .put("SELECT 'catalog session property'", new String[] {"X-Trino-Session", "tpch.nonsense=1"})
                .put("SELECT 'value of session property'", new String[] {"X-Trino-Session", "query_max_run_time=long"})
                .put("SELECT 'time zone'", new String[] {"X-Trino-Time-Zone", "Nowhere/City"})
                .put("SELECT 'transaction'", new String[] {"X-Trino-Transaction-Id", UUID.randomUUID().toString()})
                .put("EXECUTE nonsense", new String[] {})
                .put("SET ROLE nonsense", new String[] {})
                .put("ROLLBACK", new String[] {})
                .put("SELECT '%s'".formatted(repeat("x", 1_000_001)), new String[] {})
                .buildOrThrow();
        List<String> differences = new ArrayList<>();
        for (Map.Entry<String, String[]> query : queries.entrySet()) {
            String expected = outcome(stock(), query.getKey(), query.getValue());
            String actual = outcome(cluster.uri(), query.getKey(), query.getValue());
            if (!actual.equals(expected)) {
                differences.add("%.100s%n  stock:      %s%n  dispatcher: %s".formatted(query.getKey(), expected, actual));
            }
        }
        assertThat(differences).isEmpty();
    }

    private static String outcome(URI server, String sql, String... headers)
    {
        HttpResponse<String> response = new Request("POST", "/v1/statement", sql, ImmutableList.<String>builder().add(USER, "a").add(headers).build().toArray(String[]::new)).send(server);
        if (response.statusCode() != 200) {
            return describe(response, server);
        }
        ProtocolQuery query = ProtocolQuery.submit(server, sql, headers);
        query.readToEnd();
        if (query.error().isEmpty()) {
            return "no error";
        }
        JsonNode error = query.error().get();
        return "%s %s %s %s at %s".formatted(
                error.get("errorName").asText(),
                error.get("errorCode").asText(),
                error.get("errorType").asText(),
                error.get("message").asText().replaceAll("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID"),
                error.get("errorLocation"));
    }

    /** A query's addresses are valid only with the slug and the token that its client was told. */
    @Test
    @Tag("long")
    public void testWrongSlugsAndTokens()
    {
        List<UnaryOperator<String>> changes = ImmutableList.of(
                // the token
                uri -> uri.replaceAll("/\\d+$", "/99"),
                uri -> uri.replaceAll("/\\d+$", "/-1"),
                uri -> uri.replaceAll("/\\d+$", "/nonsense"),
                // the slug
                uri -> uri.replaceAll("/[^/]+/(\\d+)$", "/x0123456789abcdef0123456789abcdef/$1"),
                uri -> uri.replaceAll("/[^/]+/(\\d+)$", "/nonsense/$1"),
                // the query
                uri -> uri.replaceAll("/\\d{8}_[^/]+", "/" + UNKNOWN_QUERY));
        for (boolean executing : new boolean[] {false, true}) {
            for (UnaryOperator<String> change : changes) {
                for (String method : ImmutableList.of("GET", "DELETE")) {
                    String expected = describe(requestWithChange(stock(), executing, method, change), stock());
                    HttpResponse<String> response = requestWithChange(cluster.uri(), executing, method, change);
                    assertTellsNothing(response);
                    assertThat(describe(response, cluster.uri())).describedAs("%s %s", method, change.apply(executing ? "/executing/20260101_000000_00000_bbbbb/slug/1" : "/queued/20260101_000000_00000_bbbbb/slug/1")).isEqualTo(expected);
                }
            }
        }
    }

    /** The result of the changed request must not harm the query. */
    private static HttpResponse<String> requestWithChange(URI server, boolean executing, String method, UnaryOperator<String> change)
    {
        ProtocolQuery query = ProtocolQuery.submit(server, "SELECT name FROM tpch.tiny.region");
        if (executing) {
            while (!query.nextUri().orElseThrow().getPath().contains("/executing/")) {
                query.advance();
            }
        }
        URI changed = URI.create(change.apply(query.nextUri().orElseThrow().toString()));
        HttpResponse<String> response = Http.request(method, changed, "", USER, "a");
        assertThat(query.readToEnd()).hasSize(5);
        assertThat(query.error()).isEmpty();
        return response;
    }

    @Test
    public void testGarbageOnInternalAddresses()
    {
        for (Node node : cluster.nodes()) {
            for (String path : ImmutableList.of("/v1/dispatch/query/nonsense", "/v1/dispatch/report", "/v1/announcement/nonsense", "/v1/task/nonsense/status", "/v1/dispatch/query/%00")) {
                for (String method : ImmutableList.of("GET", "PUT", "POST", "DELETE")) {
                    HttpResponse<String> response = Http.request(method, node.uri().resolve(path), method.equals("GET") || method.equals("DELETE") ? "" : "{nonsense", USER, "a", "Content-Type", "application/json");
                    assertThat(response.statusCode()).describedAs("%s %s %s: %s", node.name(), method, path, response.body()).isBetween(400, 499);
                    assertThat(response.body()).doesNotContain("\tat ");
                }
            }
        }
    }

    /** A stock server answers 500 here, with a stack trace. */
    @Test
    public void testUnknownQueryState()
    {
        HttpResponse<String> response = Http.get(cluster.uri("/v1/query?state=nonsense"), USER, "a");
        assertThat(response.statusCode()).isEqualTo(400);
        assertTellsNothing(response);
    }

    /** Garbage is an error of the caller even if it has the secret. */
    @Test
    public void testGarbageFromWithin()
    {
        String token = InternalToken.create(cluster.secret());
        for (Node coordinator : cluster.coordinators()) {
            for (String body : ImmutableList.of("nonsense", "{}", "[]", "null", "{\"epoch\":\"x\"}")) {
                HttpResponse<String> response = Http.request("PUT", coordinator.uri().resolve("/v1/dispatch/query/" + UNKNOWN_QUERY), body, InternalToken.HEADER, token, "Content-Type", "application/json");
                assertThat(response.statusCode()).describedAs("%s: %s", body, response.body()).isBetween(400, 499);
            }
            for (String path : ImmutableList.of("/v1/dispatch/query/" + UNKNOWN_QUERY + "/failure", "/v1/dispatch/report")) {
                for (String body : ImmutableList.of("nonsense", "[]", "null", "{\"seen\":7}", "{\"leader\":{\"epoch\":-1}}", "{\"seen\":{\"version\":1}}", "{\"recorded\":[\"" + UNKNOWN_QUERY + "\"]}")) {
                    HttpResponse<String> response = Http.request(path.endsWith("report") ? "POST" : "PUT", coordinator.uri().resolve(path), body, InternalToken.HEADER, token, "Content-Type", "application/json");
                    assertThat(response.statusCode()).describedAs("%s %s: %s", path, body, response.body()).isBetween(400, 499);
                }
            }
            // nothing seen, a version of another process that is far ahead, or a wait that is already over: none is a reason to wait
            for (String body : ImmutableList.of("{}", "{\"seen\":{\"incarnation\":\"nonsense\",\"version\":99999},\"waitMillis\":30000}", "{\"waitMillis\":-1}")) {
                HttpResponse<String> response = Http.request("POST", coordinator.uri().resolve("/v1/dispatch/report"), body, InternalToken.HEADER, token, "Content-Type", "application/json");
                assertThat(response.statusCode()).describedAs("%s: %s", body, response.body()).isEqualTo(200);
            }
        }
    }

    private void assertTellsNothing(HttpResponse<String> response)
    {
        String everything = response.headers().map() + response.body();
        assertThat(everything).doesNotContain("\tat ").doesNotContain("io.prestosql");
        for (Node node : cluster.nodes()) {
            if (!node.name().startsWith("dispatcher")) {
                assertThat(everything).doesNotContain(":" + node.uri().getPort()).doesNotContain(node.name());
            }
        }
    }

    private static String describe(HttpResponse<String> response, URI server)
    {
        if (response.body().contains("\"nextUri\"")) {
            return "accepted";
        }
        return response.statusCode() + " " + response.headers().firstValue("Content-Type").orElse("-") + " " + response.body().strip()
                .replace(String.valueOf(server.getPort()), "PORT");
    }

    private record Request(String method, String path, String body, String... headers)
    {
        HttpResponse<String> send(URI server)
        {
            return Http.request(method, server.resolve(path), body, headers);
        }

        @Override
        public String toString()
        {
            return "%s %s %s %s".formatted(method, path, body, ImmutableList.copyOf(headers));
        }
    }
}
