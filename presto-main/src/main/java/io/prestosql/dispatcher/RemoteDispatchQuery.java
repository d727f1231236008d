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
package io.prestosql.dispatcher;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import io.airlift.units.DataSize;
import io.airlift.units.Duration;
import io.prestosql.cluster.CoordinatorLink;
import io.prestosql.coordinator.ClientRequest;
import io.prestosql.coordinator.QueryReport;
import io.trino.Session;
import io.trino.dispatcher.DispatchInfo;
import io.trino.dispatcher.DispatchQuery;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.execution.QueryInfo;
import io.trino.execution.QueryState;
import io.trino.execution.QueryStateMachine;
import io.trino.execution.StateMachine.StateChangeListener;
import io.trino.server.BasicQueryInfo;
import io.trino.spi.ErrorCode;
import io.trino.spi.QueryId;
import io.trino.spi.TrinoException;
import io.trino.spi.resourcegroups.ResourceGroupId;
import org.joda.time.DateTime;

import java.util.Optional;

import static com.google.common.util.concurrent.Futures.nonCancellationPropagating;
import static io.prestosql.dispatcher.DispatcherErrorCode.COORDINATOR_LOST;
import static io.trino.spi.StandardErrorCode.USER_CANCELED;
import static io.trino.util.Failures.toFailure;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * A query in the dispatcher's resource groups that runs on a coordinator.
 * <p>
 * Its state is the one that the coordinator reports. Until it has been sent, canceling and failing it is the dispatcher's own affair;
 * afterwards the coordinator is asked to, and the query keeps its slot in the resource groups until the coordinator says that it is over.
 */
