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

import com.google.common.collect.ImmutableList;
import io.prestosql.cluster.ClusterSettings;
import io.prestosql.cluster.ClusterState;
import io.prestosql.fleet.core.CoordinatorHealth;
import io.prestosql.selection.core.ClusterLabels;
import io.trino.metadata.NodeState;
import org.junit.jupiter.api.Test;

import java.util.Optional;

import static io.prestosql.fleet.ClusterFleet.refusal;
import static io.prestosql.fleet.core.CoordinatorHealth.ANSWERING;
import static io.prestosql.fleet.core.CoordinatorHealth.SILENT;
import static io.prestosql.node.ClusterName.DEFAULT;
import static org.assertj.core.api.Assertions.assertThat;

public class TestClusterFleet
{
    @Test
    public void testWhyAClusterTakesNoQueries()
    {
        CoordinatorCondition answering = condition("one", ANSWERING, 3, 15);
        CoordinatorCondition silent = condition("two", SILENT, 3, 20_000);
        ClusterSettings settings = new ClusterSettings(ClusterState.ACTIVE, Optional.empty(), 3, ClusterLabels.NONE, Optional.empty());
        assertThat(refusal(settings, ImmutableList.of(answering, silent), 3)).isEmpty();
        assertThat(refusal(settings, ImmutableList.of(answering, silent), 2)).contains("It has 2 of the 3 active workers that cluster.required-workers wants");
        assertThat(refusal(settings, ImmutableList.of(silent), 3)).contains("No coordinator takes queries at the moment: coordinator two does not answer");
        assertThat(refusal(new ClusterSettings(ClusterState.DRAINING, Optional.empty(), 9, ClusterLabels.NONE, Optional.empty()), ImmutableList.of(), 0)).contains("Its state is DRAINING");
    }

    @Test
    public void testCondition()
    {
        CoordinatorCondition one = condition("one", ANSWERING, 3, 15);
        CoordinatorCondition two = condition("two", SILENT, 3, 20_000);
        ClusterCondition condition = new ClusterCondition(DEFAULT, Optional.empty(), ImmutableList.of(two, one), 3, true);
        assertThat(condition.answerAgeMillis()).contains(15L);
        assertThat(condition.openTransactions()).isEqualTo(4);
        assertThat(new ClusterCondition(DEFAULT, Optional.empty(), ImmutableList.of(), 0, true).answerAgeMillis()).isEmpty();
    }

    private static CoordinatorCondition condition(String nodeId, CoordinatorHealth health, int activeWorkers, long answerAgeMillis)
    {
        return new CoordinatorCondition(
                DEFAULT,
                nodeId,
                health,
                health == ANSWERING,
                true,
                Optional.of(NodeState.ACTIVE),
                0,
                activeWorkers,
                0,
                0,
                Optional.of(answerAgeMillis),
                Optional.empty(),
                Optional.of(1),
                Optional.of(0),
                Optional.of("476"),
                Optional.of(2),
                Optional.empty());
    }
}
