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
import io.prestosql.localcluster.report.ClusterException;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

/**
 * A program that a command waits for.
 *
 * @param directory where it runs; empty for the current folder
 * @param input what it reads from standard input
 */
public record ForegroundProgram(List<String> command, Optional<Path> directory, String input)
{
    public ForegroundProgram
    {
        command = ImmutableList.copyOf(command);
        requireNonNull(directory, "directory is null");
        requireNonNull(input, "input is null");
    }

    public static ForegroundProgram of(String... command)
    {
        return of(ImmutableList.copyOf(command));
    }

    public static ForegroundProgram of(List<String> command)
    {
        return new ForegroundProgram(command, Optional.empty(), "");
    }

    public ForegroundProgram in(Path directory)
    {
        return new ForegroundProgram(command, Optional.of(directory), input);
    }

    public ForegroundProgram reading(String input)
    {
        return new ForegroundProgram(command, directory, input);
    }

    /**
     * Returns the program's file from the PATH, or from {@code /usr/sbin}, which only root has on the PATH.
     */
    public static Optional<Path> find(String program)
    {
        return Stream.concat(Stream.of(System.getenv().getOrDefault("PATH", "").split(":")), Stream.of("/usr/sbin"))
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, program))
                .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
                .findFirst();
    }

    /**
     * Waits for the end of the program, and keeps what it writes. An interruption does not end this wait: what the program has done must be
     * known, such as which process it has started.
     *
     * @throws ClusterException if it does not start
     */
    public ProgramResult run()
    {
        Process process = start(new ProcessBuilder(command).redirectErrorStream(true));
        try {
            String output = new String(process.getInputStream().readAllBytes(), UTF_8);
            return new ProgramResult(process.onExit().join().exitValue(), output);
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Waits for the end of the program, and shows on standard error what it writes: the user has not asked for this program.
     *
     * @return the exit status
     * @throws ClusterException if it does not start
     */
    public int runVisibly()
    {
        Process process = start(new ProcessBuilder(ImmutableList.<String>builder()
                .add("sh", "-c", "exec \"$0\" \"$@\" >&2")
                .addAll(command)
                .build())
                .redirectError(Redirect.INHERIT));
        try {
            return process.waitFor();
        }
        catch (InterruptedException e) {
            process.destroy();
            throw ClusterException.interrupted();
        }
    }

    private Process start(ProcessBuilder builder)
    {
        directory.ifPresent(folder -> builder.directory(folder.toFile()));
        Process process;
        try {
            process = builder.start();
        }
        catch (IOException e) {
            throw new ClusterException("%s does not start: %s".formatted(command.getFirst(), e.getMessage()), e);
        }
        try (OutputStream standardInput = process.getOutputStream()) {
            standardInput.write(input.getBytes(UTF_8));
        }
        catch (IOException _) {
            // the program has ended without reading everything; its exit status says whether that is a problem
        }
        return process;
    }
}
