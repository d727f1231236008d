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
package io.prestosql.selection.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableMap;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.airlift.units.Duration;
import io.prestosql.spi.selection.ClusterSelection;
import io.prestosql.spi.selection.ClusterSelectionException;
import io.prestosql.spi.selection.ClusterSelectionPolicyFactory;
import io.prestosql.spi.selection.ClusterTarget.RoutingGroup;
import io.prestosql.spi.selection.InvalidClusterSelectionException;
import io.prestosql.spi.selection.SelectionRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicInteger;

import static com.google.common.util.concurrent.Uninterruptibles.awaitUninterruptibly;
import static io.prestosql.selection.gateway.Submissions.query;
import static io.prestosql.selection.gateway.Submissions.request;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.MINUTES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestTrinoGatewayService
{
    private static final FixedGroups GROUPS = FixedGroups.of("adhoc", "etl", "batch");
    private static final Map<String, String> BATCH_HEADER = ImmutableMap.of("X-Trino-Routing-Group", "batch");

    private final ExecutorService executor = newCachedThreadPool();
    private final CountDownLatch end = new CountDownLatch(1);
    private final List<TrinoGatewayService> policies = new ArrayList<>();
    private final TrinoGatewayCounters counters = new TrinoGatewayCounters();
    private final AtomicInteger calls = new AtomicInteger();
    private HttpServer server;
    private volatile StubAnswer answer = StubAnswer.json("{\"routingGroup\": \"etl\"}");
    private volatile Headers lastHeaders;
    private volatile String lastMethod;
    private volatile JsonNode lastBody;

    private record StubAnswer(int status, String contentType, String body, boolean hangs)
    {
        static StubAnswer json(String body)
        {
            return new StubAnswer(200, "application/json", body, false);
        }
    }

    @BeforeEach
    public void start()
            throws IOException
    {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(executor);
        server.createContext("/", this::handle);
        server.start();
    }

    private void handle(HttpExchange exchange)
            throws IOException
    {
        calls.incrementAndGet();
        StubAnswer current = answer;
        lastHeaders = exchange.getRequestHeaders();
        lastMethod = exchange.getRequestMethod();
        lastBody = new ObjectMapper().readTree(exchange.getRequestBody().readAllBytes());
        if (current.hangs()) {
            awaitUninterruptibly(end);
        }
        byte[] body = current.body().getBytes(UTF_8);
        exchange.getResponseHeaders().set("Content-Type", current.contentType());
        exchange.getResponseHeaders().set("Location", "/elsewhere");
        exchange.sendResponseHeaders(current.status(), body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    @AfterEach
    public void stop()
    {
        end.countDown();
        policies.forEach(TrinoGatewayService::shutdown);
        server.stop(0);
        executor.shutdownNow();
    }

    @Test
    public void testGroupOfTheService()
    {
        ClusterSelection selection = select(create(config()), BATCH_HEADER);
        assertThat(selection.targets()).containsExactly(new RoutingGroup("etl"));
        assertThat(selection.reason()).isEqualTo("the routing service: routing group etl");
    }

    @Test
    public void testServiceNamesNoGroup()
    {
        for (String body : List.of("{}", "{\"routingGroup\": null, \"errors\": null, \"externalHeaders\": null}", "{\"routingGroup\": \"\"}", "{\"unknown\": 1}")) {
            answer = StubAnswer.json(body);
            ClusterSelection selection = select(create(config()), BATCH_HEADER);
            assertThat(selection.targets()).as(body).containsExactly(new RoutingGroup("adhoc"));
            assertThat(selection.reason()).as(body).isEqualTo("cluster-selection.default-routing-group (the routing service names no group): routing group adhoc");
        }
    }

    @Test
    public void testServiceNamesAGroupThatNoClusterHas()
    {
        answer = StubAnswer.json("{\"routingGroup\": \"elt\"}");
        assertThatThrownBy(() -> select(create(config()), ImmutableMap.of()))
                .isInstanceOf(ClusterSelectionException.class)
                .hasMessageStartingWith("No cluster has the routing group 'elt', which the query has by the routing service.");
    }

    @Test
    public void testRequestIsThatOfTrinoGateway()
            throws IOException
    {
        TrinoGatewayService policy = create(config());
        policy.inspect(request("SELECT * FROM tbl", ImmutableMap.of("X-Trino-Catalog", "cat", "X-Trino-Schema", "schem", "X-Trino-User", "alice")));
        assertThat(lastMethod).isEqualTo("POST");
        assertThat(lastHeaders.get("Content-Type")).containsExactly("application/json; charset=utf-8");
        assertThat(lastHeaders.get("X-Trino-Catalog")).containsExactly("cat");
        assertThat(lastBody).isEqualTo(new ObjectMapper().readTree("""
                {
                    "trinoQueryProperties": {
                        "body": "SELECT * FROM tbl",
                        "queryType": "Query",
                        "resourceGroupQueryType": "SELECT",
                        "tables": ["cat.schem.tbl"],
                        "defaultCatalog": "cat",
                        "defaultSchema": "schem",
                        "catalogs": ["cat"],
                        "schemas": ["schem"],
                        "catalogSchemas": ["cat.schem"],
                        "isNewQuerySubmission": true,
                        "isQueryParsingSuccessful": true
                    },
                    "trinoRequestUser": {"user": "alice"},
                    "contentType": "application/json",
                    "remoteUser": "alice@example.net",
                    "method": "POST",
                    "requestURI": "/v1/statement",
                    "queryString": "first=1&second=two%20words&first=3",
                    "remoteAddr": "10.0.0.7",
                    "remoteHost": "10.0.0.7",
                    "parameters": {"first": ["1", "3"], "second": ["two words"]}
                }
                """));
    }

    @Test
    public void testStatementIsNotSent()
    {
        create(new TrinoGatewayConfig().setAnalyzeStatements(false), config()).inspect(request("SELECT 1", ImmutableMap.of()));
        assertThat(lastBody.has("trinoQueryProperties")).isFalse();
        assertThat(lastBody.has("trinoRequestUser")).isFalse();
        assertThat(lastBody.get("requestURI").asText()).isEqualTo("/v1/statement");
    }

    @Test
    public void testHeadersThatAreNotSent()
    {
        create(config().setExcludeHeaders("X-Trino-Client-Info, x-secret")).inspect(request(ImmutableMap.<String, String>builder()
                .put("X-Trino-Source", "airflow")
                .put("X-Trino-Client-Info", "excluded")
                .put("X-Secret", "excluded")
                .put("Accept-Encoding", "zstd")
                .put("Content-Type", "text/plain")
                .put("Content-Length", "8")
                .put("Host", "dispatcher")
                .put("Authorization", "Basic secret")
                .put("Cookie", "session=secret")
                .put("Proxy-Authorization", "Basic secret")
                .put("X-Trino-Extra-Credential", "key=secret")
                .put("X-Presto-Extra-Credential", "key=secret")
                .buildOrThrow()));
        assertThat(lastHeaders.get("X-Trino-Source")).containsExactly("airflow");
        assertThat(lastHeaders.get("Content-Type")).containsExactly("application/json; charset=utf-8");
        assertThat(lastHeaders.get("Host")).containsExactly(URI.create(url()).getAuthority());
        assertThat(lastHeaders.values().stream().flatMap(List::stream)).noneMatch(value -> value.contains("secret") || value.contains("excluded") || value.contains("zstd"));
        assertThat(lastHeaders.keySet()).doesNotContain("Authorization", "Cookie", "Proxy-authorization", "X-trino-extra-credential", "X-presto-extra-credential", "X-trino-client-info", "X-secret");
        assertThat(lastBody.toString()).doesNotContain("secret");
    }

    @Test
    public void testServiceThatFails()
    {
        assertFailure(new StubAnswer(500, "application/json", "{\"routingGroup\": \"etl\"}", false));
        assertFailure(new StubAnswer(404, "text/plain", "not found", false));
        assertFailure(new StubAnswer(302, "application/json", "{\"routingGroup\": \"etl\"}", false));
        assertFailure(StubAnswer.json("nonsense"));
        assertFailure(StubAnswer.json(""));
        assertFailure(StubAnswer.json("null"));
        assertFailure(StubAnswer.json("[]"));
        assertFailure(StubAnswer.json("{\"routingGroup\": {\"name\": \"etl\"}}"));
        assertFailure(StubAnswer.json("{\"routingGroup\": \"etl\", \"errors\": [\"%s\"]}".formatted("x".repeat(100_000))));
        assertFailure(new StubAnswer(200, "text/html", "<html>", false));
    }

    private void assertFailure(StubAnswer wrong)
    {
        TrinoGatewayService policy = create(config());
        long failuresBefore = counters.getFailedServiceCalls();
        answer = wrong;
        ClusterSelection selection = select(policy, BATCH_HEADER);
        assertThat(selection.targets()).as(wrong.toString()).containsExactly(new RoutingGroup("batch"));
        assertThat(selection.reason()).isEqualTo("the header X-Trino-Routing-Group (the routing service has failed): routing group batch");
        assertThat(select(policy, ImmutableMap.of()).targets()).containsExactly(new RoutingGroup("adhoc"));
        assertThat(counters.getFailedServiceCalls() - failuresBefore).isEqualTo(2);
        assertThat(policy.problems()).singleElement().asString()
                .startsWith("The routing service at %s (cluster-selection.service-url) has failed: ".formatted(url()))
                .doesNotContain("token");

        answer = StubAnswer.json("{\"routingGroup\": \"etl\"}");
        assertThat(select(policy, BATCH_HEADER).targets()).containsExactly(new RoutingGroup("etl"));
        assertThat(policy.problems()).isEmpty();
    }

    @Test
    public void testServiceThatIsAway()
    {
        TrinoGatewayService policy = create(config());
        server.stop(0);
        assertThat(select(policy, BATCH_HEADER).targets()).containsExactly(new RoutingGroup("batch"));
        assertThat(counters.getFailedServiceCalls()).isEqualTo(1);
        assertThat(policy.problems()).singleElement().asString().contains("refused connection").doesNotContain("token");
    }

    @Test
    public void testServiceThatHangsIsNotAskedForAWhile()
    {
        answer = new StubAnswer(200, "application/json", "{}", true);
        TrinoGatewayService policy = create(config().setTimeout(new Duration(100, MILLISECONDS)));
        for (int i = 0; i < 3; i++) {
            assertThat(select(policy, BATCH_HEADER).targets()).containsExactly(new RoutingGroup("batch"));
        }
        assertThat(policy.problems()).singleElement().asString().contains("has failed");
        assertThat(policy.isPaused()).isTrue();
        int asked = calls.get();
        // more than could be answered one after the other, if each waited
        for (int i = 0; i < 1000; i++) {
            assertThat(select(policy, BATCH_HEADER).targets()).containsExactly(new RoutingGroup("batch"));
        }
        // one query may have tried the service when the pause was over
        assertThat(counters.getUnaskedServiceCalls()).isGreaterThan(900);
        assertThat(calls.get() - asked).isLessThan(10);
    }

    /**
     * Otherwise one user could take the service from all others, by requests that it does not like.
     */
    @Test
    public void testRequestsThatTheServiceRefuses()
    {
        TrinoGatewayService policy = create(config());
        answer = new StubAnswer(413, "text/plain", "too large", false);
        for (int i = 0; i < 10; i++) {
            assertThat(select(policy, BATCH_HEADER).targets()).containsExactly(new RoutingGroup("batch"));
        }
        assertThat(policy.isPaused()).isFalse();
        assertThat(counters.getFailedServiceCalls()).isEqualTo(10);
        answer = StubAnswer.json("{\"routingGroup\": \"etl\"}");
        assertThat(select(policy, BATCH_HEADER).targets()).containsExactly(new RoutingGroup("etl"));

        answer = new StubAnswer(429, "text/plain", "too many", false);
        for (int i = 0; i < 3; i++) {
            select(policy, BATCH_HEADER);
        }
        assertThat(policy.isPaused()).isTrue();
    }

    @Test
    public void testErrors()
    {
        answer = StubAnswer.json("{\"routingGroup\": \"etl\", \"errors\": [\"too large\", \"too late\"]}");
        assertThat(select(create(config()), ImmutableMap.of()).targets()).containsExactly(new RoutingGroup("etl"));
        TrinoGatewayService policy = create(config().setPropagateErrors(true));
        assertThatThrownBy(() -> policy.inspect(request(ImmutableMap.of())))
                .isInstanceOf(ClusterSelectionException.class)
                .hasMessage("The routing service has refused the query: too large, too late");
        answer = StubAnswer.json("{\"errors\": [\"%s\"]}".formatted("x".repeat(10_000)));
        assertThatThrownBy(() -> policy.inspect(request(ImmutableMap.of())))
                .isInstanceOf(ClusterSelectionException.class)
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(1100));
        assertThat(counters.getFailedServiceCalls()).isZero();
    }

    @Test
    public void testExternalHeadersHaveNoEffect()
    {
        answer = StubAnswer.json("{\"routingGroup\": \"etl\", \"errors\": [], \"externalHeaders\": {\"x-trino-client-tags\": \"etl\"}}");
        TrinoGatewayService policy = create(config());
        assertThat(policy.inspect(request(ImmutableMap.of())).values()).noneMatch(fact -> fact.contains("x-trino-client-tags"));
        assertThat(select(policy, ImmutableMap.of()).targets()).containsExactly(new RoutingGroup("etl"));
    }

    @Test
    public void testFactory()
    {
        ClusterSelectionPolicyFactory factory = TrinoGatewayPolicyFactory.forService(counters);
        assertThat(factory.getName()).isEqualTo("trino-gateway-service");
        TrinoGatewayService policy = (TrinoGatewayService) factory.create(ImmutableMap.of("cluster-selection.service-url", url(), "cluster-selection.service-timeout", "1m"), GROUPS);
        policies.add(policy);
        assertThat(select(policy, ImmutableMap.of()).targets()).containsExactly(new RoutingGroup("etl"));
        assertThatThrownBy(() -> factory.create(ImmutableMap.of(), GROUPS))
                .isInstanceOf(InvalidClusterSelectionException.class)
                .hasMessageContaining("cluster-selection.service-url");
    }

    private String url()
    {
        return "http://%s:%s/rules".formatted(server.getAddress().getAddress().getHostAddress(), server.getAddress().getPort());
    }

    private TrinoGatewayServiceConfig config()
    {
        return new TrinoGatewayServiceConfig()
                .setServiceUrl(URI.create(url() + "?token=1"))
                .setTimeout(new Duration(1, MINUTES));
    }

    private TrinoGatewayService create(TrinoGatewayServiceConfig config)
    {
        return create(new TrinoGatewayConfig(), config);
    }

    private TrinoGatewayService create(TrinoGatewayConfig common, TrinoGatewayServiceConfig config)
    {
        TrinoGatewayService policy = new TrinoGatewayService(common, config, counters, GROUPS);
        policies.add(policy);
        return policy;
    }

    private static ClusterSelection select(TrinoGatewayService policy, Map<String, String> headers)
    {
        SelectionRequest request = request(headers);
        return policy.select(query(policy.inspect(request)));
    }
}
