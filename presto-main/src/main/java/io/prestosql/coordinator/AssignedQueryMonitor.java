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

import com.google.inject.Inject;
import io.airlift.json.JsonCodec;
import io.airlift.node.NodeInfo;
import io.opentelemetry.context.Context;
import io.prestosql.queries.QueryRun;
import io.trino.client.NodeVersion;
import io.trino.cost.StatsAndCosts;
import io.trino.event.QueryMonitor;
import io.trino.event.QueryMonitorConfig;
import io.trino.eventlistener.EventListenerManager;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.execution.QueryInfo;
import io.trino.execution.StageInfo;
import io.trino.metadata.FunctionManager;
import io.trino.metadata.Metadata;
import io.trino.metadata.SessionPropertyManager;
import io.trino.operator.OperatorStats;
import io.trino.server.BasicQueryInfo;
import io.trino.spi.QueryId;

import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * Tells event listeners of assigned queries, with times that count from their submission, and with the run. The end of a query that was
 * given up with the lease is left to the dispatcher that notices it, because the query may run again.
 */
public class AssignedQueryMonitor
        extends QueryMonitor
{
    private final KnownQueries queries;

    @Inject
    public AssignedQueryMonitor(
            KnownQueries queries,
            JsonCodec<StageInfo> stageInfoCodec,
            JsonCodec<OperatorStats> operatorStatsCodec,
            JsonCodec<ExecutionFailureInfo> executionFailureInfoCodec,
            JsonCodec<StatsAndCosts> statsAndCostsCodec,
            EventListenerManager eventListenerManager,
            NodeInfo nodeInfo,
            NodeVersion nodeVersion,
            SessionPropertyManager sessionPropertyManager,
            Metadata metadata,
            FunctionManager functionManager,
            QueryMonitorConfig config)
    {
        super(
                stageInfoCodec,
                operatorStatsCodec,
                executionFailureInfoCodec,
                statsAndCostsCodec,
                eventListenerManager,
                nodeInfo,
                nodeVersion,
                sessionPropertyManager,
                metadata,
                functionManager,
                config);
        this.queries = requireNonNull(queries, "queries is null");
    }

    @Override
    public void queryCreatedEvent(BasicQueryInfo queryInfo)
    {
        super.queryCreatedEvent(find(queryInfo.getQueryId()).map(query -> describe(query, queryInfo)).orElse(queryInfo));
    }

    @Override
    public void queryImmediateFailureEvent(BasicQueryInfo queryInfo, ExecutionFailureInfo failure)
    {
        Optional<AssignedQuery> query = find(queryInfo.getQueryId());
        if (query.map(AssignedQuery::isGivenUp).orElse(false)) {
            return;
        }
        super.queryImmediateFailureEvent(query.map(known -> describe(known, queryInfo)).orElse(queryInfo), failure);
        query.ifPresent(AssignedQuery::setTold);
    }

    @Override
    public void queryCompletedEvent(QueryInfo queryInfo)
    {
        Optional<AssignedQuery> query = find(queryInfo.getQueryId());
        if (query.map(AssignedQuery::isGivenUp).orElse(false)) {
            return;
        }
        super.queryCompletedEvent(query.map(known -> QueryRun.nameIn(known.submissionTime().applyTo(queryInfo), known.run())).orElse(queryInfo));
        query.ifPresent(AssignedQuery::setTold);
    }

    private static BasicQueryInfo describe(AssignedQuery query, BasicQueryInfo queryInfo)
    {
        return QueryRun.nameIn(query.submissionTime().applyTo(queryInfo), query.run());
    }

    private Optional<AssignedQuery> find(QueryId queryId)
    {
        // if the engine cannot create a query, listeners are told of it while the creation fails
        return queries.find(queryId).or(() -> AssignedQuery.fromContext(Context.current()));
    }
}
