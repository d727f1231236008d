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
package io.prestosql.testing;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.prestosql.dispatcher.admission.QueueAdmission;
import io.prestosql.fleet.Coordinators;
import io.prestosql.node.NodeRoles;
import io.prestosql.postgresql.TestingPostgresql;
import io.prestosql.rpc.ProtocolVersions;
import io.prestosql.testing.TestingPrestoServer.Builder;
import io.trino.plugin.resourcegroups.ResourceGroupManagerPlugin;
import io.trino.spi.Plugin;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.prestosql.node.NodeRole.COORDINATOR;
import static io.prestosql.node.NodeRole.DISPATCHER;
import static io.prestosql.node.NodeRole.WORKER;
import static io.prestosql.rpc.ProtocolVersions.SUPPORTED;
import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;
import static org.awaitility.Awaitility.await;

/**
 * Several clusters behind one queue. Each has a secret of its own, and one node, {@code node-1}, which is coordinator and worker.
 */
public final class TestingClusters
        implements Closeable
{
    private static final String NODE = "node-1";

    private final Path definitions;
    private final Map<String, Builder> nodes;
    private final List<Builder> dispatcherBuilders;
    private final Map<String, TestingPrestoServer> clusters = new LinkedHashMap<>();
    private final List<TestingPrestoServer> dispatchers = new ArrayList<>();

    /**
     * @param usable the number of clusters that the dispatchers can use
     */
    private TestingClusters(Path definitions, Map<String, Builder> nodes, List<Builder> dispatcherBuilders, int usable)
    {
        this.definitions = requireNonNull(definitions, "definitions is null");
        this.nodes = ImmutableMap.copyOf(nodes);
        this.dispatcherBuilders = ImmutableList.copyOf(dispatcherBuilders);
        try {
            // in the order of the nodes
            Iterator<String> names = nodes.keySet().iterator();
            SideBySide.start(ImmutableList.copyOf(nodes.values()), node -> clusters.put(names.next(), node));
            SideBySide.start(this.dispatcherBuilders, dispatchers::add);
            awaitAvailable(usable);
        }
        catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /**
     * Waits until each dispatcher would send queries to this many coordinators.
     */
    public void awaitAvailable(int coordinators)
    {
        for (TestingPrestoServer dispatcher : dispatchers) {
            await("coordinators of " + dispatcher.getNodeId())
                    .until(() -> dispatcher.getInstance(Coordinators.class).getAvailableCoordinators(), available -> available == coordinators);
        }
    }

    public List<TestingPrestoServer> getDispatchers()
    {
        return ImmutableList.copyOf(dispatchers);
    }

    public TestingPrestoServer getDispatcher()
    {
        return dispatchers.getFirst();
    }

    /**
     * Returns the dispatcher that leads the queue.
     */
    public TestingPrestoServer getLeader()
    {
        return await("a leader").until(
                () -> dispatchers.stream()
                        .filter(dispatcher -> dispatcher.getInstance(QueueAdmission.class).isLeading())
                        .findFirst(),
                Optional::isPresent).orElseThrow();
    }

    /**
     * Ends a dispatcher as if its process had been killed. Its clients have to go elsewhere.
     */
    public void kill(TestingPrestoServer dispatcher)
    {
        dispatchers.remove(dispatcher);
        dispatcher.kill();
    }

    /**
     * Ends all dispatchers as if their processes had been killed, and starts them again with their query log.
     */
    public void restartDispatchers()
    {
        List<TestingPrestoServer> killed = ImmutableList.copyOf(dispatchers);
        dispatchers.clear();
        SideBySide.kill(killed);
        SideBySide.start(dispatcherBuilders, dispatchers::add);
    }

    /**
     * Returns the node of a cluster.
     */
    public TestingPrestoServer getNode(String cluster)
    {
        return requireNonNull(clusters.get(cluster), cluster);
    }

    public void kill(String cluster)
    {
        clusters.remove(cluster).kill();
    }

    public void start(String cluster)
    {
        clusters.put(cluster, nodes.get(cluster).build());
    }

    /**
     * Writes the definition of a cluster anew.
     */
    public void define(String cluster, Map<String, String> settings)
    {
        folders(definitions).forEach(folder -> write(folder, cluster, getNode(cluster).getBaseUrl(), settings));
    }

    /**
     * Writes the definition of a cluster anew, for one dispatcher only.
     */
    public void defineAt(TestingPrestoServer dispatcher, String cluster, Map<String, String> settings)
    {
        write(definitions.resolve(dispatcher.getNodeId()), cluster, getNode(cluster).getBaseUrl(), settings);
    }

    /**
     * Removes the definition of a cluster.
     */
    public void undefine(String cluster)
    {
        folders(definitions).forEach(folder -> delete(file(folder, cluster)));
    }

    /**
     * Removes the definition of a cluster, for one dispatcher only.
     */
    public void undefineAt(TestingPrestoServer dispatcher, String cluster)
    {
        delete(file(definitions.resolve(dispatcher.getNodeId()), cluster));
    }

    private static void delete(Path file)
    {
        try {
            Files.delete(file);
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Returns the folders of definitions, one for each dispatcher.
     */
    private static List<Path> folders(Path definitions)
    {
        try (Stream<Path> folders = Files.list(definitions)) {
            return folders.collect(toImmutableList());
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path file(Path folder, String cluster)
    {
        return folder.resolve(cluster + ".properties");
    }

    private static void write(Path folder, String cluster, URI discovery, Map<String, String> settings)
    {
        Map<String, String> properties = ImmutableMap.<String, String>builder()
                .put("discovery.uri", discovery.toString())
                .put("node.environment", environment(cluster))
                .put("internal-communication.shared-secret", secret(cluster))
                .putAll(settings)
                .buildKeepingLast();
        try {
            Files.writeString(file(folder, cluster), properties.entrySet().stream()
                    .map(property -> property.getKey() + "=" + property.getValue())
                    .collect(joining("\n")));
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String environment(String cluster)
    {
        return "environment_of_" + cluster;
    }

    public static String secret(String cluster)
    {
        return "secret of " + cluster;
    }

    @Override
    public void close()
    {
        SideBySide.stop(Stream.concat(dispatchers.stream(), clusters.values().stream()).collect(toImmutableList()));
    }

    public static TestingClustersBuilder builder(Path directory)
    {
        return new TestingClustersBuilder(directory);
    }

    public static final class TestingClustersBuilder
    {
        private final Path directory;
        private final Map<String, Map<String, String>> clusters = new LinkedHashMap<>();
        private final Map<String, String> versions = new HashMap<>();
        private final Map<String, ProtocolVersions> protocols = new HashMap<>();
        private final Set<String> undefined = new HashSet<>();
        private final Map<String, String> dispatcherProperties = new HashMap<>();
        private final Map<String, Map<String, String>> catalogs = new HashMap<>();
        private final ImmutableList.Builder<Plugin> plugins = ImmutableList.builder();
        private Optional<Map<String, String>> resourceGroups = Optional.empty();
        private Optional<TestingPostgresql> postgresql = Optional.empty();
        private int dispatchers = 1;

        private TestingClustersBuilder(Path directory)
        {
            this.directory = requireNonNull(directory, "directory is null");
        }

        /**
         * @param settings the {@code cluster.} properties of its definition
         */
        public TestingClustersBuilder addCluster(String name, Map<String, String> settings)
        {
            clusters.put(name, ImmutableMap.copyOf(settings));
            return this;
        }

        /**
         * Starts the nodes of a cluster, of which the dispatchers know nothing.
         */
        public TestingClustersBuilder addUndefinedCluster(String name)
        {
            undefined.add(name);
            return addCluster(name, ImmutableMap.of());
        }

        /**
         * Has the nodes of a cluster announce another version than the dispatchers.
         */
        public TestingClustersBuilder setVersion(String cluster, String version)
        {
            versions.put(cluster, version);
            return this;
        }

        /**
         * Has the nodes of a cluster speak other versions of the protocol between nodes.
         */
        public TestingClustersBuilder setProtocol(String cluster, ProtocolVersions protocol)
        {
            protocols.put(cluster, protocol);
            return this;
        }

        public TestingClustersBuilder setDispatchers(int count)
        {
            dispatchers = count;
            return this;
        }

        public TestingClustersBuilder addDispatcherProperty(String name, String value)
        {
            dispatcherProperties.put(name, value);
            return this;
        }

        /**
         * Keeps the queue in this database, in a schema of its own.
         */
        public TestingClustersBuilder keepQueueIn(TestingPostgresql postgresql, String schema)
        {
            this.postgresql = Optional.of(postgresql);
            return addDispatcherProperty("query-log.store", "postgresql")
                    .addDispatcherProperty("query-log.postgresql.url", postgresql.url(postgresql.port()))
                    .addDispatcherProperty("query-log.postgresql.user", "postgres")
                    .addDispatcherProperty("query-log.postgresql.schema", schema);
        }

        /**
         * Adds a catalog to each cluster.
         *
         * @param name also the name of the plugin's connector
         */
        public TestingClustersBuilder addCatalog(String name, Plugin plugin)
        {
            plugins.add(plugin);
            catalogs.put(name, ImmutableMap.of("connector.name", name));
            return this;
        }

        /**
         * Adds the catalog {@code gate}, whose tables block queries until the test opens their gates.
         */
        public TestingClustersBuilder addGates(Gates gates)
        {
            return addCatalog("gate", new GatePlugin(gates));
        }

        /**
         * Adds resource groups. Each takes the queries whose source is its name; the last one also takes all others.
         */
        public TestingClustersBuilder addResourceGroups(TestingResourceGroup... groups)
        {
            plugins.add(new ResourceGroupManagerPlugin());
            resourceGroups = Optional.of(ImmutableMap.of("resource-groups.config-file", TestingResourceGroup.writeAll(directory, List.of(groups)).toString()));
            return this;
        }

        public TestingClusters build()
        {
            try {
                Path definitions = directory.resolve("clusters");
                for (String dispatcher : dispatcherNames()) {
                    Files.createDirectories(definitions.resolve(dispatcher));
                }
                Map<String, Builder> nodes = new LinkedHashMap<>();
                clusters.forEach((cluster, settings) -> {
                    int port = TestingPorts.nextPort();
                    if (!undefined.contains(cluster)) {
                        folders(definitions).forEach(folder -> write(folder, cluster, URI.create("http://127.0.0.1:" + port), settings));
                    }
                    ProtocolVersions protocol = protocols.getOrDefault(cluster, SUPPORTED);
                    nodes.put(cluster, TestingPrestoServer.builder(NODE, NodeRoles.of(COORDINATOR, WORKER))
                            .setPort(port)
                            .setVersion(versions.getOrDefault(cluster, TestingPrestoServer.VERSION))
                            .setReplacements(ImmutableList.of(binder -> binder.bind(ProtocolVersions.class).toInstance(protocol)))
                            .setProperties(ImmutableMap.of("node.environment", environment(cluster), "internal-communication.shared-secret", secret(cluster)))
                            .setCatalogs(catalogs)
                            .setPlugins(plugins.build()));
                });
                int usable = (int) clusters.keySet().stream()
                        .filter(cluster -> !undefined.contains(cluster) && protocols.getOrDefault(cluster, SUPPORTED).overlaps(SUPPORTED))
                        .count();
                return new TestingClusters(definitions, nodes, dispatcherBuilders(definitions), usable);
            }
            catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private List<String> dispatcherNames()
        {
            return IntStream.rangeClosed(1, dispatchers)
                    .mapToObj(number -> "dispatcher-" + number)
                    .collect(toImmutableList());
        }

        private List<Builder> dispatcherBuilders(Path definitions)
        {
            List<String> names = dispatcherNames();
            Map<String, String> properties = new HashMap<>(dispatcherProperties);
            properties.put("cluster.refresh-period", "50ms");
            if (dispatchers > 1 && postgresql.isEmpty()) {
                properties.put("query-log.peers", names.stream()
                        .map(name -> "%s@127.0.0.1:%s".formatted(name, TestingPorts.nextPort()))
                        .collect(joining(",")));
            }
            return names.stream()
                    .map(name -> TestingPrestoServer.builder(name, NodeRoles.of(DISPATCHER))
                            // all clusters are in files
                            .setDiscoveryUri("")
                            .setProperties(ImmutableMap.<String, String>builder()
                                    .putAll(properties)
                                    .put("cluster.config-dir", definitions.resolve(name).toString())
                                    .putAll(postgresql.isPresent() ? ImmutableMap.of() : ImmutableMap.of("query-log.dir", directory.resolve("query-log-of-" + name).toString()))
                                    .buildOrThrow())
                            .setPlugins(plugins.build())
                            .setResourceGroups(resourceGroups))
                    .collect(toImmutableList());
        }
    }
}
