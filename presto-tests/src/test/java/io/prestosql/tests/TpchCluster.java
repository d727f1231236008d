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
package io.prestosql.tests;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.prestosql.node.NodeRole;
import io.prestosql.testing.PrestoQueryRunner;
import io.prestosql.testing.SharedQueryRunner;
import io.prestosql.testing.TestingPrestoCluster;
import io.trino.connector.MockConnectorFactory;
import io.trino.connector.MockConnectorPlugin;
import io.trino.plugin.memory.MemoryPlugin;
import io.trino.plugin.tpch.TpchPlugin;
import io.trino.testing.CustomFunctionBundle;

import java.util.Map;

import static io.prestosql.node.NodeRole.COORDINATOR;
import static io.prestosql.node.NodeRole.WORKER;
import static io.trino.plugin.tpch.TpchMetadata.TINY_SCHEMA_NAME;
import static io.trino.testing.AbstractTestEngineOnlyQueries.TESTING_CATALOG;
import static io.trino.testing.TestingSession.testSessionBuilder;

/**
 * The cluster for the engine's own suites: a dispatcher, two coordinators, two workers.
 */
final class TpchCluster
{
    private TpchCluster() {}

    static TestingPrestoCluster.Builder builder()
    {
        return TestingPrestoCluster.builder()
                .addDispatchers(1)
                .addCoordinators(2)
                .addWorkers(2)
                .addFunctions(CustomFunctionBundle.CUSTOM_FUNCTIONS)
                .addPlugin(new TpchPlugin())
                .addPlugin(new MemoryPlugin())
                .addCatalog("tpch", "tpch", ImmutableMap.of("tpch.splits-per-node", "4"))
                .addCatalog("memory", "memory");
    }

    /**
     * Returns a runner that also has the catalog and the session properties of the engine-only suite. Other suites ignore them.
     */
    static PrestoQueryRunner sharedQueryRunner()
    {
        return SharedQueryRunner.get("plain", _ -> createQueryRunner(builder()
                .addPlugin(new MockConnectorPlugin(MockConnectorFactory.builder()
                        .withSessionProperties(TestDispatchedEngineOnlyQueries.CATALOG_PROPERTIES)
                        .build()))
                .addCatalog(TESTING_CATALOG, "mock")
                .addSystemSessionProperties(TestDispatchedEngineOnlyQueries.SYSTEM_PROPERTIES)));
    }

    /**
     * Returns a runner that runs failed tasks again.
     */
    static PrestoQueryRunner sharedFaultTolerantQueryRunner(Map<String, String> properties)
    {
        return SharedQueryRunner.get(properties, directory -> {
            TestingPrestoCluster.Builder builder = builder().addExchange(directory);
            for (NodeRole role : ImmutableList.of(COORDINATOR, WORKER)) {
                properties.forEach((name, value) -> builder.addProperty(role, name, value));
            }
            return createQueryRunner(builder);
        });
    }

    static PrestoQueryRunner createQueryRunner(TestingPrestoCluster.Builder builder)
    {
        return new PrestoQueryRunner(builder.build(), testSessionBuilder()
                .setCatalog("tpch")
                .setSchema(TINY_SCHEMA_NAME)
                .build());
    }
}
