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
import io.prestosql.fleet.DeciderChoice;
import io.prestosql.memory.DecisionEffect.Ask;
import io.prestosql.memory.DecisionEffect.Order;
import io.prestosql.node.CoordinatorAddress;
import io.prestosql.protocol.DeciderAppointment;
import io.trino.memory.MemoryInfo;
import io.trino.memory.TotalReservationOnBlockedNodesQueryLowMemoryKiller;
import io.trino.operator.RetryPolicy;
import io.trino.spi.QueryId;
import io.trino.spi.memory.MemoryPoolInfo;

import java.net.URI;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Coordinators, their workers, and the leading dispatchers, in simulated time, with everything going wrong that may. The decisions are made by
 * the code of production. Workers are always full: whatever a victim leaves is taken by others.
 */
final class LowMemorySimulation
{
    enum Variant
    {
        /** The code as it is. */
        NONE(LowMemoryTimes.withVictimTimeout(new Duration(60, SECONDS))),
        /** An order is good for ever. */
        LASTING_ORDERS(LowMemoryTimes.withVictimTimeout(new Duration(60, SECONDS))),
        /** A coordinator joins every round, and takes every order. */
        NO_FENCING(LowMemoryTimes.withVictimTimeout(new Duration(60, SECONDS))),
        /** A silent coordinator is given up early. */
        IMPATIENT(new LowMemoryTimes(SECONDS.toNanos(3), SECONDS.toNanos(5), SECONDS.toNanos(10), SECONDS.toNanos(1), SECONDS.toNanos(20), SECONDS.toNanos(10))),
        /** The decider knows nobody but itself. */
        ALONE(LowMemoryTimes.withVictimTimeout(new Duration(60, SECONDS)));

        private final LowMemoryTimes times;

        Variant(LowMemoryTimes times)
        {
            this.times = times;
        }
    }

    record Result(int kills, int crashes, int pauses, int cuts, int elections, long longestWaitMillis) {}

    static class Violation
            extends RuntimeException
    {
        Violation(String message)
        {
            super(message);
        }
    }

    private static final long SECOND = SECONDS.toNanos(1);
    private static final long FAULTS_END = 500 * SECOND;
    private static final long END = 900 * SECOND;
    private static final long VICTIM_NANOS = 60 * SECOND;
    private static final long ORPHAN_NANOS = 120 * SECOND;
    /** What the documentation promises. */
    private static final long BOUND_NANOS = 150 * SECOND;
    private static final long CAPACITY = 1000;

    private final Random random;
    private final Variant variant;
    private final PriorityQueue<Event> events = new PriorityQueue<>(Comparator.comparingLong(Event::time).thenComparingLong(Event::sequence));
    private final Map<String, Coordinator> coordinators = new TreeMap<>();
    private final Map<String, Map<QueryId, Long>> workers = new TreeMap<>();
    private final Set<Set<String>> cuts = new HashSet<>();
    private final List<Kill> kills = new ArrayList<>();
    private final List<Leader> leaders = new ArrayList<>();
    private long now;
    private long sequence;
    private long electedEpoch;
    private boolean logAway;
    private int queryCount;
    private int crashes;
    private int pauses;
    private int cutCount;
    private long lastProgress;
    private long longestWait;
    private Optional<Violation> violation = Optional.empty();

    private LowMemorySimulation(long seed, Variant variant)
    {
        this.random = new Random(seed);
        this.variant = requireNonNull(variant, "variant is null");
    }

    static Result run(long seed, Variant variant)
    {
        return new LowMemorySimulation(seed, variant).run();
    }

    private Result run()
    {
        workers.put("worker-1", new HashMap<>());
        workers.put("worker-2", new HashMap<>());
        int count = 2 + random.nextInt(2);
        for (int i = 1; i <= count; i++) {
            start("coordinator-" + i);
        }
        elect();
        every(SECOND, this::load);
        every(SECOND, () -> {
            if (now < FAULTS_END) {
                breakSomething();
            }
        });
        boolean oneStaysSilent = random.nextInt(3) == 0;
        at(FAULTS_END, () -> heal(oneStaysSilent));
        at(FAULTS_END, () -> lastProgress = now);
        every(SECOND, this::checkProgress);

        while (!events.isEmpty() && events.peek().time() < END) {
            Event event = events.poll();
            now = event.time();
            event.action().run();
            if (violation.isPresent()) {
                throw violation.get();
            }
        }
        return new Result(kills.size(), crashes, pauses, cutCount, (int) electedEpoch, NANOSECONDS.toMillis(longestWait));
    }

