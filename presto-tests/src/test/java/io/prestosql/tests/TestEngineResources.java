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

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.prestosql.testing.RawClient;
import io.prestosql.testing.RawClient.Response;
import io.prestosql.testing.RestResources;
import io.prestosql.testing.RestResources.Operation;
import io.prestosql.testing.TestingPrestoCluster;
import io.prestosql.testing.TestingPrestoServer;
import io.trino.server.testing.TestingTrinoServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static io.airlift.testing.Closeables.closeAllRuntimeException;
import static io.prestosql.node.NodeRole.DISPATCHER;
import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * The documentation has a table of what a dispatcher does with each path that a stock coordinator answers. The table is complete and true.
 */
@TestInstance(PER_CLASS)
public class TestEngineResources
{
    private static final Path PAGE = Path.of(System.getProperty("basedir", ""), "../presto-docs/src/main/markdown/deployment.md");
    private static final Map<String, String> USER = ImmutableMap.of("X-Trino-User", "user");
    private static final Pattern ROW = Pattern.compile("^\\| ([^|]+) \\| `(\\w+)` \\| ([^|]+) \\| ?([^|]*)\\|$");
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");
    private static final String NO_SUCH_PATH = "HTTP 404 Not Found";
    private static final Map<String, String> SAMPLES = ImmutableMap.<String, String>builder()
            .put("queryId", "20250101_000000_00000_aaaaa")
            .put("slug", "x0")
            .put("token", "1")
            .put("stage", "0")
            .put("taskId", "20250101_000000_00000_aaaaa.0.0.0")
            .put("bufferId", "0")
            .put("nodeId", "nowhere")
            .put("node_id", "nowhere")
            .put("identifier", "AAAA")
            .put("path", "nothing.html")
            .put("authId", "00000000-0000-0000-0000-000000000000")
            .put("objectName", "io.prestosql.dispatcher:name=ExecutingQueryProxy")
            .put("attributeName", "HangUps")
            .buildOrThrow();

    private TestingPrestoCluster cluster;
    private TestingTrinoServer stock;
    private RawClient client;

    @BeforeAll
    public void setUp(@TempDir Path directory)
            throws IOException
    {
        // as on the engine's server for tests
        Path accessControl = Files.writeString(directory.resolve("access-control.properties"), "access-control.name=allow-all");
        cluster = TestingPrestoCluster.builder()
                .addOneOfEachRole()
                .addTpch()
                .addProperty("access-control.config-files", accessControl.toString())
                .addProperty(DISPATCHER, "web-ui.preview.enabled", "true")
                .addProperty(DISPATCHER, "http-server.process-forwarded", "ACCEPT")
                .build();
        stock = TestingTrinoServer.builder()
                .setProperties(ImmutableMap.of("web-ui.preview.enabled", "true"))
                .build();
        client = new RawClient();
    }

    @AfterAll
    public void tearDown()
    {
        closeAllRuntimeException(client, stock, cluster);
    }

    @Test
    public void testEveryResourceIsInTheTable()
    {
        Map<String, Set<String>> documented = new TreeMap<>();
        rows().forEach(row -> documented.put(row.resource(), row.paths()));
        Map<String, Set<String>> actual = new TreeMap<>();
        for (Class<?> resource : resources()) {
            actual.put(resource.getSimpleName(), paths(resource));
        }
        assertThat(documented).isEqualTo(actual);
    }

