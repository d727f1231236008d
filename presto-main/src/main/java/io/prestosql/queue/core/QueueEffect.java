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

import io.prestosql.node.ClusterName;
import io.prestosql.node.CoordinatorIncarnation;
import io.trino.spi.QueryId;

import java.util.List;
import java.util.Optional;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

/**
 * An order of the queue core.
 */
public sealed interface QueueEffect
{
    /**
     * Returns the events that the core has to hear when the effect could not be carried out, or not completely: its answer is not known,
     * and the query fails if the core would otherwise wait for the answer. All other effects are still carried out.
     *
     * @param reason the failure with which the query ends
     */
    default List<QueueEvent> failed(QueryFailure reason)
    {
        return switch (this) {
            case Append(long sequence, _) -> List.of(new QueueEvent.LogInDoubt(sequence));
            // the client does not know the query
            case Accept(QueryId queryId) -> List.of(new QueueEvent.Stop(queryId, reason, false), new QueueEvent.Forget(queryId));
            case Enqueue(QueryId queryId, _) -> List.of(new QueueEvent.NotQueueable(queryId, reason));
            case GiveBack(QueryId queryId) -> List.of(new QueueEvent.NotQueueable(queryId, reason));
            case Route(QueryId queryId) -> List.of(new QueueEvent.Stop(queryId, reason, false));
            case Dispatch(QueryId queryId, CoordinatorIncarnation coordinator, _, _) -> List.of(
                    new QueueEvent.DispatchAnswered(queryId, coordinator, QueueEvent.DispatchAnswer.UNKNOWN),
                    new QueueEvent.Stop(queryId, reason, false));
            case StopAt(QueryId queryId, CoordinatorIncarnation coordinator, _, _) -> List.of(new QueueEvent.StopAnswered(queryId, coordinator, false));
            // the core waits for no answer
            case Refuse _, Follow _, End _, Tell _, AcknowledgeStop _, Recorded _, Occupy _, Vacate _, Settled _, StepDown _ -> List.of();
        };
    }

    /**
     * Append the record to the log, in the order of the effects; answered with {@link QueueEvent.LogDone} or {@link QueueEvent.LogInDoubt}.
     *
     * @param sequence identifies this effect
     */
    record Append(long sequence, QueueRecord record)
            implements QueueEffect
    {
        public Append
        {
            requireNonNull(record, "record is null");
        }
    }

    /** Tell the client the query's id. */
    record Accept(QueryId queryId)
            implements QueueEffect
    {
        public Accept
        {
            requireNonNull(queryId, "queryId is null");
        }
    }

    /** Tell the client to try again: the query is not there. */
    record Refuse(QueryId queryId)
            implements QueueEffect
    {
        public Refuse
        {
            requireNonNull(queryId, "queryId is null");
        }
    }

    /**
     * Put the query into the resource groups, behind those that were put there before; answered with {@link QueueEvent.Queued} or
     * {@link QueueEvent.NotQueueable}, and with {@link QueueEvent.Admitted} when it has its slot.
     *
     * @param mayRun whether an earlier leader has sent the query, so that it may be running with or without a slot
     */
    record Enqueue(QueryId queryId, boolean mayRun)
            implements QueueEffect
    {
        public Enqueue
        {
            requireNonNull(queryId, "queryId is null");
        }
    }

    /**
     * Choose a coordinator for the query; answered with {@link QueueEvent.Routed}, or with {@link QueueEvent.NoCoordinator} while no
     * coordinator takes queries.
     */
    record Route(QueryId queryId)
            implements QueueEffect
    {
        public Route
        {
            requireNonNull(queryId, "queryId is null");
        }
    }

    /**
     * Take the query's slot away, and let it wait in its resource group as if it had never had one; answered with
     * {@link QueueEvent.Admitted} when it has a slot again.
     */
    record GiveBack(QueryId queryId)
            implements QueueEffect
    {
        public GiveBack
        {
            requireNonNull(queryId, "queryId is null");
        }
    }

    /** Follow that coordinator's reports. */
    record Follow(CoordinatorIncarnation coordinator)
            implements QueueEffect
    {
        public Follow
        {
            requireNonNull(coordinator, "coordinator is null");
        }
    }

