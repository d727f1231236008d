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

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

/**
 * Reads {@code /proc}. {@link ProcessHandle.Info} has only the first 4096 bytes of a command line, which a class path exceeds.
 */
final class LinuxProcessTable
        implements ProcessTable
{
    private static final Splitter ARGUMENTS = Splitter.on('\0');
    private static final Splitter FIELDS = Splitter.on(' ');
    /** Places in {@code /proc/PID/stat} of the fields that follow the name, which is in parentheses and may hold anything. */
    private static final int STATE = 0;
    private static final int THREADS = 17;

    private final Path proc;

    LinuxProcessTable(Path proc)
    {
        this.proc = requireNonNull(proc, "proc is null");
    }

    @Override
    public List<RunningProcess> processes()
    {
        ImmutableList.Builder<RunningProcess> processes = ImmutableList.builder();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(proc, "[0-9]*")) {
            for (Path folder : folders) {
                find(Long.parseLong(folder.getFileName().toString())).ifPresent(processes::add);
            }
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return processes.build();
    }

    @Override
    public Optional<RunningProcess> find(long pid)
    {
        String commandLine = CharMatcher.is('\0').trimTrailingFrom(read(pid, "cmdline"));
        if (commandLine.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new RunningProcess(pid, ARGUMENTS.splitToList(commandLine)));
    }

    @Override
    public ProcessState state(long pid)
    {
        String status = read(pid, "stat");
        if (status.isEmpty()) {
            return ProcessState.GONE;
        }
        List<String> fields = FIELDS.splitToList(status.substring(status.lastIndexOf(')') + 2));
        return switch (fields.get(STATE)) {
            case "T", "t" -> ProcessState.PAUSED;
            // a zombie with other threads is a process whose first thread has ended before them
            case "Z" -> fields.get(THREADS).equals("1") ? ProcessState.GONE : ProcessState.EXITING;
            case "X" -> ProcessState.GONE;
            default -> read(pid, "cmdline").isEmpty() ? ProcessState.EXITING : ProcessState.RUNNING;
        };
    }

    private String read(long pid, String file)
    {
        try {
            return Files.readString(proc.resolve(String.valueOf(pid)).resolve(file), UTF_8);
        }
        catch (IOException e) {
            // the process has ended, or its command line is no text
            return "";
        }
    }
}
