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
import io.prestosql.node.CoordinatorIncarnation;
import io.prestosql.node.CoordinatorLink;
import io.prestosql.protocol.CoordinatorReport;
import io.prestosql.protocol.DeciderAppointment;
import io.prestosql.protocol.LeaderClaim;
import io.prestosql.protocol.ReportRequest;
import io.prestosql.protocol.SeenReport;
import io.prestosql.protocol.Stamp;
import io.prestosql.protocol.TwoQueues;
import io.prestosql.rpc.CoordinatorCallException;
import io.prestosql.rpc.JsonCaller;
import io.trino.spi.QueryId;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongFunction;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.util.concurrent.MoreExecutors.newSequentialExecutor;
import static io.prestosql.fleet.CoordinatorHealth.ANSWERING;
import static io.prestosql.fleet.CoordinatorHealth.GONE;
import static io.prestosql.fleet.CoordinatorHealth.SILENT;
import static io.prestosql.fleet.CoordinatorHealth.UNKNOWN;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

/**
 * Follows one coordinator by a request that the coordinator holds until it has news.
 * <p>
 * A refused connection, or an answer of another process, is the death of the process that was there before. Silence is not.
 * <p>
 * While this dispatcher leads the queue, it says so with every request, and the coordinator refuses earlier leaders from then on. It makes
 * sure that it leads after it has got a report, and the next request renews the coordinator's lease with what that report said. The first
 * report of an epoch is asked to be complete.
 */
class CoordinatorMonitor
{
    private static final Logger log = Logger.get(CoordinatorMonitor.class);
    private static final String RESTARTED = "it was restarted, or has given up what it ran";
    private static final String UNKNOWN_QUEUE = "unknown";
    private static final String REFUSES = "it refuses connections";
    private static final String ANOTHER_NODE = "another node answers at its address";

    private final String nodeId;
    private final CoordinatorClient client;
    private final Leadership leadership;
    private final LongFunction<Optional<DeciderAppointment>> deciders;
    private final CoordinatorListener listener;
    private final ScheduledExecutorService scheduler;
    private final Executor sequential;
    private final Duration pollInterval;
    private final Duration retryInterval;

    private volatile URI uri;
    private volatile CoordinatorHealth health = UNKNOWN;
    private volatile Optional<CoordinatorReport> report = Optional.empty();
    private volatile OptionalLong lastAnswerNanos = OptionalLong.empty();
    private volatile boolean stopped;
    /** The queries that this dispatcher has assigned here: more up to date than the last report. */
    private final AtomicInteger assignedQueries = new AtomicInteger();
    private volatile long lastAssigned;
    /** Incarnations that others have said to be here, until there is news of them; and whether the current poll was made after that. */
    private final Map<CoordinatorLink, Boolean> awaited = new ConcurrentHashMap<>();
    /** The epoch of the last complete report. */
    private OptionalLong completeEpoch = OptionalLong.empty();
    /** The epoch that is over, as the coordinator has said. */
    private OptionalLong deposedEpoch = OptionalLong.empty();
    /** The last one that was over as a coordinator has said, whether that was true or not. */
    private OptionalLong refusedEpoch = OptionalLong.empty();
    private Optional<Renewal> renewal = Optional.empty();
    private OptionalLong confirmingEpoch = OptionalLong.empty();
    private long lastConfirmNanos;
    /** Counts the polls, so that an answer to one that was given up is not taken. */
    private long currentPoll;
    private boolean probing;
    /** Whether a listener has not heard all that the coordinator has said. */
    private boolean allWanted;
    /** The log whose dispatchers have this coordinator, as it is not this dispatcher's; or an unknown one. */
    private volatile Optional<String> otherQueue = Optional.empty();
    private boolean otherQueueTold;

