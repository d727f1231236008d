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

import com.google.common.annotations.VisibleForTesting;
import com.google.common.hash.HashCode;
import com.google.common.hash.Hashing;
import com.google.inject.Binder;
import io.airlift.configuration.AbstractConfigurationAwareModule;
import io.airlift.configuration.ConfigBinder;
import io.trino.server.InternalCommunicationConfig;
import io.trino.server.security.oauth2.OAuth2Config;
import io.trino.server.security.oauth2.RefreshTokensConfig;
import io.trino.server.ui.FormWebUiConfig;

import java.util.Base64;

import static io.airlift.configuration.ConfigBinder.configBinder;
import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * Makes a log-in valid on all nodes of the cluster, as each request of a browser or client may go to another dispatcher. Unless they are
 * configured, the engine makes up the keys that sign or encrypt log-ins in each process. Here their defaults come from the cluster's secret.
 */
public class SharedLoginModule
        extends AbstractConfigurationAwareModule
{
    private static final String FORM_LABEL = "presto-web-ui-log-in";
    private static final String OAUTH2_STATE_LABEL = "presto-oauth2-state";
    private static final String OAUTH2_TOKENS_LABEL = "presto-oauth2-refresh-tokens";

    @Override
    protected void setup(Binder binder)
    {
        buildConfigObject(InternalCommunicationConfig.class).getSharedSecret()
                .ifPresent(secret -> shareKeys(configBinder(binder), secret));
    }

    private static void shareKeys(ConfigBinder binder, String secret)
    {
        binder.bindConfigDefaults(FormWebUiConfig.class, config -> config.setSharedSecret(formSecret(secret)));
        binder.bindConfigDefaults(OAuth2Config.class, config -> config.setStateKey(oauth2StateKey(secret)));
        binder.bindConfigDefaults(RefreshTokensConfig.class, config -> config.setSecretKey(oauth2TokensKey(secret)));
    }

    @VisibleForTesting
    static String formSecret(String sharedSecret)
    {
        return derive(sharedSecret, FORM_LABEL).toString();
    }

    @VisibleForTesting
    static String oauth2StateKey(String sharedSecret)
    {
        return derive(sharedSecret, OAUTH2_STATE_LABEL).toString();
    }

    /**
     * Returns a key for AES-256, in Base64.
     */
    @VisibleForTesting
    static String oauth2TokensKey(String sharedSecret)
    {
        return Base64.getEncoder().encodeToString(derive(sharedSecret, OAUTH2_TOKENS_LABEL).asBytes());
    }

    /**
     * Derives a key from the secret. Neither the secret nor another derived key can be computed from it.
     */
    private static HashCode derive(String sharedSecret, String label)
    {
        return Hashing.hmacSha256(sharedSecret.getBytes(UTF_8)).hashString(label, UTF_8);
    }
}
