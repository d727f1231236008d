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
package io.prestosql.tests.product;

import com.google.common.collect.ImmutableList;
import io.prestosql.localcluster.program.ProcessSignal;
import io.prestosql.localcluster.program.ProcessTable;
import io.prestosql.tests.product.LocalCluster.Node;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.time.Duration;

import static com.google.common.collect.ObjectArrays.concat;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * {@code bin/local-cluster}, which the other tests use as well.
 */
@Order(SharedCluster.EVERYDAY)
public class TestLocalCluster
{
    private static final Duration START_TIMEOUT = ofSeconds(200);

    /**
     * {@link TestLocalClusters} does most of this in the short tier.
     */
    @Test
    @Tag("long")
    public void testNodesCanBePausedResumedAndRestarted()
    {
        LocalCluster cluster = EverydayCluster.get();
        ProgramRun status = cluster.command("status").expectSuccess();
        for (Node node : cluster.nodes()) {
            assertThat(status.output()).containsPattern("%s +%s +%s +%s +runs".formatted(node.name(), String.join(",", node.roles()), cluster.pid(node.name()), node.uri()));
        }

        cluster.command("pause", "worker-2").expectSuccess();
        try {
            ProgramRun paused = cluster.command("status");
            assertThat(paused.exitStatus()).isEqualTo(1);
            assertThat(paused.output()).containsPattern("worker-2 .* paused");
        }
        finally {
            cluster.command("resume", "worker-2").expectSuccess();
        }
        await().atMost(ofSeconds(30)).untilAsserted(() -> assertThat(cluster.command("status").exitStatus()).isEqualTo(0));

        long pid = cluster.pid("worker-2");
        cluster.restart("worker-2");
        assertThat(cluster.pid("worker-2")).isNotEqualTo(pid);
        assertThat(ProcessHandle.of(pid)).isEmpty();
        cluster.command("status").expectSuccess();

        assertThat(cluster.command("logs", "worker-2").expectSuccess().output()).contains("SERVER STARTED");
        assertThat(cluster.command("kill", "worker-3").exitStatus()).isEqualTo(1);
    }

    @Test
    public void testNodeThatFailsToStartIsShownWithItsLastLogLines()
    {
        String directory = Artifacts.target().resolve("local-cluster-failing").toString();
        String script = Artifacts.root().resolve("bin").resolve("local-cluster").toString();
        ProgramRun run = ProgramRun.run(
                START_TIMEOUT,
                script,
                "start",
                "--dir",
                directory,
                "--installation",
                Installation.unpackedServer().toString(),
                "--port",
                String.valueOf(FreePorts.consecutivePorts(3)),
                "--coordinators",
                "1",
                "--jvm",
                "all:" + ServerProcess.SHORT_LIVED.getFirst(),
                "--property",
                "dispatcher:nonsense.property=1");
        try {
            assertThat(run.exitStatus()).isEqualTo(1);
            assertThat(run.errors()).contains("dispatcher-1 did not start").contains("Configuration property 'nonsense.property' was not used");
            assertThat(isNodeRunning(Path.of(directory))).isFalse();
        }
        finally {
            ProgramRun.run(START_TIMEOUT, script, "stop", "--dir", directory).expectSuccess();
        }
    }

    @Test
    public void testInterruptedStartLeavesNoProcess()
            throws Exception
    {
        Path directory = Artifacts.target().resolve("local-cluster-interrupted");
        Path output = Artifacts.target().resolve("local-cluster-interrupted.log");
        String script = Artifacts.root().resolve("bin").resolve("local-cluster").toString();
        Process start = new ProcessBuilder(ImmutableList.<String>builder()
                .addAll(ProgramRun.INTERRUPTIBLE)
                .add(script)
                .add("start")
                .add("--dir", directory.toString())
                .add("--installation", Installation.unpackedServer().toString())
                .add("--port", String.valueOf(FreePorts.consecutivePorts(4)))
                .build())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            await().atMost(ofSeconds(60)).pollInterval(ofMillis(20)).until(() -> isNodeRunning(directory));
            ProcessSignal.INT.send(start.pid());
            assertThat(start.waitFor(60, SECONDS)).isTrue();
            assertThat(start.exitValue()).isEqualTo(1);
            assertThat(output).content()
                    .contains("local-cluster: interrupted\nlocal-cluster: stopping the other nodes\n")
                    .endsWith("until the next start or stop\n");
            assertThat(isNodeRunning(directory)).isFalse();
        }
        finally {
            start.destroyForcibly();
            ProgramRun.run(START_TIMEOUT, script, "stop", "--dir", directory.toString()).expectSuccess();
        }
    }

    private static boolean isNodeRunning(Path directory)
    {
        return ProcessTable.ofThisMachine().processes().stream()
                .anyMatch(process -> process.arguments().stream().anyMatch(argument -> argument.startsWith("-Dlocal-cluster.node=" + directory)));
    }

    @Test
    @Tag("long")
    public void testDispatcherThatCannotLeadIsNotCalledUp()
    {
        String directory = Artifacts.target().resolve("local-cluster-without-leader").toString();
        String script = Artifacts.root().resolve("bin").resolve("local-cluster").toString();
        int port = FreePorts.consecutivePorts(4);
        ProgramRun run = ProgramRun.run(
                START_TIMEOUT,
                script,
                "start",
                "--dir",
                directory,
                "--tarball",
                Artifacts.server().toString(),
                "--port",
                String.valueOf(port),
                "--coordinators",
                "0",
                "--workers",
                "0",
                "--no-wait",
                "--timeout",
                "30",
                "--jvm",
                "all:" + ServerProcess.SHORT_LIVED.getFirst(),
                "--property",
                // two of its three peers do not exist
                "dispatcher:query-log.peers=dispatcher-1@127.0.0.1:%s,dispatcher-2@127.0.0.1:%s,dispatcher-3@127.0.0.1:%s".formatted(port + 1, port + 2, port + 3));
        try {
            assertThat(run.exitStatus()).isEqualTo(1);
            assertThat(run.errors()).contains("dispatcher-1 is up, but takes no queries").contains("No dispatcher leads the queue").contains("query-log.peers=dispatcher-1@");
        }
        finally {
            ProgramRun.run(START_TIMEOUT, script, "stop", "--dir", directory).expectSuccess();
        }
    }

    @Test
    @Tag("long")
    public void testNumberOfDispatchersThatStoreDoesNotTakeIsRefused()
    {
        assertRefused("the embedded query log needs 1, 3, 5 or 7 dispatchers, not 2. Any number works with --query-log postgresql", "--dispatchers", "2");
        assertRefused("the embedded query log needs 1, 3, 5 or 7 dispatchers, not 4.", "--dispatchers", "3", "--nodes", "both-1=dispatcher,coordinator");
        assertRefused("--query-log memory is for one dispatcher", "--query-log", "memory", "--dispatchers", "3");
    }

    private static void assertRefused(String message, String... arguments)
    {
        Path directory = Artifacts.target().resolve("local-cluster-refused");
        String script = Artifacts.root().resolve("bin").resolve("local-cluster").toString();
        ProgramRun run = ProgramRun.run(START_TIMEOUT, concat(new String[] {script, "start", "--dir", directory.toString()}, arguments, String.class));
        assertThat(run.exitStatus()).isEqualTo(2);
        assertThat(run.errors()).contains(message);
        assertThat(directory).doesNotExist();
    }
}