    // ---- faults

    private void breakSomething()
    {
        if (random.nextInt(40) == 0) {
            Coordinator victim = anyCoordinator();
            if (victim.alive) {
                pauses++;
                victim.pausedUntil = Math.min(FAULTS_END, Math.max(victim.pausedUntil, now + (random.nextInt(3) == 0 ? between(10, 200) : between(1, 12))));
            }
        }
        if (random.nextInt(90) == 0) {
            Coordinator victim = anyCoordinator();
            if (victim.alive) {
                crash(victim);
            }
        }
        if (random.nextInt(60) == 0) {
            cutCount++;
            String one = anyCoordinator().nodeId;
            String other = random.nextInt(3) == 0 ? "leader" : anyCoordinator().nodeId;
            if (!one.equals(other)) {
                Set<String> cut = Set.of(one, other);
                cuts.add(cut);
                at(now + between(2, 200), () -> cuts.remove(cut));
            }
        }
        if (random.nextInt(80) == 0) {
            elect();
        }
        if (random.nextInt(150) == 0) {
            logAway = true;
            at(now + between(5, 100), () -> logAway = false);
        }
    }

    private void heal(boolean oneStaysSilent)
    {
        cuts.clear();
        logAway = false;
        for (Coordinator coordinator : ImmutableList.copyOf(coordinators.values())) {
            if (!coordinator.alive) {
                start(coordinator.nodeId);
            }
        }
        if (oneStaysSilent) {
            anyCoordinator().pausedUntil = Long.MAX_VALUE;
        }
    }

    private void crash(Coordinator coordinator)
    {
        crashes++;
        coordinator.alive = false;
        for (QueryId query : coordinator.queries.keySet()) {
            at(now + ORPHAN_NANOS, () -> workers.values().forEach(pool -> pool.remove(query)));
        }
        at(now + between(1, 60), () -> {
            if (coordinators.get(coordinator.nodeId) == coordinator) {
                start(coordinator.nodeId);
            }
        });
    }

    private void start(String nodeId)
    {
        Coordinator coordinator = new Coordinator(nodeId);
        coordinators.put(nodeId, coordinator);
        coordinator.start();
    }

    // ---- dispatchers

    private void elect()
    {
        electedEpoch++;
        Leader leader = new Leader(electedEpoch);
        leaders.add(leader);
        leader.start();
    }

    private class Leader
    {
        private final long epoch;
        private final DeciderChoice choice = new DeciderChoice();
        private final Map<String, Long> answered = new TreeMap<>();
        private final Set<String> gone = new HashSet<>();
        private final Map<Coordinator, Long> stamps = new HashMap<>();
        /** How long it goes on when another one is elected. */
        private final long stubborn = between(0, 100);
        private long deposedNanos = Long.MAX_VALUE;

        private Leader(long epoch)
        {
            this.epoch = epoch;
        }

        private void start()
        {
            for (String nodeId : ImmutableList.copyOf(coordinators.keySet())) {
                at(now + between(0, 1), () -> poll(nodeId));
            }
        }

