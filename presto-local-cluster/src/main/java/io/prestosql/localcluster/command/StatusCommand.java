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
import io.prestosql.localcluster.cluster.NodeStatus;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;

import java.util.List;

@Command(name = "status", description = "Show what each node does; exit status 0 only if all of them run.")
final class StatusCommand
        extends ClusterCommand
{
    @Override
    int run(Cluster cluster)
    {
        List<NodeStatus> nodes = cluster.status();
        NodeTable.printWithStates(nodes, messages());
        return nodes.stream().allMatch(NodeStatus::healthy) ? ExitCode.OK : ExitCode.SOFTWARE;
    }
}
