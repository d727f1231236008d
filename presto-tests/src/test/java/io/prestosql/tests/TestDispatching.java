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
package io.prestosql.tests;

import com.google.common.collect.ImmutableList;
import io.airlift.log.Logger;
import io.prestosql.coordinator.AssignedQueries;
import io.prestosql.testing.StockServer;
import io.prestosql.testing.TestingClient;
import io.prestosql.testing.TestingPrestoCluster;
import io.prestosql.testing.TestingPrestoServer;
import io.trino.client.QueryError;
import io.trino.plugin.tpch.TpchPlugin;
import io.trino.server.testing.TestingTrinoServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

import static io.prestosql.node.NodeRole.COORDINATOR;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * Queries go through the dispatcher to both coordinators, whose errors reach the client as from a stock server.
 */
@TestInstance(PER_CLASS)
public class TestDispatching
{
    private static final Logger log = Logger.get(TestDispatching.class);

    private static final List<String> WRONG_STATEMENTS = ImmutableList.of(
            // parser
            "SELEC 1",
            "SELECT 1 FROM",
            "SELECT 'unterminated",
            "SELECT\n  a,\n  b ! c\nFROM x",
            // analysis
            "SELECT x FROM tpch.tiny.nation",
            "SELECT 1,\n  nope(2)",
            "SELECT * FROM nope.tiny.nation",
            "SELECT * FROM tpch.nope.nation",
            "SELECT * FROM tpch.tiny.nope",
            "SELECT * FROM nation",
            "SELECT name, count(*) FROM tpch.tiny.nation",
            "SELECT 1 + 'a'",
            "SELECT cast(name AS array(bigint)) FROM tpch.tiny.nation",
            // planning
            "INSERT INTO tpch.tiny.nation VALUES (1)",
            "CREATE TABLE tpch.tiny.t (x bigint)",
            "DELETE FROM tpch.tiny.nation",
            // execution
            "SELECT 1 / 0",
            "SELECT 1 / (nationkey - 3) FROM tpch.tiny.nation",
            "SELECT cast(name AS bigint) FROM tpch.tiny.nation",
            "SELECT fail('on purpose')",
            // statements about the session
            "SET SESSION nope = 1",
            "SET SESSION query_max_run_time = 'nope'",
            "SET SESSION tpch.nope = 1",
            "EXECUTE nope",
            "DEALLOCATE PREPARE nope",
            "COMMIT",
            "ROLLBACK",
            "USE tpch.nope",
            "USE nope.tiny",
            "SET ROLE nope",
            "SHOW TABLES",
            "SHOW CREATE TABLE tpch.tiny.nope",
            "CALL system.runtime.nope()",
            "CALL system.runtime.kill_query(query_id => 'nope', message => 'x')");

    private TestingPrestoCluster cluster;
    private TestingClient client;

    @BeforeAll
    public void setUp()
    {
        cluster = TestingPrestoCluster.builder()
                .addDispatchers(1)
                .addCoordinators(2)
                .addWorkers(1)
                .addPlugin(new TpchPlugin())
                .addCatalog("tpch", "tpch")
                .build();
        client = new TestingClient(cluster.getDispatcherUrl());
    }

    @AfterAll
    public void tearDown()
    {
        client.close();
        cluster.close();
    }

    @Test
    public void testBothCoordinatorsWork()
    {
        Set<String> used = new HashSet<>();
        for (int i = 0; i < 6; i++) {
            TestingClient.Result result = client.execute("SELECT count(*) FROM tpch.tiny.orders");
            assertThat(result.onlyValue()).isEqualTo(15000L);
            used.add(cluster.getCoordinatorOf(result.queryId()).getNodeId());
        }
        assertThat(used).containsExactlyInAnyOrder("coordinator-1", "coordinator-2");
    }

    @Test
    public void testLargeResult()
    {
        assertThat(client.execute("SELECT * FROM tpch.tiny.lineitem").rows()).hasSize(60175);
    }

    @Test
    public void testFailuresAreThoseOfAStockServer()
            throws Exception
    {
        try (TestingTrinoServer stock = StockServer.withTpch()) {
            try (TestingClient stockClient = new TestingClient(stock.getBaseUrl())) {
                for (String sql : WRONG_STATEMENTS) {
                    QueryError expected = stockClient.execute(sql).error().orElseThrow();
                    QueryError actual = client.execute(sql).error().orElseThrow(() -> new AssertionError("No failure: " + sql));
                    assertThat(actual)
                            .as(sql)
                            .usingRecursiveComparison()
                            // the stack trace differs
                            .ignoringFields("failureInfo")
                            .isEqualTo(expected);
                    assertThat(actual.getFailureInfo().getType()).as(sql).isEqualTo(expected.getFailureInfo().getType());
                    assertThat(actual.getFailureInfo().getMessage()).as(sql).isEqualTo(expected.getFailureInfo().getMessage());
                    assertThat(actual.getFailureInfo().getErrorLocation()).as(sql)
                            .usingRecursiveComparison()
                            .isEqualTo(expected.getFailureInfo().getErrorLocation());
                }
            }
        }
        log.info("%s failures are those of a stock server", WRONG_STATEMENTS.size());
    }

    @Test
    public void testNothingIsLeftAtTheEnd()
    {
        client.execute("SELECT count(*) FROM tpch.tiny.orders");
        client.execute("SELECT 1 / 0");
        client.execute("SELEC 1");
        for (TestingPrestoServer coordinator : cluster.getServers(COORDINATOR)) {
            await().until(() -> coordinator.getInstance(AssignedQueries.class).getRunningQueries(), running -> running == 0);
        }
    }
}
