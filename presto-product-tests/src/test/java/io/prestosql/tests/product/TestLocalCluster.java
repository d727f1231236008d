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

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.base.Splitter;
import io.prestosql.tests.product.LocalCluster.Node;
import org.junit.jupiter.api.Test;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

import static com.google.common.collect.ObjectArrays.concat;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * {@code bin/local-cluster}, which the other tests use as well.
 */
public class TestLocalCluster
{
    private static final Duration START_TIMEOUT = ofSeconds(200);
    private static final String THREE_QUERIES = "SELECT count(*) FROM tpch.tiny.nation; SELECT 6 * 7; SELECT max(regionkey) FROM tpch.tiny.nation";
    private static final String THREE_RESULTS = "\"25\"\n\"42\"\n\"4\"\n";

    @Test
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
                "--tarball",
                Artifacts.server().toString(),
                "--port",
                String.valueOf(FreePorts.consecutivePorts(3)),
                "--coordinators",
                "1",
                "--property",
                "dispatcher:nonsense.property=1");
        try {
            assertThat(run.exitStatus()).isEqualTo(1);
            assertThat(run.errors()).contains("dispatcher-1 did not start").contains("Configuration property 'nonsense.property' was not used");
            assertThat(ProcessHandle.allProcesses().flatMap(process -> process.info().commandLine().stream()))
                    .noneMatch(command -> command.contains("-Dlocal-cluster.node=" + directory));
        }
        finally {
            ProgramRun.run(START_TIMEOUT, script, "stop", "--dir", directory).expectSuccess();
        }
    }

    @Test
    public void testDispatchersBehindLoadBalancer()
    {
        try (LocalCluster cluster = LocalCluster.builder("load-balancer")
                .dispatchers(2)
                .coordinators(0)
                .workers(0)
                .node("single-1", "dispatcher,coordinator,worker")
                .loadBalancer()
                .jvm("dispatcher", "-Xmx256M")
                .jvm("single-1", "-Xmx768M")
                .shortLived()
                .start()) {
            assertThat(cluster.dispatchers()).hasSize(3);
            assertThat(cluster.uri()).isEqualTo(cluster.node("load-balancer").uri());
            assertThat(cluster.dispatchers()).extracting(Node::uri).doesNotContain(cluster.uri());
            assertThat(cluster.command("status").expectSuccess().output()).containsPattern("load-balancer .* %s +runs".formatted(cluster.uri()));

            Set<String> dispatchersThatAnswered = new HashSet<>();
            await().atMost(ofSeconds(30)).until(() -> {
                HttpResponse<String> response = Http.request(
                        "POST",
                        cluster.uri("/v1/statement"),
                        "SELECT 1",
                        "X-Trino-User", "product-test",
                        "X-Forwarded-Host", "elsewhere.test",
                        "X-Forwarded-Prefix", "/elsewhere");
                // a dispatcher may just see an election
                if (response.statusCode() == 200) {
                    JsonNode answer = Http.parse(response.body());
                    // it leads back to the load balancer, whatever the client says of where it comes from
                    assertThat(answer.get("nextUri").asText()).startsWith(cluster.uri("/v1/statement/").toString());
                    // an id ends with letters of the dispatcher that has made it
                    dispatchersThatAnswered.add(Splitter.on('_').splitToList(answer.get("id").asText()).getLast());
                }
                return dispatchersThatAnswered.size() == 3;
            });

            assertThat(Cli.execute(cluster.uri(), THREE_QUERIES).expectSuccess().output()).isEqualTo(THREE_RESULTS);
            assertThat(cluster.command("cli", "--execute", "SELECT 6 * 7").expectSuccess().output()).isEqualTo("\"42\"\n");

            // a dispatcher that is not there gets nothing
            cluster.kill("dispatcher-1");
            assertThat(Cli.execute(cluster.uri(), THREE_QUERIES).expectSuccess().output()).isEqualTo(THREE_RESULTS);

            cluster.kill("load-balancer");
            assertThat(cluster.command("status").output())
                    .containsPattern("load-balancer .* does not run")
                    .containsPattern("dispatcher-1 .* does not run");
            // of a dispatcher that runs
            assertThat(cluster.command("cli", "--execute", "SELECT 6 * 7").expectSuccess().output()).isEqualTo("\"42\"\n");
            cluster.restart("load-balancer");
            assertThat(cluster.command("status").output()).containsPattern("load-balancer .* runs");
            assertThat(Cli.execute(cluster.uri(), THREE_QUERIES).expectSuccess().output()).isEqualTo(THREE_RESULTS);
        }
    }

    @Test
    public void testDispatchersWithPostgresql()
    {
        try (LocalCluster cluster = LocalCluster.builder("postgresql")
                .dispatchers(1)
                .coordinators(0)
                .workers(0)
                .node("single-1", "dispatcher,coordinator,worker")
                .queryLog("postgresql")
                .jvm("dispatcher", "-Xmx256M")
                .jvm("single-1", "-Xmx768M")
                .shortLived()
                .start()) {
            assertThat(cluster.command("status").expectSuccess().output()).containsPattern("postgresql .* %s +runs".formatted(cluster.node("postgresql").uri().getAuthority()));
            assertThat(cluster.dispatchers()).hasSize(2);
            for (Node dispatcher : cluster.dispatchers()) {
                assertThat(Cli.execute(dispatcher.uri(), THREE_QUERIES).expectSuccess().output()).isEqualTo(THREE_RESULTS);
            }

            cluster.pause("postgresql");
            assertThat(cluster.command("status").output()).containsPattern("postgresql .* paused");
            cluster.resume("postgresql");
            cluster.command("status").expectSuccess();
            cluster.kill("postgresql");
            assertThat(cluster.command("status").output()).containsPattern("postgresql .* does not run");
            cluster.restart("postgresql");
            for (Node dispatcher : cluster.dispatchers()) {
                assertThat(Cli.execute(dispatcher.uri(), THREE_QUERIES).expectSuccess().output()).isEqualTo(THREE_RESULTS);
            }
        }
    }

    @Test
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
