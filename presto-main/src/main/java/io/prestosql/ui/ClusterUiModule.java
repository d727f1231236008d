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
import io.trino.server.ui.WebUiConfig;

import static io.airlift.jaxrs.JaxrsBinder.jaxrsBinder;

/**
 * Binds the data of the engine's UI pages, for the whole cluster.
 */
public class ClusterUiModule
        extends AbstractConfigurationAwareModule
{
    @Override
    protected void setup(Binder binder)
    {
        if (buildConfigObject(WebUiConfig.class).isEnabled()) {
            jaxrsBinder(binder).bind(ClusterUiStatsResource.class);
            jaxrsBinder(binder).bind(ClusterUiQueryResource.class);
            jaxrsBinder(binder).bind(UiWorkerResource.class);
        }
    }
}
