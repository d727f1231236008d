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
import com.google.common.collect.Maps;
import io.prestosql.node.CoordinatorAddress;
import io.prestosql.protocol.DeciderAppointment;
import io.trino.execution.TaskId;
import io.trino.execution.TaskInfo;
import io.trino.memory.KillTarget;
import io.trino.memory.LowMemoryKiller.RunningQueryInfo;
import io.trino.memory.MemoryInfo;
import io.trino.operator.RetryPolicy;
import io.trino.spi.QueryId;
import io.trino.spi.memory.MemoryPoolInfo;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.function.Function.identity;

/**
 * Decides what is killed when workers are out of memory, over all queries of the cluster's coordinators. Events and a clock in, effects
 * out; no threads and no I/O.
 * <p>
 * <b>Who decides.</b> The leader names one coordinator in its polls ({@link DeciderAppointment}). The coordinators hold no election of
 * their own: the leader is elected anyway, a coordinator that no leader polls loses its lease and with it all queries that could be killed,
 * and a leader reaches coordinators that do not reach each other. An appointment is valid for {@code appointmentNanos}, from the time of
 * this coordinator's report that the leader had received when it confirmed that it leads, as with {@code CoordinatorLease}. So a short
 * outage of the query log stops nothing. A longer one stops decisions until leases end; coordinators that no dispatcher polls run no
 * queries.
 * <p>
 * <b>Fencing.</b> For some time, two coordinators may both believe that they are the decider. For each choice, the decider asks all
 * coordinators to join a {@link DecisionRound}. A coordinator that joins reports what it runs and which of its queries were killed, and
 * takes no orders of earlier rounds from then on ({@link KillOrders}). The decider chooses when all have joined. So of two deciders, at
 * most one gets an order through, and the next decider sees that order. This is a ballot of Paxos (Lamport, "The Part-Time Parliament",
 * 1998), with all coordinators as the quorum. Each victim is remembered by the coordinators that run it, so a decider that dies or is
 * paused leaves no state that the next one needs.
 * <p>
 * <b>When a victim is gone.</b> Nothing is chosen while a victim waits to be killed, or has memory in the pool of any worker that the
 * decider knows. The wait for a killed victim ends after {@code victimNanos}, which is as long as the engine waits before it considers
 * memory leaked. A coordinator that refuses connections is dead, and is not asked for its victims.
 * <p>
 * <b>Silence.</b> The queries of a silent coordinator are unknown, so nothing is chosen. After {@code silenceNanos} the decider goes on
 * without it, if the decider has been named for that long, and has joined no round of another decider in that time. Suppose that another
 * coordinator was the leader's decider until a time t. It may not know this decider, but it made its last choice by t + appointmentNanos,
 * that choice was obeyed at most roundNanos and orderNanos later, and the wait for its victim ended at most victimNanos after that.
 * {@code silenceNanos} is longer than the sum.
 * <p>
 * One gap remains: a coordinator that is paused in the few instructions between its last look at the clock and the engine's call that fails
 * the query kills the query when it resumes.
 */
public final class LowMemoryDecision
{
    private final String nodeId;
    private final KillOrders orders;
    private final LowMemoryTimes times;
    private final VictimPolicy policy;
    private final long startNanos;

    private final Map<String, Member> members = new TreeMap<>();
    private Optional<Appointment> appointment = Optional.empty();
    private Optional<Round> round = Optional.empty();
    private OptionalLong pressureNanos = OptionalLong.empty();
    private long lastNumber;
    private long rounds;
    private long choices;

    /**
     * @param nodeId this coordinator
     * @param orders this coordinator's orders
     */
    public LowMemoryDecision(String nodeId, KillOrders orders, LowMemoryTimes times, VictimPolicy policy, long nowNanos)
    {
        this.nodeId = requireNonNull(nodeId, "nodeId is null");
        this.orders = requireNonNull(orders, "orders is null");
        this.times = requireNonNull(times, "times is null");
        this.policy = requireNonNull(policy, "policy is null");
        this.startNanos = nowNanos;
    }

    /**
     * Takes the leader's appointment of the decider, from a poll that renews this coordinator's lease.
     *
     * @param saidNanos the time, on this coordinator's clock, of its report that the leader had received when it confirmed that it leads
     */
    public void appointed(long epoch, DeciderAppointment named, long saidNanos, long nowNanos)
    {
        Appointment next = new Appointment(epoch, named, nowNanos, saidNanos);
        if (appointment.isPresent()) {
            Appointment last = appointment.get();
            if (next.isBefore(last)) {
                return;
            }
            if (!last.isBefore(next)) {
                if (saidNanos - last.saidNanos() < 0) {
                    return;
                }
                next = new Appointment(epoch, named, last.sinceNanos(), saidNanos);
            }
        }
        appointment = Optional.of(next);
        orders.appointed(epoch, named.number());
    }

