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
import com.google.common.collect.ImmutableMap;
import io.airlift.units.Duration;
import io.prestosql.memory.DecisionEffect.Ask;
import io.prestosql.memory.DecisionEffect.Order;
import io.prestosql.node.CoordinatorAddress;
import io.prestosql.protocol.DeciderAppointment;
import io.trino.execution.StageId;
import io.trino.execution.TaskId;
import io.trino.memory.MemoryInfo;
import io.trino.memory.TotalReservationOnBlockedNodesQueryLowMemoryKiller;
import io.trino.memory.TotalReservationOnBlockedNodesTaskLowMemoryKiller;
import io.trino.operator.RetryPolicy;
import io.trino.spi.QueryId;
import io.trino.spi.memory.MemoryPoolInfo;
import org.junit.jupiter.api.Test;

import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

public class TestLowMemoryDecision
{
    private static final long SECOND = SECONDS.toNanos(1);
    private static final LowMemoryTimes TIMES = LowMemoryTimes.withVictimTimeout(new Duration(60, SECONDS));
    private static final List<CoordinatorAddress> COORDINATORS = ImmutableList.of(coordinator("a"), coordinator("b"), coordinator("c"));
    private static final QueryId SMALL = new QueryId("small");
    private static final QueryId BIG = new QueryId("big");
    private static final QueryId UNKNOWN = new QueryId("unknown");

    private final KillOrders orders = new KillOrders("a", TIMES.orderNanos());
    private final LowMemoryDecision decision = new LowMemoryDecision(
            "a",
            orders,
            TIMES,
            (queries, nodes) -> new TotalReservationOnBlockedNodesTaskLowMemoryKiller().chooseTargetToKill(queries, nodes)
                    .or(() -> new TotalReservationOnBlockedNodesQueryLowMemoryKiller().chooseTargetToKill(queries, nodes)),
            0);
    private final Map<String, MemoryInfo> pools = new HashMap<>();
    private long now = 100 * SECOND;
    private DecisionRound asked;

    @Test
    public void testOwnerIsToldToKill()
    {
        appoint("a");
        outOfMemory(Map.of(SMALL, 10L, BIG, 90L));
        assertThat(startRound()).containsExactly("a", "b", "c");
        assertThat(answer("a", running(SMALL))).isEmpty();
        assertThat(answer("b", running(BIG))).isEmpty();
        assertThat(answer("c", running())).containsExactly(new Order(coordinator("b"), new KillOrder(asked, Victim.query(BIG))));
        assertThat(decision.choices()).isEqualTo(1);
        // neither a copy of an answer nor time leads to another order
        assertThat(answer("c", running())).isEmpty();
    }

    @Test
    public void testOnlyTheAppointedCoordinatorDecides()
    {
        outOfMemory(Map.of(BIG, 100L));
        assertThat(tick()).isEmpty();
        appoint("b");
        assertThat(tick()).isEmpty();
        decision.appointed(1, new DeciderAppointment("a", 2, COORDINATORS), now, now);
        assertThat(startRound()).containsExactly("a", "b", "c");
        decision.appointed(2, new DeciderAppointment("b", 1, COORDINATORS), now, now);
        assertThat(answer("a", running())).isEmpty();
        assertThat(answer("b", running(BIG))).isEmpty();
        assertThat(answer("c", running())).isEmpty();
        assertThat(tick()).isEmpty();
        // a late appointment by the earlier leader
        decision.appointed(1, new DeciderAppointment("a", 3, COORDINATORS), now, now);
        assertThat(decision.isDecider()).isFalse();
    }

    @Test
    public void testDeposedByRoundOfLaterDecider()
    {
        appoint("a");
        outOfMemory(Map.of(BIG, 100L));
        startRound();
        answer("a", running());
        answer("b", running(BIG));
        assertThat(orders.join(new DecisionRound(1, 2, 1, "b"), now)).isTrue();
        assertThat(answer("c", running())).isEmpty();
        assertThat(decision.isDecider()).isFalse();
        assertThat(tick()).isEmpty();
    }

