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
package io.prestosql.tests.product;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;

/**
 * Chooses ports for servers of a test. They are below the range from which the system takes ports for outgoing connections, so that a port
 * is still free when its server starts or restarts. None is chosen twice, as the server of an earlier choice may not listen yet.
 */
final class FreePorts
{
    private static final int FIRST = 14_000;
    private static final int END = 20_000;
    private static final int MAX_ATTEMPTS = 1_000;

    private static final Set<Integer> TAKEN = new HashSet<>();

    private FreePorts() {}

    /**
     * Returns the first of that many consecutive free ports.
     */
    static synchronized int consecutivePorts(int count)
    {
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            int first = ThreadLocalRandom.current().nextInt(FIRST, END - count);
            boolean free = true;
            for (int port = first; free && port < first + count; port++) {
                free = !TAKEN.contains(port) && isFree(port);
            }
            if (free) {
                IntStream.range(first, first + count).forEach(TAKEN::add);
                return first;
            }
        }
        throw new IllegalStateException("No %s free ports in a row between %s and %s".formatted(count, FIRST, END));
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
