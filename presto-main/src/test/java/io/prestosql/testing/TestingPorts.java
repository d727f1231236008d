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

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Hands out ports for servers whose addresses must be known before they start. The ports are below the range from which the system takes
 * ports for outgoing connections, so that a port is still free when its server starts or restarts.
 */
public final class TestingPorts
{
    /** Each of the processes that run tests at the same time has its own range of ports. */
    private static final int PER_PROCESS = 4_000;
    private static final int PROCESSES = 3;
    private static final int PROCESS = Integer.parseInt(System.getProperty("testing.process", "1"));
    private static final int FIRST = 20_000 + (PROCESS - 1) % PROCESSES * PER_PROCESS;
    private static final int END = FIRST + PER_PROCESS;
    private static final int MAX_ATTEMPTS = 1_000;
    private static final Set<Integer> TAKEN = new HashSet<>();

    private TestingPorts() {}

    /**
     * Returns a free port of the loopback address that no other caller has received.
     */
    public static synchronized int nextPort()
    {
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            int port = ThreadLocalRandom.current().nextInt(FIRST, END);
            if (!TAKEN.contains(port) && isFree(port)) {
                TAKEN.add(port);
                return port;
            }
        }
        throw new IllegalStateException("No free port between %s and %s".formatted(FIRST, END));
    }

    /**
     * Returns whether nothing listens at that port of the loopback address.
     */
    public static boolean isRefused(int port)
            throws IOException
    {
        try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return false;
        }
        catch (ConnectException _) {
            return true;
        }
        catch (SocketException _) {
            // the connection was cut off, so something listened
            return false;
        }
    }

    private static boolean isFree(int port)
    {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        }
        catch (IOException e) {
            return false;
        }
    }
}
