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
import io.prestosql.dispatcher.admission.ClientQuery;
import io.prestosql.dispatcher.admission.QueueAdmission;
import io.prestosql.dispatcher.leader.LeaderRoutingQueueService;
import io.prestosql.node.NodeRoles;
import io.prestosql.protocol.FailureBound;
import io.prestosql.queue.QueueDriver;
import io.prestosql.testing.Gates;
import io.prestosql.testing.RawClient;
import io.prestosql.testing.TestingClient;
import io.prestosql.testing.TestingPrestoCluster;
import io.prestosql.testing.TestingPrestoServer;
import io.trino.client.QueryError;
import io.trino.client.StatementClient;
import io.trino.spi.QueryId;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.airlift.testing.Closeables.closeAllRuntimeException;
import static io.prestosql.node.NodeRole.DISPATCHER;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * Texts that are longer than the queue can keep. The queue cuts them, or refuses them at once, and goes on.
 */
@TestInstance(PER_CLASS)
public class TestOversizedTexts
{
    private static final int LONG = 9_000_000;

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
                .addTpch()
                .addGates(gates)
                .addResourceGroup(directory, 1)
                .addProperty("query.max-length", "15728640")
                .keepQueue(directory)
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
    public void testKillWithLongMessage()
            throws Exception
    {
        Future<TestingClient.Result> holder = executor.submit(() -> client.execute("SELECT x FROM gate.default.holder"));
        await().until(() -> gates.getInside("holder") == 1);
        StatementClient victim = client.start("SELECT 1");
        QueryId victimId = new QueryId(victim.currentStatusInfo().getId());
        Future<TestingClient.Result> killed = executor.submit(() -> TestingClient.drain(victim));
        await().until(() -> query(victimId).remoteQuery().isPresent());
        Future<TestingClient.Result> next = executor.submit(() -> client.execute("SELECT 2"));

        RawClient.Response response = rawClient.send("PUT", cluster.getDispatcherUrl().resolve("/v1/query/%s/killed".formatted(victimId)), "x".repeat(LONG), ImmutableMap.of("X-Trino-User", "user"));
        assertThat(response.status()).as(response.toString()).isEqualTo(202);
        QueryError error = killed.get().error().orElseThrow();
        assertThat(error.getErrorName()).isEqualTo("ADMINISTRATIVELY_KILLED");
        assertThat(error.getMessage())
                .startsWith("Query killed. Message: xxx")
                .hasSizeLessThanOrEqualTo(FailureBound.DEFAULT.maxMessageCharacters());

        // the slot goes to the query behind it
        gates.open("holder");
        assertThat(holder.get().onlyValue()).isEqualTo(42L);
        assertThat(next.get().onlyValue()).isEqualTo(2);
        assertThat(cluster.getDispatcher().getInstance(QueueDriver.class).getFailedEffects()).isZero();

        cluster.stop("dispatcher-1");
        cluster.start("dispatcher-1");
        cluster.awaitReady();
        assertThat(client.execute("SELECT 3").onlyValue()).isEqualTo(3);
        assertThat(query(victimId).end().orElseThrow().failure().orElseThrow().errorCode().getName()).isEqualTo("ADMINISTRATIVELY_KILLED");
    }

    @Test
    public void testFailWithLongMessage()
    {
        TestingClient.Result result = client.execute("SELECT fail(rpad('x', %s, 'x')) FROM tpch.tiny.nation".formatted(LONG));
        assertThat(result.error().orElseThrow().getErrorName()).isEqualTo("GENERIC_USER_ERROR");
        assertThat(result.error().orElseThrow().getMessage()).startsWith("xxx");
        await().until(() -> query(new QueryId(result.queryId())).end().isPresent());
        assertThat(query(new QueryId(result.queryId())).end().orElseThrow().failure().orElseThrow().message()).hasSize(FailureBound.DEFAULT.maxMessageCharacters());
        assertThat(cluster.getDispatcher().getInstance(QueueDriver.class).getFailedEffects()).isZero();
        assertThat(client.execute("SELECT 1").onlyValue()).isEqualTo(1);
    }

    /**
     * A statement of 10 million characters, which take 30 MB.
     */
    @Test
    public void testStatementBeyondRecord()
    {
        String sql = "SELECT '%s'".formatted("\u6f22".repeat(10_000_000));
        QueueAdmission queue = cluster.getDispatcher().getInstance(QueueAdmission.class);
        int before = queue.getQueryCount();
        for (int i = 0; i < 3; i++) {
            RawClient.Response response = rawClient.post(cluster.getDispatcherUrl().resolve("/v1/statement"), sql, ImmutableMap.of("X-Trino-User", "user"));
            assertThat(response.status()).isEqualTo(200);
            assertThat(response.json().get("error").get("errorName").asText()).isEqualTo("QUERY_TEXT_TOO_LARGE");
            assertThat(response.uri("nextUri")).isEmpty();
            assertThat(queue.getPendingSubmissions()).isZero();
        }
        assertThat(queue.getQueryCount()).isEqualTo(before);
        assertThat(cluster.getDispatcher().getInstance(LeaderRoutingQueueService.class).getUnansweredCalls()).isZero();
    }

    /**
     * The engine's own error, with the length that the client has sent.
     */
    @Test
    public void testStatementBeyondMaxLength()
    {
        TestingClient.Result result = client.execute("SELECT '%s'".formatted("x".repeat(17_000_000)));
        assertThat(result.error().orElseThrow().getErrorName()).isEqualTo("QUERY_TEXT_TOO_LARGE");
        assertThat(result.error().orElseThrow().getMessage()).isEqualTo("Query text length (17000009) exceeds the maximum length (15728640)");
        assertThat(cluster.getDispatcher().getInstance(QueueAdmission.class).getPendingSubmissions()).isZero();
    }

    /**
     * The part of a too long statement that the queue keeps ends in the middle of a character.
     */
    @Test
    public void testStatementBeyondMaxLengthOfPairs()
    {
        TestingClient.Result result = client.execute("SELECT '%s\uD83D\uDE00'".formatted("x".repeat(15728640 - 8)));
        assertThat(result.error().orElseThrow().getErrorName()).isEqualTo("QUERY_TEXT_TOO_LARGE");
    }

    @Test
    public void testMaxLengthBeyondRecord()
    {
        assertThatThrownBy(() -> TestingPrestoServer.builder("dispatcher", NodeRoles.of(DISPATCHER))
                .setProperties(ImmutableMap.of("query.max-length", "15728641"))
                .build())
                .hasStackTraceContaining("query.max-length is 15728641, and the query log takes statements of up to 15728640 characters: set query.max-length to that or less");
    }

    private ClientQuery query(QueryId queryId)
    {
        return cluster.getDispatcher().getInstance(QueueAdmission.class).get(queryId).orElseThrow();
    }
}
