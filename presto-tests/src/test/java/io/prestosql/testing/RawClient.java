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

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import javax.net.ssl.SSLContext;

import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPInputStream;

import static com.google.common.base.Preconditions.checkState;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

/**
 * Sends requests unchanged, which the engine's client does not.
 */
public final class RawClient
        implements Closeable
{
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final HttpClient httpClient;

    public RawClient()
    {
        this(HttpClient.newBuilder());
    }

    /**
     * @param tls the servers that the client trusts, and the certificate that it shows
     */
    public RawClient(SSLContext tls)
    {
        this(HttpClient.newBuilder().sslContext(tls));
    }

    private RawClient(HttpClient.Builder builder)
    {
        httpClient = builder
                .version(HttpClient.Version.HTTP_1_1)
                .build();
    }

    public Response get(URI uri, Map<String, String> headers)
    {
        return send("GET", uri, "", headers);
    }

    public Response post(URI uri, String body, Map<String, String> headers)
    {
        return send("POST", uri, body, headers);
    }

    public Response send(String method, URI uri, String body, Map<String, String> headers)
    {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .timeout(Duration.ofSeconds(60))
                .method(method, body.isEmpty() && !method.equals("POST") ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        headers.forEach(request::header);
        try {
            return send(request.build());
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RuntimeException(e);
        }
    }

    /**
     * Logs in to the Web UI with its form.
     *
     * @return the headers for the requests of a logged-in user
     */
    public Map<String, String> logIn(URI node, String user)
    {
        Response response = post(node.resolve("/ui/login"), "username=" + user, Map.of("Content-Type", "application/x-www-form-urlencoded"));
        checkState(response.status() == 303, "Log-in at %s has status %s", node, response.status());
        return Map.of("Cookie", response.headers().allValues("Set-Cookie").stream()
                .map(cookie -> cookie.split(";", 2)[0])
                .collect(joining("; ")));
    }

    private Response send(HttpRequest request)
            throws IOException, InterruptedException
    {
        try {
            return toResponse(httpClient.send(request, BodyHandlers.ofByteArray()));
        }
        catch (IOException _) {
            // a server closes the connection when it refuses a request without reading it, and this client may have reused such a
            // connection
            return toResponse(httpClient.send(request, BodyHandlers.ofByteArray()));
        }
    }

    private static Response toResponse(HttpResponse<byte[]> response)
    {
        return new Response(response.statusCode(), response.headers(), response.body());
    }

    @Override
    public void close()
    {
        httpClient.shutdownNow();
    }

    public record Response(int status, HttpHeaders headers, byte[] rawBody)
    {
        public Optional<String> header(String name)
        {
            return headers.firstValue(name);
        }

        public String body()
        {
            try {
                if (header("Content-Encoding").equals(Optional.of("gzip"))) {
                    return new String(new GZIPInputStream(new ByteArrayInputStream(rawBody)).readAllBytes(), UTF_8);
                }
                return new String(rawBody, UTF_8);
            }
            catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        public JsonNode json()
        {
            try {
                return MAPPER.readTree(body());
            }
            catch (JsonProcessingException e) {
                throw new AssertionError("Status %s, not JSON: %s".formatted(status, body()), e);
            }
        }

        public Optional<URI> uri(String field)
        {
            return Optional.ofNullable(json().get(field)).map(JsonNode::asText).map(URI::create);
        }

        @Override
        public String toString()
        {
            return "%s %s".formatted(status, body());
        }
    }
}
