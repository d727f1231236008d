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

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/**
 * Sends plain requests to a node, with nothing added that the caller has not asked for.
 */
final class Http
{
    static final String USER_HEADER = "X-Trino-User";
    static final String TEST_USER = "product-test";
    static final String[] AS_TEST_USER = {USER_HEADER, TEST_USER};

    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final HttpClient CLIENT = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(Duration.ofSeconds(10))
            .build();
    private static final HttpClient FOLLOWING_CLIENT = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NORMAL)
            .connectTimeout(Duration.ofSeconds(10))
            .build();

    private Http() {}

    static HttpResponse<String> get(URI uri, String... headers)
    {
        return request("GET", uri, "", headers);
    }

    static HttpResponse<String> request(String method, URI uri, String body, String... headers)
    {
        try {
            try {
                return send(CLIENT, method, uri, body, headers);
            }
            catch (IOException _) {
                // a server closes the connection when it does not read a request to its end, and this request may have reused such a
                // connection
                return send(CLIENT, method, uri, body, headers);
            }
        }
        catch (IOException e) {
            throw new UncheckedIOException("%s %s: %s".formatted(method, uri, e), e);
        }
    }

    /**
     * Follows redirects, as a browser does.
     */
    static HttpResponse<String> browse(URI uri, String... headers)
    {
        try {
            return send(FOLLOWING_CLIENT, "GET", uri, "", headers);
        }
        catch (IOException e) {
            throw new UncheckedIOException("%s: %s".formatted(uri, e), e);
        }
    }

    static HttpResponse<String> tryRequest(String method, URI uri, String body, String... headers)
            throws IOException
    {
        return send(CLIENT, method, uri, body, headers);
    }

    private static HttpResponse<String> send(HttpClient client, String method, URI uri, String body, String... headers)
            throws IOException
    {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .timeout(TIMEOUT)
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            return client.send(request.build(), BodyHandlers.ofString());
        }
        catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("Interrupted while asking " + uri, e);
        }
    }

    /**
     * Returns the JSON at an address; fails if the status is not 200.
     */
    static JsonNode getJson(URI uri, String... headers)
    {
        HttpResponse<String> response = get(uri, headers);
        if (response.statusCode() != 200) {
            throw new AssertionError("Status %s from %s: %s".formatted(response.statusCode(), uri, response.body()));
        }
        return parse(response.body());
    }

    static JsonNode parse(String json)
    {
        try {
            return MAPPER.readTree(json);
        }
        catch (IOException e) {
            throw new UncheckedIOException("Not JSON: " + json, e);
        }
    }
}
