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
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.prestosql.cluster.Clusters;
import io.prestosql.node.ClusterName;
import io.prestosql.testing.CurlCommand;
import io.prestosql.testing.Gates;
import io.prestosql.testing.RawClient;
import io.prestosql.testing.RawClient.Response;
import io.prestosql.testing.TestingClient;
import io.prestosql.testing.TestingClusters;
import io.prestosql.testing.TestingClusters.TestingClustersBuilder;
import io.prestosql.testing.TestingPrestoServer;
import io.trino.execution.QueryManager;
import io.trino.spi.QueryId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.stream.StreamSupport;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * Scripts that were written for Trino Gateway take clusters in and out at any dispatcher.
 */
public class TestGatewayApi
{
    private static final String OPERATOR = "operator";
    private static final String WATCHER = "watcher";
    private static final String STRANGER = "stranger";
    private static final List<String> PUBLIC_PATHS = ImmutableList.of("/api/public/backends", "/api/public/backends/a", "/api/public/backends/a/state");

    private final Gates gates = new Gates();
    private final RawClient raw = new RawClient();
    private final ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));

    @TempDir
    private Path directory;

    @AfterEach
    public void tearDown()
    {
        executor.shutdownNow();
        raw.close();
    }

    /**
     * The requests of Trino Gateway's documentation, unchanged, in their order there. The ports that they name answer nothing.
     */
    @Test
    public void testDocumentationOfTrinoGateway()
            throws IOException
    {
        try (TestingClusters clusters = builder()
                // the examples have no log-in
                .addDispatcherProperty("management.user", OPERATOR)
                .addDispatcherProperty("gateway-api.public", "true")
                .build()) {
            URI dispatcher = clusters.getDispatcher().getBaseUrl();
            // quickstart.md and docker.md
            List<Response> setup = CurlCommand.parseAll(
                    """
                    curl -H "Content-Type: application/json" -X POST \
                            localhost:8080/gateway/backend/modify/add \
                            -d '{
                                  "name": "trino-1",
                                  "proxyTo": "http://localhost:8081",
                                  "active": true,
                                  "routingGroup": "adhoc"
                                }'
                    curl -H "Content-Type: application/json" -X POST \
                            localhost:8080/gateway/backend/modify/add \
                            -d '{
                                  "name": "trino-2",
                                  "proxyTo": "http://localhost:8082",
                                  "active": true,
                                  "routingGroup": "adhoc"
                                }'
                    curl localhost:8080/api/public/backends
                    """).stream()
                    .map(command -> command.send(raw, dispatcher))
                    .collect(toImmutableList());
            assertThat(setup).extracting(Response::status).containsOnly(200);
            assertThat(setup.getFirst().json()).isEqualTo(backend("trino-1", "http://localhost:8081", true, "adhoc", "http://localhost:8081"));
            assertThat(setup.getLast().json()).extracting(backend -> backend.get("name").asText()).containsExactly("a", "b", "trino-1", "trino-2");

            // gateway-api.md
            List<CurlCommand> commands = CurlCommand.parseAll(
                    """
                    curl -X POST http://localhost:8080/gateway/backend/modify/add \
                     -H "Content-Type: application/json" \
                     -d '{  "name": "trino-3",
                            "proxyTo": "http://localhost:8083",
                            "active": true,
                            "routingGroup": "adhoc"
                        }'

                    curl -X POST http://localhost:8080/gateway/backend/modify/add \
                     -H "Content-Type: application/json" \
                     -d '{  "name": "trino-3",
                            "proxyTo": "http://localhost:8083",
                            "active": true,
                            "routingGroup": "adhoc",
                            "externalUrl": "http://localhost:8084"
                        }'

                    curl -X POST http://localhost:8080/gateway/backend/modify/update \
                     -H "Content-Type: application/json" \
                     -d '{  "name": "trino-3",
                            "proxyTo": "http://localhost:8083",
                            "active": true,
                            "routingGroup": "adhoc",
                            "externalUrl": "http://localhost:8084"
                        }'

                    curl -X GET http://localhost:8080/gateway/backend/all

                    curl -X POST -d "trino3" http://localhost:8080/gateway/backend/modify/delete

                    curl -X POST http://localhost:8080/gateway/backend/deactivate/trino-2

                    curl -X GET http://localhost:8080/gateway/backend/active

                    curl -X POST http://localhost:8080/gateway/backend/activate/trino-2
                    """);
            List<Response> answers = commands.stream()
                    .map(command -> command.send(raw, dispatcher))
                    .collect(toImmutableList());
            assertThat(answers).extracting(Response::status)
                    // the second one adds what is there already, and the name that is deleted has a typing error
                    .containsExactly(200, 409, 200, 200, 200, 200, 200, 200);
            assertThat(answers.get(1).body()).isEqualTo("There is a backend 'trino-3' already: update it, or delete it first");
            JsonNode changed = backend("trino-3", "http://localhost:8083", true, "adhoc", "http://localhost:8084");
            assertThat(answers.get(2).json()).isEqualTo(changed);
            assertThat(answers.get(3).header("Content-Type")).contains("application/json");
            assertThat(answers.get(3).json()).hasSize(5).contains(
                    backend("trino-1", "http://localhost:8081", true, "adhoc", "http://localhost:8081"),
                    backend("trino-2", "http://localhost:8082", true, "adhoc", "http://localhost:8082"),
                    changed);
            assertThat(answers.get(4).body()).isEmpty();
            assertThat(answers.get(5).body()).isEmpty();
            assertThat(answers.get(6).json()).extracting(backend -> backend.get("name").asText()).containsExactly("a", "b", "trino-1", "trino-3");
            assertThat(get(clusters.getDispatcher(), "/gateway/backend/active", OPERATOR).json()).hasSize(5);
            assertThat(get(clusters.getDispatcher(), "/gateway", OPERATOR)).satisfies(answer -> {
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.body()).isEqualTo("ok");
            });
        }
    }

    /**
     * A cluster is added, taken out, in, changed and deleted, each time at another dispatcher.
     */
    @Test
    public void testAnyDispatcher()
            throws Exception
    {
        template("of-b", "node.environment=environment_of_b\ninternal-communication.shared-secret=%s\n".formatted(TestingClusters.secret("b")));
        try (TestingClusters clusters = builder()
                .setDispatchers(3)
                .addDispatcherProperty("gateway-api.template", "of-b")
                .addDispatcherProperty("cluster.forget-after", "0s")
                .build()) {
            TestingPrestoServer first = clusters.getDispatchers().get(0);
            TestingPrestoServer second = clusters.getDispatchers().get(1);
            TestingPrestoServer third = clusters.getDispatchers().get(2);
            clusters.undefine("b");
            await().until(() -> clusters.getDispatchers().stream().allMatch(dispatcher -> dispatcher.getInstance(Clusters.class).find(new ClusterName("b")).isEmpty()));

            // a cluster of a file is taken out, and in again
            assertThat(post(first, "/gateway/backend/deactivate/a", "", OPERATOR).status()).isEqualTo(200);
            assertThat(state(second, "a").get("definedState").asText()).isEqualTo("ACTIVE");
            assertThat(state(second, "a").at("/orderedState/state").asText()).isEqualTo("DRAINING");
            assertThat(state(second, "a").at("/orderedState/user").asText()).isEqualTo(OPERATOR);
            String proxyToOfA = clusters.getNode("a").getBaseUrl().toString().replaceAll("/$", "");
            assertThat(get(second, "/api/public/backends/a", WATCHER).json()).isEqualTo(backend("a", proxyToOfA, false, "", proxyToOfA));
            assertThat(get(third, "/gateway/backend/active", WATCHER).json()).isEmpty();
            // but not changed
            assertThat(post(second, "/gateway/backend/modify/update", body("a", "http://localhost:8081", true), OPERATOR)).satisfies(answer -> {
                assertThat(answer.status()).isEqualTo(409);
                assertThat(answer.body()).startsWith("Cluster a is defined in ").contains("a.properties of the dispatchers: change it there");
            });
            assertThat(post(second, "/gateway/backend/modify/delete", "a", OPERATOR).status()).isEqualTo(409);

            // one is added at a dispatcher, and all know it at once
            String proxyTo = clusters.getNode("b").getBaseUrl().toString().replaceAll("/$", "");
            assertThat(post(third, "/gateway/backend/modify/add", body("b", proxyTo, false), OPERATOR)).satisfies(answer -> {
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.json()).isEqualTo(backend("b", proxyTo, false, "adhoc", proxyTo));
            });
            // a script repeats what it got no answer to
            assertThat(post(first, "/gateway/backend/modify/add", body("b", proxyTo, false), OPERATOR).status()).isEqualTo(200);
            for (TestingPrestoServer dispatcher : clusters.getDispatchers()) {
                assertThat(get(dispatcher, "/gateway/backend/all", WATCHER).json()).contains(backend("b", proxyTo, false, "adhoc", proxyTo));
                assertThat(state(dispatcher, "b").get("definedState").asText()).isEqualTo("DRAINING");
            }
            assertThat(post(second, "/gateway/backend/activate/b", "", OPERATOR).status()).isEqualTo(200);
            for (TestingPrestoServer dispatcher : clusters.getDispatchers()) {
                await().until(() -> dispatcher.getInstance(Clusters.class).find(new ClusterName("b")).isPresent());
                await().until(() -> get(dispatcher, "/api/public/backends/b/state", WATCHER).json().get("trinoStatus").asText(), "HEALTHY"::equals);
                try (TestingClient client = new TestingClient(dispatcher.getBaseUrl())) {
                    assertThat(ranIn(clusters, "b", client.execute("SELECT 1"))).isTrue();
                }
            }
            JsonNode idle = new ObjectMapper().valueToTree(ImmutableMap.builder()
                    .put("clusterId", "b")
                    .put("runningQueryCount", 0)
                    .put("queuedQueryCount", 0)
                    .put("numWorkerNodes", 1)
                    .put("trinoStatus", "HEALTHY")
                    .put("proxyTo", proxyTo)
                    .put("externalUrl", proxyTo)
                    .put("routingGroup", "adhoc")
                    .buildOrThrow());
            // a query counts until its coordinator has reported the end
            await().until(() -> get(first, "/api/public/backends/b/state", WATCHER).json(), idle::equals);

            // an update keeps the template's part, and its word for the state counts
            try (TestingClient client = new TestingClient(first.getBaseUrl())) {
                Future<TestingClient.Result> running = executor.submit(() -> client.execute("SELECT x FROM gate.default.updated"));
                await().until(() -> gates.getInside("updated"), inside -> inside == 1);
                assertThat(post(third, "/gateway/backend/modify/delete", "b", OPERATOR)).satisfies(answer -> {
                    assertThat(answer.status()).isEqualTo(409);
                    assertThat(answer.body()).startsWith("Cluster b runs queries. From now on its state is DRAINING, so it gets no new ones: ");
                });
                assertThat(get(second, "/api/public/backends/b", WATCHER).json()).isEqualTo(backend("b", proxyTo, false, "adhoc", proxyTo));
                assertThat(state(first, "b").at("/orderedState/user").asText()).isEqualTo(OPERATOR);
                assertThat(post(first, "/gateway/backend/modify/update", "{\"name\": \"b\", \"proxyTo\": \"%s/\", \"active\": false, \"routingGroup\": \"etl\"}".formatted(proxyTo), OPERATOR).status()).isEqualTo(200);
                assertThat(get(second, "/api/public/backends/b", WATCHER).json()).isEqualTo(backend("b", proxyTo, false, "etl", proxyTo));
                assertThat(state(third, "b").has("orderedState")).isFalse();
                assertThat(get(second, "/api/public/backends/b/state", WATCHER).json().get("runningQueryCount").asInt()).isEqualTo(1);
                assertThat(post(third, "/gateway/backend/modify/delete", "b", OPERATOR)).satisfies(answer -> {
                    assertThat(answer.status()).isEqualTo(409);
                    assertThat(answer.body()).startsWith("Cluster b still runs queries. Its state is DRAINING, so it gets no new ones: ");
                });
                gates.open("updated");
                assertThat(running.get().error()).isEmpty();
            }
            await().until(() -> get(second, "/api/public/backends/b/state", WATCHER).json().get("runningQueryCount").asInt(), count -> count == 0);
            assertThat(post(first, "/gateway/backend/activate/b", "", OPERATOR).status()).isEqualTo(200);

            // what is deleted leaves nothing behind
            await().until(() -> post(second, "/gateway/backend/modify/delete", "b", OPERATOR).status(), status -> status == 200);
            for (TestingPrestoServer dispatcher : clusters.getDispatchers()) {
                assertThat(get(dispatcher, "/gateway/backend/all", WATCHER).json()).extracting(backend -> backend.get("name").asText()).containsExactly("a");
                assertThat(get(dispatcher, "/api/public/backends/b", WATCHER).status()).isEqualTo(404);
                assertThat(get(dispatcher, "/api/public/backends/b/state", WATCHER).status()).isEqualTo(404);
            }
            assertThat(get(first, "/v1/clusters", WATCHER).json().get("problems")).isEmpty();
            // each change is kept for audit, as those by other calls
            List<String> changes = StreamSupport.stream(get(second, "/v1/cluster-changes?limit=100", WATCHER).json().spliterator(), false)
                    .map(change -> "%s %s %s".formatted(change.get("user").asText(), change.get("cluster").asText(), change.get("property").asText()))
                    .collect(toImmutableList());
            assertThat(changes).contains("operator a state", "operator b state", "operator b definition");
            assertThat(get(second, "/v1/cluster-changes?limit=100", WATCHER).body()).doesNotContain(TestingClusters.secret("b"));
            assertThat(post(third, "/gateway/backend/activate/b", "", OPERATOR)).satisfies(answer -> {
                assertThat(answer.status()).isEqualTo(404);
                assertThat(answer.body()).startsWith("There is no cluster 'b'");
            });
        }
    }

    /**
     * Scripts for Trino Gateway know only a part of a definition, and must not harm the rest.
     */
    @Test
    public void testUpdate()
            throws IOException
    {
        template("small", "cluster.max-running-queries=3\n");
        template("large", "cluster.required-workers=7\n");
        try (TestingClusters clusters = builder().addDispatcherProperty("gateway-api.template", "small").build()) {
            TestingPrestoServer dispatcher = clusters.getDispatcher();
            // there is none yet, so that the template of the configuration counts
            assertThat(post(dispatcher, "/gateway/backend/modify/update", body("c", "http://localhost:8083", true), OPERATOR).status()).isEqualTo(200);
            assertThat(state(dispatcher, "c").get("maxRunningQueries").asInt()).isEqualTo(3);
            assertThat(raw.send("PUT", dispatcher.getBaseUrl().resolve("/v1/clusters/c"),
                    "{\"discovery.uri\": \"http://localhost:8083\", \"cluster.max-running-queries\": \"5\"}",
                    ImmutableMap.of("X-Trino-User", OPERATOR, "Content-Type", "application/json")).status()).isEqualTo(204);
            assertThat(post(dispatcher, "/gateway/backend/deactivate/c", "", OPERATOR).status()).isEqualTo(200);
            assertThat(post(dispatcher, "/gateway/backend/modify/update", body("c", "http://localhost:8084", true), OPERATOR).status()).isEqualTo(200);
            JsonNode updated = state(dispatcher, "c");
            assertThat(updated.get("maxRunningQueries").asInt()).isEqualTo(5);
            assertThat(updated.at("/servers/0").asText()).isEqualTo("http://localhost:8084");
            assertThat(updated.at("/routingGroups/0").asText()).isEqualTo("adhoc");
            assertThat(updated.get("state").asText()).isEqualTo("ACTIVE");
            assertThat(updated.has("orderedState")).isFalse();
            assertThat(post(dispatcher, "/gateway/backend/modify/update?template=large", body("c", "http://localhost:8084", true), OPERATOR).status()).isEqualTo(200);
            assertThat(state(dispatcher, "c").has("maxRunningQueries")).isFalse();
            assertThat(state(dispatcher, "c").get("requiredWorkers").asInt()).isEqualTo(7);
            // a page of the same site may
            URI uri = dispatcher.getBaseUrl().resolve("/gateway/backend/deactivate/c");
            assertThat(raw.post(uri, "", ImmutableMap.of("X-Trino-User", OPERATOR, "Origin", "http://%s:%s".formatted(uri.getHost(), uri.getPort()), "Sec-Fetch-Site", "same-origin")).status()).isEqualTo(200);
            // also where a proxy hides the address that the browser uses
            assertThat(raw.post(uri, "", ImmutableMap.of("X-Trino-User", OPERATOR, "Origin", "https://presto.example.net", "Sec-Fetch-Site", "same-origin")).status()).isEqualTo(200);
            assertThat(raw.post(uri, "", ImmutableMap.of("X-Trino-User", OPERATOR, "Origin", "http://%s:%s".formatted(uri.getHost(), uri.getPort()))).status()).isEqualTo(200);

            // a file takes the place of the definition, and what was ordered counts for its cluster
            Files.writeString(directory.resolve("clusters/dispatcher-1/c.properties"), "discovery.uri=http://localhost:8085\n");
            await().until(() -> state(dispatcher, "c").get("definedIn").asText().endsWith("c.properties"));
            assertThat(post(dispatcher, "/gateway/backend/modify/delete", "c", OPERATOR).status()).isEqualTo(200);
            assertThat(state(dispatcher, "c").at("/orderedState/state").asText()).isEqualTo("DRAINING");
            assertThat(post(dispatcher, "/gateway/backend/modify/delete", "c", OPERATOR).status()).isEqualTo(409);
        }
    }

    @Test
    public void testRefusals()
            throws IOException
    {
        template("wrong", "# a comment\ncluster.weight=0\n");
        try (TestingClusters clusters = builder().build()) {
            TestingPrestoServer dispatcher = clusters.getDispatcher();
            for (String path : ImmutableList.of("add", "update")) {
                String modify = "/gateway/backend/modify/" + path;
                assertRefusal(post(dispatcher, modify, body("c", "http://localhost:8083", true), WATCHER), 403, "");
                assertRefusal(raw.post(dispatcher.getBaseUrl().resolve(modify), body("c", "http://localhost:8083", true), ImmutableMap.of("Content-Type", "application/json")), 401, "");
                assertRefusal(raw.post(dispatcher.getBaseUrl().resolve(modify), body("c", "http://localhost:8083", true), ImmutableMap.of("X-Trino-User", OPERATOR, "Content-Type", "text/plain")), 415, "");
                assertRefusal(post(dispatcher, modify, "{\"name\": \"c\"}", OPERATOR), 400, "The body has to be a JSON object with the strings name and proxyTo");
                assertRefusal(post(dispatcher, modify, "", OPERATOR), 400, "The body has to be a JSON object with the strings name and proxyTo");
                assertRefusal(post(dispatcher, modify, body("No Name", "http://localhost:8083", true), OPERATOR), 400, "'No Name' is no name for a cluster");
                assertRefusal(post(dispatcher, modify, body("c", "localhost:8083", true), OPERATOR), 400, "proxyTo is discovery.uri, ");
                assertRefusal(post(dispatcher, modify, body("c", clusters.getNode("a").getBaseUrl().toString(), true), OPERATOR), 400, "discovery.uri: cluster c has a server of cluster a");
                assertRefusal(post(dispatcher, modify + "?template=none", body("c", "http://localhost:8083", true), OPERATOR), 400, "There is no template 'none': ");
                assertRefusal(post(dispatcher, modify + "?template=wrong", body("c", "http://localhost:8083", true), OPERATOR), 400, "wrong.properties, line 2, cluster.weight: ");
                assertRefusal(post(dispatcher, modify, body("a", "http://localhost:8083", true), OPERATOR), 409, "Cluster a is defined in ");
            }
            for (String path : ImmutableList.of("modify/delete", "activate/a", "deactivate/a")) {
                URI uri = dispatcher.getBaseUrl().resolve("/gateway/backend/" + path);
                assertRefusal(raw.post(uri, "a", ImmutableMap.of("X-Trino-User", WATCHER)), 403, "");
                assertRefusal(raw.post(uri, "a", ImmutableMap.of()), 401, "");
                // what a page of another site makes a browser do
                assertRefusal(raw.post(uri, "a", ImmutableMap.of("X-Trino-User", OPERATOR, "Origin", "https://elsewhere.example.net")), 403, "Pages of other sites may not do this");
                assertRefusal(raw.post(uri, "a", ImmutableMap.of("X-Trino-User", OPERATOR, "Origin", "null")), 403, "Pages of other sites may not do this");
                assertRefusal(raw.post(uri, "a", ImmutableMap.of("X-Trino-User", OPERATOR, "Origin", "https://%s:%s".formatted(uri.getHost(), uri.getPort()))), 403, "Pages of other sites may not do this");
                assertRefusal(raw.post(uri, "a", ImmutableMap.of("X-Trino-User", OPERATOR, "Sec-Fetch-Site", "cross-site")), 403, "Pages of other sites may not do this");
            }
            assertRefusal(post(dispatcher, "/gateway/backend/activate/No%20Name", "", OPERATOR), 404, "There is no cluster 'No Name'");
            assertThat(post(dispatcher, "/gateway/backend/modify/delete", "No Name", OPERATOR).status()).isEqualTo(200);
            for (String path : ImmutableList.of("/gateway", "/gateway/backend/all", "/gateway/backend/active")) {
                assertRefusal(get(dispatcher, path, STRANGER), 403, "");
                assertRefusal(raw.get(dispatcher.getBaseUrl().resolve(path), ImmutableMap.of()), 401, "");
            }
            assertThat(state(dispatcher, "a").has("orderedState")).isFalse();
            assertThat(get(dispatcher, "/gateway/backend/all", WATCHER).json()).hasSize(2);
        }
    }

    @Test
    public void testLogIn()
    {
        try (TestingClusters clusters = builder().build()) {
            TestingPrestoServer dispatcher = clusters.getDispatcher();
            for (String path : PUBLIC_PATHS) {
                assertThat(raw.get(dispatcher.getBaseUrl().resolve(path), ImmutableMap.of()).status()).as(path).isEqualTo(401);
                assertThat(get(dispatcher, path, STRANGER).status()).as(path).isEqualTo(403);
                assertThat(get(dispatcher, path, WATCHER).status()).as(path).isEqualTo(200);
            }
            assertProbes(dispatcher);
        }
        try (TestingClusters clusters = builder().addDispatcherProperty("gateway-api.public", "true").build()) {
            TestingPrestoServer dispatcher = clusters.getDispatcher();
            for (String path : PUBLIC_PATHS) {
                assertThat(raw.get(dispatcher.getBaseUrl().resolve(path), ImmutableMap.of()).status()).as(path).isEqualTo(200);
            }
            // everything else still needs it
            assertThat(raw.get(dispatcher.getBaseUrl().resolve("/gateway/backend/all"), ImmutableMap.of()).status()).isEqualTo(401);
            assertThat(raw.post(dispatcher.getBaseUrl().resolve("/gateway/backend/deactivate/a"), "", ImmutableMap.of()).status()).isEqualTo(401);
            assertProbes(dispatcher);
        }
    }

    private void assertProbes(TestingPrestoServer dispatcher)
    {
        for (String path : ImmutableList.of("/trino-gateway/livez", "/trino-gateway/readyz")) {
            assertThat(raw.get(dispatcher.getBaseUrl().resolve(path), ImmutableMap.of())).as(path).satisfies(answer -> {
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.body()).isEqualTo("ok");
            });
        }
    }

    @Test
    public void testSwitchedOff()
    {
        try (TestingClusters clusters = builder().addDispatcherProperty("gateway-api.enabled", "false").build()) {
            TestingPrestoServer dispatcher = clusters.getDispatcher();
            for (String path : ImmutableList.<String>builder().addAll(PUBLIC_PATHS).add("/gateway", "/gateway/backend/all", "/trino-gateway/livez", "/trino-gateway/readyz").build()) {
                assertThat(get(dispatcher, path, OPERATOR).status()).as(path).isEqualTo(404);
            }
            assertThat(post(dispatcher, "/gateway/backend/deactivate/a", "", OPERATOR).status()).isEqualTo(404);
        }
    }

    @Test
    public void testWrongTemplateOfTheConfiguration()
    {
        assertThatThrownBy(() -> builder().addDispatcherProperty("gateway-api.template", "none").build().close())
                .hasStackTraceContaining("gateway-api.template: There is no template 'none': ");
    }

    private TestingClustersBuilder builder()
    {
        return TestingClusters.builder(directory)
                .addCluster("a", ImmutableMap.of())
                .addCluster("b", ImmutableMap.of())
                .addDispatcherProperty("access-control.config-files", accessControl().toString())
                .addDispatcherProperty("gateway-api.enabled", "true")
                .addDispatcherProperty("gateway-api.template-dir", directory.resolve("templates").toString())
                .addGates(gates);
    }

    private Path accessControl()
    {
        try {
            Path rules = Files.writeString(directory.resolve("rules.json"),
                    """
                    {"system_information": [{"user": "operator", "allow": ["read", "write"]}, {"user": "watcher", "allow": ["read"]}]}
                    """);
            return Files.writeString(directory.resolve("access-control.properties"), "access-control.name=file\nsecurity.config-file=%s\n".formatted(rules));
        }
        catch (IOException e) {
            throw new RuntimeException(e);
        }
    }

    private void template(String name, String content)
            throws IOException
    {
        Files.writeString(Files.createDirectories(directory.resolve("templates")).resolve(name + ".properties"), content);
    }

    private Response get(TestingPrestoServer dispatcher, String path, String user)
    {
        return raw.get(dispatcher.getBaseUrl().resolve(path), ImmutableMap.of("X-Trino-User", user));
    }

    private Response post(TestingPrestoServer dispatcher, String path, String body, String user)
    {
        return raw.post(dispatcher.getBaseUrl().resolve(path), body, ImmutableMap.of("X-Trino-User", user, "Content-Type", "application/json"));
    }

    private JsonNode state(TestingPrestoServer dispatcher, String cluster)
    {
        return get(dispatcher, "/v1/clusters/" + cluster, WATCHER).json();
    }

    private static void assertRefusal(Response answer, int status, String reason)
    {
        assertThat(answer.status()).as(answer.toString()).isEqualTo(status);
        assertThat(answer.body()).contains(reason);
    }

    private static boolean ranIn(TestingClusters clusters, String cluster, TestingClient.Result result)
    {
        assertThat(result.error()).isEmpty();
        return clusters.getNode(cluster).getInstance(QueryManager.class).hasQuery(new QueryId(result.queryId()));
    }

    private static String body(String name, String proxyTo, boolean active)
    {
        return "{\"name\": \"%s\", \"proxyTo\": \"%s\", \"active\": %s, \"routingGroup\": \"adhoc\"}".formatted(name, proxyTo, active);
    }

    private static JsonNode backend(String name, String proxyTo, boolean active, String routingGroup, String externalUrl)
    {
        return new ObjectMapper().valueToTree(ImmutableMap.of("name", name, "proxyTo", proxyTo, "active", active, "routingGroup", routingGroup, "externalUrl", externalUrl));
    }
}
