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
package io.prestosql.cluster;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.airlift.node.NodeInfo;
import io.prestosql.cluster.ClusterFiles.Reading;
import io.prestosql.node.ClusterName;
import io.prestosql.selection.core.ClusterLabels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;

public class TestClusterFiles
{
    private static final ClusterName ETL = new ClusterName("etl");
    private static final String NO_PROCESS_CLUSTER = "";

    @TempDir
    private Path directory;

    @Test
    public void testEverything()
            throws IOException
    {
        write("etl", """
                # the cluster for batches
                discovery.uri=http://etl-1:8080, http://etl-2:8080
                node.environment=etl
                internal-communication.shared-secret=secret of etl

                cluster.state=DRAINING
                cluster.max-running-queries=20
                cluster.required-workers=10
                """);
        Reading reading = files(NO_PROCESS_CLUSTER).read();
        assertThat(reading.problems()).isEmpty();
        assertThat(reading.definitions()).containsOnlyKeys(ETL);
        ClusterDefinition definition = reading.definitions().get(ETL);
        assertThat(definition.settings()).isEqualTo(new ClusterSettings(ClusterState.DRAINING, Optional.of(20), 10, ClusterLabels.NONE, Optional.empty()));
        assertThat(definition.servers()).containsExactlyInAnyOrder(URI.create("http://etl-1:8080"), URI.create("http://etl-2:8080"));
        assertThat(definition.connection()).containsOnlyKeys("discovery.uri", "node.environment", "internal-communication.shared-secret");
        assertThat(definition.toString()).doesNotContain("secret of etl");
    }

    @Test
    public void testFolderThatDoesNotExist()
            throws IOException
    {
        Reading reading = files(NO_PROCESS_CLUSTER, directory.resolve("missing")).read();
        assertThat(reading.definitions()).isEmpty();
        assertThat(reading.problems()).isEmpty();
    }

    @Test
    public void testOtherFilesAreIgnored()
            throws IOException
    {
        Files.writeString(directory.resolve("etl.properties.disabled"), "nonsense");
        Files.createDirectory(directory.resolve("folder.properties"));
        assertThat(files(NO_PROCESS_CLUSTER).read().definitions()).isEmpty();
    }

    @Test
    public void testProblemsNameFileLineAndFix()
            throws IOException
    {
        assertProblem("discovery.uri=http://one:8080\n\ncluster.stat=3\n", "line 3, cluster.stat: Configuration property 'cluster.stat' was not used");
        assertProblem("discovery.uri=http://one:8080\ncluster.required-workers=many\n", "line 2, cluster.required-workers: Invalid value 'many' for type int");
        assertProblem("cluster.required-workers=-1\ndiscovery.uri=http://one:8080\n", "line 1, cluster.required-workers: Invalid configuration property cluster.required-workers: must be greater than or equal to 0");
        assertProblem("discovery.uri=http://one:8080\ncluster.state=SLEEPING\n", "line 2, cluster.state: Invalid value 'SLEEPING'");
        assertProblem("discovery.uri=http://one:8080\ncluster.max-running-queries=0\n", "line 2, cluster.max-running-queries: Invalid configuration property");
        assertProblem("discovery.uri=one\n", "line 1, discovery.uri: ");
        assertProblem("cluster.required-workers=3\n", ": discovery.uri is required: a comma list with the http or https URI of every coordinator of the cluster");
        assertProblem("discovery.uri=http://one:8080\ncluster.required-workers=3\ncluster.required-workers=4\n", "line 2, cluster.required-workers: the property is in the file twice. Remove one of the two");
        assertProblem("discovery.uri=http://one:8080\nnode.environment=Etl\n", "line 2, node.environment: ");
        assertProblem("discovery.uri=http://one:8080\nnode.id=one\n", "line 2, node.id: Configuration property 'node.id' belongs to the dispatcher, not to one of its clusters: remove it");
        assertProblem("discovery.uri=http://one:8080\ninternal-communication.https.required=maybe\n", "line 2, internal-communication.https.required: Invalid value 'maybe'");
    }

    private void assertProblem(String content, String problem)
            throws IOException
    {
        write("etl", content);
        Reading reading = files(NO_PROCESS_CLUSTER).read();
        assertThat(reading.definitions()).as(content).isEmpty();
        assertThat(reading.problems()).as(content).hasSize(1);
        assertThat(reading.problems().getFirst()).startsWith(directory.resolve("etl.properties").toString()).contains(problem);
    }

    @Test
    public void testWrongName()
            throws IOException
    {
        write("Etl", "discovery.uri=http://one:8080\n");
        assertThat(files(NO_PROCESS_CLUSTER).read().problems()).singleElement().asString()
                .startsWith(directory.resolve("Etl.properties").toString())
                .contains("'Etl' is no name for a cluster")
                .endsWith("Rename the file");
    }

