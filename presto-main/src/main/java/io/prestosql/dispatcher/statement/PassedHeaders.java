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

import com.google.common.collect.ImmutableSet;
import io.prestosql.protocol.ClientRequest;

import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

import static com.google.common.net.HttpHeaders.ACCEPT;
import static com.google.common.net.HttpHeaders.ACCEPT_ENCODING;
import static com.google.common.net.HttpHeaders.ACCEPT_LANGUAGE;
import static com.google.common.net.HttpHeaders.AUTHORIZATION;
import static com.google.common.net.HttpHeaders.COOKIE;
import static com.google.common.net.HttpHeaders.EXPECT;
import static com.google.common.net.HttpHeaders.FORWARDED;
import static com.google.common.net.HttpHeaders.HOST;
import static com.google.common.net.HttpHeaders.VIA;
import static java.util.Locale.ENGLISH;

/**
 * The names of the headers of a client's request that are passed on to a coordinator.
 * <p>
 * A coordinator trusts more headers than a dispatcher does, above all those that say where a request comes from. So it gets the headers that
 * the client protocol needs, and none that says who the client is: the address of a query or of a segment is all the proof that the engine
 * asks for.
 */
final class PassedHeaders
{
    private static final String FORWARDED_PREFIX = "x-forwarded-prefix";
    private static final Set<String> STATEMENT_HEADERS = lowerCase(
            ACCEPT,
            ACCEPT_ENCODING,
            ACCEPT_LANGUAGE,
            // the dispatcher's own server has decided whether to trust it
            FORWARDED_PREFIX,
            "traceparent",
            "tracestate",
            "baggage");
    private static final Set<String> SERVER_HEADERS = lowerCase(
            AUTHORIZATION,
            COOKIE,
            EXPECT,
            FORWARDED,
            HOST,
            VIA,
            "http2-settings");
    private static final Set<String> SERVER_PREFIXES = ImmutableSet.of("content-", "proxy-", "x-forwarded-", "x-proxied-", "x-real-", "x-trino-internal-");

    private PassedHeaders() {}

    /**
     * @param alternateHeaderName the protocol's second name, as in {@code protocol.v1.alternate-header-name}
     */
    static Predicate<String> ofStatements(Optional<String> alternateHeaderName)
    {
        return name -> {
            String lowerCaseName = name.toLowerCase(ENGLISH);
            return STATEMENT_HEADERS.contains(lowerCaseName) || ClientRequest.isProtocolHeader(lowerCaseName, alternateHeaderName);
        };
    }

    /**
     * Passes on the headers that the answer with the segment has told the client to send, such as the key for its storage. The spooling
     * manager chooses their names, so only headers that mean something to a server can be excluded.
     */
    static Predicate<String> ofSegments()
    {
        return name -> {
            String lowerCaseName = name.toLowerCase(ENGLISH);
            return lowerCaseName.equals(FORWARDED_PREFIX) ||
                    (!SERVER_HEADERS.contains(lowerCaseName) && SERVER_PREFIXES.stream().noneMatch(lowerCaseName::startsWith));
        };
    }

    private static Set<String> lowerCase(String... names)
    {
        ImmutableSet.Builder<String> lowerCaseNames = ImmutableSet.builder();
        for (String name : names) {
            lowerCaseNames.add(name.toLowerCase(ENGLISH));
        }
        return lowerCaseNames.build();
    }
}
