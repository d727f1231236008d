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
import io.prestosql.postgresql.TestingPostgresql;
import io.prestosql.testing.RawClient;
import io.prestosql.testing.RawClient.Response;
import io.prestosql.testing.TestingClient;
import io.prestosql.testing.TestingClusters;
import io.prestosql.testing.TestingPrestoServer;
import io.trino.execution.QueryManager;
import io.trino.server.InternalAuthenticationManager;
import io.trino.spi.QueryId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.airlift.http.client.Request.Builder.prepareGet;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The calls for clusters at dispatchers that keep the query log in PostgreSQL.
 */
public class TestClustersApiWithPostgresql
{
    private static final String TOKEN_HEADER = "X-Trino-Internal-Bearer";
    private static final String SCHEMA = "clusters_api";

    private final RawClient raw = new RawClient();

    @TempDir
    private Path directory;

    @AfterEach
    public void tearDown()
    {
        raw.close();
    }

    @Test
    public void testOrdersOutliveDispatchers()
            throws IOException
    {
        TestingPostgresql postgresql = TestingPostgresql.shared();
        Path rules = Files.writeString(directory.resolve("rules.json"), "{\"system_information\": [{\"user\": \"operator\", \"allow\": [\"read\", \"write\"]}]}");
        Path accessControl = Files.writeString(directory.resolve("access-control.properties"), "access-control.name=file\nsecurity.config-file=%s\n".formatted(rules));
        try (TestingClusters clusters = TestingClusters.builder(directory)
                .addCluster("a", ImmutableMap.of())
                .addCluster("b", ImmutableMap.of())
                .setDispatchers(3)
                .keepQueueIn(postgresql, SCHEMA)
                .addDispatcherProperty("access-control.config-files", accessControl.toString())
                .addDispatcherProperty("cluster.forget-after", "0s")
                .build()) {
            clusters.undefine("b");
            TestingPrestoServer leader = clusters.getLeader();
            List<TestingPrestoServer> followers = clusters.getDispatchers().stream()
                    .filter(dispatcher -> dispatcher != leader)
                    .collect(toImmutableList());
            assertCallsOfNodes(leader, followers.getFirst());

            String definition = """
                    {"discovery.uri": "%s", "node.environment": "environment_of_b", "internal-communication.shared-secret": "%s"}
                    """.formatted(clusters.getNode("b").getBaseUrl(), TestingClusters.secret("b"));
            await().until(() -> send(followers.getFirst(), "GET", "/b", "").status(), status -> status == 404);
            assertThat(send(followers.getFirst(), "PUT", "/b", definition).status()).isEqualTo(204);
            // the definition counts when the call returns, so that the next one at another dispatcher finds the cluster
            assertThat(send(followers.getLast(), "PUT", "/b/state", "\"INACTIVE\"").status()).isEqualTo(204);
            assertThat(send(leader, "PUT", "/a/state", "\"DRAINING\"").status()).isEqualTo(204);
            assertThat(send(followers.getFirst(), "DELETE", "/b/state", "").status()).isEqualTo(204);
            for (TestingPrestoServer dispatcher : clusters.getDispatchers()) {
                assertStates(dispatcher, leader.getNodeId());
            }
            assertOnlyInB(clusters);
            assertThat(dump(postgresql)).contains(hex("cluster-definition/b")).doesNotContain(TestingClusters.secret("b"), hex(TestingClusters.secret("b")));

            // the next leader, and a start of all
            clusters.kill(leader);
            TestingPrestoServer next = clusters.getLeader();
            for (TestingPrestoServer dispatcher : clusters.getDispatchers()) {
                await().untilAsserted(() -> assertStates(dispatcher, next.getNodeId()));
            }
            clusters.restartDispatchers();
            String last = clusters.getLeader().getNodeId();
            for (TestingPrestoServer dispatcher : clusters.getDispatchers()) {
                await().untilAsserted(() -> assertStates(dispatcher, last));
            }
            assertOnlyInB(clusters);
            assertThat(send(clusters.getDispatcher(), "DELETE", "/a/state", "").status()).isEqualTo(204);
            assertThat(send(clusters.getDispatcher(), "PUT", "/b/state", "\"DRAINING\"").status()).isEqualTo(204);
            // its state goes, too
            await().until(() -> send(clusters.getDispatcher(), "DELETE", "/b", "").status(), status -> status == 204);
            assertThat(dump(postgresql)).doesNotContain(hex("cluster-definition/b"), hex("cluster-state/"));
        }
    }

