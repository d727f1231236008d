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

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Optional;
import java.util.function.Predicate;

import static org.assertj.core.api.Assertions.assertThat;

public class TestPassedHeaders
{
    private static final Predicate<String> STATEMENTS = PassedHeaders.ofStatements(Optional.of("Presto"));
    private static final Predicate<String> SEGMENTS = PassedHeaders.ofSegments();

    @ParameterizedTest
    @ValueSource(strings = {
            "Accept",
            "Accept-Encoding",
            "User-Agent",
            "X-Trino-Client-Capabilities",
            "X-Presto-User",
            "traceparent",
            "X-Forwarded-Prefix",
    })
    public void testHeadersThatProtocolNeedsArePassed(String name)
    {
        assertThat(STATEMENTS).accepts(name);
        assertThat(SEGMENTS).accepts(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {
            "Authorization",
            "Cookie",
            "Content-Length",
            "Content-Encoding",
            "Expect",
            "Forwarded",
            "Host",
            "HTTP2-Settings",
            "Proxy-auth-cert",
            "Proxy-ssl-id",
            "Via",
            "X-Forwarded-For",
            "X-Forwarded-Host",
            "X-Forwarded-Server",
            "X-Proxied-Https",
            "X-Real-IP",
            "X-Trino-Internal-Bearer",
            "x-trino-internal-user",
    })
    public void testHeadersForServersAreNotPassed(String name)
    {
        assertThat(STATEMENTS).rejects(name);
        assertThat(SEGMENTS).rejects(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x-amz-server-side-encryption-customer-key", "x-anything"})
    public void testHeadersOfSpoolingManagersArePassedForSegmentsOnly(String name)
    {
        assertThat(STATEMENTS).rejects(name);
        assertThat(SEGMENTS).accepts(name);
    }
}
