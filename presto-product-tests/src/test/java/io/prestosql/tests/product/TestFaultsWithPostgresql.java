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

import com.google.common.collect.ImmutableList;
import org.junit.jupiter.api.Order;

import static io.prestosql.tests.product.AbstractTestFaults.Fault.KILL_ALL_DISPATCHERS;
import static io.prestosql.tests.product.AbstractTestFaults.Fault.KILL_COORDINATOR;
import static io.prestosql.tests.product.AbstractTestFaults.Fault.KILL_DATABASE;
import static io.prestosql.tests.product.AbstractTestFaults.Fault.KILL_LEADER;
import static io.prestosql.tests.product.AbstractTestFaults.Fault.KILL_STANDBY;
import static io.prestosql.tests.product.AbstractTestFaults.Fault.PAUSE_LEADER;
import static io.prestosql.tests.product.AbstractTestFaults.Fault.RESTART_ALL_DISPATCHERS;
import static io.prestosql.tests.product.AbstractTestFaults.Fault.RESTART_DATABASE;

/**
 * Two dispatchers that keep the queue in a database, which has faults, too.
 */
@Order(SharedCluster.POSTGRESQL_QUEUE)
public class TestFaultsWithPostgresql
        extends AbstractTestFaults
{
    public TestFaultsWithPostgresql()
    {
        super("postgresql", BalancedClusters.POSTGRESQL, 20, Tier.number("faults.count", 3, 40), ImmutableList.of(
                KILL_LEADER,
                KILL_DATABASE,
                RESTART_DATABASE,
                KILL_ALL_DISPATCHERS,
                PAUSE_LEADER,
                KILL_COORDINATOR,
                KILL_STANDBY,
                RESTART_ALL_DISPATCHERS));
    }
}
