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
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

import static com.google.common.base.Preconditions.checkState;
import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * An OpenID provider in the test's process. It does not ask its user for a password, but sends the browser back at once. Each code and each
 * refresh token is good for one use.
 */
public final class TestingOpenIdProvider
        implements Closeable
{
    public static final String CLIENT_ID = "presto";
    public static final String CLIENT_SECRET = "the-secret-of-presto";
    public static final String USER = "alice";

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final TestingJwtSigner signer = new TestingJwtSigner();
    private final HttpServer server;
    private final Map<String, Authorization> codes = new ConcurrentHashMap<>();
    private final Map<String, String> refreshTokens = new ConcurrentHashMap<>();
    private volatile long tokenLifetimeSeconds = 3600;

    /**
     * An authorization that the user has granted.
     */
    private record Authorization(String redirectUri, String nonce) {}

    public TestingOpenIdProvider()
    {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/.well-known/openid-configuration", exchange -> answer(exchange, 200, metadata()));
        server.createContext("/keys", exchange -> answer(exchange, 200, ImmutableMap.of("keys", ImmutableList.of(signer.toJwk()))));
        server.createContext("/authorize", this::authorize);
        server.createContext("/token", this::exchange);
        server.start();
    }

    public URI getIssuer()
    {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /**
     * Returns the properties with which a dispatcher lets this provider's user log in.
     */
    public Map<String, String> properties()
    {
        return ImmutableMap.of(
                "http-server.authentication.type", "OAUTH2",
                "http-server.authentication.oauth2.issuer", getIssuer().toString(),
                "http-server.authentication.oauth2.client-id", CLIENT_ID,
                "http-server.authentication.oauth2.client-secret", CLIENT_SECRET);
    }

    /**
     * Sets the lifetime stated for access tokens that are issued after this call.
     */
    public void setTokenLifetimeSeconds(long tokenLifetimeSeconds)
    {
        this.tokenLifetimeSeconds = tokenLifetimeSeconds;
    }

    private Map<String, Object> metadata()
    {
        return ImmutableMap.of(
                "issuer", getIssuer(),
                "authorization_endpoint", getIssuer().resolve("/authorize"),
                "token_endpoint", getIssuer().resolve("/token"),
                "jwks_uri", getIssuer().resolve("/keys"),
                "response_types_supported", ImmutableList.of("code"),
                "subject_types_supported", ImmutableList.of("public"),
                "id_token_signing_alg_values_supported", ImmutableList.of("RS256"));
    }

    private void authorize(HttpExchange exchange)
            throws IOException
    {
        Map<String, String> parameters = parse(exchange.getRequestURI().getRawQuery());
        checkState(parameters.get("client_id").equals(CLIENT_ID), "unknown client");
        String code = UUID.randomUUID().toString();
        codes.put(code, new Authorization(parameters.get("redirect_uri"), parameters.get("nonce")));
        exchange.getResponseHeaders().set("Location", "%s?code=%s&state=%s".formatted(parameters.get("redirect_uri"), code, URLEncoder.encode(parameters.get("state"), UTF_8)));
        exchange.sendResponseHeaders(302, -1);
        exchange.close();
    }

    private void exchange(HttpExchange exchange)
            throws IOException
    {
        Map<String, String> parameters = parse(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
        String credentials = Base64.getEncoder().encodeToString((CLIENT_ID + ":" + CLIENT_SECRET).getBytes(UTF_8));
        if (!("Basic " + credentials).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            answer(exchange, 401, ImmutableMap.of("error", "invalid_client"));
            return;
        }
        Optional<Map<String, Object>> tokens = switch (parameters.get("grant_type")) {
            case "authorization_code" -> Optional.ofNullable(codes.remove(parameters.get("code")))
                    .filter(authorization -> authorization.redirectUri().equals(parameters.get("redirect_uri")))
                    .map(authorization -> tokens(Optional.of(authorization.nonce())));
            case "refresh_token" -> Optional.ofNullable(refreshTokens.remove(parameters.get("refresh_token")))
                    .map(_ -> tokens(Optional.empty()));
            default -> Optional.empty();
        };
        answer(exchange, tokens.isPresent() ? 200 : 400, tokens.orElse(ImmutableMap.of("error", "invalid_grant")));
    }

    private Map<String, Object> tokens(Optional<String> nonce)
    {
        String refreshToken = UUID.randomUUID().toString();
        refreshTokens.put(refreshToken, USER);
        Map<String, Object> idClaims = new HashMap<>(claims());
        nonce.ifPresent(value -> idClaims.put("nonce", value));
        return ImmutableMap.of(
                "token_type", "Bearer",
                "expires_in", tokenLifetimeSeconds,
                "access_token", signer.sign(claims()),
                "id_token", signer.sign(idClaims),
                "refresh_token", refreshToken);
    }

    private Map<String, Object> claims()
    {
        Instant now = Instant.now();
        return ImmutableMap.of(
                "iss", getIssuer().toString(),
                "aud", CLIENT_ID,
                "sub", USER,
                "jti", UUID.randomUUID().toString(),
                "iat", now.getEpochSecond(),
                "exp", now.plusSeconds(3600).getEpochSecond());
    }

    private static Map<String, String> parse(String parameters)
    {
        Map<String, String> parsed = new HashMap<>();
        Splitter.on('&').withKeyValueSeparator(Splitter.on('=').limit(2)).split(parameters)
                .forEach((name, value) -> parsed.put(name, URLDecoder.decode(value, UTF_8)));
        return parsed;
    }

    private static void answer(HttpExchange exchange, int status, Map<String, Object> body)
            throws IOException
    {
        byte[] json = toJson(body);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, json.length);
        exchange.getResponseBody().write(json);
        exchange.close();
    }

    private static byte[] toJson(Map<String, Object> body)
    {
        try {
            return MAPPER.writeValueAsBytes(body);
        }
        catch (JsonProcessingException e) {
            throw new RuntimeException(e);
        }
    }

    @Override
    public void close()
    {
        server.stop(0);
    }
}
