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
import com.google.common.collect.ImmutableSet;
import io.airlift.json.JsonCodec;
import io.trino.spi.security.BasicPrincipal;
import io.trino.spi.security.Identity;
import jakarta.ws.rs.core.MultivaluedHashMap;
import jakarta.ws.rs.core.MultivaluedMap;
import org.junit.jupiter.api.Test;

import java.security.Principal;
import java.util.List;
import java.util.Optional;

import static io.airlift.json.JsonCodec.jsonCodec;
import static org.assertj.core.api.Assertions.assertThat;

public class TestClientRequest
{
    private static final JsonCodec<ClientRequest> CODEC = jsonCodec(ClientRequest.class);

    @Test
    public void testOnlyProtocolHeaders()
    {
        MultivaluedMap<String, String> headers = headers(
                "Authorization", "Basic c2VjcmV0",
                "Proxy-Authorization", "Basic c2VjcmV0",
                "Cookie", "session=secret",
                "X-Trino-Internal-Bearer", "secret",
                "x-trino-internal-anything", "secret",
                "X-Presto-Internal-Bearer", "secret",
                "X-Forwarded-For", "10.0.0.1",
                "Host", "localhost",
                "Content-Type", "text/plain",
                "X-Presto-User", "presto",
                "X-Other-User", "other",
                "User-Agent", "cli",
                "X-Trino-User", "alice");
        headers.addAll("X-Trino-Session", "a=1", "b=2");

        ClientRequest request = ClientRequest.create("SELECT 1", headers, Optional.empty(), Optional.of("10.0.0.7"), Optional.empty());
        assertThat(request.sql()).isEqualTo("SELECT 1");
        assertThat(request.remoteAddress()).contains("10.0.0.7");
        assertThat(request.user()).isEmpty();
        assertThat(request.headers()).isEqualTo(ImmutableMap.of(
                "user-agent", ImmutableList.of("cli"),
                "x-trino-session", ImmutableList.of("a=1", "b=2"),
                "x-trino-user", ImmutableList.of("alice")));
    }

    @Test
    public void testAlternateHeaderName()
    {
        MultivaluedMap<String, String> headers = headers(
                "X-Presto-User", "alice",
                "X-Presto-Session", "a=1",
                "X-Presto-Internalist", "b",
                "X-Prestore-User", "other",
                "X-Presto-Internal-Bearer", "secret",
                "x-presto-internal-anything", "secret",
                "X-Trino-Internal-Bearer", "secret");
        ClientRequest request = ClientRequest.create("SELECT 1", headers, Optional.of("Presto"), Optional.empty(), Optional.empty());
        assertThat(request.headers()).isEqualTo(ImmutableMap.of(
                "x-presto-internalist", ImmutableList.of("b"),
                "x-presto-session", ImmutableList.of("a=1"),
                "x-presto-user", ImmutableList.of("alice")));
    }

    @Test
    public void testHeaderNamesAreInLowerCase()
    {
        ClientRequest request = ClientRequest.create("SELECT 1", headers("x-TRINO-user", "alice"), Optional.empty(), Optional.empty(), Optional.empty());
        assertThat(request.headers()).isEqualTo(ImmutableMap.of("x-trino-user", ImmutableList.of("alice")));
    }

    @Test
    public void testTransaction()
    {
        assertThat(ClientRequest.create("SELECT 1", headers("X-Trino-User", "alice"), Optional.empty(), Optional.empty(), Optional.empty()).transactionId()).isEmpty();
        assertThat(ClientRequest.create("SELECT 1", headers("X-Trino-Transaction-Id", "NONE"), Optional.empty(), Optional.empty(), Optional.empty()).transactionId()).isEmpty();
        assertThat(ClientRequest.create("SELECT 1", headers("X-Trino-Transaction-Id", "id"), Optional.empty(), Optional.empty(), Optional.empty()).transactionId()).contains("id");
        assertThat(ClientRequest.create("SELECT 1", headers("X-Presto-Transaction-Id", "id"), Optional.of("Presto"), Optional.empty(), Optional.empty()).transactionId()).contains("id");
    }

    @Test
    public void testJsonRoundTrip()
    {
        Identity identity = Identity.forUser("alice")
                .withGroups(ImmutableSet.of("admins", "users"))
                .withEnabledRoles(ImmutableSet.of("role"))
                .withPrincipal(new BasicPrincipal("alice@EXAMPLE.COM"))
                .withExtraCredentials(ImmutableMap.of("token", "secret"))
                .build();
        MultivaluedMap<String, String> headers = headers("X-Trino-Catalog", "tpch", "X-Trino-Client-Info", "\u00e4\ud83d\ude00\"\\");
        ClientRequest request = ClientRequest.create("SELECT '\u00e4\ud83d\ude00\n\u0000'", headers, Optional.empty(), Optional.of("::1"), Optional.of(identity));

        ClientRequest again = CODEC.fromJson(CODEC.toJsonBytes(request));
        assertThat(again).isEqualTo(request);
        Identity identityAgain = again.user().orElseThrow().toIdentity();
        assertThat(identityAgain.getUser()).isEqualTo("alice");
        assertThat(identityAgain.getGroups()).containsExactlyInAnyOrder("admins", "users");
        assertThat(identityAgain.getEnabledRoles()).containsExactly("role");
        assertThat(identityAgain.getPrincipal().map(Principal::getName)).contains("alice@EXAMPLE.COM");
        assertThat(identityAgain.getExtraCredentials()).isEqualTo(ImmutableMap.of("token", "secret"));
    }

    @Test
    public void testNothingSecretInLogs()
    {
        Identity identity = Identity.forUser("alice").withExtraCredentials(ImmutableMap.of("token", "password1")).build();
        ClientRequest request = ClientRequest.create("SELECT 'password2'", headers("X-Trino-Extra-Credential", "token=password3"), Optional.empty(), Optional.empty(), Optional.of(identity));
        assertThat(request.toString()).contains("alice").doesNotContain("password");
        assertThat(request.user().orElseThrow().toString()).doesNotContain("password");
    }

    private static MultivaluedMap<String, String> headers(String... namesAndValues)
    {
        MultivaluedMap<String, String> headers = new MultivaluedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            headers.put(namesAndValues[i], List.of(namesAndValues[i + 1]));
        }
        return headers;
    }
}
