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

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The processes of this machine.
 */
public interface ProcessTable
{
    /**
     * Returns the table for this operating system.
     */
    static ProcessTable ofThisMachine()
    {
        Path proc = Path.of("/proc");
        return Files.exists(proc.resolve("self").resolve("cmdline")) ? new LinuxProcessTable(proc) : new PortableProcessTable();
    }

    /**
     * Returns all processes whose command line can be read. A process that is about to end has none.
     */
    List<RunningProcess> processes();

    /**
     * Returns the process, unless it has ended or is about to end.
     */
    Optional<RunningProcess> find(long pid);

    ProcessState state(long pid);
}
