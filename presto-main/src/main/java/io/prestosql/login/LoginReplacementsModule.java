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

import com.google.inject.Binder;
import io.airlift.configuration.AbstractConfigurationAwareModule;
import io.trino.server.security.SecurityConfig;
import io.trino.server.security.oauth2.OAuth2TokenHandler;

import static io.prestosql.login.LoginModule.clientsUseOAuth2;

/**
 * Replaces the engine's own token handler on a dispatcher, as clients that log in may come to another dispatcher each time. Listed with
 * reasons in {@code developer/engine.md}.
 */
public class LoginReplacementsModule
        extends AbstractConfigurationAwareModule
{
    @Override
    protected void setup(Binder binder)
    {
        if (clientsUseOAuth2(buildConfigObject(SecurityConfig.class))) {
            binder.bind(OAuth2TokenHandler.class).to(SharedTokenExchange.class);
        }
    }
}
