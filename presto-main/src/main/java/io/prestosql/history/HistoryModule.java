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
package io.prestosql.history;

import com.google.inject.Binder;
import com.google.inject.Module;
import io.airlift.configuration.AbstractConfigurationAwareModule;
import io.prestosql.dispatcher.admission.EndedQueryListener;
import io.prestosql.querylog.QueryLogConfig;
import io.prestosql.querylog.QueryLogConfig.Store;
import io.trino.server.ui.WebUiConfig;

import java.util.function.Function;

import static com.google.inject.Scopes.SINGLETON;
import static com.google.inject.multibindings.Multibinder.newSetBinder;
import static com.google.inject.multibindings.OptionalBinder.newOptionalBinder;
import static io.airlift.configuration.SwitchModule.switchModule;
import static io.airlift.jaxrs.JaxrsBinder.jaxrsBinder;
import static io.airlift.json.JsonCodecBinder.jsonCodecBinder;
import static java.util.Objects.requireNonNull;
import static org.weakref.jmx.guice.ExportBinder.newExporter;

/**
 * Binds the history of queries, if the configuration asks for one.
 */
public class HistoryModule
        extends AbstractConfigurationAwareModule
{
    private final Function<Store, Module> stores;

    /**
     * @param stores for each store of the query log the module that binds a {@link PastQueryStore}
     */
    public HistoryModule(Function<Store, Module> stores)
    {
        this.stores = requireNonNull(stores, "stores is null");
    }

    @Override
    protected void setup(Binder binder)
    {
        newOptionalBinder(binder, VisibleHistory.class);
        newOptionalBinder(binder, HistoryReads.class);
        binder.bind(HistoryAnswers.class).in(SINGLETON);
        jaxrsBinder(binder).bind(LeaderHistoryResource.class);
        jaxrsBinder(binder).bind(QueryHistoryResource.class);
        if (buildConfigObject(WebUiConfig.class).isEnabled()) {
            jaxrsBinder(binder).bind(UiQueryHistoryResource.class);
        }
        if (buildConfigObject(QueryRetentionConfig.class).getRetention().isEmpty()) {
            return;
        }
        install(switchModule(QueryLogConfig.class, QueryLogConfig::getStore, stores));
        jsonCodecBinder(binder).bindJsonCodec(HistoryClient.Read.class);
        jsonCodecBinder(binder).bindJsonCodec(HistoryClient.Count.class);
        jsonCodecBinder(binder).bindListJsonCodec(PastQuery.class);
        jsonCodecBinder(binder).bindListJsonCodec(PastQueryCount.class);
        binder.bind(HistoryClient.class).in(SINGLETON);
        binder.bind(HistoryReads.class).in(SINGLETON);
        binder.bind(PastQueryReader.class).to(HistoryReads.class);
        binder.bind(VisibleHistory.class).in(SINGLETON);
        binder.bind(HistoryWriter.class).in(SINGLETON);
        newSetBinder(binder, EndedQueryListener.class).addBinding().to(HistoryWriter.class);
        newExporter(binder).export(HistoryWriter.class).as("io.prestosql.history:name=HistoryWriter");
    }
}
