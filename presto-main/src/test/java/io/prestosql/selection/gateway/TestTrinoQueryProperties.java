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
package io.prestosql.selection.gateway;

import com.google.common.collect.ImmutableMap;
import io.prestosql.spi.selection.SelectionRequest;
import io.trino.server.ProtocolConfig;
import io.trino.server.protocol.PreparedStatementEncoder;
import io.trino.sql.tree.QualifiedName;
import org.junit.jupiter.api.Test;

import java.net.URLEncoder;
import java.util.Map;

import static io.prestosql.selection.gateway.Submissions.request;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

public class TestTrinoQueryProperties
{
    @Test
    public void testStatement()
    {
        String sql = "SELECT * FROM catx.schemx.tblx, schemy.tbly";
        TrinoQueryProperties properties = properties(sql, "cat", "schem");
        assertThat(properties.getBody()).isEqualTo(sql);
        assertThat(properties.getQueryType()).isEqualTo("Query");
        assertThat(properties.getResourceGroupQueryType()).isEqualTo("SELECT");
        assertThat(properties.getDefaultCatalog()).contains("cat");
        assertThat(properties.getDefaultSchema()).contains("schem");
        assertThat(properties.getCatalogs()).containsExactlyInAnyOrder("catx", "cat");
        assertThat(properties.getSchemas()).containsExactlyInAnyOrder("schemx", "schemy");
        assertThat(properties.getCatalogSchemas()).containsExactlyInAnyOrder("catx.schemx", "cat.schemy");
        assertThat(properties.getTables()).containsExactlyInAnyOrder(QualifiedName.of("catx", "schemx", "tblx"), QualifiedName.of("cat", "schemy", "tbly"));
        assertThat(properties.tablesContains("catx.schemx.tblx")).isTrue();
        assertThat(properties.tablesContains("CATX.\"schemx\".tblx")).isTrue();
        assertThat(properties.tablesContains("catx.schemx.tbl")).isFalse();
        assertThat(properties.tablesContains("tblx")).isFalse();
        assertThat(properties.isNewQuerySubmission()).isTrue();
        assertThat(properties.isQueryParsingSuccessful()).isTrue();
        assertThat(properties.getErrorMessage()).isEmpty();
        assertThat(properties.getQueryId()).isEmpty();
    }

    @Test
    public void testNamesWithDotsAndQuotationMarks()
    {
        TrinoQueryProperties properties = properties("SELECT * FROM \"my.cat\".\"my.schema\".\"my.table\", my.\"schem_\\\"\"default\".\"table\"");
        assertThat(properties.getSchemas()).containsExactlyInAnyOrder("my.schema", "schem_\\\"default");
        assertThat(properties.getTables()).containsExactlyInAnyOrder(QualifiedName.of("my.cat", "my.schema", "my.table"), QualifiedName.of("my", "schem_\\\"default", "table"));
        assertThat(properties.tablesContains("\"my.cat\".\"my.schema\".\"my.table\"")).isTrue();
        assertThat(properties.tablesContains("my.\"schem_\\\"default\".table")).isTrue();
    }

    @Test
    public void testStatementThatDoesNotParse()
    {
        TrinoQueryProperties properties = new TrinoQueryProperties(request("SELECT * FROM table WHERE column = ", ImmutableMap.of("X-Trino-Catalog", "cat")));
        assertThat(properties.isQueryParsingSuccessful()).isFalse();
        assertThat(properties.getErrorMessage().orElseThrow()).contains("mismatched input");
        assertThat(properties.getBody()).isEqualTo("SELECT * FROM table WHERE column = ");
        assertThat(properties.getQueryType()).isEmpty();
        assertThat(properties.getResourceGroupQueryType()).isEmpty();
        assertThat(properties.getTables()).isEmpty();
        assertThat(properties.getDefaultCatalog()).contains("cat");
        assertThat(properties.isNewQuerySubmission()).isTrue();
    }

    @Test
    public void testPreparedStatements()
    {
        String header = "one=SELECT+1,two=" + URLEncoder.encode("INSERT INTO cat.schem.foo\nSELECT ',' comma, '=' eq", UTF_8);
        TrinoQueryProperties properties = prepared("EXECUTE two", header);
        assertThat(properties.getBody()).isEqualTo("INSERT INTO cat.schem.foo\nSELECT ',' comma, '=' eq");
        assertThat(properties.getQueryType()).isEqualTo("Insert");
        assertThat(properties.tableNames()).containsExactly("cat.schem.foo");

        TrinoQueryProperties immediate = prepared("EXECUTE IMMEDIATE 'DROP TABLE cat.schem.tbl'", header);
        assertThat(immediate.getQueryType()).isEqualTo("DropTable");
        assertThat(immediate.tableNames()).containsExactly("cat.schem.tbl");

        assertThat(prepared("EXECUTE three", header).getQueryType()).isEqualTo("Execute");
        assertThat(prepared("EXECUTE one", "one=SELEKT+1").isQueryParsingSuccessful()).isFalse();
        assertThat(prepared("EXECUTE one", "one=%zz").isQueryParsingSuccessful()).isFalse();
    }

