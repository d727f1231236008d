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
package io.prestosql.querylog.embedded;

import com.google.inject.Binder;
import io.airlift.configuration.AbstractConfigurationAwareModule;
import io.prestosql.spi.querylog.QueryLog;

import java.util.logging.Level;
import java.util.logging.Logger;

import static com.google.inject.Scopes.SINGLETON;
import static io.airlift.configuration.ConfigBinder.configBinder;
import static org.weakref.jmx.guice.ExportBinder.newExporter;

/**
 * Binds the log that the dispatchers keep on their own disks.
 */
public class EmbeddedQueryLogModule
        extends AbstractConfigurationAwareModule
{
    // held, because a logger that nobody holds forgets its level
    private static final Logger RATIS = Logger.getLogger("org.apache.ratis");
    private static final Logger RATIS_CONNECTIONS = Logger.getLogger("org.apache.ratis.grpc");

    @Override
    protected void setup(Binder binder)
    {
        // Ratis tells every step of its protocol; log.properties, which has been read by now, can ask for that
        if (RATIS.getLevel() == null) {
            RATIS.setLevel(Level.WARNING);
            // every try to reach a peer that is down
            if (RATIS_CONNECTIONS.getLevel() == null) {
                RATIS_CONNECTIONS.setLevel(Level.SEVERE);
            }
        }
        configBinder(binder).bindConfig(EmbeddedQueryLogConfig.class);
        binder.bind(QueryLog.class).to(EmbeddedQueryLog.class);
        binder.bind(EmbeddedQueryLog.class).in(SINGLETON);
        newExporter(binder).export(EmbeddedQueryLog.class).withGeneratedName();
    }
}
