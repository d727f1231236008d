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
package io.prestosql.localcluster.node;

import com.google.common.base.Stopwatch;
import com.google.common.collect.ImmutableList;
import io.prestosql.localcluster.program.BackgroundProgram;
import io.prestosql.localcluster.program.ProcessState;
import io.prestosql.localcluster.program.ProcessTable;
import io.prestosql.localcluster.program.RunningProcess;
import io.prestosql.localcluster.report.ClusterException;
import io.prestosql.localcluster.report.Messages;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.prestosql.localcluster.program.ProcessSignal.CONT;
import static io.prestosql.localcluster.program.ProcessSignal.KILL;
import static io.prestosql.localcluster.program.ProcessSignal.STOP;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static java.util.Objects.requireNonNull;

/**
 * The processes of a cluster. A process belongs to a node if its command line says so. That, not a pid file, decides which processes get a
 * signal: a pid file may outlive its process, so that its pid is another process's by now, and a process may outlive its pid file.
 */
public final class NodeProcesses
{
    private static final Duration END_TIMEOUT = ofSeconds(15);
    private static final Duration PAUSE_TIMEOUT = ofSeconds(5);
    private static final Duration LAUNCH_TIMEOUT = ofSeconds(15);

    private final ClusterFolder folder;
    private final List<NodeKind> kinds;
    private final ProcessTable processTable;

    /**
     * @param kinds in the order in which nodes end: none needs one that comes before it
     */
    public NodeProcesses(ClusterFolder folder, List<NodeKind> kinds, ProcessTable processTable)
    {
        this.folder = requireNonNull(folder, "folder is null");
        this.kinds = ImmutableList.copyOf(kinds);
        this.processTable = requireNonNull(processTable, "processTable is null");
    }

    public NodeKind kind(ClusterNode node)
    {
        return kinds.stream()
                .filter(kind -> kind.isKindOf(node))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no program for node " + node));
    }

    /**
     * Returns whether any process of the cluster is there, with or without a node in the list of nodes, or a pid file.
     */
    public boolean anyRuns()
    {
        List<RunningProcess> processes = processTable.processes();
        return kinds.stream().anyMatch(kind -> processes.stream().anyMatch(process -> kind.nodeOf(process).isPresent() || kind.isChild(process)));
    }

    /**
     * Returns the node's process.
     */
    public OptionalLong pid(ClusterNode node)
    {
        OptionalLong written = readPidFile(node.name());
        if (written.isPresent() && isNode(node.name(), written.getAsLong())) {
            return written;
        }
        return processTable.processes().stream()
                .filter(process -> nodeOf(process).equals(Optional.of(node.name())))
                .mapToLong(RunningProcess::pid)
                .findFirst();
    }

    public boolean isPaused(long pid)
    {
        return processTable.state(pid) == ProcessState.PAUSED;
    }

    /**
     * Starts the process of a node that does not run.
     *
     * @throws ClusterException if the process does not become the node's
     */
    public void launch(ClusterNode node)
    {
        BackgroundProgram program = kind(node).program(node);
        Path pidFile = folder.pidFile(node.name());
        try {
            Files.createDirectories(pidFile.getParent());
            Files.createDirectories(program.log().getParent());
            Files.deleteIfExists(pidFile);
            long pid = program.start();
            awaitLaunched(node, pid, program);
            // not before: a launcher that finds its own pid there takes itself for running already
            Files.writeString(pidFile, pid + "\n");
        }
        catch (IOException e) {
            throw new ClusterException("%s cannot be started: %s".formatted(node.name(), e.getMessage()), e);
        }
    }

    /**
     * Waits until the process is the node's. It is another program first, and would seem to have ended, and a stop would miss it.
     */
    private void awaitLaunched(ClusterNode node, long pid, BackgroundProgram program)
    {
        boolean launched = false;
        try {
            launched = await(LAUNCH_TIMEOUT, ofMillis(20), () -> isNode(node.name(), pid) || processTable.state(pid) == ProcessState.GONE);
        }
        finally {
            if (!launched) {
                KILL.send(pid);
            }
        }
        if (!launched) {
            throw new ClusterException("%s (pid %s) does not become %s, and was killed".formatted(node.name(), pid, program.command().getFirst()));
        }
    }

    /**
     * Kills the node, and what it has started.
     *
     * @throws ClusterException if its process does not go away
     */
    public void kill(ClusterNode node, long pid)
    {
        kill(kind(node), pid);
        if (!awaitEnd(kind(node), node.name(), pid)) {
            throw new ClusterException("%s (pid %s) does not go away".formatted(node.name(), pid));
        }
    }