    @Test
    public void testRoundNumbersGoOnAfterRestart()
    {
        appoint("a");
        outOfMemory(Map.of(BIG, 100L));
        startRound();
        decision.answered("b", asked, new RoundAnswer("b", Optional.of(new DecisionRound(1, 1, 57, "a")), Optional.empty()), pools, now);
        now += 4 * SECOND;
        startRound();
        assertThat(asked.number()).isEqualTo(58);
    }

    @Test
    public void testNoRoundWithoutNeed()
    {
        appoint("a");
        pools.put("worker", node(100, Map.of(BIG, 99L)));
        assertThat(tick()).isEmpty();
        outOfMemory(Map.of(BIG, 100L));
        startRound();
        answer("a", running());
        answer("b", running(BIG));
        pools.put("worker", node(100, Map.of(BIG, 99L)));
        assertThat(answer("c", running())).isEmpty();
    }

    @Test
    public void testNothingIsChosenRightAfterStart()
    {
        now = 5 * SECOND;
        appoint("a");
        outOfMemory(Map.of(BIG, 100L));
        startRound();
        answerAll(running(BIG));
        assertThat(decision.choices()).isZero();
        now = 10 * SECOND;
        startRound();
        answerAll(running(BIG));
        assertThat(decision.choices()).isEqualTo(1);
    }

    @Test
    public void testVictimIsWaitedFor()
    {
        appoint("a");
        outOfMemory(Map.of(SMALL, 50L, BIG, 50L));
        assertThat(chooseAfter(victim(BIG, false, 0))).isEmpty();
        assertThat(chooseAfter(victim(BIG, true, 1000))).isEmpty();
        assertThat(chooseAfter(victim(BIG, true, 59_999))).isEmpty();
        // the victim does not release its memory
        assertThat(chooseAfter(victim(BIG, true, 60_000))).hasSize(1);
        // the victim is gone
        outOfMemory(Map.of(SMALL, 100L));
        assertThat(chooseAfter(victim(BIG, true, 1000))).hasSize(1);
        // the victim is gone from one worker only
        pools.put("other", node(100, Map.of(BIG, 1L)));
        assertThat(chooseAfter(victim(BIG, true, 1000))).isEmpty();
    }

    @Test
    public void testTasksAreWaitedFor()
    {
        appoint("a");
        TaskId task = task(BIG, 1);
        pools.put("worker", node(100, Map.of(SMALL, 100L), Map.of(task.toString(), 1L)));
        assertThat(chooseAfter(new VictimReport(Victim.tasks(Set.of(task)), true, 1000))).isEmpty();
        assertThat(chooseAfter(new VictimReport(Victim.tasks(Set.of(task(BIG, 2))), true, 1000))).hasSize(1);
    }

    @Test
    public void testTasksOfSeveralOwners()
    {
        appoint("a");
        TaskId first = task(SMALL, 1);
        TaskId second = task(BIG, 1);
        pools.put("worker-1", node(100, Map.of(SMALL, 100L), Map.of(first.toString(), 100L)));
        pools.put("worker-2", node(100, Map.of(BIG, 100L), Map.of(second.toString(), 100L)));
        startRound();
        answer("a", retryingTasks(SMALL));
        answer("b", retryingTasks(BIG));
        assertThat(answer("c", running())).containsExactlyInAnyOrder(
                new Order(coordinator("a"), new KillOrder(asked, Victim.tasks(Set.of(first)))),
                new Order(coordinator("b"), new KillOrder(asked, Victim.tasks(Set.of(second)))));
        assertThat(decision.choices()).isEqualTo(1);
    }

    @Test
    public void testOrphansAreNotChosen()
    {
        appoint("a");
        outOfMemory(Map.of(SMALL, 10L, UNKNOWN, 90L));
        startRound();
        answer("a", running());
        answer("b", running(SMALL));
        assertThat(answer("c", running())).containsExactly(new Order(coordinator("b"), new KillOrder(asked, Victim.query(SMALL))));
    }

