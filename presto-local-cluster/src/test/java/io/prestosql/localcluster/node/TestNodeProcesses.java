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

import com.google.common.collect.ImmutableList;
import io.prestosql.localcluster.program.BackgroundProgram;
import io.prestosql.localcluster.program.ForegroundProgram;
import io.prestosql.localcluster.program.ProcessTable;
import io.prestosql.localcluster.program.RunningProcess;
import io.prestosql.localcluster.report.ClusterException;
import io.prestosql.localcluster.report.Messages;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * Nodes are shells, most of which wait, and are known by their first argument.
 */
public class TestNodeProcesses
{
    private static final ClusterNode FIRST = new ClusterNode("first", ImmutableList.of("worker"), 1);
    private static final ClusterNode SECOND = new ClusterNode("second", ImmutableList.of("worker"), 2);

    private final Messages messages = new Messages("test", System.out, System.err);

    @TempDir
    private Path directory;

    private ClusterFolder folder;
    private NodeProcesses processes;

    @BeforeEach
    public void setUp()
    {
        folder = ClusterFolder.of(directory.resolve("cluster"));
        folder.create();
        // outside of the folder, which may be removed before a shell has come to its first command
        Path neverWritten = directory.resolve("fifo");
        assertThat(ForegroundProgram.of("mkfifo", neverWritten.toString()).run().succeeded()).isTrue();
        processes = new NodeProcesses(folder, ImmutableList.of(new Shells("read line < " + neverWritten)), ProcessTable.ofThisMachine());
    }

    @AfterEach
    public void tearDown()
    {
        assertThat(processes.endAll(messages)).isTrue();
    }

    @Test
    public void testPauseAndResume()
    {
        processes.launch(FIRST);
        long pid = processes.pid(FIRST).orElseThrow();
        assertThat(processes.isPaused(pid)).isFalse();
        processes.pause(FIRST, pid);
        assertThat(processes.isPaused(pid)).isTrue();
        processes.resume(FIRST, pid);
        assertThat(processes.isPaused(pid)).isFalse();
        assertThat(processes.pid(SECOND)).isEmpty();
    }

    @Test
    public void testKill()
    {
        processes.launch(FIRST);
        processes.launch(SECOND);
        processes.kill(FIRST, processes.pid(FIRST).orElseThrow());
        assertThat(processes.pid(FIRST)).isEmpty();
        assertThat(processes.pid(SECOND)).isPresent();
    }

    @Test
    public void testPausedNodeEnds()
    {
        processes.launch(FIRST);
        long pid = processes.pid(FIRST).orElseThrow();
        processes.pause(FIRST, pid);
        processes.end(FIRST, pid);
        assertThat(processes.anyRuns()).isFalse();
    }

    @Test
    public void testPidFileThatIsWrong()
            throws IOException
    {
        processes.launch(FIRST);
        long pid = processes.pid(FIRST).orElseThrow();
        for (String wrong : List.of(String.valueOf(ProcessHandle.current().pid()), "999999999", "x", "")) {
            Files.writeString(folder.pidFile("first"), wrong);
            assertThat(processes.pid(FIRST)).hasValue(pid);
        }
        Files.delete(folder.pidFile("first"));
        assertThat(processes.pid(FIRST)).hasValue(pid);
    }

    @Test
    public void testProcessesAreFoundWhenTheFolderIsGone()
    {
        processes.launch(FIRST);
        folder.remove();
        assertThat(processes.anyRuns()).isTrue();
        assertThat(processes.endAll(messages)).isTrue();
        assertThat(processes.anyRuns()).isFalse();
    }

    @Test
    public void testProgramThatEndsAtOnce()
            throws IOException
    {
        NodeProcesses failing = new NodeProcesses(folder, ImmutableList.of(new Shells("echo no such option >&2; exit 3")), ProcessTable.ofThisMachine());
        failing.launch(FIRST);
        await().until(() -> failing.pid(FIRST).isEmpty());
        assertThat(folder.logs("first")).hasSize(1);
        assertThat(Files.readString(folder.logs("first").getFirst())).isEqualTo("no such option\n");
    }

    @Test
    public void testInterruptedLaunchLeavesNoProcess()
            throws IOException
    {
        // never becomes a node
        String script = "read line < " + directory.resolve("fifo");
        NodeProcesses slow = new NodeProcesses(folder, ImmutableList.of(new Shells(script, "another argument")), ProcessTable.ofThisMachine());
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> slow.launch(FIRST)).isInstanceOf(ClusterException.class).hasMessage("interrupted");
        assertThat(Thread.interrupted()).isTrue();
        await().until(() -> ProcessTable.ofThisMachine().processes().stream().noneMatch(process -> process.arguments().contains(script)));
        assertThat(folder.pidFile("first")).doesNotExist();
    }

    @Test
    public void testNodeWithoutProgram()
    {
        ClusterNode database = new ClusterNode("postgresql", ImmutableList.of("postgresql"), 3);
        assertThatThrownBy(() -> processes.launch(database)).isInstanceOf(IllegalStateException.class).hasMessageContaining("no program for node");
    }

    private final class Shells
            implements NodeKind
    {
        private final String behavior;
        private final String marker;

        private Shells(String behavior)
        {
            this(behavior, folder.nodeFolders() + "/");
        }

        private Shells(String behavior, String marker)
        {
            this.behavior = behavior;
            this.marker = marker;
        }

        @Override
        public boolean isKindOf(ClusterNode node)
        {
            return node.isServer();
        }

        @Override
        public Optional<String> nodeOf(RunningProcess process)
        {
            String known = folder.nodeFolders() + "/";
            List<String> arguments = process.arguments();
            return arguments.size() == 4 && arguments.get(3).startsWith(known) ? Optional.of(arguments.get(3).substring(known.length())) : Optional.empty();
        }

        @Override
        public BackgroundProgram program(ClusterNode node)
        {
            return new BackgroundProgram(
                    ImmutableList.of("sh", "-c", behavior, marker + node.name()),
                    Map.of(),
                    folder.data(node.name()),
                    folder.log(node.name(), "server.log"));
        }

        @Override
        public NodeAnswer ask(ClusterNode node)
        {
            return NodeAnswer.UP;
        }
    }
}
