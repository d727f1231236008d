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
package io.prestosql.dispatcher.admission;

import io.trino.sql.parser.SqlParser;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

public class TestStatementEffects
{
    private static final SqlParser PARSER = new SqlParser();

    @ParameterizedTest
    @ValueSource(strings = {
            "SELECT 1",
            "WITH t AS (SELECT * FROM a) SELECT * FROM t, b WHERE x IN (SELECT y FROM c)",
            "VALUES 1, 2",
            "TABLE t",
    })
    public void testOnlyReads(String sql)
    {
        assertThat(StatementEffects.hasNone(PARSER.createStatement(sql))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {
            "INSERT INTO t VALUES 1",
            "CREATE TABLE t AS SELECT 1 x",
            "DELETE FROM t",
            "CALL system.runtime.kill_query('x')",
            "START TRANSACTION",
            "SET SESSION a = 1",
            "EXPLAIN ANALYZE INSERT INTO t VALUES 1",
            "SELECT * FROM TABLE(c.system.query(query => 'DROP TABLE t'))",
            "SELECT * FROM a WHERE x IN (SELECT y FROM TABLE(c.system.query(query => 'DROP TABLE t')))",
    })
    public void testMayHaveEffects(String sql)
    {
        assertThat(StatementEffects.hasNone(PARSER.createStatement(sql))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {
            "SELECT 1",
            "INSERT INTO t SELECT * FROM a",
            "CREATE TABLE t AS SELECT 1 x",
            "DELETE FROM t",
            "DROP TABLE t",
            "EXPLAIN SELECT 1",
    })
    public void testMayBeAnalyzedOnceMore(String sql)
    {
        assertThat(StatementEffects.hasNoneWhenAnalyzed(PARSER.createStatement(sql))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {
            "START TRANSACTION",
            "COMMIT",
            "ROLLBACK",
            "SELECT * FROM a WHERE x IN (SELECT y FROM TABLE(c.system.query(query => 'DROP TABLE t')))",
            "INSERT INTO t SELECT * FROM TABLE(c.system.query(query => 'DROP TABLE t'))",
            "CREATE TABLE t AS SELECT * FROM TABLE(c.system.query(query => 'DROP TABLE t'))",
            "MERGE INTO t USING (SELECT * FROM TABLE(c.system.query(query => 'DROP TABLE t'))) s ON t.x = s.x WHEN MATCHED THEN DELETE",
            "DELETE FROM t WHERE x IN (SELECT y FROM TABLE(c.system.query(query => 'DROP TABLE t')))",
            "UPDATE t SET x = (SELECT y FROM TABLE(c.system.query(query => 'DROP TABLE t')))",
            "EXPLAIN SELECT * FROM TABLE(c.system.query(query => 'DROP TABLE t'))",
            "EXPLAIN ANALYZE SELECT * FROM TABLE(c.system.query(query => 'DROP TABLE t'))",
    })
    public void testMayNotBeAnalyzedOnceMore(String sql)
    {
        assertThat(StatementEffects.hasNoneWhenAnalyzed(PARSER.createStatement(sql))).isFalse();
    }
}