    /**
     * A dispatcher that does not lead says so to others, and does nothing.
     */
    private void assertCallsOfNodes(TestingPrestoServer leader, TestingPrestoServer follower)
    {
        String state = "{\"state\": \"INACTIVE\", \"user\": \"operator\"}";
        String removal = "{\"user\": \"operator\"}";
        assertThat(sendInternally(follower, "GET", "", "").status()).isEqualTo(421);
        assertThat(sendInternally(follower, "GET", "/order", "").status()).isEqualTo(421);
        assertThat(sendInternally(follower, "PUT", "/a/state", state).status()).isEqualTo(421);
        assertThat(sendInternally(follower, "PUT", "/a/definition", removal).status()).isEqualTo(421);

        assertThat(sendInternally(leader, "GET", "", "").json().get("leader").asText()).isEqualTo(leader.getNodeId());
        assertThat(sendInternally(leader, "GET", "/order", "").json().get("states")).isEmpty();
        for (String path : ImmutableList.of("/a/state", "/a/definition")) {
            assertThat(sendInternally(leader, "PUT", path, "null").status()).isEqualTo(400);
            assertThat(sendInternally(leader, "PUT", path, "{}").status()).isEqualTo(400);
        }
        assertThat(sendInternally(leader, "PUT", "/c/state", state)).satisfies(answer -> {
            assertThat(answer.status()).isEqualTo(404);
            assertThat(answer.body()).startsWith("There is no cluster 'c'");
        });
        assertThat(sendInternally(leader, "PUT", "/a/definition", removal).status()).isEqualTo(409);
        assertThat(sendInternally(leader, "GET", "/order", "").json().get("states")).isEmpty();
    }

    private void assertStates(TestingPrestoServer dispatcher, String leader)
    {
        JsonNode report = send(dispatcher, "GET", "", "").json();
        assertThat(report.path("leader").asText()).isEqualTo(leader);
        assertThat(report.get("clusters")).extracting(cluster -> cluster.get("name").asText()).containsExactly("a", "b");
        assertThat(report.at("/clusters/0/state").asText()).isEqualTo("DRAINING");
        assertThat(report.at("/clusters/0/orderedState/user").asText()).isEqualTo("operator");
        assertThat(report.at("/clusters/1/state").asText()).isEqualTo("ACTIVE");
        assertThat(report.at("/clusters/1").has("orderedState")).isFalse();
        assertThat(report.at("/clusters/1/definedIn").asText()).isEqualTo("the query log");
    }

    private static void assertOnlyInB(TestingClusters clusters)
    {
        for (TestingPrestoServer dispatcher : clusters.getDispatchers()) {
            try (TestingClient client = new TestingClient(dispatcher.getBaseUrl())) {
                TestingClient.Result result = client.execute("SELECT 1");
                assertThat(result.error()).isEmpty();
                assertThat(clusters.getNode("b").getInstance(QueryManager.class).hasQuery(new QueryId(result.queryId()))).isTrue();
            }
        }
    }

    /**
     * Returns all rows of the log, which has keys and contents as bytes.
     */
    private static String dump(TestingPostgresql postgresql)
    {
        String tables = postgresql.select("SELECT string_agg(table_name, ',') FROM information_schema.tables WHERE table_schema = '%s'".formatted(SCHEMA));
        return Arrays.stream(tables.split(","))
                .map(table -> postgresql.select("SELECT string_agg(entry::text, ' ') FROM %s.\"%s\" AS entry".formatted(SCHEMA, table)))
                .collect(joining());
    }

    private static String hex(String text)
    {
        return HexFormat.of().formatHex(text.getBytes(UTF_8));
    }

    private Response send(TestingPrestoServer dispatcher, String method, String path, String body)
    {
        return raw.send(method, dispatcher.getBaseUrl().resolve("/v1/clusters" + path), body, ImmutableMap.of("X-Trino-User", "operator", "Content-Type", "application/json"));
    }

    private Response sendInternally(TestingPrestoServer dispatcher, String method, String path, String body)
    {
        String token = dispatcher.getInstance(InternalAuthenticationManager.class)
                .filterRequest(prepareGet().setUri(URI.create("http://nowhere")).build())
                .getHeader(TOKEN_HEADER);
        return raw.send(method, dispatcher.getBaseUrl().resolve("/v1/queue/cluster" + path), body, ImmutableMap.of(TOKEN_HEADER, token, "Content-Type", "application/json"));
    }
}
