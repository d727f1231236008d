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
package io.prestosql.worker;

import com.google.inject.Binder;
import io.airlift.configuration.AbstractConfigurationAwareModule;
import io.prestosql.node.ProcessIdentity;

import static com.google.inject.Scopes.SINGLETON;
import static io.airlift.configuration.ConfigBinder.configBinder;
import static io.airlift.jaxrs.JaxrsBinder.jaxrsBinder;
import static io.airlift.json.JsonCodecBinder.jsonCodecBinder;
import static io.airlift.units.Duration.succinctDuration;
import static io.trino.server.InternalCommunicationHttpClientModule.internalHttpClientModule;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.weakref.jmx.guice.ExportBinder.newExporter;

/**
 * Binds the removal of leftover tasks on every node that runs tasks. A coordinator without the worker role runs tasks, too, for example of
 * system tables.
 */
public class LeftoverTasksModule
        extends AbstractConfigurationAwareModule
{
    @Override
    protected void setup(Binder binder)
    {
        configBinder(binder).bindConfig(LeftoverTasksConfig.class);
        binder.bind(LeftoverTasks.class).in(SINGLETON);
        newExporter(binder).export(LeftoverTasks.class).as("io.prestosql.worker:name=LeftoverTasks");
        binder.bind(LeftBehindTask.class).in(SINGLETON);
        binder.bind(TaskOwnerFilter.class).in(SINGLETON);
        jaxrsBinder(binder).bind(TaskOwnerFeature.class);
        jsonCodecBinder(binder).bindJsonCodec(ProcessIdentity.class);
        install(internalHttpClientModule("leftover-tasks", ForLeftoverTasks.class)
                .withConfigDefaults(config -> {
                    config.setConnectTimeout(succinctDuration(2, SECONDS));
                    config.setRequestTimeout(succinctDuration(2, SECONDS));
                    config.setIdleTimeout(succinctDuration(30, SECONDS));
                })
                .build());
    }
}
