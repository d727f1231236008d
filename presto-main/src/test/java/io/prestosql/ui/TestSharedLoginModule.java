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
package io.prestosql.ui;

import com.google.common.collect.ImmutableMap;
import com.google.inject.Injector;
import io.airlift.bootstrap.Bootstrap;
import io.trino.server.InternalCommunicationConfig;
import io.trino.server.ui.FormWebUiConfig;
import org.junit.jupiter.api.Test;

import java.util.Map;
import java.util.Optional;

import static io.airlift.configuration.ConfigBinder.configBinder;
import static io.prestosql.ui.SharedLoginModule.loginSecret;
import static org.assertj.core.api.Assertions.assertThat;

public class TestSharedLoginModule
{
    private static final String SECRET = "the secret of the cluster";

    @Test
    public void testSameOnAllNodes()
    {
        Optional<String> secret = secret(ImmutableMap.of("internal-communication.shared-secret", SECRET));
        assertThat(secret).contains(loginSecret(SECRET)).isNotEqualTo(Optional.of(SECRET));
        assertThat(loginSecret("another secret")).isNotEqualTo(loginSecret(SECRET));
    }

    @Test
    public void testOwnSecretWins()
    {
        assertThat(secret(ImmutableMap.of("internal-communication.shared-secret", SECRET, "web-ui.shared-secret", "own"))).contains("own");
    }

    @Test
    public void testNothingToShare()
    {
        assertThat(secret(ImmutableMap.of())).isEmpty();
    }

    private static Optional<String> secret(Map<String, String> properties)
    {
        Injector injector = new Bootstrap(
                binder -> configBinder(binder).bindConfig(InternalCommunicationConfig.class),
                binder -> configBinder(binder).bindConfig(FormWebUiConfig.class),
                new SharedLoginModule())
                .doNotInitializeLogging()
                .quiet()
                .setRequiredConfigurationProperties(properties)
                .initialize();
        return injector.getInstance(FormWebUiConfig.class).getSharedSecret();
    }
}
