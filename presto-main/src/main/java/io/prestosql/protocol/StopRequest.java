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

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

/**
 * A leader's order to stop a query, and not to start it if it is dispatched later.
 *
 * @param epoch the epoch of the leader that gives the order
 * @param incarnation the incarnation that the order is for
 * @param failure why the query is stopped, within {@link FailureBound#DEFAULT}
 * @param queue the identity of the log that has elected the leader; empty when it is not known, and from nodes of release 476-1
 */
public record StopRequest(long epoch, String incarnation, ExecutionFailureInfo failure, Optional<String> queue)
{
    public StopRequest
    {
        checkArgument(epoch > 0, "epoch is not positive");
        requireNonNull(incarnation, "incarnation is null");
        failure = FailureBound.DEFAULT.apply(failure);
        requireNonNull(queue, "queue is null");
    }
}
