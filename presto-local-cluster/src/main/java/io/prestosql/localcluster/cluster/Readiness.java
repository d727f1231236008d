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

import com.google.common.base.Stopwatch;
import com.google.common.collect.ImmutableList;
import io.prestosql.localcluster.node.ClusterFolder;
import io.prestosql.localcluster.node.ClusterNode;
import io.prestosql.localcluster.node.NodeAnswer;
import io.prestosql.localcluster.node.NodeProcesses;
import io.prestosql.localcluster.report.ClusterException;
import io.prestosql.localcluster.report.Messages;
import io.prestosql.localcluster.server.ProbeOutcome;
import io.prestosql.localcluster.server.ServerClient;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

/**
 * Waits until a cluster can be used, and says how long that took, in seconds from the making of this object.
 */
final class Readiness
{
    private static final Duration INTERVAL = ofMillis(200);
    /** A dispatcher holds a request for a queue without a leader for 10 seconds. */
    private static final Duration LEADER_TIMEOUT = ofSeconds(15);
    private static final int LINES_OF_ENDED_NODE = 30;
    private static final int LINES_OF_LATE_NODE = 10;
    private static final int MAX_LINE_LENGTH = 500;

    private final ClusterFolder folder;
    private final NodeProcesses processes;
    private final ServerClient client;
    private final Messages messages;
    private final Stopwatch stopwatch = Stopwatch.createStarted();

    Readiness(ClusterFolder folder, NodeProcesses processes, ServerClient client, Messages messages)
    {
        this.folder = requireNonNull(folder, "folder is null");
        this.processes = requireNonNull(processes, "processes is null");
        this.client = requireNonNull(client, "client is null");
        this.messages = requireNonNull(messages, "messages is null");
    }

    /**
     * Waits until the nodes have started.
     *
     * @param deadline as time since the making of this object
     * @throws ClusterException if the process of one of them ends, or if it takes too long
     */
    void awaitUp(List<ClusterNode> nodes, Duration deadline)
    {
        List<ClusterNode> waiting = new ArrayList<>(nodes);
        while (true) {
            for (Iterator<ClusterNode> iterator = waiting.iterator(); iterator.hasNext(); ) {
                ClusterNode node = iterator.next();
                if (processes.kind(node).ask(node) == NodeAnswer.UP) {
                    messages.print("  %-16s up after %s s".formatted(node.name(), seconds()));
                    iterator.remove();
                }
                else if (processes.pid(node).isEmpty()) {
                    throw new ClusterException("%s did not start: its process has ended.".formatted(node.name()), lastLogLines(node, LINES_OF_ENDED_NODE));
                }
            }
            if (waiting.isEmpty()) {
                return;
            }
            if (elapsed().compareTo(deadline) > 0) {
                throw new ClusterException(
                        "still not up after %s s: %s".formatted(seconds(), waiting.stream().map(ClusterNode::name).collect(joining(" "))),
                        waiting.stream().flatMap(node -> lastLogLines(node, LINES_OF_LATE_NODE).stream()).toList());
            }
            pause();
        }
    }

    /**
     * Waits until each dispatcher knows that the queue is led. A dispatcher that is up takes no query before.
     *
     * @param deadline as time since the making of this object
     * @throws ClusterException if a process ends, or if it takes too long
     */
    void awaitLeader(List<ClusterNode> dispatchers, Duration deadline)
    {
        for (ClusterNode dispatcher : dispatchers) {
            while (true) {
                Optional<String> problem = client.whyNotLed(dispatcher.uri(), LEADER_TIMEOUT);
                if (problem.isEmpty()) {
                    break;
                }
                checkNoneEnded();
                if (elapsed().compareTo(deadline) > 0) {
                    throw new ClusterException(
                            "%s is up, but takes no queries after %s s: %s".formatted(dispatcher.name(), seconds(), problem.get().isEmpty() ? "no dispatcher leads the queue" : problem.get()),
                            ImmutableList.<String>builder()
                                    .add("The dispatchers of this cluster: " + dispatchers.stream().map(ClusterNode::name).collect(joining(" ")))
                                    .addAll(queryLogProperties(dispatcher))
                                    .addAll(lastLogLines(dispatcher, LINES_OF_LATE_NODE))
                                    .build());
                }
                pause();
            }
        }
    }

