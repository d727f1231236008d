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
import io.prestosql.testing.RawClient;
import io.prestosql.testing.TestingClusters;
import io.prestosql.testing.TestingPrestoServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.StreamSupport;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

/**
 * What operators have changed, as any dispatcher shows it afterwards.
 */
public class TestAuditOfClusters
{
    @TempDir
    private Path directory;

    @Test
    public void testAnyDispatcherAndAfterKills()
            throws IOException
    {
        Path rules = Files.writeString(directory.resolve("rules.json"),
                """
                {"system_information": [{"user": "operator", "allow": ["read", "write"]}, {"user": "watcher", "allow": ["read"]}]}
                """);
        Path accessControl = Files.writeString(directory.resolve("access-control.properties"), "access-control.name=file\nsecurity.config-file=%s\n".formatted(rules));
        try (RawClient raw = new RawClient();
                TestingClusters clusters = TestingClusters.builder(directory)
                        .addCluster("a", ImmutableMap.of())
                        .setDispatchers(3)
                        .addDispatcherProperty("access-control.config-files", accessControl.toString())
                        .build()) {
            List<TestingPrestoServer> dispatchers = clusters.getDispatchers();
            for (TestingPrestoServer dispatcher : dispatchers) {
                assertThat(send(raw, dispatcher, "GET", "/v1/cluster-changes", "", "stranger").status()).isEqualTo(403);
                assertThat(send(raw, dispatcher, "GET", "/v1/cluster-changes", "", "watcher").json()).isEmpty();
            }
            for (String limit : ImmutableList.of("0", "-1", "10001", "ten", "")) {
                assertThat(send(raw, dispatchers.getFirst(), "GET", "/v1/cluster-changes?limit=" + limit, "", "watcher")).as(limit).satisfies(answer -> {
                    assertThat(answer.status()).isEqualTo(400);
                    assertThat(answer.body()).isEqualTo("limit has to be a number from 1 to 10000");
                });
            }
            Instant before = Instant.now();
            order(raw, dispatchers.get(0), "PUT", "/v1/clusters/a/state", "\"INACTIVE\"");
            order(raw, dispatchers.get(1), "PUT", "/v1/clusters/a/state", "\"ACTIVE\"");
            order(raw, dispatchers.get(2), "DELETE", "/v1/clusters/a/state", "");
            order(raw, dispatchers.get(0), "PUT", "/v1/clusters/b", """
                    {"discovery.uri": "http://127.0.0.1:1", "node.environment": "b", "internal-communication.shared-secret": "do not tell"}
                    """);
            // refused orders change nothing
            assertThat(send(raw, dispatchers.get(1), "PUT", "/v1/clusters/a/state", "\"DRAINING\"", "watcher").status()).isEqualTo(403);
            assertThat(send(raw, dispatchers.get(1), "PUT", "/v1/clusters/c/state", "\"DRAINING\"", "operator").status()).isEqualTo(404);

            String defined = "[discovery.uri=http://127.0.0.1:1, internal-communication.shared-secret=…, node.environment=b]";
            List<String> expected = ImmutableList.of(
                    "operator: definition of b from none to " + defined,
                    "operator: state of a from ACTIVE to none",
                    "operator: state of a from INACTIVE to ACTIVE",
                    "operator: state of a from none to INACTIVE");
            for (TestingPrestoServer dispatcher : dispatchers) {
                RawClient.Response answer = send(raw, dispatcher, "GET", "/v1/cluster-changes", "", "watcher");
                assertThat(changes(answer)).isEqualTo(expected);
                assertThat(answer.body()).doesNotContain("do not tell");
                assertThat(answer.json()).allSatisfy(change -> {
                    assertThat(Instant.parse(change.get("time").asText())).isCloseTo(before, within(Duration.ofMinutes(5)));
                    assertThat(change.get("address").asText()).isEqualTo("127.0.0.1");
                });
                assertThat(changes(send(raw, dispatcher, "GET", "/v1/cluster-changes?limit=1", "", "watcher"))).isEqualTo(expected.subList(0, 1));
            }

            clusters.kill(clusters.getLeader());
            TestingPrestoServer next = clusters.getLeader();
            order(raw, next, "DELETE", "/v1/clusters/b", "");
            for (TestingPrestoServer dispatcher : clusters.getDispatchers()) {
                await().until(() -> send(raw, dispatcher, "GET", "/v1/cluster-changes", "", "watcher").status(), status -> status == 200);
                assertThat(changes(send(raw, dispatcher, "GET", "/v1/cluster-changes", "", "watcher"))).hasSize(5)
                        .startsWith("operator: definition of b from " + defined + " to none")
                        .endsWith(expected.toArray(String[]::new));
            }
            clusters.restartDispatchers();
            for (TestingPrestoServer dispatcher : clusters.getDispatchers()) {
                await().until(() -> send(raw, dispatcher, "GET", "/v1/cluster-changes", "", "watcher").status(), status -> status == 200);
                assertThat(changes(send(raw, dispatcher, "GET", "/v1/cluster-changes", "", "watcher"))).hasSize(5);
            }
        }
    }

    private static List<String> changes(RawClient.Response answer)
    {
        return StreamSupport.stream(answer.json().spliterator(), false)
                .map(TestAuditOfClusters::describe)
                .collect(toImmutableList());
    }

    private static String describe(JsonNode change)
    {
        return "%s: %s of %s from %s to %s".formatted(
                change.get("user").asText(),
                change.get("property").asText(),
                change.get("cluster").asText(),
                change.get("oldValue").asText(),
                change.get("newValue").asText());
    }

    private static void order(RawClient raw, TestingPrestoServer dispatcher, String method, String path, String body)
    {
        assertThat(send(raw, dispatcher, method, path, body, "operator").status()).isEqualTo(204);
    }

    private static RawClient.Response send(RawClient raw, TestingPrestoServer dispatcher, String method, String path, String body, String user)
    {
        return raw.send(method, dispatcher.getBaseUrl().resolve(path), body, ImmutableMap.of("X-Trino-User", user, "Content-Type", "application/json"));
    }
}
