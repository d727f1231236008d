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
package io.prestosql.cluster;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import io.airlift.log.Logger;
import io.airlift.units.Duration;
import io.prestosql.cluster.CoordinatorClient.SeenReport;
import io.prestosql.coordinator.CoordinatorReport;

import java.net.URI;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;

import static com.google.common.util.concurrent.MoreExecutors.newSequentialExecutor;
import static io.prestosql.cluster.CoordinatorHealth.ANSWERING;
import static io.prestosql.cluster.CoordinatorHealth.GONE;
import static io.prestosql.cluster.CoordinatorHealth.SILENT;
import static io.prestosql.cluster.CoordinatorHealth.UNKNOWN;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * Follows one coordinator by a request that the coordinator holds until it has news.
 * <p>
 * A refused connection, or an answer of another process, is the death of the process that was there before. Silence is not.
 */
class CoordinatorMonitor
{
    private static final Logger log = Logger.get(CoordinatorMonitor.class);
    private static final Duration NO_WAIT = new Duration(0, MILLISECONDS);

    private final String nodeId;
    private final CoordinatorClient client;
    private final CoordinatorListener listener;
    private final ScheduledExecutorService scheduler;
    private final Executor sequential;
    private final Duration pollInterval;
    private final Duration retryInterval;

    private volatile URI uri;
    private volatile CoordinatorHealth health = UNKNOWN;
    private volatile Optional<CoordinatorReport> report = Optional.empty();
    private volatile boolean stopped;
    /** The queries that this dispatcher has assigned here: more up to date than the last report. */
    private final AtomicInteger assignedQueries = new AtomicInteger();
    private volatile long lastAssigned;
    /** Counts the polls, so that an answer to one that was given up is not taken. */
    private long currentPoll;
    private boolean probing;

    CoordinatorMonitor(
            String nodeId,
            URI uri,
            CoordinatorClient client,
            CoordinatorListener listener,
            ScheduledExecutorService scheduler,
            CoordinatorMonitorConfig config)
    {
        this.nodeId = requireNonNull(nodeId, "nodeId is null");
        this.uri = requireNonNull(uri, "uri is null");
        this.client = requireNonNull(client, "client is null");
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

    CoordinatorHealth health()
    {
        return health;
    }

    Optional<CoordinatorReport> report()
    {
        return report;
    }

    /**
     * The process that is there, as far as is known.
     */
    Optional<CoordinatorLink> link()
    {
        return report.map(this::link);
    }

    private CoordinatorLink link(CoordinatorReport report)
    {
        return new CoordinatorLink(nodeId, uri, report.incarnation());
    }

    boolean isAvailable()
    {
        return health == ANSWERING && report.map(CoordinatorReport::ready).orElse(false);
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
        Optional<SeenReport> seen = report.map(last -> new SeenReport(last.incarnation(), last.version()));
        Duration wait = probe ? NO_WAIT : pollInterval;
        Futures.addCallback(client.getReport(uri, seen, wait), new FutureCallback<>()
        {
            @Override
            public void onSuccess(CoordinatorReport report)
            {
                if (poll == currentPoll && !stopped) {
                    probing = false;
                    if (report.nodeId().equals(nodeId)) {
                        received(report);
                        poll(false);
                    }
                    else {
                        failed(new CoordinatorCallException(200, "node %s answers at its address".formatted(report.nodeId())));
                    }
                }
            }

            @Override
            public void onFailure(Throwable failure)
            {
                if (poll == currentPoll && !stopped) {
                    probing = false;
                    failed(failure);
                }
            }
        }, sequential);
    }

    private void received(CoordinatorReport received)
    {
        Optional<CoordinatorReport> last = report;
        last.filter(before -> !before.incarnation().equals(received.incarnation()))
                .ifPresent(before -> listener.coordinatorLost(link(before), "it was restarted"));
        boolean wasAvailable = isAvailable();
        if (health != ANSWERING) {
            log.info("Coordinator %s at %s answers", nodeId, uri);
        }
        health = ANSWERING;
        report = Optional.of(received);
        if (last.map(CoordinatorReport::clusterMemoryBytes).orElse(0L) != received.clusterMemoryBytes()) {
            listener.clusterMemoryChanged(received.clusterMemoryBytes());
        }
        CoordinatorLink link = link(received);
        received.queries().forEach(query -> listener.queryReported(link, query));
        if (isAvailable() != wasAvailable) {
            log.info("Coordinator %s %s: state %s, %s active workers", nodeId, wasAvailable ? "takes no queries" : "takes queries", received.state(), received.activeWorkers());
            if (!wasAvailable) {
                listener.coordinatorAvailable();
            }
        }
    }

    private void failed(Throwable failure)
    {
        boolean answeredBefore = health == ANSWERING;
        if (CoordinatorClient.isRefused(failure)) {
            if (health != GONE) {
                log.warn("Coordinator %s at %s is gone: %s", nodeId, uri, failure.getMessage());
            }
            health = GONE;
            Optional<CoordinatorLink> lost = link();
            report = Optional.empty();
            lost.ifPresent(link -> listener.coordinatorLost(link, "it refuses connections"));
        }
        else if (health != GONE) {
            // whoever was gone is gone until it answers
            if (health != SILENT) {
                log.warn("Coordinator %s at %s does not answer: %s", nodeId, uri, failure.getMessage());
            }
            health = SILENT;
        }
        // a broken connection is the first sign of a death, so the second look follows at once
        scheduler.schedule(this::checkNow, answeredBefore && health == SILENT ? 0 : retryInterval.toMillis(), MILLISECONDS);
    }
}
