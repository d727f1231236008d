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
import io.airlift.log.Logger;
import io.prestosql.tests.product.LocalCluster.Node;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.prestosql.tests.product.Http.AS_TEST_USER;
import static java.time.Duration.ofSeconds;
import static java.util.concurrent.Executors.newFixedThreadPool;
import static java.util.concurrent.Executors.newSingleThreadExecutor;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * Stock JDBC drivers on a dispatcher, and the addresses that a driver's user sees beside its results.
 */
@Order(SharedCluster.EVERYDAY)
@TestInstance(PER_CLASS)
public class TestJdbcClients
{
    private static final Logger log = Logger.get(TestJdbcClients.class);

    /** Runs for hours, in little memory: a query that exceeds its memory ends by itself. */
    private static final String LONG_QUERY = "SELECT count(*) FROM tpch.sf1000.lineitem WHERE comment = 'no such comment'";

    private LocalCluster cluster;

    @BeforeAll
    public void setUp()
    {
        cluster = EverydayCluster.get();
    }

    private Connection connect(JdbcDriver driver, String... properties)
            throws SQLException
    {
        return driver.connect(cluster.uri(), properties);
    }

    private static String marker()
    {
        return "marker-" + UUID.randomUUID();
    }

    private static List<List<Object>> rows(ResultSet resultSet)
            throws SQLException
    {
        List<List<Object>> rows = new ArrayList<>();
        int columns = resultSet.getMetaData().getColumnCount();
        while (resultSet.next()) {
            List<Object> row = new ArrayList<>();
            for (int column = 1; column <= columns; column++) {
                row.add(resultSet.getObject(column));
            }
            rows.add(row);
        }
        return rows;
    }

    private static List<List<Object>> query(Connection connection, String sql)
            throws SQLException
    {
        try (Statement statement = connection.createStatement();
                ResultSet resultSet = statement.executeQuery(sql)) {
            return rows(resultSet);
        }
    }

