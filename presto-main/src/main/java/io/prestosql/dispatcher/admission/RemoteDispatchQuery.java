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

import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import io.airlift.units.DataSize;
import io.airlift.units.Duration;
import io.prestosql.node.ClusterName;
import io.prestosql.node.CoordinatorIncarnation;
import io.prestosql.node.CoordinatorLink;
import io.prestosql.protocol.ClientRequest;
import io.prestosql.protocol.QueryReport;
import io.prestosql.queries.ShortTexts;
import io.prestosql.queries.SubmissionTime;
import io.prestosql.queue.LeaderEvents;
import io.prestosql.queue.core.QueryEnd;
import io.prestosql.queue.core.QueryFailure;
import io.prestosql.queue.core.QueueEvent;
import io.prestosql.rpc.TraceContext;
import io.prestosql.selection.core.ClusterRoute;
import io.prestosql.spi.selection.ClusterSelection;
import io.prestosql.spi.selection.ClusterSelection.WhenUnavailable;
import io.trino.Session;
import io.trino.dispatcher.DispatchInfo;
import io.trino.dispatcher.DispatchQuery;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.execution.QueryInfo;
import io.trino.execution.QueryState;
import io.trino.execution.QueryStateMachine;
import io.trino.execution.StateMachine.StateChangeListener;
import io.trino.execution.resourcegroups.QueryQueueFullException;
import io.trino.metadata.SessionPropertyManager;
import io.trino.server.BasicQueryInfo;
import io.trino.spi.ErrorCode;
import io.trino.spi.QueryId;
import io.trino.spi.TrinoException;
import io.trino.spi.resourcegroups.ResourceGroupId;
import org.joda.time.DateTime;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

import static com.google.common.util.concurrent.Futures.nonCancellationPropagating;
import static io.prestosql.protocol.SubmittedQuery.CONDENSED_LENGTH;
import static io.trino.execution.QueryState.FAILED;
import static io.trino.execution.QueryState.FINISHED;
import static io.trino.execution.QueryState.QUEUED;
import static io.trino.execution.QueryState.RUNNING;
import static io.trino.spi.StandardErrorCode.SERVER_SHUTTING_DOWN;
import static io.trino.spi.StandardErrorCode.USER_CANCELED;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * A query in the dispatcher's resource groups, as the engine sees it.
 * <p>
 * It decides nothing: the queue's core does. Cancelling and failing the query are requests to the core. The query keeps its slot in the
 * resource groups until the core says that it is over, or that it waits again.
 */
