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
import io.prestosql.node.NodeRoles;
import io.trino.server.security.SecurityConfig;

import static com.google.inject.Scopes.SINGLETON;
import static io.airlift.jaxrs.JaxrsBinder.jaxrsBinder;
import static io.airlift.json.JsonCodecBinder.jsonCodecBinder;
import static java.util.Objects.requireNonNull;

/**
 * Lets every dispatcher go on with a log-in, wherever it began.
 */
public class LoginModule
        extends AbstractConfigurationAwareModule
{
    private final NodeRoles roles;

    public LoginModule(NodeRoles roles)
    {
        this.roles = requireNonNull(roles, "roles is null");
    }

    @Override
    protected void setup(Binder binder)
    {
        install(new SharedLoginModule());
        if (roles.isDispatcher() && clientsUseOAuth2(buildConfigObject(SecurityConfig.class))) {
            binder.bind(PendingLogins.class).in(SINGLETON);
            binder.bind(LoginPeers.class).in(SINGLETON);
            binder.bind(SharedTokenExchange.class).in(SINGLETON);
            jsonCodecBinder(binder).bindJsonCodec(TokenOutcome.class);
            jaxrsBinder(binder).bind(TokenExchangeResource.class);
            jaxrsBinder(binder).bind(LoginPeerResource.class);
        }
    }

    /**
     * Returns whether clients log in with OAuth2. Browsers that log in to the Web UI alone exchange no tokens: they keep theirs in a cookie.
     */
    static boolean clientsUseOAuth2(SecurityConfig config)
    {
        return config.getAuthenticationTypes().stream().anyMatch("oauth2"::equalsIgnoreCase);
    }
}
