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

import com.google.common.util.concurrent.ListenableFuture;
import io.airlift.units.DataSize;
import io.airlift.units.Duration;
import io.prestosql.queries.SubmissionTime;
import io.trino.Session;
import io.trino.dispatcher.CoordinatorLocation;
import io.trino.dispatcher.DispatchInfo;
import io.trino.dispatcher.DispatchQuery;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.execution.QueryInfo;
import io.trino.execution.QueryState;
import io.trino.execution.StateMachine.StateChangeListener;
import io.trino.server.BasicQueryInfo;
import io.trino.spi.ErrorCode;
import io.trino.spi.QueryId;
import org.joda.time.DateTime;

import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * A query of the engine whose times and limits count from its submission.
 */
class SubmittedDispatchQuery
        implements DispatchQuery
{
    private final DispatchQuery delegate;
    private final AssignedQuery query;
    private final SubmissionTime time;

    SubmittedDispatchQuery(DispatchQuery delegate, AssignedQuery query)
    {
        this.delegate = requireNonNull(delegate, "delegate is null");
        this.query = requireNonNull(query, "query is null");
        this.time = query.submissionTime();
    }

    // times that count from the submission

    @Override
    public DateTime getCreateTime()
    {
        return time.onClockOf(delegate.getCreateTime());
    }

    @Override
    public BasicQueryInfo getBasicQueryInfo()
    {
        return time.applyTo(delegate.getBasicQueryInfo());
    }

    @Override
    public QueryInfo getFullQueryInfo()
    {
        return time.applyTo(delegate.getFullQueryInfo());
    }

    @Override
    public DispatchInfo getDispatchInfo()
    {
        DispatchInfo info = delegate.getDispatchInfo();
        Duration elapsed = time.withWait(info.getElapsedTime());
        Duration queued = time.withWait(info.getQueuedTime());
        Optional<ExecutionFailureInfo> failure = info.getFailureInfo();
        if (failure.isPresent()) {
            return DispatchInfo.failed(failure.get(), elapsed, queued);
        }
        Optional<CoordinatorLocation> location = info.getCoordinatorLocation();
        return location.map(known -> DispatchInfo.dispatched(known, elapsed, queued)).orElseGet(() -> DispatchInfo.queued(elapsed, queued));
    }

    // everything else

    @Override
    public QueryId getQueryId()
    {
        return query.queryId();
    }

    @Override
    public Session getSession()
    {
        return delegate.getSession();
    }

    @Override
    public QueryState getState()
    {
        return delegate.getState();
    }

    @Override
    public boolean isDone()
    {
        return delegate.isDone();
    }

    @Override
    public Optional<DateTime> getExecutionStartTime()
    {
        return delegate.getExecutionStartTime();
    }

    @Override
    public Optional<Duration> getPlanningTime()
    {
        return delegate.getPlanningTime();
    }

    @Override
    public Optional<DateTime> getEndTime()
    {
        return delegate.getEndTime();
    }

    @Override
    public DateTime getLastHeartbeat()
    {
        return delegate.getLastHeartbeat();
    }

    @Override
    public void recordHeartbeat()
    {
        delegate.recordHeartbeat();
    }

    @Override
    public Duration getTotalCpuTime()
    {
        return delegate.getTotalCpuTime();
    }

    @Override
    public DataSize getTotalMemoryReservation()
    {
        return delegate.getTotalMemoryReservation();
    }

    @Override
    public DataSize getUserMemoryReservation()
    {
        return delegate.getUserMemoryReservation();
    }

    @Override
    public Optional<ErrorCode> getErrorCode()
    {
        return delegate.getErrorCode();
    }

    @Override
    public ListenableFuture<Void> getDispatchedFuture()
    {
        return delegate.getDispatchedFuture();
    }

    @Override
    public void startWaitingForResources()
    {
        delegate.startWaitingForResources();
    }

    @Override
    public void fail(Throwable cause)
    {
        delegate.fail(cause);
    }

    @Override
    public void cancel()
    {
        delegate.cancel();
    }

    @Override
    public void addStateChangeListener(StateChangeListener<QueryState> stateChangeListener)
    {
        delegate.addStateChangeListener(stateChangeListener);
    }

    @Override
    public void pruneInfo()
    {
        delegate.pruneInfo();
    }

    @Override
    public boolean isInfoPruned()
    {
        return delegate.isInfoPruned();
    }
}
