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
package io.prestosql.querylog;

import com.google.inject.Binder;
import com.google.inject.Module;
import com.google.inject.Provides;
import com.google.inject.Singleton;
import io.airlift.configuration.AbstractConfigurationAwareModule;
import io.airlift.node.NodeInfo;
import io.prestosql.querylog.QueryLogConfig.Store;
import io.prestosql.spi.querylog.QueryLog;
import io.trino.server.InternalCommunicationConfig;

import java.util.function.Function;

import static io.airlift.configuration.ConfigBinder.configBinder;
import static io.airlift.configuration.SwitchModule.switchModule;
import static java.util.Objects.requireNonNull;
import static org.weakref.jmx.guice.ExportBinder.newExporter;

/**
 * Binds the {@link io.prestosql.spi.querylog.QueryLog} that the configuration asks for.
 */
public class QueryLogModule
        extends AbstractConfigurationAwareModule
{
    private final Function<Store, Module> stores;

    /**
     * @param stores the module of each store, which binds a {@link QueryLog} and a {@link QueryLogCondition}
     */
    public QueryLogModule(Function<Store, Module> stores)
    {
        this.stores = requireNonNull(stores, "stores is null");
    }

    @Override
    protected void setup(Binder binder)
    {
        install(switchModule(QueryLogConfig.class, QueryLogConfig::getStore, stores));
        configBinder(binder).bindConfig(QueryLogEncryptionConfig.class);
        newExporter(binder).export(EncryptedQueryLog.class).as("io.prestosql.querylog:name=EncryptedQueryLog");
    }

    /**
     * Creates the log that dispatchers use with every store.
     */
    @Provides
    @Singleton
    public static EncryptedQueryLog createEncryptedQueryLog(
            QueryLog store,
            QueryLogEncryptionConfig encryptionConfig,
            InternalCommunicationConfig internalCommunicationConfig,
            NodeInfo nodeInfo)
    {
        // a single node needs no shared secret, as it calls no other node; the engine also uses the environment's name when there is none
        String secret = internalCommunicationConfig.getSharedSecret().orElse(nodeInfo.getEnvironment());
        return new EncryptedQueryLog(store, new QueryLogKeys(secret, encryptionConfig.getPreviousSharedSecrets()));
    }
}
