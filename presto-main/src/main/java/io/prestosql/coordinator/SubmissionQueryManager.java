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
import com.google.inject.Inject;
import io.trino.Session;
import io.trino.execution.QueryExecution;
import io.trino.execution.QueryExecution.QueryOutputInfo;
import io.trino.execution.QueryInfo;
import io.trino.execution.QueryManager;
import io.trino.execution.QueryState;
import io.trino.execution.SqlQueryManager;
import io.trino.execution.StageId;
import io.trino.execution.StateMachine.StateChangeListener;
import io.trino.execution.TaskId;
import io.trino.server.BasicQueryInfo;
import io.trino.server.ResultQueryInfo;
import io.trino.server.protocol.Slug;
import io.trino.spi.QueryId;

import java.util.List;
import java.util.function.Consumer;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.util.Objects.requireNonNull;

/**
 * The engine's running queries, with times that count from their submission. Clients see these times.
 */
public class SubmissionQueryManager
        implements QueryManager
{
    private final SqlQueryManager delegate;
    private final KnownQueries queries;

    @Inject
    public SubmissionQueryManager(SqlQueryManager delegate, KnownQueries queries)
    {
        this.delegate = requireNonNull(delegate, "delegate is null");
        this.queries = requireNonNull(queries, "queries is null");
    }

    // times that count from the submission

    @Override
    public List<BasicQueryInfo> getQueries()
    {
        return delegate.getQueries().stream()
                .map(info -> queries.findSubmissionTime(info.getQueryId()).map(time -> time.applyTo(info)).orElse(info))
                .collect(toImmutableList());
    }

    @Override
    public BasicQueryInfo getQueryInfo(QueryId queryId)
    {
        BasicQueryInfo info = delegate.getQueryInfo(queryId);
        return queries.findSubmissionTime(queryId).map(time -> time.applyTo(info)).orElse(info);
    }

    @Override
    public QueryInfo getFullQueryInfo(QueryId queryId)
    {
        QueryInfo info = delegate.getFullQueryInfo(queryId);
        return queries.findSubmissionTime(queryId).map(time -> time.applyTo(info)).orElse(info);
    }

    @Override
    public ResultQueryInfo getResultQueryInfo(QueryId queryId)
    {
        ResultQueryInfo info = delegate.getResultQueryInfo(queryId);
        return queries.findSubmissionTime(queryId).map(time -> time.applyTo(info)).orElse(info);
    }

    // everything else

    @Override
    public void setOutputInfoListener(QueryId queryId, Consumer<QueryOutputInfo> listener)
    {
        delegate.setOutputInfoListener(queryId, listener);
    }

    @Override
    public void outputTaskFailed(TaskId taskId, Throwable failure)
    {
        delegate.outputTaskFailed(taskId, failure);
    }

    @Override
    public void resultsConsumed(QueryId queryId)
    {
        delegate.resultsConsumed(queryId);
    }

    @Override
    public void addStateChangeListener(QueryId queryId, StateChangeListener<QueryState> listener)
    {
        delegate.addStateChangeListener(queryId, listener);
    }

    @Override
    public ListenableFuture<QueryState> getStateChange(QueryId queryId, QueryState currentState)
    {
        return delegate.getStateChange(queryId, currentState);
    }

    @Override
    public Session getQuerySession(QueryId queryId)
    {
        return delegate.getQuerySession(queryId);
    }

    @Override
    public Slug getQuerySlug(QueryId queryId)
    {
        return delegate.getQuerySlug(queryId);
    }

    @Override
    public QueryState getQueryState(QueryId queryId)
    {
        return delegate.getQueryState(queryId);
    }

    @Override
    public boolean hasQuery(QueryId queryId)
    {
        return delegate.hasQuery(queryId);
    }

    @Override
    public void recordHeartbeat(QueryId queryId)
    {
        delegate.recordHeartbeat(queryId);
    }

    @Override
    public void createQuery(QueryExecution execution)
    {
        delegate.createQuery(execution);
    }

    @Override
    public void failQuery(QueryId queryId, Throwable cause)
    {
        delegate.failQuery(queryId, cause);
    }

    @Override
    public void cancelQuery(QueryId queryId)
    {
        delegate.cancelQuery(queryId);
    }

    @Override
    public void cancelStage(StageId stageId)
    {
        delegate.cancelStage(stageId);
    }
}
