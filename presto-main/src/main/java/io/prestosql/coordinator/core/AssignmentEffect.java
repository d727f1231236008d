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
import io.prestosql.coordinator.core.CoordinatorLease.Verdict;
import io.prestosql.protocol.DispatchResponse;
import io.prestosql.protocol.QueryReport;
import io.prestosql.protocol.Stamp;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.spi.QueryId;

import java.util.List;
import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * An action that a coordinator has to perform for the queries that are assigned to it. Effects are performed in order.
 */
public sealed interface AssignmentEffect
{
    /**
     * The lease is over: give up these running queries before this coordinator says or does anything else. Later events of these queries
     * are ignored.
     */
    record GiveUpQueries(List<QueryId> queries)
            implements AssignmentEffect
    {
        public GiveUpQueries
        {
            queries = ImmutableList.copyOf(queries);
        }
    }

    /** A leader has given a lease to this coordinator, which had none. */
    record LeaseBegins()
            implements AssignmentEffect {}

    /**
     * Tell the caller that it is not obeyed.
     *
     * @param epoch epoch of the caller
     * @param highestEpoch epoch of the newest known leader
     * @param newQueue identity of the caller's log, if its dispatchers want this coordinator while it has a lease from those of another
     * log, and they were not the last ones refused
     */
    record RefuseOrder(Verdict verdict, long epoch, long highestEpoch, Optional<String> newQueue)
            implements AssignmentEffect
    {
        public RefuseOrder
        {
            requireNonNull(verdict, "verdict is null");
            requireNonNull(newQueue, "newQueue is null");
        }
    }

    /** Tell the caller that the query will not be started, because this process has run it in an earlier incarnation. */
    record RefuseRepetition()
            implements AssignmentEffect {}

    /** Start the query, and report its changes with {@link AssignmentEvent.Observed}. */
    record StartQuery(QueryId queryId)
            implements AssignmentEffect
    {
        public StartQuery
        {
            requireNonNull(queryId, "queryId is null");
        }
    }

    /** Fail a query that was started. */
    record StopQuery(QueryId queryId, ExecutionFailureInfo reason)
            implements AssignmentEffect
    {
        public StopQuery
        {
            requireNonNull(queryId, "queryId is null");
            requireNonNull(reason, "reason is null");
        }
    }

    /** Answer the order to start a query. */
    record AnswerOrder(DispatchResponse response)
            implements AssignmentEffect
    {
        public AnswerOrder
        {
            requireNonNull(response, "response is null");
        }
    }

    /** Forget the query, because no dispatcher asks for it any more. */
    record ForgetQuery(QueryId queryId)
            implements AssignmentEffect
    {
        public ForgetQuery
        {
            requireNonNull(queryId, "queryId is null");
        }
    }

    /** There is news worth a report: wait a moment for other news, and then send {@link AssignmentEvent.ReportDue}. */
    record ReportSoon()
            implements AssignmentEffect {}

    /** Answer the dispatchers that wait for news. */
    record AnswerWaiting()
            implements AssignmentEffect {}

    /**
     * Answer a dispatcher with the news, as of one moment.
     *
     * @param stamp the incarnation that reports, and the time
     * @param highestEpoch epoch of the newest known leader; 0 when none is known
     * @param leased whether there is a lease
     * @param queue identity of the log whose leader has given the lease, if it is known
     * @param version version of the last change that the report includes
     * @param complete whether {@code queries} are all queries
     */
    record ReportChanges(Stamp stamp, long highestEpoch, boolean leased, Optional<String> queue, long version, boolean complete, List<QueryReport> queries)
            implements AssignmentEffect
    {
        public ReportChanges
        {
            requireNonNull(stamp, "stamp is null");
            requireNonNull(queue, "queue is null");
            queries = ImmutableList.copyOf(queries);
        }
    }
}
