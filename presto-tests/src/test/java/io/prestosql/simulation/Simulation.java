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
package io.prestosql.simulation;

import com.google.common.collect.ImmutableList;
import io.prestosql.cluster.ClusterState;
import io.prestosql.node.ClusterName;
import io.prestosql.node.QualifiedNodeId;

import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.prestosql.simulation.World.MILLIS;

/**
 * Simulates a cluster under all possible faults: dispatchers and coordinators are killed, restarted and paused, the network loses, delays,
 * repeats and reorders messages, the log goes down, and clocks drift. The decisions are the production core's.
 */
final class Simulation
{
    static final long LEASE = 3000 * MILLIS;
    /** A lease on the slowest clock, as measured by the fastest one, plus a margin. */
    static final long GIVE_UP = 3300 * MILLIS;
    static final int MAX_RUNNING = 4;

    private static final double MAX_DRIFT = 0.02;
    private static final int DISPATCHERS = 3;
    private static final int MAX_CLUSTERS = 4;
    /** Of all clusters together, unless there are more clusters. */
    private static final int COORDINATORS = 3;
    private static final int CLIENTS = 12;
    private static final int QUERIES_PER_CLIENT = 4;
    private static final long FAULTS_END = 15_000 * MILLIS;
    private static final long END = 300_000 * MILLIS;
    /** Longer than a lease, and than any retry interval. */
    private static final long SETTLING = 20_000 * MILLIS;

    private final World world;
    private final long meanFaultInterval;
    private boolean settling;
    private final SimulatedNetwork network;
    private final SimulatedLog log;
    private final Journal journal;
    private final List<SimulatedCluster> clusters;
    private final List<SimulatedCoordinator> coordinators;
    private final List<SimulatedDispatcher> dispatchers;
    private final List<SimulatedClient> clients;

    private Simulation(long seed, Variant variant, boolean tracing)
    {
        world = new World(seed, tracing);
        meanFaultInterval = world.pick(ImmutableList.of(300, 700, 1500)) * MILLIS;
        network = new SimulatedNetwork(world, 2 * MILLIS, 1000 * MILLIS);
        log = new SimulatedLog(world);
        int clusterCount = 1 + world.random().nextInt(MAX_CLUSTERS);
        AtomicReference<Journal> observer = new AtomicReference<>();
        clusters = IntStream.rangeClosed(1, clusterCount)
                .mapToObj(number -> new SimulatedCluster(
                        number == 1 ? ClusterName.DEFAULT : new ClusterName("cluster-" + number),
                        world.chance(0.5) ? OptionalInt.of(1 + world.random().nextInt(MAX_RUNNING)) : OptionalInt.empty(),
                        // the first clusters have the coordinators that are left
                        Math.max(1, (COORDINATORS + clusterCount - number) / clusterCount),
                        (cluster, nodeId) -> new SimulatedCoordinator(world, new QualifiedNodeId(cluster, nodeId), MAX_DRIFT, variant, observer::get)))
                .collect(toImmutableList());
        journal = new Journal(world, MAX_RUNNING, clusters);
        observer.set(journal);
        coordinators = clusters.stream()
                .flatMap(cluster -> cluster.coordinators().stream())
                .collect(toImmutableList());
        dispatchers = IntStream.rangeClosed(1, DISPATCHERS)
                .mapToObj(number -> new SimulatedDispatcher(world, "dispatcher-" + number, MAX_DRIFT, network, log, clusters, variant, journal))
                .collect(toImmutableList());
        clients = IntStream.rangeClosed(1, CLIENTS)
                .mapToObj(number -> new SimulatedClient(world, "client-" + number, network, dispatchers, clusters, journal, QUERIES_PER_CLIENT))
                .collect(toImmutableList());
    }

    /**
     * @throws SimulationFailure when an invariant is broken, with the seed and the trace
     */
    static SimulationResult run(long seed, Variant variant)
    {
        try {
            return new Simulation(seed, variant, false).run();
        }
        catch (RuntimeException e) {
            throw explain(seed, variant, e);
        }
    }

