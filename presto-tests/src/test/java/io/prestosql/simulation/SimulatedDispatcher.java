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
import com.google.common.collect.ImmutableMap;
import io.prestosql.coordinator.core.CoordinatorLease.Verdict;
import io.prestosql.fleet.core.MonitorCore;
import io.prestosql.fleet.core.MonitorCore.Moment;
import io.prestosql.fleet.core.MonitorEffect;
import io.prestosql.fleet.core.MonitorEvent;
import io.prestosql.fleet.core.MonitorEvent.PollFailure;
import io.prestosql.fleet.core.MonitoredCoordinator;
import io.prestosql.node.ClusterName;
import io.prestosql.node.CoordinatorIncarnation;
import io.prestosql.node.CoordinatorLink;
import io.prestosql.node.QualifiedNodeId;
import io.prestosql.protocol.ClientRequest;
import io.prestosql.protocol.ClusterQueue;
import io.prestosql.protocol.CoordinatorReport;
import io.prestosql.protocol.DispatchRequest;
import io.prestosql.protocol.DispatchResponse;
import io.prestosql.protocol.LeaderClaim;
import io.prestosql.protocol.QueryReport;
import io.prestosql.protocol.ReportRequest;
import io.prestosql.protocol.SeenReport;
import io.prestosql.protocol.StopRequest;
import io.prestosql.queue.core.QueryEnd;
import io.prestosql.queue.core.QueryFailure;
import io.prestosql.queue.core.QueueCore;
import io.prestosql.queue.core.QueueEffect;
import io.prestosql.queue.core.QueueEvent;
import io.prestosql.queue.core.QueueEvent.DispatchAnswer;
import io.prestosql.queue.core.QueueEvent.QueryStatus;
import io.prestosql.queue.core.QueueRecord;
import io.prestosql.queue.core.QueueTimes;
import io.prestosql.selection.core.ClusterCapacity;
import io.prestosql.selection.core.ClusterRooms;
import io.prestosql.selection.core.ClusterRoute;
import io.prestosql.selection.core.TurnOrder;
import io.prestosql.selection.core.WaitingQueries;
import io.prestosql.selection.core.WaitingQueries.Place;
import io.prestosql.simulation.SimulatedCoordinator.Outcome;
import io.prestosql.simulation.SimulatedLog.AppendAnswer;
import io.prestosql.simulation.SimulatedNetwork.Handler;
import io.prestosql.simulation.SimulatedNetwork.Reply;
import io.trino.spi.QueryId;

import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Set;
import java.util.function.Consumer;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static io.prestosql.node.ClusterName.DEFAULT;
import static io.prestosql.simulation.Simulation.GIVE_UP;
import static io.prestosql.simulation.Simulation.LEASE;
import static io.prestosql.simulation.Simulation.MAX_RUNNING;
import static io.prestosql.simulation.World.MILLIS;
import static io.trino.spi.StandardErrorCode.USER_CANCELED;
import static java.util.Objects.requireNonNull;

/**
 * A dispatcher whose decisions are those of the production core, with a simple resource group that has one limit.
 */
