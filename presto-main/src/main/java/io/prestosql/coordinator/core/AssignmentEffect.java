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
 * What a coordinator has to do about the queries that are assigned to it, in this order.
 */
public sealed interface AssignmentEffect
{
    /**
     * The lease is over: give up these queries, which are running, before this coordinator says or does anything else. Whatever is still heard
     * of them counts for nothing.
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
     * @param epoch the caller's
     * @param highestEpoch that of the newest leader that is known
     * @param newQueue the identity of the caller's log, when its dispatchers want this coordinator while those of another log have it, and were
     * not refused last time
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

    /** Tell the caller that the query will not be started, as this process has run it in an earlier incarnation. */
    record RefuseRepetition()
            implements AssignmentEffect {}

    /** Start the query; say with {@link AssignmentEvent.Observed} what becomes of it. */
    record StartQuery(QueryId queryId)
            implements AssignmentEffect
    {
        public StartQuery
        {
            requireNonNull(queryId, "queryId is null");
        }
    }

    /** Fail the query, which was started. */
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

    /** Nobody asks for the query any more. */
    record ForgetQuery(QueryId queryId)
            implements AssignmentEffect
    {
        public ForgetQuery
        {
            requireNonNull(queryId, "queryId is null");
        }
    }

    /** Something is worth a report: wait a moment for what else may be, and then say {@link AssignmentEvent.ReportDue}. */
    record ReportSoon()
            implements AssignmentEffect {}

    /** Answer the dispatchers that wait for news. */
    record AnswerWaiting()
            implements AssignmentEffect {}

    /**
     * Answer a dispatcher with what is new, and that at one moment.
     *
     * @param stamp who says this, and when
     * @param highestEpoch that of the newest leader that is known; 0 when there is none
     * @param leased whether there is a lease
     * @param queue the identity of the log whose leader has given the lease, if that is known
     * @param version up to which change this goes
     * @param complete whether {@code queries} are all that there are
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
