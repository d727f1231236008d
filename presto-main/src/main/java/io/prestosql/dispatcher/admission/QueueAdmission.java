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

import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.airlift.units.Duration;
import io.opentelemetry.api.trace.Span;
import io.prestosql.cluster.Clusters;
import io.prestosql.cluster.ClustersListener;
import io.prestosql.cluster.KnownCluster;
import io.prestosql.fleet.CoordinatorListener;
import io.prestosql.fleet.Coordinators;
import io.prestosql.node.ClusterName;
import io.prestosql.node.CoordinatorIncarnation;
import io.prestosql.node.CoordinatorLink;
import io.prestosql.protocol.QueryReport;
import io.prestosql.protocol.SubmittedQuery;
import io.prestosql.queries.EachQuery;
import io.prestosql.queue.QueryTooLargeException;
import io.prestosql.queue.QueueDriver;
import io.prestosql.queue.QueueEnvironment;
import io.prestosql.queue.core.QueryFailure;
import io.prestosql.queue.core.QueueEffect;
import io.prestosql.queue.core.QueueEvent;
import io.prestosql.queue.core.QueueEvent.QueryStatus;
import io.prestosql.rpc.NotLeaderException;
import io.prestosql.rpc.TraceContext;
import io.prestosql.selection.ClusterSelections;
import io.prestosql.selection.core.ClusterCapacity;
import io.prestosql.selection.core.ClusterRooms;
import io.trino.dispatcher.DispatchExecutor;
import io.trino.dispatcher.DispatchManager;
import io.trino.execution.QueryManagerConfig;
import io.trino.server.HttpRequestSessionContextFactory;
import io.trino.server.SessionContext;
import io.trino.spi.QueryId;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.ws.rs.InternalServerErrorException;
import org.weakref.jmx.Managed;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeoutException;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.util.concurrent.Futures.catchingAsync;
import static com.google.common.util.concurrent.Futures.immediateFailedFuture;
import static com.google.common.util.concurrent.Futures.immediateFuture;
import static com.google.common.util.concurrent.Futures.immediateVoidFuture;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.concurrent.MoreFutures.toListenableFuture;
import static io.prestosql.protocol.SubmittedQuery.CONDENSED_LENGTH;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * The queue while this dispatcher leads it. Brings queries into the engine's resource groups, tells the {@link QueueDriver} what clients,
 * resource groups and coordinators do, and carries out the driver's decisions.
 */
