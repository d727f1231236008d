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

import com.google.common.collect.ImmutableMap;
import io.prestosql.dispatcher.admission.GroupLoad;
import io.prestosql.dispatcher.admission.GroupLoads;
import io.prestosql.fleet.Coordinators;
import io.prestosql.node.NodeRoles;
import io.prestosql.testing.TestingClient;
import io.prestosql.testing.TestingPrestoServer;
import io.trino.memory.ClusterMemoryManager;
import io.trino.plugin.resourcegroups.ResourceGroupManagerPlugin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import static com.google.common.collect.Iterables.getOnlyElement;
import static io.prestosql.node.NodeRole.COORDINATOR;
import static io.prestosql.node.NodeRole.DISPATCHER;
import static io.prestosql.node.NodeRole.WORKER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

/**
 * Limits of resource groups that are a share of memory, where the dispatcher is a coordinator of one of the clusters, too.
 */
public class TestMemoryOfAllClusters
{
    @Test
    public void testShareOfMemory(@TempDir Path directory)
            throws Exception
    {
        Path groups = Files.writeString(directory.resolve("resource-groups.json"),
                """
                {
                  "rootGroups": [{"name": "global", "softMemoryLimit": "50%", "hardConcurrencyLimit": 10, "maxQueued": 1000}],
                  "selectors": [{"group": "global"}]
                }
                """);
        Path definitions = Files.createDirectory(directory.resolve("clusters"));
        try (TestingPrestoServer other = TestingPrestoServer.builder("other-1", NodeRoles.of(COORDINATOR, WORKER)).build();
                TestingPrestoServer all = TestingPrestoServer.builder("all-1", NodeRoles.of(DISPATCHER, COORDINATOR, WORKER))
                        .setPlugins(List.of(new ResourceGroupManagerPlugin()))
                        .setResourceGroups(Optional.of(ImmutableMap.of("resource-groups.config-file", groups.toString())))
                        .setProperties(ImmutableMap.of("cluster.config-dir", definitions.toString(), "cluster.refresh-period", "50ms", "cluster.forget-after", "1s", "query-log.store", "memory"))
                        .build();
                TestingClient client = new TestingClient(all.getBaseUrl())) {
            Coordinators coordinators = all.getInstance(Coordinators.class);
            await().until(coordinators::getAvailableCoordinators, available -> available == 1);
            assertThat(client.execute("SELECT 1").onlyValue()).isEqualTo(1);
            await().untilAsserted(() -> assertThat(softMemoryLimit(all)).isCloseTo(memory(all) / 2, within(1L)));

            Path definition = Files.writeString(definitions.resolve("other.properties"), "discovery.uri=%s\n".formatted(other.getBaseUrl()));
            await().until(coordinators::getAvailableCoordinators, available -> available == 2);
            await().untilAsserted(() -> assertThat(softMemoryLimit(all)).isCloseTo(memory(all, other) / 2, within(1L)));

            Files.delete(definition);
            await().untilAsserted(() -> assertThat(softMemoryLimit(all)).isCloseTo(memory(all) / 2, within(1L)));
        }
    }

    private static long memory(TestingPrestoServer... coordinators)
    {
        return Stream.of(coordinators)
                .mapToLong(coordinator -> coordinator.getInstance(ClusterMemoryManager.class).getClusterMemoryBytes())
                .peek(bytes -> assertThat(bytes).isPositive())
                .sum();
    }

    private static long softMemoryLimit(TestingPrestoServer dispatcher)
    {
        GroupLoad group = getOnlyElement(dispatcher.getInstance(GroupLoads.class).getLoads());
        return group.softMemoryLimitBytes();
    }
}
