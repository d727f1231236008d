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
import io.prestosql.testing.GatePlugin;
import io.prestosql.testing.Gates;
import io.prestosql.testing.RawClient;
import io.prestosql.testing.RawClient.Response;
import io.prestosql.testing.TestingPorts;
import io.prestosql.testing.TestingPrestoServer;
import io.prestosql.testing.TestingTier;
import io.trino.plugin.resourcegroups.ResourceGroupManagerPlugin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import static io.prestosql.node.NodeRole.COORDINATOR;
import static io.prestosql.node.NodeRole.DISPATCHER;
import static io.prestosql.node.NodeRole.WORKER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * One process with all roles changes its identity over kept data, as at every start without {@code node.id}. Its queue goes on at once.
 */
public class TestNodeIdentity
{
    private static final Map<String, String> USER = Map.of("X-Trino-User", "user");
    /** Much less than the lease of a coordinator. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Gates gates = new Gates();

    @Test
    public void testQueueOutlivesIdentity(@TempDir Path directory)
            throws IOException
    {
        Path groups = Files.writeString(directory.resolve("resource-groups.json"),
                """
                {
                  "rootGroups": [{"name": "global", "softMemoryLimit": "100%", "hardConcurrencyLimit": 1, "maxQueued": 1000}],
                  "selectors": [{"group": "global"}]
                }
                """);
        int port = TestingPorts.nextPort();
        Identity first = new Identity("28a8f1b4-9a0c-4d4e-9c0b-3f7a1b2c4d5e", port);
        Identity otherId = new Identity("8b1a9953-c461-4abc-9d3e-0123456789ab", port);
        Identity otherAddress = new Identity("8b1a9953-c461-4abc-9d3e-0123456789ab", TestingPorts.nextPort());
        Identity both = new Identity("pod-0", TestingPorts.nextPort());
        List<Identity> identities = TestingTier.isLong() ? List.of(first, otherId, otherAddress, both) : List.of(first, otherId, both);
        try (RawClient client = new RawClient()) {
            Optional<Query> holder = Optional.empty();
            Optional<Query> queued = Optional.empty();
            for (int i = 0; i < identities.size(); i++) {
                Identity identity = identities.get(i);
                try (TestingPrestoServer server = TestingPrestoServer.builder(identity.nodeId(), NodeRoles.of(DISPATCHER, COORDINATOR, WORKER))
                        .setPort(identity.port())
                        .setPlugins(List.of(new GatePlugin(gates), new ResourceGroupManagerPlugin()))
                        .setCatalogs(ImmutableMap.of("gate", ImmutableMap.of("connector.name", "gate")))
                        .setResourceGroups(Optional.of(ImmutableMap.of("resource-groups.config-file", groups.toString())))
                        .setProperties(ImmutableMap.of("query-log.dir", directory.resolve("query-log").toString()))
                        .build()) {
                    if (i > 0) {
                        // the query ran in a dead process, and its slot is for the one behind it
                        holder.orElseThrow().finish(server);
                        assertThat(holder.get().error()).as("what ran before start %s", i).contains("COORDINATOR_LOST");
                        queued.orElseThrow().finish(server);
                        assertThat(queued.get().error()).as("what waited before start %s", i).isEmpty();
                        assertThat(queued.get().data.get(0).get(0).asLong()).isEqualTo(i - 1);
                    }
                    String gate = "holder" + i;
                    Query running = new Query(client, server, "SELECT x FROM gate.default." + gate);
                    await().atMost(PATIENCE).until(() -> {
                        running.poll(server);
                        return running.nextUri.getPath().contains("/executing/");
                    });
                    // rows may have been read from now on, so the query does not run again
                    running.poll(server);
                    holder = Optional.of(running);
                    await().atMost(PATIENCE).until(() -> gates.getInside(gate) == 1);
                    queued = Optional.of(new Query(client, server, "SELECT " + i));
                    queued.get().poll(server);
                    assertThat(queued.get().state()).isEqualTo("QUEUED");
                    server.kill();
                }
            }
        }
    }

    private record Identity(String nodeId, int port) {}

    /**
     * A client that sends each request to the present server.
     */
    private static class Query
    {
        private final RawClient client;
        private URI nextUri;
        private JsonNode results;
        private JsonNode data;

        private Query(RawClient client, TestingPrestoServer server, String sql)
        {
            this.client = client;
            take(await().atMost(PATIENCE).until(
                    () -> client.post(server.getBaseUrl().resolve("/v1/statement"), sql, USER),
                    response -> response.status() != 503));
        }

        private void take(Response response)
        {
            assertThat(response.status()).as("%s", response).isEqualTo(200);
            results = response.json();
            nextUri = response.uri("nextUri").orElse(null);
            if (results.has("data")) {
                data = results.get("data");
            }
        }

        private void poll(TestingPrestoServer server)
        {
            Response response = client.get(server.getBaseUrl().resolve(nextUri.getPath()), USER);
            if (response.status() != 503) {
                take(response);
            }
        }

        private String state()
        {
            return results.at("/stats/state").asText();
        }

        private Optional<String> error()
        {
            return results.has("error") ? Optional.of(results.at("/error/errorName").asText()) : Optional.empty();
        }

        private void finish(TestingPrestoServer server)
        {
            long start = System.nanoTime();
            while (nextUri != null) {
                poll(server);
                assertThat(Duration.ofNanos(System.nanoTime() - start)).as("time of %s", results).isLessThan(PATIENCE);
            }
        }
    }
}
