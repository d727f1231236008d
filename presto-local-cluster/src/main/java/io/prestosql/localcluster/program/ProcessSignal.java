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

/**
 * Signals of POSIX.
 */
public enum ProcessSignal
{
    /** Continue a paused process. */
    CONT,
    INT,
    KILL,
    /** Pause a process. */
    STOP,
    TERM;

    public void send(long pid)
    {
        send(List.of(pid));
    }

    /**
     * Sends this signal to those of the processes that still exist.
     */
    public void send(List<Long> pids)
    {
        if (pids.isEmpty()) {
            return;
        }
        // the shell's own kill: the program is not on every machine
        ForegroundProgram.of(ImmutableList.<String>builder()
                .add("sh", "-c", "for pid; do kill -s \"$0\" \"$pid\"; done", name())
                .addAll(pids.stream().map(String::valueOf).iterator())
                .build())
                .run();
    }
}
