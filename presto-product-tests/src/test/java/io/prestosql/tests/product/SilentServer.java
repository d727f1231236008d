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
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Accepts every connection, and never answers.
 */
final class SilentServer
        implements AutoCloseable
{
    private static final int BACKLOG = 1000;

    private final ServerSocket server;
    private final List<Socket> connections = new CopyOnWriteArrayList<>();

    SilentServer()
    {
        try {
            server = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().name("silent-server").start(this::accept);
    }

    private void accept()
    {
        try {
            while (true) {
                connections.add(server.accept());
            }
        }
        catch (IOException _) {
            // it is closed
        }
    }

    URI uri()
    {
        return URI.create("http://127.0.0.1:" + server.getLocalPort());
    }

    /**
     * Returns the number of connections since the start.
     */
    int connections()
    {
        return connections.size();
    }

    @Override
    public void close()
    {
        try {
            server.close();
            for (Socket connection : connections) {
                connection.close();
            }
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
