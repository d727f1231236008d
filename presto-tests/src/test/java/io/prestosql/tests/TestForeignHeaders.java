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

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableMap;
import io.prestosql.testing.RawClient;
import io.prestosql.testing.RawClient.Response;
import io.prestosql.testing.SocketClient;
import io.prestosql.testing.SocketClient.RawAnswer;
import io.prestosql.testing.StockServer;
import io.prestosql.testing.TestingPrestoCluster;
import io.prestosql.testing.TestingPrestoServer;
import io.trino.server.testing.TestingTrinoServer;
import org.eclipse.jetty.http.BadMessageException;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.URI;
import java.util.List;
import java.util.Map;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.airlift.testing.Closeables.closeAllRuntimeException;
import static io.prestosql.node.NodeRole.COORDINATOR;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * Requests with headers, paths and methods that no client of the engine sends, compared with a stock server. A coordinator must not obey
 * anything that the dispatcher in front of it ignores.
 */
@TestInstance(PER_CLASS)
public class TestForeignHeaders
{
    private static final Map<String, String> USER = ImmutableMap.of("X-Trino-User", "user");
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String SQL = "SELECT * FROM tpch.tiny.nation";

    private TestingPrestoCluster cluster;
    private TestingTrinoServer stock;
    private RawClient client;

    @BeforeAll
    public void setUp()
    {
        cluster = TestingPrestoCluster.builder()
                .addOneOfEachRole()
                .addTpch()
                .build();
        stock = StockServer.withTpch();
        client = new RawClient();
    }

    @AfterAll
    public void tearDown()
    {
        closeAllRuntimeException(client, stock, cluster);
    }

    @ParameterizedTest
    @ValueSource(strings = {
            "X-Proxied-Https: yes",
            "X-Proxied-Https: on",
            "X-Proxied-Https: nonsense",
            "Proxy-auth-cert: TLS_AES_256_GCM_SHA384",
            "Proxy-ssl-id: nonsense",
            "Forwarded: for=192.0.2.60;proto=https;host=inside.example.com",
            "Forwarded: =;=\"",
            "Via: 1.0 fred, 1.1 example.com",
            "X-Real-IP: 192.0.2.60",
            "X-HTTP-Method-Override: DELETE",
            "Expect: 100-continue",
            "Upgrade: h2c",
            "Upgrade: websocket\r\nSec-WebSocket-Key: x",
            "TE: trailers",
            "Trailer: X-Nothing",
            "Range: bytes=0-3",
            "If-None-Match: *",
            "If-Modified-Since: nonsense",
            "Accept: text/html;q=0.1, */*",
            "Accept: image/png",
            "Accept: nonsense",
            "Accept-Encoding: identity;q=0, br",
            "Accept-Encoding: *;q=0",
            "Accept-Encoding: nonsense;;q=",
            "Content-Length: 0",
            "Content-Length: nonsense",
            "Authorization: nonsense",
            "Authorization: Basic dXNlcjo=",
            "Cookie: Trino-UI-Token=nonsense; \"",
            "Origin: https://elsewhere.example.com",
            "Host: elsewhere.example.com",
            "Host: elsewhere.example.com:12345",
            "Host: [::1]:8080",
            "Host: a b",
            "Host:",
            "X-Trino-Internal-Bearer: forged",
            "X-Forwarded-For: 192.0.2.60",
            "X-Forwarded-Anything: x",
    })
    public void testHeader(String header)
    {
        assertThat(run(cluster.getDispatcherUrl(), header)).isEqualTo(run(stock.getBaseUrl(), header));
    }