    private static void execute(Connection connection, String sql)
            throws SQLException
    {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @ParameterizedTest
    @EnumSource
    public void testSelect(JdbcDriver driver)
            throws SQLException
    {
        try (Connection connection = connect(driver)) {
            assertThat(query(connection, "SELECT nationkey, name FROM tpch.tiny.nation WHERE nationkey IN (3, 4) ORDER BY 1"))
                    .isEqualTo(List.of(List.of(3L, "CANADA"), List.of(4L, "EGYPT")));
        }
    }

    @ParameterizedTest
    @EnumSource
    public void testResultOfManyPages(JdbcDriver driver)
            throws SQLException
    {
        try (Connection connection = connect(driver, "encoding", "json")) {
            long expectedKeys = (long) query(connection, "SELECT sum(orderkey) FROM tpch.tiny.orders").getFirst().getFirst();
            List<List<Object>> rows = query(connection, "SELECT * FROM tpch.tiny.orders");
            assertThat(rows).hasSize(15_000);
            assertThat(rows.stream().mapToLong(row -> (long) row.getFirst()).sum()).isEqualTo(expectedKeys);
            assertThat(rows).allMatch(row -> row.size() == 9 && row.stream().noneMatch(value -> value == null));
        }
    }

    @ParameterizedTest
    @EnumSource
    public void testUseAndSessionProperties(JdbcDriver driver)
            throws SQLException
    {
        try (Connection connection = connect(driver)) {
            execute(connection, "USE tpch.tiny");
            assertThat(connection.getCatalog()).isEqualTo("tpch");
            assertThat(connection.getSchema()).isEqualTo("tiny");
            assertThat(query(connection, "SELECT count(*) FROM region")).isEqualTo(List.of(List.of(5L)));

            execute(connection, "SET SESSION query_max_run_time = '77m'");
            assertThat(query(connection, "SHOW SESSION LIKE 'query_max_run_time'").getFirst().get(1)).isEqualTo("77m");
            execute(connection, "SET SESSION tpcds.splits_per_node = 3");
            assertThat(query(connection, "SHOW SESSION LIKE 'tpcds.splits_per_node'").getFirst().get(1)).isEqualTo("3");
            execute(connection, "RESET SESSION query_max_run_time");
            assertThat(query(connection, "SHOW SESSION LIKE 'query_max_run_time'").getFirst().get(1)).isNotEqualTo("77m");
        }
    }

    @ParameterizedTest
    @EnumSource
    public void testRoles(JdbcDriver driver)
            throws SQLException
    {
        try (Connection connection = connect(driver)) {
            execute(connection, "SET ROLE NONE");
            assertThat(query(connection, "SELECT 1")).isEqualTo(List.of(List.of(1)));
            execute(connection, "SET ROLE ALL");
            assertThat(query(connection, "SELECT 1")).isEqualTo(List.of(List.of(1)));
            assertThatThrownBy(() -> execute(connection, "SET ROLE nobody_has_this"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("Role 'nobody_has_this' does not exist");
        }
    }

    @ParameterizedTest
    @EnumSource
    public void testPreparedStatements(JdbcDriver driver)
            throws SQLException
    {
        try (Connection connection = connect(driver)) {
            try (PreparedStatement statement = connection.prepareStatement("SELECT name FROM tpch.tiny.nation WHERE nationkey = ?")) {
                for (int key : new int[] {3, 4}) {
                    statement.setLong(1, key);
                    try (ResultSet resultSet = statement.executeQuery()) {
                        assertThat(rows(resultSet)).isEqualTo(List.of(List.of(key == 3 ? "CANADA" : "EGYPT")));
                    }
                }
            }
            execute(connection, "PREPARE mine FROM SELECT ? + 1");
            assertThat(query(connection, "EXECUTE mine USING 41")).isEqualTo(List.of(List.of(42)));
            execute(connection, "DEALLOCATE PREPARE mine");
            assertThatThrownBy(() -> query(connection, "EXECUTE mine USING 41"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("Prepared statement not found: mine");
        }
    }

    @ParameterizedTest
    @EnumSource
    public void testErrorTellsWhatAndWhere(JdbcDriver driver)
            throws SQLException
    {
        try (Connection connection = connect(driver)) {
            assertThatThrownBy(() -> query(connection, "SELECT 1\nFRM x"))
                    .isInstanceOfSatisfying(SQLException.class, e -> {
                        // the engine's code of SYNTAX_ERROR
                        assertThat(e.getErrorCode()).isEqualTo(1);
                        assertThat(e.getMessage()).contains("line 2:5: mismatched input 'x'");
                    });
            assertThatThrownBy(() -> query(connection, "SELECT a FROM tpch.tiny.nation"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("line 1:8: Column 'a' cannot be resolved");
            assertThatThrownBy(() -> query(connection, "SELECT 1 / (nationkey - nationkey) FROM tpch.tiny.nation"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("Division by zero");
        }
    }

    /** Both coordinators get work, so a statement would miss its transaction if the statements were not kept together. */
    @ParameterizedTest
    @EnumSource
    public void testStatementsOfTransactionRunOnOneCoordinator(JdbcDriver driver)
            throws SQLException
    {
        for (int i = 0; i < 4; i++) {
            String marker = marker();
            try (Connection connection = connect(driver)) {
                connection.setAutoCommit(false);
                for (int statement = 0; statement < 3; statement++) {
                    assertThat(query(connection, "SELECT count(*) /* %s */ FROM tpch.tiny.region".formatted(marker))).isEqualTo(List.of(List.of(5L)));
                }
                if (i % 2 == 0) {
                    connection.commit();
                }
                else {
                    connection.rollback();
                }
                // the same connection begins another transaction
                assertThat(query(connection, "SELECT 1")).isEqualTo(List.of(List.of(1)));
                connection.commit();
                connection.setAutoCommit(true);
                assertThat(query(connection, "SELECT 2")).isEqualTo(List.of(List.of(2)));
            }
            List<Node> coordinators = cluster.coordinators().stream()
                    .filter(node -> !QueryView.withMarker(QueryView.queriesOn(node.uri(), cluster.secret()), marker).isEmpty())
                    .collect(toImmutableList());
            assertThat(coordinators).hasSize(1);
            assertThat(QueryView.withMarker(QueryView.queriesOn(coordinators.getFirst().uri(), cluster.secret()), marker)).hasSize(3);
        }
    }

    @ParameterizedTest
    @EnumSource
    public void testStatementOfUnknownTransactionFailsAsOnStockServer(JdbcDriver driver)
            throws SQLException
    {
        try (Connection connection = connect(driver)) {
            assertThatThrownBy(() -> execute(connection, "COMMIT"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("No transaction in progress");
        }
        ProtocolQuery query = ProtocolQuery.submit(cluster.uri(), "SELECT 1", "X-Trino-Transaction-Id", UUID.randomUUID().toString());
        query.readToEnd();
        assertThat(query.errorName()).contains("UNKNOWN_TRANSACTION");
    }

    @ParameterizedTest
    @EnumSource
    public void testCanceledStatementEndsOnCoordinator(JdbcDriver driver)
            throws Exception
    {
        String marker = marker();
        try (Connection connection = connect(driver);
                Statement statement = connection.createStatement();
                ExecutorService executor = newSingleThreadExecutor()) {
            Future<List<List<Object>>> result = executor.submit(() -> {
                try (ResultSet resultSet = statement.executeQuery(LONG_QUERY + " /* %s */".formatted(marker))) {
                    return rows(resultSet);
                }
            });
            awaitRunning(marker);
            statement.cancel();
            assertThatThrownBy(() -> result.get(60, SECONDS)).hasCauseInstanceOf(SQLException.class);
        }
        assertCanceled(marker);
    }

    private void awaitRunning(String marker)
    {
        await().atMost(ofSeconds(60)).untilAsserted(() -> assertThat(QueryView.queriesWith(cluster.uri(), marker)).extracting(QueryView::state).containsExactly("RUNNING"));
    }

    private void assertCanceled(String marker)
    {
        await().atMost(ofSeconds(30)).untilAsserted(() -> assertThat(QueryView.queriesWith(cluster.uri(), marker)).extracting(QueryView::errorName).containsExactly(Optional.of("USER_CANCELED")));
        List<QueryView> executions = cluster.coordinators().stream()
                .flatMap(node -> QueryView.withMarker(QueryView.queriesOn(node.uri(), cluster.secret()), marker).stream())
                .collect(toImmutableList());
        assertThat(executions).hasSize(1);
        assertThat(executions.getFirst().state()).isEqualTo("FAILED");
        assertThat(executions.getFirst().errorName()).contains("USER_CANCELED");
    }

    @Test
    @Tag("long")
    public void testHundredClientsAtOnce()
            throws Exception
    {
        int clients = 100;
        int queriesEach = 2;
        long start = System.nanoTime();
        List<Future<?>> results = new ArrayList<>();
        try (ExecutorService executor = newFixedThreadPool(clients)) {
            for (int client = 0; client < clients; client++) {
                int number = client;
                JdbcDriver driver = JdbcDriver.values()[client % 2];
                results.add(executor.submit(() -> {
                    // the queue is there for more queries at once than the machine can run
                    try (Connection connection = connect(driver, "source", EverydayCluster.TWELVE_AT_A_TIME)) {
                        for (int i = 0; i < queriesEach; i++) {
                            int value = number * queriesEach + i;
                            assertThat(query(connection, "SELECT %s, count(*) FROM tpch.tiny.nation WHERE nationkey < %s".formatted(value, value % 25)))
                                    .isEqualTo(List.of(List.of(value, (long) (value % 25))));
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> result : results) {
                result.get(300, SECONDS);
            }
        }
        log.info("%s clients with %s queries each: %.1f s", clients, queriesEach, (System.nanoTime() - start) / 1e9);
    }

    /** The dispatcher has a heap of 256 MB, far less than the result. */
    @Test
    public void testFiveMillionRows()
            throws SQLException
    {
        long count = 0;
        long keys = 0;
        long start = System.nanoTime();
        try (Connection connection = connect(JdbcDriver.ENGINE_RELEASE, "encoding", "json");
                Statement statement = connection.createStatement();
                ResultSet resultSet = statement.executeQuery("SELECT row_number, row_number * 3 FROM (SELECT a * 5000 + b AS row_number FROM UNNEST(sequence(0, 999)) a(a), UNNEST(sequence(0, 4999)) b(b))")) {
            while (resultSet.next()) {
                long key = resultSet.getLong(1);
                if (resultSet.getLong(2) != key * 3) {
                    throw new AssertionError("Wrong row: " + key);
                }
                keys += key;
                count++;
            }
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        log.info("5,000,000 rows through a dispatcher with 256 MB: %.1f s, %.0f rows/s", seconds, count / seconds);
        assertThat(count).isEqualTo(5_000_000);
        assertThat(keys).isEqualTo(4_999_999L * 5_000_000 / 2);
        assertThat(cluster.isRunning("dispatcher-1")).isTrue();
    }

    @Test
    public void testAddressesBesideTheResult()
    {
        ProtocolQuery query = ProtocolQuery.submit(cluster.uri(), "SELECT count(*) FROM tpch.tiny.region");
        assertThat(query.readToEnd()).hasSize(1);
        assertThat(query.infoUri().getPort()).isEqualTo(cluster.uri().getPort());
        // the query's page requires a log-in to the UI, so this ends at the log-in form
        assertThat(Http.browse(query.infoUri()).statusCode()).isEqualTo(200);

        assertThat(Http.getJson(cluster.uri("/v1/info")).get("starting").asBoolean()).isFalse();
        assertThat(Http.getJson(cluster.uri("/v1/info/state"), AS_TEST_USER).asText()).isEqualTo("ACTIVE");
        assertThat(QueryView.queriesOf(cluster.uri())).extracting(QueryView::id).contains(query.id());
        assertThat(Http.getJson(cluster.uri("/v1/query/" + query.id()), AS_TEST_USER).get("state").asText()).isEqualTo("FINISHED");
    }

    @Test
    public void testDeleteOfQueryCancelsIt()
    {
        String marker = marker();
        ProtocolQuery query = ProtocolQuery.submit(cluster.uri(), LONG_QUERY + " /* %s */".formatted(marker));
        while (!query.state().equals("RUNNING")) {
            assertThat(query.advance()).isTrue();
        }
        assertThat(Http.request("DELETE", cluster.uri("/v1/query/" + query.id()), "", AS_TEST_USER).statusCode()).isEqualTo(204);
        query.readToEnd();
        assertThat(query.errorName()).contains("USER_CANCELED");
        assertCanceled(marker);
    }

    @Test
    public void testDeleteOfNextUriCancelsQuery()
    {
        String marker = marker();
        ProtocolQuery query = ProtocolQuery.submit(cluster.uri(), LONG_QUERY + " /* %s */".formatted(marker));
        while (!query.state().equals("RUNNING")) {
            assertThat(query.advance()).isTrue();
        }
        assertThat(Http.request("DELETE", query.nextUri().orElseThrow(), "", AS_TEST_USER).statusCode()).isEqualTo(204);
        assertCanceled(marker);
    }

    @Test
    public void testCoordinatorSendsClientsToDispatcher()
    {
        for (Node coordinator : cluster.coordinators()) {
            HttpResponse<String> response = Http.request("POST", coordinator.uri().resolve("/v1/statement"), "SELECT 1", AS_TEST_USER);
            assertThat(response.statusCode()).isEqualTo(421);
            assertThat(response.body()).contains("send them to").contains(cluster.uri().toString());
        }
    }

    @Test
    public void testQueueFull()
    {
        List<ProtocolQuery> queries = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            ProtocolQuery query = ProtocolQuery.submit(cluster.uri(), "SELECT 1", "X-Trino-Source", EverydayCluster.ONE_AND_ONE_QUEUED);
            query.advance();
            queries.add(query);
        }
        ProtocolQuery third = ProtocolQuery.submit(cluster.uri(), "SELECT 1", "X-Trino-Source", EverydayCluster.ONE_AND_ONE_QUEUED);
        third.readToEnd();
        assertThat(third.errorName()).contains("QUERY_QUEUE_FULL");
        assertThat(third.errorMessage()).contains("Too many queued queries for \"one\"");
        for (ProtocolQuery query : ImmutableList.copyOf(queries)) {
            query.readToEnd();
            assertThat(query.errorName()).isEmpty();
        }
    }
}
