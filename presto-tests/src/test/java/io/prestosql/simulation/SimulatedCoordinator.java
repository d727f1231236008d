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
import io.prestosql.coordinator.core.AssignmentCore;
import io.prestosql.coordinator.core.AssignmentEffect;
import io.prestosql.coordinator.core.AssignmentEvent;
import io.prestosql.coordinator.core.CoordinatorLease.Verdict;
import io.prestosql.node.QualifiedNodeId;
import io.prestosql.protocol.CoordinatorReport;
import io.prestosql.protocol.DispatchRequest;
import io.prestosql.protocol.DispatchResponse;
import io.prestosql.protocol.LeaderClaim;
import io.prestosql.protocol.QueryReport;
import io.prestosql.protocol.ReportRequest;
import io.prestosql.protocol.SeenReport;
import io.prestosql.protocol.Stamp;
import io.prestosql.protocol.StopRequest;
import io.prestosql.queue.core.QueryFailure;
import io.prestosql.simulation.Journal.Execution;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.execution.QueryState;
import io.trino.metadata.NodeState;
import io.trino.spi.QueryId;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

import static io.prestosql.simulation.Simulation.LEASE;
import static io.prestosql.simulation.World.MILLIS;
import static io.trino.execution.QueryState.FAILED;
import static io.trino.execution.QueryState.FINISHED;
import static io.trino.execution.QueryState.RUNNING;
import static io.trino.spi.StandardErrorCode.DIVISION_BY_ZERO;

/**
 * A coordinator whose decisions are those of the production core, with an engine in which queries only take time.
 */
