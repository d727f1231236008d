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

import com.google.common.collect.ImmutableList;
import io.prestosql.localcluster.artifact.Checkout;
import io.prestosql.localcluster.artifact.ServerArchive;
import io.prestosql.localcluster.haproxy.HaproxyConfiguration;
import io.prestosql.localcluster.node.ClusterFolder;
import io.prestosql.localcluster.node.ClusterNode;
import io.prestosql.localcluster.node.LocalPort;
import io.prestosql.localcluster.node.NodeProcesses;
import io.prestosql.localcluster.node.Secrets;
import io.prestosql.localcluster.postgresql.PostgresqlInstallation;
import io.prestosql.localcluster.program.ForegroundProgram;
import io.prestosql.localcluster.program.ProgramResult;
import io.prestosql.localcluster.report.ClusterException;
import io.prestosql.localcluster.report.InvalidOptionException;
import io.prestosql.localcluster.report.Messages;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import static io.prestosql.localcluster.node.ClusterNode.COORDINATOR;
import static io.prestosql.localcluster.node.ClusterNode.DISPATCHER;
import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

/**
 * Starts a cluster. What cannot succeed fails, as far as possible, before the cluster's folder exists.
 */
public final class ClusterStart
{
    private static final int SECRET_BYTES = 48;

    private final StartOptions options;
    private final ClusterPlan plan;
    private final Cluster cluster;
    private final ClusterFolder folder;
    private final NodeProcesses processes;
    private final Messages messages;

    /**
     * @throws InvalidOptionException if there can be no such cluster
     */
    public ClusterStart(Cluster cluster, StartOptions options)
    {
        this.cluster = requireNonNull(cluster, "cluster is null");
        this.options = requireNonNull(options, "options is null");
        this.plan = ClusterPlan.of(options);
        this.folder = cluster.folder();
        this.processes = cluster.processes();
        this.messages = cluster.messages();
    }

    /**
     * Starts the cluster, and waits until it can be used. If that fails, all processes are ended, and the folder stays for its logs.
     *
     * @throws ClusterException if the cluster cannot be started
     */
    public void run()
    {
        checkFolder();
        checkPorts();
        Checkout checkout = cluster.program().checkout();
        Path javaHome = cluster.javaHome();
        Optional<PostgresqlInstallation> postgresql = plan.postgresql().map(_ -> PostgresqlInstallation.find(checkout, messages));
        if (plan.loadBalancer().isPresent()) {
            cluster.checkLoadBalancer();
        }
        Path server = findServer(checkout);

        if (folder.isCluster()) {
            messages.print("Removing what an earlier cluster left in " + folder.directory());
            folder.remove();
        }
        folder.create();
        try {
            Readiness readiness = cluster.readiness();
            folder.writeSecret(Secrets.random(SECRET_BYTES));
            plan.clusters().forEach(cluster -> folder.writeSecret(cluster.name(), Secrets.random(SECRET_BYTES)));
            folder.writeNodes(plan.nodes());
            install(server);
            plan.postgresql().ifPresent(node -> postgresql.orElseThrow().install(folder, node));
            ServerConfigurations.of(plan, options, folder).forEach(configuration -> configuration.write(folder));

            messages.print("Starting %s nodes on %s".formatted(plan.servers().size(), javaHome));
            Duration deadline = readiness.elapsed().plus(options.timeout());
            plan.postgresql().ifPresent(node -> {
                processes.launch(node);
                readiness.awaitUp(ImmutableList.of(node), deadline);
            });
            plan.servers().forEach(processes::launch);
            readiness.awaitUp(plan.servers(), deadline);
            readiness.awaitLeader(dispatchers(), deadline);
            plan.loadBalancer().ifPresent(node -> {
                new HaproxyConfiguration(node, dispatchers()).write(folder);
                processes.launch(node);
                readiness.awaitUp(ImmutableList.of(node), deadline);
            });
            if (options.awaitQuery()) {
                if (!plan.clusters().isEmpty()) {
                    // a query shows that one cluster can run it, and not that all of them can
                    readiness.awaitCoordinators(dispatchers(), plan.serversWith(COORDINATOR).size(), deadline);
                }
                readiness.awaitQuery(ImmutableList.<ClusterNode>builder().addAll(dispatchers()).addAll(plan.loadBalancer().stream().iterator()).build(), deadline);
            }
        }
        catch (ClusterException e) {
            messages.problem(e);
            throw giveUp(e);
        }
        catch (RuntimeException e) {
            messages.problem(e.toString());
            throw giveUp(e);
        }
    }

    private ClusterException giveUp(RuntimeException cause)
    {
        // a command that has been interrupted still ends what it has started
        Thread.interrupted();
        messages.problem("stopping the other nodes");
        processes.endAll(messages);
        return new ClusterException("the logs are in %s/*/data/var/log until the next start or stop".formatted(folder.nodeFolders()), cause);
    }

    private List<ClusterNode> dispatchers()
    {
        return plan.serversWith(DISPATCHER);
    }

    private void checkFolder()
    {
        // they are in the nodes' command lines, and in configurations
        if (folder.directory().toString().chars().anyMatch(Character::isWhitespace)) {
            throw new ClusterException("--dir %s: a folder without blanks in its path, please".formatted(folder.directory()));
        }
        if (processes.anyRuns()) {
            throw new ClusterException("A cluster is running in %s. See it: %s. Stop it: %s".formatted(
                    folder.directory(),
                    cluster.program().command(folder, "status"),
                    cluster.program().command(folder, "stop")));
        }
        if (folder.isForeign()) {
            throw new ClusterException("%s is not empty, and what is in it is not a cluster's: choose another --dir".formatted(folder.directory()));
        }
    }

    private void checkPorts()
    {
        Map<Integer, String> ports = plan.ports();
        String taken = ports.entrySet().stream()
                .filter(port -> LocalPort.isTaken(port.getKey()))
                .map(port -> " %s (%s)".formatted(port.getKey(), port.getValue()))
                .collect(joining());
        if (!taken.isEmpty()) {
            throw new ClusterException("In use already:%s. Choose other ports with --port, now %s; the cluster needs %s from there on.".formatted(taken, options.port(), ports.size()));
        }
    }

    /**
     * Returns the unpacked server, or its archive.
     */
    private Path findServer(Checkout checkout)
    {
        if (options.installation().isPresent()) {
            Path installation = options.installation().get();
            if (!Files.isExecutable(installation.resolve("bin").resolve("launcher"))) {
                throw new InvalidOptionException("--installation %s: there is no bin/launcher".formatted(installation));
            }
            return installation.toAbsolutePath();
        }
        if (options.tarball().isPresent()) {
            Path tarball = options.tarball().get();
            if (!Files.isRegularFile(tarball)) {
                throw new ClusterException("--tarball %s: there is no such file".formatted(tarball));
            }
            return tarball;
        }
        return ServerArchive.find(checkout, options.build(), messages);
    }

    private void install(Path server)
    {
        try {
            if (options.installation().isPresent()) {
                Files.createSymbolicLink(folder.installation(), server);
                return;
            }
            messages.print("Unpacking %s into %s".formatted(server.getFileName(), folder.directory()));
            Files.createDirectory(folder.installation());
        }
        catch (IOException e) {
            throw new ClusterException("%s cannot be made: %s".formatted(folder.installation(), e), e);
        }
        ProgramResult result = ForegroundProgram.of("tar", "-xzf", server.toString(), "-C", folder.installation().toString(), "--strip-components=1").run();
        if (!result.succeeded()) {
            throw new ClusterException("%s cannot be unpacked".formatted(server), result.output().lines().toList());
        }
    }
}
