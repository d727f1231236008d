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
package io.prestosql.localcluster.program;

import com.google.common.collect.ImmutableList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

public class TestProcessTable
{
    @Test
    public void testRealProcesses()
            throws Exception
    {
        for (ProcessTable table : new ProcessTable[] {ProcessTable.ofThisMachine(), new PortableProcessTable()}) {
            Process process = new ProcessBuilder("sleep", "1234").start();
            try {
                long pid = process.pid();
                assertThat(table.find(pid).orElseThrow().arguments()).last().isEqualTo("1234");
                assertThat(table.processes()).contains(table.find(pid).orElseThrow());
                assertThat(table.state(pid)).isEqualTo(ProcessState.RUNNING);

                ProcessSignal.STOP.send(pid);
                await().until(() -> table.state(pid) == ProcessState.PAUSED);
                ProcessSignal.CONT.send(pid);
                await().until(() -> table.state(pid) == ProcessState.RUNNING);
                ProcessSignal.KILL.send(pid);
                assertThat(process.waitFor()).isNotEqualTo(0);
                assertThat(table.state(pid)).isEqualTo(ProcessState.GONE);
                assertThat(table.find(pid)).isEmpty();
            }
            finally {
                process.destroyForcibly();
            }
        }
    }

    @Test
    public void testLongCommandLine()
            throws IOException
    {
        String last = "x".repeat(20_000);
        Process process = new ProcessBuilder("sh", "-c", "read line", last).start();
        try {
            assertThat(ProcessTable.ofThisMachine().find(process.pid()).orElseThrow().arguments()).last().isEqualTo(last);
        }
        finally {
            process.destroyForcibly();
        }
    }

    /**
     * What Linux shows of processes that are hard to come by.
     */
    @Test
    public void testOddProcesses(@TempDir Path proc)
            throws IOException
    {
        ProcessTable table = new LinuxProcessTable(proc);
        write(proc, 1, "postgres: local-cluster-7: checkpointer \0\0\0\0", stat("postgres", "S", 1));
        assertThat(table.find(1)).contains(new RunningProcess(1, ImmutableList.of("postgres: local-cluster-7: checkpointer ")));

        // it has given up its memory, but not yet its ports
        write(proc, 2, "", stat("java", "D", 40));
        assertThat(table.find(2)).isEmpty();
        assertThat(table.state(2)).isEqualTo(ProcessState.EXITING);

        // its first thread has ended before the others
        write(proc, 3, "", stat("java", "Z", 40));
        assertThat(table.state(3)).isEqualTo(ProcessState.EXITING);

        // only its status is left, for its parent
        write(proc, 4, "", stat("java", "Z", 1));
        assertThat(table.state(4)).isEqualTo(ProcessState.GONE);

        // the name of a program can be anything
        write(proc, 5, "x\0", stat("a) T (b", "S", 1));
        assertThat(table.state(5)).isEqualTo(ProcessState.RUNNING);

        assertThat(table.processes()).extracting(RunningProcess::pid).containsExactlyInAnyOrder(1L, 5L);
        assertThat(table.state(6)).isEqualTo(ProcessState.GONE);
    }

    private static String stat(String name, String state, int threads)
    {
        // the fields of proc(5): pid, name, state, 16 others, threads
        return "1 (%s) %s %s%s 0 0\n".formatted(name, state, "0 ".repeat(16), threads);
    }

    private static void write(Path proc, int pid, String commandLine, String stat)
            throws IOException
    {
        Path folder = Files.createDirectories(proc.resolve(String.valueOf(pid)));
        Files.writeString(folder.resolve("cmdline"), commandLine);
        Files.writeString(folder.resolve("stat"), stat);
    }
}
