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
import io.prestosql.dispatcher.admission.QueueAdmission;
import io.prestosql.testing.Gates;
import io.prestosql.testing.RawClient;
import io.prestosql.testing.TestingClient;
import io.prestosql.testing.TestingPrestoCluster;
import io.trino.client.QueryError;
import io.trino.dispatcher.DispatchQuery;
import io.trino.server.testing.TestingTrinoServer;
import io.trino.spi.QueryId;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import static com.google.common.reflect.Reflection.newProxy;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.airlift.testing.Closeables.closeAllRuntimeException;
import static io.prestosql.node.NodeRole.DISPATCHER;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * A broken query fails, or is left out where it cannot be handled. Other queries in the queue are handled as usual.
 */
@TestInstance(PER_CLASS)
@Timeout(120)
public class TestPoisonedQueries
{
    private static final int MAX_LENGTH = 1000;

    private final Gates gates = new Gates();
    private final ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));
    private TestingPrestoCluster cluster;
    private TestingClient client;
    private RawClient rawClient;

    @BeforeAll
    public void setUp(@TempDir Path directory)
    {
        cluster = TestingPrestoCluster.builder()
                .addDispatcherAndOneOther()
                .addGates(gates)
                .addResourceGroup(directory, 1)
                .addProperty(DISPATCHER, "query.max-length", String.valueOf(MAX_LENGTH))
                .build();
        client = new TestingClient(cluster.getDispatcherUrl());
        rawClient = new RawClient();
    }

    @AfterAll
    public void tearDown()
    {
        closeAllRuntimeException(executor::shutdownNow, rawClient, client, cluster);
    }

    @Test
    public void testBadSessionProperties()
            throws Exception
    {
        Future<TestingClient.Result> holder = executor.submit(() -> client.execute("SELECT x FROM gate.default.holder"));
        await().until(() -> gates.getInside("holder") == 1);

        ImmutableMap<String, String> bad = ImmutableMap.of(
                "query_max_run_time", "banana",
                "query_max_execution_time", "1",
                "query_priority", "high",
                "retry_policy", "SOMETIMES",
                "join_distribution_type", "");
        List<Future<TestingClient.Result>> poisoned = bad.entrySet().stream()
                .map(property -> executor.submit(() -> execute(client, property.getKey(), property.getValue())))
                .toList();
        Future<TestingClient.Result> endless = executor.submit(() -> execute(client, "query_max_run_time", "106751991167d"));
        List<Future<TestingClient.Result>> limited = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            limited.add(executor.submit(() -> execute(client, "query_max_run_time", "1s")));
        }
        // the slot is taken all the time
        for (Future<TestingClient.Result> result : limited) {
            assertThat(result.get().error().orElseThrow().getErrorName()).isEqualTo("EXCEEDED_TIME_LIMIT");
        }
        assertThat(holder.isDone()).isFalse();
        QueryError tooLong = endless.get().error().orElseThrow();
        assertThat(tooLong.getErrorName()).isEqualTo("INVALID_SESSION_PROPERTY");
        assertThat(tooLong.getMessage()).startsWith("Session property 'query_max_run_time' is invalid: ").endsWith(" is too long");
        try (TestingTrinoServer stock = TestingTrinoServer.create(); TestingClient stockClient = new TestingClient(stock.getBaseUrl())) {
            int i = 0;
            for (Map.Entry<String, String> property : bad.entrySet()) {
                QueryError expected = execute(stockClient, property.getKey(), property.getValue()).error().orElseThrow();
                assertThat(poisoned.get(i).get().error().orElseThrow())
                        .usingRecursiveComparison()
                        .ignoringFields("failureInfo")
                        .isEqualTo(expected);
                i++;
            }
        }
        gates.open("holder");
        assertThat(holder.get().onlyValue()).isEqualTo(42L);
    }

    private static TestingClient.Result execute(TestingClient client, String property, String value)
    {
        return client.execute(session -> session.properties(ImmutableMap.of(property, value)), "SELECT 1");
    }

    /**
     * The engine cuts a statement that is too long, here in the middle of a character.
     */
    @Test
    public void testTextThatIsCutInCharacter()
    {
        TestingClient.Result good = client.execute("SELECT 'good'");
        TestingClient.Result cut = client.execute("SELECT '%s\uD83D\uDE00'".formatted("x".repeat(MAX_LENGTH - 9)));
        assertThat(cut.error().orElseThrow().getErrorName()).isEqualTo("QUERY_TEXT_TOO_LARGE");
        for (String path : List.of("/v1/query", "/ui/api/query")) {
            RawClient.Response response = rawClient.get(cluster.getDispatcherUrl().resolve(path), path.startsWith("/ui") ? rawClient.logIn(cluster.getDispatcherUrl(), "user") : ImmutableMap.of("X-Trino-User", "user"));
            assertThat(response.status()).as(path).isEqualTo(200);
            List<String> queries = new ArrayList<>();
            for (JsonNode query : response.json()) {
                queries.add(query.get("queryId").asText());
            }
            assertThat(queries).as(path).contains(good.queryId(), cut.queryId());
        }
    }

    /**
     * A query that cannot be shown is left out.
     */
    @Test
    public void testQueryThatCannotBeShown()
    {
        TestingClient.Result good = client.execute("SELECT 'good'");
        QueueAdmission queue = cluster.getDispatcher().getInstance(QueueAdmission.class);
        AtomicInteger asked = new AtomicInteger();
        AtomicBoolean over = new AtomicBoolean();
        QueryId brokenId = new QueryId("20260101_000000_00000_bad");
        DispatchQuery broken = newProxy(DispatchQuery.class, (_, method, _) -> {
            switch (method.getName()) {
                case "getQueryId":
                    return brokenId;
                case "isDone":
                    return over.get();
                case "getBasicQueryInfo":
                    asked.incrementAndGet();
                    throw new IllegalStateException("on purpose");
                default:
                    throw new IllegalStateException("on purpose: " + method);
            }
        });
        queue.dispatchManager().orElseThrow().getQueryTracker().addQuery(broken);
        try {
            // on a busy machine, a node can be silent for longer than the view waits
            RawClient.Response response = await().until(
                    () -> rawClient.get(cluster.getDispatcherUrl().resolve("/v1/query"), ImmutableMap.of("X-Trino-User", "user")),
                    answer -> answer.header("X-Presto-Missing").isEmpty());
            assertThat(response.status()).isEqualTo(200);
            assertThat(response.body()).contains(good.queryId()).doesNotContain(brokenId.toString());
        }
        finally {
            over.set(true);
        }
        assertThat(asked.get()).isPositive();
    }
}
