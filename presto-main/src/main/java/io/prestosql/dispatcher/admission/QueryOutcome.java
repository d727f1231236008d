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

import io.prestosql.node.CoordinatorLink;
import io.trino.execution.ExecutionFailureInfo;

import java.util.Optional;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

/**
 * How a query has ended, or where it runs.
 *
 * @param over whether it has ended; if not, it runs
 * @param failure why it has failed; empty when it has finished, or runs
 * @param coordinator the coordinator that runs it, or that has the rows that the client did not fetch yet; empty when none has
 * @param elapsedMillis the time since the client submitted the query
 * @param queuedMillis the part of that time before the query was sent to a coordinator
 */
public record QueryOutcome(boolean over, Optional<ExecutionFailureInfo> failure, Optional<CoordinatorLink> coordinator, long elapsedMillis, long queuedMillis)
{
    public QueryOutcome
    {
        requireNonNull(failure, "failure is null");
        requireNonNull(coordinator, "coordinator is null");
        checkArgument(failure.isPresent() || coordinator.isPresent(), "a query runs and finishes on a coordinator only");
        checkArgument(over || failure.isEmpty(), "a query that runs has not failed");
    }

    public static QueryOutcome running(CoordinatorLink coordinator, QueryTimes times)
    {
        return new QueryOutcome(false, Optional.empty(), Optional.of(coordinator), times.elapsedMillis(), times.queuedMillis());
    }

    public static QueryOutcome over(Optional<ExecutionFailureInfo> failure, Optional<CoordinatorLink> coordinator, QueryTimes times)
    {
        return new QueryOutcome(true, failure, coordinator, times.elapsedMillis(), times.queuedMillis());
    }
}
