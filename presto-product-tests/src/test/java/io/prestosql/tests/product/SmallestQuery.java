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

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A query that costs nothing itself, so that its time is that of everything around it.
 */
final class SmallestQuery
{
    private SmallestQuery() {}

    /**
     * Runs the query once.
     *
     * @return how long it took, in milliseconds
     */
    static double runMillis(Statement statement)
            throws SQLException
    {
        long start = System.nanoTime();
        try (ResultSet resultSet = statement.executeQuery("SELECT 1")) {
            assertThat(resultSet.next()).isTrue();
            assertThat(resultSet.next()).isFalse();
        }
        return (System.nanoTime() - start) / 1e6;
    }
}
