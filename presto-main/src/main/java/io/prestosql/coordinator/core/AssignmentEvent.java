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
package io.prestosql.coordinator.core;

import com.google.common.collect.ImmutableList;
import io.prestosql.protocol.DispatchRequest;
import io.prestosql.protocol.LeaderClaim;
import io.prestosql.protocol.QueryReport;
import io.prestosql.protocol.SeenReport;
import io.prestosql.protocol.StopRequest;
import io.trino.spi.QueryId;

import java.util.List;
import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * An event for a coordinator that concerns the queries that are assigned to it.
 */
public sealed interface AssignmentEvent
{
    /** Time passes. */
    record TimePassed()
            implements AssignmentEvent {}

    /**
     * A leader claims this coordinator. Answered with {@link AssignmentEffect.RefuseOrder} if the claim is not obeyed.
     *
     * @param recorded queries whose ends the leader's log has
     */
    record Claimed(LeaderClaim leader, List<QueryId> recorded)
            implements AssignmentEvent
    {
        public Claimed
        {
            requireNonNull(leader, "leader is null");
            recorded = ImmutableList.copyOf(recorded);
        }
    }

    /**
     * A leader orders the start of a query. Answered with {@link AssignmentEffect.StartQuery}, unless the query is here already, or with
     * {@link AssignmentEffect.RefuseOrder} or {@link AssignmentEffect.RefuseRepetition}.
     *
     * @param known whether the engine knows a query of that id, running or not
     */
    record StartOrdered(QueryId queryId, DispatchRequest order, boolean known)
            implements AssignmentEvent
    {
        public StartOrdered
        {
            requireNonNull(queryId, "queryId is null");
            requireNonNull(order, "order is null");
        }
    }

    /**
     * The caller that ordered the start has to be answered, with {@link AssignmentEffect.AnswerOrder}.
     *
     * @param incarnation the incarnation that obeyed the order
     */
    record AnswerDue(QueryId queryId, String incarnation)
            implements AssignmentEvent
    {
        public AnswerDue
        {
            requireNonNull(queryId, "queryId is null");
            requireNonNull(incarnation, "incarnation is null");
        }
    }

    /** A leader orders the stop of a query. Answered with {@link AssignmentEffect.RefuseOrder} if the order is not obeyed. */
    record StopOrdered(QueryId queryId, StopRequest order)
            implements AssignmentEvent
    {
        public StopOrdered
        {
            requireNonNull(queryId, "queryId is null");
            requireNonNull(order, "order is null");
        }
    }

    /** The engine reports the state of a query, which may be unchanged. */
    record Observed(QueryReport query)
            implements AssignmentEvent
    {
        public Observed
        {
            requireNonNull(query, "query is null");
        }
    }

    /** The time that {@link AssignmentEffect.ReportSoon} leaves for other news is over. */
    record ReportDue()
            implements AssignmentEvent {}

    /**
     * A dispatcher asks for news. Answered with {@link AssignmentEffect.ReportChanges} or {@link AssignmentEffect.RefuseOrder}.
     *
     * @param leader the dispatcher's claim, if it leads
     * @param seen the last report that the dispatcher has received
     */
    record ReportAsked(Optional<LeaderClaim> leader, Optional<SeenReport> seen)
            implements AssignmentEvent
    {
        public ReportAsked
        {
            requireNonNull(leader, "leader is null");
            requireNonNull(seen, "seen is null");
        }
    }
}
