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
package io.prestosql.selection;

import io.prestosql.spi.selection.SelectionQuery.StatementFacts;
import io.trino.sql.parser.SqlParser;
import io.trino.sql.tree.Statement;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

import static org.assertj.core.api.Assertions.assertThat;

public class TestStatementAnalysis
{
    @Test
    public void testTables()
    {
        assertTables("SELECT * FROM orders", "hive.sales.orders");
        assertTables("SELECT * FROM web.Orders o JOIN tpch.tiny.\"Nation\" n ON o.x = n.x", "hive.web.orders", "tpch.tiny.nation");
        assertTables("SELECT (SELECT max(x) FROM a) FROM b WHERE EXISTS (SELECT 1 FROM c) AND x IN (SELECT x FROM d)", "hive.sales.a", "hive.sales.b", "hive.sales.c", "hive.sales.d");
        assertTables("SELECT 1");
        assertTables("SELECT * FROM a.b.c.d");
        assertTables("EXPLAIN SELECT * FROM orders", "hive.sales.orders");
        assertTables("EXPLAIN ANALYZE SELECT * FROM orders", "hive.sales.orders");
        assertTables("PREPARE p FROM SELECT * FROM orders", "hive.sales.orders");
        assertTables("SELECT * FROM a TABLESAMPLE BERNOULLI (10), (VALUES (SELECT max(x) FROM b)) t (x) GROUP BY (SELECT 1 FROM c) ORDER BY (SELECT 1 FROM d)", "hive.sales.a", "hive.sales.b", "hive.sales.c", "hive.sales.d");
        assertTables("SELECT * FROM a JOIN b ON a.x IN (SELECT x FROM c), JSON_TABLE((SELECT max(x) FROM d), 'lax $' COLUMNS (y int PATH 'lax $.y'))", "hive.sales.a", "hive.sales.b", "hive.sales.c", "hive.sales.d");
        assertTables("SELECT * FROM UNNEST(ARRAY[1]) t (x), LATERAL (SELECT * FROM a), TABLE(system.my_function(input => TABLE(b)))", "hive.sales.a", "hive.sales.b");
    }

    @Test
    public void testCommonTableExpressionsAreNoTables()
    {
        assertTables("WITH a AS (SELECT * FROM x), b AS (SELECT * FROM a) SELECT * FROM a, b, y", "hive.sales.x", "hive.sales.y");
        assertTables("WITH a AS (SELECT * FROM a) SELECT * FROM a", "hive.sales.a");
        assertTables("WITH RECURSIVE a (n) AS (SELECT 1 UNION ALL SELECT n FROM a) SELECT * FROM a");
        assertTables("SELECT * FROM (WITH a AS (SELECT 1) SELECT * FROM a), a", "hive.sales.a");
        assertTables("WITH a AS (SELECT 1) SELECT * FROM (SELECT * FROM a), web.a", "hive.web.a");
        assertTables("WITH A AS (SELECT 1) SELECT * FROM a");
    }

    @Test
    public void testStatements()
    {
        assertTables("INSERT INTO a SELECT * FROM b", "hive.sales.a", "hive.sales.b");
        assertTables("DELETE FROM a WHERE x IN (SELECT x FROM b)", "hive.sales.a", "hive.sales.b");
        assertTables("UPDATE a SET x = (SELECT max(y) FROM b)", "hive.sales.a", "hive.sales.b");
        assertTables("MERGE INTO a USING b ON a.x = b.x WHEN MATCHED THEN DELETE", "hive.sales.a", "hive.sales.b");
        assertTables("CREATE TABLE a AS SELECT * FROM b", "hive.sales.a", "hive.sales.b");
        assertTables("CREATE TABLE a (x int)", "hive.sales.a");
        assertTables("CREATE VIEW a AS SELECT * FROM b", "hive.sales.a", "hive.sales.b");
        assertTables("CREATE MATERIALIZED VIEW a AS SELECT * FROM b", "hive.sales.a", "hive.sales.b");
        assertTables("REFRESH MATERIALIZED VIEW a", "hive.sales.a");
        assertTables("DROP TABLE a", "hive.sales.a");
        assertTables("DROP VIEW a", "hive.sales.a");
        assertTables("DROP MATERIALIZED VIEW a", "hive.sales.a");
        assertTables("TRUNCATE TABLE a", "hive.sales.a");
        assertTables("ALTER TABLE a RENAME TO web.b", "hive.sales.a", "hive.web.b");
        assertTables("ALTER TABLE a ADD COLUMN x int", "hive.sales.a");
        assertTables("ALTER TABLE a DROP COLUMN x", "hive.sales.a");
        assertTables("ALTER TABLE a RENAME COLUMN x TO y", "hive.sales.a");
        assertTables("ALTER TABLE a ALTER COLUMN x SET DATA TYPE bigint", "hive.sales.a");
        assertTables("ALTER TABLE a SET PROPERTIES x = 1", "hive.sales.a");
        assertTables("ALTER TABLE a EXECUTE optimize", "hive.sales.a");
        assertTables("ANALYZE a", "hive.sales.a");
        assertTables("COMMENT ON TABLE a IS 'x'", "hive.sales.a");
        assertTables("COMMENT ON COLUMN a.x IS 'x'", "hive.sales.a");
        assertTables("SHOW COLUMNS FROM a", "hive.sales.a");
        assertTables("SHOW STATS FOR a", "hive.sales.a");
        assertTables("SHOW CREATE TABLE a", "hive.sales.a");
        assertTables("SHOW CREATE VIEW a", "hive.sales.a");
        assertThat(analyze("SHOW CREATE SCHEMA a").schemas()).containsExactly("hive.a");
        assertThat(analyze("CREATE SCHEMA a").schemas()).containsExactly("hive.a");
        assertThat(analyze("DROP SCHEMA tpch.a").schemas()).containsExactly("tpch.a");
        assertThat(analyze("ALTER SCHEMA a RENAME TO b").schemas()).containsExactly("hive.a", "hive.b");
        assertThat(analyze("ALTER SCHEMA tpch.a RENAME TO b").schemas()).containsExactly("tpch.a", "tpch.b");
        assertThat(analyze("ALTER SCHEMA tpch.a SET AUTHORIZATION alice").schemas()).containsExactly("tpch.a");
        assertTables("ALTER TABLE a SET AUTHORIZATION alice", "hive.sales.a");
        assertTables("ALTER VIEW a SET AUTHORIZATION alice", "hive.sales.a");
        assertThat(analyze("SHOW TABLES FROM tpch.tiny").schemas()).containsExactly("tpch.tiny");
        assertThat(analyze("SHOW TABLES").schemas()).containsExactly("hive.sales");
        assertThat(analyze("SHOW SCHEMAS").catalogs()).containsExactly("hive");
        assertThat(analyze("USE tpch.tiny").schemas()).containsExactly("tpch.tiny");
        assertThat(analyze("USE tiny").schemas()).containsExactly("hive.tiny");
        assertThat(analyze("SHOW SCHEMAS FROM tpch").catalogs()).containsExactly("tpch");
        assertThat(analyze("DROP CATALOG tpch").catalogs()).containsExactly("tpch");
        assertThat(analyze("CREATE CATALOG Tpch USING tpch").catalogs()).containsExactly("tpch");
    }

