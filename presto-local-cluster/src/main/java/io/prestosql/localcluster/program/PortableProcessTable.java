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

import java.util.List;
import java.util.Optional;

import static com.google.common.collect.ImmutableList.toImmutableList;

/**
 * Asks the JDK, and {@code ps} for what the JDK does not know. For systems without {@code /proc}, such as macOS.
 */
final class PortableProcessTable
        implements ProcessTable
{
    @Override
    public List<RunningProcess> processes()
    {
        return ProcessHandle.allProcesses()
                .map(PortableProcessTable::read)
                .flatMap(Optional::stream)
                .collect(toImmutableList());
    }

    @Override
    public Optional<RunningProcess> find(long pid)
    {
        return ProcessHandle.of(pid).flatMap(PortableProcessTable::read);
    }

    @Override
    public ProcessState state(long pid)
    {
        ProgramResult result = ForegroundProgram.of("ps", "-o", "stat=", "-p", String.valueOf(pid)).run();
        String state = result.output().strip();
        if (state.isEmpty() || state.startsWith("Z")) {
            return ProcessState.GONE;
        }
        return state.startsWith("T") ? ProcessState.PAUSED : ProcessState.RUNNING;
    }

    private static Optional<RunningProcess> read(ProcessHandle process)
    {
        return process.info().command().map(program -> new RunningProcess(process.pid(), ImmutableList.<String>builder()
                .add(program)
                .add(process.info().arguments().orElseGet(() -> new String[0]))
                .build()));
    }
}
