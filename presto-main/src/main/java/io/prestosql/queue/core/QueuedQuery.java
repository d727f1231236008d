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

import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * The leader's state of a query.
 */
final class QueuedQuery
{
    enum Stage
    {
        /** The log is about to record it. */
        SUBMITTING,
        /** Its client has not asked for it yet. */
        SUBMITTED,
        /** It is in the resource groups, or about to be, and may not run yet. */
        QUEUED,
        /** It may run, and has no coordinator. */
        ADMITTED,
        /** It has a coordinator, and the log is about to record that. */
        RECORDING,
        /** The coordinator is being told to run it. */
        SENT,
        /** An earlier leader may have sent it to the coordinator. */
        LOCATING,
        /** The coordinator has it. */
        TAKEN,
        /** It is over, and the log is about to record that. */
        ENDING,
        /** It is over for the client; the log may or may not have recorded that. */
        ENDED,
    }

    enum StopCall
    {
        /** To be sent when its time comes. */
        DUE,
        SENT,
        /** The coordinator has heard the order. */
        HEARD,
    }

    final QueryId queryId;

    Stage stage = Stage.SUBMITTING;
    boolean eligible;
    boolean admitted;
    /** Why it cannot be put into the resource groups. Matters when an earlier leader's coordinator turns out not to have it. */
    Optional<QueryFailure> unqueueable = Optional.empty();
    boolean rerunnable;
    /** Whether an earlier leader dispatched it, and may have told the client things that this leader does not know. */
    boolean inherited;
    /** Whether the client may have seen rows. */
    boolean exposed;
    /** How many coordinators were lost that may have started it. */
    int reruns;

    Optional<CoordinatorIncarnation> coordinator = Optional.empty();
    /** The cluster for which it counts. */
    Optional<ClusterName> cluster = Optional.empty();
    boolean callOutstanding;
    /** Whether an earlier call of this leader may have arrived. */
    boolean callInDoubt;

    Optional<QueryFailure> stop = Optional.empty();
    StopCall stopCall = StopCall.DUE;
    boolean stopDurable;
    int unacknowledgedStops;

    Optional<QueryEnd> end = Optional.empty();
    boolean endRecorded;
    /** Whether event listeners may not have heard of the end, or the log does not yet say that they have. */
    boolean untold;
    /** The coordinator that is to tell event listeners; empty when this leader is. */
    Optional<CoordinatorIncarnation> teller = Optional.empty();
    /** Whether the log is to keep only the condensed submission, once it has the end. */
    boolean condense;
    boolean forget;

    /** When to try the failed step again. */
    long retryNanos;

    QueuedQuery(QueryId queryId)
    {
        this.queryId = requireNonNull(queryId, "queryId is null");
    }

    boolean isWith(CoordinatorIncarnation incarnation)
    {
        return coordinator.equals(Optional.of(incarnation));
    }

    /**
     * Returns whether the coordinator has the query, or may have it.
     */
    boolean mayBeOnCoordinator()
    {
        return stage == Stage.SENT || stage == Stage.LOCATING || stage == Stage.TAKEN;
    }
}
