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

import io.prestosql.postgresql.TestingPostgresql;
import io.prestosql.querylog.AbstractTestQueryLog;
import io.prestosql.querylog.QueryLogFixture;
import org.junit.jupiter.api.Tag;

/**
 * Tests the log with members in real processes, which are killed and paused by signals.
 */
@Tag("long")
public class TestPostgresqlQueryLogProcesses
        extends AbstractTestQueryLog
{
    @Override
    protected QueryLogFixture createFixture()
    {
        return new ProcessPostgresqlQueryLogFixture(TestingPostgresql.shared());
    }

    @Override
    protected int randomHistories()
    {
        return 1;
    }
}
