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
import io.prestosql.localcluster.report.ClusterException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import static io.prestosql.localcluster.node.ClusterNode.COORDINATOR;
import static io.prestosql.localcluster.node.ClusterNode.DISPATCHER;
import static io.prestosql.localcluster.node.ClusterNode.WORKER;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static java.util.Objects.requireNonNull;

/**
 * The etc folder of a server.
 *
 * @param dispatcherProperties properties of nodes with the role dispatcher
 * @param clusterFiles the properties of each file that nodes with the role dispatcher have in {@code etc/clusters}, by the name of the cluster
 * @param catalogs names of connectors, of which each becomes a catalog of that name
 * @param properties what a user has asked for, in {@code config.properties}, or in {@code node.properties} if it stands there; of two values
 * of a property, the later one wins
 * @param jvmOptions what a user has asked for
 * @param files what a user has asked for; of two files with the same path, the later one wins
 */
public record ServerConfiguration(
        ClusterNode node,
        ServerCluster cluster,
        Map<String, String> dispatcherProperties,
        Map<String, Map<String, String>> clusterFiles,
        List<String> catalogs,
        List<ServerProperty> properties,
        List<String> jvmOptions,
        List<EtcFile> files)
{
    private static final List<String> JVM_OPTIONS = ImmutableList.of(
            "-XX:+UseG1GC",
            "-XX:+ExplicitGCInvokesConcurrent",
            "-XX:+ExitOnOutOfMemoryError",
            "-XX:+HeapDumpOnOutOfMemoryError",
            "-XX:-OmitStackTraceInFastThrow",
            "-XX:ReservedCodeCacheSize=256M",
            "-XX:PerMethodRecompilationCutoff=10000",
            "-XX:PerBytecodeRecompilationCutoff=10000",
            "-XX:+EnableDynamicAgentLoading",
            "-Djdk.attach.allowAttachSelf=true",
            "-Djdk.nio.maxCachedBufferSize=2000000",
            "-Dfile.encoding=UTF-8",
            "--sun-misc-unsafe-memory-access=allow",
            "--enable-native-access=ALL-UNNAMED");
    private static final String DISPATCHER_HEAP = "512M";
    private static final String HEAP = "1G";

    public ServerConfiguration
    {
        requireNonNull(node, "node is null");
        requireNonNull(cluster, "cluster is null");
        dispatcherProperties = ImmutableMap.copyOf(dispatcherProperties);
        clusterFiles = ImmutableMap.copyOf(clusterFiles);
        catalogs = ImmutableList.copyOf(catalogs);
        properties = ImmutableList.copyOf(properties);
        jvmOptions = ImmutableList.copyOf(jvmOptions);
        files = ImmutableList.copyOf(files);
    }

    /**
     * Writes the files.
     */
    public void write(ClusterFolder folder)
    {
        Path etc = folder.etc(node.name());
        try {
            Files.createDirectories(folder.data(node.name()));
            Files.createDirectories(etc);

            Map<String, String> nodeProperties = nodeProperties();
            Map<String, String> configProperties = configProperties();
            for (ServerProperty property : properties) {
                Map<String, String> file = nodeProperties.containsKey(property.name()) ? nodeProperties : configProperties;
                // at the end, where a reader looks for what is special
                file.remove(property.name());
                file.put(property.name(), property.value());
            }
            writeProperties(etc.resolve("node.properties"), nodeProperties);
            writeProperties(etc.resolve("config.properties"), configProperties);
            writeProperties(etc.resolve("log.properties"), ImmutableMap.of("io.prestosql", "INFO", "io.trino", "INFO"));
            Files.write(etc.resolve("jvm.config"), jvmConfig(folder));

            if (node.hasRole(COORDINATOR) || node.hasRole(WORKER)) {
                Files.createDirectories(etc.resolve("catalog"));
                for (String catalog : catalogs) {
                    writeProperties(etc.resolve("catalog").resolve(catalog + ".properties"), ImmutableMap.of("connector.name", catalog));
                }
            }
            if (node.hasRole(DISPATCHER) && !clusterFiles.isEmpty()) {
                Files.createDirectories(etc.resolve("clusters"));
                for (Map.Entry<String, Map<String, String>> file : clusterFiles.entrySet()) {
                    writeProperties(etc.resolve("clusters").resolve(file.getKey() + ".properties"), file.getValue());
                }
            }
            for (EtcFile file : files) {
                Path path = etc.resolve(file.path());
                Files.createDirectories(path.getParent());
                Files.copy(file.file(), path, REPLACE_EXISTING);
            }
        }
        catch (IOException e) {
            throw new ClusterException("The configuration of %s cannot be written: %s".formatted(node.name(), e), e);
        }
    }

    private Map<String, String> nodeProperties()
    {
        Map<String, String> properties = new LinkedHashMap<>();
        properties.put("node.environment", cluster.environment());
        properties.put("node.id", node.nodeId());
        properties.put("node.internal-address", "127.0.0.1");
        properties.put("node.bind-ip", "127.0.0.1");
        return properties;
    }

    private Map<String, String> configProperties()
    {
        Map<String, String> properties = new LinkedHashMap<>();
        properties.put("node.role", node.roleList());
        properties.put("http-server.http.port", String.valueOf(node.port()));
        cluster.discovery().ifPresent(uris -> properties.put("discovery.uri", uris));
        properties.put("internal-communication.shared-secret", cluster.secret());
        if (node.hasRole(DISPATCHER)) {
            properties.putAll(dispatcherProperties);
        }
        return properties;
    }

    private List<String> jvmConfig(ClusterFolder folder)
    {
        return ImmutableList.<String>builder()
                .add("-server")
                .add("-Xmx" + (node.roles().equals(ImmutableList.of(DISPATCHER)) ? DISPATCHER_HEAP : HEAP))
                .addAll(JVM_OPTIONS)
                .addAll(jvmOptions)
                .add(ServerKind.marker(folder, node.name()))
                // as "launcher start" would have it
                .add("-Dlog.output-file=" + folder.log(node.name(), "server.log"))
                .add("-Dlog.enable-console=false")
                .build();
    }

    private static void writeProperties(Path file, Map<String, String> properties)
            throws IOException
    {
        Files.write(file, properties.entrySet().stream()
                .map(property -> property.getKey() + "=" + property.getValue())
                .toList());
    }
}
