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
package io.prestosql.history;

import io.prestosql.history.PastQuery.PastError;

import java.time.Instant;
import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * A query of the history, as users see it.
 *
 * @param started when it was sent to its coordinator
 * @param ended absent when an earlier leader has ended it
 * @param sql the beginning of the statement; absent when the history does not keep it
 */
public record ShownQuery(
        String queryId,
        String user,
        Optional<String> source,
        Optional<String> resourceGroup,
        Optional<String> cluster,
        Optional<String> coordinator,
        PastState state,
        Optional<PastError> error,
        Instant submitted,
        Optional<Instant> started,
        Optional<Instant> ended,
        Optional<String> sql)
{
    public ShownQuery
    {
        requireNonNull(queryId, "queryId is null");
        requireNonNull(user, "user is null");
        requireNonNull(source, "source is null");
        requireNonNull(resourceGroup, "resourceGroup is null");
        requireNonNull(cluster, "cluster is null");
        requireNonNull(coordinator, "coordinator is null");
        requireNonNull(state, "state is null");
        requireNonNull(error, "error is null");
        requireNonNull(submitted, "submitted is null");
        requireNonNull(started, "started is null");
        requireNonNull(ended, "ended is null");
        requireNonNull(sql, "sql is null");
    }

    static ShownQuery of(PastQuery query)
    {
        return new ShownQuery(
                query.queryId(),
                query.submitter().user(),
                query.source(),
                query.resourceGroup(),
                query.cluster(),
                query.coordinator(),
                query.state(),
                query.error(),
                query.submitted(),
                query.started(),
                query.ended(),
                query.sql());
    }
}
