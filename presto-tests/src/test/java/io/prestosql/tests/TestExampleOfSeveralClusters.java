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
import com.google.common.collect.ImmutableSet;
import io.prestosql.cluster.ClusterDefinition;
import io.prestosql.cluster.ClusterFiles;
import io.prestosql.cluster.ClusterFiles.Reading;
import io.prestosql.cluster.ClusterFilesConfig;
import io.prestosql.cluster.TestingClusterServices;
import io.prestosql.node.ClusterName;
import io.trino.plugin.resourcegroups.ResourceGroupManagerPlugin;
import io.trino.spi.memory.ClusterMemoryPoolManager;
import io.trino.spi.resourcegroups.ResourceGroupConfigurationManager;
import io.trino.spi.resourcegroups.ResourceGroupConfigurationManagerContext;
import io.trino.spi.resourcegroups.ResourceGroupConfigurationManagerFactory;
import io.trino.spi.resourcegroups.SelectionCriteria;
import io.trino.spi.session.ResourceEstimates;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Stream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static com.google.common.collect.Maps.fromProperties;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The files of {@code etc/examples/several-clusters} in the server archive can be used, and go together.
 */
public class TestExampleOfSeveralClusters
{
    private static final Path EXAMPLE = Path.of("../presto-server/src/main/server/etc/examples/several-clusters");
    private static final Path CLUSTERS = EXAMPLE.resolve("dispatcher/clusters");
    private static final String ENVIRONMENT = "node.environment";
    private static final String SECRET = "internal-communication.shared-secret";
    private static final String DISCOVERY_URI = "discovery.uri";

    private static final ResourceEstimates NO_ESTIMATES = new ResourceEstimates(Optional.empty(), Optional.empty(), Optional.empty());

    @TempDir
    private Path directory;

    @Test
    public void testDispatchersReadTheClusters()
            throws IOException
    {
        List<Path> files = list(CLUSTERS);
        for (Path file : files) {
            // variables that this process does not have
            Files.writeString(directory.resolve(file.getFileName()), Files.readString(file).replaceAll("\\$\\{ENV:(\\w+)}", "value of $1"));
        }
        Reading reading = new ClusterFiles(new ClusterFilesConfig().setDirectory(directory), TestingClusterServices.factory("", ImmutableMap.of(), ImmutableSet.of())).read();
        assertThat(reading.problems()).isEmpty();
        assertThat(reading.definitions().keySet()).extracting(ClusterName::value).containsExactly("adhoc", "etl", "reports");
        assertThat(files).hasSize(3);

        List<String> secrets = Stream.concat(
                        reading.definitions().values().stream().map(ClusterDefinition::connection),
                        Stream.of(load(EXAMPLE.resolve("dispatcher/config.properties"))))
                .map(properties -> properties.get(SECRET))
                .collect(toImmutableList());
        assertThat(secrets).doesNotHaveDuplicates().doesNotContainNull();
        assertThat(load(EXAMPLE.resolve("dispatcher/config.properties"))).doesNotContainKey(DISCOVERY_URI);
    }

    @Test
    public void testNodesAreThoseOfTheirCluster()
            throws IOException
    {
        Map<String, String> cluster = load(CLUSTERS.resolve("etl.properties"));
        for (String node : ImmutableList.of("etl-coordinator", "etl-worker")) {
            Map<String, String> config = load(EXAMPLE.resolve(node).resolve("config.properties"));
            assertThat(config.get(DISCOVERY_URI)).isEqualTo(cluster.get(DISCOVERY_URI)).isNotNull();
            assertThat(config.get(SECRET)).isEqualTo(cluster.get(SECRET)).isNotNull();
            assertThat(load(EXAMPLE.resolve(node).resolve("node.properties")).get(ENVIRONMENT)).isEqualTo(cluster.get(ENVIRONMENT)).isNotNull();
        }
    }

    /**
     * The nodes have the files of the examples for the same roles in one cluster.
     */
    @Test
    public void testFiles()
            throws IOException
    {
        assertThat(names(EXAMPLE)).containsExactlyInAnyOrder("dispatcher", "etl-coordinator", "etl-worker");
        assertThat(names(EXAMPLE.resolve("dispatcher")))
                .containsAll(names(EXAMPLE.resolve("../dispatcher")))
                .contains("clusters", "resource-groups.properties", "resource-groups.json");
        assertThat(names(EXAMPLE.resolve("etl-coordinator"))).isEqualTo(names(EXAMPLE.resolve("../coordinator")));
        assertThat(names(EXAMPLE.resolve("etl-worker"))).isEqualTo(names(EXAMPLE.resolve("../worker")));
    }

    @Test
    public void testResourceGroups()
            throws IOException
    {
        Map<String, String> properties = load(EXAMPLE.resolve("dispatcher/resource-groups.properties"));
        assertThat(properties).containsEntry("resource-groups.config-file", "etc/resource-groups.json");
        ResourceGroupConfigurationManagerFactory factory = ImmutableList.copyOf(new ResourceGroupManagerPlugin().getResourceGroupConfigurationManagerFactories()).stream()
                .filter(candidate -> candidate.getName().equals(properties.get("resource-groups.configuration-manager")))
                .findFirst().orElseThrow();
        ResourceGroupConfigurationManager<?> groups = factory.create(
                ImmutableMap.of("resource-groups.config-file", EXAMPLE.resolve("dispatcher/resource-groups.json").toString()),
                new ResourceGroupConfigurationManagerContext()
                {
                    @Override
                    public ClusterMemoryPoolManager getMemoryPoolManager()
                    {
                        return _ -> {};
                    }
                });
        try {
            SelectionCriteria alice = new SelectionCriteria(true, "alice", ImmutableSet.of(), "alice", Optional.of("alice"), Optional.empty(), ImmutableSet.of(), NO_ESTIMATES, Optional.empty());
            assertThat(groups.match(alice).orElseThrow().getResourceGroupId().toString()).isEqualTo("everyone.alice");
        }
        finally {
            groups.shutdown();
        }
    }

    private static Map<String, String> load(Path file)
            throws IOException
    {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        }
        return fromProperties(properties);
    }

    private static List<Path> list(Path folder)
            throws IOException
    {
        try (Stream<Path> files = Files.list(folder)) {
            return files.collect(toImmutableList());
        }
    }

    private static Set<String> names(Path folder)
            throws IOException
    {
        return list(folder).stream().map(file -> file.getFileName().toString()).collect(toImmutableSet());
    }
}
