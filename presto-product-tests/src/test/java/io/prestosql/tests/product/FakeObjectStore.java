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

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * An S3 service in this process with the functions that the engine's file system plugin needs for spooled results: that plugin supports
 * Azure, Google and S3, but no local folder.
 */
final class FakeObjectStore
{
    private static final String BUCKET = "/segments/";
    private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d*)");
    private static final Pattern DELETED_KEY = Pattern.compile("<Key>([^<]*)</Key>");

    private final Map<String, byte[]> objects = new ConcurrentHashMap<>();
    private final AtomicLong written = new AtomicLong();
    private final AtomicLong read = new AtomicLong();
    private final HttpServer server;

    FakeObjectStore()
    {
        server = LoopbackServer.create();
        server.createContext("/", this::handle);
        server.start();
    }

    /** Returns how many objects were written since the start. */
    long written()
    {
        return written.get();
    }

    /** Returns how many times an object was read since the start. */
    long read()
    {
        return read.get();
    }

    /**
     * Makes coordinators and workers keep spooled results here. Clients read them through the coordinator, and so through the dispatcher.
     */
    void configureSpooling(LocalCluster.Builder builder)
    {
        for (String role : new String[] {"coordinator", "worker"}) {
            builder.property(role, "protocol.spooling.enabled", "true")
                    .property(role, "protocol.spooling.shared-secret-key", "jxTKysfCBuMZtFqUf8UJDQ1w9ez8rynEJsJqgJf66u0=")
                    .property(role, "protocol.spooling.retrieval-mode", "COORDINATOR_PROXY")
                    // small, so that a small result has several segments
                    .property(role, "protocol.spooling.initial-segment-size", "256kB")
                    .property(role, "protocol.spooling.max-segment-size", "512kB")
                    .property(role, "protocol.spooling.inlining.max-rows", "1000")
                    .property(role, "protocol.spooling.inlining.max-size", "128kB")
                    .etc(role, "spooling-manager.properties", """
                            spooling-manager.name=filesystem
                            fs.s3.enabled=true
                            fs.location=s3:/%s
                            fs.segment.encryption=false
                            fs.segment.pruning.enabled=false
                            s3.endpoint=http://127.0.0.1:%s
                            s3.region=us-east-1
                            s3.path-style-access=true
                            s3.aws-access-key=access
                            s3.aws-secret-key=secret
                            """.formatted(BUCKET, server.getAddress().getPort()));
        }
    }

    private void handle(HttpExchange exchange)
            throws IOException
    {
        try (exchange) {
            String key = exchange.getRequestURI().getPath();
            byte[] body = exchange.getRequestBody().readAllBytes();
            switch (exchange.getRequestMethod()) {
                case "PUT" -> {
                    objects.put(key, isChunked(exchange) ? decodeChunks(body) : body);
                    written.incrementAndGet();
                    exchange.getResponseHeaders().set("ETag", "\"0\"");
                    exchange.sendResponseHeaders(200, -1);
                }
                case "GET" -> get(exchange, key);
                case "HEAD" -> {
                    byte[] object = objects.get(key);
                    if (object == null) {
                        exchange.sendResponseHeaders(404, -1);
                        return;
                    }
                    exchange.getResponseHeaders().set("ETag", "\"0\"");
                    exchange.getResponseHeaders().set("Content-Length", String.valueOf(object.length));
                    exchange.getResponseHeaders().set("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT");
                    exchange.sendResponseHeaders(200, -1);
                }
                case "DELETE" -> {
                    objects.remove(key);
                    exchange.sendResponseHeaders(204, -1);
                }
                // one request with many deletions
                case "POST" -> {
                    Matcher matcher = DELETED_KEY.matcher(new String(body, UTF_8));
                    while (matcher.find()) {
                        objects.remove(BUCKET + matcher.group(1));
                    }
                    send(exchange, 200, "<DeleteResult/>".getBytes(UTF_8));
                }
                default -> exchange.sendResponseHeaders(405, -1);
            }
        }
    }

    private void get(HttpExchange exchange, String key)
            throws IOException
    {
        byte[] object = objects.get(key);
        if (object == null) {
            send(exchange, 404, "<Error><Code>NoSuchKey</Code></Error>".getBytes(UTF_8));
            return;
        }
        read.incrementAndGet();
        exchange.getResponseHeaders().set("ETag", "\"0\"");
        exchange.getResponseHeaders().set("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT");
        String range = exchange.getRequestHeaders().getFirst("Range");
        if (range == null) {
            send(exchange, 200, object);
            return;
        }
        Matcher matcher = RANGE.matcher(range);
        if (!matcher.matches()) {
            exchange.sendResponseHeaders(416, -1);
            return;
        }
        int start = Integer.parseInt(matcher.group(1));
        int end = matcher.group(2).isEmpty() ? object.length : Math.min(object.length, Integer.parseInt(matcher.group(2)) + 1);
        byte[] part = new byte[end - start];
        System.arraycopy(object, start, part, 0, part.length);
        exchange.getResponseHeaders().set("Content-Range", "bytes %s-%s/%s".formatted(start, end - 1, object.length));
        send(exchange, 206, part);
    }

    private static void send(HttpExchange exchange, int status, byte[] body)
            throws IOException
    {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        if (body.length > 0) {
            exchange.getResponseBody().write(body);
        }
    }

    private static boolean isChunked(HttpExchange exchange)
    {
        String contentHash = exchange.getRequestHeaders().getFirst("x-amz-content-sha256");
        return contentHash != null && contentHash.startsWith("STREAMING-");
    }

    /**
     * Decodes the chunks of a signed upload: each is a line with the hexadecimal length and the signature, then the bytes.
     */
    private static byte[] decodeChunks(byte[] body)
    {
        ByteArrayOutputStream decoded = new ByteArrayOutputStream(body.length);
        int position = 0;
        while (true) {
            int lineEnd = position;
            while (body[lineEnd] != '\r') {
                lineEnd++;
            }
            String line = new String(body, position, lineEnd - position, ISO_8859_1);
            int length = Integer.parseInt(line.contains(";") ? line.substring(0, line.indexOf(';')) : line, 16);
            position = lineEnd + 2;
            if (length == 0) {
                return decoded.toByteArray();
            }
            decoded.write(body, position, length);
            position += length + 2;
        }
    }
}
