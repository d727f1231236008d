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
import com.google.common.collect.ImmutableMap;
import io.prestosql.node.NodeRoles;
import io.prestosql.operations.KnownDispatchers;
import io.prestosql.testing.RawClient;
import io.prestosql.testing.RawClient.Response;
import io.prestosql.testing.TestingOpenIdProvider;
import io.prestosql.testing.TestingPrestoCluster;
import io.prestosql.testing.TestingPrestoServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.prestosql.node.NodeRole.COORDINATOR;
import static io.prestosql.node.NodeRole.DISPATCHER;
import static io.prestosql.node.NodeRole.WORKER;
import static io.prestosql.testing.TestingOpenIdProvider.USER;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * Log-ins with OAuth2 at three dispatchers behind one address. Each step may be at another dispatcher, without any configuration for that.
 */
@TestInstance(PER_CLASS)
@TestMethodOrder(OrderAnnotation.class)
public class TestOAuth2
{
    private static final String LOAD_BALANCER = "presto.example.net";
    private static final Map<String, String> FORWARDED = ImmutableMap.of(
            "X-Forwarded-Proto", "https",
            "X-Forwarded-Host", LOAD_BALANCER,
            "X-Forwarded-Port", "443");
    private static final Pattern TOKEN_SERVER = Pattern.compile("x_token_server=\"([^\"]+)\"");
    private static final Pattern REDIRECT_SERVER = Pattern.compile("x_redirect_server=\"([^\"]+)\"");

