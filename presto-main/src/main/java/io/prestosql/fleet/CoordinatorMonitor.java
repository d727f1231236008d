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
package io.prestosql.fleet;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import io.airlift.log.Logger;
import io.airlift.units.Duration;
import io.prestosql.fleet.core.CoordinatorHealth;
import io.prestosql.fleet.core.MonitorCore;
import io.prestosql.fleet.core.MonitorCore.Moment;
import io.prestosql.fleet.core.MonitorEffect;
import io.prestosql.fleet.core.MonitorEvent;
import io.prestosql.fleet.core.MonitorEvent.PollFailure;
import io.prestosql.fleet.core.MonitoredCoordinator;
import io.prestosql.node.CoordinatorLink;
import io.prestosql.node.QualifiedNodeId;
import io.prestosql.protocol.ClusterQueue;
import io.prestosql.protocol.CoordinatorReport;
import io.prestosql.protocol.DeciderAppointment;
import io.prestosql.protocol.LeaderClaim;
import io.prestosql.protocol.ReportRequest;
import io.prestosql.protocol.TwoQueues;
import io.prestosql.rpc.CoordinatorCallException;
import io.prestosql.rpc.JsonCaller;
import io.prestosql.rpc.ProtocolMismatchException;
import io.trino.spi.QueryId;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongFunction;

import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static com.google.common.util.concurrent.MoreExecutors.newSequentialExecutor;
import static io.prestosql.fleet.core.CoordinatorHealth.ANSWERING;
import static io.prestosql.fleet.core.CoordinatorHealth.UNKNOWN;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

/**
 * Follows one coordinator: makes the calls and tells the listeners, as {@link MonitorCore} decides.
 */
class CoordinatorMonitor
{
    private static final Logger log = Logger.get(CoordinatorMonitor.class);

    private final QualifiedNodeId id;
    private final CoordinatorClient client;
    private final Leadership leadership;
    private final LongFunction<Optional<DeciderAppointment>> deciders;
    private final CoordinatorListener listener;
    private final ScheduledExecutorService scheduler;
    private final Duration pollInterval;
    /** Handles one event at a time, with its effects. Callers do not wait: they may hold locks, and so may those that are asked here. */
    private final Executor sequential;
    /** The number of queries that this dispatcher has assigned here: more up to date than the last report. */
    private final AtomicInteger assignedQueries = new AtomicInteger();
    private volatile long lastAssigned;
    private volatile boolean stopped;

    /** Used by {@link #sequential} only. */
    private final MonitorCore core;
    private volatile MonitoredCoordinator coordinator;
    /** The incarnations that the core is about to hear of. */
    private final Set<String> named = ConcurrentHashMap.newKeySet();

    /**
     * @param deciders for an epoch in which this dispatcher leads, the coordinator that decides what is killed when workers are out of memory
     */
    CoordinatorMonitor(
            QualifiedNodeId id,
            URI uri,
            CoordinatorClient client,
            Leadership leadership,
            LongFunction<Optional<DeciderAppointment>> deciders,
            CoordinatorListener listener,
            ScheduledExecutorService scheduler,
            CoordinatorMonitorConfig config)
    {
        this.id = requireNonNull(id, "id is null");
        this.client = requireNonNull(client, "client is null");
        this.leadership = requireNonNull(leadership, "leadership is null");
        this.deciders = requireNonNull(deciders, "deciders is null");
        this.listener = requireNonNull(listener, "listener is null");
        this.scheduler = requireNonNull(scheduler, "scheduler is null");
        this.sequential = newSequentialExecutor(scheduler);
        this.pollInterval = config.getPollInterval();
        this.core = new MonitorCore(id, uri, pollInterval.roundTo(NANOSECONDS), config.getRetryInterval().roundTo(NANOSECONDS));
        this.coordinator = core.coordinator();
    }

    void start()
    {
        handle(new MonitorEvent.MonitorStarted());
    }

    void stop()
    {
        stopped = true;
    }

    QualifiedNodeId id()
    {
        return id;
    }

    String nodeId()
    {
        return id.nodeId();
    }

    URI uri()
    {
        return coordinator.uri();
    }

    /**
     * Takes an address that the coordinator has announced, which need not be a new one.
     */
    void setUri(URI uri)
    {
        handle(new MonitorEvent.AddressAnnounced(uri));
    }

    /**
     * Finds out whether the coordinator is alive, after a call to it has failed, without waiting for the answer that is due.
     */
    void checkNow()
    {
        handle(new MonitorEvent.Suspected());
    }

    /**
     * Lets the coordinator know that this dispatcher leads the queue now, or does not any more.
     */
    void leadershipChanged()
    {
        handle(new MonitorEvent.LeadershipChanged());
    }

