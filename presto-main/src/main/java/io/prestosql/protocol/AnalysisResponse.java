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

import io.trino.execution.ExecutionFailureInfo;

import java.util.Optional;

/**
 * What the analysis of a query that waits has found.
 *
 * @param failure what the client has done wrong, as the query would fail with it, within {@link FailureBound#DEFAULT}; empty when nothing was
 * found, which includes that the analysis did not come to an end
 */
public record AnalysisResponse(Optional<ExecutionFailureInfo> failure)
{
    public AnalysisResponse
    {
        failure = failure.map(FailureBound.DEFAULT::apply);
    }
}
