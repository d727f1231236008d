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
package io.prestosql.queries;

import io.airlift.units.Duration;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextKey;
import io.trino.execution.QueryInfo;
import io.trino.execution.QueryStats;
import io.trino.server.BasicQueryInfo;
import io.trino.server.BasicQueryStats;
import io.trino.server.ResultQueryInfo;
import org.joda.time.DateTime;

import java.time.Instant;
import java.util.Optional;

import static com.google.common.base.Preconditions.checkArgument;
import static io.prestosql.queries.QueryInfoCopy.copy;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * The time at which a client submitted a query, and how long the query had waited when this process got it.
 * <p>
 * For the engine, a query is created when the engine gets it, and its times count from there. The times that are shown, and the query's
 * limits, count from the submission. The wait is measured where the query waited, so that the clocks of two machines need not agree.
 *
 * @param submitted time of the submission, on the clock of the dispatcher that accepted the query
 * @param waitedMillis how long the query had waited before the engine of this process got it; not negative
 */
public record SubmissionTime(Instant submitted, long waitedMillis)
{
    private static final ContextKey<SubmissionTime> CONTEXT_KEY = ContextKey.named("presto-submission-time");

    public SubmissionTime
    {
        requireNonNull(submitted, "submitted is null");
        checkArgument(waitedMillis >= 0, "waitedMillis is negative");
    }

    /**
     * Returns the submission time of a query that the engine of this process gets at {@code now}.
     */
    public static SubmissionTime until(Instant now, Instant submitted)
    {
        return new SubmissionTime(submitted, Math.max(0, now.toEpochMilli() - submitted.toEpochMilli()));
    }

    /**
     * Returns the submission time of the query that the engine is creating.
     */
    public static Optional<SubmissionTime> fromContext(Context context)
    {
        return Optional.ofNullable(context.get(CONTEXT_KEY));
    }

    public Context inContext(Context context)
    {
        return context.with(CONTEXT_KEY, this);
    }

    /**
     * Returns the time of the submission on this machine's clock, for limits that are compared with that clock.
     *
     * @param created when the engine got the query
     */
    public DateTime onClockOf(DateTime created)
    {
        return created.minus(waitedMillis);
    }

    /**
     * Idempotent.
     */
    public BasicQueryInfo applyTo(BasicQueryInfo info)
    {
        if (isAppliedTo(info.getQueryStats().getCreateTime())) {
            return info;
        }
        return copy(info, info.getSession(), info.getQuery(), info.getPreparedQuery(), applyTo(info.getQueryStats()));
    }

    /**
     * Idempotent.
     */
    public QueryInfo applyTo(QueryInfo info)
    {
        if (isAppliedTo(info.getQueryStats().getCreateTime())) {
            return info;
        }
        return copy(info, info.getSession(), info.getQuery(), info.getPreparedQuery(), applyTo(info.getQueryStats()));
    }

    /**
     * Idempotent.
     */
    public ResultQueryInfo applyTo(ResultQueryInfo info)
    {
        if (isAppliedTo(info.queryStats().getCreateTime())) {
            return info;
        }
        return new ResultQueryInfo(
                info.queryId(),
                info.state(),
                info.scheduled(),
                info.updateType(),
                applyTo(info.queryStats()),
                info.errorCode(),
                info.outputStage(),
                info.finalQueryInfo(),
                info.failureInfo(),
                info.setCatalog(),
                info.setSchema(),
                info.setPath(),
                info.setAuthorizationUser(),
                info.resetAuthorizationUser(),
                info.setOriginalRoles(),
                info.setSessionProperties(),
                info.resetSessionProperties(),
                info.setRoles(),
                info.addedPreparedStatements(),
                info.deallocatedPreparedStatements(),
                info.startedTransactionId(),
                info.clearTransactionId(),
                info.warnings());
    }

    private BasicQueryStats applyTo(BasicQueryStats stats)
    {
        return new BasicQueryStats(
                createTime(stats.getCreateTime()),
                stats.getEndTime(),
                withWait(stats.getQueuedTime()),
                withWait(stats.getElapsedTime()),
                stats.getExecutionTime(),
                stats.getFailedTasks(),
                stats.getTotalDrivers(),
                stats.getQueuedDrivers(),
                stats.getRunningDrivers(),
                stats.getCompletedDrivers(),
                stats.getBlockedDrivers(),
                stats.getRawInputDataSize(),
                stats.getRawInputPositions(),
                stats.getSpilledDataSize(),
                stats.getPhysicalInputDataSize(),
                stats.getPhysicalWrittenDataSize(),
                stats.getInternalNetworkInputDataSize(),
                stats.getCumulativeUserMemory(),
                stats.getFailedCumulativeUserMemory(),
                stats.getUserMemoryReservation(),
                stats.getTotalMemoryReservation(),
                stats.getPeakUserMemoryReservation(),
                stats.getPeakTotalMemoryReservation(),
                stats.getPlanningTime(),
                stats.getAnalysisTime(),
                stats.getTotalCpuTime(),
                stats.getFailedCpuTime(),
                stats.getTotalScheduledTime(),
                stats.getFailedScheduledTime(),
                stats.getFinishingTime(),
                stats.getPhysicalInputReadTime(),
                stats.isFullyBlocked(),
                stats.getBlockedReasons(),
                stats.getProgressPercentage(),
                stats.getRunningPercentage());
    }

