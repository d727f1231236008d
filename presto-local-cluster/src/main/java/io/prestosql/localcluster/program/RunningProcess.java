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

import static com.google.common.base.Preconditions.checkArgument;

/**
 * A process of this machine.
 *
 * @param arguments the whole command line: the program, then its arguments. A process that has set a title has that title as first element.
 */
public record RunningProcess(long pid, List<String> arguments)
{
    public RunningProcess
    {
        arguments = ImmutableList.copyOf(arguments);
        checkArgument(!arguments.isEmpty(), "process %s has no command line", pid);
    }

    /**
     * Returns the program, as it was started or as it calls itself.
     */
    public String program()
    {
        return arguments.getFirst();
    }
}