    /**
     * @param deciders for an epoch in which this dispatcher leads, which coordinator decides what is killed when workers are out of memory
     */
    CoordinatorMonitor(
            String nodeId,
            URI uri,
            CoordinatorClient client,
            Leadership leadership,
            LongFunction<Optional<DeciderAppointment>> deciders,
            CoordinatorListener listener,
            ScheduledExecutorService scheduler,
            CoordinatorMonitorConfig config)
    {
        this.nodeId = requireNonNull(nodeId, "nodeId is null");
        this.uri = requireNonNull(uri, "uri is null");
        this.client = requireNonNull(client, "client is null");
        this.leadership = requireNonNull(leadership, "leadership is null");
        this.deciders = requireNonNull(deciders, "deciders is null");
        this.listener = requireNonNull(listener, "listener is null");
        this.scheduler = requireNonNull(scheduler, "scheduler is null");
        this.sequential = newSequentialExecutor(scheduler);
        this.pollInterval = config.getPollInterval();
        this.retryInterval = config.getRetryInterval();
    }

    void start()
    {
        sequential.execute(() -> poll(true));
    }

    void stop()
    {
        stopped = true;
    }

    String nodeId()
    {
        return nodeId;
    }

    URI uri()
    {
        return uri;
    }

    /**
     * The coordinator has announced another address.
     */
    void setUri(URI uri)
    {
        if (!this.uri.equals(uri)) {
            log.info("Coordinator %s has moved from %s to %s", nodeId, this.uri, uri);
            this.uri = uri;
            checkNow();
        }
    }

    /**
     * Somebody has reason to doubt that the coordinator is alive: find out without waiting for the answer that is due.
     */
    void checkNow()
    {
        sequential.execute(() -> {
            if (!probing) {
                poll(true);
            }
        });
    }

    /**
     * This dispatcher leads the queue now, or does not any more: let the coordinator know.
     */
    void leadershipChanged()
    {
        sequential.execute(() -> poll(true));
    }

    /**
     * Somebody has missed what the coordinator has said before: let it say all of it again.
     */
    void reportAll()
    {
        sequential.execute(() -> {
            allWanted = true;
            poll(true);
        });
    }

    /**
     * Somebody says that this incarnation is here: find out what has become of it.
     */
    void follow(CoordinatorLink link)
    {
        awaited.put(link, false);
        sequential.execute(() -> poll(true));
    }

    CoordinatorHealth health()
    {
        return health;
    }

    Optional<CoordinatorReport> report()
    {
        return report;
    }

    /**
     * The incarnation that is there, as far as is known.
     */
    Optional<CoordinatorLink> link()
    {
        return report.map(this::link);
    }

    private CoordinatorLink link(CoordinatorReport report)
    {
        return new CoordinatorLink(nodeId, uri, report.incarnation());
    }

    /**
     * Whether that incarnation is not known to be dead.
     */
    boolean mayBeAlive(CoordinatorLink link)
    {
        return report.map(CoordinatorReport::incarnation).equals(Optional.of(link.incarnation())) ||
                awaited.keySet().stream().map(CoordinatorLink::incarnation).anyMatch(link.incarnation()::equals);
    }

    /**
     * The identity of the query log whose dispatchers have this coordinator, when it is not the one that this dispatcher shares.
     */
    Optional<String> otherQueue()
    {
        return otherQueue;
    }

    boolean isAvailable()
    {
        return health == ANSWERING && otherQueue.isEmpty() && report.map(CoordinatorReport::ready).orElse(false);
    }

    CoordinatorCondition condition()
    {
        Optional<CoordinatorReport> last = report;
        OptionalLong answered = lastAnswerNanos;
        return new CoordinatorCondition(
                nodeId,
                health,
                isAvailable(),
                last.map(CoordinatorReport::leased).orElse(false),
                last.map(CoordinatorReport::state),
                last.isPresent() ? load() : 0,
                last.map(CoordinatorReport::activeWorkers).orElse(0),
                last.map(CoordinatorReport::clusterMemoryBytes).orElse(0L),
                last.map(CoordinatorReport::availableProcessors).orElse(0L),
                answered.isPresent() ? Optional.of(NANOSECONDS.toMillis(System.nanoTime() - answered.getAsLong())) : Optional.empty(),
                otherQueue,
                last.flatMap(CoordinatorReport::requiredWorkers),
                last.flatMap(CoordinatorReport::otherWorkers));
    }

