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
package io.prestosql.localcluster.command;

import io.prestosql.localcluster.cluster.Cluster;
import io.prestosql.localcluster.cluster.ClusterProgram;
import io.prestosql.localcluster.report.ClusterException;
import io.prestosql.localcluster.report.InvalidOptionException;
import io.prestosql.localcluster.report.Messages;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

import java.util.concurrent.Callable;

/**
 * A command on a cluster.
 */
@Command(usageHelpWidth = LocalClusterCommand.HELP_WIDTH, sortOptions = false, abbreviateSynopsis = true, separator = " ")
abstract class ClusterCommand
        implements Callable<Integer>
{
    @ParentCommand
    private LocalClusterCommand parent;

    @Spec
    private CommandSpec spec;

    /**
     * Does what the user has asked for.
     *
     * @return the exit status
     * @throws ClusterException if that is not possible
     * @throws InvalidOptionException if an option makes no sense
     */
    abstract int run(Cluster cluster);

    @Override
    public final Integer call()
    {
        try {
            return run(parent.cluster());
        }
        catch (InvalidOptionException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
        catch (ClusterException e) {
            messages().problem(e);
            return ExitCode.SOFTWARE;
        }
    }

    Messages messages()
    {
        return parent.messages();
    }

    ClusterProgram program()
    {
        return parent.program();
    }
}