    /**
     * Starts a query without the header, and asks for its results with it.
     */
    private Outcome run(URI server, String header)
    {
        Response response = client.post(server.resolve("/v1/statement"), SQL, USER);
        int rows = 0;
        // as soon as a dispatcher knows the coordinator, its answer may be the coordinator's first one
        while (!response.uri("nextUri").orElseThrow().getPath().contains("/executing/")) {
            response = client.get(response.uri("nextUri").get(), USER);
            rows += response.json().path("data").size();
        }
        URI next = response.uri("nextUri").get();
        while (true) {
            RawAnswer answer = SocketClient.send("GET", server, next.getRawPath(), header);
            if (answer.status() != 200) {
                assertThat(answer.toString()).doesNotContain(insideAddresses());
                client.send("DELETE", next, "", USER);
                return new Outcome(answer.status(), 0, "");
            }
            JsonNode json = json(answer);
            rows += json.path("data").size();
            if (!json.has("nextUri")) {
                return new Outcome(200, rows, json.at("/stats/state").asText());
            }
            // the Host header may have led elsewhere
            next = server.resolve(URI.create(json.get("nextUri").asText()).getRawPath());
            assertThat(json.get("nextUri").asText()).as("address for the client").startsWith(expectedAddress(server, header));
        }
    }

    private static String expectedAddress(URI server, String header)
    {
        return header.startsWith("Host: ") ? "http://" + header.substring("Host: ".length()) : server.toString();
    }

    private static JsonNode json(RawAnswer answer)
    {
        try {
            return MAPPER.readTree(answer.body());
        }
        catch (JsonProcessingException e) {
            throw new AssertionError(answer.toString(), e);
        }
    }

    private record Outcome(int status, int rows, String state) {}

    @ParameterizedTest
    @ValueSource(strings = {
            "GET %s?maxWait=0&targetResultSize=nonsense",
            "GET %s?",
            "GET %s?%%zz",
            "GET %s?a=|\"{}",
            "GET %s#fragment",
            "GET %s/",
            "GET %s;a=b",
            "GET %s//",
            "GET %s/more",
            "GET %s%%00",
            "GET %s%%2F",
            "GET %s|",
            "GET %s\"",
            "GET %s{x}",
            "GET /.%s",
            "GET /%s",
            "GET http://elsewhere.example.com%s",
            "GET *",
            "HEAD %s",
            "POST %s",
            "PUT %s",
            "PATCH %s",
            "OPTIONS %s",
            "TRACE %s",
            "PROPFIND %s",
            "get %s",
            "GET %s/../../../../../info",
            "GET %s/../../../../../status",
            "GET %s/../../../../../service",
            "GET %s/../../../../../node",
            "GET %s/../../../../../memory",
            "DELETE %s/..",
    })
    public void testRequestLine(String line)
    {
        int expected = request(stock.getBaseUrl(), line);
        assertThat(request(cluster.getDispatcherUrl(), line)).isEqualTo(expected);
    }

    private int request(URI server, String line)
    {
        Response response = client.post(server.resolve("/v1/statement"), SQL, USER);
        while (!response.uri("nextUri").orElseThrow().getPath().contains("/executing/")) {
            response = client.get(response.uri("nextUri").get(), USER);
        }
        URI next = response.uri("nextUri").get();
        // a stock server has no heartbeat of a query before this request
        assertThat(client.get(next, USER).status()).isEqualTo(200);
        return request(server, line, next);
    }

    private int request(URI server, String line, URI next)
    {
        String[] parts = line.formatted(next.getRawPath()).split(" ", 2);
        RawAnswer answer = SocketClient.send(parts[0], server, parts[1], "X-Trino-User: user");
        assertThat(answer.toString()).doesNotContain(insideAddresses());
        assertThat(answer.status()).as(answer.toString()).isLessThan(500);
        client.send("DELETE", next, "", USER);
        return answer.status();
    }

