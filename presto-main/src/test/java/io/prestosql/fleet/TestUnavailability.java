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
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.prestosql.fleet.core.CoordinatorHealth.GONE;
import static io.prestosql.fleet.core.CoordinatorHealth.SILENT;
import static io.prestosql.node.ClusterName.DEFAULT;
import static org.assertj.core.api.Assertions.assertThat;

public class TestUnavailability
{
    @Test
    public void testNoCoordinatorIsKnown()
    {
        assertThat(Unavailability.explain(List.of())).isEqualTo("No coordinator takes queries at the moment: none has been found yet");
    }

    @Test
    public void testEachIsNamed()
    {
        CoordinatorCondition one = condition("one", GONE);
        CoordinatorCondition two = condition("two", SILENT);
        assertThat(Unavailability.explain(List.of(one, two))).isEqualTo("No coordinator takes queries at the moment: coordinator one %s; coordinator two %s".formatted(
                one.refusal().orElseThrow(),
                two.refusal().orElseThrow()));
    }

    @Test
    public void testOnlySomeOfManyCoordinatorsAreNamed()
    {
        List<CoordinatorCondition> conditions = IntStream.range(0, 8)
                .mapToObj(number -> condition("coordinator-" + number, GONE))
                .collect(toImmutableList());
        assertThat(Unavailability.explain(conditions))
                .contains("coordinator-4 ")
                .doesNotContain("coordinator-5")
                .endsWith("; and 3 more");
    }

    private static CoordinatorCondition condition(String nodeId, CoordinatorHealth health)
    {
        return new CoordinatorCondition(DEFAULT, nodeId, health, false, false, Optional.empty(), 0, 0, 0, 0, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    }
}