        private void poll(String nodeId)
        {
            if (epoch != electedEpoch && deposedNanos == Long.MAX_VALUE) {
                deposedNanos = now;
            }
            if (deposedNanos != Long.MAX_VALUE && now - deposedNanos > stubborn) {
                return;
            }
            at(now + SECOND, () -> poll(nodeId));
            Coordinator target = coordinators.get(nodeId);
            Optional<DeciderAppointment> appointment = choice.appoint(
                    epoch,
                    coordinators.keySet().stream().filter(known -> !gone.contains(known)).map(LowMemorySimulation::address).collect(toImmutableList()),
                    answering());
            Optional<Long> stamp = Optional.ofNullable(stamps.get(target));
            if (!target.alive) {
                gone.add(nodeId);
                answered.remove(nodeId);
                return;
            }
            send("leader", target, () -> {
                if (epoch < target.epoch) {
                    return;
                }
                target.epoch = epoch;
                if (stamp.isPresent() && appointment.isPresent()) {
                    target.leased = true;
                    target.decision.appointed(epoch, appointment.get(), stamp.get(), target.clock());
                }
                long said = target.clock();
                reply(target, "leader", () -> {
                    answered.put(nodeId, now);
                    gone.remove(nodeId);
                    if (epoch == electedEpoch && !logAway) {
                        stamps.merge(target, said, Math::max);
                    }
                });
            });
        }

        private Set<String> answering()
        {
            Set<String> answering = new HashSet<>();
            answered.forEach((nodeId, time) -> {
                if (now - time < 4 * SECOND) {
                    answering.add(nodeId);
                }
            });
            return answering;
        }
    }

    // ---- coordinators

    private class Coordinator
    {
        private final String nodeId;
        private final long offset = random.nextLong();
        private final double rate = 0.98 + random.nextDouble() * 0.04;
        private final long startNanos = now;
        /** Its engine sees no need to kill anything. */
        private final boolean blind = random.nextInt(10) == 0;
        private final KillOrders orders;
        private final LowMemoryDecision decision;
        private final Map<QueryId, Long> queries = new LinkedHashMap<>();
        private final Map<QueryId, Long> ended = new HashMap<>();
        private final Map<String, MemoryInfo> view = new HashMap<>();
        private final Map<String, Long> viewNanos = new HashMap<>();
        private Optional<QueryId> engineVictim = Optional.empty();
        private long epoch;
        private boolean alive = true;
        /** Nobody gets queries whom no leader has reached. */
        private boolean leased;
        private long pausedUntil;

        private Coordinator(String nodeId)
        {
            this.nodeId = nodeId;
            this.orders = new KillOrders(nodeId, variant == Variant.LASTING_ORDERS ? SECONDS.toNanos(3600) : variant.times.orderNanos());
            this.decision = new LowMemoryDecision(
                    nodeId,
                    orders,
                    variant.times,
                    (running, nodes) -> new TotalReservationOnBlockedNodesQueryLowMemoryKiller().chooseTargetToKill(running, nodes),
                    clock());
        }

        private long clock()
        {
            return offset + (long) (now * rate);
        }

        private void start()
        {
            local(random.nextInt(1000), this::engine);
            local(random.nextInt(1000), this::tick);
        }

        /** The engine's memory manager. */
        private void engine()
        {
            local(1000, this::engine);
            workers.forEach((worker, pool) -> {
                long taken = now;
                MemoryInfo info = snapshot(pool);
                local(delayMillis(), () -> {
                    if (viewNanos.getOrDefault(worker, -1L) < taken) {
                        viewNanos.put(worker, taken);
                        view.put(worker, info);
                    }
                });
            });
            if (blind || view.values().stream().noneMatch(LowMemoryDecision::isOutOfMemory)) {
                return;
            }
            boolean gone = engineVictim.map(victim -> view.values().stream().noneMatch(info -> info.getPool().getQueryMemoryReservations().containsKey(victim)) || isLeaked(victim)).orElse(true);
            if (gone) {
                orders.take(clock()).ifPresent(victim -> {
                    QueryId query = victim.query().orElseThrow();
                    if (queries.containsKey(query)) {
                        engineVictim = Optional.of(query);
                        kill(this, query);
                    }
                });
            }
        }

        private boolean isLeaked(QueryId query)
        {
            return now - ended.getOrDefault(query, 0L) >= VICTIM_NANOS;
        }

        private void tick()
        {
            local(1000, this::tick);
            orders.takeOverdueQuery(clock()).filter(queries::containsKey).ifPresent(query -> kill(this, query));
            List<CoordinatorAddress> discovered = coordinators.values().stream()
                    .filter(other -> other == this || (variant != Variant.ALONE && now - startNanos > 2 * SECOND && other.alive && other.pausedUntil <= now && !isCut(nodeId, other.nodeId)))
                    .map(other -> address(other.nodeId))
                    .collect(toImmutableList());
            perform(decision.tick(discovered, view, clock()));
        }