    @Test
    public void testQueryThatEndsByItselfIsWaitedFor()
    {
        appoint("a");
        outOfMemory(Map.of(SMALL, 10L, BIG, 90L));
        startRound();
        answer("a", running());
        answer("b", running(SMALL));
        assertThat(answer("c", new MemoryReport(ImmutableList.of(), ImmutableList.of(BIG), ImmutableList.of()))).isEmpty();
    }

    @Test
    public void testQueryOnTwoCoordinatorsIsKilledOnBoth()
    {
        appoint("a");
        outOfMemory(Map.of(BIG, 100L));
        startRound();
        answer("a", running(BIG));
        answer("b", running());
        assertThat(answer("c", running(BIG))).hasSize(2);
    }

    @Test
    public void testOvercommitIsLeftToItsCoordinator()
    {
        appoint("a");
        outOfMemory(Map.of(SMALL, 10L, BIG, 90L));
        MemoryReport overcommit = new MemoryReport(
                ImmutableList.of(new RunningQuery(SMALL, 10, RetryPolicy.NONE, true, ImmutableList.of()), new RunningQuery(BIG, 90, RetryPolicy.NONE, false, ImmutableList.of())),
                ImmutableList.of(),
                ImmutableList.of());
        startRound();
        assertThat(answerAll(overcommit)).isEmpty();
        for (int i = 0; i < 60; i++) {
            now += SECOND;
            appoint("a");
            startRound();
            answer("a", overcommit);
            answer("b", running());
            if (i < 59) {
                assertThat(answer("c", running())).isEmpty();
            }
        }
        // the query's coordinator does not see that memory is out, although the others do
        assertThat(answer("c", running())).hasSize(1);
    }

    @Test
    public void testDeadCoordinatorIsNotWaitedFor()
    {
        appoint("a");
        outOfMemory(Map.of(BIG, 100L));
        startRound();
        answer("a", running());
        answer("b", running(BIG));
        assertThat(decision.failed("c", asked, true, pools, now)).hasSize(1);
    }

    @Test
    public void testSilentCoordinatorIsWaitedFor()
    {
        appoint("a");
        outOfMemory(Map.of(BIG, 100L));
        long start = now;
        long chosen = untilChosenWithout("c", true);
        assertThat(chosen - start).isBetween(100 * SECOND, 105 * SECOND);
        assertThat(decision.silent()).containsExactly("c");
        // c is back, with a victim that is not gone
        now += SECOND;
        startRound();
        answer("a", running());
        answer("c", new MemoryReport(ImmutableList.of(), ImmutableList.of(), ImmutableList.of(victim(BIG, true, 10))));
        assertThat(answer("b", running(BIG))).isEmpty();
        assertThat(decision.silent()).isEmpty();
    }

    @Test
    public void testCoordinatorThatWasGivenUpComesBackLate()
    {
        appoint("a");
        outOfMemory(Map.of(BIG, 100L));
        untilChosenWithout("c", true);
        // c answers after the choice was made without it
        assertThat(answer("c", running())).isEmpty();
        assertThat(decision.silent()).isEmpty();
        now += SECOND;
        startRound();
        answer("a", running());
        assertThat(answer("b", running(BIG))).isEmpty();
        assertThat(answer("c", running())).hasSize(1);
    }

    @Test
    public void testNoDecisionOnOldReports()
    {
        appoint("a");
        outOfMemory(Map.of(BIG, 100L));
        now += 20 * SECOND + 1;
        startRound();
        assertThat(answerAll(running(BIG))).isEmpty();
        assertThat(decision.isDecider()).isTrue();
        assertThat(untilChosenWithout("c", false)).isEqualTo(Long.MAX_VALUE);
        // the leader is back
        long back = now;
        assertThat(untilChosenWithout("c", true) - back).isLessThan(5 * SECOND);
    }