public class RemoteDispatchQuery
        implements DispatchQuery
{
    private final QueryStateMachine stateMachine;
    private final ClientRequest request;
    private final ResourceGroupId resourceGroup;
    private final Optional<String> transactionId;
    private final QueryRouter router;
    private final SettableFuture<Void> dispatched = SettableFuture.create();

    private Optional<CoordinatorLink> coordinator = Optional.empty();
    private Optional<ExecutionFailureInfo> stopReason = Optional.empty();
    private Optional<ExecutionFailureInfo> reportedFailure = Optional.empty();
    private Optional<QueryReport> lastReport = Optional.empty();
    private Optional<String> executingPath = Optional.empty();
    private boolean sent;
    private boolean taken;

    RemoteDispatchQuery(
            QueryStateMachine stateMachine,
            ClientRequest request,
            ResourceGroupId resourceGroup,
            Optional<String> transactionId,
            QueryRouter router)
    {
        this.stateMachine = requireNonNull(stateMachine, "stateMachine is null");
        this.request = requireNonNull(request, "request is null");
        this.resourceGroup = requireNonNull(resourceGroup, "resourceGroup is null");
        this.transactionId = requireNonNull(transactionId, "transactionId is null");
        this.router = requireNonNull(router, "router is null");
        stateMachine.addStateChangeListener(state -> {
            if (state.isDone()) {
                dispatched.set(null);
            }
        });
    }

    ClientRequest request()
    {
        return request;
    }

    ResourceGroupId resourceGroup()
    {
        return resourceGroup;
    }

    /**
     * The client's transaction, which one coordinator holds.
     */
    Optional<String> transactionId()
    {
        return transactionId;
    }

    Duration queuedTime()
    {
        return getBasicQueryInfo().getQueryStats().getQueuedTime();
    }

    @Override
    public void startWaitingForResources()
    {
        if (stateMachine.transitionToWaitingForResources()) {
            router.route(this);
        }
    }

    /**
     * The coordinator that the query goes to.
     *
     * @return false when the query is over already, and must not be sent
     */
    synchronized boolean assign(CoordinatorLink coordinator)
    {
        if (isDone()) {
            return false;
        }
        this.coordinator = Optional.of(coordinator);
        return true;
    }

    /**
     * The coordinator certainly did not get the query.
     */
    synchronized void unassign()
    {
        coordinator = Optional.empty();
        sent = false;
    }

    /**
     * The coordinator has answered that it has the query, or may have it and will not answer any more.
     */
    synchronized void taken()
    {
        taken = true;
    }

    /**
     * The point of no return: from now on only the coordinator can end the query.
     *
     * @return false when the query is over already, and must not be sent
     */
    synchronized boolean markSent()
    {
        if (isDone()) {
            return false;
        }
        sent = true;
        stateMachine.transitionToDispatching();
        return true;
    }

    /**
     * Where the query is, if it was given to a coordinator.
     */
    public synchronized Optional<CoordinatorLink> coordinator()
    {
        return coordinator;
    }

    /**
     * Where its results are, on the coordinator.
     */
    public synchronized Optional<String> executingPath()
    {
        return executingPath;
    }

    /**
     * Why somebody wanted the query to stop after it was sent.
     */
    synchronized Optional<ExecutionFailureInfo> stopReason()
    {
        return stopReason;
    }

    void started(String path)
    {
        synchronized (this) {
            executingPath = Optional.of(path);
        }
        dispatched.set(null);
    }

    /**
     * The coordinator has refused the query, or failed it before it started.
     */
    void failedBeforeStart(ExecutionFailureInfo failure)
    {
        synchronized (this) {
            reportedFailure = Optional.of(failure);
        }
        stateMachine.transitionToFailed(failure.toException());
    }

    void reported(CoordinatorLink reporter, QueryReport report)
    {
        synchronized (this) {
            if (!coordinator.equals(Optional.of(reporter)) || isDone()) {
                return;
            }
            lastReport = Optional.of(report);
            if (report.failure().isPresent()) {
                reportedFailure = report.failure();
            }
        }
        report.executingPath().ifPresent(this::started);
        switch (report.state()) {
            case QUEUED, WAITING_FOR_RESOURCES, DISPATCHING -> {}
            case PLANNING -> stateMachine.transitionToPlanning();
            case STARTING -> stateMachine.transitionToStarting();
            case RUNNING, FINISHING -> stateMachine.transitionToRunning();
            case FINISHED -> {
                stateMachine.transitionToFinishing();
                stateMachine.resultsConsumed();
            }
            case FAILED -> stateMachine.transitionToFailed(report.failure()
                    .<Throwable>map(ExecutionFailureInfo::toException)
                    .orElseGet(() -> new TrinoException(COORDINATOR_LOST, "Coordinator %s reports that the query has failed, and no reason".formatted(reporter))));
        }
    }

    /**
     * The process is dead. While the call that brings the query there has not been answered, the failure of that call tells more.
     */
    void coordinatorLost(CoordinatorLink lost, String reason)
    {
        synchronized (this) {
            if (!coordinator.equals(Optional.of(lost)) || !taken) {
                return;
            }
        }
        stateMachine.transitionToFailed(lostException(lost, reason));
    }

    static TrinoException lostException(CoordinatorLink lost, String reason)
    {
        return new TrinoException(COORDINATOR_LOST, "Coordinator %s, which ran the query, is lost: %s. The query may have had effects".formatted(lost, reason));
    }

    @Override
    public void cancel()
    {
        stop(new TrinoException(USER_CANCELED, "Query was canceled"));
    }

    @Override
    public void fail(Throwable cause)
    {
        stop(cause);
    }

    private void stop(Throwable cause)
    {
        synchronized (this) {
            if (isDone()) {
                return;
            }
            if (sent) {
                if (stopReason.isPresent()) {
                    return;
                }
                stopReason = Optional.of(toFailure(cause));
            }
        }
        if (stopReason().isPresent()) {
            router.stop(this);
        }
        else {
            stateMachine.transitionToFailed(cause);
        }
    }

    @Override
    public void recordHeartbeat()
    {
        stateMachine.recordHeartbeat();
    }

    /**
     * Null once the query was sent: the client polls the coordinator then, which notices when it stops to.
     */
    @Override
    public synchronized DateTime getLastHeartbeat()
    {
        return sent ? null : stateMachine.getLastHeartbeat();
    }

    @Override
    public ListenableFuture<Void> getDispatchedFuture()
    {
        return nonCancellationPropagating(dispatched);
    }

    @Override
    public DispatchInfo getDispatchInfo()
    {
        BasicQueryInfo info = stateMachine.getBasicQueryInfo(Optional.empty());
        Duration elapsed = info.getQueryStats().getElapsedTime();
        Duration queued = info.getQueryStats().getQueuedTime();
        if (executingPath().isPresent()) {
            return DispatchInfo.dispatched(externalUriInfo -> externalUriInfo.baseUriBuilder(), elapsed, queued);
        }
        if (info.getState() == QueryState.FAILED) {
            synchronized (this) {
                return DispatchInfo.failed(reportedFailure.or(stateMachine::getFailureInfo).orElseThrow(), elapsed, queued);
            }
        }
        return DispatchInfo.queued(elapsed, queued);
    }

    @Override
    public QueryId getQueryId()
    {
        return stateMachine.getQueryId();
    }

    @Override
    public boolean isDone()
    {
        return stateMachine.getQueryState().isDone();
    }

    @Override
    public Session getSession()
    {
        return stateMachine.getSession();
    }

    @Override
    public DateTime getCreateTime()
    {
        return stateMachine.getCreateTime();
    }

    /**
     * Empty, so that the limit of the execution time is the coordinator's affair alone.
     */
    @Override
    public Optional<DateTime> getExecutionStartTime()
    {
        return Optional.empty();
    }

    /**
     * Empty, so that the limit of the planning time is the coordinator's affair alone.
     */
    @Override
    public Optional<Duration> getPlanningTime()
    {
        return Optional.empty();
    }

    @Override
    public Optional<DateTime> getEndTime()
    {
        return stateMachine.getEndTime();
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
        return stateMachine.getBasicQueryInfo(Optional.empty());
    }

    @Override
    public QueryInfo getFullQueryInfo()
    {
        return stateMachine.updateQueryInfo(Optional.empty());
    }

    @Override
    public QueryState getState()
    {
        return stateMachine.getQueryState();
    }

    @Override
    public void pruneInfo()
    {
        stateMachine.pruneQueryInfo();
    }

    @Override
    public boolean isInfoPruned()
    {
        return stateMachine.isQueryInfoPruned();
    }

    @Override
    public Optional<ErrorCode> getErrorCode()
    {
        return stateMachine.getFailureInfo().map(ExecutionFailureInfo::getErrorCode);
    }

    @Override
    public void addStateChangeListener(StateChangeListener<QueryState> stateChangeListener)
    {
        stateMachine.addStateChangeListener(stateChangeListener);
    }
}
