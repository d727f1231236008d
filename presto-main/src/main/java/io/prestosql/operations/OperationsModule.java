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
package io.prestosql.operations;

import com.google.inject.Binder;
import io.airlift.configuration.AbstractConfigurationAwareModule;
import io.trino.server.ui.WebUiConfig;

import static com.google.inject.Scopes.SINGLETON;
import static io.airlift.jaxrs.JaxrsBinder.jaxrsBinder;
import static io.airlift.json.JsonCodecBinder.jsonCodecBinder;

/**
 * Binds each dispatcher's report of itself and, beside the engine's UI pages, a page about all dispatchers: what to look at first when
 * something is wrong.
 */
public class OperationsModule
        extends AbstractConfigurationAwareModule
{
    @Override
    protected void setup(Binder binder)
    {
        binder.bind(KnownDispatchers.class).in(SINGLETON);
        binder.bind(DispatcherReporter.class).in(SINGLETON);
        jaxrsBinder(binder).bind(DispatcherReportResource.class);
        binder.bind(DispatcherReportClient.class).in(SINGLETON);
        jsonCodecBinder(binder).bindJsonCodec(DispatcherReport.class);
        if (buildConfigObject(WebUiConfig.class).isEnabled()) {
            binder.bind(OperationsView.class).in(SINGLETON);
            jaxrsBinder(binder).bind(OperationsResource.class);
            binder.bind(OperatorRights.class).in(SINGLETON);
            jaxrsBinder(binder).bind(OperationsOrderResource.class);
            jaxrsBinder(binder).bind(OperationsChangesResource.class);
            jaxrsBinder(binder).bind(OperationsLink.class);
            jaxrsBinder(binder).bind(FramingProtection.class);
        }
    }
}
