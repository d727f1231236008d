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
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Parameters;

@Command(name = "pause", description = "Pause a node with SIGSTOP: it holds its connections, and answers nothing.")
final class PauseCommand
        extends ClusterCommand
{
    @Parameters(paramLabel = "NODE", description = "The node's name")
    private String node;

    @Override
    int run(Cluster cluster)
    {
        messages().print("Paused %s (pid %s)".formatted(node, cluster.pause(node)));
        return ExitCode.OK;
    }
}