        private void perform(List<DecisionEffect> effects)
        {
            for (DecisionEffect effect : effects) {
                switch (effect) {
                    case Ask(CoordinatorAddress address, DecisionRound round) -> ask(address.nodeId(), round);
                    case Order(CoordinatorAddress address, KillOrder order) -> send(nodeId, coordinators.get(address.nodeId()), coordinators.get(address.nodeId()).orderOf(order));
                }
            }
        }

        private Runnable orderOf(KillOrder order)
        {
            return () -> {
                if (variant == Variant.NO_FENCING) {
                    orders.join(new DecisionRound(Long.MAX_VALUE, 1, sequence++, "anybody"), clock());
                    orders.order(new KillOrder(orders.joined().orElseThrow(), order.victim()), clock());
                }
                orders.order(order, clock());
            };
        }

        private void ask(String target, DecisionRound round)
        {
            Coordinator callee = coordinators.get(target);
            if (variant == Variant.ALONE && callee != this) {
                return;
            }
            if (!callee.alive && !isCut(nodeId, target)) {
                local(delayMillis(), () -> perform(decision.failed(target, round, true, view, clock())));
                return;
            }
            send(nodeId, callee, () -> {
                boolean joined = callee.orders.join(round, callee.clock()) || (variant == Variant.NO_FENCING && callee != this);
                RoundAnswer answer = new RoundAnswer(target, callee.orders.joined(), joined ? Optional.of(callee.report()) : Optional.empty());
                if (callee == this) {
                    perform(decision.answered(target, round, answer, view, clock()));
                    return;
                }
                reply(callee, nodeId, () -> {
                    if (alive) {
                        whenRunning(this, () -> perform(decision.answered(target, round, answer, view, clock())));
                    }
                });
            });
        }

        private MemoryReport report()
        {
            return new MemoryReport(
                    queries.keySet().stream()
                            .map(query -> new RunningQuery(query, 1, RetryPolicy.NONE, false, ImmutableList.of()))
                            .collect(toImmutableList()),
                    ended.keySet().stream().filter(query -> !isLeaked(query)).collect(toImmutableList()),
                    orders.report(clock()).stream().collect(toImmutableList()));
        }

        private void local(long millis, Runnable action)
        {
            at(now + MILLISECONDS.toNanos(millis), () -> whenRunning(this, action));
        }
    }

    private void whenRunning(Coordinator coordinator, Runnable action)
    {
        if (!coordinator.alive) {
            return;
        }
        if (coordinator.pausedUntil > now) {
            at(coordinator.pausedUntil, () -> whenRunning(coordinator, action));
            return;
        }
        action.run();
    }

    private void kill(Coordinator owner, QueryId query)
    {
        for (Kill kill : kills) {
            boolean there = workers.values().stream().anyMatch(pool -> pool.containsKey(kill.query()));
            // clocks of coordinators are a little fast, or slow
            if (kill.owner().alive && there && now - kill.time() < VICTIM_NANOS * 97 / 100) {
                violation = Optional.of(new Violation("%s of %s is killed at %s ms, when %s of %s, killed at %s ms, is not gone".formatted(
                        query, owner.nodeId, NANOSECONDS.toMillis(now), kill.query(), kill.owner().nodeId, NANOSECONDS.toMillis(kill.time()))));
            }
        }
        kills.add(new Kill(now, owner, query));
        lastProgress = now;
        owner.queries.remove(query);
        owner.ended.put(query, now);
        long goneAfter = random.nextInt(10) == 0 ? between(20, 100) : between(0, 15);
        at(now + goneAfter, () -> workers.values().forEach(pool -> pool.remove(query)));
    }