    /**
     * Waits until each dispatcher would send queries to all its coordinators.
     *
     * @param count the number of coordinators, of all clusters together
     * @param deadline as time since the making of this object
     * @throws ClusterException if a process ends, or if it takes too long
     */
    void awaitCoordinators(List<ClusterNode> dispatchers, int count, Duration deadline)
    {
        awaitProbe(
                dispatchers,
                dispatcher -> client.findCoordinators(dispatcher.uri(), count),
                "reached %s coordinators".formatted(count),
                "whether it reaches all clusters is not known",
                "does not reach all clusters",
                deadline);
    }

    /**
     * Waits until a query runs through each of the nodes.
     *
     * @param deadline as time since the making of this object
     * @throws ClusterException if a process ends, or if it takes too long
     */
    void awaitQuery(List<ClusterNode> nodes, Duration deadline)
    {
        awaitProbe(
                nodes,
                node -> client.runQuery(node.uri(), deadline.minus(elapsed())),
                "ran a query",
                "whether it runs queries is not known",
                "does not run a query",
                deadline);
    }

    /**
     * @param success what the message says of a node whose probe succeeded
     * @param refusal what it says of a node that refused the probe, which is no failure
     * @param failure what it says of a node whose probe still failed at the end
     */
    private void awaitProbe(List<ClusterNode> nodes, Function<ClusterNode, ProbeOutcome> probe, String success, String refusal, String failure, Duration deadline)
    {
        for (ClusterNode node : nodes) {
            while (true) {
                ProbeOutcome outcome = probe.apply(node);
                if (outcome.succeeded()) {
                    messages.print("  %-16s %s after %s s".formatted(node.name(), success, seconds()));
                    break;
                }
                String problem = outcome.problem().orElseThrow();
                if (outcome.refused()) {
                    messages.print("  %-16s %s: %s".formatted(node.name(), problem, refusal));
                    break;
                }
                checkNoneEnded();
                if (elapsed().compareTo(deadline) > 0) {
                    throw new ClusterException("%s %s after %s s: %s".formatted(node.name(), failure, seconds(), problem), lastLogLines(node, LINES_OF_LATE_NODE));
                }
                pause();
            }
        }
    }

    private void checkNoneEnded()
    {
        for (ClusterNode node : folder.nodes()) {
            // a node that is still to be started has no pid file
            if (Files.exists(folder.pidFile(node.name())) && processes.pid(node).isEmpty()) {
                throw new ClusterException("%s has ended".formatted(node.name()), lastLogLines(node, LINES_OF_ENDED_NODE));
            }
        }
    }

    private List<String> queryLogProperties(ClusterNode dispatcher)
    {
        return read(folder.etc(dispatcher.name()).resolve("config.properties")).stream()
                .filter(line -> line.startsWith("query-log."))
                .map(line -> "    " + line.replaceAll("password=.*", "password=..."))
                .toList();
    }

    private List<String> lastLogLines(ClusterNode node, int count)
    {
        ImmutableList.Builder<String> result = ImmutableList.builder();
        boolean any = false;
        for (Path log : folder.logs(node.name())) {
            List<String> lines = read(log);
            if (!lines.isEmpty()) {
                any = true;
                result.add("--- the last lines of " + log);
                lines.subList(Math.max(0, lines.size() - count), lines.size()).stream()
                        .map(line -> "    " + line.substring(0, Math.min(line.length(), MAX_LINE_LENGTH)))
                        .forEach(result::add);
            }
        }
        if (!any) {
            result.add("--- it has written no log");
        }
        return result.build();
    }

    private static List<String> read(Path file)
    {
        try {
            return new String(Files.readAllBytes(file), UTF_8).lines().toList();
        }
        catch (IOException e) {
            return ImmutableList.of("%s cannot be read: %s".formatted(file, e.getMessage()));
        }
    }

    /**
     * Returns the time since the making of this object.
     */
    Duration elapsed()
    {
        return stopwatch.elapsed();
    }

    private long seconds()
    {
        return elapsed().toSeconds();
    }

    private static void pause()
    {
        try {
            Thread.sleep(INTERVAL);
        }
        catch (InterruptedException e) {
            throw ClusterException.interrupted();
        }
    }
}
