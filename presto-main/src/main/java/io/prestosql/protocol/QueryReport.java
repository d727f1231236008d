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
package io.prestosql.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.execution.QueryState;
import io.trino.spi.QueryId;

import java.util.Optional;

import static com.fasterxml.jackson.annotation.JsonInclude.Include.NON_DEFAULT;
import static java.util.Objects.requireNonNull;

/**
 * The state of a dispatched query, as its coordinator reports it.
 *
 * @param queryId the query
 * @param state its state; once the state is final, nothing changes any more
 * @param failure why it failed, if it did, within {@link FailureBound#DEFAULT}
 * @param executingPath the path of its results on this coordinator, once it has started
 * @param cpuMillis the CPU time of all tasks so far
 * @param userMemoryBytes the user memory that is reserved at present, on all nodes
 * @param totalMemoryBytes the memory that is reserved at present, on all nodes
 * @param unregistered whether it failed before the engine had it, so that the coordinator cannot tell event listeners of it
 * @param untold whether the query is over and the coordinator has yet to tell event listeners; false from a coordinator of release 476-1
 */
public record QueryReport(
        QueryId queryId,
        QueryState state,
        Optional<ExecutionFailureInfo> failure,
        Optional<String> executingPath,
        long cpuMillis,
        long userMemoryBytes,
        long totalMemoryBytes,
        @JsonInclude(NON_DEFAULT) boolean unregistered,
        @JsonInclude(NON_DEFAULT) boolean untold)
{
    public QueryReport
    {
        requireNonNull(queryId, "queryId is null");
        requireNonNull(state, "state is null");
        failure = failure.map(FailureBound.DEFAULT::apply);
        requireNonNull(executingPath, "executingPath is null");
    }

    public QueryReport withUntold(boolean untold)
    {
        return new QueryReport(queryId, state, failure, executingPath, cpuMillis, userMemoryBytes, totalMemoryBytes, unregistered, untold);
    }
}