    private void checkProgress()
    {
        if (now <= FAULTS_END) {
            return;
        }
        boolean killable = coordinators.values().stream()
                .filter(coordinator -> coordinator.alive && coordinator.pausedUntil <= now)
                .flatMap(coordinator -> coordinator.queries.keySet().stream())
                .anyMatch(query -> workers.values().stream().anyMatch(pool -> isBlocked(pool) && pool.containsKey(query)));
        if (!killable) {
            // a silent coordinator has all of the memory, and its workers wait for it
            lastProgress = now;
        }
        longestWait = Math.max(longestWait, now - lastProgress);
        if (now - lastProgress > BOUND_NANOS) {
            violation = Optional.of(new Violation("nothing was killed between %s and %s ms".formatted(NANOSECONDS.toMillis(lastProgress), NANOSECONDS.toMillis(now))));
        }
    }

    /**
     * New queries, and those that are there take what is free.
     */
    private void load()
    {
        for (Coordinator coordinator : coordinators.values()) {
            while (coordinator.alive && coordinator.leased && coordinator.pausedUntil <= now && coordinator.queries.size() < 3) {
                coordinator.queries.put(new QueryId("q" + queryCount++), now);
            }
            for (QueryId query : coordinator.queries.keySet()) {
                workers.values().forEach(pool -> take(pool, query, random.nextInt(80)));
            }
        }
        workers.values().forEach(pool -> coordinators.values().stream()
                .filter(coordinator -> coordinator.alive)
                .flatMap(coordinator -> coordinator.queries.keySet().stream())
                .findFirst()
                .ifPresent(query -> take(pool, query, random.nextInt(2) * CAPACITY)));
    }

    private static void take(Map<QueryId, Long> pool, QueryId query, long wanted)
    {
        long free = CAPACITY - pool.values().stream().mapToLong(Long::longValue).sum();
        long taken = Math.min(free, wanted);
        if (taken > 0) {
            pool.merge(query, taken, Long::sum);
        }
    }

    private static boolean isBlocked(Map<QueryId, Long> pool)
    {
        return pool.values().stream().mapToLong(Long::longValue).sum() >= CAPACITY;
    }

    private static MemoryInfo snapshot(Map<QueryId, Long> pool)
    {
        long reserved = pool.values().stream().mapToLong(Long::longValue).sum();
        return new MemoryInfo(1, new MemoryPoolInfo(CAPACITY, reserved, 0, ImmutableMap.copyOf(pool), ImmutableMap.of(), ImmutableMap.of(), ImmutableMap.of(), ImmutableMap.of()));
    }

    // ---- network

    private void send(String from, Coordinator to, Runnable action)
    {
        if (isCut(from, to.nodeId)) {
            return;
        }
        // a copy may come, too
        int copies = from.equals(to.nodeId) || random.nextInt(20) > 0 ? 1 : 2;
        for (int i = 0; i < copies; i++) {
            at(now + (from.equals(to.nodeId) ? 0 : MILLISECONDS.toNanos(delayMillis())), () -> whenRunning(to, action));
        }
    }

    private void reply(Coordinator from, String to, Runnable action)
    {
        if (!isCut(from.nodeId, to)) {
            at(now + MILLISECONDS.toNanos(delayMillis()), action);
        }
    }

    private boolean isCut(String one, String other)
    {
        return !one.equals(other) && cuts.contains(Set.of(one, other));
    }

    private long delayMillis()
    {
        if (now < FAULTS_END && random.nextInt(40) == 0) {
            return random.nextInt(20_000);
        }
        return random.nextInt(200);
    }

    private Coordinator anyCoordinator()
    {
        List<Coordinator> all = ImmutableList.copyOf(coordinators.values());
        return all.get(random.nextInt(all.size()));
    }

    private long between(int fromSeconds, int toSeconds)
    {
        return fromSeconds * SECOND + (long) (random.nextDouble() * (toSeconds - fromSeconds) * SECOND);
    }

    private static CoordinatorAddress address(String nodeId)
    {
        return new CoordinatorAddress(nodeId, URI.create("http://" + nodeId));
    }

    private void every(long nanos, Runnable action)
    {
        at(now + nanos, () -> {
            action.run();
            every(nanos, action);
        });
    }

    private void at(long time, Runnable action)
    {
        events.add(new Event(time, sequence++, action));
    }

    private record Event(long time, long sequence, Runnable action) {}

    private record Kill(long time, Coordinator owner, QueryId query) {}
}