    /**
     * Stops the node's processes until {@link #resume}.
     *
     * @throws ClusterException if its process does not stop
     */
    public void pause(ClusterNode node, long pid)
    {
        STOP.send(pid);
        STOP.send(children(kind(node)));
        if (!await(PAUSE_TIMEOUT, ofMillis(20), () -> isPaused(pid))) {
            throw new ClusterException("%s (pid %s) got SIGSTOP, but does not stop".formatted(node.name(), pid));
        }
    }

    public void resume(ClusterNode node, long pid)
    {
        CONT.send(children(kind(node)));
        CONT.send(pid);
    }

    /**
     * Ends the node, in an orderly way if it can.
     *
     * @throws ClusterException if its process does not go away
     */
    public void end(ClusterNode node, long pid)
    {
        NodeKind kind = kind(node);
        askToEnd(kind, pid);
        end(kind, node.name(), pid);
    }

    /**
     * Ends every process of the cluster.
     *
     * @return whether all are gone; the messages say which are not
     */
    public boolean endAll(Messages messages)
    {
        boolean ended = endRunning(messages);
        // a process that another command was starting meanwhile
        if (ended && anyRuns()) {
            ended = endRunning(messages);
        }
        return ended && !anyRuns();
    }

    private boolean endRunning(Messages messages)
    {
        boolean ended = true;
        List<RunningProcess> processes = processTable.processes();
        for (NodeKind kind : kinds) {
            List<RunningProcess> own = processes.stream().filter(process -> kind.nodeOf(process).isPresent()).collect(toImmutableList());
            // all at once, so that the wait is for the slowest one only
            own.forEach(process -> askToEnd(kind, process.pid()));
            for (RunningProcess process : own) {
                try {
                    end(kind, kind.nodeOf(process).orElseThrow(), process.pid());
                }
                catch (ClusterException e) {
                    messages.problem(e.getMessage());
                    ended = false;
                }
            }
            // a kill from elsewhere leaves what the node has started
            List<Long> children = children(kind);
            KILL.send(children);
            ended &= await(END_TIMEOUT, ofMillis(20), () -> children.stream().noneMatch(pid -> processTable.find(pid).isPresent()));
        }
        return ended;
    }

    private void askToEnd(NodeKind kind, long pid)
    {
        kind.endSignal().send(pid);
        // a paused process ends only when it goes on
        CONT.send(ImmutableList.<Long>builder().addAll(children(kind)).add(pid).build());
    }

    /**
     * Waits for a process that has been asked to end, and kills it if that takes long.
     */
    private void end(NodeKind kind, String name, long pid)
    {
        if (awaitEnd(kind, name, pid)) {
            return;
        }
        kill(kind, pid);
        if (!awaitEnd(kind, name, pid)) {
            throw new ClusterException("%s (pid %s) does not go away, even after SIGKILL".formatted(name, pid));
        }
    }

    private void kill(NodeKind kind, long pid)
    {
        List<Long> children = children(kind);
        if (!children.isEmpty()) {
            // so that it starts nothing meanwhile
            STOP.send(pid);
            KILL.send(children(kind));
        }
        KILL.send(pid);
    }

    private boolean awaitEnd(NodeKind kind, String name, long pid)
    {
        return await(END_TIMEOUT, ofMillis(20), () -> !isNode(name, pid) && processTable.state(pid) != ProcessState.EXITING && children(kind).isEmpty());
    }

    private List<Long> children(NodeKind kind)
    {
        return processTable.processes().stream()
                .filter(kind::isChild)
                .map(RunningProcess::pid)
                .collect(toImmutableList());
    }

    private boolean isNode(String name, long pid)
    {
        return processTable.find(pid).flatMap(this::nodeOf).equals(Optional.of(name));
    }

    private Optional<String> nodeOf(RunningProcess process)
    {
        return kinds.stream()
                .map(kind -> kind.nodeOf(process))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private OptionalLong readPidFile(String node)
    {
        try {
            return OptionalLong.of(Long.parseLong(Files.readString(folder.pidFile(node)).strip()));
        }
        catch (IOException | NumberFormatException e) {
            // it is not there, or about to be written
            return OptionalLong.empty();
        }
    }

    private static boolean await(Duration timeout, Duration interval, BooleanSupplier condition)
    {
        Stopwatch waiting = Stopwatch.createStarted();
        try {
            while (!condition.getAsBoolean()) {
                if (waiting.elapsed().compareTo(timeout) > 0) {
                    return false;
                }
                Thread.sleep(interval);
            }
            return true;
        }
        catch (InterruptedException e) {
            throw ClusterException.interrupted();
        }
    }
}
