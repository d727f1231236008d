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

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import io.airlift.log.Logger;
import io.prestosql.tests.product.LocalCluster.Node;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

import static io.prestosql.tests.product.NodeCounters.activeNodes;
import static io.prestosql.tests.product.NodeCounters.availableCoordinators;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * All coordinators share one host name, as in DNS without a load balancer, and the rest of the cluster knows only that name. When one of
 * them dies, the other nodes log each warning once, and no error.
 */
@Order(SharedCluster.NONE)
@Tag("long")
@TestInstance(PER_CLASS)
public class TestServersBehindOneName
{
    private static final String SECRET = "one-name-secret-one-name-secret-one-name-secret";
    private static final Logger log = Logger.get(TestServersBehindOneName.class);

    private static final Duration START_TIMEOUT = ofSeconds(180);
    private static final String NAME = "coordinators.test";
    /** Long enough for every periodic task of a node to run several times. */
    private static final Duration OUTAGE = ofSeconds(15);

    private Installation installation;
    private Path hosts;

    @BeforeAll
    public void setUp(@TempDir Path directory)
            throws IOException
    {
        installation = Installation.ours("names");
        hosts = directory.resolve("hosts");
        // the JVM's own setting: it looks names up in this file only
        Files.writeString(hosts, """
                127.0.0.1 localhost %s
                127.0.0.1 %s
                127.0.0.2 %s
                """.formatted(InetAddress.getLocalHost().getHostName(), NAME, NAME));
    }

    @AfterAll
    public void tearDown()
    {
        if (installation != null) {
            installation.close();
        }
    }

    @Test
    public void testEveryAddressOfTheNameIsUsedAndAnyMayBeDown()
            throws InterruptedException
    {
        int port = FreePorts.consecutivePorts(2);
        String discoveryUri = "http://%s:%s".formatted(NAME, port);
        // starts before the coordinators, which take longer
        try (ServerProcess front = start("front", "dispatcher,worker", URI.create("http://127.0.0.1:" + (port + 1)), discoveryUri);
                ServerProcess first = start("coordinator-1", "coordinator", URI.create("http://127.0.0.1:" + port), discoveryUri);
                ServerProcess second = start("coordinator-2", "coordinator", URI.create("http://127.0.0.2:" + port), discoveryUri)) {
            for (ServerProcess server : List.of(front, first, second)) {
                server.awaitStarted(START_TIMEOUT);
            }
            await().atMost(ofSeconds(30)).until(() -> availableCoordinators(node(front)), available -> available == 2);
            for (ServerProcess coordinator : List.of(first, second)) {
                // each coordinator knows all nodes, each at its own address
                await().atMost(ofSeconds(30)).until(() -> activeNodes(node(coordinator)), active -> active == 3);
            }
            assertQuery(front);
            assertQuery(front);
            assertThat(QueryView.queriesOn(first.uri(), SECRET)).hasSize(1);
            assertThat(QueryView.queriesOn(second.uri(), SECRET)).hasSize(1);

            for (ServerProcess server : List.of(front, first, second)) {
                assertThat(messages(server, "ERROR")).as("errors at the start of the cluster").isEmpty();
            }

            second.kill();
            await().atMost(ofSeconds(30)).until(() -> availableCoordinators(node(front)), available -> available == 1);
            assertQuery(front);
            // no event shows that nothing is logged, so the test waits for a fixed time
            Thread.sleep(OUTAGE);
            assertQuery(front);
            for (ServerProcess server : List.of(front, first)) {
                Map<String, Integer> warnings = messages(server, "WARN");
                log.info("Warnings with a coordinator down: %s", warnings);
                assertThat(warnings.values()).as(warnings.toString()).allMatch(count -> count == 1);
                assertThat(warnings.keySet()).anyMatch(warning -> warning.contains("127.0.0.2"));
                assertThat(messages(server, "ERROR")).as("errors with a coordinator down").isEmpty();
                assertThat(server.output()).as("tokens of nodes").doesNotContain(InternalToken.HEADER);
            }
        }
    }

    private ServerProcess start(String name, String roles, URI uri, String discoveryUri)
    {
        Path etc = ServerProcess.writeShortLivedEtc(
                installation,
                name,
                uri.getPort(),
                "768M",
                ImmutableList.of("tpch"),
                "node.role=" + roles,
                "discovery.uri=" + discoveryUri,
                "internal-communication.shared-secret=" + SECRET);
        try {
            Path nodeProperties = etc.resolve("node.properties");
            Files.writeString(nodeProperties, Files.readString(nodeProperties).replace("127.0.0.1", uri.getHost()));
            Files.writeString(etc.resolve("jvm.config"), "-Djdk.net.hosts.file=%s%n".formatted(hosts), APPEND);
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return ServerProcess.start(installation.directory(), etc, uri);
    }

    private static Node node(ServerProcess server)
    {
        return new Node(server.uri().toString(), ImmutableList.of(), server.uri(), Optional.empty());
    }

    private static void assertQuery(ServerProcess dispatcher)
    {
        ProtocolQuery query = ProtocolQuery.submit(dispatcher.uri(), "SELECT count(*) FROM tpch.tiny.nation");
        assertThat(query.readToEnd()).extracting(row -> row.get(0).asInt()).containsExactly(25);
        assertThat(query.error()).isEmpty();
    }

    /**
     * Returns the messages of that level with their counts. Messages count as the same if they differ only in numbers, except those in
     * addresses.
     */
    private static Map<String, Integer> messages(ServerProcess server, String level)
    {
        Map<String, Integer> messages = new TreeMap<>();
        for (String line : Splitter.on('\n').split(server.output())) {
            // time, level, thread, logger, message
            List<String> parts = Splitter.on('\t').limit(5).splitToList(line);
            if (parts.size() == 5 && parts.get(1).strip().equals(level)) {
                messages.merge(parts.get(3) + ": " + parts.get(4).replaceAll("(?<![\\d.:])\\d+(?![\\d.])", "N"), 1, Integer::sum);
            }
        }
        return messages;
    }
}
