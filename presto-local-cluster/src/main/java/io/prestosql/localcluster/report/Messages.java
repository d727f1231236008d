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
package io.prestosql.localcluster.report;

import java.io.PrintStream;

import static java.util.Objects.requireNonNull;

/**
 * What a command tells the user: results and progress on one stream, problems on the other.
 */
public final class Messages
{
    private final String program;
    private final PrintStream output;
    private final PrintStream problems;

    /**
     * @param program the name of the program, with which the line of a problem begins
     */
    public Messages(String program, PrintStream output, PrintStream problems)
    {
        this.program = requireNonNull(program, "program is null");
        this.output = requireNonNull(output, "output is null");
        this.problems = requireNonNull(problems, "problems is null");
    }

    public void print(String line)
    {
        output.println(line);
    }

    /**
     * Says what the command does by the way, which is not what the user has asked for.
     */
    public void note(String line)
    {
        problems.println(line);
    }

    public void problem(String problem)
    {
        problems.println(program + ": " + problem);
    }

    public void problem(ClusterException exception)
    {
        problem(exception.getMessage());
        exception.details().forEach(problems::println);
    }
}
