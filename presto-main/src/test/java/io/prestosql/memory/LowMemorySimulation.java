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
import io.prestosql.simulation.InvariantViolation;
import io.prestosql.simulation.Node;
import io.prestosql.simulation.SimulatedNetwork;
import io.prestosql.simulation.SimulatedNetwork.Reply;
import io.prestosql.simulation.World;
import io.trino.memory.MemoryInfo;
import io.trino.memory.TotalReservationOnBlockedNodesQueryLowMemoryKiller;
import io.trino.operator.RetryPolicy;
import io.trino.spi.QueryId;
import io.trino.spi.memory.MemoryPoolInfo;

import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.prestosql.simulation.World.MILLIS;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Coordinators, their workers, and the leaders, in simulated time, with all kinds of faults. The production code makes the decisions.
 * Workers are always full: other queries take the memory that a victim releases.
 */
final class LowMemorySimulation
{
    enum Variant
    {
        /** The production code, unchanged. */
        NONE(LowMemoryTimes.withVictimTimeout(new Duration(60, SECONDS))),
        /** An order is valid for ever. */
        LASTING_ORDERS(LowMemoryTimes.withVictimTimeout(new Duration(60, SECONDS))),
        /** A coordinator joins every round, and takes every order. */
        NO_FENCING(LowMemoryTimes.withVictimTimeout(new Duration(60, SECONDS))),
        /** A silent coordinator is given up early. */
        IMPATIENT(new LowMemoryTimes(SECONDS.toNanos(3), SECONDS.toNanos(5), SECONDS.toNanos(10), SECONDS.toNanos(1), SECONDS.toNanos(20), SECONDS.toNanos(10))),
        /** The decider knows only itself. */
        ALONE(LowMemoryTimes.withVictimTimeout(new Duration(60, SECONDS)));

        private final LowMemoryTimes times;

        Variant(LowMemoryTimes times)
        {
            this.times = times;
        }
    }

    record Result(int kills, int crashes, int pauses, int cuts, int elections, long longestWaitMillis) {}

    private static final long SECOND = SECONDS.toNanos(1);
    private static final long FAULTS_END = 500 * SECOND;
    private static final long END = 900 * SECOND;
    private static final long VICTIM_NANOS = 60 * SECOND;
    private static final long ORPHAN_NANOS = 120 * SECOND;
    /** The bound that the documentation promises. */
    private static final long BOUND_NANOS = 150 * SECOND;
    private static final long CAPACITY = 1000;
    private static final double MAX_DRIFT = 0.02;

    private final World world;
    private final SimulatedNetwork network;
    private final Variant variant;
    private final Map<String, Coordinator> coordinators = new TreeMap<>();
    private final Map<String, Map<QueryId, Long>> workers = new TreeMap<>();
    private final List<Kill> kills = new ArrayList<>();
    private Optional<Coordinator> silent = Optional.empty();
    private Leader leader;
    private long electedEpoch;
    private boolean logAway;
    private int queryCount;
    private long orderCount;
    private int crashes;
    private int pauses;
    private int cuts;
    private long lastProgress;
    private long longestWait;

    private LowMemorySimulation(long seed, Variant variant)
    {
        this.world = new World(seed, false);
        this.network = new SimulatedNetwork(world, 100 * MILLIS, 5 * SECOND);
        this.variant = requireNonNull(variant, "variant is null");
    }

    /**
     * @throws InvariantViolation when a query is killed while another victim is still there, or no query is killed for too long
     */
    static Result run(long seed, Variant variant)
    {
        return new LowMemorySimulation(seed, variant).run();
    }

    private Result run()
    {
        // some messages arrive twice, and some very late
        network.setRates(0, 0.05, 0.025);
        workers.put("worker-1", new HashMap<>());
        workers.put("worker-2", new HashMap<>());
        IntStream.rangeClosed(1, 2 + world.random().nextInt(2))
                .mapToObj(number -> new Coordinator("coordinator-" + number))
                .forEach(coordinator -> coordinators.put(coordinator.name(), coordinator));
        coordinators.values().forEach(Node::start);
        elect();
        everySecond(this::load);
        everySecond(() -> {
            if (world.nowNanos() < FAULTS_END) {
                breakSomething();
            }
        });
        boolean oneStaysSilent = oneIn(3);
        world.schedule(FAULTS_END, () -> heal(oneStaysSilent));
        everySecond(this::checkProgress);
        while (world.nowNanos() < END && world.step()) {
            // each step checks its own effects
        }
        return new Result(kills.size(), crashes, pauses, cuts, (int) electedEpoch, NANOSECONDS.toMillis(longestWait));
    }

