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

import io.trino.execution.StageId;
import io.trino.execution.TaskId;
import io.trino.spi.QueryId;
import org.junit.jupiter.api.Test;

import java.util.Set;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

public class TestKillOrders
{
    private static final long SECOND = SECONDS.toNanos(1);
    /** Clocks may start anywhere, and overflow. */
    private static final long START = Long.MAX_VALUE - 3 * SECOND;
    private static final Victim VICTIM = Victim.query(new QueryId("first"));
    private static final Victim OTHER_VICTIM = Victim.query(new QueryId("second"));

    private final KillOrders orders = new KillOrders("owner", 5 * SECOND);

    @Test
    public void testOrderIsTakenOnce()
    {
        DecisionRound round = round(1, 1, 1);
        assertThat(orders.join(round, START)).isTrue();
        assertThat(orders.report(START)).isEmpty();
        assertThat(orders.order(new KillOrder(round, VICTIM), START + SECOND)).isTrue();
        assertThat(orders.report(START + SECOND)).contains(new VictimReport(VICTIM, false, 0));
        assertThat(orders.take(START + 2 * SECOND)).contains(VICTIM);
        assertThat(orders.take(START + 2 * SECOND)).isEmpty();
        // a copy of the order
        assertThat(orders.order(new KillOrder(round, VICTIM), START + 3 * SECOND)).isTrue();
        assertThat(orders.take(START + 3 * SECOND)).isEmpty();
        assertThat(orders.report(START + 9 * SECOND)).contains(new VictimReport(VICTIM, true, 7000));
    }

    @Test
    public void testOrderOfRoundThatWasNotJoined()
    {
        assertThat(orders.order(new KillOrder(round(1, 1, 1), VICTIM), START)).isFalse();
        orders.join(round(1, 1, 2), START);
        assertThat(orders.order(new KillOrder(round(1, 1, 1), VICTIM), START)).isFalse();
        assertThat(orders.order(new KillOrder(round(1, 1, 3), VICTIM), START)).isFalse();
        assertThat(orders.take(START)).isEmpty();
        assertThat(orders.report(START)).isEmpty();
    }

    @Test
    public void testLaterRoundEndsEarlierOne()
    {
        orders.join(round(1, 1, 1), START);
        orders.join(round(1, 1, 2), START);
        assertThat(orders.order(new KillOrder(round(1, 1, 1), VICTIM), START)).isFalse();
    }

    @Test
    public void testRoundsAreOrdered()
    {
        assertThat(orders.join(round(2, 3, 5), START)).isTrue();
        assertThat(orders.join(round(2, 3, 5), START)).isFalse();
        assertThat(orders.join(round(2, 3, 4), START)).isFalse();
        assertThat(orders.join(round(2, 2, 9), START)).isFalse();
        assertThat(orders.join(round(1, 9, 9), START)).isFalse();
        assertThat(orders.join(new DecisionRound(2, 3, 5, "z"), START)).isTrue();
        assertThat(orders.join(round(2, 4, 1), START)).isTrue();
        assertThat(orders.join(round(3, 1, 1), START)).isTrue();
        assertThat(orders.joined()).contains(round(3, 1, 1));
    }

    @Test
    public void testAppointmentEndsEarlierOnes()
    {
        DecisionRound round = round(1, 1, 1);
        orders.join(round, START);
        orders.appointed(1, 2);
        assertThat(orders.order(new KillOrder(round, VICTIM), START)).isFalse();
        assertThat(orders.join(round(1, 1, 2), START)).isFalse();
        assertThat(orders.join(round(1, 2, 1), START)).isTrue();
        orders.appointed(1, 1);
        assertThat(orders.join(round(1, 1, 3), START)).isFalse();
        orders.appointed(2, 1);
        assertThat(orders.join(round(1, 3, 1), START)).isFalse();
    }

    @Test
    public void testLateOrder()
    {
        DecisionRound round = round(1, 1, 1);
        orders.join(round, START);
        // joining again does not extend the time
        orders.join(round, START + 4 * SECOND);
        assertThat(orders.order(new KillOrder(round, VICTIM), START + 5 * SECOND + 1)).isFalse();
        assertThat(orders.order(new KillOrder(round, VICTIM), START + 5 * SECOND)).isTrue();
        assertThat(orders.take(START + 5 * SECOND + 1)).isEmpty();
        assertThat(orders.report(START + 5 * SECOND + 1)).isEmpty();
        assertThat(orders.take(START + 5 * SECOND)).contains(VICTIM);
    }

    @Test
    public void testOverdueQuery()
    {
        DecisionRound round = round(1, 1, 1);
        orders.join(round, START);
        orders.order(new KillOrder(round, VICTIM), START);
        assertThat(orders.takeOverdueQuery(START + 2 * SECOND)).isEmpty();
        assertThat(orders.takeOverdueQuery(START + 5 * SECOND + 1)).isEmpty();
        assertThat(orders.takeOverdueQuery(START + 3 * SECOND)).isEqualTo(VICTIM.query());
        assertThat(orders.takeOverdueQuery(START + 3 * SECOND)).isEmpty();
        assertThat(orders.take(START + 3 * SECOND)).isEmpty();
        assertThat(orders.report(START + 4 * SECOND)).contains(new VictimReport(VICTIM, true, 1000));
    }

    @Test
    public void testTasksAreLeftToTheEngine()
    {
        DecisionRound round = round(1, 1, 1);
        Victim tasks = Victim.tasks(Set.of(new TaskId(new StageId(new QueryId("first"), 0), 0, 0)));
        orders.join(round, START);
        orders.order(new KillOrder(round, tasks), START);
        assertThat(orders.takeOverdueQuery(START + 4 * SECOND)).isEmpty();
        assertThat(orders.take(START + 4 * SECOND)).contains(tasks);
    }

    @Test
    public void testPendingOrderOutlivesItsRound()
    {
        DecisionRound round = round(1, 1, 1);
        orders.join(round, START);
        orders.order(new KillOrder(round, VICTIM), START);
        DecisionRound next = round(1, 1, 2);
        assertThat(orders.join(next, START + SECOND)).isTrue();
        assertThat(orders.report(START + SECOND)).contains(new VictimReport(VICTIM, false, 0));
        assertThat(orders.order(new KillOrder(next, OTHER_VICTIM), START + SECOND)).isFalse();
        assertThat(orders.take(START + SECOND)).contains(VICTIM);
        assertThat(orders.order(new KillOrder(next, OTHER_VICTIM), START + SECOND)).isTrue();
        assertThat(orders.take(START + SECOND)).contains(OTHER_VICTIM);
    }

    @Test
    public void testRoundsOfOthers()
    {
        orders.join(new DecisionRound(1, 1, 1, "owner"), START);
        assertThat(orders.joinedOthersNanos()).isEmpty();
        orders.join(round(1, 1, 2), START + SECOND);
        orders.join(new DecisionRound(1, 1, 3, "owner"), START + 2 * SECOND);
        assertThat(orders.joinedOthersNanos()).hasValue(START + SECOND);
        // refused
        orders.join(round(1, 1, 2), START + 3 * SECOND);
        assertThat(orders.joinedOthersNanos()).hasValue(START + SECOND);
    }

    private static DecisionRound round(long epoch, long appointment, long number)
    {
        return new DecisionRound(epoch, appointment, number, "decider");
    }
}
