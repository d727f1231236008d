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

import io.trino.testing.AbstractTestFaultTolerantExecutionOrderByQueries;
import io.trino.testing.QueryRunner;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.Map;

@ExtendWith(ExcludedCases.class)
public class TestFaultTolerantOrderByQueries
        extends AbstractTestFaultTolerantExecutionOrderByQueries
{
    @TempDir
    private static Path directory;

    @Override
    protected QueryRunner createQueryRunner(Map<String, String> extraProperties)
    {
        return TpchCluster.createFaultTolerantQueryRunner(directory, extraProperties);
    }
}