    @Test
    public void testWrongFileKeepsTheLastDefinition()
            throws IOException
    {
        ClusterFiles files = files(NO_PROCESS_CLUSTER);
        write("etl", "discovery.uri=http://one:8080\ncluster.required-workers=3\n");
        Reading right = files.read();
        write("etl", "discovery.uri=http://one:8080\ncluster.required-workers=-1\n");
        Reading wrong = files.read();
        assertThat(wrong.definitions()).isEqualTo(right.definitions());
        assertThat(wrong.problems()).hasSize(1);
        write("etl", "discovery.uri=http://one:8080\ncluster.required-workers=4\n");
        Reading mended = files.read();
        assertThat(mended.definitions().get(ETL).settings().requiredWorkers()).isEqualTo(4);
        assertThat(mended.problems()).isEmpty();
        Files.delete(directory.resolve("etl.properties"));
        assertThat(files.read().definitions()).isEmpty();
    }

    @Test
    public void testOneClusterInTwoFiles()
            throws IOException
    {
        write("a", "discovery.uri=http://one:8080,http://two:8080\n");
        write("b", "discovery.uri=http://two:8080\n");
        Reading reading = files(NO_PROCESS_CLUSTER).read();
        assertThat(reading.definitions()).containsOnlyKeys(new ClusterName("a"));
        assertThat(reading.problems()).containsExactly(
                "%s discovery.uri: it is that of cluster a. A coordinator can be in one cluster only: remove one of the two files".formatted(directory.resolve("b.properties")));
    }

    @Test
    public void testSettingsOfTheProcessCluster()
            throws IOException
    {
        write("default", "cluster.required-workers=3\n");
        Reading reading = files("http://own:8080").read();
        assertThat(reading.problems()).isEmpty();
        ClusterDefinition definition = reading.definitions().get(ClusterName.DEFAULT);
        assertThat(definition.settings().requiredWorkers()).isEqualTo(3);
        assertThat(definition.servers()).containsExactly(URI.create("http://own:8080"));
        assertThat(definition.connection()).isEmpty();

        write("default", "cluster.required-workers=3\ndiscovery.uri=http://other:8080\n");
        assertThat(files("http://own:8080").read().problems()).singleElement().asString()
                .contains("line 2, discovery.uri: cluster 'default' is that of discovery.uri in config.properties, where this property belongs");
    }

    @Test
    public void testProcessClusterUnderAnotherName()
            throws IOException
    {
        write("etl", "cluster.required-workers=3\ndiscovery.uri=http://own:8080\n");
        Reading reading = files("http://own:8080").read();
        assertThat(reading.definitions()).isEmpty();
        assertThat(reading.problems()).singleElement().asString()
                .contains("line 2, discovery.uri: it is that of config.properties, whose cluster is named 'default'");
    }

    @Test
    public void testPropertiesOfTheProcess()
            throws IOException
    {
        // those of the file go before them, and the others need not be known in a cluster
        ClusterFiles files = new ClusterFiles(
                new ClusterFilesConfig().setDirectory(directory),
                TestingClusterServices.factory("http://own:8080", ImmutableMap.of("http-server.http.port", "1", "query.max-memory", "1GB", "node.environment", "own"), ImmutableSet.of()));
        write("etl", "discovery.uri=http://one:8080\nnode.environment=etl\n");
        assertThat(files.read().problems()).isEmpty();
    }

    /**
     * The launcher makes system properties of those in {@code node.properties}.
     */
    @Test
    public void testEnvironmentThatTheLauncherHasPassedOn()
            throws IOException
    {
        System.setProperty("node.environment", "own");
        try {
            write("etl", "discovery.uri=http://one:8080\nnode.environment=etl\n");
            write("adhoc", "discovery.uri=http://two:8080\n");
            Reading reading = files(NO_PROCESS_CLUSTER).read();
            assertThat(reading.problems()).isEmpty();
            assertThat(environment(reading.definitions().get(ETL))).isEqualTo("etl");
            // that of the process
            assertThat(environment(reading.definitions().get(new ClusterName("adhoc")))).isEqualTo("testing");
        }
        finally {
            System.clearProperty("node.environment");
        }
    }

    private static String environment(ClusterDefinition definition)
    {
        ClusterServices services = TestingClusterServices.factory(NO_PROCESS_CLUSTER, ImmutableMap.of(), ImmutableSet.of()).create(definition.name(), definition.connection());
        try {
            return services.get(NodeInfo.class).getEnvironment();
        }
        finally {
            services.stop();
        }
    }

    private void write(String name, String content)
            throws IOException
    {
        Files.writeString(directory.resolve(name + ".properties"), content);
    }

    private ClusterFiles files(String discoveryUri)
    {
        return files(discoveryUri, directory);
    }

    private static ClusterFiles files(String discoveryUri, Path directory)
    {
        return new ClusterFiles(new ClusterFilesConfig().setDirectory(directory), TestingClusterServices.factory(discoveryUri, ImmutableMap.of(), ImmutableSet.of()));
    }
}
