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

import java.util.Optional;

import static com.fasterxml.jackson.annotation.JsonInclude.Include.NON_DEFAULT;
import static java.util.Objects.requireNonNull;

/**
 * The outcome of a dispatch within the time of the call. With neither a path nor a failure, the coordinator has taken the query but has not
 * started it yet; its reports tell when it does.
 *
 * @param incarnation the incarnation that has the query
 * @param executingPath the path of the query's results on this coordinator
 * @param failure why the query failed before it started, within {@link FailureBound#DEFAULT}
 * @param unregistered as in {@link QueryReport}
 * @param untold as in {@link QueryReport}
 */
public record DispatchResponse(String incarnation, Optional<String> executingPath, Optional<ExecutionFailureInfo> failure, @JsonInclude(NON_DEFAULT) boolean unregistered, @JsonInclude(NON_DEFAULT) boolean untold)
{
    public DispatchResponse
    {
        requireNonNull(incarnation, "incarnation is null");
        requireNonNull(executingPath, "executingPath is null");
        failure = failure.map(FailureBound.DEFAULT::apply);
    }
}