    /**
     * Repeats the simulation, with a trace.
     */
    private static SimulationFailure explain(long seed, Variant variant, RuntimeException failure)
    {
        Simulation simulation = new Simulation(seed, variant, true);
        try {
            simulation.run();
        }
        catch (RuntimeException again) {
            return new SimulationFailure(seed, again, simulation.world.traced());
        }
        throw new IllegalStateException("Seed %s does not do the same twice".formatted(seed), failure);
    }

    private SimulationResult run()
    {
        // constant rates of faults would leave much untried
        network.setRates(world.pick(ImmutableList.of(0.0, 0.01, 0.1)), world.pick(ImmutableList.of(0.0, 0.05, 0.3)), world.pick(ImmutableList.of(0.0, 0.002, 0.05)));
        log.start();
        coordinators.forEach(Node::start);
        dispatchers.forEach(Node::start);
        clients.forEach(Node::start);
        nextFault();
        world.schedule(FAULTS_END, this::calm);
        while (world.nowNanos() < END && !clients.stream().allMatch(SimulatedClient::isDone) && world.step()) {
            // every step checks its own effects
        }
        settle();
        journal.checkAllToldTheEnd();
        return journal.result();
    }

    /**
     * Without faults, everything that is owed to receivers other than clients is done soon.
     */
    private void settle()
    {
        settling = true;
        calm();
        long end = world.nowNanos() + SETTLING;
        while (world.nowNanos() < end && !journal.haveListenersHeard() && world.step()) {
            // every step checks its own effects
        }
    }

    private void nextFault()
    {
        world.schedule(world.around(meanFaultInterval), () -> {
            if (!settling && world.nowNanos() < FAULTS_END) {
                fault();
                nextFault();
            }
        });
    }

    private void fault()
    {
        switch (world.random().nextInt(18)) {
            case 0, 1, 2 -> killAndRestart(world.pick(dispatchers));
            case 3 -> dispatchers.forEach(this::killAndRestart);
            case 4, 5 -> killAndRestart(world.pick(coordinators));
            case 6, 7 -> pauseAndResume(world.pick(dispatchers));
            case 8 -> pauseAndResume(world.pick(coordinators));
            case 9 -> pauseAndResume(log);
            case 10 -> partition();
            case 11 -> {
                // both at once, as when a machine is switched off
                killAndRestart(world.pick(dispatchers));
                killAndRestart(world.pick(coordinators));
            }
            case 12 -> tangle();
            case 13 -> separate();
            case 14 -> world.pick(clusters).coordinators().forEach(this::killAndRestart);
            case 15 -> takeOut(world.pick(clusters));
            case 16 -> cutOff(world.pick(clusters));
            case 17 -> reuseAddress(world.pick(coordinators), world.pick(clusters));
            default -> throw new IllegalStateException();
        }
    }

    private void killAndRestart(Node node)
    {
        node.kill();
        world.schedule(world.around(800 * MILLIS), node::start);
    }

    private void pauseAndResume(Node node)
    {
        node.pause();
        world.schedule(world.around(2500 * MILLIS), node::resume);
    }

    /**
     * Takes a cluster out, and a while later in again.
     */
    private void takeOut(SimulatedCluster cluster)
    {
        setState(cluster, world.pick(ImmutableList.of(ClusterState.DRAINING, ClusterState.INACTIVE)));
        world.schedule(world.around(2000 * MILLIS), () -> setState(cluster, ClusterState.ACTIVE));
    }

    private void setState(SimulatedCluster cluster, ClusterState state)
    {
        cluster.setState(state);
        world.trace(() -> "The operator changes cluster " + cluster);
        dispatchers.forEach(SimulatedDispatcher::clustersChanged);
    }

