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
package io.prestosql.fleet;

import io.prestosql.fleet.core.CoordinatorHealth;
import io.trino.metadata.NodeState;
import org.junit.jupiter.api.Test;

import java.util.Optional;

import static io.prestosql.fleet.core.CoordinatorHealth.ANSWERING;
import static io.prestosql.fleet.core.CoordinatorHealth.GONE;
import static io.prestosql.fleet.core.CoordinatorHealth.SILENT;
import static io.prestosql.fleet.core.CoordinatorHealth.UNKNOWN;
import static io.prestosql.node.ClusterName.DEFAULT;
import static org.assertj.core.api.Assertions.assertThat;

public class TestCoordinatorCondition
{
    @Test
    public void testRefusal()
    {
        assertThat(condition(ANSWERING, true, true, NodeState.ACTIVE, 1, Optional.of(1)).refusal()).isEmpty();
        assertThat(condition(UNKNOWN, false, false, NodeState.ACTIVE, 0, Optional.empty()).refusal()).contains("has not been reached yet");
        assertThat(condition(SILENT, false, true, NodeState.ACTIVE, 1, Optional.of(1)).refusal()).contains("does not answer");
        assertThat(condition(GONE, false, false, NodeState.ACTIVE, 0, Optional.empty()).refusal()).contains("is gone");
        assertThat(condition(ANSWERING, false, true, NodeState.DRAINING, 1, Optional.of(1)).refusal()).contains("is draining");
        assertThat(condition(ANSWERING, false, true, NodeState.SHUTTING_DOWN, 1, Optional.of(1)).refusal()).contains("is shutting down");
        assertThat(condition(ANSWERING, false, true, NodeState.ACTIVE, 2, Optional.of(3)).refusal()).contains("has 2 of 3 active workers that it requires");
        // from a coordinator of release 476-1
        assertThat(condition(ANSWERING, false, true, NodeState.ACTIVE, 0, Optional.empty()).refusal()).contains("has 0 of 1 active workers that it requires");
        assertThat(condition(ANSWERING, false, false, NodeState.ACTIVE, 1, Optional.of(1)).refusal()).contains("has no lease from the leading dispatcher yet");
        assertThat(condition(ANSWERING, false, true, NodeState.ACTIVE, 1, Optional.of(1)).refusal()).contains("is starting up");
    }

    @Test
    public void testWorkersOfAnotherVersion()
    {
        assertThat(new CoordinatorCondition(DEFAULT, "one", ANSWERING, false, true, Optional.of(NodeState.ACTIVE), 0, 0, 0, 0, Optional.of(1L), Optional.empty(), Optional.of(1), Optional.of(3), Optional.of("476"), Optional.of(0), Optional.empty()).refusal())
                .contains("has 0 of 1 active workers that it requires, and 3 of another version");
    }

    @Test
    public void testOtherQueue()
    {
        assertThat(new CoordinatorCondition(DEFAULT, "one", ANSWERING, false, true, Optional.of(NodeState.ACTIVE), 0, 1, 0, 0, Optional.of(1L), Optional.of("embedded:2"), Optional.of(1), Optional.of(0), Optional.of("476"), Optional.of(0), Optional.empty()).refusal())
                .contains("has a lease from the dispatchers of another query log");
        assertThat(new CoordinatorCondition(DEFAULT, "one", ANSWERING, false, true, Optional.of(NodeState.ACTIVE), 0, 1, 0, 0, Optional.of(1L), Optional.of("log#etl"), Optional.of(1), Optional.of(0), Optional.of("476"), Optional.of(0), Optional.empty()).refusal())
                .contains("has a lease as a coordinator of cluster etl");
    }

    @Test
    public void testOtherProtocol()
    {
        assertThat(new CoordinatorCondition(DEFAULT, "one", SILENT, false, false, Optional.empty(), 0, 0, 0, 0, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.of("speaks another protocol")).refusal())
                .contains("speaks another protocol");
    }

    private static CoordinatorCondition condition(CoordinatorHealth health, boolean takesQueries, boolean leased, NodeState state, int activeWorkers, Optional<Integer> requiredWorkers)
    {
        return new CoordinatorCondition(DEFAULT, "one", health, takesQueries, leased, Optional.of(state), 0, activeWorkers, 0, 0, Optional.of(1L), Optional.empty(), requiredWorkers, Optional.of(0), Optional.of("476"), Optional.of(0), Optional.empty());
    }
}
