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
package io.prestosql.tests.product;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.base.Splitter;
import com.google.common.base.Stopwatch;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.airlift.log.Logger;
import io.prestosql.localcluster.artifact.Checkout;
import io.prestosql.localcluster.cluster.Cluster;
import io.prestosql.localcluster.cluster.ClusterPlan;
import io.prestosql.localcluster.cluster.ClusterProgram;
import io.prestosql.localcluster.cluster.ClusterRequest;
import io.prestosql.localcluster.cluster.ClusterStart;
import io.prestosql.localcluster.cluster.NodeRequest;
import io.prestosql.localcluster.cluster.QueryLogStore;
import io.prestosql.localcluster.cluster.Setting;
import io.prestosql.localcluster.cluster.StartOptions;
import io.prestosql.localcluster.node.ClusterFolder;
import io.prestosql.localcluster.node.ClusterNode;
import io.prestosql.localcluster.report.Messages;
import io.prestosql.localcluster.server.EtcFile;
import io.prestosql.localcluster.server.ServerProperty;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static com.google.common.io.MoreFiles.deleteRecursively;
import static com.google.common.io.RecursiveDeleteOption.ALLOW_INSECURE;
import static java.util.Locale.ENGLISH;
import static java.util.Objects.requireNonNull;

/**
 * A cluster of separate processes from the tarball, as {@code bin/local-cluster} starts it. They end with this object, and with this
 * process, even if that is killed. The logs stay in the build output until the next run.
 */
