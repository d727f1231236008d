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
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;

import static java.nio.file.StandardOpenOption.APPEND;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * The small archive, unpacked over the engine's own distribution, adds roles to it, and does not affect a configuration without roles.
 */
@Order(SharedCluster.NONE_WITHOUT_CACHE)
@TestInstance(PER_CLASS)
public class TestOverlay
{
    private static final String SECRET = "overlay-secret-overlay-secret-overlay-secret";
    private static final Duration START_TIMEOUT = ofSeconds(180);

    private Installation installation;

    @BeforeAll
    public void setUp()
    {
        AheadOfTimeCache.makeInBackground();
        installation = Installation.overlaid("overlay");
    }

    @AfterAll
    public void tearDown()
    {
        if (installation != null) {
            installation.close();
        }
    }

    private static long countNations(URI server)
            throws SQLException
    {
        try (Connection connection = JdbcDriver.ENGINE_RELEASE.connect(server);
                Statement statement = connection.createStatement();
                ResultSet resultSet = statement.executeQuery("SELECT count(*) FROM tpch.tiny.nation")) {
            assertThat(resultSet.next()).isTrue();
            return resultSet.getLong(1);
        }
    }

    @Test
    public void testRoles()
            throws SQLException
    {
        int port = FreePorts.consecutivePorts(2);
        String[] common = {"discovery.uri=http://127.0.0.1:" + (port + 1), "internal-communication.shared-secret=" + SECRET};
        try (ServerProcess dispatcher = start("dispatcher", port, common);
                ServerProcess engine = start("coordinator,worker", port + 1, common)) {
            dispatcher.awaitStarted(START_TIMEOUT);
            engine.awaitStarted(START_TIMEOUT);
            assertThat(countNations(dispatcher.uri())).isEqualTo(25);
            assertThat(QueryView.queriesOn(engine.uri(), SECRET)).hasSize(1);
            // one node is up before the other, which must cause no warnings
            assertThat(warnings(dispatcher)).isEmpty();
            assertThat(warnings(engine)).isEmpty();

            // a stop must cause none either; the node that would miss the other stops first
            dispatcher.close();
            assertThat(warnings(dispatcher)).isEmpty();
            engine.close();
            assertThat(warnings(engine)).isEmpty();
        }
    }

    private static List<String> warnings(ServerProcess server)
    {
        return server.output().lines()
                .filter(line -> line.contains("\tWARN\t") || line.contains("\tERROR\t"))
                .toList();
    }

    private ServerProcess start(String roles, int port, String... common)
    {
        return ServerProcess.start(
                installation.directory(),
                ServerProcess.writeShortLivedEtc(
                        installation,
                        roles.replace(',', '-'),
                        port,
                        roles.equals("dispatcher") ? "256M" : "1G",
                        roles.equals("dispatcher") ? ImmutableList.of() : ImmutableList.of("tpch"),
                        ImmutableList.<String>builder().add("node.role=" + roles).add(common).build().toArray(String[]::new)),
                port);
    }

    @Test
    public void testStockConfigurationStartsStockServer()
            throws SQLException
    {
        try (ServerProcess server = ServerProcess.startStock(installation, FreePorts.consecutivePorts(1))) {
            server.awaitStarted(START_TIMEOUT);
            // a stock server takes queries before it can run them
            await().atMost(ofSeconds(60)).ignoreException(SQLException.class).untilAsserted(() -> assertThat(countNations(server.uri())).isEqualTo(25));
            // a stock server's client goes from its queue directly to its execution: our dispatch is not there
            assertThat(Http.get(server.uri().resolve("/v1/dispatch/query"), InternalToken.HEADER, "nonsense").statusCode()).isIn(401, 403, 404);
            assertThat(Http.getJson(server.uri().resolve("/v1/info")).get("nodeVersion").get("version").asText()).isEqualTo("476-1");
        }
    }

    @Test
    public void testConflictOfRoleAndCoordinatorPropertyNamesBoth()
            throws IOException
    {
        int port = FreePorts.consecutivePorts(1);
        try (ServerProcess server = ServerProcess.start(
                installation.directory(),
                ServerProcess.writeShortLivedEtc(
                        installation,
                        "conflict",
                        port,
                        "512M",
                        ImmutableList.of(),
                        "coordinator=true",
                        "node.role=worker",
                        "discovery.uri=http://127.0.0.1:" + port),
                port)) {
            await().atMost(START_TIMEOUT).until(() -> !server.isAlive());
            assertThat(server.output()).contains("node.role").contains("coordinator").contains("config.properties");
        }
        assertThat(Files.exists(installation.directory().resolve("presto").resolve("FILES"))).isTrue();
    }

    @Test
    public void testRoleInNodeProperties()
            throws IOException
    {
        int port = FreePorts.consecutivePorts(1);
        Path etc = ServerProcess.writeShortLivedEtc(
                installation,
                "node-properties",
                port,
                "512M",
                ImmutableList.of(),
                "discovery.uri=http://127.0.0.1:" + port);
        Files.writeString(etc.resolve("node.properties"), "node.role=worker,boss\n", APPEND);
        try (ServerProcess server = ServerProcess.start(installation.directory(), etc, port)) {
            await().atMost(START_TIMEOUT).until(() -> !server.isAlive());
            assertThat(server.output()).contains("'node.role=worker,boss' in the system properties (-Dnode.role=, or etc/node.properties) has the unknown role 'boss'");
        }
    }
}
