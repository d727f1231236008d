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
import io.airlift.node.NodeConfig;
import io.prestosql.querylog.QueryLogCondition;
import io.prestosql.spi.querylog.QueryLog;

import static com.google.inject.Scopes.SINGLETON;
import static org.weakref.jmx.guice.ExportBinder.newExporter;

/**
 * Binds the log that the dispatchers keep on their own disks.
 */
public class EmbeddedQueryLogModule
        extends AbstractConfigurationAwareModule
{
    @Override
    protected void setup(Binder binder)
    {
        if (!buildConfigObject(EmbeddedQueryLogConfig.class).getPeers().isEmpty() && buildConfigObject(NodeConfig.class).getNodeId() == null) {
            // without node.id, each start would generate a new one
            binder.addError("query-log.peers needs node.id, by which the peers know each other: set it in node.properties, to the name that query-log.peers has for this dispatcher, and leave it so");
        }
        binder.bind(QueryLog.class).to(EmbeddedQueryLog.class);
        binder.bind(EmbeddedQueryLog.class).in(SINGLETON);
        binder.bind(QueryLogCondition.class).to(EmbeddedQueryLog.class);
        newExporter(binder).export(EmbeddedQueryLog.class).as("io.prestosql.querylog.embedded:name=EmbeddedQueryLog");
    }
}