    void queryAssigned(long sequence)
    {
        assignedQueries.incrementAndGet();
        lastAssigned = sequence;
    }

    void queryReleased()
    {
        assignedQueries.decrementAndGet();
    }

    /**
     * The sequence number of the last query that was assigned here.
     */
    long lastAssigned()
    {
        return lastAssigned;
    }

    /**
     * How many queries the coordinator has, of this dispatcher or of others.
     */
    int load()
    {
        return Math.max(assignedQueries.get(), report.map(CoordinatorReport::runningQueries).orElse(0));
    }

    /**
     * @param probe whether an answer is wanted at once: to know whether somebody is there at all
     */
    private void poll(boolean probe)
    {
        if (stopped) {
            return;
        }
        probing = probe;
        currentPoll++;
        long poll = currentPoll;
        awaited.replaceAll((_, _) -> true);
        OptionalLong current = leadership.epoch();
        OptionalLong epoch = current.equals(deposedEpoch) ? OptionalLong.empty() : current;
        boolean complete = allWanted || (epoch.isPresent() && !epoch.equals(completeEpoch));
        Optional<CoordinatorIncarnation> incarnation = report.map(last -> new CoordinatorIncarnation(nodeId, last.incarnation()));
        List<QueryId> recorded = epoch.isPresent() ? incarnation.map(leadership::recorded).orElse(List.of()) : List.of();
        ReportRequest request = new ReportRequest(
                epoch.isPresent() ? Optional.of(new LeaderClaim(epoch.getAsLong(), renewalIn(epoch.getAsLong()), deciders.apply(epoch.getAsLong()), leadership.queue())) : Optional.empty(),
                report.filter(_ -> !complete).map(last -> new SeenReport(last.incarnation(), last.version())),
                probe ? 0 : pollInterval.toMillis(),
                recorded,
                epoch.isPresent() ? leadership.queuedTransactions() : List.of());
        Futures.addCallback(client.getReport(uri, request), new FutureCallback<>()
        {
            @Override
            public void onSuccess(CoordinatorReport report)
            {
                if (poll == currentPoll && !stopped) {
                    probing = false;
                    if (report.nodeId().equals(nodeId)) {
                        if (!recorded.isEmpty()) {
                            leadership.acknowledged(incarnation.orElseThrow(), recorded);
                        }
                        received(report, epoch);
                        poll(false);
                    }
                    else {
                        // as sure as a refusal: the process that had the address is not there any more, and may have been started again under another node id
                        gone(ANOTHER_NODE, "node %s answers at its address".formatted(report.nodeId()));
                        scheduler.schedule(CoordinatorMonitor.this::checkNow, retryInterval.toMillis(), MILLISECONDS);
                    }
                }
            }

            @Override
            public void onFailure(Throwable failure)
            {
                if (poll == currentPoll && !stopped) {
                    probing = false;
                    if (epoch.isPresent() && failure instanceof CoordinatorCallException call && call.isDeposed()) {
                        deposedEpoch = epoch;
                        poll(true);
                        findNewerLeader(epoch.getAsLong());
                    }
                    else if (epoch.isPresent() && failure instanceof CoordinatorCallException call && call.isOtherQueue()) {
                        refusedForOtherQueue(epoch.getAsLong());
                    }
                    else {
                        failed(failure);
                    }
                }
            }
        }, sequential);
    }

    /**
     * The coordinator has a lease from the dispatchers of another log. It is watched until it may be had.
     */
    private void refusedForOtherQueue(long epoch)
    {
        boolean wasAvailable = isAvailable();
        belongsTo(Optional.of(otherQueue.orElse(UNKNOWN_QUEUE)));
        if (wasAvailable) {
            listener.coordinatorUnavailable();
        }
        deposedEpoch = OptionalLong.of(epoch);
        poll(true);
        scheduler.schedule(() -> sequential.execute(() -> claimAgain(epoch)), pollInterval.toMillis(), MILLISECONDS);
    }

