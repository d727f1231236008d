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
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableMap;
import com.google.common.io.Resources;
import io.airlift.http.client.Request;
import io.prestosql.protocol.TaskOwner;
import io.prestosql.queries.AuthorizedQueries;
import io.prestosql.rpc.ProtocolVersions;
import io.prestosql.testing.RawClient;
import io.prestosql.testing.TestingPrestoCluster;
import io.prestosql.testing.TestingPrestoServer;
import io.trino.server.InternalAuthenticationManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;

import static com.google.common.collect.MoreCollectors.onlyElement;
import static io.prestosql.node.NodeRole.COORDINATOR;
import static io.prestosql.node.NodeRole.WORKER;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * Nodes refuse the same requests as release 476-1, and use the same headers, so that nodes of that release understand them.
 * {@code TestCallsOfRelease476} covers the calls and answers themselves.
 */
@TestInstance(PER_CLASS)
public class TestInternalCallsOfRelease476
{
    private static final ObjectMapper MAPPER = new ObjectMapper();
    /** The coordinator's incarnation when the fixtures were made. */
    private static final String INCARNATION = "1d8e1782-d1b1-402f-bf67-9b002eccf72e";
    /** A claim with this epoch comes before the refusals that name it. */
    private static final String EPOCH = "1000";

    private TestingPrestoCluster cluster;
    private RawClient client;

    @BeforeAll
    public void setUp()
    {
        client = new RawClient();
        cluster = TestingPrestoCluster.builder()
                .addDispatchers(1)
                .addCoordinators(1)
                .addWorkers(1)
                .addProperty(COORDINATOR, "catalog.management", "dynamic")
                .addProperty(WORKER, "catalog.management", "dynamic")
                .build();
    }

    @AfterAll
    public void tearDown()
    {
        if (cluster != null) {
            cluster.close();
        }
        client.close();
    }

    @Test
    public void testRefusals()
            throws IOException
    {
        TestingPrestoServer coordinator = cluster.getServer("coordinator-1");
        String incarnation = send(coordinator, "POST", "/v1/dispatch/report", report("{}"), true).json().get("incarnation").asText();
        boolean claimed = false;
        for (JsonNode refusal : read("refusals.json")) {
            String what = refusal.get("what").asText();
            if (!claimed && refusal.get("body").asText().contains("epoch %s is known".formatted(EPOCH))) {
                assertThat(send(coordinator, "POST", "/v1/dispatch/report", report("{\"leader\": {\"epoch\": %s}}".formatted(EPOCH)), true).status()).isEqualTo(200);
                claimed = true;
            }
            String path = refusal.get("path").asText();
            // only the refusal with this status is about a missing token of the nodes
            boolean internal = refusal.get("status").asInt() != 403;
            RawClient.Response response = send(serverOf(path), refusal.get("method").asText(), path, requestBody(refusal, incarnation), internal);
            assertThat(response.status()).as(what).isEqualTo(refusal.get("status").asInt());
            assertThat(response.body()).as(what).isEqualTo(refusal.get("body").asText());
            assertThat(response.header("Content-Type").orElse("")).as(what).isEqualTo(refusal.get("contentType").asText());
            assertThat(response.header("Retry-After").orElse("")).as(what).isEqualTo(refusal.get("retryAfter").asText());
        }
    }

    /**
     * Release 476-1 does not say which versions of the protocol it speaks.
     */
    @Test
    public void testProtocolVersions()
    {
        URI uri = cluster.getServer("coordinator-1").getBaseUrl().resolve("/v1/view/query");
        Map<String, String> internal = internalHeaders("worker-1");
        RawClient.Response unsaid = client.get(uri, internal);
        assertThat(unsaid.status()).isEqualTo(200);
        assertThat(unsaid.header(ProtocolVersions.HEADER)).contains(ProtocolVersions.SUPPORTED.toHeader());
        assertThat(client.get(uri, with(internal, "1-99")).status()).isEqualTo(200);

        RawClient.Response refused = client.get(uri, with(internal, "98-99"));
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.header(ProtocolVersions.HEADER)).contains(ProtocolVersions.SUPPORTED.toHeader());
        assertThat(refused.body()).isEqualTo("PROTOCOL_VERSION_NOT_SUPPORTED: node coordinator-1 speaks versions 1 to 2 of the protocol between nodes, and its caller versions 98 to 99");
        assertThat(client.get(uri, with(internal, "latest")).body()).endsWith("and its caller versions that it does not understand");

