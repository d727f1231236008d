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

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.prestosql.node.ClusterName;
import io.prestosql.node.CoordinatorIncarnation;
import io.prestosql.protocol.DispatchResponse;
import io.prestosql.protocol.QueryReport;
import io.prestosql.selection.core.ClusterCapacity;
import io.trino.execution.QueryState;
import io.trino.spi.QueryId;

import java.util.List;
import java.util.Map;
import java.util.Optional;

import static io.prestosql.node.DispatcherErrorCode.COORDINATOR_LOST;
import static java.util.Objects.requireNonNull;

/**
 * An event that the queue core handles.
 */
public sealed interface QueueEvent
{
    /**
     * This dispatcher leads from now on.
     *
     * @param records the live records, in the order of the log
     */
    record Elected(long epoch, List<QueueRecord> records)
            implements QueueEvent
    {
        public Elected
        {
            records = ImmutableList.copyOf(records);
        }
    }

    record Deposed()
            implements QueueEvent {}

    /** The effect {@link QueueEffect.Append} with that number is durable. */
    record LogDone(long sequence)
            implements QueueEvent {}

    /** It is not known whether the record of the effect {@link QueueEffect.Append} with that number is in the log. */
    record LogInDoubt(long sequence)
            implements QueueEvent {}

    record Submit(QueryId queryId)
            implements QueueEvent
    {
        public Submit
        {
            requireNonNull(queryId, "queryId is null");
        }
    }

    /** The client asks for a query that was accepted. */
    record Poll(QueryId queryId)
            implements QueueEvent
    {
        public Poll
        {
            requireNonNull(queryId, "queryId is null");
        }
    }

    /**
     * The query is in the resource groups.
     *
     * @param rerunnable whether running the query twice does no harm
     */
    record Queued(QueryId queryId, boolean rerunnable)
            implements QueueEvent
    {
        public Queued
        {
            requireNonNull(queryId, "queryId is null");
        }
    }

    /**
     * The query does not stay in the resource groups: they refuse it, for example because it cannot be parsed, or it was found to be wrong
     * while it waited there. A query that has its slot is not stopped for this.
     */
    record NotQueueable(QueryId queryId, QueryFailure reason)
            implements QueueEvent
    {
        public NotQueueable
        {
            requireNonNull(queryId, "queryId is null");
            requireNonNull(reason, "reason is null");
        }
    }

    /** The query has a slot in the resource groups. */
    record Admitted(QueryId queryId)
            implements QueueEvent
    {
        public Admitted
        {
            requireNonNull(queryId, "queryId is null");
        }
    }

    /**
     * The coordinator that was chosen for the query.
     *
     * @param bound whether the query can go to no other one, as that has its transaction
     */
    record Routed(QueryId queryId, CoordinatorIncarnation coordinator, boolean bound)
            implements QueueEvent
    {
        public Routed
        {
            requireNonNull(queryId, "queryId is null");
            requireNonNull(coordinator, "coordinator is null");
        }
    }

    /** No coordinator takes the query, so it holds its slot in vain. */
    record NoCoordinator(QueryId queryId)
            implements QueueEvent
    {
        public NoCoordinator
        {
            requireNonNull(queryId, "queryId is null");
        }
    }

    enum DispatchAnswer
    {
        /** The coordinator has the query, whether by this call or an earlier one. */
        TAKEN,
        /** This call did not start the query, and never will. */
        REFUSED,
        /** This call may have started the query, or may still do so. */
        UNKNOWN,
    }

    /** The outcome of the effect {@link QueueEffect.Dispatch}. */
    record DispatchAnswered(QueryId queryId, CoordinatorIncarnation coordinator, DispatchAnswer answer)
            implements QueueEvent
    {
        public DispatchAnswered
        {
            requireNonNull(queryId, "queryId is null");
            requireNonNull(coordinator, "coordinator is null");
            requireNonNull(answer, "answer is null");
        }
    }

    /** The outcome of the effect {@link QueueEffect.StopAt}: whether the coordinator has heard the order, and so will never start the query again. */
    record StopAnswered(QueryId queryId, CoordinatorIncarnation coordinator, boolean heard)
            implements QueueEvent
    {
        public StopAnswered
        {
            requireNonNull(queryId, "queryId is null");
            requireNonNull(coordinator, "coordinator is null");
        }
    }

    /** The client is about to be told where the query's results are, and may have seen rows from then on. */
    record Exposed(QueryId queryId)
            implements QueueEvent
    {
        public Exposed
        {
            requireNonNull(queryId, "queryId is null");
        }
    }

