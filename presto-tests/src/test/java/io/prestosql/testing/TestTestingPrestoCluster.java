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
package io.prestosql.testing;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import io.prestosql.node.NodeRoles;
import io.trino.plugin.tpch.TpchPlugin;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static io.prestosql.node.NodeRole.COORDINATOR;
import static io.prestosql.node.NodeRole.WORKER;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.concurrent.Executors.newVirtualThreadPerTaskExecutor;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

@Tag("long")
public class TestTestingPrestoCluster
{
    private static final Set<String> SHARED = ImmutableSet.of("ForkJoinPool.commonPool", "OkHttp TaskRunner", "Okio Watchdog", "awaitility");

    @Test
    public void testNothingIsLeft()
    {
        // creates everything that the first servers of a process create for all later ones
        startUseAndClose();
        Set<Thread> before = threads();
        List<URI> addresses = startUseAndClose();
        for (URI address : addresses) {
            assertThatThrownBy(() -> connect(address)).isInstanceOf(ConnectException.class);
        }
        await().untilAsserted(() -> assertThat(Sets.difference(threads(), before)).extracting(Thread::getName).isEmpty());
    }

    @Test
    public void testKilledNodeRefusesAndComesBack()
            throws IOException
    {
        try (TestingPrestoCluster cluster = cluster()) {
            URI address = cluster.getServer("worker-1").getBaseUrl();
            connect(address);
            cluster.kill("worker-1");
            assertThatThrownBy(() -> connect(address)).isInstanceOf(ConnectException.class);
            assertThat(cluster.start("worker-1").getBaseUrl()).isEqualTo(address);
            connect(address);
            cluster.awaitReady();
        }
    }

    /**
     * Each client that connects while a node stops is answered, cut off or refused. None is left waiting.
     */
    @Test
    public void testStoppedNodeLeavesNoClientWaiting()
            throws Exception
    {
        try (TestingPrestoCluster cluster = cluster(); ExecutorService executor = newVirtualThreadPerTaskExecutor()) {
            URI address = cluster.getServer("worker-1").getBaseUrl();
            for (int round = 0; round < 8; round++) {
                List<Future<?>> clients = new ArrayList<>();
                for (int i = 0; i < 6; i++) {
                    clients.add(executor.submit(() -> askUntilRefused(address)));
                }
                cluster.stop("worker-1");
                for (Future<?> client : clients) {
                    client.get();
                }
                cluster.start("worker-1");
            }
        }
    }

    private static Void askUntilRefused(URI address)
            throws IOException
    {
        while (true) {
            try (Socket socket = new Socket(InetAddress.getByName(address.getHost()), address.getPort())) {
                socket.setSoTimeout(10_000);
                socket.getOutputStream().write("GET /v1/info HTTP/1.1\r\nHost: presto\r\nConnection: close\r\n\r\n".getBytes(US_ASCII));
                socket.getInputStream().readAllBytes();
            }
            catch (ConnectException _) {
                return null;
            }
            catch (SocketException _) {
                // cut off
            }
        }
    }

    private static List<URI> startUseAndClose()
    {
        try (TestingPrestoCluster cluster = cluster(); TestingClient client = new TestingClient(cluster.getDispatcherUrl())) {
            assertThat(client.execute("SELECT count(*) FROM tpch.tiny.nation").onlyValue()).isEqualTo(25L);
            return cluster.getServers().stream()
                    .map(TestingPrestoServer::getBaseUrl)
                    .toList();
        }
    }

    private static TestingPrestoCluster cluster()
    {
        return TestingPrestoCluster.builder()
                .addDispatchers(1)
                .addNodes(1, NodeRoles.of(COORDINATOR, WORKER))
                .addWorkers(1)
                .addPlugin(new TpchPlugin())
                .addCatalog("tpch", "tpch")
                .build();
    }

    private static void connect(URI address)
            throws IOException
    {
        new Socket(InetAddress.getByName(address.getHost()), address.getPort()).close();
    }

    private static Set<Thread> threads()
    {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(Thread::isAlive)
                // without threads of the virtual machine, and of pools that the whole process shares
                .filter(thread -> !SHARED.contains(thread.getName().replaceAll("-.*", "")))
                .collect(toImmutableSet());
    }
}