        // only nodes are told, and clients' calls have no such version
        assertThat(client.get(uri, ImmutableMap.of("X-Trino-User", "alice", ProtocolVersions.HEADER, "98-99")).status()).isEqualTo(403);
        assertThat(client.get(uri.resolve("/v1/info"), ImmutableMap.of("X-Trino-User", "alice", ProtocolVersions.HEADER, "98-99")).status()).isEqualTo(200);
    }

    private static Map<String, String> with(Map<String, String> headers, String versions)
    {
        return ImmutableMap.<String, String>builder().putAll(headers).put(ProtocolVersions.HEADER, versions).buildOrThrow();
    }

    /**
     * Returns the fixture's request, addressed to the coordinator's present incarnation.
     */
    private static String requestBody(JsonNode refusal, String incarnation)
            throws IOException
    {
        String body = refusal.get("requestBody").asText().replace(INCARNATION, incarnation);
        if (!refusal.get("what").asText().equals("order that was given too long ago")) {
            return body;
        }
        ObjectNode order = (ObjectNode) MAPPER.readTree(body);
        order.put("saidNanos", System.nanoTime() - Duration.ofDays(1).toNanos());
        return order.toString();
    }

    private static String report(String fields)
            throws IOException
    {
        ObjectNode request = (ObjectNode) MAPPER.readTree(fields);
        request.put("waitMillis", 0);
        request.putArray("recorded");
        return request.toString();
    }

    private TestingPrestoServer serverOf(String path)
    {
        if (path.startsWith("/v1/queue/")) {
            return cluster.getDispatcher();
        }
        return cluster.getServer(path.startsWith("/v1/catalog/") ? "worker-1" : "coordinator-1");
    }

    private RawClient.Response send(TestingPrestoServer server, String method, String path, String body, boolean internal)
    {
        URI uri = server.getBaseUrl().resolve(path);
        Map<String, String> headers = new HashMap<>();
        if (!body.isEmpty()) {
            headers.put("Content-Type", "application/json; charset=utf-8");
        }
        headers.putAll(internal ? internalHeaders("worker-1") : ImmutableMap.of("X-Trino-User", "alice"));
        return client.send(method, uri, body, headers);
    }

    /**
     * Returns the headers that a node adds to its calls.
     */
    private Map<String, String> internalHeaders(String node)
    {
        Request request = Request.Builder.prepareGet().setUri(URI.create("http://127.0.0.1/")).build();
        ImmutableMap.Builder<String, String> headers = ImmutableMap.builder();
        cluster.getServer(node).getInstance(InternalAuthenticationManager.class).filterRequest(request).getHeaders().forEach(headers::put);
        return headers.buildOrThrow();
    }

    @Test
    public void testHeaders()
            throws IOException
    {
        JsonNode headers = read("headers.json");

        JsonNode bearer = headers.get("internalBearer");
        Map.Entry<String, String> token = internalHeaders("coordinator-1").entrySet().stream().collect(onlyElement());
        assertThat(token.getKey()).isEqualTo(bearer.get("name").asText());
        String[] parts = token.getValue().split("\\.");
        assertThat(parts).hasSize(3);
        assertThat(new String(Base64.getUrlDecoder().decode(parts[0]), UTF_8)).isEqualTo(bearer.get("decodedHeader").asText());
        JsonNode claims = MAPPER.readTree(Base64.getUrlDecoder().decode(parts[1]));
        JsonNode expectedClaims = MAPPER.readTree(bearer.get("decodedClaims").asText());
        assertThat(claims.fieldNames()).toIterable().containsExactlyElementsOf(expectedClaims::fieldNames);
        assertThat(claims.get("sub")).isEqualTo(expectedClaims.get("sub"));

        JsonNode owner = headers.get("taskOwner");
        assertThat(TaskOwner.HEADER).isEqualTo(owner.get("name").asText());
        TaskOwner expected = new TaskOwner("coordinator-1", "0d9a4e8e-0d5c-4dc5-9a0c-3a4b2ab6b1c5", URI.create("http://127.0.0.1:18081"), 300_000);
        assertThat(TaskOwner.fromHeader(owner.get("example").asText())).contains(expected);
        assertThat(expected.toHeader()).isEqualTo(owner.get("example").asText());

        assertThat(AuthorizedQueries.MISSING_HEADER).isEqualTo(headers.get("missing").get("name").asText());
    }

    private static JsonNode read(String file)
            throws IOException
    {
        return MAPPER.readTree(Resources.getResource("fixtures/476-1/calls/" + file));
    }
}
