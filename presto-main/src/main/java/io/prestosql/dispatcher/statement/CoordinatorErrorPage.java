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
package io.prestosql.dispatcher.statement;

import io.airlift.log.Logger;
import jakarta.servlet.http.HttpServletResponse;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.Optional;
import java.util.zip.GZIPInputStream;

import static com.google.common.net.HttpHeaders.CONTENT_ENCODING;
import static com.google.common.net.MediaType.PLAIN_TEXT_UTF_8;
import static java.lang.Math.min;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * The body of a coordinator's error. It is held back until it is known not to name the coordinator's address, as the pages of an HTTP server
 * do.
 */
final class CoordinatorErrorPage
{
    private static final Logger log = Logger.get(CoordinatorErrorPage.class);

    /** Fits into the buffer of a response, so that writing it does not wait for the client. The engine's own errors are a line or two. */
    private static final int MAX_BYTES = 8 * 1024;

    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private boolean cut;

    synchronized void append(byte[] buffer, int offset, int length)
    {
        int taken = min(length, MAX_BYTES - body.size());
        body.write(buffer, offset, taken);
        cut |= taken < length;
    }

    /**
     * @param coordinator the address that the client must not see
     * @param host the host that the client has used
     */
    synchronized void write(HttpServletResponse response, URI coordinator, String host)
    {
        try {
            if (body.size() == 0 && !cut) {
                return;
            }
            if (isHarmless(Optional.ofNullable(response.getHeader(CONTENT_ENCODING)), coordinator, host)) {
                response.getOutputStream().write(body.toByteArray());
                return;
            }
            int status = response.getStatus();
            response.reset();
            response.setStatus(status);
            response.setContentType(PLAIN_TEXT_UTF_8.toString());
            response.getOutputStream().write("The query's coordinator has answered with status %s".formatted(status).getBytes(UTF_8));
        }
        catch (IOException e) {
            log.debug(e, "The client has gone");
        }
    }

    private boolean isHarmless(Optional<String> encoding, URI coordinator, String host)
    {
        if (cut) {
            return false;
        }
        try {
            String text = decode(encoding);
            return !text.contains(coordinator.getAuthority()) && (coordinator.getHost().equals(host) || !text.contains(coordinator.getHost()));
        }
        catch (IOException e) {
            log.debug(e, "The error of a coordinator is not readable");
            return false;
        }
    }

    private String decode(Optional<String> encoding)
            throws IOException
    {
        if (encoding.isEmpty() || encoding.get().equalsIgnoreCase("identity")) {
            return body.toString(ISO_8859_1);
        }
        if (!encoding.get().equalsIgnoreCase("gzip")) {
            throw new IOException("Content encoding " + encoding.get());
        }
        try (InputStream decoded = new GZIPInputStream(new ByteArrayInputStream(body.toByteArray()))) {
            return new String(decoded.readNBytes(MAX_BYTES * 16), ISO_8859_1);
        }
    }
}
