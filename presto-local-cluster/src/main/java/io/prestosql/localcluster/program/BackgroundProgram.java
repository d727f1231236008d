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

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static com.google.common.base.Preconditions.checkState;
import static java.util.regex.Pattern.MULTILINE;

/**
 * A program that runs on after the command that has started it.
 *
 * @param environment variables that it gets besides those of this process
 * @param directory where it runs
 * @param log the file to which its output is appended
 */
public record BackgroundProgram(List<String> command, Map<String, String> environment, Path directory, Path log)
{
    /**
     * An interactive shell's job control gives the program a process group of its own, so that a Ctrl-C in the terminal is not for it. The
     * shell ends at once, and leaves the program without a parent. If the program ends before the shell, the shell says that, too.
     */
    private static final String SCRIPT =
            """
            set -m
            log=$0
            "$@" < /dev/null >> "$log" 2>&1 &
            echo "pid=$!"
            """;
    private static final Pattern PID = Pattern.compile("^pid=(\\d+)$", MULTILINE);

    public BackgroundProgram
    {
        command = ImmutableList.copyOf(command);
        environment = Map.copyOf(environment);
    }

    /**
     * Starts the program.
     *
     * @return its pid. The process is the shell's at first, and then becomes the program's.
     */
    public long start()
    {
        ProgramResult result = ForegroundProgram.of(ImmutableList.<String>builder()
                .add("env")
                .addAll(environment.entrySet().stream().map(variable -> variable.getKey() + "=" + variable.getValue()).iterator())
                .add("bash", "-c", SCRIPT, log.toString())
                .addAll(command)
                .build())
                .in(directory)
                .run();
        Matcher pid = PID.matcher(result.output());
        checkState(result.succeeded() && pid.find(), "%s was not started: %s", command.getFirst(), result.output());
        return Long.parseLong(pid.group(1));
    }
}
