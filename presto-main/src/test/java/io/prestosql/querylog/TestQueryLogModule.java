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

import com.google.common.collect.ImmutableMap;
import com.google.inject.Injector;
import io.airlift.bootstrap.ApplicationConfigurationException;
import io.airlift.bootstrap.Bootstrap;
import io.airlift.bootstrap.LifeCycleManager;
import io.airlift.node.NodeModule;
import io.prestosql.querylog.embedded.EmbeddedQueryLog;
import io.prestosql.querylog.postgresql.PostgresqlQueryLog;
import io.prestosql.server.QueryLogStores;
import io.prestosql.spi.querylog.QueryLog;
import io.trino.server.InternalCommunicationConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.weakref.jmx.guice.MBeanModule;
import org.weakref.jmx.testing.TestingMBeanServer;

import javax.management.MBeanServer;

import java.nio.file.Path;
import java.util.Map;

import static io.airlift.configuration.ConfigBinder.configBinder;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestQueryLogModule
{
    @Test
    public void testMemory()
    {
        assertStore(ImmutableMap.of("query-log.store", "memory"), MemoryQueryLog.class);
    }

    @Test
    public void testEmbeddedIsDefault()
    {
        assertStore(ImmutableMap.of(), EmbeddedQueryLog.class);
    }

    @Test
    public void testPostgresql()
    {
        assertStore(ImmutableMap.of("query-log.store", "postgresql", "query-log.postgresql.url", "jdbc:postgresql://127.0.0.1:1/presto"), PostgresqlQueryLog.class);
    }

    @Test
    public void testPeersNeedNodeId(@TempDir Path directory)
    {
        ImmutableMap<String, String> peers = ImmutableMap.of(
                "query-log.dir", directory.toString(),
                "query-log.peers", "a@127.0.0.1:18391,b@127.0.0.1:18392,c@127.0.0.1:18393");
        assertThatThrownBy(() -> assertStore(peers, EmbeddedQueryLog.class))
                .isInstanceOf(ApplicationConfigurationException.class)
                .hasMessageContaining("query-log.peers needs node.id, by which the peers know each other: set it in node.properties");
        assertStore(ImmutableMap.<String, String>builder().putAll(peers).put("node.id", "a").buildOrThrow(), EmbeddedQueryLog.class);
    }

    private static void assertStore(Map<String, String> properties, Class<? extends QueryLog> store)
    {
        Injector injector = new Bootstrap(
                new NodeModule(),
                new MBeanModule(),
                new QueryLogModule(QueryLogStores::moduleOf),
                binder -> binder.bind(MBeanServer.class).toInstance(new TestingMBeanServer()),
                binder -> configBinder(binder).bindConfig(InternalCommunicationConfig.class))
                .doNotInitializeLogging()
                .quiet()
                .setRequiredConfigurationProperties(ImmutableMap.<String, String>builder()
                        .put("node.environment", "test")
                        .put("internal-communication.shared-secret", "secret")
                        .putAll(properties)
                        .buildOrThrow())
                .initialize();
        try {
            assertThat(injector.getInstance(QueryLog.class)).isInstanceOf(store);
            assertThat(injector.getInstance(EncryptedQueryLog.class).isDurable()).isEqualTo(store != MemoryQueryLog.class);
        }
        finally {
            injector.getInstance(LifeCycleManager.class).stop();
        }
    }
}