    /**
     * Lets time pass; called about once a second.
     *
     * @param discovered the coordinators that announce themselves
     * @param pools the memory of the nodes, as far as this coordinator knows it
     */
    public List<DecisionEffect> tick(List<CoordinatorAddress> discovered, Map<String, MemoryInfo> pools, long nowNanos)
    {
        updateMembers(discovered);
        boolean outOfMemory = pools.values().stream().anyMatch(LowMemoryDecision::isOutOfMemory);
        if (!outOfMemory) {
            pressureNanos = OptionalLong.empty();
        }
        else if (pressureNanos.isEmpty()) {
            pressureNanos = OptionalLong.of(nowNanos);
        }
        // silent coordinators are still asked, so that a moment with free memory does not restart the wait for them
        if (!isDecider() || (!outOfMemory && silent().isEmpty())) {
            round = Optional.empty();
            members.values().forEach(Member::answered);
            return ImmutableList.of();
        }
        if (round.isPresent() && !round.get().decided) {
            if (nowNanos - round.get().startNanos <= times.roundNanos()) {
                return decide(pools, nowNanos);
            }
            round.get().end();
        }
        return startRound(nowNanos);
    }

    /**
     * Takes a coordinator's answer.
     */
    public List<DecisionEffect> answered(String coordinator, DecisionRound asked, RoundAnswer answer, Map<String, MemoryInfo> pools, long nowNanos)
    {
        answer.joined()
                .filter(joined -> appointment.filter(current -> joined.epoch() == current.epoch() && joined.appointment() == current.named().number()).isPresent())
                .ifPresent(joined -> lastNumber = Math.max(lastNumber, joined.number()));
        if (answer.report().isEmpty() || !answer.nodeId().equals(coordinator) || !isCurrent(asked, nowNanos)) {
            return ImmutableList.of();
        }
        // a coordinator that was given up is back: the next round waits for it
        Optional.ofNullable(members.get(coordinator)).ifPresent(Member::answered);
        if (round.orElseThrow().decided) {
            return ImmutableList.of();
        }
        round.orElseThrow().reports.put(coordinator, answer.report().get());
        return decide(pools, nowNanos);
    }

    /**
     * Takes a coordinator's failure to answer.
     *
     * @param dead whether the coordinator's address refuses connections
     */
    public List<DecisionEffect> failed(String coordinator, DecisionRound asked, boolean dead, Map<String, MemoryInfo> pools, long nowNanos)
    {
        if (!dead || !isCurrent(asked, nowNanos)) {
            return ImmutableList.of();
        }
        Optional.ofNullable(members.get(coordinator)).ifPresent(Member::answered);
        round.orElseThrow().dead.add(coordinator);
        return round.orElseThrow().decided ? ImmutableList.of() : decide(pools, nowNanos);
    }

    /**
     * Returns whether this coordinator is the decider, as far as it knows.
     */
    public boolean isDecider()
    {
        return appointment
                .filter(last -> last.named().nodeId().equals(nodeId))
                .filter(last -> orders.joined().map(joined -> !last.isBefore(joined)).orElse(true))
                .isPresent();
    }

    /**
     * Returns the coordinators that have not answered since workers ran out of memory.
     */
    public List<String> silent()
    {
        return members.values().stream()
                .filter(member -> member.silentNanos.isPresent())
                .map(member -> member.address.nodeId())
                .collect(toImmutableList());
    }

    /**
     * Returns the number of rounds that this coordinator has begun.
     */
    public long rounds()
    {
        return rounds;
    }

    /**
     * Returns the number of victims that this coordinator has chosen.
     */
    public long choices()
    {
        return choices;
    }

    /**
     * Keeps a coordinator that is no longer announced, until the leader knows that it is dead.
     */
    private void updateMembers(List<CoordinatorAddress> discovered)
    {
        Map<String, CoordinatorAddress> known = new TreeMap<>();
        appointment.ifPresent(last -> last.named().coordinators().forEach(coordinator -> known.put(coordinator.nodeId(), coordinator)));
        discovered.forEach(coordinator -> known.put(coordinator.nodeId(), coordinator));
        members.keySet().removeIf(member -> !known.containsKey(member) && !member.equals(nodeId));
        known.forEach((member, address) -> members.computeIfAbsent(member, _ -> new Member(address)).address = address);
    }

