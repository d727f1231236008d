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
package io.prestosql.catalog;

import com.google.common.collect.ImmutableSet;
import io.airlift.units.Duration;
import io.prestosql.catalog.CatalogPruning.Decision;
import io.prestosql.simulation.InvariantViolation;
import io.prestosql.simulation.Node;
import io.prestosql.simulation.SimulatedNetwork;
import io.prestosql.simulation.SimulatedNetwork.Reply;
import io.prestosql.simulation.World;
import io.trino.spi.connector.CatalogHandle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static io.prestosql.catalog.TestCatalogPruning.handle;
import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Coordinators create, drop, use and prune catalogs. They are killed, paused, and outdated. Their messages come late, twice, or never. No
 * worker may drop a catalog with a table in it while the catalog exists, or while a transaction uses the table.
 */
public class TestPruningUnderFaults
{
    private static final int RUNS = 500;
    private static final long SECOND = SECONDS.toNanos(1);
    private static final long DURATION = 3000 * SECOND;
    /** Mean time between two steps of a coordinator. */
    private static final long MEAN_STEP = 4 * SECOND;
    /** Mean time between two faults of a coordinator. */
    private static final long MEAN_UP = 140 * SECOND;
    private static final long MEAN_DOWN = 120 * SECOND;
    private static final long MEAN_PAUSE = 45 * SECOND;

    private enum Part
    {
        NONE,
        /** Workers do not keep the catalogs that were needed since the mark. */
        MARK,
        /** A silent coordinator is taken for dead. */
        SILENCE,
        /** No coordinator looks at the folder before it prunes. */
        LOOK,
        /** Each coordinator prunes the catalogs that it does not use itself, as the engine's own coordinators do. */
        UNION,
    }

    @Test
    public void testNoTableIsLost()
    {
        int pruned = 0;
        for (int seed = 0; seed < RUNS; seed++) {
            pruned += new SimulatedCluster(seed, Part.NONE).run();
        }
        assertThat(pruned).as("catalogs that were pruned").isGreaterThan(RUNS);
    }

