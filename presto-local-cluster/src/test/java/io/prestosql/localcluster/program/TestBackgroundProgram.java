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

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

public class TestBackgroundProgram
{
    @TempDir
    private Path directory;

    @Test
    public void testProgramIsIndependentOfItsStarter()
            throws Exception
    {
        Path log = Files.writeString(directory.resolve("it's a log"), "earlier\n");
        long pid = new BackgroundProgram(
                ImmutableList.of("sh", "-c", "echo $VARIABLE; echo \"$0\" >&2; pwd; cat; mkfifo wait; read line < wait; echo ended", "two words"),
                Map.of("VARIABLE", "some value"),
                directory,
                log)
                .start();
        ProcessHandle process = ProcessHandle.of(pid).orElseThrow();
        try {
            await().until(() -> Files.exists(directory.resolve("wait")));
            assertThat(log).hasContent("earlier\nsome value\ntwo words\n%s\n".formatted(directory.toRealPath()));
            // a Ctrl-C in the terminal is for its process group
            ProgramResult group = ForegroundProgram.of("ps", "-o", "pgid=", "-p", String.valueOf(pid)).run();
            assertThat(group.output().strip()).isEqualTo(String.valueOf(pid));
            // nor does it end with the process that has started it
            assertThat(process.parent()).isNotEqualTo(Optional.of(ProcessHandle.current()));
        }
        finally {
            process.destroyForcibly();
        }
    }

    /**
     * The shell that starts the program may notice its end, and says so where its output is read.
     */
    @Test
    public void testProgramThatEndsAtOnce()
    {
        Path log = directory.resolve("log");
        for (int i = 0; i < 100; i++) {
            long pid = new BackgroundProgram(ImmutableList.of("false"), Map.of(), directory, log).start();
            assertThat(pid).isPositive();
        }
        assertThat(log).isEmptyFile();
    }
}
