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

import com.google.inject.Binder;
import io.airlift.configuration.AbstractConfigurationAwareModule;
import io.trino.server.ui.ClusterResource;
import io.trino.server.ui.DisabledWebUiAuthenticationFilter;
import io.trino.server.ui.WebUiAuthenticationFilter;
import io.trino.server.ui.WebUiAuthenticationModule;
import io.trino.server.ui.WebUiConfig;
import io.trino.server.ui.WebUiPreviewModule;
import io.trino.server.ui.WebUiStaticResource;

import static com.google.inject.Scopes.SINGLETON;
import static io.airlift.configuration.ConfigBinder.configBinder;
import static io.airlift.jaxrs.JaxrsBinder.jaxrsBinder;

/**
 * Binds the engine's Web UI on a dispatcher that is not a coordinator: the engine's own pages and log-in, and data of the whole cluster.
 */
public class DispatcherUiModule
        extends AbstractConfigurationAwareModule
{
    @Override
    protected void setup(Binder binder)
    {
        configBinder(binder).bindConfig(WebUiConfig.class);
        jaxrsBinder(binder).bind(WebUiStaticResource.class);
        install(new ClusterUiModule());
        if (buildConfigObject(WebUiConfig.class).isEnabled()) {
            install(new WebUiAuthenticationModule());
            jaxrsBinder(binder).bind(ClusterResource.class);
            if (buildConfigObject(WebUiConfig.class).isPreviewEnabled()) {
                install(new WebUiPreviewModule());
            }
        }
        else {
            binder.bind(WebUiAuthenticationFilter.class).to(DisabledWebUiAuthenticationFilter.class).in(SINGLETON);
        }
    }
}
