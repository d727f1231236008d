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

import io.prestosql.dispatcher.statement.ClientDrain;
import io.prestosql.testing.GatePlugin;
import io.prestosql.testing.Gates;
import io.prestosql.testing.RawClient;
import io.prestosql.testing.RawClient.Response;
import io.prestosql.testing.TestingPrestoCluster;
import org.junit.jupiter.api.Test;

import java.net.URI;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A dispatcher that is told to stop answers earlier requests, and then tells clients to ask elsewhere.
 */
public class TestClientDrain
{
    private static final Map<String, String> USER = Map.of("X-Trino-User", "user");

    @Test
    public void testDrain()
            throws Exception
    {
        Gates gates = new Gates();
        ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));
        try (TestingPrestoCluster cluster = TestingPrestoCluster.builder()
                .addDispatcherAndOneOther()
                .addPlugin(new GatePlugin(gates))
                .addCatalog("gate", "gate")
                .build();
                RawClient client = new RawClient()) {
            ClientDrain drain = cluster.getDispatcher().getInstance(ClientDrain.class);
            Response answer = client.post(cluster.getDispatcherUrl().resolve("/v1/statement"), "SELECT x FROM gate.default.held", USER);
            await().until(() -> drain.getOpenRequests() == 0);
            Future<Response> held;
            do {
                assertThat(answer.status()).isEqualTo(200);
                URI nextUri = answer.uri("nextUri").orElseThrow();
                held = executor.submit(() -> client.get(nextUri, USER));
                Future<Response> request = held;
                await().until(() -> request.isDone() || (gates.getInside("held") == 1 && drain.getOpenRequests() == 1));
                if (request.isDone()) {
                    answer = request.get();
                }
            }
            while (held.isDone());

            drain.drain();
            assertThat(drain.getOpenRequests()).isZero();
            answer = held.get();
            assertThat(answer.status()).isEqualTo(200);
            Response refused = client.get(answer.uri("nextUri").orElseThrow(), USER);
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.header("Connection")).contains("close");
            assertThat(refused.header("Retry-After")).contains("1");
            assertThat(client.post(cluster.getDispatcherUrl().resolve("/v1/statement"), "SELECT 1", USER).status()).isEqualTo(503);
        }
        finally {
            gates.open("held");
            executor.shutdownNow();
        }
    }
}