    @Test
    public void testResourcesBehaveAsTheTableSays()
    {
        Map<String, Class<?>> resources = new TreeMap<>();
        resources().forEach(resource -> resources.put(resource.getSimpleName(), resource));
        List<String> wrong = new ArrayList<>();
        for (Row row : rows()) {
            for (Operation operation : operations(resources.get(row.resource()))) {
                Response answer = client.send(operation.method(), cluster.getDispatcherUrl().resolve(operation.path()), "", USER);
                boolean right = switch (row.outcome()) {
                    case "as stock", "passed on to a coordinator" -> {
                        if (!operation.method().equals("GET")) {
                            // operations with effects are tested where the right input is known
                            yield true;
                        }
                        Response expected = client.get(stock.getBaseUrl().resolve(operation.path()), USER);
                        yield isSame(answer, expected);
                    }
                    case "404, with the reason" -> answer.status() == 404 && (operation.method().equals("HEAD") || answer.body().startsWith("A dispatcher does not have /v1/"));
                    default -> throw new AssertionError("Unknown outcome: " + row.outcome());
                };
                if (!right) {
                    wrong.add("%s %s is to be %s: %s".formatted(operation.method(), operation.path(), row.outcome(), answer));
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    /**
     * The engine's server for tests lacks some paths of a real server.
     */
    private static boolean isSame(Response answer, Response expected)
    {
        if (expected.status() == 404 && expected.body().contains(NO_SUCH_PATH) && answer.status() != 404) {
            return true;
        }
        return answer.status() == expected.status() && (expected.status() != 404 || answer.body().equals(expected.body()));
    }

    @Test
    public void testStatus()
    {
        for (Map<String, String> headers : List.of(USER, Map.<String, String>of())) {
            Response status = client.get(cluster.getDispatcherUrl().resolve("/v1/status"), headers);
            assertThat(status.status()).isEqualTo(200);
            assertThat(status.json().get("nodeId").asText()).isEqualTo(cluster.getDispatcher().getNodeId());
            assertThat(status.json().get("coordinator").asBoolean()).isTrue();
            assertThat(status.json().get("heapUsed").asLong()).isPositive();
            assertThat(client.send("HEAD", cluster.getDispatcherUrl().resolve("/v1/status"), "", headers).status()).isEqualTo(200);
        }
        Response expected = client.get(stock.getBaseUrl().resolve("/v1/status"), USER);
        Response actual = client.get(cluster.getDispatcherUrl().resolve("/v1/status"), USER);
        assertThat(ImmutableSet.copyOf(actual.json().fieldNames())).isEqualTo(ImmutableSet.copyOf(expected.json().fieldNames()));
        assertThat(ImmutableSet.copyOf(actual.json().at("/memoryInfo/pool").fieldNames())).isEqualTo(ImmutableSet.copyOf(expected.json().at("/memoryInfo/pool").fieldNames()));
    }

    /**
     * Unknown values that other nodes send have stand-ins, but an operator's typing error must not become another order.
     */
    @Test
    public void testMistypedState()
    {
        Map<String, String> headers = Map.of("X-Trino-User", "user", "Content-Type", "application/json");
        Response expected = client.send("PUT", stock.getBaseUrl().resolve("/v1/info/state"), "\"SHUTING_DOWN\"", headers);
        assertThat(expected.status()).isEqualTo(400);
        for (TestingPrestoServer server : cluster.getServers()) {
            if (!server.getRoles().isDispatcher() && !server.getRoles().isCoordinator()) {
                continue;
            }
            Response actual = client.send("PUT", server.getBaseUrl().resolve("/v1/info/state"), "\"SHUTING_DOWN\"", headers);
            assertThat(actual.status()).as("%s", actual).isEqualTo(expected.status());
            // the rest is a stack
            assertThat(actual.body().lines().findFirst()).isEqualTo(expected.body().lines().findFirst());
            assertThat(actual.body()).contains("SHUTING_DOWN");
            assertThat(client.get(server.getBaseUrl().resolve("/v1/info/state"), USER).json().asText()).isEqualTo("ACTIVE");
        }
    }

    @Test
    public void testQueryState()
    {
        Response submitted = client.post(cluster.getDispatcherUrl().resolve("/v1/statement"), "SELECT count(*) FROM tpch.sf1000.lineitem", USER);
        while (!submitted.uri("nextUri").orElseThrow().getPath().contains("/executing/")) {
            submitted = client.get(submitted.uri("nextUri").get(), USER);
        }
        String queryId = submitted.json().get("id").asText();
        for (TestingPrestoServer server : cluster.getServers()) {
            if (!server.getRoles().isDispatcher() && !server.getRoles().isCoordinator()) {
                continue;
            }
            Response one = client.get(server.getBaseUrl().resolve("/v1/queryState/" + queryId), USER);
            assertThat(one.status()).as(one.toString()).isEqualTo(200);
            assertThat(one.json().get("queryId").asText()).isEqualTo(queryId);
            assertThat(one.json().get("user").asText()).isEqualTo("user");
            assertThat(client.get(server.getBaseUrl().resolve("/v1/queryState?user=us.r"), USER).body()).contains(queryId);
            assertThat(client.get(server.getBaseUrl().resolve("/v1/queryState?user=other"), USER).body()).doesNotContain(queryId);
        }
        assertThat(client.send("DELETE", submitted.uri("nextUri").get(), "", USER).status()).isEqualTo(204);
    }

    @Test
    public void testForeignProtocols()
    {
        for (Map<String, String> headers : List.of(
                Map.of("X-Trino-User", "user", "X-Forwarded-Proto", "ftp"),
                Map.of("X-Trino-User", "user", "X-Forwarded-Proto", "javascript"),
                Map.of("X-Trino-User", "user", "Forwarded", "proto=ftp"))) {
            for (String path : List.of("/v1/statement", "/v1/info", "/ui/")) {
                Response response = client.send(path.equals("/v1/statement") ? "POST" : "GET", cluster.getDispatcherUrl().resolve(path), "SELECT 1", headers);
                assertThat(response.status()).as("%s %s", path, headers).isEqualTo(400);
                assertThat(response.body()).contains("http or https only").doesNotContain("ftp:");
            }
        }
        for (String proto : List.of("http", "https", "HTTPS")) {
            Response response = client.post(cluster.getDispatcherUrl().resolve("/v1/statement"), "SELECT 1", Map.of("X-Trino-User", "user", "X-Forwarded-Proto", proto));
            assertThat(response.status()).as(proto).isEqualTo(200);
            assertThat(response.uri("nextUri").orElseThrow().getScheme()).isEqualToIgnoringCase(proto);
        }
    }

    private static List<Row> rows()
    {
        try {
            return Files.readAllLines(PAGE).stream()
                    .dropWhile(line -> !line.equals("### What a dispatcher does with each of the engine's resources"))
                    .skip(1)
                    .takeWhile(line -> !line.startsWith("#"))
                    .flatMap(line -> Row.parse(line).stream())
                    .toList();
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Returns the REST resources of the engine and of its server library.
     */
    private static List<Class<?>> resources()
    {
        return RestResources.of("io.trino.", "io.airlift.");
    }

    /**
     * Returns the path that all of a resource's methods share, or else the path of each.
     */
    private static Set<String> paths(Class<?> resource)
    {
        String path = RestResources.path(resource);
        if (!path.equals("/")) {
            return ImmutableSet.of(path);
        }
        return RestResources.operations(resource).stream().map(Operation::path).collect(toCollection(TreeSet::new));
    }

    private static List<Operation> operations(Class<?> resource)
    {
        return RestResources.operations(resource).stream()
                .map(operation -> operation.withParameters(parameter -> SAMPLES.getOrDefault(parameter, "nothing")))
                .toList();
    }

    private record Row(Set<String> paths, String resource, String outcome)
    {
        static Optional<Row> parse(String line)
        {
            Matcher matcher = ROW.matcher(line);
            if (!matcher.matches()) {
                return Optional.empty();
            }
            return Optional.of(new Row(
                    CODE.matcher(matcher.group(1)).results().map(path -> path.group(1)).collect(toImmutableSet()),
                    matcher.group(2),
                    matcher.group(3)));
        }
    }
}
