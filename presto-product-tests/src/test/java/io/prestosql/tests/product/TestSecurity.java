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
import com.google.common.collect.ObjectArrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.net.URI;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.UUID;

import static io.prestosql.tests.product.Http.AS_TEST_USER;
import static java.util.Locale.ENGLISH;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * The engine's password file over TLS on the dispatcher, and addresses that are closed without the cluster's secret.
 */
@Order(SharedCluster.NONE)
@TestInstance(PER_CLASS)
public class TestSecurity
{
    private static final String PASSWORD = "alices-password";
    /** {@link #PASSWORD}, hashed with bcrypt. */
    private static final String PASSWORD_FILE = "alice:$2y$10$ugIVnyHjMsG1fCTmOF.HXuXWHCdWGifvr0CQZvDfUew/MnacS3nvG\n";
    /** A node that is coordinator and worker. */
    private static final String ENGINE = "engine-1";

    private LocalCluster cluster;
    private URI secureUri;
    private ServerCertificate certificate;

    @BeforeAll
    public void setUp()
    {
        int httpsPort = FreePorts.consecutivePorts(1);
        secureUri = URI.create("https://127.0.0.1:" + httpsPort);
        LocalCluster.Builder builder = LocalCluster.builder("security");
        certificate = ServerCertificate.create(builder.writeFile("keystore.p12", ""));
        cluster = builder
                .coordinators(0)
                .workers(0)
                .node(ENGINE, "coordinator,worker")
                .jvm("dispatcher", "-Xmx256M")
                .jvm(ENGINE, "-Xmx768M")
                .catalogs("memory", "tpch")
                .shortLived()
                .property("dispatcher", "http-server.https.enabled", "true")
                .property("dispatcher", "http-server.https.port", String.valueOf(httpsPort))
                .property("dispatcher", "http-server.https.keystore.path", certificate.keystore().toString())
                .property("dispatcher", "http-server.https.keystore.key", ServerCertificate.PASSWORD)
                .property("dispatcher", "http-server.authentication.type", "PASSWORD")
                .etc("dispatcher", "password-authenticator.properties", """
                        password-authenticator.name=file
                        file.password-file=%s
                        """.formatted(builder.writeFile("password.db", PASSWORD_FILE)))
                .start();
    }

    @AfterAll
    public void tearDown()
    {
        if (cluster != null) {
            cluster.close();
        }
    }

    private Connection connect(JdbcDriver driver, String... properties)
            throws SQLException
    {
        return driver.connect(secureUri, ObjectArrays.concat(
                new String[] {"SSL", "true", "SSLTrustStorePath", certificate.keystore().toString(), "SSLTrustStorePassword", ServerCertificate.PASSWORD, "SSLTrustStoreType", ServerCertificate.TYPE},
                properties,
                String.class));
    }

    private static List<String> query(Connection connection, String sql)
            throws SQLException
    {
        ImmutableList.Builder<String> values = ImmutableList.builder();
        try (Statement statement = connection.createStatement();
                ResultSet resultSet = statement.executeQuery(sql)) {
            while (resultSet.next()) {
                values.add(resultSet.getString(1));
            }
        }
        return values.build();
    }

    @ParameterizedTest
    @EnumSource
    public void testCoordinatorSeesTheUserWhoLoggedIn(JdbcDriver driver)
            throws SQLException
    {
        String marker = "marker-" + UUID.randomUUID();
        try (Connection connection = connect(driver, "user", "alice", "password", PASSWORD)) {
            assertThat(query(connection, "SELECT current_user /* %s */ FROM tpch.tiny.region LIMIT 1".formatted(marker))).containsExactly("alice");
            assertThat(query(connection, "SELECT \"user\" FROM system.runtime.queries WHERE query LIKE 'SELECT current_user /* %s%%'".formatted(marker))).containsExactly("alice");
        }
        QueryView onCoordinator = QueryView.queriesWith(cluster.node(ENGINE).uri(), "SELECT current_user /* " + marker).getFirst();
        assertThat(onCoordinator.user()).isEqualTo("alice");
    }

