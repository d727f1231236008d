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
import io.airlift.http.client.Request;
import io.prestosql.dispatcher.clusters.AnnouncedDispatchers;
import io.prestosql.queue.QueueDriver;
import io.prestosql.testing.RawClient;
import io.prestosql.testing.TestingPrestoCluster;
import io.prestosql.testing.TestingPrestoServer;
import io.trino.server.InternalAuthenticationManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

import static io.airlift.http.client.Request.Builder.prepareGet;
import static io.prestosql.node.NodeRole.DISPATCHER;
import static io.prestosql.testing.TestingPrestoServer.ENVIRONMENT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Operators' orders for clusters, while there is a dispatcher that cannot read them from the query log.
 */
public class TestOrdersBesideOlderDispatchers
{
    private static final String OLDER = "dispatcher-476";

    private final RawClient raw = new RawClient();

    @TempDir
    private Path directory;

    @AfterEach
    public void tearDown()
    {
        raw.close();
    }

    /**
     * A dispatcher of release 476-1 is announced, and does not ask for orders.
     */
    @Test
    public void testOlderDispatcher()
            throws IOException
    {
        try (TestingPrestoCluster cluster = TestingPrestoCluster.builder()
                .addDispatchers(1)
                .addCoordinators(1)
                .addWorkers(1)
                .addProperty(DISPATCHER, "cluster.refresh-period", "50ms")
                .addProperty(DISPATCHER, "access-control.config-files", accessControl().toString())
                .build()) {
            TestingPrestoServer dispatcher = cluster.getDispatcher();
            TestingPrestoServer coordinator = cluster.getServer("coordinator-1");
            AnnouncedDispatchers announced = dispatcher.getInstance(AnnouncedDispatchers.class);
            announce(coordinator, "PUT");
            await().until(() -> announced.find().containsKey(OLDER));

            RawClient.Response refused = order(dispatcher, "PUT", "\"DRAINING\"");
            assertThat(refused.status()).isEqualTo(409);
            assertThat(refused.body()).isEqualTo("The query log takes no orders for clusters yet, as dispatcher dispatcher-476 is not known to read them, which those of release 476-1 cannot. " +
                    "Upgrade or start it, or write the order into the files of the clusters");
            assertThat(state(dispatcher)).isEqualTo("ACTIVE");
            // what every release can read
            assertThat(order(dispatcher, "DELETE", "").status()).isEqualTo(204);
            assertThat(dispatcher.getInstance(QueueDriver.class).getLastingRecords()).isZero();

            announce(coordinator, "DELETE");
            await().until(() -> !announced.find().containsKey(OLDER));
            assertThat(order(dispatcher, "PUT", "\"DRAINING\"").status()).isEqualTo(204);
            assertThat(state(dispatcher)).isEqualTo("DRAINING");
            // the order, and its change
            assertThat(dispatcher.getInstance(QueueDriver.class).getLastingRecords()).isEqualTo(2);
        }
    }

    private void announce(TestingPrestoServer coordinator, String method)
    {
        Map<String, String> headers = new HashMap<>();
        headers.put("Content-Type", "application/json");
        Request signed = coordinator.getInstance(InternalAuthenticationManager.class).filterRequest(prepareGet().setUri(URI.create("http://nowhere")).build());
        signed.getHeaders().forEach(headers::put);
        String body =
                """
                {"environment": "%s", "nodeId": "%s", "location": "/there", "pool": "general", "services": [
                  {"id": "f59854a5-c1ce-4a37-b620-4ee5e6c182cc", "type": "presto-dispatcher", "properties": {"http": "http://127.0.0.1:1"}}]}
                """.formatted(ENVIRONMENT, OLDER);
        RawClient.Response response = raw.send(method, coordinator.getBaseUrl().resolve("/v1/announcement/" + OLDER), method.equals("PUT") ? body : "", headers);
        assertThat(response.status()).isBetween(200, 299);
    }

    private RawClient.Response order(TestingPrestoServer dispatcher, String method, String state)
    {
        return raw.send(method, dispatcher.getBaseUrl().resolve("/v1/clusters/default/state"), state, ImmutableMap.of("X-Trino-User", "operator", "Content-Type", "application/json"));
    }

    private String state(TestingPrestoServer dispatcher)
    {
        return raw.get(dispatcher.getBaseUrl().resolve("/v1/clusters/default"), ImmutableMap.of("X-Trino-User", "operator")).json().get("state").asText();
    }

    private Path accessControl()
            throws IOException
    {
        Path rules = Files.writeString(directory.resolve("rules.json"), "{\"system_information\": [{\"user\": \"operator\", \"allow\": [\"read\", \"write\"]}]}");
        return Files.writeString(directory.resolve("access-control.properties"), "access-control.name=file\nsecurity.config-file=%s\n".formatted(rules));
    }
}
