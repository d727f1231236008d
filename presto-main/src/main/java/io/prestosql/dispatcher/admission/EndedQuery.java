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
package io.prestosql.dispatcher.admission;

import io.prestosql.node.CoordinatorIncarnation;
import io.prestosql.queue.core.QueryFailure;
import io.trino.spi.QueryId;

import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;

import static java.util.Objects.requireNonNull;

/**
 * A query that is over.
 *
 * @param epoch the epoch of the leader that says so
 * @param session may ask a group provider, so it is not to be called on the queue's thread
 * @param sql the statement; of a query that ended under an earlier leader, possibly truncated
 * @param resourceGroup empty when the query was in none, or is of an earlier leader
 * @param coordinator the coordinator that had the query last; empty when it never got one
 * @param failure why the query has failed; empty when it has finished
 * @param submitted when the client submitted it
 * @param started when it was sent to the coordinator; empty when that is not known
 * @param ended empty when it ended under an earlier leader
 */
public record EndedQuery(
        QueryId queryId,
        long epoch,
        Supplier<SubmittedSession> session,
        String sql,
        Optional<String> resourceGroup,
        Optional<CoordinatorIncarnation> coordinator,
        Optional<QueryFailure> failure,
        Instant submitted,
        Optional<Instant> started,
        Optional<Instant> ended)
{
    public EndedQuery
    {
        requireNonNull(queryId, "queryId is null");
        requireNonNull(session, "session is null");
        requireNonNull(sql, "sql is null");
        requireNonNull(resourceGroup, "resourceGroup is null");
        requireNonNull(coordinator, "coordinator is null");
        requireNonNull(failure, "failure is null");
        requireNonNull(submitted, "submitted is null");
        requireNonNull(started, "started is null");
        requireNonNull(ended, "ended is null");
    }

    /**
     * What is known of the client's session.
     */
    public record SubmittedSession(QuerySubmitter submitter, Optional<String> source)
    {
        public SubmittedSession
        {
            requireNonNull(submitter, "submitter is null");
            requireNonNull(source, "source is null");
        }
    }

    public EndedQuery withSql(String sql)
    {
        return new EndedQuery(queryId, epoch, session, sql, resourceGroup, coordinator, failure, submitted, started, ended);
    }

    @Override
    public String toString()
    {
        // statements stay out of logs
        return "EndedQuery[%s]".formatted(queryId);
    }
}
