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
package io.prestosql.localcluster.cluster;

import com.google.common.base.Suppliers;
import com.google.common.collect.ImmutableList;
import io.prestosql.localcluster.artifact.Checkout;
import io.prestosql.localcluster.haproxy.HaproxyKind;
import io.prestosql.localcluster.haproxy.HaproxyProgram;
import io.prestosql.localcluster.node.ClusterFolder;
import io.prestosql.localcluster.node.ClusterNode;
import io.prestosql.localcluster.node.LocalPort;
import io.prestosql.localcluster.node.NodeProcesses;
import io.prestosql.localcluster.postgresql.PostgresqlKind;
import io.prestosql.localcluster.program.ProcessTable;
import io.prestosql.localcluster.report.ClusterException;
import io.prestosql.localcluster.report.Messages;
import io.prestosql.localcluster.server.ServerClient;
import io.prestosql.localcluster.server.ServerKind;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Supplier;
import java.util.stream.Stream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.prestosql.localcluster.node.ClusterNode.DISPATCHER;
import static io.prestosql.localcluster.node.ClusterNode.LOAD_BALANCER;
import static java.time.Duration.ofSeconds;
import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

/**
 * A cluster in its folder: what its nodes do, and what can be done to them.
 */
public final class Cluster
{
    private static final Duration RESTART_TIMEOUT = ofSeconds(180);
    private static final Duration LEADER_TIMEOUT = ofSeconds(3);

    private final ClusterProgram program;
    private final ClusterFolder folder;
    private final Messages messages;
    private final ServerClient client = new ServerClient();
    private final Supplier<Path> javaHome;
    private final Supplier<HaproxyProgram> haproxy;
    private final NodeProcesses processes;

    /**
     * @param folder the cluster's folder, which need not exist
     */
    public Cluster(ClusterProgram program, ClusterFolder folder, Messages messages)
    {
        this.program = requireNonNull(program, "program is null");
        this.folder = requireNonNull(folder, "folder is null");
        this.messages = requireNonNull(messages, "messages is null");
        Checkout checkout = program.checkout();
        this.javaHome = Suppliers.memoize(checkout::javaHome);
        this.haproxy = Suppliers.memoize(() -> HaproxyProgram.find(checkout, messages));
        this.processes = new NodeProcesses(
                folder,
                // dispatchers write to the database to their end
                ImmutableList.of(
                        new HaproxyKind(folder, client, haproxy),
                        new ServerKind(folder, client, javaHome),
                        new PostgresqlKind(folder)),
                ProcessTable.ofThisMachine());
    }

    public ClusterFolder folder()
    {
        return folder;
    }

    ClusterProgram program()
    {
        return program;
    }

    Messages messages()
    {
        return messages;
    }

    NodeProcesses processes()
    {
        return processes;
    }

    Path javaHome()
    {
        return javaHome.get();
    }

    /**
     * Finds the program of the load balancer now rather than when it is started.
     *
     * @throws ClusterException if there is none
     */
    void checkLoadBalancer()
    {
        requireNonNull(haproxy.get(), "haproxy is null");
    }

    Readiness readiness()
    {
        return new Readiness(folder, processes, client, messages);
    }

    /**
     * @throws ClusterException if there is no cluster
     */
    public void checkExists()
    {
        if (!folder.isCluster()) {
            throw new ClusterException("There is no cluster in %s. Start one: %s".formatted(folder.directory(), program.command(folder, "start")));
        }
    }

    /**
     * @throws ClusterException if there is no such node
     */
    public ClusterNode node(String name)
    {
        checkExists();
        return folder.node(name).orElseThrow(() -> new ClusterException("There is no node %s in %s. One of: %s".formatted(
                name,
                folder.directory(),
                folder.nodes().stream().map(ClusterNode::name).collect(joining(" ")))));
    }

    public OptionalLong pid(ClusterNode node)
    {
        return processes.pid(node);
    }

    /**
     * Asks each node what it does.
     */
    public List<NodeStatus> status()
    {
        checkExists();
        return folder.nodes().stream()
                .map(this::status)
                .collect(toImmutableList());
    }