final class LocalCluster
        implements AutoCloseable
{
    private static final Logger log = Logger.get(LocalCluster.class);

    private static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(200);
    private static final Set<String> ROLES = ImmutableSet.of("dispatcher", "coordinator", "worker");

    private final Cluster cluster;
    private final Map<String, Node> nodes;
    private final Watchdog watchdog;
    private final Thread shutdownHook;
    private final AtomicBoolean closed = new AtomicBoolean();

    private LocalCluster(ClusterFolder folder, StartOptions options)
    {
        this.cluster = new Cluster(
                new ClusterProgram(new Checkout(Artifacts.root()), script()),
                folder,
                new Messages("local-cluster", System.out, System.err));
        // ends the processes that an earlier run has left
        cluster.stop();
        this.watchdog = Watchdog.start("exec \"$0\" stop --keep --dir \"$1\"", script(), folder.directory().toString());
        this.shutdownHook = new Thread(cluster::stop, "stop-" + folder.directory().getFileName());
        Runtime.getRuntime().addShutdownHook(shutdownHook);
        try {
            Stopwatch start = Stopwatch.createStarted();
            new ClusterStart(cluster, options).run();
            this.nodes = folder.nodes().stream()
                    .collect(toImmutableMap(ClusterNode::name, node -> new Node(node.name(), node.roles(), node.uri(), node.cluster())));
            log.info("Cluster %s started in %.1f s: %s", folder.directory().getFileName(), start.elapsed().toMillis() / 1e3, nodes.keySet());
        }
        catch (Throwable t) {
            close();
            throw t;
        }
    }

    static Builder builder(String name)
    {
        return new Builder(name);
    }

    private static String script()
    {
        return Artifacts.root().resolve("bin").resolve("local-cluster").toString();
    }

    /**
     * Runs the program on this cluster, as a user does.
     */
    ProgramRun command(String... arguments)
    {
        return ProgramRun.run(COMMAND_TIMEOUT, ImmutableList.<String>builder()
                .add(script())
                .add(arguments)
                .add("--dir", directory().toString())
                .build()
                .toArray(String[]::new));
    }

    void kill(String node)
    {
        cluster.kill(node);
    }

    /**
     * Does not wait for the end of the process, which Java notices up to a second late.
     */
    ProcessHandle startKilling(String node)
    {
        ProcessHandle process = ProcessHandle.of(pid(node)).orElseThrow();
        process.destroyForcibly();
        return process;
    }

    /**
     * Stops the process with SIGSTOP.
     */
    void pause(String node)
    {
        cluster.pause(node);
    }

    /**
     * Pauses the process for a time. The time is nearly exact even on a busy machine, and the pause ends even if this process does.
     */
    void pauseFor(String node, Duration duration)
    {
        ProgramRun.run(COMMAND_TIMEOUT, "bash", "-c", "kill -STOP $0; sleep $1; kill -CONT $0", String.valueOf(pid(node)), String.valueOf(duration.toSeconds())).expectSuccess();
    }

    void resume(String node)
    {
        cluster.resume(node);
    }

    /**
     * Returns when the node is up.
     */
    void restart(String node)
    {
        cluster.restart(node);
    }

    Path directory()
    {
        return cluster.folder().directory();
    }

    /**
     * Returns the servers, without the load balancer and the database.
     */
    List<Node> nodes()
    {
        return nodes.values().stream()
                .filter(node -> node.roles().stream().anyMatch(ROLES::contains))
                .collect(toImmutableList());
    }

    List<Node> dispatchers()
    {
        return nodesWith("dispatcher");
    }

    List<Node> coordinators()
    {
        return nodesWith("coordinator");
    }

    List<Node> workers()
    {
        return nodesWith("worker");
    }

    private List<Node> nodesWith(String role)
    {
        return nodes.values().stream()
                .filter(node -> node.roles().contains(role))
                .collect(toImmutableList());
    }

    /**
     * Returns the names of the clusters other than the default one.
     */
    List<String> clusters()
    {
        return nodes.values().stream()
                .flatMap(node -> node.cluster().stream())
                .distinct()
                .collect(toImmutableList());
    }

    /**
     * Returns the nodes of a cluster other than the default one.
     */
    List<Node> nodesOf(String cluster)
    {
        return nodes.values().stream()
                .filter(node -> node.cluster().equals(Optional.of(cluster)))
                .collect(toImmutableList());
    }

    /**
     * Returns an answer that a node gives only to the nodes of its cluster.
     */
    JsonNode getInternal(Node node, String path)
    {
        return Http.getJson(node.uri().resolve(path), InternalToken.HEADER, InternalToken.create(secret(node)));
    }

    Node node(String name)
    {
        return requireNonNull(nodes.get(name), () -> "no node " + name);
    }

    /** Returns the address for clients: the load balancer's if there is one, else the first dispatcher's. */
    URI uri()
    {
        if (nodes.containsKey(ClusterNode.LOAD_BALANCER)) {
            return node(ClusterNode.LOAD_BALANCER).uri();
        }
        return dispatchers().getFirst().uri();
    }

    URI uri(String path)
    {
        return uri().resolve(path);
    }

    long pid(String node)
    {
        return cluster.pid(cluster.node(node)).orElseThrow(() -> new IllegalStateException(node + " does not run"));
    }

    String secret()
    {
        return cluster.folder().secret();
    }

    /**
     * Returns the secret of the node's cluster.
     */
    String secret(Node node)
    {
        return node.cluster().map(cluster.folder()::secret).orElseGet(this::secret);
    }

    Path etc(String node)
    {
        checkArgument(nodes.containsKey(node), "no node %s", node);
        return cluster.folder().etc(node);
    }

    Path data(String node)
    {
        checkArgument(nodes.containsKey(node), "no node %s", node);
        return cluster.folder().data(node);
    }

    List<String> logLines(String node)
    {
        try {
            return Files.readAllLines(cluster.folder().log(node, "server.log"));
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Returns whether the node answers and has finished its start.
     */
    boolean isUp(String node)
    {
        try {
            HttpResponse<String> response = Http.tryRequest("GET", node(node).uri().resolve("/v1/info"), "");
            return response.statusCode() == 200 && !Http.parse(response.body()).get("starting").asBoolean();
        }
        catch (IOException _) {
            return false;
        }
    }

    boolean isRunning(String node)
    {
        return cluster.pid(cluster.node(node)).isPresent();
    }

    @Override
    public void close()
    {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        try {
            // keeps the logs, but not the database's programs, which are large
            cluster.stop();
            Path postgresql = directory().resolve("install-postgresql");
            if (Files.exists(postgresql)) {
                deleteRecursively(postgresql, ALLOW_INSECURE);
            }
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        finally {
            watchdog.cancel();
            try {
                Runtime.getRuntime().removeShutdownHook(shutdownHook);
            }
            catch (IllegalStateException _) {
                // this process is ending, and the hook already runs
            }
        }
    }

    /**
     * @param cluster empty for a dispatcher, and for a node of the default cluster
     */
    record Node(String name, List<String> roles, URI uri, Optional<String> cluster) {}

    static final class Builder
    {
        private final String name;
        private final StartOptions.Builder options = StartOptions.builder().setCoordinators(1);
        private final List<String> groups = new ArrayList<>();
        private final List<String> selectors = new ArrayList<>();

        private Builder(String name)
        {
            this.name = requireNonNull(name, "name is null");
        }

        Builder dispatchers(int count)
        {
            options.setDispatchers(count);
            return this;
        }

        Builder coordinators(int count)
        {
            options.setCoordinators(count);
            return this;
        }

        Builder workers(int count)
        {
            options.setWorkers(count);
            return this;
        }

        /**
         * Adds one more node, with a comma-separated list of roles.
         */
        Builder node(String name, String roles)
        {
            options.addNode(new NodeRequest(name, Splitter.on(',').splitToList(roles)));
            return this;
        }

        /**
         * Adds a cluster, as the option {@code --cluster} has it, in the place of the default cluster.
         */
        Builder cluster(String cluster)
        {
            options.setCoordinators(0)
                    .setWorkers(0)
                    .addCluster(ClusterRequest.parse(cluster));
            return this;
        }

        /**
         * Sets the store of the queue: {@code embedded}, which is the default, {@code postgresql} or {@code memory}.
         */
        Builder queryLog(String store)
        {
            options.setQueryLog(QueryLogStore.valueOf(store.toUpperCase(ENGLISH)));
            return this;
        }

        /**
         * Puts HAProxy in front of the dispatchers.
         */
        Builder loadBalancer()
        {
            options.setLoadBalancer(true);
            return this;
        }

        Builder property(String who, String property, String value)
        {
            options.addProperty(new Setting<>(who, new ServerProperty(property, value)));
            return this;
        }

        Builder jvm(String who, String option)
        {
            options.addJvmOption(new Setting<>(who, option));
            return this;
        }

        /**
         * Makes servers start sooner, but never run at full speed. For all tests that measure nothing: much of their time is the start of
         * servers.
         */
        Builder shortLived()
        {
            ServerProcess.SHORT_LIVED.forEach(option -> jvm("all", option));
            AheadOfTimeCache.jvmOptions().forEach(option -> jvm("all", option));
            return this;
        }

        /**
         * Adds a file to the nodes' etc.
         */
        Builder etc(String who, String path, String content)
        {
            return etcFile(who, path, writeFile(path, content));
        }

        /**
         * Copies a file to the nodes' etc.
         */
        Builder etcFile(String who, String path, Path file)
        {
            options.addEtcFile(new Setting<>(who, new EtcFile(path, file)));
            return this;
        }

        /**
         * Makes dispatchers select clusters by rules.
         */
        Builder clusterRules(String json)
        {
            return etc("dispatcher", "cluster-selection.properties", """
                    cluster-selection.configuration-manager=file
                    cluster-selection.config-file=%s
                    """.formatted(writeFile("cluster-selection.json", json)));
        }

        /**
         * Lets one user write what the engine calls system information, and all users read it.
         */
        Builder operator(String user)
        {
            return etc("dispatcher", "access-control.properties", """
                    access-control.name=file
                    security.config-file=%s
                    """.formatted(writeFile("access-control.json", """
                    {"system_information": [{"user": "%s", "allow": ["read", "write"]}, {"allow": ["read"]}]}
                    """.formatted(user))));
        }

        /**
         * Makes dispatchers put all queries into one resource group.
         */
        Builder resourceGroup(int hardConcurrencyLimit)
        {
            return etcOfResourceGroups(
                    ImmutableList.of(resourceGroupJson("global", hardConcurrencyLimit, 1_000_000)),
                    ImmutableList.of("{\"group\": \"global\"}"));
        }

        /**
         * Makes dispatchers put queries with that source, or one that continues it after a hyphen, into a resource group of that name, and others
         * into one that runs 200 at a time.
         */
        Builder resourceGroup(String source, int hardConcurrencyLimit, int maxQueued)
        {
            groups.add(resourceGroupJson(source, hardConcurrencyLimit, maxQueued));
            selectors.add("{\"source\": \"%s(-.*)?\", \"group\": \"%1$s\"}".formatted(source));
            return this;
        }

        private static String resourceGroupJson(String name, int hardConcurrencyLimit, int maxQueued)
        {
            return "{\"name\": \"%s\", \"softMemoryLimit\": \"100%%\", \"hardConcurrencyLimit\": %s, \"maxQueued\": %s}".formatted(name, hardConcurrencyLimit, maxQueued);
        }

        private Builder etcOfResourceGroups(List<String> groups, List<String> selectors)
        {
            return etc("dispatcher", "resource-groups.properties", """
                    resource-groups.configuration-manager=file
                    resource-groups.config-file=%s
                    """.formatted(writeFile("resource-groups.json", """
                    {
                      "rootGroups": [%s],
                      "selectors": [%s]
                    }
                    """.formatted(String.join(", ", groups), String.join(", ", selectors)))));
        }

        /**
         * Sets the catalogs; each uses the connector of the same name. Every catalog adds to the start of a server.
         */
        Builder catalogs(String... names)
        {
            options.setCatalogs(ImmutableList.copyOf(names));
            return this;
        }

        /**
         * Lets the start end before a query runs. Such a cluster may lack coordinators or workers.
         */
        Builder withoutQuery()
        {
            options.setAwaitQuery(false);
            return this;
        }

        /**
         * Writes a file beside the cluster's folder, which does not exist before the start.
         */
        Path writeFile(String path, String content)
        {
            try {
                Path file = Artifacts.target().resolve("files-" + name).resolve(path);
                Files.createDirectories(file.getParent());
                Files.writeString(file, content);
                return file;
            }
            catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        LocalCluster start()
        {
            if (!groups.isEmpty()) {
                groups.add(resourceGroupJson("global", 200, 1000));
                selectors.add("{\"group\": \"global\"}");
                etcOfResourceGroups(groups, selectors);
            }
            options.setInstallation(Installation.unpackedServer());
            int ports = ClusterPlan.of(options.build()).ports().size();
            options.setPort(FreePorts.consecutivePorts(ports));
            return new LocalCluster(ClusterFolder.of(Artifacts.target().resolve("local-cluster-" + name)), options.build());
        }
    }
}
