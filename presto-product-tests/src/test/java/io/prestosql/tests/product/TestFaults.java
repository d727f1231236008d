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
import static io.prestosql.tests.product.AbstractTestFaults.Fault.KILL_LEADER;
import static io.prestosql.tests.product.AbstractTestFaults.Fault.KILL_STANDBY;
import static io.prestosql.tests.product.AbstractTestFaults.Fault.PAUSE_COORDINATOR;
import static io.prestosql.tests.product.AbstractTestFaults.Fault.PAUSE_LEADER;
import static io.prestosql.tests.product.AbstractTestFaults.Fault.RESTART_ALL_DISPATCHERS;

/**
 * Three dispatchers that keep the queue on their own disks.
 */
@Order(SharedCluster.EMBEDDED_QUEUE)
public class TestFaults
        extends AbstractTestFaults
{
    public TestFaults()
    {
        super("embedded", BalancedClusters.EMBEDDED, 20, Tier.number("faults.count", 5, 40), ImmutableList.of(
                KILL_LEADER,
                KILL_COORDINATOR,
                PAUSE_LEADER,
                KILL_ALL_DISPATCHERS,
                KILL_STANDBY,
                PAUSE_COORDINATOR,
                RESTART_ALL_DISPATCHERS));
    }
}