    // ---- faults

    private void breakSomething()
    {
        if (oneIn(40)) {
            pause(anyCoordinator());
        }
        if (oneIn(90)) {
            crash(anyCoordinator());
        }
        if (oneIn(60)) {
            cut(anyCoordinator(), oneIn(3) ? leader : anyCoordinator());
        }
        if (oneIn(80)) {
            elect();
        }
        if (oneIn(150)) {
            logAway = true;
            world.schedule(between(5, 100), () -> logAway = false);
        }
    }

    private void pause(Coordinator coordinator)
    {
        if (coordinator.isAlive() && !coordinator.isPaused()) {
            pauses++;
            coordinator.pause();
            world.schedule(oneIn(3) ? between(10, 200) : between(1, 12), () -> {
                if (!silent.equals(Optional.of(coordinator))) {
                    coordinator.resume();
                }
            });
        }
    }

    private void crash(Coordinator coordinator)
    {
        if (coordinator.isAlive()) {
            crashes++;
            coordinator.kill();
            world.schedule(between(1, 60), coordinator::start);
        }
    }

    private void cut(Node one, Node other)
    {
        if (one != other) {
            cuts++;
            network.cut(one, other);
            network.cut(other, one);
            world.schedule(between(2, 200), () -> {
                network.mend(one, other);
                network.mend(other, one);
            });
        }
    }

    private void heal(boolean oneStaysSilent)
    {
        network.setRates(0, 0.05, 0);
        network.mend();
        logAway = false;
        coordinators.values().forEach(coordinator -> {
            coordinator.resume();
            coordinator.start();
        });
        if (oneStaysSilent) {
            Coordinator coordinator = anyCoordinator();
            coordinator.pause();
            silent = Optional.of(coordinator);
        }
        lastProgress = world.nowNanos();
    }

    // ---- dispatchers

    private void elect()
    {
        electedEpoch++;
        leader = new Leader(electedEpoch);
        leader.start();
    }

    /** A report of a coordinator: its process, and the time by its own clock. */
    private record Said(long process, long nanos) {}

    private class Leader
            extends Node
    {
        private final long epoch;
        private final DeciderChoice choice = new DeciderChoice();
        private final Map<String, Long> answered = new TreeMap<>();
        private final Set<String> gone = new HashSet<>();
        private final Map<String, Said> stamps = new HashMap<>();
        /** How long this leader continues after another one is elected. */
        private final long stubborn = between(0, 100);
        private Optional<Long> deposedNanos = Optional.empty();

        private Leader(long epoch)
        {
            super(LowMemorySimulation.this.world, "leader-" + epoch, 0);
            this.epoch = epoch;
        }

        @Override
        protected void started()
        {
            coordinators.values().forEach(coordinator -> later(between(0, 1), () -> poll(coordinator)));
        }

        @Override
        protected void killed() {}

        private void poll(Coordinator target)
        {
            if (epoch != electedEpoch && deposedNanos.isEmpty()) {
                deposedNanos = Optional.of(world.nowNanos());
            }
            if (deposedNanos.map(deposed -> world.nowNanos() - deposed > stubborn).orElse(false)) {
                return;
            }
            later(SECOND, () -> poll(target));
            Optional<DeciderAppointment> appointment = choice.appoint(
                    epoch,
                    coordinators.keySet().stream().filter(known -> !gone.contains(known)).map(LowMemorySimulation::address).collect(toImmutableList()),
                    answering());
            Optional<Said> stamp = Optional.ofNullable(stamps.get(target.name()));
            network.call(this, target, true, () -> target.hear(epoch, stamp, appointment), new Reply<>(
                    said -> {
                        answered.put(target.name(), world.nowNanos());
                        gone.remove(target.name());
                        if (epoch == electedEpoch && !logAway) {
                            stamps.merge(target.name(), said, (one, other) -> one.process() > other.process() || (one.process() == other.process() && one.nanos() > other.nanos()) ? one : other);
                        }
                    },
                    () -> {
                        gone.add(target.name());
                        answered.remove(target.name());
                    },
                    () -> {}));
        }

        private Set<String> answering()
        {
            Set<String> answering = new HashSet<>();
            answered.forEach((nodeId, time) -> {
                if (world.nowNanos() - time < 4 * SECOND) {
                    answering.add(nodeId);
                }
            });
            return answering;
        }
    }