final class SimulatedCoordinator
        extends Node
{
    private static final long MEAN_EXECUTION = 400 * MILLIS;
    private static final long LONG_EXECUTION = 8000 * MILLIS;
    private static final long TICK = 100 * MILLIS;
    private static final long REPORT_DELAY = 5 * MILLIS;
    private static final long MEAN_START = 10 * MILLIS;
    private static final long START_WAIT = 200 * MILLIS;
    private static final long MEAN_TELLING = 100 * MILLIS;
    /** How long the engine still knows a query that was given up. */
    private static final long MEAN_PURGE = 2000 * MILLIS;

    /** A query in the engine. */
    private static final class Running
    {
        private final Execution execution;
        private QueryReport report;
        private Consumer<Running> started = _ -> {};

        private Running(Execution execution, QueryReport report)
        {
            this.execution = execution;
            this.report = report;
        }

        private boolean isOver()
        {
            return report.state().isDone();
        }
    }

    /** The result of a dispatcher's call. */
    record Outcome<T>(Verdict verdict, Optional<T> value) {}

    /** The answer to a client that asks for rows. */
    record Page(boolean known, Optional<Execution> rows, boolean over, Optional<QueryFailure> failure) {}

    private final QualifiedNodeId id;
    private final Variant variant;
    private final Supplier<Journal> journal;

    // state that dies with the process
    private AssignmentCore core;
    private final Map<QueryId, Running> engine = new LinkedHashMap<>();
    private final Set<QueryId> givenUp = new HashSet<>();
    private final List<Runnable> waiting = new ArrayList<>();

    SimulatedCoordinator(World world, QualifiedNodeId id, double maxDrift, Variant variant, Supplier<Journal> journal)
    {
        super(world, id.toString(), maxDrift);
        this.id = id;
        this.variant = variant;
        this.journal = journal;
    }

    @Override
    protected void started()
    {
        long process = generation();
        long[] leases = new long[1];
        core = new AssignmentCore(LEASE, () -> {
            leases[0]++;
            return "%s-%s-%s".formatted(name(), process, leases[0]);
        });
        every(TICK, () -> handle(new AssignmentEvent.TimePassed()));
    }

    @Override
    protected void killed()
    {
        engine.values().forEach(query -> journal.get().over(query.execution));
        engine.clear();
        givenUp.clear();
        waiting.clear();
    }

    QualifiedNodeId id()
    {
        return id;
    }

    boolean isLeased()
    {
        return isAlive() && core.leaseEnd().stream().anyMatch(end -> clock() - end < 0);
    }

    boolean isRunning(Execution execution)
    {
        if (!isAlive() || variant == Variant.NO_SELF_FENCING) {
            return isAlive();
        }
        return execution.incarnation().equals(core.incarnation()) && core.leaseEnd().stream().anyMatch(end -> clock() - end < 0);
    }

    // the core

    private List<AssignmentEffect> handle(AssignmentEvent event)
    {
        return handle(event, clock());
    }

    private List<AssignmentEffect> handle(AssignmentEvent event, long nowNanos)
    {
        List<AssignmentEffect> effects = core.handle(event, nowNanos);
        effects.forEach(this::perform);
        return effects;
    }

    private void perform(AssignmentEffect effect)
    {
        switch (effect) {
            case AssignmentEffect.GiveUpQueries(List<QueryId> queries) -> giveUp(queries);
            case AssignmentEffect.StopQuery(QueryId queryId, ExecutionFailureInfo reason) -> over(engine.get(queryId), Optional.of(QueryFailure.of(reason)));
            case AssignmentEffect.ForgetQuery(QueryId queryId) -> engine.remove(queryId);
            case AssignmentEffect.ReportSoon _ -> later(REPORT_DELAY, () -> handle(new AssignmentEvent.ReportDue()));
            case AssignmentEffect.AnswerWaiting _ -> {
                List<Runnable> answered = ImmutableList.copyOf(waiting);
                waiting.clear();
                answered.forEach(Runnable::run);
            }
            // handled by the caller
            case AssignmentEffect.RefuseOrder _, AssignmentEffect.RefuseRepetition _, AssignmentEffect.LeaseBegins _, AssignmentEffect.StartQuery _ -> {}
            case AssignmentEffect.AnswerOrder _, AssignmentEffect.ReportChanges _ -> {}
        }
    }

    private static <T extends AssignmentEffect> Optional<T> find(Class<T> type, List<AssignmentEffect> effects)
    {
        return effects.stream()
                .filter(type::isInstance)
                .map(type::cast)
                .findFirst();
    }

    private void giveUp(List<QueryId> queries)
    {
        if (variant == Variant.NO_SELF_FENCING) {
            return;
        }
        world.trace(() -> this + " gives up what it runs, as its lease is over");
        engine.values().forEach(query -> journal.get().over(query.execution));
        engine.clear();
        givenUp.addAll(queries);
        later(world.around(MEAN_PURGE), () -> queries.forEach(givenUp::remove));
    }

    // the engine

    private void start(QueryId queryId, DispatchRequest order)
    {
        world.trace(() -> "%s starts run %s of %s, of epoch %s".formatted(this, order.run(), queryId, order.epoch()));
        Execution execution = journal.get().started(queryId, this, core.incarnation(), order.epoch(), variant == Variant.REPEAT_RUN ? 0 : order.run());
        Running query = new Running(execution, report(queryId, RUNNING, Optional.empty(), Optional.empty(), false));
        engine.put(queryId, query);
        later(world.around(MEAN_START), () -> {
            if (!query.isOver()) {
                changed(query, report(queryId, RUNNING, Optional.empty(), Optional.of("/" + queryId), false));
            }
            query.started.accept(query);
        });
        later(world.around(world.chance(0.2) ? LONG_EXECUTION : MEAN_EXECUTION), () -> {
            if (!query.isOver()) {
                over(query, world.chance(0.1) ? Optional.of(new QueryFailure(DIVISION_BY_ZERO, "Division by zero")) : Optional.empty());
            }
        });
    }

    private void over(Running query, Optional<QueryFailure> failure)
    {
        QueryId queryId = query.execution.queryId();
        boolean here = engine.get(queryId) == query;
        changed(query, report(
                queryId,
                failure.isPresent() ? FAILED : FINISHED,
                failure.map(QueryFailure::toExecutionFailure),
                query.report.executingPath(),
                variant != Variant.REPORT_TOLD_EARLY));
        journal.get().over(query.execution);
        query.started.accept(query);
        if (here) {
            later(world.around(MEAN_TELLING), () -> {
                journal.get().listenersTold(queryId);
                changed(query, query.report.withUntold(false));
            });
        }
    }

    private void changed(Running query, QueryReport report)
    {
        query.report = report;
        if (engine.get(report.queryId()) == query) {
            handle(new AssignmentEvent.Observed(report));
        }
    }

    private static QueryReport report(QueryId queryId, QueryState state, Optional<ExecutionFailureInfo> failure, Optional<String> path, boolean untold)
    {
        return new QueryReport(queryId, state, failure, path, 0, 0, 0, false, untold);
    }

    // calls of dispatchers

    void dispatch(QueryId queryId, DispatchRequest request, Consumer<Outcome<DispatchResponse>> answer)
    {
        DispatchRequest order = new DispatchRequest(
                epochOf(request.epoch()),
                incarnationOf(request.incarnation()),
                request.saidNanos(),
                request.request(),
                request.resourceGroup(),
                request.queuedMillis(),
                request.run(),
                request.queue(),
                request.submitted(),
                request.traceContext());
        List<AssignmentEffect> effects = handle(new AssignmentEvent.StartOrdered(queryId, order, givenUp.contains(queryId)));
        Optional<Verdict> refusal = refusal(effects);
        if (refusal.isPresent()) {
            world.trace(() -> "%s refuses %s of epoch %s: %s".formatted(this, queryId, request.epoch(), refusal.get()));
            answer.accept(new Outcome<>(refusal.get(), Optional.empty()));
            return;
        }
        String incarnation = core.incarnation();
        if (find(AssignmentEffect.StartQuery.class, effects).isPresent()) {
            start(queryId, request);
        }
        boolean[] answered = new boolean[1];
        Runnable due = () -> {
            if (!answered[0]) {
                answered[0] = true;
                AssignmentEffect.AnswerOrder response = find(AssignmentEffect.AnswerOrder.class, handle(new AssignmentEvent.AnswerDue(queryId, incarnation))).orElseThrow();
                answer.accept(new Outcome<>(Verdict.OBEY, Optional.of(response.response())));
            }
        };
        Running query = engine.get(queryId);
        if (query == null || query.isOver() || query.report.executingPath().isPresent()) {
            due.run();
            return;
        }
        Consumer<Running> started = query.started;
        query.started = running -> {
            started.accept(running);
            due.run();
        };
        later(START_WAIT, due);
    }

    void stop(QueryId queryId, StopRequest request, Consumer<Verdict> answer)
    {
        if (variant == Variant.NO_TOMBSTONE && !engine.containsKey(queryId)) {
            answer.accept(Verdict.OBEY);
            return;
        }
        StopRequest order = new StopRequest(epochOf(request.epoch()), incarnationOf(request.incarnation()), request.failure(), request.queue());
        answer.accept(refusal(handle(new AssignmentEvent.StopOrdered(queryId, order))).orElse(Verdict.OBEY));
    }

    void report(ReportRequest request, Consumer<Outcome<CoordinatorReport>> answer)
    {
        Optional<LeaderClaim> leader = request.leader().map(claim -> new LeaderClaim(epochOf(claim.epoch()), renewalOf(claim.renewal()), claim.decider(), claim.queue()));
        boolean leaseBegins = false;
        if (leader.isPresent()) {
            List<AssignmentEffect> effects = claimed(leader.get(), request.recorded());
            Optional<Verdict> refusal = refusal(effects);
            if (refusal.isPresent()) {
                answer.accept(new Outcome<>(refusal.get(), Optional.empty()));
                return;
            }
            leaseBegins = find(AssignmentEffect.LeaseBegins.class, effects).isPresent();
        }
        handle(new AssignmentEvent.TimePassed());
        boolean[] answered = new boolean[1];
        Runnable due = () -> {
            if (!answered[0]) {
                answered[0] = true;
                answer.accept(createReport(leader, variant == Variant.MISS_A_CHANGE ? request.seen().map(seen -> new SeenReport(seen.incarnation(), seen.version() + 1)) : request.seen()));
            }
        };
        if (leaseBegins || request.waitMillis() == 0 || core.hasNews(request.seen())) {
            due.run();
            return;
        }
        waiting.add(due);
        later(request.waitMillis() * MILLIS, due);
    }

    private List<AssignmentEffect> claimed(LeaderClaim leader, List<QueryId> recorded)
    {
        return switch (variant) {
            case FORGET_UNRECORDED_ENDS -> handle(new AssignmentEvent.Claimed(leader, ImmutableList.copyOf(engine.keySet())));
            case FORGET_TOO_EARLY -> {
                List<AssignmentEffect> effects = handle(new AssignmentEvent.Claimed(leader, ImmutableList.of()));
                if (refusal(effects).isEmpty()) {
                    handle(new AssignmentEvent.Claimed(leader, recorded), clock() - LEASE);
                }
                yield effects;
            }
            default -> handle(new AssignmentEvent.Claimed(leader, recorded));
        };
    }

    private Outcome<CoordinatorReport> createReport(Optional<LeaderClaim> leader, Optional<SeenReport> seen)
    {
        List<AssignmentEffect> effects = handle(new AssignmentEvent.ReportAsked(leader, seen));
        return refusal(effects)
                .map(verdict -> new Outcome<CoordinatorReport>(verdict, Optional.empty()))
                .orElseGet(() -> new Outcome<>(Verdict.OBEY, find(AssignmentEffect.ReportChanges.class, effects).map(this::toReport)));
    }

    private CoordinatorReport toReport(AssignmentEffect.ReportChanges changes)
    {
        return new CoordinatorReport(
                id.nodeId(),
                changes.stamp().incarnation(),
                changes.stamp().saidNanos(),
                changes.highestEpoch(),
                changes.leased(),
                changes.version(),
                changes.complete() || variant == Variant.MISTAKE_CHANGES_FOR_ALL,
                changes.leased(),
                NodeState.ACTIVE,
                1,
                core.activeCount(),
                0,
                0,
                ImmutableSet.of(),
                changes.queries(),
                changes.queue(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    private static Optional<Verdict> refusal(List<AssignmentEffect> effects)
    {
        if (find(AssignmentEffect.RefuseRepetition.class, effects).isPresent()) {
            return Optional.of(Verdict.OTHER_INCARNATION);
        }
        return find(AssignmentEffect.RefuseOrder.class, effects).map(AssignmentEffect.RefuseOrder::verdict);
    }

    private Optional<Stamp> renewalOf(Optional<Stamp> renewal)
    {
        return variant == Variant.RENEW_FROM_NOW ? renewal.map(stamp -> new Stamp(stamp.incarnation(), clock())) : renewal;
    }

    private long epochOf(long epoch)
    {
        return variant == Variant.SKIP_FENCING ? Math.max(epoch, core.highestEpoch()) : epoch;
    }

    private String incarnationOf(String incarnation)
    {
        return variant == Variant.IGNORE_INCARNATION ? core.incarnation() : incarnation;
    }

    // calls of clients

    Page page(QueryId queryId)
    {
        handle(new AssignmentEvent.TimePassed());
        Running query = engine.get(queryId);
        if (query == null) {
            return new Page(false, Optional.empty(), false, Optional.empty());
        }
        Optional<QueryFailure> failure = query.report.failure().map(QueryFailure::of);
        return new Page(true, failure.isEmpty() ? Optional.of(query.execution) : Optional.empty(), query.isOver(), failure);
    }
}