    private void belongsTo(Optional<String> queue)
    {
        otherQueue = queue;
        if (queue.isEmpty()) {
            otherQueueTold = false;
        }
        // which queue it is, is in the report
        if (queue.isPresent() && !queue.get().equals(UNKNOWN_QUEUE) && !otherQueueTold) {
            otherQueueTold = true;
            log.warn(new TwoQueues(nodeId, queue.get(), leadership.queue().orElse(UNKNOWN_QUEUE)).message());
        }
    }

    /**
     * A coordinator knows a newer leader than that of the epoch. Usually this dispatcher hears of it soon, too.
     */
    private void findNewerLeader(long epoch)
    {
        boolean known = refusedEpoch.equals(OptionalLong.of(epoch));
        refusedEpoch = OptionalLong.of(epoch);
        if (!known) {
            log.warn("This dispatcher does not lead the queue any more, and has not noticed yet: coordinator %s knows a newer leader than that of epoch %s", nodeId, epoch);
        }
        Futures.addCallback(leadership.confirm(epoch), new FutureCallback<>()
        {
            @Override
            public void onSuccess(Void result)
            {
                if (!known) {
                    log.error("This dispatcher leads the queue, but coordinator %s follows the leader of another query log, which has a newer epoch than %s. If this query log is new, " +
                            "the coordinator comes when it has not heard of the other for coordinator.lease-duration, or is restarted. If not, the dispatchers do not share a query log: " +
                            "set query-log.peers, or query-log.store=postgresql, on all of them", nodeId, epoch);
                }
                retry(() -> claimAgain(epoch));
            }

            @Override
            public void onFailure(Throwable failure)
            {
                log.debug(failure, "Leadership in epoch %s is not confirmed", epoch);
                retry(() -> {
                    if (!stopped && leadership.epoch().equals(OptionalLong.of(epoch))) {
                        findNewerLeader(epoch);
                    }
                });
            }
        }, sequential);
    }

    private void retry(Runnable attempt)
    {
        scheduler.schedule(() -> sequential.execute(attempt), retryInterval.toMillis(), MILLISECONDS);
    }

    private void claimAgain(long epoch)
    {
        if (deposedEpoch.equals(OptionalLong.of(epoch))) {
            deposedEpoch = OptionalLong.empty();
            poll(true);
        }
    }

    private Optional<Stamp> renewalIn(long epoch)
    {
        return renewal.filter(last -> last.epoch() == epoch).map(Renewal::stamp);
    }

    /**
     * Makes sure that this dispatcher led when the coordinator had said that. Once in a while is enough, as a lease is long.
     */
    private void confirm(long epoch, CoordinatorReport report)
    {
        boolean isUrgent = !report.leased() || renewalIn(epoch).isEmpty();
        boolean isDue = isUrgent || System.nanoTime() - lastConfirmNanos > pollInterval.roundTo(NANOSECONDS) / 2;
        if (!isDue || confirmingEpoch.equals(OptionalLong.of(epoch))) {
            return;
        }
        confirmingEpoch = OptionalLong.of(epoch);
        lastConfirmNanos = System.nanoTime();
        Futures.addCallback(leadership.confirm(epoch), new FutureCallback<>()
        {
            @Override
            public void onSuccess(Void result)
            {
                endConfirming(epoch);
                if (renewal.filter(last -> last.epoch() > epoch).isPresent()) {
                    return;
                }
                boolean first = renewalIn(epoch).filter(stamp -> stamp.incarnation().equals(report.incarnation())).isEmpty();
                renewal = Optional.of(new Renewal(epoch, report.stamp()));
                if (first && !report.leased()) {
                    // the coordinator takes no queries without
                    poll(true);
                }
            }

            @Override
            public void onFailure(Throwable failure)
            {
                endConfirming(epoch);
                log.debug(failure, "Leadership in epoch %s is not confirmed", epoch);
            }
        }, sequential);
    }

