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
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.airlift.log.Logger;

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
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.io.MoreFiles.deleteRecursively;
import static com.google.common.io.RecursiveDeleteOption.ALLOW_INSECURE;
import static java.util.Objects.requireNonNull;

/**
 * A cluster of separate processes from the tarball, started and stopped by {@code bin/local-cluster}. They end with this object, and with
 * this process, even if that is killed. The logs stay in the build output until the next run.
 */
final class LocalCluster
        implements AutoCloseable
{
    private static final Logger log = Logger.get(LocalCluster.class);

    private static final Duration START_TIMEOUT = Duration.ofSeconds(300);
    private static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(200);
    private static final String LOAD_BALANCER = "load-balancer";
    private static final Set<String> ROLES = ImmutableSet.of("dispatcher", "coordinator", "worker");

    private final Path directory;
    private final Map<String, Node> nodes;
    private final Watchdog watchdog;
    private final Thread shutdownHook;
    private final AtomicBoolean closed = new AtomicBoolean();

    private LocalCluster(Path directory, List<String> startArguments)
    {
        this.directory = requireNonNull(directory, "directory is null");
        // stops the processes that an earlier run has left
        command(directory, "stop");
        this.watchdog = Watchdog.start("exec \"$0\" stop --keep --dir \"$1\"", script(), directory.toString());
        this.shutdownHook = new Thread(() -> command(directory, "stop", "--keep"), "stop-" + directory.getFileName());
        Runtime.getRuntime().addShutdownHook(shutdownHook);
        try {
            long start = System.nanoTime();
            ProgramRun run = ProgramRun.run(START_TIMEOUT, ImmutableList.<String>builder()
                    .add(script(), "start", "--dir", directory.toString(), "--installation", Installation.unpackedServer().toString())
                    .addAll(startArguments)
                    .build()
                    .toArray(String[]::new));
            run.expectSuccess();
            this.nodes = readNodes(directory);
            log.info("Cluster %s started in %.1f s: %s", directory.getFileName(), (System.nanoTime() - start) / 1e9, nodes.keySet());
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

    private static Map<String, Node> readNodes(Path directory)
    {
        ImmutableMap.Builder<String, Node> nodes = ImmutableMap.builder();
        for (String line : readLines(directory.resolve("nodes"))) {
            List<String> parts = ImmutableList.copyOf(line.split(" "));
            nodes.put(parts.get(0), new Node(parts.get(0), ImmutableList.copyOf(parts.get(1).split(",")), URI.create("http://127.0.0.1:" + parts.get(2))));
        }
        return nodes.buildOrThrow();
    }

    private static List<String> readLines(Path file)
    {
        try {
            return Files.readAllLines(file);
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ProgramRun command(Path directory, String... arguments)
    {
        return ProgramRun.run(COMMAND_TIMEOUT, ImmutableList.<String>builder()
                .add(script())
                .add(arguments)
                .add("--dir", directory.toString())
                .build()
                .toArray(String[]::new));
    }

    /**
     * Runs a command of the script on this cluster.
     */
    ProgramRun command(String... arguments)
    {
        return command(directory, arguments);
    }

    void kill(String node)
    {
        command("kill", node).expectSuccess();
    }

    /**
     * Kills the node directly, without the delay of the script.
     */
    void killNow(String node)
    {
        // the node keeps its port until it has ended
        startKilling(node).onExit().join();
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
        command("pause", node).expectSuccess();
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
        command("resume", node).expectSuccess();
    }

    /**
     * Returns when the node is up.
     */
    void restart(String node)
    {
        command("restart", node).expectSuccess();
    }

    Path directory()
    {
        return directory;
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
     * Returns an answer that a node gives only to the nodes of its cluster.
     */
    JsonNode getInternal(Node node, String path)
    {
        return Http.getJson(node.uri().resolve(path), InternalToken.HEADER, InternalToken.create(secret()));
    }

    Node node(String name)
    {
        return requireNonNull(nodes.get(name), () -> "no node " + name);
    }

    /** Returns the address for clients: the load balancer's if there is one, else the first dispatcher's. */
    URI uri()
    {
        if (nodes.containsKey(LOAD_BALANCER)) {
            return node(LOAD_BALANCER).uri();
        }
        return dispatchers().getFirst().uri();
    }

    URI uri(String path)
    {
        return uri().resolve(path);
    }

    long pid(String node)
    {
        return Long.parseLong(readLines(data(node).resolve("var/run/launcher.pid")).getFirst().strip());
    }

    String secret()
    {
        return readLines(directory.resolve("secret")).getFirst();
    }

    Path data(String node)
    {
        checkArgument(nodes.containsKey(node), "no node %s", node);
        return directory.resolve("node").resolve(node).resolve("data");
    }

    List<String> logLines(String node)
    {
        return readLines(data(node).resolve("var/log/server.log"));
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
        return Files.exists(data(node).resolve("var/run/launcher.pid"))
                && ProcessHandle.of(pid(node)).map(ProcessHandle::isAlive).orElse(false);
    }

    @Override
    public void close()
    {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        try {
            // keeps the logs, but not the database's programs, which are large
            command("stop", "--keep").expectSuccess();
            Path postgresql = directory.resolve("install-postgresql");
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

    record Node(String name, List<String> roles, URI uri) {}

    static final class Builder
    {
        private final String name;
        private final ImmutableList.Builder<String> arguments = ImmutableList.builder();
        private int dispatchers = 1;
        private int coordinators = 1;
        private int workers = 1;
        private int otherNodes;
        private final List<String> groups = new ArrayList<>();
        private final List<String> selectors = new ArrayList<>();
        private String queryLog = "embedded";
        private boolean loadBalancer;

        private Builder(String name)
        {
            this.name = requireNonNull(name, "name is null");
        }

        Builder dispatchers(int count)
        {
            dispatchers = count;
            return this;
        }

        Builder coordinators(int count)
        {
            coordinators = count;
            return this;
        }

        Builder workers(int count)
        {
            workers = count;
            return this;
        }

        /**
         * Adds one more node, with a comma-separated list of roles.
         */
        Builder node(String name, String roles)
        {
            otherNodes++;
            arguments.add("--nodes", name + "=" + roles);
            return this;
        }

        /**
         * Sets the store of the queue: {@code embedded}, which is the default, {@code postgresql} or {@code memory}.
         */
        Builder queryLog(String store)
        {
            queryLog = requireNonNull(store, "store is null");
            return this;
        }

        /**
         * Puts HAProxy in front of the dispatchers.
         */
        Builder loadBalancer()
        {
            loadBalancer = true;
            arguments.add("--load-balancer");
            return this;
        }

        Builder property(String who, String property, String value)
        {
            arguments.add("--property", who + ":" + property + "=" + value);
            return this;
        }

        Builder jvm(String who, String option)
        {
            arguments.add("--jvm", who + ":" + option);
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
            arguments.add("--etc", who + ":" + path + "=" + writeFile(path, content));
            return this;
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
         * Makes dispatchers put queries with that source into a resource group of that name, and others into one that runs 200 at a time.
         */
        Builder resourceGroup(String source, int hardConcurrencyLimit, int maxQueued)
        {
            groups.add(resourceGroupJson(source, hardConcurrencyLimit, maxQueued));
            selectors.add("{\"source\": \"%s\", \"group\": \"%1$s\"}".formatted(source));
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
            return argument("--catalogs", String.join(",", names));
        }

        Builder argument(String... argument)
        {
            arguments.add(argument);
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
            int port = FreePorts.consecutivePorts(ports());
            return new LocalCluster(
                    Artifacts.target().resolve("local-cluster-" + name),
                    ImmutableList.<String>builder()
                            .add("--dispatchers", String.valueOf(dispatchers))
                            .add("--coordinators", String.valueOf(coordinators))
                            .add("--workers", String.valueOf(workers))
                            .add("--query-log", queryLog)
                            .add("--port", String.valueOf(port))
                            .addAll(arguments.build())
                            .build());
        }

        private int ports()
        {
            int nodes = dispatchers + coordinators + workers + otherNodes;
            int queryLogPorts = switch (queryLog) {
                // one for each dispatcher, if there are several; each other node may be a dispatcher, too
                case "embedded" -> dispatchers + otherNodes;
                case "postgresql" -> 1;
                default -> 0;
            };
            return nodes + queryLogPorts + (loadBalancer ? 1 : 0);
        }
    }
}
