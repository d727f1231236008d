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
import com.google.common.collect.ImmutableSet;
import io.prestosql.selection.core.ClusterRoute;
import io.prestosql.simulation.Journal.Execution;
import io.prestosql.simulation.SimulatedDispatcher.ClientAnswer;
import io.prestosql.simulation.SimulatedNetwork.Handler;
import io.prestosql.simulation.SimulatedNetwork.Reply;
import io.prestosql.spi.selection.ClusterChoice;
import io.prestosql.spi.selection.ClusterTarget;
import io.trino.spi.QueryId;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static io.prestosql.simulation.World.MILLIS;

/**
 * Runs one query after another as clients of the protocol do: polls any dispatcher, and then the coordinator.
 */
final class SimulatedClient
        extends Node
{
    private static final long POLL = 80 * MILLIS;

    private final SimulatedNetwork network;
    private final List<SimulatedDispatcher> dispatchers;
    private final List<SimulatedCluster> clusters;
    private final Map<String, SimulatedCoordinator> coordinators;
    private final Journal journal;
    private int queriesLeft;
    private int queryNumber;
    private Optional<QueryId> current = Optional.empty();

    SimulatedClient(World world, String name, SimulatedNetwork network, List<SimulatedDispatcher> dispatchers, List<SimulatedCluster> clusters, Journal journal, int queries)
    {
        super(world, name, 0);
        this.network = network;
        this.dispatchers = ImmutableList.copyOf(dispatchers);
        this.clusters = ImmutableList.copyOf(clusters);
        this.coordinators = clusters.stream()
                .flatMap(cluster -> cluster.coordinators().stream())
                .collect(toImmutableMap(Node::name, Function.identity()));
        this.journal = journal;
        this.queriesLeft = queries;
    }

    @Override
    protected void started()
    {
        nextQuery();
    }

    @Override
    protected void killed() {}

    boolean isDone()
    {
        return queriesLeft == 0 && current.isEmpty();
    }

    private void nextQuery()
    {
        if (queriesLeft == 0) {
            current = Optional.empty();
            return;
        }
        // the next query is due, but has no id yet
        current = Optional.of(new QueryId("next"));
        queriesLeft--;
        afterAWhile(300 * MILLIS, this::submitNew);
    }

    private void afterAWhile(long meanNanos, Runnable action)
    {
        later(world.around(meanNanos), action);
    }

    private void submitNew()
    {
        queryNumber++;
        QueryId queryId = new QueryId("%s_%s".formatted(name().replace('-', '_'), queryNumber));
        journal.submitted(queryId, world.chance(0.4), route());
        submit(queryId);
    }

    private ClusterRoute route()
    {
        if (world.chance(0.5)) {
            return ClusterRoute.ANY;
        }
        SimulatedCluster cluster = world.pick(clusters);
        if (world.chance(0.5)) {
            return new ClusterRoute.BoundToCluster(cluster.name());
        }
        ClusterTarget group = new ClusterTarget.RoutingGroup(cluster.labels().routingGroups().iterator().next());
        ClusterTarget fallback = new ClusterTarget.NamedCluster(world.pick(clusters).name().value());
        return new ClusterRoute.ToTargets(
                world.chance(0.5) ? ImmutableList.of(group) : ImmutableList.of(group, fallback),
                ImmutableSet.of(),
                world.pick(ImmutableList.copyOf(ClusterChoice.values())));
    }

    /**
     * Submits the query through a dispatcher, which has chosen the id and asks the leader of the queue.
     */
    private void submit(QueryId queryId)
    {
        SimulatedDispatcher dispatcher = world.pick(dispatchers);
        Runnable again = () -> {
            if (world.chance(0.8)) {
                afterAWhile(POLL, () -> submit(queryId));
            }
            else {
                // a client without an answer sends another query, and never asks for this one
                afterAWhile(POLL, this::submitNew);
            }
        };
        Handler<Boolean> handler = answer -> dispatcher.submit(queryId, answer);
        network.callAsync(this, dispatcher, false, handler, new Reply<>(
                accepted -> {
                    if (accepted) {
                        accepted(queryId);
                    }
                    else {
                        again.run();
                    }
                },
                again,
                again));
    }

    private void accepted(QueryId queryId)
    {
        current = Optional.of(queryId);
        journal.acknowledged(queryId);
        world.trace(() -> "%s is told %s".formatted(this, queryId));
        if (world.chance(0.3)) {
            afterAWhile(1000 * MILLIS, () -> cancel(queryId));
        }
        afterAWhile(POLL, () -> askDispatcher(queryId));
    }

    private boolean isCurrent(QueryId queryId)
    {
        return current.equals(Optional.of(queryId));
    }

    private void cancel(QueryId queryId)
    {
        if (!isCurrent(queryId)) {
            return;
        }
        SimulatedDispatcher dispatcher = world.pick(dispatchers);
        Runnable again = () -> afterAWhile(POLL, () -> cancel(queryId));
        Handler<Optional<Long>> handler = answer -> dispatcher.stop(queryId, answer);
        network.callAsync(this, dispatcher, true, handler, new Reply<>(
                epoch -> epoch.ifPresentOrElse(
                        value -> {
                            world.trace(() -> "%s is told that %s is canceled".formatted(this, queryId));
                            journal.cancelAcknowledged(queryId, value);
                        },
                        again),
                again,
                again));
    }

    private void askDispatcher(QueryId queryId)
    {
        SimulatedDispatcher dispatcher = world.pick(dispatchers);
        Runnable again = () -> afterAWhile(POLL, () -> askDispatcher(queryId));
        Handler<ClientAnswer> handler = answer -> dispatcher.ask(queryId, answer);
        network.callAsync(this, dispatcher, true, handler, new Reply<>(
                answer -> {
                    switch (answer) {
                        case ClientAnswer.Unavailable _, ClientAnswer.Waiting _ -> again.run();
                        case ClientAnswer.Unknown _ -> journal.unknown(queryId);
                        case ClientAnswer.Failed(String failure) -> over(queryId, failure);
                        case ClientAnswer.OnCoordinator(var process) -> afterAWhile(MILLIS, () -> askCoordinator(queryId, coordinators.get(process.id().toString())));
                    }
                },
                again,
                again));
    }

    private void askCoordinator(QueryId queryId, SimulatedCoordinator coordinator)
    {
        Runnable again = () -> afterAWhile(POLL, () -> askCoordinator(queryId, coordinator));
        network.call(this, coordinator, true, () -> coordinator.page(queryId), new Reply<>(
                page -> {
                    if (!page.known()) {
                        askForOutcome(queryId, coordinator);
                        return;
                    }
                    page.rows().ifPresent(this::rowsSeen);
                    if (page.over()) {
                        over(queryId, page.failure().map(Object::toString).orElse("finished"));
                    }
                    else {
                        again.run();
                    }
                },
                () -> askForOutcome(queryId, coordinator),
                again));
    }

    private void rowsSeen(Execution execution)
    {
        journal.rowsSeen(execution);
    }

    private void askForOutcome(QueryId queryId, SimulatedCoordinator coordinator)
    {
        SimulatedDispatcher dispatcher = world.pick(dispatchers);
        Runnable again = () -> afterAWhile(POLL, () -> askCoordinator(queryId, coordinator));
        Handler<ClientAnswer> handler = answer -> dispatcher.outcome(queryId, answer);
        network.callAsync(this, dispatcher, true, handler, new Reply<>(
                answer -> {
                    switch (answer) {
                        case ClientAnswer.Failed(String failure) -> over(queryId, failure);
                        case ClientAnswer.Unknown _ -> journal.unknown(queryId);
                        default -> again.run();
                    }
                },
                again,
                again));
    }

    private void over(QueryId queryId, String end)
    {
        if (isCurrent(queryId)) {
            world.trace(() -> "%s is told that %s is over: %s".formatted(this, queryId, end));
            journal.told(queryId, end);
            nextQuery();
        }
    }
}
