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
package io.prestosql.protocol;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.net.HttpHeaders;
import io.trino.server.HttpRequestSessionContextFactory;
import io.trino.server.SessionContext;
import io.trino.spi.security.Identity;
import jakarta.ws.rs.core.AbstractMultivaluedMap;
import jakarta.ws.rs.core.MultivaluedMap;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

import static java.util.Locale.ENGLISH;
import static java.util.Objects.requireNonNull;

/**
 * A client's request that submits a query. The session is always created from it, with the engine's own parser, so a session has no second
 * serialized form.
 *
 * @param sql the statement
 * @param headers the protocol's headers as they came, by lower-case name, without anything that authenticates the client
 * @param remoteAddress the client's address
 * @param user the identity that the client has proved, if it had to
 */
public record ClientRequest(String sql, Map<String, List<String>> headers, Optional<String> remoteAddress, Optional<AuthenticatedUser> user)
{
    private static final String PROTOCOL_NAME = "trino";
    private static final String INTERNAL = "internal-";
    private static final String TRANSACTION_ID = "-transaction-id";
    /** The value with which a client says that it supports transactions and is in none. */
    private static final String NO_TRANSACTION = "NONE";

    public ClientRequest
    {
        requireNonNull(sql, "sql is null");
        ImmutableMap.Builder<String, List<String>> copy = ImmutableMap.builder();
        headers.forEach((name, values) -> copy.put(name, ImmutableList.copyOf(values)));
        headers = copy.buildOrThrow();
        requireNonNull(remoteAddress, "remoteAddress is null");
        requireNonNull(user, "user is null");
    }

    /**
     * @param alternateHeaderName the protocol's second name, as in {@code protocol.v1.alternate-header-name}
     */
    public static ClientRequest create(
            String sql,
            MultivaluedMap<String, String> requestHeaders,
            Optional<String> alternateHeaderName,
            Optional<String> remoteAddress,
            Optional<Identity> identity)
    {
        Map<String, List<String>> headers = new TreeMap<>();
        requestHeaders.forEach((name, values) -> {
            String lowerCaseName = name.toLowerCase(ENGLISH);
            if (isProtocolHeader(lowerCaseName, alternateHeaderName)) {
                headers.put(lowerCaseName, values);
            }
        });
        return new ClientRequest(sql, headers, remoteAddress, identity.map(AuthenticatedUser::fromIdentity));
    }

    /**
     * Returns whether the client protocol may need the header. Internal headers of the servers are excluded, as no client may send them.
     *
     * @param alternateHeaderName the protocol's second name, as in {@code protocol.v1.alternate-header-name}
     */
    public static boolean isProtocolHeader(String lowerCaseName, Optional<String> alternateHeaderName)
    {
        if (lowerCaseName.equalsIgnoreCase(HttpHeaders.USER_AGENT)) {
            return true;
        }
        return isProtocolHeader(lowerCaseName, PROTOCOL_NAME) ||
                alternateHeaderName.map(alternate -> isProtocolHeader(lowerCaseName, alternate.toLowerCase(ENGLISH))).orElse(false);
    }

    private static boolean isProtocolHeader(String lowerCaseName, String protocolName)
    {
        String prefix = "x-" + protocolName + "-";
        return lowerCaseName.startsWith(prefix) && !lowerCaseName.startsWith(INTERNAL, prefix.length());
    }

    /**
     * @throws jakarta.ws.rs.BadRequestException when a header is malformed
     */
    public SessionContext createSessionContext(HttpRequestSessionContextFactory factory)
    {
        return factory.createSessionContext(getHeaderMap(), remoteAddress, user.map(AuthenticatedUser::toIdentity));
    }

    /**
     * Returns the headers as a case-insensitive map, like those of an HTTP request.
     */
    private MultivaluedMap<String, String> getHeaderMap()
    {
        MultivaluedMap<String, String> map = new CaseInsensitiveHeaders();
        headers.forEach((name, values) -> map.addAll(name, values));
        return map;
    }

    public ClientRequest withSql(String sql)
    {
        return new ClientRequest(sql, headers, remoteAddress, user);
    }

    /**
     * Returns the transaction that the client says it is in.
     */
    public Optional<String> transactionId()
    {
        return headers.entrySet().stream()
                .filter(header -> header.getKey().endsWith(TRANSACTION_ID))
                .flatMap(header -> header.getValue().stream())
                .filter(value -> !value.equalsIgnoreCase(NO_TRANSACTION))
                .findFirst();
    }

    @Override
    public String toString()
    {
        // statements and credentials stay out of logs
        return "ClientRequest[user=%s, remoteAddress=%s]".formatted(user, remoteAddress);
    }

    private static class CaseInsensitiveHeaders
            extends AbstractMultivaluedMap<String, String>
    {
        private CaseInsensitiveHeaders()
        {
            super(new TreeMap<>(String.CASE_INSENSITIVE_ORDER));
        }
    }
}