    @Test
    public void testSchemasAndCatalogsOfTables()
    {
        StatementFacts facts = analyze("SELECT * FROM orders, tpch.tiny.nation, tpch.sf1.nation");
        assertThat(facts.catalogs()).containsExactly("hive", "tpch");
        assertThat(facts.schemas()).containsExactly("hive.sales", "tpch.sf1", "tpch.tiny");
        assertThat(facts.queryType()).contains("SELECT");
        assertThat(analyze("INSERT INTO a SELECT 1").queryType()).contains("INSERT");
        assertThat(analyze("EXPLAIN ANALYZE INSERT INTO a SELECT 1").queryType()).contains("INSERT");
        assertThat(analyze("DROP TABLE a").queryType()).contains("DATA_DEFINITION");
    }

    @Test
    public void testSessionWithoutCatalog()
    {
        StatementFacts facts = StatementAnalysis.analyze(new SqlParser().createStatement("SELECT * FROM a, tpch.tiny.nation"), Optional.empty(), Optional.empty());
        assertThat(facts.tables()).containsExactly("tpch.tiny.nation");
        assertThat(facts.catalogs()).containsExactly("tpch");
    }

    /**
     * As many as the parser takes, on a stack that is far smaller than that of a server's threads.
     */
    @Test
    public void testDeepStatement()
            throws Exception
    {
        Statement statement = new SqlParser().createStatement("SELECT (SELECT max(x) FROM a) + " + "1 + ".repeat(2000) + "1");
        AtomicReference<StatementFacts> facts = new AtomicReference<>();
        Thread thread = new Thread(null, () -> facts.set(StatementAnalysis.analyze(statement, Optional.of("hive"), Optional.of("sales"))), "small-stack", 128 * 1024);
        thread.start();
        thread.join();
        assertThat(facts.get().tables()).containsExactly("hive.sales.a");
    }

    @Test
    public void testIncompleteNames()
    {
        assertThat(findIncompleteName("SELECT * FROM tpch.tiny.nation, a, b", Optional.of("hive"), Optional.empty())).contains("a");
        assertThat(findIncompleteName("SELECT * FROM sales.a", Optional.empty(), Optional.of("web"))).contains("sales.a");
        assertThat(findIncompleteName("SELECT * FROM a.b.c.d", Optional.of("hive"), Optional.of("sales"))).contains("a.b.c.d");
        assertThat(findIncompleteName("DROP SCHEMA a", Optional.empty(), Optional.empty())).contains("a");
        assertThat(findIncompleteName("DROP SCHEMA a.b.c", Optional.of("hive"), Optional.empty())).contains("a.b.c");
        assertThat(findIncompleteName("SHOW TABLES", Optional.of("hive"), Optional.empty())).contains("the session's schema");
        assertThat(findIncompleteName("SHOW SCHEMAS", Optional.empty(), Optional.empty())).contains("the session's catalog");
        for (String complete : List.of("SELECT * FROM tpch.tiny.nation", "WITH a AS (SELECT 1) SELECT * FROM a", "DROP SCHEMA a.b", "SHOW TABLES FROM a.b", "SHOW CATALOGS", "SELECT 1")) {
            assertThat(findIncompleteName(complete, Optional.empty(), Optional.empty())).as(complete).isEmpty();
        }
        assertThat(findIncompleteName("SELECT * FROM a, web.b", Optional.of("hive"), Optional.of("sales"))).isEmpty();
    }

    private static Optional<String> findIncompleteName(String sql, Optional<String> catalog, Optional<String> schema)
    {
        return StatementAnalysis.findIncompleteName(new SqlParser().createStatement(sql), catalog, schema);
    }

    private static void assertTables(String sql, String... tables)
    {
        assertThat(analyze(sql).tables()).as(sql).containsExactly(tables);
    }

    private static StatementFacts analyze(String sql)
    {
        return StatementAnalysis.analyze(new SqlParser().createStatement(sql), Optional.of("hive"), Optional.of("Sales"));
    }
}