    /**
     * Kills a coordinator. Until it is back, its address is that of a coordinator of another cluster, which has the same node id.
     */
    private void reuseAddress(SimulatedCoordinator killed, SimulatedCluster cluster)
    {
        killed.kill();
        cluster.coordinators().stream()
                .filter(other -> other != killed && other.id().nodeId().equals(killed.id().nodeId()))
                .findFirst()
                .ifPresent(other -> dispatchers.forEach(dispatcher -> dispatcher.setAddress(killed.id(), other)));
        world.schedule(world.around(1500 * MILLIS), () -> comesBack(killed));
    }

    private void comesBack(SimulatedCoordinator coordinator)
    {
        dispatchers.forEach(dispatcher -> dispatcher.setAddress(coordinator.id(), coordinator));
        coordinator.start();
    }

    /**
     * Cuts all dispatchers off from a whole cluster.
     */
    private void cutOff(SimulatedCluster cluster)
    {
        ImmutableList.Builder<Cut> cuts = ImmutableList.builder();
        for (SimulatedCoordinator coordinator : cluster.coordinators()) {
            for (SimulatedDispatcher dispatcher : dispatchers) {
                cuts.add(new Cut(dispatcher, coordinator), new Cut(coordinator, dispatcher));
            }
        }
        cut(cuts.build(), 4000 * MILLIS);
    }

    private void partition()
    {
        List<Node> nodes = ImmutableList.<Node>builder().addAll(dispatchers).addAll(coordinators).build();
        Node isolated = world.pick(nodes);
        boolean out = world.chance(0.7);
        boolean in = !out || world.chance(0.5);
        ImmutableList.Builder<Node> everyone = ImmutableList.<Node>builder().addAll(nodes).addAll(clients).add(log);
        ImmutableList.Builder<Cut> cuts = ImmutableList.builder();
        for (Node other : everyone.build()) {
            if (other != isolated && world.chance(0.8)) {
                if (out) {
                    cuts.add(new Cut(isolated, other));
                }
                if (in) {
                    cuts.add(new Cut(other, isolated));
                }
            }
        }
        cut(cuts.build(), 3000 * MILLIS);
    }

    /**
     * Cuts connections at random, so that nodes reach different parts of the cluster.
     */
    private void tangle()
    {
        ImmutableList.Builder<Cut> cuts = ImmutableList.builder();
        for (SimulatedDispatcher dispatcher : dispatchers) {
            for (Node other : ImmutableList.<Node>builder().addAll(coordinators).add(log).build()) {
                if (world.chance(0.4)) {
                    cuts.add(new Cut(dispatcher, other), new Cut(other, dispatcher));
                }
            }
        }
        cut(cuts.build(), 5000 * MILLIS);
    }

    /**
     * Cuts a dispatcher, often the leader, off from the log, and the other dispatchers off from a coordinator that it still reaches.
     */
    private void separate()
    {
        SimulatedDispatcher alone = dispatchers.stream()
                .filter(SimulatedDispatcher::isLeading)
                .findFirst()
                .filter(_ -> world.chance(0.5))
                .orElseGet(() -> world.pick(dispatchers));
        SimulatedCoordinator coordinator = world.pick(coordinators);
        ImmutableList.Builder<Cut> cuts = ImmutableList.builder();
        cuts.add(new Cut(alone, log), new Cut(log, alone));
        for (SimulatedDispatcher other : dispatchers) {
            if (other != alone) {
                cuts.add(new Cut(other, coordinator), new Cut(coordinator, other));
            }
        }
        cut(cuts.build(), 8000 * MILLIS);
    }

    private void cut(List<Cut> cuts, long meanNanos)
    {
        cuts.forEach(cut -> network.cut(cut.from(), cut.to()));
        world.schedule(world.around(meanNanos), () -> cuts.forEach(cut -> network.mend(cut.from(), cut.to())));
    }

    private record Cut(Node from, Node to) {}

    private void calm()
    {
        network.setRates(0, 0, 0);
        network.mend();
        clusters.forEach(cluster -> setState(cluster, ClusterState.ACTIVE));
        ImmutableList.<Node>builder().addAll(dispatchers).addAll(coordinators).add(log).build().forEach(node -> {
            node.resume();
            node.start();
        });
        coordinators.forEach(this::comesBack);
    }
}