    @Test
    public void testLongPreparedStatement()
    {
        String sql = "SELECT " + "1 + ".repeat(2000) + "1";
        String encoded = new PreparedStatementEncoder(new ProtocolConfig()).encodePreparedStatementForHeader(sql);
        assertThat(encoded).startsWith("$zstd:");
        assertThat(prepared("EXECUTE one", "one=" + URLEncoder.encode(encoded, UTF_8)).getBody()).isEqualTo(sql);
    }

    private static TrinoQueryProperties prepared(String sql, String preparedStatements)
    {
        return new TrinoQueryProperties(request(sql, ImmutableMap.of("X-Trino-Prepared-Statement", preparedStatements)));
    }

    @Test
    public void testKilledQuery()
    {
        assertThat(properties("CALL system.runtime.kill_query('20261201_000000_00001_aaaaa', 'message')").getQueryId()).contains("20261201_000000_00001_aaaaa");
        assertThat(properties("CALL system.runtime.kill_query(query_id => 'id')").getQueryId()).contains("id");
        assertThat(properties("CALL system.runtime.kill_query(concat('a', 'b'))").getQueryId()).isEmpty();
        assertThat(properties("CALL system.runtime.kill_query()").getQueryId()).isEmpty();
        assertThat(properties("CALL cat.schem.procedure('id')").getQueryId()).isEmpty();
        assertThat(properties("CALL kill_query('id')", "system", "runtime").getQueryId()).contains("id");
        assertThat(properties("CALL runtime.kill_query('id')", "system", "other").getQueryId()).contains("id");
        assertThat(properties("CALL kill_query('id')", "system", "other").getQueryId()).isEmpty();
        assertThat(properties("CALL kill_query('id')").getErrorMessage()).contains("Name not fully qualified: kill_query");
        assertThat(properties("CALL a.b.c.d('id')").isQueryParsingSuccessful()).isFalse();
    }

    /**
     * In Trino Gateway, too, nothing is known of the tables of such a statement, and all of its type.
     */
    @Test
    public void testNamesThatTheSessionDoesNotComplete()
    {
        SelectionRequest request = request("SELECT * FROM a.b.c, d", ImmutableMap.of("X-Trino-Catalog", "cat"));
        TrinoQueryProperties properties = new TrinoQueryProperties(request);
        assertThat(properties.isQueryParsingSuccessful()).isFalse();
        assertThat(properties.getErrorMessage()).contains("Name not fully qualified: d");
        assertThat(properties.getQueryType()).isEqualTo("Query");
        assertThat(properties.getResourceGroupQueryType()).isEqualTo("SELECT");
        assertThat(properties.getTables()).isEmpty();
        assertThat(properties.getSchemas()).isEmpty();
        assertThat(properties.getCatalogs()).isEmpty();
        assertThat(properties.getDefaultCatalog()).contains("cat");
    }

    @Test
    public void testTypesOfResourceGroups()
    {
        Map<String, String> types = ImmutableMap.of(
                "SELECT 1", "SELECT",
                "EXPLAIN ANALYZE INSERT INTO a.b.c SELECT 1", "INSERT",
                "SHOW CATALOGS", "DESCRIBE",
                "CALL a.b.c()", "DATA_DEFINITION",
                "EXECUTE IMMEDIATE 'EXECUTE IMMEDIATE ''SELECT 1'' '", "UNKNOWN",
                "EXECUTE missing", "",
                "SELEKT", "");
        types.forEach((sql, type) -> assertThat(properties(sql).getResourceGroupQueryType()).as(sql).isEqualTo(type));
    }

    @Test
    public void testNamesOfStatements()
    {
        Map<String, String> names = ImmutableMap.of(
                "SHOW CREATE TABLE a.b.c", "ShowCreate",
                "CREATE TABLE a.b.c (d int)", "CreateTable",
                "WITH a AS (SELECT 1) SELECT * FROM a", "Query",
                "EXPLAIN SELECT 1", "Explain");
        names.forEach((sql, name) -> assertThat(properties(sql).getQueryType()).isEqualTo(name));
    }

    private static TrinoQueryProperties properties(String sql, String catalog, String schema)
    {
        return new TrinoQueryProperties(request(sql, ImmutableMap.of("X-Trino-Catalog", catalog, "X-Trino-Schema", schema)));
    }

    private static TrinoQueryProperties properties(String sql)
    {
        return new TrinoQueryProperties(request(sql, ImmutableMap.of()));
    }
}