    private void endConfirming(long epoch)
    {
        if (confirmingEpoch.equals(OptionalLong.of(epoch))) {
            confirmingEpoch = OptionalLong.empty();
        }
    }

    private void received(CoordinatorReport received, OptionalLong epoch)
    {
        Optional<CoordinatorReport> last = report;
        last.filter(before -> !before.incarnation().equals(received.incarnation()))
                .ifPresent(before -> listener.coordinatorLost(link(before), RESTARTED));
        takeAwaited().stream()
                .filter(link -> !link.incarnation().equals(received.incarnation()))
                .filter(link -> last.map(before -> !before.incarnation().equals(link.incarnation())).orElse(true))
                .forEach(link -> listener.coordinatorLost(link, RESTARTED));
        boolean wasAvailable = isAvailable();
        if (received.leased() && received.queue().isPresent() && leadership.queue().isPresent() && !received.queue().equals(leadership.queue())) {
            belongsTo(received.queue());
        }
        else if (epoch.isPresent() || received.leased()) {
            belongsTo(Optional.empty());
        }
        if (health != ANSWERING) {
            log.info("Coordinator %s at %s answers", nodeId, uri);
        }
        health = ANSWERING;
        lastAnswerNanos = OptionalLong.of(System.nanoTime());
        report = Optional.of(received);
        if (last.map(CoordinatorReport::clusterMemoryBytes).orElse(0L) != received.clusterMemoryBytes()) {
            listener.clusterMemoryChanged(received.clusterMemoryBytes());
        }
        if (received.complete()) {
            allWanted = false;
            if (epoch.isPresent()) {
                completeEpoch = epoch;
            }
        }
        listener.reported(link(received), epoch, received.complete(), received.queries());
        if (epoch.isPresent()) {
            confirm(epoch.getAsLong(), received);
        }
        if (isAvailable() != wasAvailable) {
            log.info("Coordinator %s %s: state %s, %s active workers", nodeId, wasAvailable ? "takes no queries" : "takes queries", received.state(), received.activeWorkers());
            if (wasAvailable) {
                listener.coordinatorUnavailable();
            }
            else {
                listener.coordinatorAvailable();
            }
        }
    }

    /**
     * An answer to an earlier request than the current poll says nothing of an incarnation that was named later.
     */
    private List<CoordinatorLink> takeAwaited()
    {
        List<CoordinatorLink> asked = awaited.entrySet().stream()
                .filter(Map.Entry::getValue)
                .map(Map.Entry::getKey)
                .collect(toImmutableList());
        asked.forEach(link -> awaited.remove(link, true));
        return asked;
    }

    private void failed(Throwable failure)
    {
        boolean answeredBefore = health == ANSWERING;
        boolean wasAvailable = isAvailable();
        if (JsonCaller.isRefused(failure)) {
            gone(REFUSES, failure.getMessage());
        }
        else if (health != GONE) {
            // whoever was gone is gone until it answers
            if (health != SILENT) {
                log.warn("Coordinator %s at %s does not answer: %s", nodeId, uri, failure.getMessage());
            }
            health = SILENT;
        }
        if (wasAvailable) {
            listener.coordinatorUnavailable();
        }
        // a broken connection is the first sign of a death, so the second look follows at once
        scheduler.schedule(this::checkNow, answeredBefore && health == SILENT ? 0 : retryInterval.toMillis(), MILLISECONDS);
    }

    private void gone(String reason, String detail)
    {
        if (health != GONE) {
            log.warn("Coordinator %s at %s is gone: %s", nodeId, uri, detail);
        }
        health = GONE;
        Optional<CoordinatorLink> last = link();
        report = Optional.empty();
        last.ifPresent(link -> listener.coordinatorLost(link, reason));
        takeAwaited().stream()
                .filter(link -> last.map(before -> !before.incarnation().equals(link.incarnation())).orElse(true))
                .forEach(link -> listener.coordinatorLost(link, reason));
    }

    /**
     * @param epoch in which it was confirmed that this dispatcher led after the coordinator had said that
     */
    private record Renewal(long epoch, Stamp stamp) {}
}