    private final RawClient client = new RawClient();
    private final ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));
    private TestingOpenIdProvider provider;
    private TestingPrestoCluster cluster;

    @BeforeAll
    public void setUp()
    {
        provider = new TestingOpenIdProvider();
        TestingPrestoCluster.Builder builder = TestingPrestoCluster.builder()
                .addDispatchers(3)
                .addNodes(1, new NodeRoles(Set.of(COORDINATOR, WORKER)))
                .shareQueue()
                .addProperty(DISPATCHER, "http-server.process-forwarded", "ACCEPT")
                .addProperty(DISPATCHER, "http-server.authentication.oauth2.refresh-tokens", "true");
        provider.properties().forEach((name, value) -> builder.addProperty(DISPATCHER, name, value));
        cluster = builder.build();
        for (TestingPrestoServer dispatcher : cluster.getServers(DISPATCHER)) {
            await().until(() -> dispatcher.getInstance(KnownDispatchers.class).others().size() == 2);
        }
    }

    @AfterAll
    public void tearDown()
    {
        executor.shutdownNow();
        client.close();
        if (cluster != null) {
            cluster.close();
        }
        if (provider != null) {
            provider.close();
        }
    }

    /**
     * Sends a request to the dispatcher as the load balancer would.
     *
     * @param uri the address as clients see it, with the load balancer's host
     */
    private Response send(String method, int dispatcher, URI uri, String body, Map<String, String> headers)
    {
        assertThat(uri.getHost()).isEqualTo(LOAD_BALANCER);
        URI target = cluster.getServer("dispatcher-" + dispatcher).getBaseUrl().resolve(uri.getRawPath() + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery()));
        return client.send(method, target, body, ImmutableMap.<String, String>builder().putAll(FORWARDED).putAll(headers).buildOrThrow());
    }

    private Response get(int dispatcher, URI uri, Map<String, String> headers)
    {
        return send("GET", dispatcher, uri, "", headers);
    }

    private static URI uri(String path)
    {
        return URI.create("https://" + LOAD_BALANCER + path);
    }

    private Response submit(int dispatcher, Optional<String> token)
    {
        Map<String, String> headers = token
                .map(value -> Map.of("Authorization", "Bearer " + value))
                .orElse(Map.of());
        return send("POST", dispatcher, uri("/v1/statement"), "SELECT current_user", headers);
    }

    /**
     * Returns the user of a token, with each request at another dispatcher.
     */
    private String currentUser(int dispatcher, String token)
    {
        Response response = submit(dispatcher, Optional.of(token));
        int next = dispatcher;
        while (true) {
            assertThat(response.status()).as("%s", response).isIn(200, 503);
            JsonNode results = response.json();
            if (results.has("data")) {
                return results.get("data").get(0).get(0).asText();
            }
            URI nextUri = response.uri("nextUri").orElseThrow(() -> new AssertionError("No data: " + results));
            next = next % 3 + 1;
            Response answer = get(next, nextUri, Map.of("Authorization", "Bearer " + token));
            if (answer.status() != 503) {
                response = answer;
            }
        }
    }

    private static Optional<URI> challenge(Response response, Pattern field)
    {
        assertThat(response.status()).as("%s", response).isEqualTo(401);
        Matcher matcher = field.matcher(response.header("WWW-Authenticate").orElseThrow());
        return matcher.find() ? Optional.of(URI.create(matcher.group(1))) : Optional.empty();
    }

    /**
     * Returns the header with which a browser sends back the cookies that a response has set.
     */
    private static Map<String, String> cookies(Response response)
    {
        return Map.of("Cookie", response.headers().allValues("Set-Cookie").stream()
                .map(cookie -> cookie.split(";", 2)[0])
                .collect(joining("; ")));
    }

    /**
     * Makes the user agree.
     *
     * @param challenge the answer that sends the browser to the provider
     * @return the address to which the provider sends it
     */
    private URI authorize(Response challenge)
    {
        assertThat(challenge.status()).as("%s", challenge).isEqualTo(303);
        URI authorization = URI.create(challenge.header("Location").orElseThrow());
        assertThat(authorization.getPort()).isEqualTo(provider.getIssuer().getPort());
        return URI.create(client.get(authorization, Map.of()).header("Location").orElseThrow());
    }

    private Response poll(int dispatcher, URI tokenUri)
    {
        Response response = get(dispatcher, tokenUri, Map.of());
        assertThat(response.status()).as("%s", response).isEqualTo(200);
        return response;
    }

    private String token(Response response)
    {
        JsonNode token = response.json().get("token");
        assertThat(token).as("no token in %s", response).isNotNull();
        return token.asText();
    }

    /**
     * Makes all steps from the first refusal to the token.
     */
    private URI logIn(int refusedAt, int initiatedAt, int calledBackAt)
    {
        Response refusal = submit(refusedAt, Optional.empty());
        Response challenge = get(initiatedAt, challenge(refusal, REDIRECT_SERVER).orElseThrow(), Map.of());
        Response end = get(calledBackAt, authorize(challenge), cookies(challenge));
        assertThat(end.status()).as("%s", end).isEqualTo(200);
        return challenge(refusal, TOKEN_SERVER).orElseThrow();
    }

    @Test
    @Order(1)
    public void testClient()
    {
        URI tokenUri = logIn(1, 2, 3);
        String token = token(poll(1, tokenUri));
        assertThat(currentUser(2, token)).isEqualTo(USER);
    }

    /**
     * The client polls before the user has logged in, as clients do.
     */
    @Test
    @Order(2)
    public void testPollThatWaits()
            throws Exception
    {
        Response refusal = submit(1, Optional.empty());
        URI tokenUri = challenge(refusal, TOKEN_SERVER).orElseThrow();
        Future<Response> poll = executor.submit(() -> poll(2, tokenUri));
        Response challenge = get(3, challenge(refusal, REDIRECT_SERVER).orElseThrow(), Map.of());
        URI callback = authorize(challenge);
        assertThat(poll.isDone()).isFalse();
        assertThat(get(1, callback, cookies(challenge)).status()).isEqualTo(200);
        assertThat(currentUser(3, token(poll.get()))).isEqualTo(USER);
    }

    /**
     * The engine's clients confirm that they have the token.
     */
    @Test
    @Order(3)
    public void testTokenIsGivenOutOnce()
    {
        URI tokenUri = logIn(2, 3, 1);
        token(poll(2, tokenUri));
        assertThat(send("DELETE", 3, tokenUri, "", Map.of()).status()).isEqualTo(200);
        for (int dispatcher = 1; dispatcher <= 3; dispatcher++) {
            int asked = dispatcher;
            await().untilAsserted(() -> assertThat(poll(asked, tokenUri).json().has("error")).isTrue());
        }
    }

    @Test
    @Order(4)
    public void testProviderRefuses()
    {
        Response refusal = submit(1, Optional.empty());
        Response challenge = get(2, challenge(refusal, REDIRECT_SERVER).orElseThrow(), Map.of());
        URI callback = URI.create(authorize(challenge).toString().replaceFirst("code=[^&]*", "error=access_denied"));
        assertThat(get(3, callback, cookies(challenge)).body()).contains("OAuth2 server denied the login");
        assertThat(poll(1, challenge(refusal, TOKEN_SERVER).orElseThrow()).json().get("error").asText()).contains("access_denied");
    }

    @Test
    @Order(5)
    public void testClientRefreshesAtAnyDispatcher()
    {
        provider.setTokenLifetimeSeconds(1);
        String token;
        try {
            token = token(poll(3, logIn(1, 2, 1)));
        }
        finally {
            provider.setTokenLifetimeSeconds(3600);
        }
        Response[] refusal = new Response[1];
        await().until(() -> {
            refusal[0] = get(2, uri("/v1/query"), Map.of("Authorization", "Bearer " + token));
            return refusal[0].status() == 401;
        });
        assertThat(challenge(refusal[0], REDIRECT_SERVER)).isEmpty();
        String refreshed = token(poll(1, challenge(refusal[0], TOKEN_SERVER).orElseThrow()));
        assertThat(currentUser(3, refreshed)).isEqualTo(USER);
    }

    @Test
    @Order(6)
    public void testWebUi()
    {
        Response challenge = get(1, uri("/ui/"), Map.of());
        Response end = get(2, authorize(challenge), cookies(challenge));
        assertThat(end.status()).as("%s", end).isEqualTo(303);
        assertThat(end.header("Location")).contains("https://" + LOAD_BALANCER + "/ui/");
        assertThat(get(3, uri("/ui/api/cluster"), cookies(end)).status()).isEqualTo(200);
        assertThat(get(1, uri("/ui/api/query"), cookies(end)).status()).isEqualTo(200);
        assertThat(get(1, uri("/ui/api/query"), Map.of()).status()).isEqualTo(401);
    }

    @Test
    @Order(7)
    public void testWebUiRefreshes()
    {
        provider.setTokenLifetimeSeconds(1);
        Response end;
        try {
            Response challenge = get(1, uri("/ui/"), Map.of());
            end = get(2, authorize(challenge), cookies(challenge));
        }
        finally {
            provider.setTokenLifetimeSeconds(3600);
        }
        Response[] redirect = new Response[1];
        await().until(() -> {
            redirect[0] = get(3, uri("/ui/api/cluster"), cookies(end));
            return redirect[0].status() != 200;
        });
        assertThat(redirect[0].status()).as("%s", redirect[0]).isEqualTo(307);
        assertThat(redirect[0].header("Location")).contains("https://" + LOAD_BALANCER + "/ui/api/cluster");
        assertThat(get(1, uri("/ui/api/cluster"), cookies(redirect[0])).status()).isEqualTo(200);
    }

    @Test
    @Order(8)
    public void testForgeries()
    {
        Response refusal = submit(1, Optional.empty());
        Response challenge = get(2, challenge(refusal, REDIRECT_SERVER).orElseThrow(), Map.of());
        String callback = authorize(challenge).toString();
        // not from the browser that began
        assertThat(get(3, URI.create(callback), Map.of()).status()).isEqualTo(400);
        assertThat(get(3, URI.create(callback.replaceFirst("state=[^&.]+", "state=eyJhbGciOiJub25lIn0")), cookies(challenge)).status()).isEqualTo(400);
        for (String token : List.of("nonsense", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.")) {
            assertThat(submit(3, Optional.of(token)).status()).isEqualTo(401);
        }
        // only dispatchers may use this address
        Map<String, String> headers = new HashMap<>(FORWARDED);
        for (String method : List.of("GET", "PUT", "DELETE")) {
            URI internal = cluster.getServer("dispatcher-1").getBaseUrl().resolve("/v1/dispatcher/login/" + UUID.randomUUID());
            headers.put("Content-Type", "application/json");
            assertThat(client.send(method, internal, method.equals("PUT") ? "{\"token\": \"forged\"}" : "", headers).status()).as(method).isIn(401, 403);
        }
    }

    @Test
    @Order(9)
    public void testAllRolesInOneProcess()
    {
        try (TestingPrestoServer server = TestingPrestoServer.builder("single", NodeRoles.of(DISPATCHER, COORDINATOR, WORKER))
                .setProperties(ImmutableMap.<String, String>builder()
                        .put("http-server.process-forwarded", "ACCEPT")
                        .putAll(provider.properties())
                        .buildOrThrow())
                .build()) {
            Response refusal = client.post(server.getBaseUrl().resolve("/v1/statement"), "SELECT 1", FORWARDED);
            Response challenge = client.get(server.getBaseUrl().resolve(challenge(refusal, REDIRECT_SERVER).orElseThrow().getPath()), FORWARDED);
            URI callback = authorize(challenge);
            assertThat(client.get(
                    server.getBaseUrl().resolve(callback.getRawPath() + "?" + callback.getRawQuery()),
                    ImmutableMap.<String, String>builder().putAll(FORWARDED).putAll(cookies(challenge)).buildOrThrow())
                    .status()).isEqualTo(200);
            token(client.get(server.getBaseUrl().resolve(challenge(refusal, TOKEN_SERVER).orElseThrow().getPath()), FORWARDED));
        }
    }

    /**
     * The dispatcher to which the browser has returned dies before the client polls.
     */
    @Test
    @Order(10)
    public void testTokenOutlivesItsDispatcher()
    {
        URI tokenUri = logIn(2, 3, 1);
        cluster.kill("dispatcher-1");
        String token = token(poll(2, tokenUri));
        assertThat(submit(3, Optional.of(token)).status()).isIn(200, 503);
    }

    /**
     * The restarted dispatcher has not been told of the token.
     */
    @Test
    @Order(11)
    public void testDispatcherThatWasAway()
    {
        URI tokenUri = logIn(2, 3, 2);
        TestingPrestoServer back = cluster.start("dispatcher-1");
        await().until(() -> back.getInstance(KnownDispatchers.class).others().size() == 2);
        token(poll(1, tokenUri));
    }
}
