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
package io.prestosql.login;

import com.google.common.collect.ImmutableMap;
import com.google.inject.Injector;
import io.airlift.bootstrap.Bootstrap;
import io.trino.server.InternalCommunicationConfig;
import io.trino.server.security.oauth2.OAuth2Config;
import io.trino.server.security.oauth2.RefreshTokensConfig;
import io.trino.server.ui.FormWebUiConfig;
import org.junit.jupiter.api.Test;

import java.util.Base64;
import java.util.Map;

import static io.airlift.configuration.ConfigBinder.configBinder;
import static io.prestosql.login.SharedLoginModule.formSecret;
import static io.prestosql.login.SharedLoginModule.oauth2StateKey;
import static io.prestosql.login.SharedLoginModule.oauth2TokensKey;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

public class TestSharedLoginModule
{
    private static final String SECRET = "the secret of the cluster";

    @Test
    public void testSameOnAllNodes()
    {
        Injector injector = injector(ImmutableMap.of("internal-communication.shared-secret", SECRET));
        assertThat(injector.getInstance(FormWebUiConfig.class).getSharedSecret()).contains(formSecret(SECRET));
        assertThat(injector.getInstance(OAuth2Config.class).getStateKey()).contains(oauth2StateKey(SECRET));
        assertThat(injector.getInstance(RefreshTokensConfig.class).getSecretKey().getEncoded()).isEqualTo(Base64.getDecoder().decode(oauth2TokensKey(SECRET)));
    }

    @Test
    public void testEachPurposeHasItsOwnKey()
    {
        assertThat(new String[] {SECRET, formSecret(SECRET), oauth2StateKey(SECRET), oauth2TokensKey(SECRET)}).doesNotHaveDuplicates();
        assertThat(formSecret("another secret")).isNotEqualTo(formSecret(SECRET));
        assertThat(oauth2StateKey("another secret")).isNotEqualTo(oauth2StateKey(SECRET));
        assertThat(oauth2TokensKey("another secret")).isNotEqualTo(oauth2TokensKey(SECRET));
    }

    /**
     * A log-in from before an upgrade stays valid after it.
     */
    @Test
    public void testSecretOfRelease476()
    {
        assertThat(formSecret(SECRET)).isEqualTo("849d5ebf796729745f6d5f9ad24539231d2572c73dc66d5d47afcb939bf2b885");
    }

    /**
     * The engine takes keys of 16, 24 and 32 bytes.
     */
    @Test
    public void testTokensAreEncryptedWithTheLongestKey()
    {
        assertThat(Base64.getDecoder().decode(oauth2TokensKey(SECRET))).hasSize(32);
    }

    @Test
    public void testOwnSecretWins()
    {
        String key = Base64.getEncoder().encodeToString("sixteen bytes :)".getBytes(UTF_8));
        Injector injector = injector(ImmutableMap.of(
                "internal-communication.shared-secret", SECRET,
                "web-ui.shared-secret", "own",
                "http-server.authentication.oauth2.state-key", "own state key",
                "http-server.authentication.oauth2.refresh-tokens.secret-key", key));
        assertThat(injector.getInstance(FormWebUiConfig.class).getSharedSecret()).contains("own");
        assertThat(injector.getInstance(OAuth2Config.class).getStateKey()).contains("own state key");
        assertThat(injector.getInstance(RefreshTokensConfig.class).getSecretKey().getEncoded()).isEqualTo(Base64.getDecoder().decode(key));
    }

    @Test
    public void testNothingToShare()
    {
        Injector injector = injector(ImmutableMap.of());
        assertThat(injector.getInstance(FormWebUiConfig.class).getSharedSecret()).isEmpty();
        assertThat(injector.getInstance(OAuth2Config.class).getStateKey()).isEmpty();
        assertThat(injector.getInstance(RefreshTokensConfig.class).getSecretKey()).isNull();
    }

    private static Injector injector(Map<String, String> properties)
    {
        return new Bootstrap(
                binder -> configBinder(binder).bindConfig(InternalCommunicationConfig.class),
                binder -> configBinder(binder).bindConfig(FormWebUiConfig.class),
                binder -> configBinder(binder).bindConfig(OAuth2Config.class),
                binder -> configBinder(binder).bindConfig(RefreshTokensConfig.class),
                new SharedLoginModule())
                .doNotInitializeLogging()
                .quiet()
                .setRequiredConfigurationProperties(ImmutableMap.<String, String>builder()
                        .put("http-server.authentication.oauth2.issuer", "https://issuer.example.net")
                        .put("http-server.authentication.oauth2.client-id", "client")
                        .put("http-server.authentication.oauth2.client-secret", "client secret")
                        .putAll(properties)
                        .buildOrThrow())
                .initialize();
    }
}
