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
package io.prestosql.dispatcher.admission;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.prestosql.fleet.AnalysisClient;
import io.prestosql.fleet.Coordinators;
import io.prestosql.fleet.ForCoordinators;
import io.prestosql.fleet.TransactionHolders;
import io.prestosql.fleet.TransactionSearch;
import io.prestosql.node.ClusterName;
import io.prestosql.node.CoordinatorLink;
import io.prestosql.protocol.AnalysisRequest;
import io.prestosql.protocol.AnalysisResponse;
import io.prestosql.queue.QueueDriver;
import io.prestosql.queue.core.QueryFailure;
import io.prestosql.queue.core.QueueEvent;
import io.prestosql.rpc.CoordinatorCallException;
import io.prestosql.selection.core.ClusterRooms;
import io.prestosql.selection.core.ClusterRoute;
import io.prestosql.selection.core.ClusterRoute.ToTargets;
import io.trino.spi.QueryId;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import org.weakref.jmx.Managed;

import java.net.ConnectException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;

import static com.google.common.util.concurrent.Futures.immediateCancelledFuture;
import static com.google.common.util.concurrent.Futures.immediateFailedFuture;
import static com.google.common.util.concurrent.Futures.transformAsync;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.trino.spi.ErrorType.USER_ERROR;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.Executors.newSingleThreadScheduledExecutor;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static java.util.stream.Collectors.toCollection;

/**
 * Has coordinators analyse queries that wait in the queue, so that a client hears at once what is wrong with its statement.
 * <p>
 * An analysis takes no slot and delays nothing: a query that gets its slot goes to its coordinator, analysed or not, and the queue's core
 * ignores later results. Without coordinators, queries just wait, and so do queries that a coordinator cannot analyse.
 */
public class QueuedAnalyses
{
    private static final Logger log = Logger.get(QueuedAnalyses.class);
    /** A query that starts at once is analysed by its coordinator anyway. */
    static final long DELAY_NANOS = MILLISECONDS.toNanos(100);
    /** Gives an overloaded coordinator time. */
    static final long RETRY_NANOS = SECONDS.toNanos(1);
    static final int MAX_ATTEMPTS = 3;
    /** How many queries are looked at in one go whose clusters have no coordinator. */
    private static final int MAX_EXAMINED = 1000;
    private static final long TICK_MILLIS = 50;
    private static final long TIMEOUT_MILLIS = SECONDS.toMillis(30);
    private static final int SERVICE_UNAVAILABLE = 503;

    private final Function<ClusterName, Optional<CoordinatorLink>> coordinators;
    private final Function<ClusterRoute, Set<ClusterName>> clusters;
    private final Function<String, ListenableFuture<TransactionSearch>> transactions;
    private final Function<ClusterName, Optional<AnalysisClient>> clients;
    private final Consumer<Rejection> rejections;
    private final Executor executor;
    private final LongSupplier nanoClock;
    private final boolean enabled;
    private final int maxRunning;
    private final ScheduledExecutorService ticker = newSingleThreadScheduledExecutor(daemonThreadsNamed("queued-analyses"));

    /** In the order in which they are to be analysed. */
    private final Map<QueryId, Analysis> waiting = new LinkedHashMap<>();
    /** An earlier leader may have had them analysed, so they come last. */
    private final Map<QueryId, Analysis> inherited = new LinkedHashMap<>();
    private final Map<QueryId, Analysis> running = new HashMap<>();
    private long analyzed;
    private long rejected;

    @Inject
    public QueuedAnalyses(
            Coordinators coordinators,
            ClusterRooms rooms,
            TransactionHolders transactionHolders,
            QueueDriver driver,
            @ForCoordinators Executor executor,
            QueuedAnalysisConfig config)
    {
        this(
                coordinators::selectForAnalysis,
                route -> rooms.clusters(route instanceof ToTargets targets ? targets : ClusterRoute.ANY),
                transactionHolders::search,
                coordinators::analysisClient,
                rejection -> driver.post(rejection.epoch(), rejection.event()),
                executor,
                System::nanoTime,
                config);
    }

    /**
     * @param coordinators the coordinator of a cluster that has least to do, if there is one
     * @param clusters the clusters of a route, those included that take no queries at the moment
     * @param transactions finds the coordinator that holds a client's transaction
     * @param clients the client for calls to the coordinators of a cluster; empty when there is no such cluster any more
     * @param rejections receives queries that are wrong
     */
    QueuedAnalyses(
            Function<ClusterName, Optional<CoordinatorLink>> coordinators,
            Function<ClusterRoute, Set<ClusterName>> clusters,
            Function<String, ListenableFuture<TransactionSearch>> transactions,
            Function<ClusterName, Optional<AnalysisClient>> clients,
            Consumer<Rejection> rejections,
            Executor executor,
            LongSupplier nanoClock,
            QueuedAnalysisConfig config)
    {
        this.coordinators = requireNonNull(coordinators, "coordinators is null");
        this.clusters = requireNonNull(clusters, "clusters is null");
        this.transactions = requireNonNull(transactions, "transactions is null");
        this.clients = requireNonNull(clients, "clients is null");
        this.rejections = requireNonNull(rejections, "rejections is null");
        this.executor = requireNonNull(executor, "executor is null");
        this.nanoClock = requireNonNull(nanoClock, "nanoClock is null");
        this.enabled = config.isAnalyzeQueuedQueries();
        this.maxRunning = config.getMaxConcurrentAnalyses();
    }