    /**
     * Needs a single coordinator: in the memory connector, every coordinator has tables of its own and numbers them in the same way, so
     * that the workers mix up the tables of two coordinators.
     */
    @ParameterizedTest
    @EnumSource
    public void testCreateTable(JdbcDriver driver)
            throws SQLException
    {
        String table = "memory.default.created_by_" + driver.name().toLowerCase(ENGLISH);
        try (Connection connection = connect(driver, "user", "alice", "password", PASSWORD);
                Statement statement = connection.createStatement()) {
            assertThat(statement.executeUpdate("CREATE TABLE " + table + " AS SELECT * FROM tpch.tiny.customer")).isEqualTo(1500);
            assertThat(query(connection, "SELECT count(*) + sum(custkey) FROM " + table)).containsExactly("1127250");
            connection.setAutoCommit(false);
            assertThat(query(connection, "SELECT count(*) + sum(custkey) FROM " + table)).containsExactly("1127250");
            assertThatThrownBy(() -> statement.executeUpdate("INSERT INTO " + table + " SELECT * FROM tpch.tiny.customer"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("Catalog only supports writes using autocommit: memory");
            connection.rollback();
        }
    }

    @ParameterizedTest
    @EnumSource
    public void testWrongPassword(JdbcDriver driver)
            throws SQLException
    {
        try (Connection connection = connect(driver, "user", "alice", "password", "not-" + PASSWORD)) {
            assertThatThrownBy(() -> query(connection, "SELECT 1"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("Authentication failed: Access Denied: Invalid credentials");
        }
    }

    @ParameterizedTest
    @EnumSource
    public void testNoPassword(JdbcDriver driver)
            throws SQLException
    {
        try (Connection connection = connect(driver, "user", "alice")) {
            assertThatThrownBy(() -> query(connection, "SELECT 1"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("Authentication failed: Unauthorized");
        }
    }

    @ParameterizedTest
    @EnumSource
    public void testPasswordOfOneUserIsNotGoodForAnother(JdbcDriver driver)
            throws SQLException
    {
        try (Connection connection = connect(driver, "user", "alice", "password", PASSWORD, "sessionUser", "bob")) {
            assertThatThrownBy(() -> query(connection, "SELECT 1"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("Access Denied: User alice cannot impersonate user bob");
        }
    }

    @Test
    public void testNothingWithoutTls()
    {
        for (String path : ImmutableList.of("/v1/query", "/v1/resourceGroupState/global", "/v1/jmx/mbean")) {
            assertThat(Http.get(cluster.uri(path), AS_TEST_USER).statusCode()).describedAs(path).isEqualTo(403);
        }
        HttpResponse<String> response = Http.request("POST", cluster.uri("/v1/statement"), "SELECT 1", AS_TEST_USER);
        assertThat(response.statusCode()).isEqualTo(403);
        assertThat(response.body()).contains("Authentication over HTTP is not enabled");
    }

    /** Requests with the secret succeed, so the refusals below have no other reason. */
    @Test
    public void testInternalAddressesWithSecret()
    {
        TestInternalSecret.assertOpenWithSecret(cluster, cluster.node(ENGINE), cluster.node(ENGINE));
    }

    @Test
    public void testInternalAddressesWithoutSecret()
    {
        TestInternalSecret.assertClosedWithoutSecret(cluster.node(ENGINE), cluster.node(ENGINE), cluster.node("dispatcher-1"));
    }

    @Test
    public void testForgedInternalTokenDoesNotSubmit()
    {
        for (String token : ImmutableList.of(InternalToken.create("not the secret"), "nonsense")) {
            HttpResponse<String> response = Http.request("POST", cluster.uri("/v1/statement"), "SELECT 1", "X-Trino-User", "alice", InternalToken.HEADER, token);
            assertThat(response.statusCode()).isEqualTo(401);
        }
        // the true token identifies a node, and a node has no queries of its own
        HttpResponse<String> response = Http.request("POST", cluster.uri("/v1/statement"), "SELECT 1", "X-Trino-User", "alice", InternalToken.HEADER, InternalToken.create(cluster.secret()));
        assertThat(response.statusCode()).isEqualTo(403);
    }
}
