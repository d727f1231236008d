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
package io.prestosql.queue.core;

import io.prestosql.node.CoordinatorIncarnation;

import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * The one terminal state of a query.
 *
 * @param failure why the query has failed; empty when it has finished
 * @param coordinator the coordinator that has the result or the failure for the client; empty when the query did not end on a coordinator,
 * or its coordinator is lost
 */
public record QueryEnd(Optional<QueryFailure> failure, Optional<CoordinatorIncarnation> coordinator)
{
    public QueryEnd
    {
        requireNonNull(failure, "failure is null");
        requireNonNull(coordinator, "coordinator is null");
        if (failure.isEmpty() && coordinator.isEmpty()) {
            throw new IllegalArgumentException("a query finishes on a coordinator only");
        }
    }

    public static QueryEnd failed(QueryFailure failure)
    {
        return new QueryEnd(Optional.of(failure), Optional.empty());
    }

    public static QueryEnd onCoordinator(CoordinatorIncarnation coordinator, Optional<QueryFailure> failure)
    {
        return new QueryEnd(failure, Optional.of(coordinator));
    }
}
