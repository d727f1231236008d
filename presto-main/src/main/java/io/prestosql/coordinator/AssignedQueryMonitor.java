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
import io.prestosql.queries.SubmissionTime;
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
 * Tells event listeners of assigned queries, with times that count from their submission.
 */
public class AssignedQueryMonitor
        extends QueryMonitor
{
    private final SubmissionTimes times;

    @Inject
    public AssignedQueryMonitor(
            SubmissionTimes times,
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
        this.times = requireNonNull(times, "times is null");
    }

    @Override
    public void queryCreatedEvent(BasicQueryInfo queryInfo)
    {
        super.queryCreatedEvent(withSubmission(queryInfo));
    }

    @Override
    public void queryImmediateFailureEvent(BasicQueryInfo queryInfo, ExecutionFailureInfo failure)
    {
        super.queryImmediateFailureEvent(withSubmission(queryInfo), failure);
    }

    @Override
    public void queryCompletedEvent(QueryInfo queryInfo)
    {
        super.queryCompletedEvent(time(queryInfo.getQueryId()).map(time -> time.applyTo(queryInfo)).orElse(queryInfo));
    }

    private BasicQueryInfo withSubmission(BasicQueryInfo queryInfo)
    {
        return time(queryInfo.getQueryId()).map(time -> time.applyTo(queryInfo)).orElse(queryInfo);
    }

    private Optional<SubmissionTime> time(QueryId queryId)
    {
        return times.find(queryId).or(() -> SubmissionTime.fromContext(Context.current()));
    }
}