    @ParameterizedTest
    @EnumSource(value = Part.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    public void testEveryPartOfTheProtocolIsNeeded(Part without)
    {
        assertThatThrownBy(() -> {
            for (int seed = 0; seed < RUNS; seed++) {
                new SimulatedCluster(seed, without).run();
            }
        }).isInstanceOf(InvariantViolation.class);
    }

    /** The catalog on a worker, with its tables. A table belongs to the creation of the catalog that was current when the table was made. */
    private record Instance(Set<Integer> creations, Set<Transaction> transactions) {}

    /** Compared by identity: two transactions on the same catalog are not equal. */
    private static class Transaction
    {
        private final CatalogHandle catalog;

        private Transaction(CatalogHandle catalog)
        {
            this.catalog = catalog;
        }
    }

    private static class SimulatedCluster
    {
        private final long seed;
        private final Part without;
        private final World world;
        private final SimulatedNetwork network;
        private final List<CatalogHandle> handles = List.of(handle("a"), handle("b"));
        private final List<Worker> workers;
        private final List<Coordinator> coordinators;
        /** The catalogs in the folder, each with the number of its creation. */
        private final Map<CatalogHandle, Integer> folder = new HashMap<>();
        private int creations;
        private int pruned;

        private SimulatedCluster(long seed, Part without)
        {
            this.seed = seed;
            this.without = without;
            this.world = new World(seed, false);
            this.network = new SimulatedNetwork(world, SECOND / 2, 5 * SECOND);
            this.workers = IntStream.range(0, 2).mapToObj(index -> new Worker("worker-" + index)).collect(toImmutableList());
            this.coordinators = IntStream.range(0, 3).mapToObj(index -> new Coordinator("coordinator-" + index)).collect(toImmutableList());
        }

        /**
         * @return how many catalogs the workers have dropped
         * @throws InvariantViolation when a dropped catalog had a table
         */
        private int run()
        {
            network.setRates(0.1, 0.25, 0.3);
            workers.forEach(Node::start);
            coordinators.forEach(Node::start);
            coordinators.forEach(this::nextFault);
            while (world.nowNanos() < DURATION && world.step()) {
                // each step checks its own effects
            }
            return pruned;
        }

        private void nextFault(Coordinator coordinator)
        {
            world.schedule(world.around(MEAN_UP), () -> {
                if (world.chance(2 / 3.0)) {
                    // a kill ends the coordinator's transactions
                    coordinator.kill();
                    world.schedule(world.around(MEAN_DOWN), () -> {
                        coordinator.start();
                        nextFault(coordinator);
                    });
                }
                else {
                    coordinator.pause();
                    world.schedule(world.around(MEAN_PAUSE), () -> {
                        coordinator.resume();
                        nextFault(coordinator);
                    });
                }
            });
        }

        private class Worker
                extends Node
        {
            private final CatalogNeeds needs = new CatalogNeeds();
            private final Map<CatalogHandle, Instance> catalogs = new HashMap<>();

            private Worker(String name)
            {
                super(SimulatedCluster.this.world, name, 0);
            }

            @Override
            protected void started() {}

            @Override
            protected void killed() {}

            private void write(Transaction transaction)
            {
                CatalogHandle handle = transaction.catalog;
                needs.needed(Set.of(handle));
                Instance instance = catalogs.computeIfAbsent(handle, _ -> new Instance(new HashSet<>(), new HashSet<>()));
                Optional.ofNullable(folder.get(handle)).ifPresent(instance.creations()::add);
                instance.transactions().add(transaction);
            }

            private boolean prune(long mark, Set<CatalogHandle> keep)
            {
                Set<CatalogHandle> kept = new HashSet<>(keep);
                if (without != Part.MARK) {
                    kept.addAll(needs.neededSince(mark));
                }
                catalogs.entrySet().removeIf(entry -> {
                    if (kept.contains(entry.getKey())) {
                        return false;
                    }
                    checkNotUsed(entry.getKey(), entry.getValue());
                    pruned++;
                    return true;
                });
                needs.retain(kept);
                return true;
            }
        }

        private void checkNotUsed(CatalogHandle handle, Instance instance)
        {
            Integer creation = folder.get(handle);
            if (creation != null && instance.creations().contains(creation)) {
                throw new InvariantViolation("Seed %s: catalog %s is there, and a table in it is lost".formatted(seed, handle));
            }
            for (Coordinator coordinator : coordinators) {
                for (Transaction transaction : coordinator.transactions) {
                    if (instance.transactions().contains(transaction)) {
                        throw new InvariantViolation("Seed %s: a transaction of %s has lost a table in catalog %s".formatted(seed, coordinator, handle));
                    }
                }
            }
        }

        private class Coordinator
                extends Node
        {
            private final URI address;
            private final List<Transaction> transactions = new ArrayList<>();
            private final Deque<Runnable> round = new ArrayDeque<>();
            private CatalogPruning pruning;
            private RecentCatalogs recent;
            private Set<CatalogHandle> view;

            private Coordinator(String name)
            {
                super(SimulatedCluster.this.world, name, 0);
                this.address = URI.create("http://" + name);
            }

            @Override
            protected void started()
            {
                pruning = new CatalogPruning(new Duration(1, HOURS));
                recent = new RecentCatalogs(new Duration(10, SECONDS));
                refresh();
                nextStep();
            }

            @Override
            protected void killed()
            {
                transactions.clear();
                round.clear();
            }

            private void nextStep()
            {
                later(world.around(MEAN_STEP), () -> {
                    act(world.random().nextInt(100));
                    nextStep();
                });
            }

            private void act(int choice)
            {
                CatalogHandle handle = world.pick(handles);
                if (choice < 2) {
                    refresh();
                }
                else if (choice < 11) {
                    refresh();
                    folder.computeIfAbsent(handle, _ -> ++creations);
                    refresh();
                }
                else if (choice < 17) {
                    folder.remove(handle);
                    refresh();
                }
                else if (choice < 25) {
                    if (view.contains(handle)) {
                        Transaction transaction = new Transaction(handle);
                        world.pick(workers).write(transaction);
                        // other transactions are over at once
                        if (world.chance(0.5)) {
                            transactions.add(transaction);
                        }
                    }
                }
                else if (choice < 35) {
                    if (!transactions.isEmpty()) {
                        transactions.remove(world.random().nextInt(transactions.size()));
                    }
                }
                else if (round.isEmpty()) {
                    beginRound();
                }
                else {
                    round.remove().run();
                }
            }

            private void refresh()
            {
                view = ImmutableSet.copyOf(folder.keySet());
            }

            private CatalogReport report()
            {
                Set<CatalogHandle> inUse = new HashSet<>(view);
                transactions.forEach(transaction -> inUse.add(transaction.catalog));
                return new CatalogReport(name(), Optional.empty(), recent.see(inUse, clock()), List.of());
            }

            /**
             * Queues the steps of a round, between which anything may happen. An answer that comes after its step is ignored.
             */
            private void beginRound()
            {
                Map<Worker, Long> marks = new HashMap<>();
                boolean[] looked = new boolean[1];
                boolean[] decided = new boolean[1];
                workers.forEach(worker -> round.add(() -> network.call(this, worker, true, worker.needs::mark, new Reply<>(
                        mark -> {
                            if (!looked[0]) {
                                marks.put(worker, mark);
                            }
                        },
                        () -> {},
                        () -> {}))));
                round.add(() -> {
                    looked[0] = true;
                    if (without != Part.LOOK) {
                        refresh();
                    }
                });
                round.add(() -> pruning.begin(coordinators.stream().map(coordinator -> coordinator.address).collect(toImmutableSet()), clock()));
                coordinators.forEach(other -> round.add(() -> ask(other, decided)));
                round.add(() -> {
                    decided[0] = true;
                    Decision decision = pruning.decide(report());
                    Optional<Set<CatalogHandle>> keep = without == Part.UNION ? Optional.of(report().inUse()) : decision.keep();
                    keep.ifPresent(catalogs -> marks.forEach((worker, mark) -> network.call(this, worker, true, () -> worker.prune(mark, catalogs), new Reply<>(_ -> {}, () -> {}, () -> {}))));
                });
            }

            private void ask(Coordinator other, boolean[] decided)
            {
                if (other == this) {
                    pruning.reported(address, report(), clock());
                    return;
                }
                Consumer<Runnable> inTime = answer -> {
                    if (!decided[0]) {
                        answer.run();
                    }
                };
                network.call(this, other, true, other::report, new Reply<>(
                        report -> inTime.accept(() -> pruning.reported(other.address, report, clock())),
                        () -> inTime.accept(() -> pruning.refused(other.address)),
                        () -> inTime.accept(() -> {
                            if (without == Part.SILENCE) {
                                pruning.refused(other.address);
                            }
                            else {
                                pruning.silent(other.address);
                            }
                        })));
            }
        }
    }
}