    // ---- coordinators

    private class Coordinator
            extends Node
    {
        // state that dies with the process
        /** Whether its engine sees no need to kill a query. */
        private boolean blind;
        private KillOrders orders;
        private LowMemoryDecision decision;
        private final Map<QueryId, Long> queries = new LinkedHashMap<>();
        private final Map<QueryId, Long> ended = new HashMap<>();
        private final Map<String, MemoryInfo> view = new HashMap<>();
        private final Map<String, Long> viewNanos = new HashMap<>();
        private Optional<QueryId> engineVictim;
        private long epoch;
        /** Whether a leader has reached this coordinator. Without that, it gets no queries. */
        private boolean leased;
        private long startNanos;

        private Coordinator(String name)
        {
            super(LowMemorySimulation.this.world, name, MAX_DRIFT);
        }

        @Override
        protected void started()
        {
            startNanos = world.nowNanos();
            blind = oneIn(10);
            orders = new KillOrders(name(), variant == Variant.LASTING_ORDERS ? SECONDS.toNanos(3600) : variant.times.orderNanos());
            decision = new LowMemoryDecision(
                    name(),
                    orders,
                    variant.times,
                    (running, nodes) -> new TotalReservationOnBlockedNodesQueryLowMemoryKiller().chooseTargetToKill(running, nodes),
                    clock());
            queries.clear();
            ended.clear();
            view.clear();
            viewNanos.clear();
            engineVictim = Optional.empty();
            epoch = 0;
            leased = false;
            later(between(0, 1), () -> every(SECOND, this::engine));
            later(between(0, 1), () -> every(SECOND, this::tick));
        }

        @Override
        protected void killed()
        {
            for (QueryId query : queries.keySet()) {
                world.schedule(ORPHAN_NANOS, () -> workers.values().forEach(pool -> pool.remove(query)));
            }
        }

        private boolean runs()
        {
            return isAlive() && !isPaused();
        }

        private Said hear(long leaderEpoch, Optional<Said> stamp, Optional<DeciderAppointment> appointment)
        {
            if (leaderEpoch >= epoch) {
                epoch = leaderEpoch;
                // a report of another process renews nothing
                if (appointment.isPresent() && stamp.isPresent() && stamp.get().process() == generation()) {
                    leased = true;
                    decision.appointed(epoch, appointment.get(), stamp.get().nanos(), clock());
                }
            }
            return new Said(generation(), clock());
        }

        /** Simulates the engine's memory manager. */
        private void engine()
        {
            workers.forEach((worker, pool) -> {
                long taken = world.nowNanos();
                MemoryInfo info = snapshot(pool);
                later(world.around(100 * MILLIS), () -> {
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
                        killQuery(this, query);
                    }
                });
            }
        }

        private boolean isLeaked(QueryId query)
        {
            return world.nowNanos() - ended.getOrDefault(query, 0L) >= VICTIM_NANOS;
        }

        private void tick()
        {
            orders.takeOverdueQuery(clock()).filter(queries::containsKey).ifPresent(query -> killQuery(this, query));
            List<CoordinatorAddress> discovered = coordinators.values().stream()
                    .filter(other -> other == this || (variant != Variant.ALONE && world.nowNanos() - startNanos > 2 * SECOND && other.runs() && !network.isCut(this, other)))
                    .map(other -> address(other.name()))
                    .collect(toImmutableList());
            perform(decision.tick(discovered, view, clock()));
        }

        private void perform(List<DecisionEffect> effects)
        {
            for (DecisionEffect effect : effects) {
                switch (effect) {
                    case Ask(CoordinatorAddress address, DecisionRound round) -> ask(coordinators.get(address.nodeId()), round);
                    case Order(CoordinatorAddress address, KillOrder order) -> order(coordinators.get(address.nodeId()), order);
                }
            }
        }

        private void order(Coordinator target, KillOrder order)
        {
            if (target == this) {
                obey(order);
                return;
            }
            network.call(
                    this,
                    target,
                    true,
                    () -> {
                        target.obey(order);
                        return true;
                    },
                    new Reply<>(_ -> {}, () -> {}, () -> {}));
        }

        private void obey(KillOrder order)
        {
            if (variant == Variant.NO_FENCING) {
                orderCount++;
                orders.join(new DecisionRound(Long.MAX_VALUE, 1, orderCount, "any decider"), clock());
                orders.order(new KillOrder(orders.joined().orElseThrow(), order.victim()), clock());
            }
            orders.order(order, clock());
        }

        private void ask(Coordinator target, DecisionRound round)
        {
            if (target == this) {
                perform(decision.answered(name(), round, join(round, false), view, clock()));
            }
            else if (variant != Variant.ALONE) {
                network.call(this, target, true, () -> target.join(round, variant == Variant.NO_FENCING), new Reply<>(
                        answer -> perform(decision.answered(target.name(), round, answer, view, clock())),
                        () -> perform(decision.failed(target.name(), round, true, view, clock())),
                        () -> perform(decision.failed(target.name(), round, false, view, clock()))));
            }
        }

        private RoundAnswer join(DecisionRound round, boolean always)
        {
            boolean joined = orders.join(round, clock()) || always;
            return new RoundAnswer(name(), orders.joined(), joined ? Optional.of(report()) : Optional.empty());
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
    }

    private void killQuery(Coordinator owner, QueryId query)
    {
        for (Kill kill : kills) {
            boolean there = workers.values().stream().anyMatch(pool -> pool.containsKey(kill.query()));
            // the coordinators' clocks are slightly fast or slow
            if (kill.isOwnerAlive() && there && world.nowNanos() - kill.nanos() < VICTIM_NANOS * 97 / 100) {
                throw new InvariantViolation("%s of %s is killed at %s ms, when %s of %s, killed at %s ms, is not gone".formatted(
                        query, owner, NANOSECONDS.toMillis(world.nowNanos()), kill.query(), kill.owner(), NANOSECONDS.toMillis(kill.nanos())));
            }
        }
        kills.add(new Kill(world.nowNanos(), owner, owner.generation(), query));
        lastProgress = world.nowNanos();
        owner.queries.remove(query);
        owner.ended.put(query, world.nowNanos());
        world.schedule(oneIn(10) ? between(20, 100) : between(0, 15), () -> workers.values().forEach(pool -> pool.remove(query)));
    }

    private void checkProgress()
    {
        long now = world.nowNanos();
        if (now <= FAULTS_END) {
            return;
        }
        boolean killable = coordinators.values().stream()
                .filter(Coordinator::runs)
                .flatMap(coordinator -> coordinator.queries.keySet().stream())
                .anyMatch(query -> workers.values().stream().anyMatch(pool -> isBlocked(pool) && pool.containsKey(query)));
        if (!killable) {
            // a silent coordinator has all of the memory, and its workers wait for it
            lastProgress = now;
        }
        longestWait = Math.max(longestWait, now - lastProgress);
        if (now - lastProgress > BOUND_NANOS) {
            throw new InvariantViolation("nothing was killed between %s and %s ms".formatted(NANOSECONDS.toMillis(lastProgress), NANOSECONDS.toMillis(now)));
        }
    }

    /**
     * Adds new queries, and lets queries take the free memory.
     */
    private void load()
    {
        for (Coordinator coordinator : coordinators.values()) {
            while (coordinator.runs() && coordinator.leased && coordinator.queries.size() < 3) {
                coordinator.queries.put(new QueryId("q" + queryCount++), world.nowNanos());
            }
            if (coordinator.isAlive()) {
                for (QueryId query : coordinator.queries.keySet()) {
                    workers.values().forEach(pool -> take(pool, query, world.random().nextInt(80)));
                }
            }
        }
        workers.values().forEach(pool -> coordinators.values().stream()
                .filter(Node::isAlive)
                .flatMap(coordinator -> coordinator.queries.keySet().stream())
                .findFirst()
                .ifPresent(query -> take(pool, query, world.random().nextInt(2) * CAPACITY)));
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

    private Coordinator anyCoordinator()
    {
        return world.pick(ImmutableList.copyOf(coordinators.values()));
    }

    private boolean oneIn(int count)
    {
        return world.random().nextInt(count) == 0;
    }

    private long between(int fromSeconds, int toSeconds)
    {
        return fromSeconds * SECOND + (long) (world.random().nextDouble() * (toSeconds - fromSeconds) * SECOND);
    }

    private static CoordinatorAddress address(String nodeId)
    {
        return new CoordinatorAddress(nodeId, URI.create("http://" + nodeId));
    }

    private void everySecond(Runnable action)
    {
        world.schedule(SECOND, () -> {
            action.run();
            everySecond(action);
        });
    }

    private record Kill(long nanos, Coordinator owner, long process, QueryId query)
    {
        private boolean isOwnerAlive()
        {
            return owner.isAlive() && owner.generation() == process;
        }
    }
}
