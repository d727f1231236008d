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
package io.prestosql.querylog.postgresql;

import com.google.common.io.Resources;
import io.prestosql.postgresql.TestingPostgresql;
import io.prestosql.queue.Release476Records;
import org.junit.jupiter.api.Test;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * Reads the query log in PostgreSQL as release 476-1 has written it: its schema, its migration history, and its rows.
 */
public class TestPostgresqlLogOfRelease476
{
    @Test
    public void testRead()
            throws Exception
    {
        TestingPostgresql postgresql = TestingPostgresql.shared();
        postgresql.execute(Resources.toString(Resources.getResource("fixtures/476-1/postgresql/query-log.sql"), UTF_8));
        PostgresqlQueryLog store = new PostgresqlQueryLog(new PostgresqlQueryLogConfig()
                .setUrl(postgresql.url(postgresql.port()))
                .setUser("postgres")
                .setSchema("presto_query_log"));
        Release476Records.assertRead(store, "postgresql/expected.json");
    }
}
