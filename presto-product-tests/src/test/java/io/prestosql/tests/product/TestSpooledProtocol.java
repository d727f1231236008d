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
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * Results that go through an object store instead of the client protocol. Clients get the segments from the dispatcher.
 */
@Order(SharedCluster.EVERYDAY)
@TestInstance(PER_CLASS)
public class TestSpooledProtocol
{
    private static final long ROWS = 60_175;
    private static final long SUM_OF_KEYS = 1_802_759_573;

    private LocalCluster cluster;
    private FakeObjectStore objectStore;

    @BeforeAll
    public void setUp()
    {
        cluster = EverydayCluster.get();
        objectStore = EverydayCluster.objectStore();
    }

    @ParameterizedTest
    @EnumSource
    public void testJdbc(JdbcDriver driver)
            throws SQLException
    {
        long written = objectStore.written();
        long read = objectStore.read();
        long rows = 0;
        long sum = 0;
        try (Connection connection = driver.connect(cluster.uri(), "encoding", "json+zstd");
                Statement statement = connection.createStatement();
                ResultSet resultSet = statement.executeQuery("SELECT orderkey, comment FROM tpch.tiny.lineitem")) {
            while (resultSet.next()) {
                rows++;
                sum += resultSet.getLong(1);
                assertThat(resultSet.getString(2)).isNotEmpty();
            }
        }
        assertThat(rows).isEqualTo(ROWS);
        assertThat(sum).isEqualTo(SUM_OF_KEYS);
        assertThat(objectStore.written()).isGreaterThan(written);
        assertThat(objectStore.read()).isGreaterThan(read);
    }

    @Test
    public void testCommandLineClient()
    {
        // drivers use another encoding
        runCommandLineClient("json+lz4");
    }

    @ParameterizedTest
    @ValueSource(strings = {"json", "json+zstd"})
    @Tag("long")
    public void testOtherEncodingsOfCommandLineClient(String encoding)
    {
        runCommandLineClient(encoding);
    }

    private void runCommandLineClient(String encoding)
    {
        long written = objectStore.written();
        ProgramRun run = Cli.execute(cluster.uri(), "SELECT orderkey, comment FROM tpch.tiny.lineitem", "--output-format=TSV", "--encoding=" + encoding).expectSuccess();
        assertThat(run.output().lines().mapToLong(line -> Long.parseLong(line.substring(0, line.indexOf('\t')))).sum()).isEqualTo(SUM_OF_KEYS);
        assertThat(objectStore.written()).isGreaterThan(written);
    }

    @Test
    public void testSegmentsAreAtTheDispatchersAddress()
    {
        ProtocolQuery query = ProtocolQuery.submit(cluster.uri(), "SELECT orderkey, comment FROM tpch.tiny.lineitem", "X-Trino-Query-Data-Encoding", "json");
        boolean seen = false;
        do {
            if (query.answer().has("data") && query.answer().get("data").has("segments")) {
                for (JsonNode segment : query.answer().get("data").get("segments")) {
                    for (String field : new String[] {"uri", "ackUri"}) {
                        if (segment.has(field)) {
                            assertThat(segment.get(field).asText()).startsWith(cluster.uri() + "/v1/spooled/");
                            seen = true;
                        }
                    }
                }
            }
        }
        while (query.advance());
        assertThat(query.error()).isEmpty();
        assertThat(seen).isTrue();
    }
}
