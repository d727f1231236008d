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

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.util.List;
import java.util.Optional;

import static com.google.common.base.Preconditions.checkState;
import static java.lang.Integer.parseInt;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.locks.LockSupport.parkNanos;

/**
 * Sends HTTP/1.1 requests literally. Client libraries forbid some headers and correct paths.
 */
public final class SocketClient
{
    private static final int TIMEOUT_MILLIS = 60_000;
    private static final int SMALL_BUFFER = 8 * 1024;
    private static final String LINE_END = "\r\n";
    private static final Splitter LINE_SPLITTER = Splitter.on(LINE_END);

    private SocketClient() {}

    public static RawAnswer get(URI uri, String... headers)
    {
        return send("GET", uri, uri.getRawPath(), headers);
    }

    /**
     * @param target the target in the request line
     * @param headers whole lines; {@code Host} is added, unless it is among them
     */
    public static RawAnswer send(String method, URI server, String target, String... headers)
    {
        return send(server, request(method, server, target, ImmutableList.copyOf(headers), true));
    }

    public static RawAnswer send(URI server, byte[] request)
    {
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        try (Socket socket = connect(server)) {
            try {
                socket.getOutputStream().write(request);
                socket.getInputStream().transferTo(answer);
            }
            catch (SocketException _) {
                // a server may close the connection when it does not read a request to its end, and its answer may then be lost
            }
            return RawAnswer.parse(answer.toByteArray());
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Sends a request, and leaves the answer to the caller. Little of the answer is in transit until it is read.
     */
    public static Socket open(URI uri, String... headers)
            throws IOException
    {
        Socket socket = connect(uri);
        socket.getOutputStream().write(request("GET", uri, uri.getRawPath(), ImmutableList.copyOf(headers), false));
        return socket;
    }

    private static Socket connect(URI server)
            throws IOException
    {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(SMALL_BUFFER);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.connect(new InetSocketAddress(server.getHost(), server.getPort()));
        return socket;
    }

    private static byte[] request(String method, URI server, String target, List<String> headers, boolean close)
    {
        StringBuilder request = new StringBuilder(method).append(' ').append(target).append(" HTTP/1.1").append(LINE_END);
        if (headers.stream().noneMatch(header -> header.regionMatches(true, 0, "Host:", 0, 5))) {
            request.append("Host: ").append(server.getAuthority()).append(LINE_END);
        }
        if (close) {
            request.append("Connection: close").append(LINE_END);
        }
        headers.forEach(header -> request.append(header).append(LINE_END));
        return request.append(LINE_END).toString().getBytes(UTF_8);
    }

    /**
     * @param status 0 when the connection was closed before any answer was read
     * @param head the status line and the headers
     */
    public record RawAnswer(int status, String head, String body)
    {
        private static RawAnswer parse(byte[] bytes)
                throws IOException
        {
            if (bytes.length == 0) {
                return new RawAnswer(0, "", "");
            }
            String text = new String(bytes, ISO_8859_1);
            int end = text.indexOf(LINE_END + LINE_END);
            checkState(end > 0, "No answer: %s", text);
            String head = text.substring(0, end);
            int status = parseInt(head.split(" ", 3)[1]);
            int start = end + 2 * LINE_END.length();
            if (status == 100) {
                byte[] rest = new byte[bytes.length - start];
                System.arraycopy(bytes, start, rest, 0, rest.length);
                return parse(rest);
            }
            String body = text.substring(start);
            RawAnswer answer = new RawAnswer(status, head, body);
            if (answer.header("Transfer-Encoding").filter("chunked"::equalsIgnoreCase).isPresent()) {
                return new RawAnswer(status, head, unchunk(body));
            }
            return answer;
        }

        private static String unchunk(String body)
        {
            ByteArrayOutputStream whole = new ByteArrayOutputStream();
            int position = 0;
            while (true) {
                int lineEnd = body.indexOf(LINE_END, position);
                checkState(lineEnd > 0, "The answer is cut off");
                int size = parseInt(body.substring(position, lineEnd), 16);
                if (size == 0) {
                    return whole.toString(UTF_8);
                }
                int start = lineEnd + LINE_END.length();
                whole.writeBytes(body.substring(start, start + size).getBytes(ISO_8859_1));
                position = start + size + LINE_END.length();
            }
        }

        public Optional<String> header(String name)
        {
            return LINE_SPLITTER.splitToStream(head)
                    .filter(line -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
                    .map(line -> line.substring(name.length() + 1).trim())
                    .findFirst();
        }

        @Override
        public String toString()
        {
            return head + "\n\n" + body;
        }
    }

    /**
     * Reads a whole answer at a limited rate.
     *
     * @return the number of bytes
     */
    public static long readSlowly(InputStream input, int bytesPerSecond)
            throws IOException
    {
        long start = System.nanoTime();
        byte[] buffer = new byte[SMALL_BUFFER];
        long read = 0;
        while (true) {
            int count = input.read(buffer);
            if (count < 0) {
                return read;
            }
            read += count;
            long due = start + read * 1_000_000_000 / bytesPerSecond;
            while (System.nanoTime() < due) {
                parkNanos(due - System.nanoTime());
            }
        }
    }
}
