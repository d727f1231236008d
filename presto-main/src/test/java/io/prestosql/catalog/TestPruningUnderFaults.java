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
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

import static io.prestosql.catalog.TestCatalogPruning.handle;
import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Coordinators create, drop, use and prune catalogs. They are killed, paused, and behind; what they send comes late, or twice, or never.
 * No worker may drop a catalog with a table in it while the catalog is there, or while a transaction uses the table.
 */
public class TestPruningUnderFaults
{
    private static final int RUNS = 500;
    private static final int STEPS = 2000;

    private enum Part
    {
        NONE,
        /** Workers do not keep what was needed since the mark. */
        MARK,
        /** Whoever is silent is taken for dead. */
        SILENCE,
        /** Nobody looks at the folder before it prunes. */
        LOOK,
        /** Each prunes what it does not use itself, as the engine's own coordinators do. */
        UNION,
    }

    @Test
    public void testNothingIsLost()
    {
        int pruned = 0;
        for (int seed = 0; seed < RUNS; seed++) {
            World world = new World(seed, Part.NONE);
            world.run();
            pruned += world.pruned;
        }
        assertThat(pruned).as("catalogs that were pruned").isGreaterThan(RUNS);
    }

    @ParameterizedTest
    @EnumSource(value = Part.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    public void testEveryPartIsNeeded(Part without)
    {
        assertThatThrownBy(() -> {
            for (int seed = 0; seed < RUNS; seed++) {
                new World(seed, without).run();
            }
        }).isInstanceOf(LossError.class);
    }

    private static class LossError
            extends AssertionError
    {
        private LossError(String message)
        {
            super(message);
        }
    }

    /** The catalog as a worker has it, with the tables in it. A table belongs to the creation of the catalog that was current. */
    private record Instance(Set<Integer> creations, Set<Transaction> transactions) {}

    /** Two of the same catalog are not equal. */
    private static class Transaction
    {
        private final CatalogHandle catalog;

        private Transaction(CatalogHandle catalog)
        {
            this.catalog = catalog;
        }
    }

    private static class Worker
    {
        private final CatalogNeeds needs = new CatalogNeeds();
        private final Map<CatalogHandle, Instance> catalogs = new HashMap<>();
    }

    private static class Coordinator
    {
        private final URI address;
        private final CatalogPruning pruning = new CatalogPruning(new Duration(1, HOURS));
        private final RecentCatalogs recent = new RecentCatalogs(new Duration(10, SECONDS));
        private final List<Transaction> transactions = new ArrayList<>();
        private final Deque<Runnable> round = new ArrayDeque<>();
        private Set<CatalogHandle> view;

        private Coordinator(URI address, Set<CatalogHandle> view)
        {
            this.address = address;
            this.view = ImmutableSet.copyOf(view);
        }
    }

    private static class World
    {
        private final long seed;
        private final Part without;
        private final Random random;
        private final List<CatalogHandle> handles = List.of(handle("a"), handle("b"));
        private final List<Worker> workers = List.of(new Worker(), new Worker());
        private final List<URI> addresses = IntStream.range(0, 3).mapToObj(index -> URI.create("http://coordinator-" + index)).toList();
        /** What is in the folder, with the number of its creation. */
        private final Map<CatalogHandle, Integer> folder = new HashMap<>();
        private final Map<URI, Coordinator> alive = new HashMap<>();
        private final Set<URI> paused = new HashSet<>();
        private final List<Runnable> messages = new ArrayList<>();
        private int creations;
        private long now;
        private int pruned;

        private World(long seed, Part without)
        {
            this.seed = seed;
            this.without = without;
            this.random = new Random(seed);
            addresses.forEach(address -> alive.put(address, new Coordinator(address, Set.of())));
        }

        public void run()
        {
            for (int step = 0; step < STEPS; step++) {
                now += random.nextLong(SECONDS.toNanos(3));
                step();
            }
        }

        private void step()
        {
            URI address = addresses.get(random.nextInt(addresses.size()));
            Coordinator coordinator = alive.get(address);
            int choice = random.nextInt(100);
            if (choice < 20) {
                deliver();
            }
            else if (choice < 22) {
                // a kill ends its transactions with it
                alive.remove(address);
                paused.remove(address);
            }
            else if (coordinator == null) {
                if (random.nextInt(30) == 0) {
                    alive.put(address, new Coordinator(address, folder.keySet()));
                }
            }
            else if (paused.contains(address)) {
                if (random.nextInt(10) == 0) {
                    paused.remove(address);
                }
            }
            else if (choice < 23) {
                paused.add(address);
            }
            else {
                act(coordinator, random.nextInt(100));
            }
        }

        private void act(Coordinator coordinator, int choice)
        {
            CatalogHandle handle = handles.get(random.nextInt(handles.size()));
            if (choice < 2) {
                refresh(coordinator);
            }
            else if (choice < 11) {
                refresh(coordinator);
                folder.computeIfAbsent(handle, _ -> ++creations);
                refresh(coordinator);
            }
            else if (choice < 17) {
                folder.remove(handle);
                refresh(coordinator);
            }
            else if (choice < 25) {
                if (coordinator.view.contains(handle)) {
                    Transaction transaction = new Transaction(handle);
                    writeTable(transaction);
                    // the others are over at once
                    if (random.nextBoolean()) {
                        coordinator.transactions.add(transaction);
                    }
                }
            }
            else if (choice < 35) {
                if (!coordinator.transactions.isEmpty()) {
                    coordinator.transactions.remove(random.nextInt(coordinator.transactions.size()));
                }
            }
            else if (coordinator.round.isEmpty()) {
                beginRound(coordinator);
            }
            else {
                coordinator.round.poll().run();
            }
        }

        private void writeTable(Transaction transaction)
        {
            CatalogHandle handle = transaction.catalog;
            Worker worker = workers.get(random.nextInt(workers.size()));
            worker.needs.needed(Set.of(handle));
            Instance instance = worker.catalogs.computeIfAbsent(handle, _ -> new Instance(new HashSet<>(), new HashSet<>()));
            Optional.ofNullable(folder.get(handle)).ifPresent(instance.creations()::add);
            instance.transactions().add(transaction);
        }

        private void refresh(Coordinator coordinator)
        {
            coordinator.view = ImmutableSet.copyOf(folder.keySet());
        }

        private CatalogReport report(Coordinator coordinator)
        {
            Set<CatalogHandle> inUse = new HashSet<>(coordinator.view);
            coordinator.transactions.forEach(transaction -> inUse.add(transaction.catalog));
            return new CatalogReport(coordinator.address.toString(), Optional.empty(), coordinator.recent.see(inUse, now), List.of());
        }

        /**
         * The steps of a round, between which anything may happen.
         */
        private void beginRound(Coordinator coordinator)
        {
            Map<Worker, Long> marks = new HashMap<>();
            workers.forEach(worker -> coordinator.round.add(() -> {
                if (random.nextInt(10) > 0) {
                    marks.put(worker, worker.needs.mark());
                }
            }));
            coordinator.round.add(() -> {
                if (without != Part.LOOK) {
                    refresh(coordinator);
                }
            });
            coordinator.round.add(() -> coordinator.pruning.begin(ImmutableSet.copyOf(addresses), now));
            for (URI other : addresses) {
                coordinator.round.add(() -> ask(coordinator, other));
            }
            coordinator.round.add(() -> {
                Decision decision = coordinator.pruning.decide(report(coordinator));
                Optional<Set<CatalogHandle>> keep = without == Part.UNION ? Optional.of(report(coordinator).inUse()) : decision.keep();
                keep.ifPresent(catalogs -> marks.forEach((worker, mark) -> messages.add(() -> prune(worker, mark, catalogs))));
            });
        }

        private void ask(Coordinator coordinator, URI other)
        {
            Coordinator asked = alive.get(other);
            if (asked == null) {
                coordinator.pruning.refused(other);
            }
            else if (paused.contains(other) || random.nextInt(20) == 0) {
                if (without == Part.SILENCE) {
                    coordinator.pruning.refused(other);
                }
                else {
                    coordinator.pruning.silent(other);
                }
            }
            else {
                coordinator.pruning.reported(other, report(asked), now);
            }
        }

        private void deliver()
        {
            if (messages.isEmpty()) {
                return;
            }
            int index = random.nextInt(messages.size());
            switch (random.nextInt(4)) {
                case 0 -> messages.remove(index);
                case 1 -> messages.get(index).run();
                default -> messages.remove(index).run();
            }
        }

        private void prune(Worker worker, long mark, Set<CatalogHandle> keep)
        {
            Set<CatalogHandle> kept = new HashSet<>(keep);
            if (without != Part.MARK) {
                kept.addAll(worker.needs.neededSince(mark));
            }
            worker.catalogs.entrySet().removeIf(entry -> {
                if (kept.contains(entry.getKey())) {
                    return false;
                }
                checkNotUsed(entry.getKey(), entry.getValue());
                pruned++;
                return true;
            });
            worker.needs.retain(kept);
        }

        private void checkNotUsed(CatalogHandle handle, Instance instance)
        {
            Integer creation = folder.get(handle);
            if (creation != null && instance.creations().contains(creation)) {
                throw new LossError("Seed %s: catalog %s is there, and a table in it is lost".formatted(seed, handle));
            }
            for (Coordinator coordinator : alive.values()) {
                for (Transaction transaction : coordinator.transactions) {
                    if (instance.transactions().contains(transaction)) {
                        throw new LossError("Seed %s: a transaction of %s has lost a table in catalog %s".formatted(seed, coordinator.address, handle));
                    }
                }
            }
        }
    }
}