public class RemoteDispatchQuery
        implements DispatchQuery, RoutedQuery
{
    private static final ShortTexts CONDENSED_TEXTS = new ShortTexts(CONDENSED_LENGTH);

    private record HistoryEntry(Session session, BasicQueryInfo basicInfo, QueryInfo info) {}

    /** Makes state machines in state QUEUED; empty once the query is over. */
    private Optional<Supplier<QueryStateMachine>> stateMachines;
    /** Empty once the query is condensed, as it keeps the text. */
    private volatile Optional<QueryStateMachine> stateMachine = Optional.empty();
    /** How long the query had waited when it got its state machine. */
    private volatile SubmissionTime submissionTime;
    private final List<StateChangeListener<QueryState>> stateChangeListeners = new ArrayList<>();
    private volatile Optional<HistoryEntry> historyEntry = Optional.empty();
    private final QueryOrder order;
    private final ResourceGroupId resourceGroup;
    private final Optional<String> transactionId;
    private final QuerySelection selection;
    private final LeaderEvents events;
    private final SessionPropertyManager sessionPropertyManager;
    private final SettableFuture<Void> dispatched = SettableFuture.create();

    private ClusterRoute clusterRoute;
    private Optional<CoordinatorLink> coordinator = Optional.empty();
    private Optional<ExecutionFailureInfo> failure = Optional.empty();
    private Optional<QueryReport> lastReport = Optional.empty();
    private Optional<String> executingPath = Optional.empty();
    /** The incarnations that do not run the query again, because their processes have run it before. */
    private final Set<CoordinatorIncarnation> refusedBy = new HashSet<>();
    private boolean registered;
    private boolean unregistered;
    private boolean abandoned;

    /**
     * @param stateMachines makes state machines of the query, in state QUEUED
     * @throws TrinoException when the rules allow the query no cluster
     */
    RemoteDispatchQuery(
            Supplier<QueryStateMachine> stateMachines,
            QueryOrder order,
            ResourceGroupId resourceGroup,
            Optional<String> transactionId,
            QuerySelection selection,
            LeaderEvents events,
            SessionPropertyManager sessionPropertyManager)
    {
        this.stateMachines = Optional.of(stateMachines);
        this.order = requireNonNull(order, "order is null");
        this.submissionTime = order.submissionTime();
        this.resourceGroup = requireNonNull(resourceGroup, "resourceGroup is null");
        this.transactionId = requireNonNull(transactionId, "transactionId is null");
        this.selection = requireNonNull(selection, "selection is null");
        this.events = requireNonNull(events, "events is null");
        this.sessionPropertyManager = requireNonNull(sessionPropertyManager, "sessionPropertyManager is null");
        this.clusterRoute = order.mayRun() ? new ClusterRoute.Undecided() : routeWithoutCoordinator(order.query().isInherited() ? selection.getOrNowhere() : selection.get());
        this.stateMachine = Optional.of(stateMachines.get());
        addStateChangeListener(state -> {
            if (state.isDone()) {
                dispatched.set(null);
            }
        });
    }

    private ClusterRoute routeWithoutCoordinator(ClusterSelection selected)
    {
        // the search for the transaction begins when the query has its slot
        return transactionId.isPresent() ? new ClusterRoute.Undecided() : ClusterRoute.ToTargets.of(selected);
    }

    @Override
    public QueryId queryId()
    {
        return getQueryId();
    }

    @Override
    public synchronized ClusterRoute clusterRoute()
    {
        return clusterRoute;
    }

    @Override
    public ClusterSelection selection()
    {
        return selection.getOrNowhere();
    }

    @Override
    public boolean isWaitLimited()
    {
        if (!(clusterRoute() instanceof ClusterRoute.ToTargets)) {
            return false;
        }
        ClusterSelection selected = selection();
        return selected.whenUnavailable() == WhenUnavailable.FAIL || selected.maxWait().isPresent();
    }

    /**
     * Lets the query go where the changed rules say, at once if it waits for its clusters, and otherwise when it goes elsewhere.
     */
    void rulesChanged()
    {
        selection.rulesChanged();
        if (clusterRoute() instanceof ClusterRoute.ToTargets) {
            ClusterSelection selected = selection();
            synchronized (this) {
                if (clusterRoute instanceof ClusterRoute.ToTargets) {
                    clusterRoute = routeWithoutCoordinator(selected);
                }
            }
        }
    }

    /**
     * Notes the cluster that has the query's transaction.
     */
    synchronized void bindTo(ClusterName cluster)
    {
        clusterRoute = new ClusterRoute.BoundToCluster(cluster);
    }

    ClientRequest request()
    {
        return order.request();
    }

    ResourceGroupId resourceGroup()
    {
        return resourceGroup;
    }

    /**
     * Returns the client's transaction, which one coordinator holds.
     */
    Optional<String> transactionId()
    {
        return transactionId;
    }

    @Override
    public Instant submitted()
    {
        return order.submissionTime().submitted();
    }

    Optional<TraceContext> traceContext()
    {
        return order.query().submittedQuery().traceContext();
    }

    /**
     * Returns how long the client has waited since the submission.
     */
    Duration elapsedTime()
    {
        return getBasicQueryInfo().getQueryStats().getElapsedTime();
    }

    /**
     * Returns how long the query waited from its submission until it was sent to a coordinator.
     */
    Duration queuedTime()
    {
        return getBasicQueryInfo().getQueryStats().getQueuedTime();
    }

    long epoch()
    {
        return order.epoch();
    }

    private void post(QueueEvent event)
    {
        // the engine also fails the queries of a leader that has been deposed, and frees their slots
        if (!isAbandoned()) {
            events.post(order.epoch(), event);
        }
    }

    @Override
    public void startWaitingForResources()
    {
        stateMachine.ifPresent(QueryStateMachine::transitionToWaitingForResources);
        post(new QueueEvent.Admitted(getQueryId()));
    }

    /**
     * Queues the query again as before, after it has given its slot back. The engine's state machines cannot go back, so the query gets
     * another one.
     */
    synchronized void waitAgain()
    {
        if (stateMachines.isEmpty() || isDone()) {
            return;
        }
        if (!(clusterRoute instanceof ClusterRoute.BoundToCluster)) {
            clusterRoute = routeWithoutCoordinator(selection());
        }
        submissionTime = SubmissionTime.until(Instant.now(), order.submissionTime().submitted());
        QueryStateMachine queued = stateMachines.get().get();
        stateChangeListeners.forEach(queued::addStateChangeListener);
        stateMachine = Optional.of(queued);
    }

    /**
     * Notes the coordinator that the query is about to be sent to, or was sent to by an earlier leader.
     */
    synchronized void assign(CoordinatorLink coordinator)
    {
        if (this.coordinator.equals(Optional.of(coordinator))) {
            return;
        }
        this.coordinator = Optional.of(coordinator);
        executingPath = Optional.empty();
        lastReport = Optional.empty();
    }

    /**
     * Notes that the coordinator does not have the query, and never will.
     */
    synchronized void refusedForGood(CoordinatorIncarnation coordinator)
    {
        refusedBy.add(coordinator);
    }

    /**
     * Returns false when the coordinator has said that it does not run the query again.
     */
    synchronized boolean mayRunAt(CoordinatorLink coordinator)
    {
        return !refusedBy.contains(coordinator.coordinator());
    }

    void unassign()
    {
        synchronized (this) {
            coordinator = Optional.empty();
            executingPath = Optional.empty();
            lastReport = Optional.empty();
        }
        order.query().locationLost();
    }

    /**
     * Notes that the query is sent. From then on, its coordinator has to notice when the client has gone.
     */
    void sent()
    {
        stateMachine.ifPresent(QueryStateMachine::transitionToDispatching);
    }

    /**
     * Returns the coordinator that the query was given to, if any.
     */
    public synchronized Optional<CoordinatorLink> coordinator()
    {
        return coordinator;
    }

    /**
     * Returns the path to the query's results on its coordinator, if it is known.
     */
    public synchronized Optional<String> executingPath()
    {
        return executingPath;
    }

    void started(CoordinatorLink coordinator, String path)
    {
        synchronized (this) {
            assign(coordinator);
            executingPath = Optional.of(path);
        }
        dispatched.set(null);
        order.query().locationKnown();
    }

    /**
     * Notes that a coordinator has the query, and that the coordinator's engine tells event listeners of it.
     *
     * @param unregistered whether the coordinator's engine does not have the query, and never will
     */
    synchronized void taken(boolean unregistered)
    {
        registered = registered || !unregistered;
        this.unregistered = unregistered;
    }

    /**
     * Returns whether event listeners have heard of the query from a coordinator.
     */
    synchronized boolean isRegistered()
    {
        return registered && !unregistered;
    }

    /**
     * Takes the coordinator's report. It does not end the query: {@link #ended} does.
     */
    void reported(CoordinatorLink reporter, QueryReport report)
    {
        synchronized (this) {
            if (isDone() || (coordinator.isPresent() && !coordinator.get().equals(reporter))) {
                return;
            }
            assign(reporter);
            taken(report.unregistered());
            lastReport = Optional.of(report);
        }
        report.executingPath().ifPresent(path -> started(reporter, path));
        switch (report.state()) {
            case QUEUED, WAITING_FOR_RESOURCES, DISPATCHING, FINISHED, FAILED -> {}
            case PLANNING -> stateMachine.ifPresent(QueryStateMachine::transitionToPlanning);
            case STARTING -> stateMachine.ifPresent(QueryStateMachine::transitionToStarting);
            case RUNNING, FINISHING -> stateMachine.ifPresent(QueryStateMachine::transitionToRunning);
        }
    }

    /**
     * Ends the query for good.
     */
    void ended(QueryEnd end)
    {
        synchronized (this) {
            stateMachines = Optional.empty();
            stateChangeListeners.clear();
        }
        if (end.failure().isEmpty()) {
            stateMachine.ifPresent(QueryStateMachine::transitionToFinishing);
            stateMachine.ifPresent(QueryStateMachine::resultsConsumed);
            return;
        }
        ExecutionFailureInfo cause = end.failure().get().toExecutionFailure();
        synchronized (this) {
            failure = Optional.of(cause);
        }
        stateMachine.ifPresent(machine -> machine.transitionToFailed(cause.toException()));
    }

    /**
     * Keeps only the beginning of the text of a query that is over.
     */
    void condense()
    {
        stateMachine.filter(machine -> machine.getQueryState().isDone()).ifPresent(machine -> {
            historyEntry = Optional.of(new HistoryEntry(
                    ShortSession.of(machine.getSession(), sessionPropertyManager),
                    CONDENSED_TEXTS.apply(getBasicQueryInfo()),
                    CONDENSED_TEXTS.apply(getFullQueryInfo())));
            stateMachine = Optional.empty();
        });
    }

    /**
     * Ends this dispatcher's part in the query, which goes on without it.
     */
    void abandon()
    {
        synchronized (this) {
            abandoned = true;
        }
        stateMachine.ifPresent(machine -> machine.transitionToFailed(new TrinoException(SERVER_SHUTTING_DOWN, "This dispatcher does not lead the queue any more")));
    }

    synchronized boolean isAbandoned()
    {
        return abandoned;
    }

    @Override
    public void cancel()
    {
        fail(new TrinoException(USER_CANCELED, "Query was canceled"));
    }

    @Override
    public void fail(Throwable cause)
    {
        if (order.mayRun() && (cause instanceof QueryQueueFullException || !(cause instanceof TrinoException))) {
            // the query is older than those that fill the queue, and is not stopped for them, nor for a value that its group refuses, such as
            // a query_priority below 0
            post(new QueueEvent.NotQueueable(getQueryId(), QueryFailure.of(cause)));
            return;
        }
        post(new QueueEvent.Stop(getQueryId(), QueryFailure.of(cause), false));
    }

    @Override
    public void recordHeartbeat()
    {
        stateMachine.ifPresent(QueryStateMachine::recordHeartbeat);
    }

    /**
     * Returns null once the query was sent: the client then polls the coordinator, which notices when the polls stop.
     */
    @Override
    public synchronized DateTime getLastHeartbeat()
    {
        return coordinator.isPresent() ? null : stateMachine.map(QueryStateMachine::getLastHeartbeat).orElse(null);
    }

    @Override
    public ListenableFuture<Void> getDispatchedFuture()
    {
        return nonCancellationPropagating(dispatched);
    }

    @Override
    public DispatchInfo getDispatchInfo()
    {
        BasicQueryInfo info = getBasicQueryInfo();
        Duration elapsed = info.getQueryStats().getElapsedTime();
        Duration queued = info.getQueryStats().getQueuedTime();
        if (executingPath().isPresent()) {
            return DispatchInfo.dispatched(externalUriInfo -> externalUriInfo.baseUriBuilder(), elapsed, queued);
        }
        if (info.getState() == QueryState.FAILED) {
            synchronized (this) {
                return DispatchInfo.failed(failure.or(() -> Optional.ofNullable(getFullQueryInfo().getFailureInfo())).orElseThrow(), elapsed, queued);
            }
        }
        return DispatchInfo.queued(elapsed, queued);
    }

    @Override
    public QueryId getQueryId()
    {
        return order.query().queryId();
    }

    @Override
    public boolean isDone()
    {
        return getState().isDone();
    }

    @Override
    public Session getSession()
    {
        return stateMachine.map(QueryStateMachine::getSession).orElseGet(() -> historyEntry.orElseThrow().session());
    }

    @Override
    public DateTime getCreateTime()
    {
        return stateMachine.map(machine -> submissionTime.onClockOf(machine.getCreateTime())).orElseGet(() -> historyEntry.orElseThrow().info().getQueryStats().getCreateTime());
    }

    /**
     * Returns empty, so that only the coordinator limits the execution time.
     */
    @Override
    public Optional<DateTime> getExecutionStartTime()
    {
        return Optional.empty();
    }

    /**
     * Returns empty, so that only the coordinator limits the planning time.
     */
    @Override
    public Optional<Duration> getPlanningTime()
    {
        return Optional.empty();
    }

    @Override
    public Optional<DateTime> getEndTime()
    {
        return stateMachine.map(QueryStateMachine::getEndTime).orElseGet(() -> Optional.of(historyEntry.orElseThrow().info().getQueryStats().getEndTime()));
    }

    @Override
    public synchronized Duration getTotalCpuTime()
    {
        return new Duration(lastReport.map(QueryReport::cpuMillis).orElse(0L), MILLISECONDS);
    }

    @Override
    public synchronized DataSize getTotalMemoryReservation()
    {
        return DataSize.ofBytes(lastReport.map(QueryReport::totalMemoryBytes).orElse(0L));
    }

    @Override
    public synchronized DataSize getUserMemoryReservation()
    {
        return DataSize.ofBytes(lastReport.map(QueryReport::userMemoryBytes).orElse(0L));
    }

    @Override
    public BasicQueryInfo getBasicQueryInfo()
    {
        return stateMachine.map(machine -> submissionTime.applyTo(machine.getBasicQueryInfo(Optional.empty()))).orElseGet(() -> historyEntry.orElseThrow().basicInfo());
    }

    @Override
    public QueryInfo getFullQueryInfo()
    {
        return stateMachine.map(machine -> submissionTime.applyTo(machine.updateQueryInfo(Optional.empty()))).orElseGet(() -> historyEntry.orElseThrow().info());
    }

    @Override
    public QueryState getState()
    {
        return stateMachine.map(QueryStateMachine::getQueryState).orElseGet(() -> historyEntry.orElseThrow().info().getState());
    }

    @Override
    public void pruneInfo()
    {
        stateMachine.ifPresent(QueryStateMachine::pruneQueryInfo);
    }

    @Override
    public boolean isInfoPruned()
    {
        return stateMachine.map(QueryStateMachine::isQueryInfoPruned).orElse(true);
    }

    @Override
    public Optional<ErrorCode> getErrorCode()
    {
        return Optional.ofNullable(getBasicQueryInfo().getErrorCode());
    }

    @Override
    public synchronized void addStateChangeListener(StateChangeListener<QueryState> stateChangeListener)
    {
        if (stateMachines.isPresent()) {
            stateChangeListeners.add(stateChangeListener);
        }
        // a condensed query is over, and changes no more
        stateMachine.ifPresent(machine -> machine.addStateChangeListener(stateChangeListener));
    }
}
