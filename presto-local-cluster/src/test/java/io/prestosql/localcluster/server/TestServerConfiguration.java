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
package io.prestosql.localcluster.server;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.prestosql.localcluster.node.ClusterFolder;
import io.prestosql.localcluster.node.ClusterNode;
import io.prestosql.localcluster.report.InvalidOptionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestServerConfiguration
{
    private static final ServerCluster ETL = new ServerCluster("etl", Optional.of("http://127.0.0.1:8081"), "secret of etl");

    @TempDir
    private Path directory;

    private ClusterFolder folder;

    @BeforeEach
    public void setUp()
    {
        folder = ClusterFolder.of(directory.resolve("cluster"));
    }

    @Test
    public void testDispatcher()
            throws IOException
    {
        write(new ClusterNode("dispatcher-1", ImmutableList.of("dispatcher"), 8080), ImmutableList.of(), ImmutableList.of(), ImmutableList.of());
        assertThat(folder.etc("dispatcher-1").resolve("clusters")).doesNotExist();

        Path etc = folder.etc("dispatcher-1");
        assertThat(etc.resolve("node.properties")).hasContent(
                """
                node.environment=local
                node.id=dispatcher-1
                node.internal-address=127.0.0.1
                node.bind-ip=127.0.0.1
                """);
        assertThat(etc.resolve("config.properties")).hasContent(
                """
                node.role=dispatcher
                http-server.http.port=8080
                discovery.uri=http://127.0.0.1:8081
                internal-communication.shared-secret=a secret
                query-log.store=memory
                """);
        assertThat(Files.readAllLines(etc.resolve("jvm.config")))
                .contains("-Xmx512M")
                .endsWith(
                        "-Dlocal-cluster.node=" + folder.nodeFolder("dispatcher-1"),
                        "-Dlog.output-file=" + folder.log("dispatcher-1", "server.log"),
                        "-Dlog.enable-console=false");
        // it has no connectors
        assertThat(etc.resolve("catalog")).doesNotExist();
        assertThat(folder.data("dispatcher-1")).isDirectory();
    }

    @Test
    public void testCoordinator()
            throws IOException
    {
        write(new ClusterNode("both-1", ImmutableList.of("coordinator", "worker"), 8082), ImmutableList.of(), ImmutableList.of("-Xmx2G"), ImmutableList.of());

        Path etc = folder.etc("both-1");
        assertThat(etc.resolve("config.properties")).content().contains("node.role=coordinator,worker\n").doesNotContain("query-log");
        // of two values, the JVM takes the later one
        assertThat(Files.readAllLines(etc.resolve("jvm.config"))).containsSubsequence("-Xmx1G", "-Xmx2G");
        assertThat(etc.resolve("catalog").resolve("tpch.properties")).hasContent("connector.name=tpch\n");
    }

    @Test
    public void testDispatcherOfSeveralClusters()
            throws IOException
    {
        Path file = Files.writeString(directory.resolve("x"), "discovery.uri=http://127.0.0.1:1\n");
        writeWithClusters(
                new ClusterNode("dispatcher-1", ImmutableList.of("dispatcher"), 8080),
                new ServerCluster("local", Optional.empty(), "a secret"),
                ImmutableList.of(new EtcFile("clusters/adhoc.properties", file)));

        Path etc = folder.etc("dispatcher-1");
        assertThat(etc.resolve("config.properties")).hasContent(
                """
                node.role=dispatcher
                http-server.http.port=8080
                internal-communication.shared-secret=a secret
                """);
        assertThat(etc.resolve("clusters").resolve("etl.properties")).hasContent(
                """
                discovery.uri=http://127.0.0.1:8081
                node.environment=etl
                internal-communication.shared-secret=secret of etl
                cluster.state=DRAINING
                """);
        assertThat(etc.resolve("clusters").resolve("adhoc.properties")).hasSameTextualContentAs(file);
    }

    @Test
    public void testNodeOfOneOfSeveralClusters()
    {
        writeWithClusters(ClusterNode.ofCluster("etl", "both-1", ImmutableList.of("coordinator", "worker"), 8081), ETL, ImmutableList.of());

        Path etc = folder.etc("etl.both-1");
        assertThat(etc.resolve("node.properties")).hasContent(
                """
                node.environment=etl
                node.id=both-1
                node.internal-address=127.0.0.1
                node.bind-ip=127.0.0.1
                """);
        assertThat(etc.resolve("config.properties")).hasContent(
                """
                node.role=coordinator,worker
                http-server.http.port=8081
                discovery.uri=http://127.0.0.1:8081
                internal-communication.shared-secret=secret of etl
                """);
        // only dispatchers know of other clusters
        assertThat(etc.resolve("clusters")).doesNotExist();
    }

    private void writeWithClusters(ClusterNode node, ServerCluster cluster, List<EtcFile> files)
    {
        new ServerConfiguration(
                node,
                cluster,
                ImmutableMap.of(),
                ImmutableMap.of(
                        "etl", ImmutableMap.<String, String>builder().putAll(ETL.properties()).put("cluster.state", "DRAINING").buildOrThrow(),
                        "adhoc", ImmutableMap.of("discovery.uri", "http://127.0.0.1:8082")),
                ImmutableList.of(),
                ImmutableList.of(),
                ImmutableList.of(),
                files)
                .write(folder);
    }

    @Test
    public void testWhatUsersAskForWins()
            throws IOException
    {
        Path file = Files.writeString(directory.resolve("x"), "exchange-manager.name=filesystem\n");
        write(
                new ClusterNode("worker-1", ImmutableList.of("worker"), 8083),
                ImmutableList.of(
                        new ServerProperty("node.environment", "test"),
                        new ServerProperty("http-server.http.port", "1"),
                        new ServerProperty("query.max-memory", "1GB"),
                        new ServerProperty("query.max-memory", "a=b:c")),
                ImmutableList.of(),
                ImmutableList.of(new EtcFile("exchange-manager.properties", file), new EtcFile("catalog/tpch.properties", file)));

        Path etc = folder.etc("worker-1");
        assertThat(Files.readAllLines(etc.resolve("node.properties"))).containsOnlyOnce("node.environment=test").doesNotContain("node.environment=local");
        assertThat(Files.readAllLines(etc.resolve("config.properties"))).endsWith("http-server.http.port=1", "query.max-memory=a=b:c").doesNotContain("query.max-memory=1GB");
        assertThat(etc.resolve("exchange-manager.properties")).hasSameTextualContentAs(file);
        assertThat(etc.resolve("catalog").resolve("tpch.properties")).hasSameTextualContentAs(file);
    }

    @Test
    public void testFileOutsideOfEtcIsRefused()
            throws IOException
    {
        Path file = Files.createFile(directory.resolve("x"));
        for (String path : List.of("/etc/passwd", "../x", "a/../../x", "")) {
            assertThatThrownBy(() -> new EtcFile(path, file))
                    .isInstanceOf(InvalidOptionException.class)
                    .hasMessage(path + ": the path must be relative, and stay inside etc");
        }
        assertThatThrownBy(() -> new EtcFile("x", directory.resolve("y"))).isInstanceOf(InvalidOptionException.class).hasMessage("there is no file " + directory.resolve("y"));
    }

    private void write(ClusterNode node, List<ServerProperty> properties, List<String> jvmOptions, List<EtcFile> files)
    {
        new ServerConfiguration(
                node,
                new ServerCluster("local", Optional.of("http://127.0.0.1:8081"), "a secret"),
                ImmutableMap.of("query-log.store", "memory"),
                ImmutableMap.of(),
                ImmutableList.of("tpch"),
                properties,
                jvmOptions,
                files)
                .write(folder);
    }
}
