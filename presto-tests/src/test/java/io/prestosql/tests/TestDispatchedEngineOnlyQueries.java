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

import io.trino.spi.session.PropertyMetadata;
import io.trino.testing.AbstractDistributedEngineOnlyQueries;
import io.trino.testing.QueryRunner;

import java.util.List;

@EngineSuite(
        shortTierOneIn = 18,
        shortTierAlways = {
                "testDescribeOutput",
                "testExecuteUsing",
                "testExplainAnalyze",
                "testResetSession",
                "testRoles",
                "testSetSession",
                "testTooLongQuery",
                "testTransactionsTable",
                "testUse"})
public class TestDispatchedEngineOnlyQueries
        extends AbstractDistributedEngineOnlyQueries
{
    static final List<PropertyMetadata<?>> CATALOG_PROPERTIES = TEST_CATALOG_PROPERTIES;
    static final List<PropertyMetadata<?>> SYSTEM_PROPERTIES = TEST_SYSTEM_PROPERTIES;

    @Override
    protected QueryRunner createQueryRunner()
    {
        return TpchCluster.sharedQueryRunner();
    }
}