    @Test
    public void testAppointmentIsValidForSomeTime()
    {
        appoint("a");
        outOfMemory(Map.of(BIG, 100L));
        now += 20 * SECOND;
        startRound();
        answerAll(running(BIG));
        assertThat(decision.choices()).isEqualTo(1);
    }

    @Test
    public void testNewAppointmentBeginsTheWaitAnew()
    {
        appoint("a");
        outOfMemory(Map.of(BIG, 100L));
        for (int i = 0; i < 80; i++) {
            now += SECOND;
            appoint("a");
            roundWithout("c");
        }
        decision.appointed(1, new DeciderAppointment("a", 3, COORDINATORS), now, now);
        long start = now;
        while (decision.choices() == 0) {
            now += SECOND;
            decision.appointed(1, new DeciderAppointment("a", 3, COORDINATORS), now, now);
            roundWithout("c");
        }
        assertThat(now - start).isBetween(100 * SECOND, 105 * SECOND);
    }

    @Test
    public void testRoundOfAnotherDeciderBeginsTheWaitAnew()
    {
        appoint("a");
        outOfMemory(Map.of(BIG, 100L));
        for (int i = 0; i < 80; i++) {
            now += SECOND;
            appoint("a");
            roundWithout("c");
        }
        assertThat(orders.join(new DecisionRound(1, 1, 1_000, "b"), now)).isTrue();
        long start = now;
        long chosen = untilChosenWithout("c", true);
        assertThat(chosen - start).isBetween(100 * SECOND, 105 * SECOND);
    }

    @Test
    public void testMomentWithMemoryDoesNotBeginTheWaitAnew()
    {
        appoint("a");
        outOfMemory(Map.of(BIG, 100L));
        long start = now;
        for (int i = 0; i < 80; i++) {
            now += SECOND;
            appoint("a");
            roundWithout("c");
        }
        pools.put("worker", node(100, Map.of(BIG, 99L)));
        for (int i = 0; i < 20; i++) {
            now += SECOND;
            appoint("a");
            roundWithout("c");
        }
        assertThat(decision.choices()).isZero();
        outOfMemory(Map.of(BIG, 100L));
        assertThat(untilChosenWithout("c", true) - start).isLessThan(115 * SECOND);
    }

    @Test
    public void testSlowAnswersAreSilence()
    {
        appoint("a");
        outOfMemory(Map.of(BIG, 100L));
        long start = now;
        while (decision.choices() == 0 && now - start < 200 * SECOND) {
            now += SECOND;
            appoint("a");
            roundWithout("c");
            DecisionRound late = asked;
            now += 4 * SECOND;
            decision.answered("c", late, new RoundAnswer("c", Optional.of(late), Optional.of(running())), pools, now);
            decision.failed("c", late, true, pools, now);
        }
        assertThat(now - start).isBetween(100 * SECOND, 115 * SECOND);
    }

    @Test
    public void testAnswerOfAnotherNode()
    {
        appoint("a");
        outOfMemory(Map.of(BIG, 100L));
        startRound();
        answer("a", running());
        answer("b", running(BIG));
        assertThat(decision.answered("c", asked, new RoundAnswer("d", Optional.of(asked), Optional.of(running())), pools, now)).isEmpty();
        assertThat(decision.answered("c", asked, new RoundAnswer("c", Optional.empty(), Optional.empty()), pools, now)).isEmpty();
    }

    @Test
    public void testCoordinatorThatOnlyTheLeaderKnows()
    {
        decision.appointed(1, new DeciderAppointment("a", 1, ImmutableList.of(coordinator("d"))), now, now);
        outOfMemory(Map.of(BIG, 100L));
        assertThat(startRound()).containsExactly("a", "b", "c", "d");
        decision.appointed(1, new DeciderAppointment("a", 1, ImmutableList.of()), now, now);
        now += 4 * SECOND;
        assertThat(startRound()).containsExactly("a", "b", "c");
    }

