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
package io.prestosql.querylog.embedded;

import com.google.common.net.HostAndPort;
import io.prestosql.testing.TestingPorts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.Semaphore;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

@Timeout(60)
public class TestLeaderConnection
{
    private final int port = TestingPorts.nextPort();
    private final Semaphore changes = new Semaphore(0);

    @Test
    public void testDeath()
            throws Exception
    {
        ServerSocket leader = listen();
        try (LeaderConnection connection = connect()) {
            Socket accepted = leader.accept();
            await().until(connection::isConnected);
            assertThat(connection.isRefused()).isFalse();

            long start = System.nanoTime();
            leader.close();
            accepted.close();
            assertThat(changes.tryAcquire(10, SECONDS)).isTrue();
            assertThat(connection.isRefused()).isTrue();
            assertThat(System.nanoTime() - start).as("far below an election time-out").isLessThan(SECONDS.toNanos(1));
        }
    }

    @Test
    public void testReset()
            throws Exception
    {
        ServerSocket leader = listen();
        try (LeaderConnection connection = connect()) {
            Socket accepted = leader.accept();
            await().until(connection::isConnected);
            leader.close();
            accepted.setSoLinger(true, 0);
            accepted.close();
            assertThat(changes.tryAcquire(10, SECONDS)).isTrue();
            assertThat(connection.isRefused()).isTrue();
        }
    }

    /**
     * A leader closes a connection that does not begin with TLS, and a firewall closes an idle one. Neither means that the leader is dead.
     */
    @Test
    public void testLiveLeaderClosesConnection()
            throws Exception
    {
        try (ServerSocket leader = listen(); LeaderConnection connection = connect()) {
            for (int i = 0; i < 5; i++) {
                try (Socket accepted = leader.accept()) {
                    accepted.setSoLinger(i % 2 == 0, 0);
                }
            }
            leader.accept();
            await().until(connection::isConnected);
            assertThat(connection.isRefused()).isFalse();
            assertThat(changes.availablePermits()).isZero();
        }
    }

    /**
     * While a process is paused, the system still accepts connections for it.
     */
    @Test
    public void testPause()
            throws Exception
    {
        try (ServerSocket leader = listen(); LeaderConnection connection = connect()) {
            assertThat(changes.tryAcquire(1_500, MILLISECONDS)).isFalse();
            assertThat(connection.isConnected()).isTrue();
            assertThat(connection.isRefused()).isFalse();
            assertThat(leader.isClosed()).isFalse();
        }
    }

    /**
     * If the first connection is refused, the address may be wrong.
     */
    @Test
    public void testRefusedFromTheBeginning()
            throws Exception
    {
        try (LeaderConnection connection = connect()) {
            assertThat(changes.tryAcquire(1, SECONDS)).isFalse();
            assertThat(connection.isRefused()).isFalse();
            try (ServerSocket leader = listen()) {
                leader.accept();
                await().until(connection::isConnected);
            }
        }
    }

    @Test
    public void testBackAgain()
            throws Exception
    {
        ServerSocket leader = listen();
        try (LeaderConnection connection = connect()) {
            Socket accepted = leader.accept();
            leader.close();
            accepted.close();
            assertThat(changes.tryAcquire(10, SECONDS)).isTrue();
            try (ServerSocket again = listen()) {
                again.accept();
                assertThat(changes.tryAcquire(10, SECONDS)).isTrue();
                assertThat(connection.isRefused()).isFalse();
            }
        }
    }

    @Test
    public void testClose()
            throws Exception
    {
        try (ServerSocket leader = listen()) {
            LeaderConnection connection = connect();
            Socket accepted = leader.accept();
            connection.close();
            assertThat(accepted.getInputStream().read()).isEqualTo(-1);
            await().atMost(Duration.ofSeconds(10)).until(() -> !connection.isConnected());
            assertThat(changes.availablePermits()).isZero();
        }
    }

    private LeaderConnection connect()
    {
        return new LeaderConnection(HostAndPort.fromParts("127.0.0.1", port), changes::release);
    }

    private ServerSocket listen()
            throws IOException
    {
        ServerSocket socket = new ServerSocket();
        socket.setReuseAddress(true);
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return socket;
    }
}
