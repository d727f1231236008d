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

import com.google.common.collect.ImmutableList;
import io.prestosql.localcluster.cluster.Cluster;
import io.prestosql.localcluster.report.ClusterException;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

@Command(name = "logs", description = "Print a node's log, or follow it.")
final class LogsCommand
        extends ClusterCommand
{
    @Parameters(paramLabel = "NODE", description = "The node's name")
    private String node;

    @Option(names = {"-f", "--follow"}, description = "Print the last lines, and new ones as the node writes them")
    private boolean follow;

    @Override
    int run(Cluster cluster)
    {
        List<Path> logs = cluster.folder().logs(cluster.node(node).name());
        if (logs.isEmpty()) {
            throw new ClusterException(node + " has written no log yet");
        }
        return follow ? follow(logs) : print(logs);
    }

    private static int print(List<Path> logs)
    {
        try {
            for (Path log : logs) {
                Files.copy(log, System.out);
            }
            System.out.flush();
            return ExitCode.OK;
        }
        catch (IOException e) {
            throw new ClusterException("The log cannot be printed: " + e.getMessage(), e);
        }
    }

    private static int follow(List<Path> logs)
    {
        try {
            Process tail = new ProcessBuilder(ImmutableList.<String>builder()
                    .add("tail", "-n", "100", "-F")
                    .addAll(logs.stream().map(Path::toString).iterator())
                    .build())
                    .inheritIO()
                    .start();
            // a Ctrl-C is for both processes, but a kill is not
            Runtime.getRuntime().addShutdownHook(new Thread(tail::destroy, "end-tail"));
            return tail.waitFor();
        }
        catch (IOException e) {
            throw new ClusterException("tail does not start: " + e.getMessage(), e);
        }
        catch (InterruptedException e) {
            throw ClusterException.interrupted();
        }
    }
}