public class QueueAdmission
        implements QueueEnvironment, CoordinatorListener, ClustersListener
{
    private static final Logger log = Logger.get(QueueAdmission.class);

    private final QueueDriver driver;
    private final DispatchManagerFactory dispatchManagerFactory;
    private final HttpRequestSessionContextFactory sessionContextFactory;
    private final Coordinators coordinators;
    private final QueryRouter router;
    private final LeaderClaims leaderClaims;
    private final QueueSpans queueSpans;
    private final AdmissionGate gate;
    private final Clusters clusters;
    private final ClusterRooms rooms;
    private final GroupTurns<?> groupTurns;
    private final ClusterSelections selections;
    private final QueueEvents queueEvents;
    private final HistoryTexts historyTexts;
    private final EndedQueries endedQueries;
    private final Executor executor;
    private final ScheduledExecutorService timeoutExecutor;
    private final int maxCreators;
    private final PendingSubmissions pendingSubmissions;
    private final QueryPurger purger;
    private final EachQuery selectingAgain = new EachQuery(log, "selecting clusters again for");
    private final EachQuery reported = new EachQuery(log, "taking the report of");
    private volatile Map<CoordinatorIncarnation, URI> inheritedAddresses = Map.of();
    private volatile Optional<LeaderTerm> term = Optional.empty();
    /** Whether the effects of the election are carried out. Used on the queue's thread only. */
    private boolean takingOver;

    @Inject
    public QueueAdmission(
            QueueDriver driver,
            DispatchManagerFactory dispatchManagerFactory,
            HttpRequestSessionContextFactory sessionContextFactory,
            Coordinators coordinators,
            QueryRouter router,
            LeaderClaims leaderClaims,
            QueueSpans queueSpans,
            AdmissionGate gate,
            Clusters clusters,
            ClusterRooms rooms,
            @SuppressWarnings("rawtypes") GroupTurns groupTurns,
            ClusterSelections selections,
            QueueEvents queueEvents,
            HistoryTexts historyTexts,
            EndedQueries endedQueries,
            DispatchExecutor dispatchExecutor,
            QueryManagerConfig config)
    {
        this.driver = requireNonNull(driver, "driver is null");
        this.dispatchManagerFactory = requireNonNull(dispatchManagerFactory, "dispatchManagerFactory is null");
        this.sessionContextFactory = requireNonNull(sessionContextFactory, "sessionContextFactory is null");
        this.coordinators = requireNonNull(coordinators, "coordinators is null");
        this.router = requireNonNull(router, "router is null");
        this.leaderClaims = requireNonNull(leaderClaims, "leaderClaims is null");
        this.queueSpans = requireNonNull(queueSpans, "queueSpans is null");
        this.gate = requireNonNull(gate, "gate is null");
        this.clusters = requireNonNull(clusters, "clusters is null");
        this.rooms = requireNonNull(rooms, "rooms is null");
        this.groupTurns = requireNonNull(groupTurns, "groupTurns is null");
        this.selections = requireNonNull(selections, "selections is null");
        this.queueEvents = requireNonNull(queueEvents, "queueEvents is null");
        this.historyTexts = requireNonNull(historyTexts, "historyTexts is null");
        this.endedQueries = requireNonNull(endedQueries, "endedQueries is null");
        this.executor = dispatchExecutor.getExecutor();
        this.timeoutExecutor = dispatchExecutor.getScheduledExecutor();
        // reading the text is most of the work of creating a query; the engine's other work for dispatching needs threads, too
        this.maxCreators = Math.max(1, Math.min(Runtime.getRuntime().availableProcessors(), config.getDispatcherQueryPoolSize() / 2));
        this.pendingSubmissions = new PendingSubmissions(driver::submit, config.getMaxQueryLength());
        this.purger = new QueryPurger(this::term, historyTexts, driver, config);
    }

    @PostConstruct
    public void start()
    {
        coordinators.addListener(this);
        clusters.addListener(this);
        selections.addListener(() -> executor.execute(this::selectAgain));
        clustersChanged();
        purger.start();
    }

    /**
     * Stands for election. All that the queries of earlier leaders need must be there: without it, access control and resource groups would
     * refuse these queries for good.
     */
    public void joinElection()
    {
        driver.start(this);
    }

    @PreDestroy
    public void stop()
    {
        purger.stop();
        driver.stop();
    }

    // for clients

    /**
     * Returns the engine's part of the queue, while this dispatcher leads it.
     */
    public Optional<DispatchManager> dispatchManager()
    {
        return term.map(LeaderTerm::dispatchManager);
    }

    public boolean isLeading()
    {
        return term.isPresent();
    }

    public Optional<LeaderTerm> term()
    {
        return term;
    }

    /**
     * Returns the query, if this dispatcher leads and knows it.
     */
    public Optional<ClientQuery> get(QueryId queryId)
    {
        return term.flatMap(current -> current.get(queryId));
    }

    /**
     * Submits a query. Submitting it again changes nothing.
     *
     * @return a future that is done when the log has the query, and its client may be told of it. It fails with
     * {@link QueryTooLargeException} when the query is larger than the log can take, with {@link NotLeaderException} when this dispatcher
     * does not lead, or not any more, and with {@link InternalServerErrorException} in any other case, which is final.
     */
    public ListenableFuture<ClientQuery> submit(QueryId queryId, SubmittedQuery submitted, SessionContext sessionContext, Span span)
    {
        // checked first: only the end of a term drops what is kept for a submission
        Optional<LeaderTerm> current = term;
        if (current.isEmpty()) {
            return immediateFailedFuture(new NotLeaderException());
        }
        return pendingSubmissions.submit(current.get(), queryId, submitted, sessionContext, span);
    }

    /**
     * Makes the query eligible, as its client asks for it, and waits until there is something to tell. If that is where its rows are, the
     * query is not run again elsewhere from then on.
     *
     * @param maxWait how long to wait
     * @return whether the client may be told where its rows are, also if that has just become known. The future fails with
     * {@link NotLeaderException} when this dispatcher does not lead any more.
     */
    public ListenableFuture<Boolean> poll(ClientQuery query, Duration maxWait)
    {
        term.ifPresent(current -> {
            driver.post(current.epoch(), new QueueEvent.Poll(query.queryId()));
            // with this call, the engine notices when a client has gone
            current.dispatchManager().waitForDispatched(query.queryId());
        });
        return FluentFuture.from(query.answerable())
                .withTimeout(maxWait.toMillis(), MILLISECONDS, timeoutExecutor)
                .catching(TimeoutException.class, _ -> null, directExecutor())
                .transformAsync(_ -> expose(query), directExecutor());
    }

    private ListenableFuture<Boolean> expose(ClientQuery query)
    {
        Optional<LeaderTerm> current = term;
        if (current.isEmpty()) {
            return immediateFailedFuture(new NotLeaderException());
        }
        if (query.executingPath().isEmpty()) {
            return immediateFuture(false);
        }
        return catchingAsync(
                toListenableFuture(driver.post(current.get().epoch(), new QueueEvent.Exposed(query.queryId())).thenApply(_ -> true)),
                Exception.class,
                _ -> immediateFailedFuture(new NotLeaderException()),
                directExecutor());
    }

    /**
     * @return a future that is done when the order cannot be lost any more. It fails with {@link NotLeaderException} when this dispatcher
     * does not lead.
     */
    public ListenableFuture<Void> stop(QueryId queryId, QueryFailure reason)
    {
        Optional<LeaderTerm> current = term;
        if (current.isEmpty()) {
            return immediateFailedFuture(new NotLeaderException());
        }
        Optional<ClientQuery> query = current.get().get(queryId);
        if (query.isEmpty()) {
            return immediateVoidFuture();
        }
        ListenableFuture<Void> acknowledged = query.get().stopAcknowledged();
        driver.post(current.get().epoch(), new QueueEvent.Stop(queryId, reason, true));
        return acknowledged;
    }

    // what the leader decides

    @Override
    public void elected(long epoch, Map<QueryId, SubmittedQuery> queries, Map<CoordinatorIncarnation, URI> addresses)
    {
        gate.setTakingOver(true);
        LeaderTerm newTerm = new LeaderTerm(epoch, dispatchManagerFactory.create(), driver, sessionContextFactory, executor, maxCreators, gate);
        queries.forEach((queryId, submitted) -> newTerm.add(new ClientQuery(queryId, submitted, Optional.empty(), TraceContext.toSpan(submitted.traceContext()))));
        inheritedAddresses = Map.copyOf(addresses);
        leaderClaims.begin(newTerm);
        takingOver = true;
        term = Optional.of(newTerm);
    }

    @Override
    public void leads()
    {
        takingOver = false;
        term.ifPresent(LeaderTerm::allInheritedEnqueued);
        coordinators.leadershipChanged();
    }

    @Override
    public void deposed()
    {
        Optional<LeaderTerm> over = term;
        term = Optional.empty();
        leaderClaims.clear();
        historyTexts.clear();
        coordinators.leadershipChanged();
        pendingSubmissions.clear();
        router.clear();
        over.ifPresent(LeaderTerm::close);
        gate.setTakingOver(false);
    }

    /**
     * @return the coordinator's address; empty when the coordinator is dead
     */
    public Optional<URI> findAddress(CoordinatorIncarnation coordinator)
    {
        return router.findAddress(coordinator).or(() -> Optional.ofNullable(inheritedAddresses.get(coordinator)));
    }

    @Override
    public boolean hasEventListeners()
    {
        return queueEvents.hasListeners();
    }

    @Override
    public Optional<SubmittedQuery> condensed(QueryId queryId)
    {
        return get(queryId).map(query -> query.submittedQuery().condensed());
    }

    @Override
    public URI addressOf(CoordinatorIncarnation coordinator)
    {
        return findAddress(coordinator).orElseThrow(() -> new IllegalStateException("Nothing was routed to coordinator " + coordinator));
    }

    @Override
    public void perform(QueueEffect effect)
    {
        LeaderTerm current = term.orElse(null);
        switch (effect) {
            case QueueEffect.Append _, QueueEffect.StepDown _, QueueEffect.Settled _ -> throw new IllegalArgumentException("Not to be done here: " + effect);
            case QueueEffect.Accept(QueryId queryId) -> pendingSubmissions.accept(requireNonNull(current, "current is null"), queryId);
            case QueueEffect.Refuse(QueryId queryId) -> pendingSubmissions.refuse(queryId);
            case QueueEffect.Enqueue(QueryId queryId, boolean mayRun) -> requireNonNull(current, "current is null").enqueue(queryId, mayRun);
            case QueueEffect.Route(QueryId queryId) -> requireNonNull(current, "current is null").remoteQuery(queryId).ifPresent(query -> {
                query.unassign();
                router.route(query);
            });
            case QueueEffect.GiveBack(QueryId queryId) -> requireNonNull(current, "current is null").remoteQuery(queryId).ifPresent(query -> {
                query.waitAgain();
                router.gaveBack(queryId);
                // the clusters may have changed since the query got its slot
                clustersChanged();
                groupTurns.giveBack(query);
            });
            case QueueEffect.Occupy(QueryId queryId, ClusterName cluster) -> {
                if (rooms.occupy(queryId, cluster)) {
                    groupTurns.roomsChanged();
                }
            }
            case QueueEffect.Vacate(QueryId queryId) -> {
                if (rooms.vacate(queryId)) {
                    groupTurns.roomsChanged();
                }
            }
            case QueueEffect.Follow(CoordinatorIncarnation coordinator) -> Optional.ofNullable(inheritedAddresses.get(coordinator))
                    .ifPresent(address -> coordinators.follow(coordinator.at(address)));
            case QueueEffect.Dispatch(QueryId queryId, CoordinatorIncarnation coordinator, long epoch, int run) -> requireNonNull(current, "current is null").remoteQuery(queryId)
                    .ifPresent(query -> {
                        current.get(queryId).ifPresent(queueSpans::leaves);
                        router.dispatch(query, coordinator, epoch, run);
                    });
            case QueueEffect.StopAt(QueryId queryId, CoordinatorIncarnation coordinator, QueryFailure reason, long epoch) -> router.stop(queryId, coordinator, reason, epoch);
            case QueueEffect.End(QueryId queryId, var end) -> {
                router.release(queryId);
                requireNonNull(current, "current is null").get(queryId).ifPresent(query -> {
                    queueSpans.leaves(query);
                    query.ended(end);
                    if (query.submittedQuery().textLength() > CONDENSED_LENGTH) {
                        driver.post(current.epoch(), new QueueEvent.Condense(queryId));
                    }
                    endedQueries.ended(current.epoch(), query, end, takingOver);
                    historyTexts.ended(query);
                });
            }
            case QueueEffect.Tell tell -> requireNonNull(current, "current is null").get(tell.queryId())
                    .ifPresent(query -> queueEvents.tell(current, query, tell).addListener(
                            () -> driver.post(current.epoch(), new QueueEvent.ListenersTold(tell.queryId())),
                            directExecutor()));
            case QueueEffect.AcknowledgeStop(QueryId queryId) -> requireNonNull(current, "current is null").get(queryId).ifPresent(ClientQuery::acknowledgeStop);
            case QueueEffect.Recorded(QueryId queryId, CoordinatorIncarnation coordinator) -> leaderClaims.ended(coordinator, queryId);
        }
    }

    // what coordinators say

    @Override
    public void reported(CoordinatorLink coordinator, OptionalLong epoch, boolean complete, List<QueryReport> queries)
    {
        Optional<LeaderTerm> current = term;
        if (current.isEmpty()) {
            return;
        }
        reported.run(queries, QueryReport::queryId, report -> current.get().get(report.queryId()).ifPresent(query -> query.reported(coordinator, report)));
        if (epoch.equals(OptionalLong.of(current.get().epoch()))) {
            driver.post(current.get().epoch(), new QueueEvent.Reported(coordinator.coordinator(), complete, queries.stream()
                    .map(QueryStatus::of)
                    .collect(toImmutableList())));
        }
    }

    @Override
    public void coordinatorLost(CoordinatorLink coordinator, String reason)
    {
        leaderClaims.lost(coordinator.coordinator());
        driver.post(new QueueEvent.CoordinatorLost(coordinator.coordinator(), reason));
        clustersChanged();
    }

    @Override
    public void coordinatorAvailable()
    {
        clustersChanged();
    }

    @Override
    public void coordinatorUnavailable()
    {
        clustersChanged();
    }

    @Override
    public void clusterMemoryChanged(long bytes)
    {
        // a worker has come or gone
        clustersChanged();
    }

    @Override
    public void added(KnownCluster cluster)
    {
        // it may have come after the election, with queries of earlier leaders
        inheritedAddresses.forEach((coordinator, address) -> {
            if (coordinator.cluster().equals(cluster.name())) {
                coordinators.follow(coordinator.at(address));
            }
        });
        clusterDefined();
    }

    @Override
    public void changed(KnownCluster cluster)
    {
        clusterDefined();
    }

    @Override
    public void removed(KnownCluster cluster)
    {
        clusterDefined();
    }

    private void clusterDefined()
    {
        clustersChanged();
        // rules may name groups that are there only now
        executor.execute(this::selectAgain);
    }

    /**
     * Lets the queries that wait go where the rules say now.
     */
    private void selectAgain()
    {
        term.ifPresent(current -> selectingAgain.run(current.queries(), ClientQuery::queryId, query -> query.remoteQuery()
                .filter(remote -> !remote.isDone())
                .ifPresent(remote -> {
                    remote.rulesChanged();
                    groupTurns.reroute(remote);
                })));
        groupTurns.roomsChanged();
    }

    /**
     * Tells all that decide what the clusters take now. The last of several simultaneous changes sees them all.
     */
    private void clustersChanged()
    {
        synchronized (rooms) {
            Map<ClusterName, ClusterCapacity> capacities = coordinators.capacities();
            rooms.setCapacities(capacities);
            driver.post(new QueueEvent.ClustersChanged(capacities));
        }
        gate.coordinatorsChanged(coordinators::isAnyAvailable);
        groupTurns.roomsChanged();
    }

    @Managed(description = "Bytes of the texts of ended queries that are kept whole")
    public long getHistoryTextBytes()
    {
        return historyTexts.bytes();
    }

    @Managed(description = "Queries that clients have submitted, and that the log does not have yet")
    public int getPendingSubmissions()
    {
        return pendingSubmissions.size();
    }

    @Managed(description = "Queries that clients may ask for, finished ones included")
    public int getQueryCount()
    {
        return term.map(current -> current.queries().size()).orElse(0);
    }
}