final class SimulatedDispatcher
        extends Node
{
    private static final long HEARTBEAT = 150 * MILLIS;
    private static final long TICK = 50 * MILLIS;
    private static final long RETRY = 50 * MILLIS;
    private static final long POLL = 300 * MILLIS;
    private static final long CALL_DELAY = MILLIS;
    private static final long HOLD = 300 * MILLIS;
    private static final long TELLING = 50 * MILLIS;
    /** A client that does not ask for its query in this time has not received the query's id. */
    private static final long ABANDON = 20_000 * MILLIS;
    private static final URI ADDRESS = URI.create("http://simulated");
    private static final String LOG = "log";
    private static final ClientRequest REQUEST = new ClientRequest("SELECT 1", ImmutableMap.of(), Optional.empty(), Optional.empty());

    /** The answer to a client that asks for a queued query. */
    sealed interface ClientAnswer
    {
        /** Tells the client to ask another dispatcher, or later. */
        record Unavailable()
                implements ClientAnswer {}

        record Unknown()
                implements ClientAnswer {}

        record Waiting()
                implements ClientAnswer {}

        record OnCoordinator(CoordinatorIncarnation coordinator)
                implements ClientAnswer {}

        record Failed(String failure)
                implements ClientAnswer {}
    }

    /** A dispatcher's side of one coordinator. It performs the effects in the order of the events. */
    private static final class Monitor
    {
        private final QualifiedNodeId id;
        private final MonitorCore core;
        private final Deque<MonitorEffect> effects = new ArrayDeque<>();
        /** The process that answers at the coordinator's address. */
        private SimulatedCoordinator coordinator;
        private boolean performing;

        private Monitor(SimulatedCoordinator coordinator)
        {
            this.id = coordinator.id();
            this.coordinator = coordinator;
            this.core = new MonitorCore(id, ADDRESS, POLL, RETRY);
        }
    }

    private final SimulatedNetwork network;
    private final SimulatedLog log;
    private final List<SimulatedCluster> clusters;
    private final Variant variant;
    private final Journal journal;

    // state that dies with the process
    private QueueCore core;
    private final Queue<QueueEffect.Append> appends = new ArrayDeque<>();
    private long batch;
    private boolean appending;
    private final Map<QualifiedNodeId, Monitor> monitors = new LinkedHashMap<>();
    private final Map<QueryId, Consumer<Boolean>> submissions = new HashMap<>();
    private final Map<QueryId, List<Consumer<Boolean>>> stops = new HashMap<>();
    private final Map<QueryId, QueryEnd> ends = new HashMap<>();
    private final Set<QueryId> known = new LinkedHashSet<>();
    private final Set<QueryId> enqueued = new HashSet<>();
    private ClusterRooms rooms = new ClusterRooms();
    private WaitingQueries<QueryId> waiting = new WaitingQueries<>();
    /** The places in the group, in the order in which queries came there first. */
    private final Map<QueryId, Place> places = new LinkedHashMap<>();
    private final Set<QueryId> queued = new HashSet<>();
    private final Set<QueryId> running = new LinkedHashSet<>();
    private long sequence;
    /** The gate of the group: whether one of its queries can run, as was last heard. */
    private boolean runnable;
    /** Whether a record of a dispatch is a new choice, and not one that was in doubt. */
    private boolean routing;
    /** By coordinator: the queries whose ends are in the log, which the coordinator has yet to be told. */
    private final Map<CoordinatorIncarnation, Set<QueryId>> recorded = new HashMap<>();
    private int freed;
    private long term;
    private long heartbeat;

    SimulatedDispatcher(World world, String name, double maxDrift, SimulatedNetwork network, SimulatedLog log, List<SimulatedCluster> clusters, Variant variant, Journal journal)
    {
        super(world, name, maxDrift);
        this.network = requireNonNull(network, "network is null");
        this.log = requireNonNull(log, "log is null");
        this.clusters = ImmutableList.copyOf(clusters);
        this.variant = requireNonNull(variant, "variant is null");
        this.journal = requireNonNull(journal, "journal is null");
    }

    @Override
    protected void started()
    {
        core = new QueueCore(new QueueTimes(variant == Variant.GIVE_UP_EARLY ? LEASE / 4 : GIVE_UP, RETRY));
        monitors.clear();
        forgetQueries();
        for (SimulatedCluster cluster : clusters) {
            for (SimulatedCoordinator coordinator : cluster.coordinators()) {
                Monitor monitor = new Monitor(coordinator);
                monitors.put(coordinator.id(), monitor);
                handle(monitor, new MonitorEvent.MonitorStarted());
            }
        }
        clustersChanged();
        heartbeat();
        every(HEARTBEAT, this::heartbeat);
        every(TICK, () -> {
            handle(new QueueEvent.Tick());
            checkGate();
        });
    }

    @Override
    protected void killed() {}

    boolean isLeading()
    {
        return isAlive() && core.isLeading();
    }

    private void forgetQueries()
    {
        term++;
        appends.clear();
        appending = false;
        batch = 0;
        submissions.clear();
        stops.clear();
        ends.clear();
        known.clear();
        enqueued.clear();
        rooms.clear();
        waiting = new WaitingQueries<>();
        places.clear();
        queued.clear();
        running.clear();
        runnable = false;
        freed = 0;
        recorded.clear();
    }

    // the election

    private void heartbeat()
    {
        long process = generation();
        long leading = core.isLeading() ? core.epoch() : 0;
        heartbeat++;
        long number = heartbeat;
        network.call(this, log, true, () -> log.heartbeat(this, process, leading), new Reply<>(
                standing -> {
                    if (number != heartbeat) {
                        // overtaken
                        return;
                    }
                    if (standing.leadsIn().isEmpty()) {
                        handle(new QueueEvent.Deposed());
                    }
                    else if (standing.records().isPresent() && standing.leadsIn().get() > core.epoch()) {
                        handle(new QueueEvent.Deposed());
                        List<QueueRecord> records = standing.records().get();
                        records.forEach(record -> known.add(record.queryId()));
                        world.trace(() -> "%s takes over with %s records: %s".formatted(this, records.size(), records));
                        handle(new QueueEvent.Elected(standing.leadsIn().get(), records));
                        leadershipChanged();
                        long epoch = core.epoch();
                        ImmutableList.copyOf(known).forEach(queryId -> abandonLater(queryId, epoch));
                    }
                },
                () -> {},
                () -> {}));
    }

    // the core

    private void handle(QueueEvent event)
    {
        for (QueueEffect effect : core.handle(event, clock())) {
            perform(effect);
        }
    }

    private void perform(QueueEffect effect)
    {
        switch (effect) {
            case QueueEffect.Append append -> append(append);
            case QueueEffect.Accept(QueryId queryId) -> {
                known.add(queryId);
                submissions.remove(queryId).accept(true);
                abandonLater(queryId, core.epoch());
            }
            case QueueEffect.Refuse(QueryId queryId) -> Optional.ofNullable(submissions.remove(queryId)).ifPresent(submission -> submission.accept(false));
            case QueueEffect.Enqueue(QueryId queryId, boolean mayRun) -> enqueue(queryId, mayRun);
            case QueueEffect.Route(QueryId queryId) -> route(queryId);
            case QueueEffect.GiveBack(QueryId queryId) -> giveBack(queryId);
            case QueueEffect.Follow(CoordinatorIncarnation coordinator) ->
                    handle(monitors.get(coordinator.id()), new MonitorEvent.IncarnationNamed(coordinator.at(ADDRESS)));
            case QueueEffect.Settled _ -> {}
            case QueueEffect.Occupy(QueryId queryId, ClusterName cluster) -> occupy(queryId, cluster);
            case QueueEffect.Vacate(QueryId queryId) -> {
                if (rooms.vacate(queryId)) {
                    roomsChanged();
                }
            }
            case QueueEffect.Dispatch(QueryId queryId, CoordinatorIncarnation coordinator, long epoch, int run) -> dispatch(queryId, coordinator, epoch, run);
            case QueueEffect.StopAt(QueryId queryId, CoordinatorIncarnation coordinator, QueryFailure reason, long epoch) -> stopAt(queryId, coordinator, reason, epoch);
            case QueueEffect.End(QueryId queryId, QueryEnd end) -> end(queryId, end);
            case QueueEffect.Tell tell -> tell(tell.queryId());
            case QueueEffect.AcknowledgeStop(QueryId queryId) -> Optional.ofNullable(stops.remove(queryId)).ifPresent(waiting -> waiting.forEach(stop -> stop.accept(true)));
            case QueueEffect.Recorded(QueryId queryId, CoordinatorIncarnation coordinator) -> recorded.computeIfAbsent(coordinator, _ -> new LinkedHashSet<>()).add(queryId);
            case QueueEffect.StepDown _ -> {
                world.trace(() -> this + " steps down");
                forgetQueries();
                leadershipChanged();
            }
        }
    }

    private void leadershipChanged()
    {
        monitors.values().forEach(monitor -> handle(monitor, new MonitorEvent.LeadershipChanged()));
    }

    private boolean isToldAtOnce(QueueRecord record)
    {
        return switch (record) {
            case QueueRecord.Submitted _ -> variant == Variant.ACCEPT_BEFORE_RECORDING;
            case QueueRecord.Dispatched _ -> variant == Variant.FORGET_DISPATCH_RECORD || variant == Variant.SEND_BEFORE_RECORDING;
            case QueueRecord.Canceled _ -> variant == Variant.FORGET_CANCEL;
            case QueueRecord.Ended(QueryId _, QueryEnd end, boolean _) -> variant == Variant.TELL_BEFORE_RECORDING || (variant == Variant.FORGET_CANCEL && end.failure().map(failure -> failure.errorCode().equals(USER_CANCELED.toErrorCode())).orElse(false));
            case QueueRecord.Forgotten _ -> variant == Variant.FORGET_LATE;
            case QueueRecord.Eligible _, QueueRecord.Returned _, QueueRecord.Condensed _, QueueRecord.Told _ -> false;
        };
    }

    private boolean isForgotten(QueueRecord record)
    {
        return (variant == Variant.FORGET_DISPATCH_RECORD && record instanceof QueueRecord.Dispatched) ||
                (variant == Variant.FORGET_CANCEL && !(record instanceof QueueRecord.Dispatched) && isToldAtOnce(record));
    }

    private void append(QueueEffect.Append append)
    {
        if (routing && append.record() instanceof QueueRecord.Dispatched dispatched) {
            journal.chosen(dispatched.queryId(), dispatched.coordinator());
        }
        if (isToldAtOnce(append.record())) {
            long current = term;
            // a delay, since a cycle of effects without one would stop the simulation's clock
            later(MILLIS / 10, () -> {
                if (current == term) {
                    handle(new QueueEvent.LogDone(append.sequence()));
                }
            });
        }
        if (isForgotten(append.record())) {
            return;
        }
        if ((variant == Variant.FORGET_LATE && append.record() instanceof QueueRecord.Forgotten) ||
                (variant == Variant.RETURN_LATE && append.record() instanceof QueueRecord.Returned)) {
            long current = term;
            later(world.around(RETRY), () -> {
                if (current == term) {
                    appends.add(append);
                    appendBatch();
                }
            });
            return;
        }
        appends.add(append);
        appendBatch();
    }

    private void appendBatch()
    {
        if (appending || appends.isEmpty()) {
            return;
        }
        appending = true;
        batch++;
        long number = batch;
        long epoch = core.epoch();
        long current = term;
        List<QueueEffect.Append> group = ImmutableList.copyOf(appends);
        appends.clear();
        List<QueueRecord> records = group.stream()
                .map(QueueEffect.Append::record)
                .collect(toImmutableList());
        Consumer<Consumer<QueueEffect.Append>> finish = action -> {
            if (current == term) {
                appending = false;
                group.forEach(action);
                appendBatch();
            }
        };
        network.call(this, log, true, () -> log.append(epoch, number, records), new Reply<>(
                answer -> {
                    if (answer == AppendAnswer.DONE) {
                        finish.accept(append -> handle(new QueueEvent.LogDone(append.sequence())));
                    }
                    else if (current == term) {
                        handle(new QueueEvent.Deposed());
                    }
                },
                () -> finish.accept(append -> handle(new QueueEvent.LogInDoubt(append.sequence()))),
                () -> finish.accept(append -> handle(new QueueEvent.LogInDoubt(append.sequence())))));
    }

    // the resource group

    private void enqueue(QueryId queryId, boolean mayRun)
    {
        enqueued.add(queryId);
        if (variant == Variant.ADMIT_BEFORE_RECONCILING && mayRun) {
            return;
        }
        handle(new QueueEvent.Queued(queryId, variant == Variant.RERUN_EFFECTS || !journal.hasEffects(queryId)));
        enterGroup(queryId, mayRun ? new ClusterRoute.Undecided() : journal.route(queryId), nextSequence());
    }

    private long nextSequence()
    {
        sequence++;
        return sequence;
    }

    private void enterGroup(QueryId queryId, ClusterRoute route, long place)
    {
        places.put(queryId, new Place(route, 1, place));
        queued.add(queryId);
        waiting.add(places.get(queryId), queryId);
        roomsChanged();
    }

    private void occupy(QueryId queryId, ClusterName cluster)
    {
        if (rooms.occupy(queryId, cluster)) {
            roomsChanged();
        }
    }

    /**
     * Looks again whether one of the group's queries can run. Until the group hears that one can, it starts nothing, even with free slots.
     */
    private void roomsChanged()
    {
        runnable = waiting.isAnyRunnable(rooms);
        admit();
    }

    private void checkGate()
    {
        if (!runnable && waiting.isAnyRunnable(rooms)) {
            throw new InvariantViolation("A query could run, and its group at %s has not heard of it".formatted(this));
        }
    }

    private void admit()
    {
        while (runnable) {
            Optional<QueryId> next = waiting.next(TurnOrder.FIRST_COME, rooms, () -> 0);
            if (next.isEmpty()) {
                runnable = false;
                return;
            }
            if (!hasSlot(next.get())) {
                return;
            }
            QueryId queryId = next.get();
            journal.admitted(queryId, places.keySet().stream().filter(queued::contains).collect(toImmutableList()), places.get(queryId).route() instanceof ClusterRoute.Undecided);
            rooms.reserve(queryId, places.get(queryId).route());
            waiting.remove(places.get(queryId));
            queued.remove(queryId);
            running.add(queryId);
            // from another thread, a moment later, as in the engine
            long current = term;
            later(0, () -> {
                if (current == term) {
                    handle(new QueueEvent.Admitted(queryId));
                }
            });
        }
    }

    private boolean hasSlot(QueryId queryId)
    {
        if (variant == Variant.COUNT_EACH_CLUSTER) {
            return rooms.choices(queryId, places.get(queryId).route()).stream().findFirst()
                    .map(cluster -> rooms.queries(cluster) - freed < MAX_RUNNING)
                    .orElse(true);
        }
        return running.size() - freed < MAX_RUNNING;
    }

    private void giveBack(QueryId queryId)
    {
        if (log.confirm(core.epoch())) {
            journal.placeGivenBack(queryId);
        }
        running.remove(queryId);
        rooms.vacate(queryId);
        enterGroup(queryId, journal.route(queryId), variant == Variant.LOSE_PLACE ? nextSequence() : places.get(queryId).sequence());
    }

    private static boolean hasLargeText(QueryId queryId)
    {
        return queryId.hashCode() % 2 == 0;
    }

    private void end(QueryId queryId, QueryEnd end)
    {
        if (log.confirm(core.epoch())) {
            journal.slotFreed(queryId, end);
        }
        ends.put(queryId, end);
        if (hasLargeText(queryId)) {
            if (variant == Variant.CONDENSE_BEFORE_RECORDING) {
                appends.add(new QueueEffect.Append(0, new QueueRecord.Condensed(queryId)));
                appendBatch();
            }
            else {
                handle(new QueueEvent.Condense(queryId));
            }
        }
        if (queued.remove(queryId)) {
            waiting.remove(places.get(queryId));
        }
        places.remove(queryId);
        boolean roomMade = rooms.vacate(queryId);
        if (running.remove(queryId) && variant == Variant.FREE_SLOT_TWICE && world.chance(0.05)) {
            freed++;
        }
        if (roomMade && variant != Variant.MISS_ROOM) {
            roomsChanged();
        }
        else {
            admit();
        }
    }

    /**
     * Tells listeners of the end a moment later, unless the process dies first.
     */
    private void tell(QueryId queryId)
    {
        long current = term;
        later(world.around(TELLING), () -> {
            journal.listenersTold(queryId);
            if (current == term) {
                handle(new QueueEvent.ListenersTold(queryId));
            }
        });
        if (variant == Variant.TAKE_LISTENERS_FOR_TOLD) {
            appends.add(new QueueEffect.Append(0, new QueueRecord.Told(queryId, ends.get(queryId))));
            appendBatch();
        }
    }

    // coordinators

    private void route(QueryId queryId)
    {
        ClusterRoute route = journal.route(queryId);
        ClusterRoute obeyed = variant == Variant.IGNORE_RULES && route instanceof ClusterRoute.ToTargets ? ClusterRoute.ANY : route;
        Optional<CoordinatorIncarnation> chosen = rooms.choices(queryId, obeyed).stream()
                .map(this::available)
                .filter(available -> !available.isEmpty())
                .findFirst()
                .map(world::pick);
        if (chosen.isEmpty()) {
            // the news that no coordinator takes queries takes a moment
            long current = term;
            later(RETRY, () -> {
                if (current == term) {
                    handle(new QueueEvent.NoCoordinator(queryId));
                }
            });
            return;
        }
        occupy(queryId, chosen.get().cluster());
        routing = true;
        handle(new QueueEvent.Routed(queryId, chosen.get(), route instanceof ClusterRoute.BoundToCluster));
        routing = false;
    }

    private List<CoordinatorIncarnation> available(ClusterName cluster)
    {
        return monitors.values().stream()
                .filter(monitor -> monitor.id.cluster().equals(cluster))
                .map(monitor -> monitor.core.coordinator())
                .filter(MonitoredCoordinator::isAvailable)
                .flatMap(coordinator -> coordinator.link().stream())
                .map(CoordinatorLink::coordinator)
                .collect(toImmutableList());
    }

    /**
     * Tells all that decide what the clusters take now.
     */
    void clustersChanged()
    {
        if (!isAlive()) {
            return;
        }
        Map<ClusterName, ClusterCapacity> capacities = clusters.stream().collect(toImmutableMap(
                SimulatedCluster::name,
                cluster -> cluster.capacity(!available(cluster.name()).isEmpty(), variant)));
        rooms.setCapacities(capacities);
        handle(new QueueEvent.ClustersChanged(capacities));
        roomsChanged();
    }

    private void dispatch(QueryId queryId, CoordinatorIncarnation coordinator, long epoch, int run)
    {
        journal.sent(queryId, epoch);
        world.trace(() -> "%s sends %s to %s".formatted(this, queryId, coordinator));
        Consumer<DispatchAnswer> answered = answer -> handle(new QueueEvent.DispatchAnswered(queryId, coordinator, answer));
        Monitor monitor = monitors.get(coordinator.id());
        SimulatedCoordinator node = monitor.coordinator;
        Optional<Long> saidNanos = monitor.core.coordinator().report()
                .filter(report -> report.incarnation().equals(coordinator.incarnation()))
                .map(CoordinatorReport::saidNanos);
        if (saidNanos.isEmpty()) {
            // it has died since it was chosen
            answered.accept(DispatchAnswer.REFUSED);
            return;
        }
        DispatchRequest request = new DispatchRequest(epoch, coordinator.incarnation(), saidNanos.get(), REQUEST, ImmutableList.of("group"), 0, run, queueOf(coordinator.cluster()), Optional.empty(), Optional.empty());
        Handler<Outcome<DispatchResponse>> handler = answer -> node.dispatch(queryId, request, answer);
        Consumer<DispatchAnswer> failed = answer -> {
            handle(monitor, new MonitorEvent.Suspected());
            answered.accept(answer);
        };
        // the call is made a moment later, and anything may happen to this process in between
        later(world.around(CALL_DELAY), () -> network.callAsync(this, node, true, handler, new Reply<>(
                outcome -> {
                    if (outcome.verdict() != Verdict.OBEY) {
                        failed.accept(DispatchAnswer.REFUSED);
                        return;
                    }
                    answered.accept(DispatchAnswer.TAKEN);
                    QueryStatus.of(queryId, outcome.value().orElseThrow())
                            .filter(_ -> core.isLeading() && core.epoch() == epoch)
                            .ifPresent(status -> handle(new QueueEvent.Reported(coordinator, false, ImmutableList.of(status))));
                },
                () -> failed.accept(DispatchAnswer.REFUSED),
                () -> failed.accept(DispatchAnswer.UNKNOWN))));
    }

    private void stopAt(QueryId queryId, CoordinatorIncarnation coordinator, QueryFailure reason, long epoch)
    {
        Monitor monitor = monitors.get(coordinator.id());
        SimulatedCoordinator node = monitor.coordinator;
        Consumer<Boolean> answered = heard -> handle(new QueueEvent.StopAnswered(queryId, coordinator, heard));
        if (monitor.core.coordinator().link().stream().noneMatch(link -> link.coordinator().equals(coordinator))) {
            answered.accept(false);
            return;
        }
        Handler<Verdict> handler = answer -> node.stop(queryId, new StopRequest(epoch, coordinator.incarnation(), reason.toExecutionFailure(), queueOf(coordinator.cluster())), answer);
        network.callAsync(this, node, true, handler, new Reply<>(
                verdict -> answered.accept(verdict == Verdict.OBEY),
                () -> answered.accept(false),
                () -> answered.accept(false)));
    }

    private void handle(Monitor monitor, MonitorEvent event)
    {
        OptionalLong epoch = core.isLeading() ? OptionalLong.of(core.epoch()) : OptionalLong.empty();
        monitor.effects.addAll(monitor.core.handle(event, new Moment(epoch, queueOf(monitor.id.cluster()), clock())));
        if (monitor.performing) {
            return;
        }
        monitor.performing = true;
        while (!monitor.effects.isEmpty()) {
            perform(monitor, monitor.effects.remove());
        }
        monitor.performing = false;
    }

    private void perform(Monitor monitor, MonitorEffect effect)
    {
        switch (effect) {
            case MonitorEffect.AskForReport question -> ask(monitor, question);
            case MonitorEffect.AcknowledgeRecorded(CoordinatorIncarnation coordinator, List<QueryId> queries) ->
                    Optional.ofNullable(recorded.get(coordinator)).ifPresent(left -> queries.forEach(left::remove));
            case MonitorEffect.Confirmation confirmation -> confirm(monitor, confirmation);
            case MonitorEffect.SetTimer(long delayNanos, var timer) -> later(delayNanos, () -> handle(monitor, new MonitorEvent.TimerExpired(timer)));
            case MonitorEffect.TellReported(CoordinatorLink coordinator, OptionalLong epoch, boolean complete, List<QueryReport> queries) -> {
                if (core.isLeading() && epoch.equals(OptionalLong.of(core.epoch()))) {
                    handle(new QueueEvent.Reported(coordinator.coordinator(), complete, queries.stream()
                            .map(QueryStatus::of)
                            .collect(toImmutableList())));
                }
            }
            case MonitorEffect.TellLost(CoordinatorLink coordinator, String reason) -> {
                recorded.remove(coordinator.coordinator());
                handle(new QueueEvent.CoordinatorLost(coordinator.coordinator(), reason));
            }
            case MonitorEffect.TellAvailable _, MonitorEffect.TellUnavailable _ -> clustersChanged();
            case MonitorEffect.TellClusterMemory _ -> {}
            case MonitorEffect.LogMoved _, MonitorEffect.LogAnswers _, MonitorEffect.LogSilent _, MonitorEffect.LogOtherProtocol _, MonitorEffect.LogGone _, MonitorEffect.LogAvailability _ -> {}
            case MonitorEffect.LogOtherQueue _, MonitorEffect.LogDeposed _, MonitorEffect.LogForeignLeader _ -> {}
        }
    }

    private Optional<String> queueOf(ClusterName cluster)
    {
        return Optional.of(new ClusterQueue(LOG, variant == Variant.CLAIM_FOR_ANY_CLUSTER ? DEFAULT : cluster).toString());
    }

    /**
     * From now on, the process of the other coordinator answers at the coordinator's address.
     */
    void setAddress(QualifiedNodeId coordinator, SimulatedCoordinator other)
    {
        if (isAlive()) {
            monitors.get(coordinator).coordinator = other;
        }
    }

    private void ask(Monitor monitor, MonitorEffect.AskForReport question)
    {
        List<QueryId> ends = question.epoch().isPresent() ? question.incarnation().flatMap(asked -> Optional.ofNullable(recorded.get(asked))).map(ImmutableList::copyOf).orElse(ImmutableList.of()) : ImmutableList.of();
        ReportRequest request = new ReportRequest(
                question.epoch().isPresent() ? Optional.of(new LeaderClaim(question.epoch().getAsLong(), question.renewal(), Optional.empty(), queueOf(monitor.id.cluster()))) : Optional.empty(),
                variant == Variant.NEVER_ASK_FOR_ALL ? monitor.core.coordinator().report().map(report -> new SeenReport(report.incarnation(), report.version())) : question.seen(),
                question.atOnce() ? 0 : POLL / MILLIS,
                ends,
                ImmutableList.of());
        Handler<Outcome<CoordinatorReport>> handler = answer -> monitor.coordinator.report(request, answer);
        Consumer<PollFailure> missed = failure -> handle(monitor, new MonitorEvent.ReportMissed(question.poll(), failure, failure.toString()));
        if (!monitor.coordinator.id().equals(monitor.id) && !monitor.coordinator.isLeased()) {
            // clusters that take over each other's addresses need secrets of their own: without a lease, such a coordinator keeps to no cluster
            later(CALL_DELAY, () -> missed.accept(PollFailure.REFUSED));
            return;
        }
        network.callAsync(this, monitor.coordinator, true, handler, new Reply<>(
                outcome -> {
                    switch (outcome.verdict()) {
                        case OBEY -> handle(monitor, new MonitorEvent.ReportReceived(question.poll(), outcome.value().orElseThrow(), ends));
                        case DEPOSED -> missed.accept(PollFailure.DEPOSED);
                        default -> missed.accept(PollFailure.NO_ANSWER);
                    }
                },
                () -> missed.accept(PollFailure.REFUSED),
                () -> missed.accept(variant == Variant.TAKE_SILENCE_FOR_DEATH ? PollFailure.REFUSED : PollFailure.NO_ANSWER)));
    }

    private void confirm(Monitor monitor, MonitorEffect.Confirmation confirmation)
    {
        if (variant == Variant.RENEW_UNCONFIRMED) {
            handle(monitor, new MonitorEvent.LeadershipConfirmed(confirmation));
            return;
        }
        Runnable unconfirmed = () -> handle(monitor, new MonitorEvent.LeadershipUnconfirmed(confirmation));
        network.call(this, log, true, () -> log.confirm(confirmation.epoch()), new Reply<>(
                leads -> {
                    if (leads) {
                        handle(monitor, new MonitorEvent.LeadershipConfirmed(confirmation));
                    }
                    else {
                        unconfirmed.run();
                    }
                },
                unconfirmed,
                unconfirmed));
    }

    // clients

    /**
     * A repeated submission of a known query changes nothing.
     */
    void submit(QueryId queryId, Consumer<Boolean> answer)
    {
        if (!core.isLeading()) {
            answer.accept(false);
            return;
        }
        if (known.contains(queryId)) {
            answer.accept(true);
            return;
        }
        Consumer<Boolean> earlier = submissions.get(queryId);
        if (earlier != null) {
            submissions.put(queryId, earlier.andThen(answer));
            return;
        }
        submissions.put(queryId, answer);
        handle(new QueueEvent.Submit(queryId));
    }

    private void abandonLater(QueryId queryId, long epoch)
    {
        later(ABANDON, () -> {
            if (core.isLeading() && core.epoch() == epoch && known.contains(queryId) && !enqueued.contains(queryId) && !ends.containsKey(queryId)) {
                known.remove(queryId);
                handle(new QueueEvent.Forget(queryId));
            }
        });
    }

    void ask(QueryId queryId, Consumer<ClientAnswer> answer)
    {
        if (!core.isLeading()) {
            answer.accept(new ClientAnswer.Unavailable());
            return;
        }
        if (!known.contains(queryId)) {
            unknown(answer);
            return;
        }
        handle(new QueueEvent.Poll(queryId));
        answerWhenKnown(queryId, clock() + HOLD, answer);
    }

    /**
     * A leader that was deposed without noticing does not know the later queries.
     */
    private void unknown(Consumer<ClientAnswer> answer)
    {
        long epoch = core.epoch();
        network.call(this, log, true, () -> log.confirm(epoch), new Reply<>(
                leads -> answer.accept(leads ? new ClientAnswer.Unknown() : new ClientAnswer.Unavailable()),
                () -> answer.accept(new ClientAnswer.Unavailable()),
                () -> answer.accept(new ClientAnswer.Unavailable())));
    }

    private void answerWhenKnown(QueryId queryId, long untilNanos, Consumer<ClientAnswer> answer)
    {
        QueryEnd end = ends.get(queryId);
        Optional<CoordinatorIncarnation> coordinator = end == null ? core.takenBy(queryId) : end.coordinator();
        if (coordinator.isPresent()) {
            if (variant != Variant.RERUN_AFTER_ROWS) {
                handle(new QueueEvent.Exposed(queryId));
            }
            answer.accept(new ClientAnswer.OnCoordinator(coordinator.get()));
        }
        else if (end != null) {
            answer.accept(new ClientAnswer.Failed(end.failure().orElseThrow().toString()));
        }
        else if (clock() - untilNanos >= 0) {
            answer.accept(new ClientAnswer.Waiting());
        }
        else {
            long current = term;
            later(20 * MILLIS, () -> {
                if (current == term) {
                    answerWhenKnown(queryId, untilNanos, answer);
                }
                else {
                    answer.accept(new ClientAnswer.Unavailable());
                }
            });
        }
    }

    /**
     * Called for clients whose coordinator no longer knows the query.
     */
    void outcome(QueryId queryId, Consumer<ClientAnswer> answer)
    {
        QueryEnd end = ends.get(queryId);
        if (!core.isLeading()) {
            answer.accept(new ClientAnswer.Unavailable());
        }
        else if (!known.contains(queryId)) {
            unknown(answer);
        }
        else if (end == null) {
            answer.accept(new ClientAnswer.Waiting());
        }
        else if (end.coordinator().isPresent()) {
            // the query is over, but the coordinator with the result is gone
            answer.accept(new ClientAnswer.Failed("the result is lost"));
        }
        else {
            answer.accept(new ClientAnswer.Failed(end.failure().orElseThrow().toString()));
        }
    }

    void stop(QueryId queryId, Consumer<Optional<Long>> answer)
    {
        if (!core.isLeading()) {
            answer.accept(Optional.empty());
            return;
        }
        if (!known.contains(queryId)) {
            answer.accept(Optional.empty());
            return;
        }
        long epoch = core.epoch();
        stops.computeIfAbsent(queryId, _ -> new ArrayList<>()).add(done -> answer.accept(done ? Optional.of(epoch) : Optional.empty()));
        handle(new QueueEvent.Stop(queryId, new QueryFailure(USER_CANCELED, "Query was canceled"), true));
    }
}
