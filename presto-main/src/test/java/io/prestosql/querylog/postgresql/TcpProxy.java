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
package io.prestosql.querylog.postgresql;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/**
 * Stands between a member and the database, so that a test can cut its connections or hold them up.
 */
final class TcpProxy
        implements Closeable
{
    private final int target;
    private final ServerSocket server;

    // guarded by this
    private final List<Socket> sockets = new ArrayList<>();
    private boolean held;
    private boolean cut;
    private boolean closed;

    TcpProxy(int target)
            throws IOException
    {
        this.target = target;
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofPlatform().daemon().name("proxy-accept").start(this::accept);
    }

    int port()
    {
        return server.getLocalPort();
    }

    /**
     * Holds all data up until {@link #release}, without closing connections. Data that is sent meanwhile arrives later.
     */
    synchronized void hold()
    {
        held = true;
    }

    synchronized void release()
    {
        held = false;
        notifyAll();
    }

    /**
     * Cuts all connections, including new ones, until {@link #mend}.
     */
    synchronized void cut()
    {
        cut = true;
        sockets.forEach(TcpProxy::closeQuietly);
        notifyAll();
    }

    synchronized void mend()
    {
        cut = false;
    }

    private void accept()
    {
        while (true) {
            try {
                Socket client = server.accept();
                Thread.ofPlatform().daemon().name("proxy-connect").start(() -> connect(client));
            }
            catch (IOException e) {
                return;
            }
        }
    }

    private void connect(Socket client)
    {
        Socket upstream = new Socket();
        try {
            if (!add(client)) {
                return;
            }
            upstream.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target));
            if (!add(upstream)) {
                return;
            }
            client.setTcpNoDelay(true);
            upstream.setTcpNoDelay(true);
            Thread.ofPlatform().daemon().name("proxy-up").start(() -> copy(client, upstream));
            copy(upstream, client);
        }
        catch (IOException e) {
            closeQuietly(client);
            closeQuietly(upstream);
        }
    }

    private synchronized boolean add(Socket socket)
    {
        if (closed || cut) {
            closeQuietly(socket);
            return false;
        }
        sockets.removeIf(Socket::isClosed);
        sockets.add(socket);
        return true;
    }

    private void copy(Socket from, Socket to)
    {
        byte[] buffer = new byte[65536];
        try {
            while (true) {
                int length = from.getInputStream().read(buffer);
                awaitReleased();
                if (length < 0) {
                    break;
                }
                to.getOutputStream().write(buffer, 0, length);
            }
        }
        catch (IOException e) {
            // the other end has gone
        }
        closeQuietly(from);
        closeQuietly(to);
    }

    private synchronized void awaitReleased()
            throws IOException
    {
        while (held && !closed && !cut) {
            try {
                wait();
            }
            catch (InterruptedException e) {
                throw new IOException(e);
            }
        }
        if (closed || cut) {
            throw new IOException("closed");
        }
    }

    private static void closeQuietly(Socket socket)
    {
        try {
            socket.close();
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Cuts all connections and lets no new ones in.
     */
    @Override
    public synchronized void close()
            throws IOException
    {
        closed = true;
        server.close();
        sockets.forEach(TcpProxy::closeQuietly);
        notifyAll();
    }
}