    /**
     * Send the query, in this leader's epoch; answered with {@link QueueEvent.DispatchAnswered}.
     *
     * @param run how often the query may have been started before, as in {@link QueueRecord.Dispatched}, so that no two runs have the same
     * number
     */
    record Dispatch(QueryId queryId, CoordinatorIncarnation coordinator, long epoch, int run)
            implements QueueEffect
    {
        public Dispatch
        {
            checkArgument(run >= 0, "run is negative");
            requireNonNull(queryId, "queryId is null");
            requireNonNull(coordinator, "coordinator is null");
        }
    }

    /**
     * Tell the coordinator to stop the query, and not to start it if it arrives later; answered with {@link QueueEvent.StopAnswered}.
     */
    record StopAt(QueryId queryId, CoordinatorIncarnation coordinator, QueryFailure reason, long epoch)
            implements QueueEffect
    {
        public StopAt
        {
            requireNonNull(queryId, "queryId is null");
            requireNonNull(coordinator, "coordinator is null");
            requireNonNull(reason, "reason is null");
        }
    }

    /** The query is over: its client may know, and its slot in the resource groups is free. */
    record End(QueryId queryId, QueryEnd end)
            implements QueueEffect
    {
        public End
        {
            requireNonNull(queryId, "queryId is null");
            requireNonNull(end, "end is null");
        }
    }

    /**
     * Tell event listeners that the query is over, which the log has recorded; answered with {@link QueueEvent.ListenersTold}.
     *
     * @param run the last run, as in {@link Dispatch}
     * @param dispatched whether an earlier leader has sent the query to a coordinator, which may have told the listeners that it was
     * created
     */
    record Tell(QueryId queryId, QueryEnd end, int run, boolean dispatched)
            implements QueueEffect
    {
        public Tell
        {
            checkArgument(run >= 0, "run is negative");
            requireNonNull(queryId, "queryId is null");
            requireNonNull(end, "end is null");
        }
    }

    /** The order to stop the query will not be lost. */
    record AcknowledgeStop(QueryId queryId)
            implements QueueEffect
    {
        public AcknowledgeStop
        {
            requireNonNull(queryId, "queryId is null");
        }
    }

    /** The log has the query's end: the coordinator need not keep it for the sake of later leaders. */
    record Recorded(QueryId queryId, CoordinatorIncarnation coordinator)
            implements QueueEffect
    {
        public Recorded
        {
            requireNonNull(queryId, "queryId is null");
            requireNonNull(coordinator, "coordinator is null");
        }
    }

    /** The query counts for the cluster from now on, and for no other one. */
    record Occupy(QueryId queryId, ClusterName cluster)
            implements QueueEffect
    {
        public Occupy
        {
            requireNonNull(queryId, "queryId is null");
            requireNonNull(cluster, "cluster is null");
        }
    }

    /** The query counts for no cluster any more. */
    record Vacate(QueryId queryId)
            implements QueueEffect
    {
        public Vacate
        {
            requireNonNull(queryId, "queryId is null");
        }
    }

    /**
     * The fate of a query is known whose coordinator was lost, or that an earlier leader had sent. This is for observers only: other
     * effects order the consequences.
     *
     * @param inDoubt whether an earlier leader had sent the query, and the coordinator had not said whether it has it
     * @param loss how the loss of the coordinator is known, if it is lost
     * @param failure the failure with which the query ends, if this ends it
     */
    record Settled(QueryId queryId, CoordinatorIncarnation coordinator, boolean inDoubt, QueryFate fate, Optional<String> loss, Optional<QueryFailure> failure)
            implements QueueEffect
    {
        public Settled
        {
            requireNonNull(queryId, "queryId is null");
            requireNonNull(coordinator, "coordinator is null");
            requireNonNull(fate, "fate is null");
            requireNonNull(loss, "loss is null");
            requireNonNull(failure, "failure is null");
        }
    }

    /** Another dispatcher may lead: forget all queries, and let their clients ask that one. */
    record StepDown()
            implements QueueEffect {}
}