    /**
     * Asks the coordinator for a complete report, as a listener has missed earlier ones.
     */
    void reportAll()
    {
        handle(new MonitorEvent.AllWanted());
    }

    /**
     * Finds out what has become of an incarnation that is here according to the log.
     */
    void follow(CoordinatorLink link)
    {
        named.add(link.incarnation());
        sequential.execute(() -> {
            handleNow(new MonitorEvent.IncarnationNamed(link));
            named.remove(link.incarnation());
        });
    }

    CoordinatorHealth health()
    {
        return coordinator.health();
    }

    Optional<CoordinatorReport> report()
    {
        return coordinator.report();
    }

    /**
     * Returns the health as far as it is known of an address, which may be announced before this monitor hears of it.
     */
    CoordinatorHealth healthAt(URI address)
    {
        MonitoredCoordinator current = coordinator;
        if (!current.uri().equals(address)) {
            return UNKNOWN;
        }
        return current.otherProtocol().isPresent() ? ANSWERING : current.health();
    }

    /**
     * Returns the current incarnation, as far as it is known.
     */
    Optional<CoordinatorLink> link()
    {
        return coordinator.link();
    }

    /**
     * Returns whether the incarnation is not known to be dead.
     */
    boolean mayBeAlive(CoordinatorLink link)
    {
        return named.contains(link.incarnation()) || coordinator.mayBeAlive(link.incarnation());
    }

    /**
     * Returns the identity of the query log whose dispatchers have this coordinator, when it is not the log that this dispatcher shares.
     */
    Optional<String> otherQueue()
    {
        return coordinator.otherQueue();
    }

    boolean isAvailable()
    {
        return coordinator.isAvailable();
    }

    CoordinatorCondition condition()
    {
        MonitoredCoordinator current = coordinator;
        Optional<CoordinatorReport> last = current.report();
        OptionalLong answered = current.lastAnswerNanos();
        return new CoordinatorCondition(
                id.cluster(),
                id.nodeId(),
                current.health(),
                current.isAvailable(),
                last.map(CoordinatorReport::leased).orElse(false),
                last.map(CoordinatorReport::state),
                last.isPresent() ? load() : 0,
                last.map(CoordinatorReport::activeWorkers).orElse(0),
                last.map(CoordinatorReport::clusterMemoryBytes).orElse(0L),
                last.map(CoordinatorReport::availableProcessors).orElse(0L),
                answered.isPresent() ? Optional.of(NANOSECONDS.toMillis(System.nanoTime() - answered.getAsLong())) : Optional.empty(),
                current.otherQueue(),
                last.flatMap(CoordinatorReport::requiredWorkers),
                last.flatMap(CoordinatorReport::otherWorkers),
                last.flatMap(CoordinatorReport::nodeVersion),
                last.map(report -> report.transactions().size()),
                current.otherProtocol());
    }

    void queryAssigned(long sequence)
    {
        assignedQueries.incrementAndGet();
        lastAssigned = sequence;
    }

    void queryReleased()
    {
        // a monitor of a cluster that is reached in another way than before has not heard of all of them
        assignedQueries.updateAndGet(queries -> Math.max(0, queries - 1));
    }

    /**
     * Returns the sequence number of the last query that was assigned here.
     */
    long lastAssigned()
    {
        return lastAssigned;
    }

    /**
     * Returns how many queries the coordinator has, of this dispatcher or of others.
     */
    int load()
    {
        return Math.max(assignedQueries.get(), report().map(CoordinatorReport::runningQueries).orElse(0));
    }

    private void handle(MonitorEvent event)
    {
        sequential.execute(() -> handleNow(event));
    }

    private void handleNow(MonitorEvent event)
    {
        if (stopped) {
            return;
        }
        List<MonitorEffect> effects = core.handle(event, new Moment(leadership.epoch(), queue(), System.nanoTime()));
        coordinator = core.coordinator();
        for (MonitorEffect effect : effects) {
            try {
                perform(effect);
            }
            catch (RuntimeException e) {
                // the core counts on the other effects
                log.error(e, "Error following coordinator %s: %s", id, effect);
                effect.failed(String.valueOf(e.getMessage())).ifPresent(this::handle);
            }
        }
    }