    private NodeStatus status(ClusterNode node)
    {
        NodeProcess process = process(node);
        if (process.pid().isEmpty()) {
            return new NodeStatus(process, "does not run", false);
        }
        if (processes.isPaused(process.pid().getAsLong())) {
            return new NodeStatus(process, "paused", false);
        }
        return switch (processes.kind(node).ask(node)) {
            case UP -> isLed(node)
                    ? new NodeStatus(process, "runs", true)
                    : new NodeStatus(process, "runs, but no dispatcher leads the queue", false);
            case STARTING -> new NodeStatus(process, "starting", false);
            case SILENT -> new NodeStatus(process, "does not answer", false);
        };
    }

    private boolean isLed(ClusterNode node)
    {
        return !node.hasRole(DISPATCHER) || client.whyNotLed(node.uri(), LEADER_TIMEOUT).isEmpty();
    }

    /**
     * Returns the nodes without asking them what they do.
     */
    public List<NodeProcess> processList()
    {
        return folder.nodes().stream()
                .map(this::process)
                .collect(toImmutableList());
    }

    private NodeProcess process(ClusterNode node)
    {
        return new NodeProcess(node, processes.pid(node), processes.kind(node).address(node));
    }

    /**
     * Returns the address for clients: the load balancer's, or that of the first dispatcher that runs.
     */
    public String clientAddress()
    {
        List<ClusterNode> candidates = Stream.of(LOAD_BALANCER, DISPATCHER)
                .flatMap(role -> folder.nodes().stream().filter(node -> node.hasRole(role)))
                .collect(toImmutableList());
        return candidates.stream()
                .filter(node -> processes.pid(node).isPresent())
                .findFirst()
                .orElseGet(candidates::getFirst)
                .uri()
                .toString();
    }

    /**
     * Returns whether anything of the cluster is there, its folder or a process.
     */
    public boolean isThere()
    {
        return folder.isCluster() || processes.anyRuns();
    }

    /**
     * Ends all nodes.
     *
     * @throws ClusterException if a process does not go away
     */
    public void stop()
    {
        if (!processes.endAll(messages)) {
            throw new ClusterException("Not everything has stopped, so %s stays".formatted(folder.directory()));
        }
    }

    /**
     * Kills the node with SIGKILL.
     *
     * @return the process that it was
     */
    public long kill(String name)
    {
        ClusterNode node = node(name);
        long pid = runningProcess(node);
        processes.kill(node, pid);
        return pid;
    }

    /**
     * Stops the node with SIGSTOP.
     *
     * @return its process
     */
    public long pause(String name)
    {
        ClusterNode node = node(name);
        long pid = runningProcess(node);
        processes.pause(node, pid);
        return pid;
    }

    /**
     * Lets a paused node go on, with SIGCONT.
     *
     * @return its process
     */
    public long resume(String name)
    {
        ClusterNode node = node(name);
        long pid = runningProcess(node);
        processes.resume(node, pid);
        return pid;
    }

    private long runningProcess(ClusterNode node)
    {
        return processes.pid(node).orElseThrow(() -> new ClusterException("%s does not run. Start it: %s".formatted(node.name(), program.command(folder, "restart " + node.name()))));
    }

    /**
     * Ends the node if it runs, starts it with the same port and the same data, and waits until it is up.
     */
    public void restart(String name)
    {
        ClusterNode node = node(name);
        Readiness readiness = readiness();
        if (node.hasRole(LOAD_BALANCER)) {
            checkLoadBalancer();
        }
        processes.pid(node).ifPresent(pid -> processes.end(node, pid));
        if (LocalPort.isTaken(node.port())) {
            throw new ClusterException("Port %s of %s is in use by another process".formatted(node.port(), name));
        }
        processes.launch(node);
        readiness.awaitUp(ImmutableList.of(node), readiness.elapsed().plus(RESTART_TIMEOUT));
        if (!isLed(node)) {
            // not a failure: it may wait for other dispatchers to be started
            messages.print("  %s takes no queries yet: no dispatcher leads the queue".formatted(name));
        }
    }
}
