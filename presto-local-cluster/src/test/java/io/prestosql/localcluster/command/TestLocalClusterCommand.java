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
import io.prestosql.localcluster.artifact.Checkout;
import io.prestosql.localcluster.cluster.ClusterProgram;
import io.prestosql.localcluster.node.ClusterFolder;
import io.prestosql.localcluster.node.ClusterNode;
import io.prestosql.localcluster.report.Messages;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

public class TestLocalClusterCommand
{
    private static final List<String> COMMANDS = ImmutableList.of("start", "status", "stop", "kill", "pause", "resume", "restart", "logs");

    @TempDir
    private Path directory;

    private final ByteArrayOutputStream output = new ByteArrayOutputStream();
    private final ByteArrayOutputStream problems = new ByteArrayOutputStream();
    private final StringWriter help = new StringWriter();
    private Path cluster;
    private CommandLine commandLine;

    @BeforeEach
    public void setUp()
            throws Exception
    {
        cluster = directory.toRealPath().resolve("cluster");
        commandLine = LocalClusterCommand.commandLine(
                new ClusterProgram(new Checkout(directory), "bin/local-cluster"),
                new Messages("local-cluster", new PrintStream(output, true, UTF_8), new PrintStream(problems, true, UTF_8)));
        commandLine.setOut(new PrintWriter(help));
    }

    @Test
    public void testHelpOfEachCommand()
    {
        assertThat(commandLine.execute("--help")).isEqualTo(0);
        assertThat(help.toString()).contains(COMMANDS).contains("cli", "--dir", "generate-completion");
        for (String command : COMMANDS) {
            help.getBuffer().setLength(0);
            assertThat(commandLine.execute(command, "--help")).isEqualTo(0);
            assertThat(help.toString()).contains("Usage: local-cluster " + command, "--help", "--dir");
            assertThat(help.toString().lines()).allMatch(line -> line.length() <= LocalClusterCommand.HELP_WIDTH);
        }
        assertThat(output.toString(UTF_8)).isEmpty();
    }

    @Test
    public void testHelpOfStart()
    {
        commandLine.execute("help", "start");
        assertThat(help.toString()).contains(
                "--dispatchers N", "--coordinators N", "--workers N", "--nodes NAME=ROLES", "--cluster NAME[:OPTION=VALUE,...]", "coordinator-workers=N", "--query-log STORE", "--load-balancer", "--port P", "--catalogs LIST",
                "--property WHO:NAME=VALUE", "--jvm WHO:OPTION", "--etc WHO:PATH=FILE", "--tarball FILE", "--installation FOLDER", "--build", "--timeout SECONDS", "--no-wait");
    }

    @Test
    public void testCompletion()
    {
        assertThat(commandLine.execute("generate-completion")).isEqualTo(0);
        assertThat(help.toString()).contains("complete -F _complete_local-cluster");
    }

    @Test
    public void testUsageErrors()
    {
        assertUsageError("which command?", "local-cluster");
        assertUsageError("Unmatched argument at index 2: 'begin'", "local-cluster", "begin");
        assertUsageError("Unknown option: '--speed'", "local-cluster start", "start", "--speed");
        assertUsageError("Invalid value for option '--workers': 'two' is not an int", "local-cluster start", "start", "--workers", "two");
        assertUsageError("Missing required parameter for option '--port' (P)", "local-cluster start", "start", "--port");
        assertUsageError("Missing required parameter: 'NODE'", "local-cluster kill", "kill");
        assertUsageError("Unmatched argument at index 4: 'worker-2'", "local-cluster kill", "kill", "worker-1", "worker-2");
        assertUsageError("a cluster without a worker runs no query", "local-cluster start", "start", "--workers", "0");

        assertUsageError("a=b: expected WHO:NAME=VALUE", "local-cluster start", "start", "--property", "a=b");
        assertUsageError("all:Xmx1G: expected WHO:OPTION, and an option begins with '-'", "local-cluster start", "start", "--jvm", "all:Xmx1G");
        assertUsageError("all:x=/no/such/file: there is no file /no/such/file", "local-cluster start", "start", "--etc", "all:x=/no/such/file");
        assertUsageError("x=gateway: 'gateway': the roles are dispatcher, coordinator and worker", "local-cluster start", "start", "--nodes", "x=gateway");
        assertUsageError(
                "Invalid value for option '--cluster' (NAME[:OPTION=VALUE,...]): etl:worker=1: there is no option 'worker'. The options are coordinators, workers, coordinator-workers",
                "local-cluster start", "start", "--cluster", "etl:worker=1");
        assertUsageError("etl:workers=one: workers=one: expected a number from 0 on, e.g. workers=2", "local-cluster start", "start", "--cluster", "etl:workers=one");
        assertUsageError("expected NAME or NAME:OPTION=VALUE,…", "local-cluster start", "start", "--cluster", "");
        assertUsageError("--cluster etl: another cluster or a node has that name", "local-cluster start", "start", "--cluster", "etl", "--cluster", "etl");
        assertUsageError("expected embedded, postgresql or memory, not mysql", "local-cluster start", "start", "--query-log", "mysql");
        assertThat(cluster).doesNotExist();
        assertThat(commandLine.execute("stop", "--dir", "")).isEqualTo(2);
        assertThat(problems.toString(UTF_8)).endsWith("local-cluster: --dir needs a folder\nTry 'local-cluster --help'.\n");
    }