    /**
     * The query is to stop.
     *
     * @param acknowledge whether the sender waits for {@link QueueEffect.AcknowledgeStop}
     */
    record Stop(QueryId queryId, QueryFailure reason, boolean acknowledge)
            implements QueueEvent
    {
        public Stop
        {
            requireNonNull(queryId, "queryId is null");
            requireNonNull(reason, "reason is null");
        }
    }

    /** The submission is large, and is not needed in full once the query is over. */
    record Condense(QueryId queryId)
            implements QueueEvent
    {
        public Condense
        {
            requireNonNull(queryId, "queryId is null");
        }
    }

    /** No client may ask for the query any more, once it is over. */
    record Forget(QueryId queryId)
            implements QueueEvent
    {
        public Forget
        {
            requireNonNull(queryId, "queryId is null");
        }
    }

    /** Event listeners have been told that the query is over, by {@link QueueEffect.Tell}. */
    record ListenersTold(QueryId queryId)
            implements QueueEvent
    {
        public ListenersTold
        {
            requireNonNull(queryId, "queryId is null");
        }
    }

    /** This dispatcher is about to leave the election: records that could wait have to be written now. */
    record Leave()
            implements QueueEvent {}

    /** Whether a coordinator has told event listeners of the end of a query. */
    enum EndTold
    {
        YES,
        NOT_YET,
        /** Its engine never had the query. */
        NEVER;

        private static EndTold of(boolean unregistered, boolean untold)
        {
            if (unregistered) {
                return NEVER;
            }
            return untold ? NOT_YET : YES;
        }
    }

    /**
     * The state of a query on its coordinator.
     *
     * @param failure why the query has failed; empty when it is not over or has not failed
     * @param endTold without meaning while the query is not over
     */
    record QueryStatus(QueryId queryId, boolean over, Optional<QueryFailure> failure, EndTold endTold)
    {
        public QueryStatus
        {
            requireNonNull(queryId, "queryId is null");
            requireNonNull(failure, "failure is null");
            requireNonNull(endTold, "endTold is null");
        }

        /**
         * Converts a coordinator's report.
         */
        public static QueryStatus of(QueryReport report)
        {
            return new QueryStatus(
                    report.queryId(),
                    report.state().isDone(),
                    report.state() == QueryState.FAILED
                            ? Optional.of(report.failure().map(QueryFailure::of).orElseGet(() -> new QueryFailure(COORDINATOR_LOST, "The coordinator reports that the query has failed, and no reason")))
                            : Optional.empty(),
                    EndTold.of(report.unregistered(), report.untold()));
        }

        /**
         * Converts a coordinator's answer to the order to start the query.
         *
         * @return empty when the answer does not say that the query is over, although it may be
         */
        public static Optional<QueryStatus> of(QueryId queryId, DispatchResponse response)
        {
            return response.failure().map(failure -> new QueryStatus(queryId, true, Optional.of(QueryFailure.of(failure)), EndTold.of(response.unregistered(), response.untold())));
        }
    }

    /**
     * The coordinator's answer to a request of this leader's epoch. From then on the coordinator refuses all earlier leaders. Answers come
     * in the order of the requests; an answer that was overtaken is left out.
     *
     * @param complete whether the coordinator has only these queries; otherwise it may have more, which have not changed
     */
    record Reported(CoordinatorIncarnation coordinator, boolean complete, List<QueryStatus> queries)
            implements QueueEvent
    {
        public Reported
        {
            requireNonNull(coordinator, "coordinator is null");
            queries = ImmutableList.copyOf(queries);
        }
    }

    /** The queries of that coordinator are gone, and none will start there any more. */
    record CoordinatorLost(CoordinatorIncarnation coordinator, String reason)
            implements QueueEvent
    {
        public CoordinatorLost
        {
            requireNonNull(coordinator, "coordinator is null");
            requireNonNull(reason, "reason is null");
        }
    }

    /**
     * Clusters have changed, or take more or fewer queries than before.
     *
     * @param capacities those of all clusters; one that is not there takes nothing
     */
    record ClustersChanged(Map<ClusterName, ClusterCapacity> capacities)
            implements QueueEvent
    {
        public ClustersChanged
        {
            capacities = ImmutableMap.copyOf(capacities);
        }
    }

    /** Time has passed. Comes at regular intervals. */
    record Tick()
            implements QueueEvent {}
}
