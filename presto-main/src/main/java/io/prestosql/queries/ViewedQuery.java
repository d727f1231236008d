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
package io.prestosql.queries;

import io.trino.dispatcher.DispatchQuery;
import io.trino.server.BasicQueryInfo;
import io.trino.spi.QueryId;
import org.joda.time.DateTime;

import java.time.Instant;
import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * A query as the queue or a coordinator shows it.
 *
 * @param info the engine's description of the query; clients must not see the address in it
 * @param coordinator the node id of the coordinator that has the query, or is about to get it; empty when no coordinator has it
 * @param queuedMillis the time for which the query was queued before the node that shows it got it, to be added to the query's times; not
 * zero only from nodes of release 476-1, which do not add it themselves
 * @param started when the query began to run, if it has
 * @param lastHeartbeat when the client was last heard from, if this is tracked
 */
public record ViewedQuery(BasicQueryInfo info, Optional<String> coordinator, long queuedMillis, Optional<Instant> started, Optional<Instant> lastHeartbeat)
{
    public ViewedQuery
    {
        requireNonNull(info, "info is null");
        requireNonNull(coordinator, "coordinator is null");
        requireNonNull(started, "started is null");
        requireNonNull(lastHeartbeat, "lastHeartbeat is null");
    }

    public static ViewedQuery create(DispatchQuery query, Optional<String> coordinator)
    {
        return new ViewedQuery(
                query.getBasicQueryInfo(),
                coordinator,
                0,
                query.getExecutionStartTime().map(ViewedQuery::toInstant),
                Optional.ofNullable(query.getLastHeartbeat()).map(ViewedQuery::toInstant));
    }

    /**
     * Returns the engine's description, with times that count from the query's submission.
     */
    public BasicQueryInfo infoSinceSubmission()
    {
        if (queuedMillis <= 0) {
            return info;
        }
        return new SubmissionTime(toInstant(info.getQueryStats().getCreateTime()).minusMillis(queuedMillis), queuedMillis).applyTo(info);
    }

    ViewedQuery withInfo(BasicQueryInfo info)
    {
        return info == this.info ? this : new ViewedQuery(info, coordinator, queuedMillis, started, lastHeartbeat);
    }

    /**
     * @param coordinator its coordinator, under another name
     */
    public ViewedQuery withCoordinator(Optional<String> coordinator)
    {
        return new ViewedQuery(info, coordinator, queuedMillis, started, lastHeartbeat);
    }

    private static Instant toInstant(DateTime time)
    {
        return Instant.ofEpochMilli(time.getMillis());
    }

    QueryId queryId()
    {
        return info.getQueryId();
    }

    boolean isDone()
    {
        return info.getState().isDone();
    }
}
