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
import io.trino.spi.QueryId;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

/**
 * The part of a record of the query log on which the decisions of a later leader depend.
 */
public sealed interface QueueRecord
{
    QueryId queryId();

    /** The client was told the query's id, or is about to be. */
    record Submitted(QueryId queryId)
            implements QueueRecord
    {
        public Submitted
        {
            requireNonNull(queryId, "queryId is null");
        }
    }

    /** The client has asked for the query: it may run. */
    record Eligible(QueryId queryId)
            implements QueueRecord
    {
        public Eligible
        {
            requireNonNull(queryId, "queryId is null");
        }
    }

    /**
     * The query may be sent to that coordinator at any time from now on.
     *
     * @param rerunnable whether running the query twice does no harm
     * @param run how often it may have been started before, on coordinators that are lost
     */
    record Dispatched(QueryId queryId, CoordinatorIncarnation coordinator, boolean rerunnable, int run)
            implements QueueRecord
    {
        public Dispatched
        {
            checkArgument(run >= 0, "run is negative");
            requireNonNull(queryId, "queryId is null");
            requireNonNull(coordinator, "coordinator is null");
        }
    }

    /**
     * The query is not on the coordinator that it was sent to, and never will be: it waits again as before.
     *
     * @param run how often it may have been started, on coordinators that are lost
     */
    record Returned(QueryId queryId, int run)
            implements QueueRecord
    {
        public Returned
        {
            checkArgument(run >= 0, "run is negative");
            requireNonNull(queryId, "queryId is null");
        }
    }

    /** The query is to stop. */
    record Canceled(QueryId queryId, QueryFailure reason)
            implements QueueRecord
    {
        public Canceled
        {
            requireNonNull(queryId, "queryId is null");
            requireNonNull(reason, "reason is null");
        }
    }

    /**
     * @param untold whether event listeners may not have heard of the end
     */
    record Ended(QueryId queryId, QueryEnd end, boolean untold)
            implements QueueRecord
    {
        public Ended
        {
            requireNonNull(queryId, "queryId is null");
            requireNonNull(end, "end is null");
        }
    }

    /** Event listeners have heard of the end. Takes the place of {@link Ended}. */
    record Told(QueryId queryId, QueryEnd end)
            implements QueueRecord
    {
        public Told
        {
            requireNonNull(queryId, "queryId is null");
            requireNonNull(end, "end is null");
        }
    }

    /** The query is over, and only the part of its submission that is shown is kept. Takes the place of {@link Submitted}. */
    record Condensed(QueryId queryId)
            implements QueueRecord
    {
        public Condensed
        {
            requireNonNull(queryId, "queryId is null");
        }
    }

    /** No client may ask for the query any more. */
    record Forgotten(QueryId queryId)
            implements QueueRecord
    {
        public Forgotten
        {
            requireNonNull(queryId, "queryId is null");
        }
    }
}
