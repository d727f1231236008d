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

import com.google.common.annotations.VisibleForTesting;
import com.google.common.hash.Hashing;
import com.google.inject.Binder;
import io.airlift.configuration.AbstractConfigurationAwareModule;
import io.trino.server.InternalCommunicationConfig;
import io.trino.server.ui.FormWebUiConfig;

import static io.airlift.configuration.ConfigBinder.configBinder;
import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * Makes a log-in to the UI valid on all nodes of the cluster: the requests of a browser may go to another dispatcher each. The engine would have each process
 * make up a secret of its own, unless {@code web-ui.shared-secret} is set.
 */
public class SharedLoginModule
        extends AbstractConfigurationAwareModule
{
    private static final String LABEL = "presto-web-ui-log-in";

    @Override
    protected void setup(Binder binder)
    {
        buildConfigObject(InternalCommunicationConfig.class).getSharedSecret()
                .ifPresent(secret -> configBinder(binder).bindConfigDefaults(FormWebUiConfig.class, config -> config.setSharedSecret(loginSecret(secret))));
    }

    /**
     * Whoever knows it does not know the cluster's secret.
     */
    @VisibleForTesting
    static String loginSecret(String sharedSecret)
    {
        return Hashing.hmacSha256(sharedSecret.getBytes(UTF_8)).hashString(LABEL, UTF_8).toString();
    }
}
