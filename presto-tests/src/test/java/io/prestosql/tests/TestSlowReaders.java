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
import com.google.inject.Binder;
import com.google.inject.Module;
import com.google.inject.Provides;
import com.google.inject.Singleton;
import io.airlift.http.server.HttpServerConfig;
import io.airlift.node.NodeInfo;
import io.prestosql.dispatcher.statement.ExecutingQueryProxy;
import io.prestosql.dispatcher.statement.ProxyClientConfig;
import io.prestosql.fleet.CoordinatorMonitorConfig;
import io.prestosql.testing.RawClient;
import io.prestosql.testing.RawClient.Response;
import io.prestosql.testing.SocketClient;
import io.prestosql.testing.TestingPrestoCluster;
import io.trino.plugin.tpch.TpchPlugin;
import io.trino.server.InternalCommunicationConfig;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

import static io.prestosql.node.NodeRole.DISPATCHER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * Clients that read their results slowly, or stop reading, get them in the end, and the coordinator is not blamed for the delay.
 */
@TestInstance(PER_CLASS)
public class TestSlowReaders
{
    private static final Map<String, String> USER = ImmutableMap.of("X-Trino-User", "user");
    /** In production it is ten minutes, and readers take 15 kB a second. */
    private static final Duration MAX_SILENCE = Duration.ofSeconds(3);
    private static final int BYTES_PER_SECOND = 1_400_000;
    private static final int ROW_BYTES = 14_000_000;
    private static final String LARGE_ROW = "SELECT rpad(name, %s, 'x') FROM tpch.tiny.nation LIMIT 1".formatted(ROW_BYTES);

    private TestingPrestoCluster cluster;
    private ExecutingQueryProxy proxy;
    private RawClient client;

    @BeforeAll
    public void setUp()
    {
        cluster = TestingPrestoCluster.builder()
                .addDispatcherAndOneOther()
                .addPlugin(new TpchPlugin())
                .addCatalog("tpch", "tpch")
                .addReplacement(DISPATCHER, new ShortSilence())
                .build();
        proxy = cluster.getDispatcher().getInstance(ExecutingQueryProxy.class);
        client = new RawClient();
    }

    @AfterAll
    public void tearDown()
    {
        client.close();
        cluster.close();
    }