    private long untilChosenWithout(String silent, boolean fresh)
    {
        long start = now;
        while (now - start < 600 * SECOND) {
            now += SECOND;
            if (fresh) {
                decision.appointed(1, new DeciderAppointment("a", 1, COORDINATORS), now, now);
            }
            roundWithout(silent);
            if (decision.choices() > 0) {
                return now;
            }
        }
        return Long.MAX_VALUE;
    }

    private void roundWithout(String silent)
    {
        List<DecisionEffect> effects = tick();
        if (effects.stream().anyMatch(Ask.class::isInstance)) {
            asked = ((Ask) effects.getFirst()).round();
            orders.join(asked, now);
            for (String coordinator : List.of("a", "b", "c")) {
                if (!coordinator.equals(silent)) {
                    answer(coordinator, coordinator.equals("b") ? running(BIG) : running());
                }
            }
        }
    }

    private List<DecisionEffect> chooseAfter(VictimReport victim)
    {
        now += 4 * SECOND;
        appoint("a");
        startRound();
        answer("a", running(SMALL));
        answer("b", new MemoryReport(ImmutableList.of(), ImmutableList.of(), ImmutableList.of(victim)));
        return answer("c", running());
    }

    private static VictimReport victim(QueryId query, boolean killed, long ageMillis)
    {
        return new VictimReport(Victim.query(query), killed, ageMillis);
    }

    private void appoint(String nodeId)
    {
        decision.appointed(1, new DeciderAppointment(nodeId, 1, COORDINATORS), now, now);
    }

    private List<DecisionEffect> tick()
    {
        return decision.tick(COORDINATORS, pools, now);
    }

    private List<String> startRound()
    {
        List<DecisionEffect> effects = tick();
        assertThat(effects).isNotEmpty().allSatisfy(effect -> assertThat(effect).isInstanceOf(Ask.class));
        asked = ((Ask) effects.getFirst()).round();
        orders.join(asked, now);
        return effects.stream()
                .map(effect -> ((Ask) effect).coordinator().nodeId())
                .collect(toImmutableList());
    }

    private List<DecisionEffect> answerAll(MemoryReport report)
    {
        answer("a", report);
        answer("b", running());
        return answer("c", running());
    }

    private List<DecisionEffect> answer(String coordinator, MemoryReport report)
    {
        return decision.answered(coordinator, asked, new RoundAnswer(coordinator, Optional.of(asked), Optional.of(report)), pools, now);
    }

    private void outOfMemory(Map<QueryId, Long> reservations)
    {
        pools.put("worker", node(100, reservations));
    }

    private static MemoryInfo node(long maxBytes, Map<QueryId, Long> reservations)
    {
        return node(maxBytes, reservations, ImmutableMap.of());
    }

    private static MemoryInfo node(long maxBytes, Map<QueryId, Long> queries, Map<String, Long> tasks)
    {
        long reserved = queries.values().stream().mapToLong(Long::longValue).sum();
        return new MemoryInfo(1, new MemoryPoolInfo(maxBytes, reserved, 0, queries, ImmutableMap.of(), ImmutableMap.of(), tasks, ImmutableMap.of()));
    }

    private static MemoryReport running(QueryId... queries)
    {
        return report(RetryPolicy.NONE, queries);
    }

    private static MemoryReport retryingTasks(QueryId... queries)
    {
        return report(RetryPolicy.TASK, queries);
    }

    private static MemoryReport report(RetryPolicy retryPolicy, QueryId... queries)
    {
        return new MemoryReport(
                List.of(queries).stream()
                        .map(query -> new RunningQuery(query, 1, retryPolicy, false, ImmutableList.of()))
                        .collect(toImmutableList()),
                ImmutableList.of(),
                ImmutableList.of());
    }

    private static TaskId task(QueryId query, int partition)
    {
        return new TaskId(new StageId(query, 0), partition, 0);
    }

    private static CoordinatorAddress coordinator(String nodeId)
    {
        return new CoordinatorAddress(nodeId, URI.create("http://127.0.0.1/" + nodeId));
    }
}