    /**
     * The same for a query that its client has not asked for yet.
     */
    @ParameterizedTest
    @ValueSource(strings = {
            "GET %s?maxWait=nonsense",
            "GET %s?maxWait=-1s&maxWait=1000d",
            "GET %s?%%zz",
            "GET %s/",
            "GET %s;a=b",
            "GET %s/more",
            "GET %s%%00",
            "GET %s|",
            "GET %s99999999999999999999",
            "GET %sx",
            "GET //%s",
            "GET %s/../../../../../../v1/info",
            "HEAD %s",
            "POST %s",
            "PUT %s",
            "OPTIONS %s",
            "DELETE %s/",
            "DELETE %s?really=no",
    })
    public void testRequestLineOfQueuedQuery(String line)
    {
        int expected = request(stock.getBaseUrl(), line, client.post(stock.getBaseUrl().resolve("/v1/statement"), SQL, USER).uri("nextUri").orElseThrow());
        int actual = request(cluster.getDispatcherUrl(), line, client.post(cluster.getDispatcherUrl().resolve("/v1/statement"), SQL, USER).uri("nextUri").orElseThrow());
        assertThat(actual).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {
            "GET /v1/statement/queued/%s/x0/1",
            "GET /v1/statement/queued/%s//1",
            "GET /v1/statement/queued/%s/x0/-1",
            "GET /v1/statement/queued/%s/x0/+1",
            "GET /v1/statement/queued/%s/%%00/1",
            "GET /v1/statement/queued/%s/%%E2%%82%%AC/1",
            "GET /v1/statement/queued/%s/x'y/1",
            "GET /v1/statement/queued/UPPER_CASE/x0/1",
            "GET /v1/statement/queued/%%20/x0/1",
            "GET /v1/statement/executing/%s/x0/9223372036854775808",
            "GET /v1/statement/executing/%s/%%E2%%82%%AC/1",
            "GET /v1/statement/executing/UPPER_CASE/x0/1",
            "GET /v1/statement/executing/partialCancel/%s/0/x0/1",
            "DELETE /v1/statement/executing/partialCancel/%s/x/x0/1",
            "DELETE /v1/statement/executing/partialCancel/%s/0/x0/1",
            "GET /v1/statement/lost/%s",
            "DELETE /v1/statement/lost/%s",
            "GET /v1/statement",
            "GET /v1/statement/",
            "DELETE /v1/statement",
            "PUT /v1/statement",
            "GET /v1/statementx",
            "GET /v1/spooled/download/AAAA",
            "GET /v1/spooled/ack/..",
    })
    public void testUnknownQuery(String line)
    {
        String[] parts = line.formatted("20250101_000000_00000_aaaaa").split(" ", 2);
        RawAnswer expected = SocketClient.send(parts[0], stock.getBaseUrl(), parts[1], "X-Trino-User: user");
        RawAnswer actual = SocketClient.send(parts[0], cluster.getDispatcherUrl(), parts[1], "X-Trino-User: user");
        assertThat(actual.status()).as(actual.toString()).isEqualTo(expected.status());
        assertThat(actual.toString()).doesNotContain(insideAddresses());
    }

    @ParameterizedTest
    @ValueSource(strings = {
            "X-Trino-User: ",
            "X-Trino-User: user\r\nX-Trino-User: other",
            "X-Trino-User: user\r\nX-Presto-User: other",
            "X-Trino-User: user\r\nX-Trino-Client-Tags: ,,,",
            "X-Trino-User: user\r\nX-Trino-Client-Capabilities: NONSENSE,,",
            "X-Trino-User: user\r\nX-Trino-Prepared-Statement: a=%zz",
            "X-Trino-User: user\r\nX-Trino-Session: a=%zz",
            "X-Trino-User: user\r\nX-Trino-Session: =",
            "X-Trino-User: user\r\nX-Trino-Transaction-Id: NONE",
            "X-Trino-User: user\r\nX-Trino-Time-Zone: UTC+25",
            "X-Trino-User: user\r\nX-Trino-Path: ;;",
            "X-Trino-User: user\r\nX-Trino-Query-Data-Encoding: nonsense",
            "X-Trino-User: user\r\nX-Trino-Original-User: other",
            "X-Trino-User: user\r\nContent-Type: nonsense",
            "X-Trino-User: user\r\nContent-Type: application/x-www-form-urlencoded",
            "X-Trino-User: user\r\nContent-Encoding: gzip",
            "X-Trino-User: user\r\nTransfer-Encoding: nonsense",
            "X-Trino-User: user\r\nX-Forwarded-Prefix: /prefix",
            "X-Trino-User: user\r\nX-Proxied-Https: yes",
            "X-Trino-User: user\r\nAccept: image/png",
            "X-Trino-User: user\r\nno colon",
            "X-Trino-User: user\r\n: no name",
    })
    public void testSubmission(String headers)
    {
        RawAnswer expected = submit(stock.getBaseUrl(), headers);
        RawAnswer actual = submit(cluster.getDispatcherUrl(), headers);
        assertThat(actual.status()).as(actual.toString()).isEqualTo(expected.status());
        assertThat(actual.toString()).doesNotContain(insideAddresses());
    }

