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

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;

import static java.lang.Math.clamp;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Detects the death of the leader's process through a TCP connection to its port. When the process dies, the connection ends at once, and a
 * new one is refused. Silence proves nothing: a paused process keeps its connections and accepts new ones.
 * <p>
 * Nothing is sent over the connection. So the leader, which waits for TLS, closes it now and then, and so may a proxy or a firewall in
 * between. It is then opened again. Only a refusal counts, and only from an address that has accepted a connection before.
 */
final class LeaderConnection
        implements Closeable
{
    private static final int CONNECT_TIMEOUT_MILLIS = 1_000;
    private static final long MIN_PAUSE_MILLIS = 10;
    private static final long MAX_PAUSE_MILLIS = 500;
    /** A connection that ends sooner is opened again only after a pause. */
    private static final long LONG_LIVED_NANOS = SECONDS.toNanos(1);

    private final HostAndPort address;
    private final Runnable changed;
    private final CountDownLatch closed = new CountDownLatch(1);

    private volatile boolean connected;
    private volatile boolean refused;
    // guarded by this
    private Socket socket;

    /**
     * @param changed called when the leader's process is found dead, or alive again
     */
    LeaderConnection(HostAndPort address, Runnable changed)
    {
        this.address = requireNonNull(address, "address is null");
        this.changed = requireNonNull(changed, "changed is null");
        Thread.ofPlatform().daemon().name("query-log-leader-" + address).start(this::run);
    }

    /**
     * Returns whether the process refuses connections after it has accepted one.
     */
    boolean isRefused()
    {
        return refused;
    }

    boolean isConnected()
    {
        return connected;
    }

    private void run()
    {
        boolean known = false;
        long pauseMillis = 0;
        do {
            long start = System.nanoTime();
            try (Socket attempt = new Socket()) {
                if (!own(attempt)) {
                    return;
                }
                // resolves the name each time
                attempt.connect(new InetSocketAddress(address.getHost(), address.getPort()), CONNECT_TIMEOUT_MILLIS);
                known = true;
                connected = true;
                setRefused(false);
                awaitEnd(attempt);
            }
            catch (IOException e) {
                if (known && isRefusal(e)) {
                    setRefused(true);
                }
            }
            connected = false;
            pauseMillis = System.nanoTime() - start >= LONG_LIVED_NANOS ? 0 : clamp(2 * pauseMillis, MIN_PAUSE_MILLIS, MAX_PAUSE_MILLIS);
        }
        while (!isClosedWithin(pauseMillis));
    }

    private synchronized boolean own(Socket attempt)
    {
        if (closed.getCount() == 0) {
            return false;
        }
        socket = attempt;
        return true;
    }

    private static void awaitEnd(Socket socket)
            throws IOException
    {
        InputStream input = socket.getInputStream();
        while (input.read() >= 0) {
            // the leader sends nothing before it is spoken to
        }
    }

    private static boolean isRefusal(IOException e)
    {
        // ConnectException alone is not enough: it is also thrown when the network cannot be reached
        return e instanceof ConnectException && e.getMessage() != null && e.getMessage().contains("refused");
    }

    private void setRefused(boolean value)
    {
        if (refused != value && closed.getCount() > 0) {
            refused = value;
            changed.run();
        }
    }

    private boolean isClosedWithin(long millis)
    {
        try {
            return closed.await(millis, MILLISECONDS);
        }
        catch (InterruptedException e) {
            return true;
        }
    }

    @Override
    public void close()
    {
        closed.countDown();
        Socket open;
        synchronized (this) {
            open = socket;
        }
        if (open != null) {
            try {
                open.close();
            }
            catch (IOException _) {
                // the connection is not used any more
            }
        }
    }
}