    @PostConstruct
    public void start()
    {
        if (enabled) {
            ticker.scheduleWithFixedDelay(this::startDue, TICK_MILLIS, TICK_MILLIS, MILLISECONDS);
        }
    }

    @PreDestroy
    public void stop()
    {
        ticker.shutdownNow();
    }

    /**
     * Notes that the query is about to get into its resource group. It is analysed if it is still there a moment later.
     */
    void queued(WaitingQuery query)
    {
        if (!enabled) {
            return;
        }
        synchronized (this) {
            (query.inherited() ? inherited : waiting).put(query.queryId(), new Analysis(query, nanoClock.getAsLong() + DELAY_NANOS));
        }
    }

    /**
     * Notes that the query has got its slot, or is over. Must be called for every query, after {@link #queued}.
     */
    void left(QueryId queryId)
    {
        Analysis analysis;
        synchronized (this) {
            waiting.remove(queryId);
            inherited.remove(queryId);
            analysis = running.remove(queryId);
        }
        if (analysis != null) {
            analysis.cancel();
        }
    }

    /**
     * Starts the analyses that are due, as many as may run.
     */
    void startDue()
    {
        try {
            for (Optional<Analysis> next = nextDue(); next.isPresent(); next = nextDue()) {
                start(next.get());
            }
        }
        catch (Throwable t) {
            log.error(t, "Error analysing queued queries");
        }
    }

    private synchronized Optional<Analysis> nextDue()
    {
        if (running.size() >= maxRunning) {
            return Optional.empty();
        }
        return nextDue(waiting).or(() -> nextDue(inherited));
    }

    private synchronized Optional<Analysis> nextDue(Map<QueryId, Analysis> queries)
    {
        for (int examined = 0; examined < MAX_EXAMINED && !queries.isEmpty(); examined++) {
            Analysis analysis = queries.values().iterator().next();
            if (nanoClock.getAsLong() - analysis.dueNanos < 0) {
                break;
            }
            queries.remove(analysis.query.queryId());
            analysis.coordinator = coordinatorFor(analysis);
            if (analysis.coordinator.isPresent()) {
                running.put(analysis.query.queryId(), analysis);
                return Optional.of(analysis);
            }
            // none of its clusters can analyse it now, which must not keep the queries of other clusters from being analysed
            again(analysis);
        }
        return Optional.empty();
    }

    /**
     * Returns a coordinator of a cluster that has not found the query wrong yet.
     */
    private Optional<CoordinatorLink> coordinatorFor(Analysis analysis)
    {
        List<ClusterName> left = clusters.apply(analysis.query.clusterRoute().get()).stream()
                .filter(cluster -> !analysis.rejectedBy.contains(cluster))
                .collect(toCollection(ArrayList::new));
        // each cluster has its share of the work
        Collections.rotate(left, analysis.query.queryId().hashCode());
        return left.stream()
                .flatMap(cluster -> coordinators.apply(cluster).stream())
                .findFirst();
    }

    private void again(Analysis analysis)
    {
        analysis.dueNanos = nanoClock.getAsLong() + RETRY_NANOS;
        (analysis.query.inherited() ? inherited : waiting).put(analysis.query.queryId(), analysis);
    }

    private void start(Analysis analysis)
    {
        ListenableFuture<AnalysisResponse> answer;
        try {
            answer = analysis.query.transactionId()
                    .map(transactionId -> transformAsync(transactions.apply(transactionId), found -> callForTransaction(analysis, found), directExecutor()))
                    .orElseGet(() -> call(analysis));
        }
        catch (RuntimeException e) {
            answer = immediateFailedFuture(e);
        }
        Futures.addCallback(answer, new FutureCallback<>()
        {
            @Override
            public void onSuccess(AnalysisResponse response)
            {
                answered(analysis, response);
                startDue();
            }

            @Override
            public void onFailure(Throwable failure)
            {
                failed(analysis, failure);
            }
        }, executor);
    }

    private ListenableFuture<AnalysisResponse> callForTransaction(Analysis analysis, TransactionSearch found)
    {
        if (found.holder().isPresent()) {
            synchronized (this) {
                analysis.coordinator = found.holder();
            }
        }
        else if (!found.complete()) {
            return immediateFailedFuture(new TransactionNotFoundException());
        }
        // without a holder, any coordinator can say that there is no such transaction
        return call(analysis);
    }