    @Test
    public void testHeadersThatAreTooLarge()
    {
        // the connection may be closed before the answer is read
        assertThat(submit(cluster.getDispatcherUrl(), "X-Trino-User: user\r\nX-Trino-Source: " + "x".repeat(3 << 20)).status()).isIn(0, 431);
        // more than a coordinator would take, if the dispatcher passed it on
        RawAnswer answer = SocketClient.send("GET", cluster.getDispatcherUrl(), "/v1/statement/executing/20250101_000000_00000_aaaaa/x0/1", "Cookie: " + "x".repeat(1 << 20));
        assertThat(answer.status()).isEqualTo(404);
    }

    private static RawAnswer submit(URI server, String headers)
    {
        String request = "POST /v1/statement HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Length: %s\r\n%s\r\n\r\n%s"
                .formatted(server.getAuthority(), SQL.length(), headers, SQL);
        return SocketClient.send(server, request.getBytes(UTF_8));
    }

    /**
     * The error page with which a coordinator's HTTP server itself refuses a request, for any reason.
     */
    @Test
    public void testErrorPageOfCoordinator()
            throws Exception
    {
        Response response = client.post(cluster.getDispatcherUrl().resolve("/v1/statement"), SQL, USER);
        while (!response.uri("nextUri").orElseThrow().getPath().contains("/executing/")) {
            response = client.get(response.uri("nextUri").get(), USER);
        }
        URI next = response.uri("nextUri").get();
        HttpConfiguration.Customizer refusal = (request, _) -> {
            if (request.getHttpURI().getPath().startsWith("/v1/statement/executing/")) {
                throw new BadMessageException(400, "as a test wants it");
            }
            return request;
        };
        List<HttpConfiguration> configurations = httpConfigurations(cluster.getServers(COORDINATOR).getFirst());
        configurations.forEach(configuration -> configuration.addCustomizer(refusal));
        try {
            for (String encoding : List.of("identity", "gzip")) {
                RawAnswer page = SocketClient.get(cluster.getServers(COORDINATOR).getFirst().getBaseUrl().resolve(next.getPath()), "Accept-Encoding: identity");
                assertThat(page.status()).isEqualTo(400);
                assertThat(page.body()).as("a page that must not be passed on").contains(cluster.getServers(COORDINATOR).getFirst().getBaseUrl().getAuthority());
                // the coordinator's server ends the connection after such a page; a request that still takes it gets 503, and clients repeat it
                RawAnswer answer = await().until(() -> SocketClient.get(next, "Accept-Encoding: " + encoding), last -> last.status() != 503);
                assertThat(answer.status()).isEqualTo(400);
                assertThat(answer.body()).isEqualTo("The query's coordinator has answered with status 400");
                assertThat(answer.toString()).doesNotContain(insideAddresses());
            }
        }
        finally {
            configurations.forEach(configuration -> configuration.getCustomizers().remove(refusal));
        }
        assertThat(await().until(() -> client.get(next, USER).status(), status -> status != 503)).isEqualTo(200);
    }

    private static List<HttpConfiguration> httpConfigurations(TestingPrestoServer server)
    {
        return server.getConnectors().stream()
                .map(connector -> connector.getConnectionFactory(HttpConnectionFactory.class).getHttpConfiguration())
                .collect(toImmutableList());
    }

    private String[] insideAddresses()
    {
        return cluster.getServers().stream()
                .filter(server -> !server.getRoles().isDispatcher())
                .map(server -> server.getBaseUrl().getAuthority())
                .toArray(String[]::new);
    }
}
