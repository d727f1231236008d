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

import com.google.inject.Inject;
import io.trino.sql.parser.SqlParser;

import static java.util.Objects.requireNonNull;

/**
 * Loads what the first query of a process needs before there is one. Otherwise the first query after an election would delay the whole queue.
 */
public class WarmUp
{
    private static final String QUERY = "SELECT count(*), sum(x) FROM (VALUES 1, 2) AS t (x) WHERE x > 0 AND x IN (SELECT 1) GROUP BY x ORDER BY 1 LIMIT 10";

    private final SqlParser sqlParser;

    @Inject
    public WarmUp(SqlParser sqlParser)
    {
        this.sqlParser = requireNonNull(sqlParser, "sqlParser is null");
    }

    public void run()
    {
        sqlParser.createStatement(QUERY);
    }
}