    @Test
    public void testSlowReader()
            throws IOException
    {
        URI next = pageWithRow();
        long start = System.nanoTime();
        try (Socket socket = SocketClient.open(next, "Accept-Encoding: identity", "Connection: close")) {
            assertThat(SocketClient.readSlowly(socket.getInputStream(), BYTES_PER_SECOND)).isGreaterThan(ROW_BYTES);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(MAX_SILENCE.multipliedBy(3));
        assertThat(proxy.getFailedRequests()).isZero();
        assertThat(finish(next)).isEqualTo("FINISHED");
    }

    @Test
    public void testReaderThatTakesNothing()
            throws IOException
    {
        URI next = pageWithRow();
        long hangUps = proxy.getHangUps();
        try (Socket socket = SocketClient.open(next, "Accept-Encoding: identity", "Connection: close")) {
            await().untilAsserted(() -> assertThat(proxy.getHangUps()).isGreaterThan(hangUps));
            // an incomplete answer must not look complete
            byte[] read = readUntilBroken(socket);
            assertThat(read.length).isLessThan(ROW_BYTES);
        }
        assertThat(proxy.getFailedRequests()).isZero();
        assertThat(finish(next)).isEqualTo("FINISHED");
    }

    @Test
    public void testHangUpsInAnAnswer()
            throws IOException
    {
        URI next = pageWithRow();
        long hangUps = proxy.getHangUps();
        for (int i = 0; i < 20; i++) {
            Socket socket = SocketClient.open(next, "Accept-Encoding: identity");
            assertThat(socket.getInputStream().read()).isNotNegative();
            hangUp(socket);
        }
        await().untilAsserted(() -> assertThat(proxy.getHangUps()).isEqualTo(hangUps + 20));
        assertThat(proxy.getFailedRequests()).isZero();
        assertThat(finish(next)).isEqualTo("FINISHED");
    }

    @Test
    public void testHangUpsBeforeAnAnswer()
            throws IOException
    {
        URI next = executing("SELECT count(*) FROM tpch.sf1000.lineitem");
        // the first answer has the query's state, and each later one waits for more
        next = client.get(next, USER).uri("nextUri").orElseThrow();
        long requests = proxy.getProxiedRequests();
        for (int i = 0; i < 20; i++) {
            hangUp(SocketClient.open(next));
        }
        await().untilAsserted(() -> assertThat(proxy.getProxiedRequests()).isGreaterThanOrEqualTo(requests + 20));
        Response response = client.get(next, USER);
        assertThat(response.status()).isEqualTo(200);
        assertThat(client.send("DELETE", response.uri("nextUri").orElseThrow(), "", USER).status()).isEqualTo(204);
        assertThat(proxy.getFailedRequests()).isZero();
    }

    @Test
    public void testStreamsThatAreReset()
    {
        URI next = executing("SELECT count(*) FROM tpch.sf1000.lineitem");
        next = client.get(next, USER).uri("nextUri").orElseThrow();
        long hangUps = proxy.getHangUps();
        long requests = proxy.getProxiedRequests();
        try (HttpClient http2 = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build()) {
            // changes to HTTP/2
            assertThat(http2.sendAsync(HttpRequest.newBuilder(cluster.getDispatcherUrl().resolve("/v1/info")).build(), BodyHandlers.discarding()).join().version())
                    .isEqualTo(HttpClient.Version.HTTP_2);
            for (int i = 1; i <= 20; i++) {
                CompletableFuture<HttpResponse<String>> answer = http2.sendAsync(HttpRequest.newBuilder(next).build(), BodyHandlers.ofString());
                long expected = requests + i;
                await().until(() -> proxy.getProxiedRequests() >= expected);
                answer.cancel(true);
            }
            await().untilAsserted(() -> assertThat(proxy.getHangUps()).isGreaterThan(hangUps));
        }
        Response response = client.get(next, USER);
        assertThat(response.status()).isEqualTo(200);
        assertThat(client.send("DELETE", response.uri("nextUri").orElseThrow(), "", USER).status()).isEqualTo(204);
        assertThat(proxy.getFailedRequests()).isZero();
    }

    private static void hangUp(Socket socket)
            throws IOException
    {
        // a reset, as from a process that is killed
        socket.setSoLinger(true, 0);
        socket.close();
    }

    private static byte[] readUntilBroken(Socket socket)
    {
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        try {
            socket.getInputStream().transferTo(read);
        }
        catch (IOException _) {
            // the expected break
        }
        return read.toByteArray();
    }

    /**
     * Returns the address of a query's first results at its coordinator.
     */
    private URI executing(String sql)
    {
        Response response = client.post(cluster.getDispatcherUrl().resolve("/v1/statement"), sql, USER);
        while (true) {
            assertThat(response.status()).isEqualTo(200);
            URI next = response.uri("nextUri").orElseThrow();
            if (next.getPath().contains("/executing/")) {
                return next;
            }
            response = client.get(next, USER);
        }
    }

    /**
     * Returns the address of the page with the large row: a slow coordinator first answers without rows. The page can be requested again.
     */
    private URI pageWithRow()
    {
        URI next = executing(LARGE_ROW);
        while (true) {
            Response response = client.get(next, USER);
            assertThat(response.status()).isEqualTo(200);
            if (response.json().has("data")) {
                return next;
            }
            next = response.uri("nextUri").orElseThrow();
        }
    }

    private String finish(URI next)
    {
        Response response = client.get(next, USER);
        while (true) {
            assertThat(response.status()).isEqualTo(200);
            if (response.uri("nextUri").isEmpty()) {
                return response.json().at("/stats/state").asText();
            }
            response = client.get(response.uri("nextUri").get(), USER);
        }
    }

    private static final class ShortSilence
            implements Module
    {
        @Override
        public void configure(Binder binder) {}

        @Provides
        @Singleton
        public static ProxyClientConfig proxyClientConfig(InternalCommunicationConfig internalCommunication, NodeInfo nodeInfo, HttpServerConfig httpServerConfig, CoordinatorMonitorConfig monitorConfig)
        {
            return new ProxyClientConfig(internalCommunication, nodeInfo, httpServerConfig, monitorConfig, MAX_SILENCE);
        }
    }
}
