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

@Command(name = "restart", description = "Stop a node if it runs, start it with the same port and the same data, and wait until it is up.")
final class RestartCommand
        extends ClusterCommand
{
    @Parameters(paramLabel = "NODE", description = "The node's name")
    private String node;

    @Override
    int run(Cluster cluster)
    {
        cluster.restart(node);
        return ExitCode.OK;
    }
}
