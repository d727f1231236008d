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
package io.prestosql.dispatcher.leader;

import io.prestosql.node.CoordinatorLink;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.spi.QueryId;

import java.util.Optional;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

/**
 * The queue's answer to the client of a query.
 *
 * @param nextPath where the client asks next; empty when the query has failed
 * @param coordinator the coordinator that has the rows, when the next path is on one
 * @param failure why the query has failed, if it has
 * @param elapsedMillis the time since the client submitted the query
 * @param queuedMillis the part of that time before the query was sent to a coordinator
 */
public record QueueAnswer(
        QueryId queryId,
        Optional<String> nextPath,
        Optional<CoordinatorLink> coordinator,
        Optional<ExecutionFailureInfo> failure,
        long elapsedMillis,
        long queuedMillis)
{
    public QueueAnswer
    {
        requireNonNull(queryId, "queryId is null");
        requireNonNull(nextPath, "nextPath is null");
        requireNonNull(coordinator, "coordinator is null");
        requireNonNull(failure, "failure is null");
        checkArgument(nextPath.isPresent() != failure.isPresent(), "a query that has not failed goes on somewhere, and no other");
    }
}
