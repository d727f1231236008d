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
import io.trino.spi.QueryId;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import org.weakref.jmx.Managed;

import java.net.ConnectException;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

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
    private static final long TICK_MILLIS = 50;
    private static final long TIMEOUT_MILLIS = SECONDS.toMillis(30);
    private static final int SERVICE_UNAVAILABLE = 503;

    private final Supplier<Optional<CoordinatorLink>> coordinators;
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
            TransactionHolders transactionHolders,
            QueueDriver driver,
            @ForCoordinators Executor executor,
            QueuedAnalysisConfig config)
    {
        this(
                coordinators::select,
                transactionHolders::search,
                coordinators::analysisClient,
                rejection -> driver.post(rejection.epoch(), rejection.event()),
                executor,
                System::nanoTime,
                config);
    }

    /**
     * @param coordinators the coordinator that has least to do, if there is one
     * @param transactions finds the coordinator that holds a client's transaction
     * @param clients the client for calls to the coordinators of a cluster; empty when there is no such cluster any more
     * @param rejections receives queries that are wrong
     */
    QueuedAnalyses(
            Supplier<Optional<CoordinatorLink>> coordinators,
            Function<String, ListenableFuture<TransactionSearch>> transactions,
            Function<ClusterName, Optional<AnalysisClient>> clients,
            Consumer<Rejection> rejections,
            Executor executor,
            LongSupplier nanoClock,
            QueuedAnalysisConfig config)
    {
        this.coordinators = requireNonNull(coordinators, "coordinators is null");
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
        Iterator<Analysis> oldestFirst = queries.values().iterator();
        if (!oldestFirst.hasNext()) {
            return Optional.empty();
        }
        Analysis analysis = oldestFirst.next();
        if (nanoClock.getAsLong() - analysis.dueNanos < 0) {
            return Optional.empty();
        }
        analysis.coordinator = coordinators.get();
        if (analysis.coordinator.isEmpty()) {
            return Optional.empty();
        }
        oldestFirst.remove();
        running.put(analysis.query.queryId(), analysis);
        return Optional.of(analysis);
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
            analysis.dueNanos = nanoClock.getAsLong() + RETRY_NANOS;
            analysis.called = false;
            (query.inherited() ? inherited : waiting).put(query.queryId(), analysis);
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