    private void perform(MonitorEffect effect)
    {
        switch (effect) {
            case MonitorEffect.AskForReport question -> ask(question);
            case MonitorEffect.AcknowledgeRecorded(var incarnation, var queries) -> leadership.acknowledged(incarnation, queries);
            case MonitorEffect.Confirmation confirmation -> confirm(confirmation);
            case MonitorEffect.SetTimer(long delayNanos, var timer) -> scheduler.schedule(() -> handle(new MonitorEvent.TimerExpired(timer)), delayNanos, NANOSECONDS);
            case MonitorEffect.TellReported(var link, var epoch, boolean complete, var queries) -> listener.reported(link, epoch, complete, queries);
            case MonitorEffect.TellLost(var link, String reason) -> listener.coordinatorLost(link, reason);
            case MonitorEffect.TellAvailable _ -> listener.coordinatorAvailable();
            case MonitorEffect.TellUnavailable _ -> listener.coordinatorUnavailable();
            case MonitorEffect.TellClusterMemory(long bytes) -> listener.clusterMemoryChanged(bytes);
            case MonitorEffect.LogMoved(URI from, URI to) -> log.info("Coordinator %s has moved from %s to %s", id, from, to);
            case MonitorEffect.LogAnswers(URI uri) -> log.info("Coordinator %s at %s answers", id, uri);
            case MonitorEffect.LogSilent(URI uri, String detail) -> log.warn("Coordinator %s at %s does not answer: %s", id, uri, detail);
            case MonitorEffect.LogOtherProtocol(URI uri, String versions) -> log.warn("Coordinator %s at %s cannot be used: it %s", id, uri, versions);
            case MonitorEffect.LogGone(URI uri, String detail) -> log.warn("Coordinator %s at %s is gone: %s", id, uri, detail);
            case MonitorEffect.LogAvailability(boolean available, CoordinatorReport report) ->
                    log.info("Coordinator %s %s: state %s, %s active workers", id, available ? "takes queries" : "takes no queries", report.state(), report.activeWorkers());
            case MonitorEffect.LogOtherQueue(String leased, String own) -> log.warn(new TwoQueues(id.toString(), leased, own).message());
            case MonitorEffect.LogDeposed(long epoch) ->
                    log.warn("This dispatcher does not lead the queue any more, and has not noticed yet: coordinator %s knows a newer leader than that of epoch %s", id, epoch);
            case MonitorEffect.LogForeignLeader(long epoch) ->
                    log.error("This dispatcher leads the queue, but coordinator %s follows the leader of another query log, which has a newer epoch than %s. If this query log is new, " +
                            "the coordinator comes when it has not heard of the other for coordinator.lease-duration, or is restarted. If not, the dispatchers do not share a query log: " +
                            "set query-log.peers, or query-log.store=postgresql, on all of them", id, epoch);
        }
    }

    private void ask(MonitorEffect.AskForReport question)
    {
        List<QueryId> recorded = question.epoch().isPresent() ? question.incarnation().map(leadership::recorded).orElse(List.of()) : List.of();
        Futures.addCallback(client.getReport(question.uri(), request(question, recorded)), new FutureCallback<>()
        {
            @Override
            public void onSuccess(CoordinatorReport report)
            {
                handle(new MonitorEvent.ReportReceived(question.poll(), report, recorded));
            }

            @Override
            public void onFailure(Throwable failure)
            {
                handle(new MonitorEvent.ReportMissed(question.poll(), classify(failure), failure instanceof ProtocolMismatchException mismatch ? mismatch.description() : String.valueOf(failure.getMessage())));
            }
        }, directExecutor());
    }

    private ReportRequest request(MonitorEffect.AskForReport question, List<QueryId> recorded)
    {
        OptionalLong epoch = question.epoch();
        return new ReportRequest(
                epoch.isPresent() ? Optional.of(new LeaderClaim(epoch.getAsLong(), question.renewal(), deciders.apply(epoch.getAsLong()), queue())) : Optional.empty(),
                question.seen(),
                question.atOnce() ? 0 : pollInterval.toMillis(),
                recorded,
                epoch.isPresent() ? leadership.queuedTransactions() : List.of());
    }

    private Optional<String> queue()
    {
        return leadership.queue().map(log -> new ClusterQueue(log, id.cluster()).toString());
    }

    private static PollFailure classify(Throwable failure)
    {
        if (failure instanceof CoordinatorCallException call && call.isDeposed()) {
            return PollFailure.DEPOSED;
        }
        if (failure instanceof CoordinatorCallException call && call.isOtherQueue()) {
            return PollFailure.OTHER_QUEUE;
        }
        if (failure instanceof ProtocolMismatchException) {
            return PollFailure.OTHER_PROTOCOL;
        }
        return JsonCaller.isRefused(failure) ? PollFailure.REFUSED : PollFailure.NO_ANSWER;
    }

    private void confirm(MonitorEffect.Confirmation confirmation)
    {
        Futures.addCallback(leadership.confirm(confirmation.epoch()), new FutureCallback<>()
        {
            @Override
            public void onSuccess(Void result)
            {
                handle(new MonitorEvent.LeadershipConfirmed(confirmation));
            }

            @Override
            public void onFailure(Throwable failure)
            {
                log.debug(failure, "Leadership in epoch %s is not confirmed", confirmation.epoch());
                handle(new MonitorEvent.LeadershipUnconfirmed(confirmation));
            }
        }, directExecutor());
    }
}