    private List<DecisionEffect> startRound(long nowNanos)
    {
        if (!members.containsKey(nodeId)) {
            return ImmutableList.of();
        }
        Appointment current = appointment.orElseThrow();
        lastNumber = orders.joined()
                .filter(joined -> joined.epoch() == current.epoch() && joined.appointment() == current.named().number())
                .map(joined -> Math.max(lastNumber, joined.number()))
                .orElse(lastNumber) + 1;
        DecisionRound id = new DecisionRound(current.epoch(), current.named().number(), lastNumber, nodeId);
        round = Optional.of(new Round(id, nowNanos, ImmutableList.copyOf(members.values())));
        rounds++;
        return members.values().stream()
                .map(member -> new DecisionEffect.Ask(member.address, id))
                .collect(toImmutableList());
    }

    private boolean isCurrent(DecisionRound asked, long nowNanos)
    {
        return round.filter(current -> current.id.equals(asked) && nowNanos - current.startNanos <= times.roundNanos()).isPresent();
    }

    private List<DecisionEffect> decide(Map<String, MemoryInfo> pools, long nowNanos)
    {
        Round current = round.orElseThrow();
        boolean complete = current.reports.containsKey(nodeId) && members.values().stream()
                .allMatch(member -> current.reports.containsKey(member.address.nodeId()) || current.dead.contains(member.address.nodeId()) || isGivenUp(member, nowNanos));
        boolean fresh = appointment.filter(last -> nowNanos - last.saidNanos() <= times.appointmentNanos()).isPresent();
        if (!complete || !fresh || !isDecider() || !orders.joined().equals(Optional.of(current.id)) || nowNanos - startNanos < times.warmUpNanos()) {
            return ImmutableList.of();
        }
        current.decided = true;
        Collection<MemoryReport> reports = current.reports.values();
        if (pools.values().stream().noneMatch(LowMemoryDecision::isOutOfMemory) || isVictimThere(reports, pools.values()) || isOvercommitKilled(reports, nowNanos)) {
            return ImmutableList.of();
        }
        List<DecisionEffect> effects = choose(reports, pools.values())
                .map(target -> orders(current, target))
                .orElse(ImmutableList.of());
        if (!effects.isEmpty()) {
            choices++;
        }
        return effects;
    }

    private boolean isGivenUp(Member member, long nowNanos)
    {
        Appointment current = appointment.orElseThrow();
        return !member.address.nodeId().equals(nodeId) &&
                member.silentNanos.isPresent() && nowNanos - member.silentNanos.getAsLong() >= times.silenceNanos() &&
                nowNanos - current.sinceNanos() >= times.silenceNanos() &&
                (orders.joinedOthersNanos().isEmpty() || nowNanos - orders.joinedOthersNanos().getAsLong() >= times.silenceNanos());
    }

    private boolean isVictimThere(Collection<MemoryReport> reports, Collection<MemoryInfo> pools)
    {
        return reports.stream()
                .flatMap(report -> report.victims().stream())
                .anyMatch(victim -> !victim.killed() ||
                        (MILLISECONDS.toNanos(victim.ageMillis()) < times.victimNanos() && pools.stream().anyMatch(pool -> victim.victim().isIn(pool.getPool()))));
    }

    /**
     * Returns whether the engine itself is killing: it kills queries with {@code resource_overcommit} as soon as their coordinator sees
     * that memory is out.
     */
    private boolean isOvercommitKilled(Collection<MemoryReport> reports, long nowNanos)
    {
        return nowNanos - pressureNanos.orElse(nowNanos) < times.victimNanos() &&
                reports.stream().flatMap(report -> report.running().stream()).anyMatch(query -> query.overcommit() && query.retryPolicy() != RetryPolicy.TASK);
    }

    private Optional<KillTarget> choose(Collection<MemoryReport> reports, Collection<MemoryInfo> pools)
    {
        // a query that runs again on another coordinator may be there twice
        Map<QueryId, RunningQuery> running = reports.stream()
                .flatMap(report -> report.running().stream())
                .collect(toImmutableMap(RunningQuery::queryId, identity(), (first, _) -> first));
        // a query that no coordinator knows cannot be killed: an orphan of a dead coordinator, or a leak
        Set<QueryId> known = new HashSet<>(running.keySet());
        reports.forEach(report -> known.addAll(report.ending()));
        List<RunningQueryInfo> queries = running.values().stream()
                .map(query -> new RunningQueryInfo(
                        query.queryId(),
                        query.totalMemoryBytes(),
                        query.tasks().stream().collect(toImmutableMap(task -> task.taskStatus().getTaskId(), identity(), (TaskInfo first, TaskInfo _) -> first)),
                        query.retryPolicy()))
                .collect(toImmutableList());
        List<MemoryInfo> nodes = pools.stream()
                .map(node -> new MemoryInfo(node.getAvailableProcessors(), only(known, node.getPool())))
                .collect(toImmutableList());
        return policy.choose(queries, nodes);
    }

