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
package io.prestosql.memory;

import com.google.common.collect.ImmutableList;
import io.airlift.json.JsonCodec;
import io.prestosql.node.CoordinatorAddress;
import io.prestosql.protocol.DeciderAppointment;
import io.trino.execution.StageId;
import io.trino.execution.TaskId;
import io.trino.operator.RetryPolicy;
import io.trino.spi.QueryId;
import org.junit.jupiter.api.Test;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import static io.airlift.json.JsonCodec.jsonCodec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Tests the JSON that coordinators exchange.
 */
public class TestMemoryReport
{
    private static final QueryId QUERY = new QueryId("query");
    private static final Victim TASKS = Victim.tasks(Set.of(new TaskId(new StageId(QUERY, 1), 2, 3)));
    private static final DecisionRound ROUND = new DecisionRound(1, 2, 3, "decider");

    @Test
    public void testRoundTrips()
    {
        assertRoundTrip(RoundAnswer.class, new RoundAnswer("a", Optional.empty(), Optional.empty()));
        assertRoundTrip(RoundAnswer.class, new RoundAnswer("a", Optional.of(ROUND), Optional.of(new MemoryReport(
                ImmutableList.of(new RunningQuery(QUERY, 7, RetryPolicy.TASK, true, ImmutableList.of())),
                ImmutableList.of(new QueryId("ending")),
                ImmutableList.of(new VictimReport(Victim.query(QUERY), true, 12), new VictimReport(TASKS, false, 0))))));
        assertRoundTrip(KillOrder.class, new KillOrder(ROUND, TASKS));
        assertRoundTrip(DeciderAppointment.class, new DeciderAppointment("a", 1, ImmutableList.of(new CoordinatorAddress("a", URI.create("http://127.0.0.1:1")))));
    }

    @Test
    public void testNonsense()
    {
        for (String json : List.of("{}", "{\"round\":{\"epoch\":1,\"appointment\":1,\"number\":1},\"victim\":{\"query\":\"q\"}}", "{\"round\":{\"epoch\":1,\"appointment\":1,\"number\":1,\"nodeId\":\"a\"},\"victim\":{}}")) {
            assertThatThrownBy(() -> jsonCodec(KillOrder.class).fromJson(json)).as(json).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> new Victim(Optional.of(QUERY), TASKS.tasks())).hasMessage("either a query or tasks must be given");
    }

    private static <T> void assertRoundTrip(Class<T> type, T value)
    {
        JsonCodec<T> codec = jsonCodec(type);
        assertThat(codec.fromJson(codec.toJson(value))).isEqualTo(value);
    }
}