    private QueryStats applyTo(QueryStats stats)
    {
        return new QueryStats(
                createTime(stats.getCreateTime()),
                stats.getExecutionStartTime(),
                stats.getLastHeartbeat(),
                stats.getEndTime(),
                withWait(stats.getElapsedTime()),
                withWait(stats.getQueuedTime()),
                stats.getResourceWaitingTime(),
                stats.getDispatchingTime(),
                stats.getExecutionTime(),
                stats.getAnalysisTime(),
                stats.getPlanningTime(),
                stats.getPlanningCpuTime(),
                stats.getStartingTime(),
                stats.getFinishingTime(),
                stats.getTotalTasks(),
                stats.getRunningTasks(),
                stats.getCompletedTasks(),
                stats.getFailedTasks(),
                stats.getTotalDrivers(),
                stats.getQueuedDrivers(),
                stats.getRunningDrivers(),
                stats.getBlockedDrivers(),
                stats.getCompletedDrivers(),
                stats.getCumulativeUserMemory(),
                stats.getFailedCumulativeUserMemory(),
                stats.getUserMemoryReservation(),
                stats.getRevocableMemoryReservation(),
                stats.getTotalMemoryReservation(),
                stats.getPeakUserMemoryReservation(),
                stats.getPeakRevocableMemoryReservation(),
                stats.getPeakTotalMemoryReservation(),
                stats.getPeakTaskUserMemory(),
                stats.getPeakTaskRevocableMemory(),
                stats.getPeakTaskTotalMemory(),
                stats.isScheduled(),
                stats.getProgressPercentage(),
                stats.getRunningPercentage(),
                stats.getTotalScheduledTime(),
                stats.getFailedScheduledTime(),
                stats.getTotalCpuTime(),
                stats.getFailedCpuTime(),
                stats.getTotalBlockedTime(),
                stats.isFullyBlocked(),
                stats.getBlockedReasons(),
                stats.getPhysicalInputDataSize(),
                stats.getFailedPhysicalInputDataSize(),
                stats.getPhysicalInputPositions(),
                stats.getFailedPhysicalInputPositions(),
                stats.getPhysicalInputReadTime(),
                stats.getFailedPhysicalInputReadTime(),
                stats.getInternalNetworkInputDataSize(),
                stats.getFailedInternalNetworkInputDataSize(),
                stats.getInternalNetworkInputPositions(),
                stats.getFailedInternalNetworkInputPositions(),
                stats.getRawInputDataSize(),
                stats.getFailedRawInputDataSize(),
                stats.getRawInputPositions(),
                stats.getFailedRawInputPositions(),
                stats.getProcessedInputDataSize(),
                stats.getFailedProcessedInputDataSize(),
                stats.getProcessedInputPositions(),
                stats.getFailedProcessedInputPositions(),
                stats.getInputBlockedTime(),
                stats.getFailedInputBlockedTime(),
                stats.getOutputDataSize(),
                stats.getFailedOutputDataSize(),
                stats.getOutputPositions(),
                stats.getFailedOutputPositions(),
                stats.getOutputBlockedTime(),
                stats.getFailedOutputBlockedTime(),
                stats.getPhysicalWrittenDataSize(),
                stats.getFailedPhysicalWrittenDataSize(),
                stats.getStageGcStatistics(),
                stats.getDynamicFiltersStats(),
                stats.getOperatorSummaries(),
                stats.getOptimizerRulesSummaries());
    }

    private boolean isAppliedTo(DateTime created)
    {
        return created.getMillis() == submitted.toEpochMilli();
    }

    private DateTime createTime(DateTime created)
    {
        return new DateTime(submitted.toEpochMilli(), created.getZone());
    }

    /**
     * Adds the wait to a time that begins with the query's creation.
     */
    public Duration withWait(Duration time)
    {
        return new Duration(time.getValue(MILLISECONDS) + waitedMillis, MILLISECONDS).convertToMostSuccinctTimeUnit();
    }
}