    private void assertUsageError(String message, String command, String... arguments)
    {
        problems.reset();
        assertThat(commandLine.execute(ImmutableList.<String>builder().add("--dir", cluster.toString()).add(arguments).build().toArray(String[]::new))).isEqualTo(2);
        assertThat(problems.toString(UTF_8))
                .startsWith("local-cluster: ")
                .contains(message)
                .endsWith("\nTry '%s --help'.\n".formatted(command));
    }

    @Test
    public void testArgumentsOfTheClient()
    {
        ParseResult parsed = commandLine.parseArgs("cli", "--execute", "SELECT 1", "--dir", "/somewhere", "--help", "--output-format=TSV", "@file");
        assertThat(parsed.subcommand().matchedPositionalValue(0, ImmutableList.of()))
                .isEqualTo(ImmutableList.of("--execute", "SELECT 1", "--help", "--output-format=TSV", "@file"));
    }

    @Test
    public void testCommandsWithoutCluster()
    {
        assertThat(commandLine.execute("stop", "--dir", cluster.toString())).isEqualTo(0);
        assertThat(output.toString(UTF_8)).isEqualTo("There is no cluster in %s\n".formatted(cluster));
        for (String[] command : new String[][] {{"status"}, {"kill", "worker-1"}, {"restart", "worker-1"}, {"logs", "worker-1"}, {"cli"}}) {
            problems.reset();
            assertThat(commandLine.execute(ImmutableList.<String>builder().add(command).add("--dir", cluster.toString()).build().toArray(String[]::new))).isEqualTo(1);
            assertThat(problems.toString(UTF_8)).isEqualTo("local-cluster: There is no cluster in %s. Start one: bin/local-cluster --dir %1$s start\n".formatted(cluster));
        }
    }

    @Test
    public void testNodesOfSeveralClusters()
    {
        ClusterFolder folder = ClusterFolder.of(cluster);
        folder.create();
        folder.writeNodes(ImmutableList.of(
                new ClusterNode("dispatcher-1", ImmutableList.of("dispatcher"), 1),
                ClusterNode.ofCluster("etl", "coordinator-worker-1", ImmutableList.of("coordinator", "worker"), 2)));

        assertThat(commandLine.execute("status", "--dir", cluster.toString())).isEqualTo(1);
        assertThat(output.toString(UTF_8)).isEqualTo(
                """
                NODE                     ROLE                                  PID  ADDRESS                  STATE
                dispatcher-1             dispatcher                              -  http://127.0.0.1:1       does not run
                etl.coordinator-worker-1 coordinator,worker                      -  http://127.0.0.1:2       does not run
                """);
        assertThat(commandLine.execute("kill", "etl.coordinator-worker-1", "--dir", cluster.toString())).isEqualTo(1);
        assertThat(commandLine.execute("kill", "coordinator-worker-1", "--dir", cluster.toString())).isEqualTo(1);
        assertThat(problems.toString(UTF_8)).isEqualTo(
                """
                local-cluster: etl.coordinator-worker-1 does not run. Start it: bin/local-cluster --dir %1$s restart etl.coordinator-worker-1
                local-cluster: There is no node coordinator-worker-1 in %1$s. One of: dispatcher-1 etl.coordinator-worker-1
                """.formatted(cluster));
    }

    @Test
    public void testClusterWhoseNodesDoNotRun()
    {
        ClusterFolder folder = ClusterFolder.of(cluster);
        folder.create();
        folder.writeNodes(ImmutableList.of(new ClusterNode("dispatcher-1", ImmutableList.of("dispatcher"), 1), new ClusterNode("both-1", ImmutableList.of("coordinator", "worker"), 2)));

        assertThat(commandLine.execute("status", "--dir", cluster.toString())).isEqualTo(1);
        assertThat(output.toString(UTF_8)).isEqualTo(
                """
                NODE             ROLE                                  PID  ADDRESS                  STATE
                dispatcher-1     dispatcher                              -  http://127.0.0.1:1       does not run
                both-1           coordinator,worker                      -  http://127.0.0.1:2       does not run
                """);

        assertThat(commandLine.execute("kill", "both-1", "--dir", cluster.toString())).isEqualTo(1);
        assertThat(commandLine.execute("kill", "both-2", "--dir", cluster.toString())).isEqualTo(1);
        assertThat(commandLine.execute("logs", "both-1", "--dir", cluster.toString())).isEqualTo(1);
        assertThat(problems.toString(UTF_8)).isEqualTo(
                """
                local-cluster: both-1 does not run. Start it: bin/local-cluster --dir %1$s restart both-1
                local-cluster: There is no node both-2 in %1$s. One of: dispatcher-1 both-1
                local-cluster: both-1 has written no log yet
                """.formatted(cluster));

        output.reset();
        assertThat(commandLine.execute("stop", "--keep", "--dir", cluster.toString())).isEqualTo(0);
        assertThat(commandLine.execute("stop", "--dir", cluster.toString())).isEqualTo(0);
        assertThat(output.toString(UTF_8)).isEqualTo(
                """
                Stopped; the logs are in %1$s/node/*/data/var/log until the next start or stop
                Stopped, and removed %1$s
                """.formatted(cluster));
    }
}
