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
import io.prestosql.localcluster.node.ClusterFolder;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;

@Command(name = "stop", description = "Stop all nodes and remove the cluster's folder.")
final class StopCommand
        extends ClusterCommand
{
    @Option(names = "--keep", description = "Keep the folder, to look at the logs")
    private boolean keep;

    @Override
    int run(Cluster cluster)
    {
        ClusterFolder folder = cluster.folder();
        if (!cluster.isThere()) {
            messages().print("There is no cluster in " + folder.directory());
            return ExitCode.OK;
        }
        cluster.stop();
        if (!folder.isCluster()) {
            messages().print("Stopped what still ran of a cluster whose folder is gone, " + folder.directory());
        }
        else if (keep) {
            messages().print("Stopped; the logs are in %s/*/data/var/log until the next start or stop".formatted(folder.nodeFolders()));
        }
        else {
            folder.remove();
            messages().print("Stopped, and removed " + folder.directory());
        }
        return ExitCode.OK;
    }
}
