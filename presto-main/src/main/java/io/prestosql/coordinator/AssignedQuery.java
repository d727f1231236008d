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
package io.prestosql.coordinator;

import com.google.common.util.concurrent.SettableFuture;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextKey;
import io.prestosql.protocol.QueryReport;
import io.prestosql.queries.SubmissionTime;
import io.trino.dispatcher.DispatchQuery;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.execution.ManagedQueryExecution;
import io.trino.execution.QueryState;
import io.trino.server.protocol.Slug;
import io.trino.spi.QueryId;
import io.trino.spi.resourcegroups.ResourceGroupId;

import java.util.Optional;

import static io.trino.execution.QueryState.FAILED;
import static io.trino.server.protocol.Slug.Context.EXECUTING_QUERY;
import static java.util.Objects.requireNonNull;

/**
 * A query that is assigned to this coordinator.
 * <p>
 * The engine creates its own objects for the query on another thread, which finds this object in the {@link Context}.
 */
public class AssignedQuery
{
    private static final ContextKey<AssignedQuery> CONTEXT_KEY = ContextKey.named("presto-dispatched-query");

    private final QueryId queryId;
    private final ResourceGroupId resourceGroup;
    private final SubmissionTime submissionTime;
    private final int run;
    private final Optional<String> transactionId;
    private final Slug slug = Slug.createNew();
    /** Completes when the query has started, or has failed before its start. */
    private final SettableFuture<Void> started = SettableFuture.create();

    private DispatchQuery execution;
    private Optional<ManagedQueryExecution> starting = Optional.empty();
    private Optional<Throwable> stopReason = Optional.empty();
    private boolean startSeen;
    private volatile boolean givenUp;
    private boolean told;
    private Optional<ExecutionFailureInfo> failure = Optional.empty();
    private QueryReport lastReport;

    AssignedQuery(QueryId queryId, ResourceGroupId resourceGroup, SubmissionTime submissionTime, int run, Optional<String> transactionId)
    {
        this.queryId = requireNonNull(queryId, "queryId is null");
        this.resourceGroup = requireNonNull(resourceGroup, "resourceGroup is null");
        this.submissionTime = requireNonNull(submissionTime, "submissionTime is null");
        this.run = run;
        this.transactionId = requireNonNull(transactionId, "transactionId is null");
        this.lastReport = new QueryReport(queryId, QueryState.QUEUED, Optional.empty(), Optional.empty(), 0, 0, 0, false, false);
    }

    public static Optional<AssignedQuery> fromContext(Context context)
    {
        return Optional.ofNullable(context.get(CONTEXT_KEY));
    }

    Context inContext(Context context)
    {
        return submissionTime.inContext(context.with(CONTEXT_KEY, this));
    }

    public QueryId queryId()
    {
        return queryId;
    }

    ResourceGroupId resourceGroup()
    {
        return resourceGroup;
    }

    SubmissionTime submissionTime()
    {
        return submissionTime;
    }

    int run()
    {
        return run;
    }

    /**
     * Returns the client's transaction, if the query is in one.
     */
    Optional<String> transactionId()
    {
        return transactionId;
    }

    Slug slug()
    {
        return slug;
    }

    SettableFuture<Void> started()
    {
        return started;
    }

    synchronized void setExecution(DispatchQuery execution)
    {
        this.execution = requireNonNull(execution, "execution is null");
    }

    /**
     * Called when the engine is about to start the query.
     *
     * @return false when the query must not start, because it was stopped
     */
    boolean tryStart(ManagedQueryExecution execution)
    {
        Optional<Throwable> stopped;
        synchronized (this) {
            starting = Optional.of(execution);
            stopped = stopReason;
        }
        stopped.ifPresent(execution::fail);
        return stopped.isEmpty();
    }

    /**
     * Fails the query: at once if the engine has it, otherwise when it is about to start.
     */
    void stop(Throwable reason)
    {
        Optional<ManagedQueryExecution> execution;
        synchronized (this) {
            if (stopReason.isEmpty()) {
                stopReason = Optional.of(reason);
            }
            execution = starting;
        }
        execution.ifPresent(running -> running.fail(reason));
    }

    /**
     * Fails the query because the lease is over. Its outcome is reported elsewhere.
     */
    void giveUp(Throwable reason)
    {
        givenUp = true;
        stop(reason);
    }

    boolean isGivenUp()
    {
        return givenUp;
    }

    /**
     * Records that event listeners were told of the query's end.
     */
    synchronized void setTold()
    {
        told = true;
    }

    /**
     * Records that the engine has started the query, or has given it up before its start.
     */
    synchronized void setStartSeen()
    {
        startSeen = true;
    }

    /**
     * Records that the engine has not even registered the query.
     */
    synchronized void setFailure(ExecutionFailureInfo failure)
    {
        this.failure = Optional.of(failure);
    }

    /**
     * Returns a report of the query's current state.
     */
    synchronized QueryReport look()
    {
        lastReport = createReport();
        if (lastReport.state().isDone()) {
            // the end is remembered for a lease, without the statement and the plan, which may be large
            execution = null;
            starting = Optional.empty();
        }
        return lastReport;
    }

    private QueryReport createReport()
    {
        if (lastReport.state().isDone()) {
            return lastReport.untold() ? lastReport.withUntold(!told) : lastReport;
        }
        if (failure.isPresent()) {
            return new QueryReport(queryId, FAILED, failure, Optional.empty(), 0, 0, 0, true, false);
        }
        if (execution == null) {
            return lastReport;
        }
        QueryState state = execution.getState();
        Optional<ExecutionFailureInfo> executionFailure = state == FAILED ? execution.getDispatchInfo().getFailureInfo() : Optional.empty();
        boolean hasStarted = startSeen && (lastReport.executingPath().isPresent() || state != FAILED);
        return new QueryReport(
                queryId,
                state,
                executionFailure,
                hasStarted ? Optional.of(executingPath()) : Optional.empty(),
                execution.getTotalCpuTime().toMillis(),
                state.isDone() ? 0 : execution.getUserMemoryReservation().toBytes(),
                state.isDone() ? 0 : execution.getTotalMemoryReservation().toBytes(),
                false,
                state.isDone() && !told);
    }

    private String executingPath()
    {
        return "/v1/statement/executing/%s/%s/0".formatted(queryId, slug.makeSlug(EXECUTING_QUERY, 0));
    }
}