    private static MemoryPoolInfo only(Set<QueryId> known, MemoryPoolInfo pool)
    {
        return new MemoryPoolInfo(
                pool.getMaxBytes(),
                pool.getReservedBytes(),
                pool.getReservedRevocableBytes(),
                ImmutableMap.copyOf(Maps.filterKeys(pool.getQueryMemoryReservations(), known::contains)),
                ImmutableMap.of(),
                ImmutableMap.copyOf(Maps.filterKeys(pool.getQueryMemoryRevocableReservations(), known::contains)),
                ImmutableMap.copyOf(Maps.filterKeys(pool.getTaskMemoryReservations(), task -> known.contains(TaskId.valueOf(task).getQueryId()))),
                ImmutableMap.copyOf(Maps.filterKeys(pool.getTaskMemoryRevocableReservations(), task -> known.contains(TaskId.valueOf(task).getQueryId()))));
    }

    /**
     * Returns an order to each coordinator that runs a part of the target; none when the chosen query is about to end by itself.
     */
    private List<DecisionEffect> orders(Round current, KillTarget target)
    {
        ImmutableList.Builder<DecisionEffect> effects = ImmutableList.builder();
        current.reports.forEach((coordinator, report) -> {
            Set<QueryId> running = report.running().stream().map(RunningQuery::queryId).collect(toImmutableSet());
            victimAmong(running, target).ifPresent(victim -> effects.add(new DecisionEffect.Order(current.addresses.get(coordinator), new KillOrder(current.id, victim))));
        });
        return effects.build();
    }

    private static Optional<Victim> victimAmong(Set<QueryId> running, KillTarget target)
    {
        if (target.isWholeQuery()) {
            return Optional.of(target.getQuery()).filter(running::contains).map(Victim::query);
        }
        Set<TaskId> tasks = target.getTasks().stream()
                .filter(task -> running.contains(task.getQueryId()))
                .collect(toImmutableSet());
        return tasks.isEmpty() ? Optional.empty() : Optional.of(Victim.tasks(tasks));
    }

    /**
     * Uses the engine's own definition.
     */
    static boolean isOutOfMemory(MemoryInfo node)
    {
        return node.getPool().getFreeBytes() + node.getPool().getReservedRevocableBytes() <= 0;
    }

    private static class Member
    {
        private CoordinatorAddress address;
        /** Start of the first round that has waited for this coordinator in vain. */
        private OptionalLong silentNanos = OptionalLong.empty();

        private Member(CoordinatorAddress address)
        {
            this.address = requireNonNull(address, "address is null");
        }

        private void answered()
        {
            silentNanos = OptionalLong.empty();
        }
    }

    private static class Round
    {
        private final DecisionRound id;
        private final long startNanos;
        private final List<Member> asked;
        private final Map<String, CoordinatorAddress> addresses;
        private final Map<String, MemoryReport> reports = new TreeMap<>();
        private final Set<String> dead = new HashSet<>();
        private boolean decided;

        private Round(DecisionRound id, long startNanos, List<Member> asked)
        {
            this.id = requireNonNull(id, "id is null");
            this.startNanos = startNanos;
            this.asked = ImmutableList.copyOf(asked);
            this.addresses = asked.stream().collect(toImmutableMap(member -> member.address.nodeId(), member -> member.address));
        }

        /**
         * Notes the coordinators that have not answered in time.
         */
        private void end()
        {
            for (Member member : asked) {
                String coordinator = member.address.nodeId();
                if (!reports.containsKey(coordinator) && !dead.contains(coordinator) && member.silentNanos.isEmpty()) {
                    member.silentNanos = OptionalLong.of(startNanos);
                }
            }
        }
    }

    /**
     * @param sinceNanos when this coordinator first received the appointment
     * @param saidNanos freshness of the appointment: the time of this coordinator's report that the leader had received when it last
     * confirmed that it leads
     */
    private record Appointment(long epoch, DeciderAppointment named, long sinceNanos, long saidNanos)
    {
        boolean isBefore(Appointment other)
        {
            return isBefore(other.epoch, other.named.number());
        }

        boolean isBefore(DecisionRound round)
        {
            return isBefore(round.epoch(), round.appointment());
        }

        private boolean isBefore(long otherEpoch, long otherNumber)
        {
            return epoch < otherEpoch || (epoch == otherEpoch && named.number() < otherNumber);
        }
    }
}