    private ListenableFuture<AnalysisResponse> call(Analysis analysis)
    {
        WaitingQuery query = analysis.query;
        CoordinatorLink coordinator;
        synchronized (this) {
            if (running.get(query.queryId()) != analysis) {
                // the query got its slot, or ended, while its transaction was looked for
                return immediateCancelledFuture();
            }
            coordinator = analysis.coordinator.orElseThrow();
            analysis.called = true;
        }
        return clients.apply(coordinator.cluster())
                .map(client -> client.analyze(coordinator.uri(), query.queryId(), new AnalysisRequest(query.request(), query.resourceGroup(), TIMEOUT_MILLIS)))
                .orElseGet(() -> immediateFailedFuture(new ConnectException("Cluster %s was removed".formatted(coordinator.cluster()))));
    }

    private void answered(Analysis analysis, AnalysisResponse response)
    {
        WaitingQuery query = analysis.query;
        Optional<QueryFailure> failure = response.failure()
                .map(QueryFailure::of)
                .filter(found -> found.errorCode().getType() == USER_ERROR);
        synchronized (this) {
            if (!running.remove(query.queryId(), analysis)) {
                // the query has got its slot, or is over
                return;
            }
            if (failure.isPresent() && analysis.query.transactionId().isEmpty()) {
                analysis.rejectedBy.add(analysis.coordinator.orElseThrow().cluster());
                if (!analysis.rejectedBy.containsAll(clusters.apply(query.clusterRoute().get()))) {
                    // another cluster may have the catalogs and tables that this one does not have
                    analysis.called = false;
                    analysis.dueNanos = nanoClock.getAsLong();
                    (query.inherited() ? inherited : waiting).put(query.queryId(), analysis);
                    return;
                }
            }
            analyzed++;
            if (failure.isPresent()) {
                rejected++;
            }
        }
        failure.ifPresent(found -> rejections.accept(new Rejection(query.epoch(), new QueueEvent.NotQueueable(query.queryId(), found))));
    }

    private synchronized void failed(Analysis analysis, Throwable failure)
    {
        WaitingQuery query = analysis.query;
        if (!running.remove(query.queryId(), analysis)) {
            return;
        }
        analysis.attempts++;
        boolean again = analysis.attempts < MAX_ATTEMPTS && mayPass(failure);
        log.debug(failure, "Query %s was not analysed while it is queued%s", query.queryId(), again ? ", which is tried again" : "");
        if (again) {
            analysis.called = false;
            again(analysis);
        }
    }

    /**
     * Returns whether the same coordinator or another one may give an answer later. Coordinators of releases that do not analyse queued
     * queries never do.
     */
    private static boolean mayPass(Throwable failure)
    {
        return !(failure instanceof CoordinatorCallException call) || call.getStatus() == SERVICE_UNAVAILABLE;
    }

    @Managed(description = "Queries that are being analysed while they wait in the queue")
    public int getRunning()
    {
        synchronized (this) {
            return running.size();
        }
    }

    @Managed(description = "Queries in the queue that are still to be analysed")
    public int getWaiting()
    {
        synchronized (this) {
            return waiting.size() + inherited.size();
        }
    }

    @Managed(description = "Queries that were analysed while they waited in the queue")
    public long getAnalyzed()
    {
        synchronized (this) {
            return analyzed;
        }
    }

    @Managed(description = "Queries that have failed while they waited in the queue, as their analysis has found them wrong")
    public long getRejected()
    {
        synchronized (this) {
            return rejected;
        }
    }

    /**
     * A query that its analysis has found wrong.
     *
     * @param epoch the epoch of the leader that has the query
     */
    record Rejection(long epoch, QueueEvent.NotQueueable event)
    {
        Rejection
        {
            requireNonNull(event, "event is null");
        }
    }

    /**
     * Thrown when a coordinator that may hold the transaction does not answer.
     */
    private static class TransactionNotFoundException
            extends RuntimeException
    {
        private TransactionNotFoundException()
        {
            super("Not every coordinator has answered whether it holds the transaction");
        }
    }

    private class Analysis
    {
        private final WaitingQuery query;
        private long dueNanos;
        private int attempts;
        /** The clusters that have found the query wrong. */
        private final Set<ClusterName> rejectedBy = new HashSet<>();
        private Optional<CoordinatorLink> coordinator = Optional.empty();
        private boolean called;

        private Analysis(WaitingQuery query, long dueNanos)
        {
            this.query = requireNonNull(query, "query is null");
            this.dueNanos = dueNanos;
        }

        private void cancel()
        {
            Optional<CoordinatorLink> asked;
            synchronized (QueuedAnalyses.this) {
                asked = called ? coordinator : Optional.empty();
            }
            asked.ifPresent(link -> {
                clients.apply(link.cluster()).ifPresent(client -> {
                    ListenableFuture<Void> _ = client.cancel(link.uri(), query.queryId());
                });
            });
        }
    }
}
