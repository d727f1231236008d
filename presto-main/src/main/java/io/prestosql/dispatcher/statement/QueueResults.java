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
package io.prestosql.dispatcher.statement;

import com.google.common.collect.ImmutableList;
import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.trino.client.QueryData;
import io.trino.client.QueryError;
import io.trino.client.QueryResults;
import io.trino.client.StatementStats;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.execution.QueryState;
import io.trino.server.ExternalUriInfo;
import io.trino.server.protocol.QueryInfoUrlFactory;
import io.trino.spi.ErrorCode;
import io.trino.spi.QueryId;

import java.net.URI;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

import static com.google.common.base.MoreObjects.firstNonNull;
import static io.trino.execution.QueryState.FAILED;
import static io.trino.execution.QueryState.QUEUED;
import static io.trino.server.protocol.QueryInfoUrlFactory.getQueryInfoUri;
import static io.trino.spi.StandardErrorCode.GENERIC_INTERNAL_ERROR;
import static java.util.Objects.requireNonNull;

/**
 * Builds the results for the client of a query while no coordinator answers for it. They say that the query waits, or why it has failed.
 */
public class QueueResults
{
    private static final Logger log = Logger.get(QueueResults.class);

    private final QueryInfoUrlFactory queryInfoUrlFactory;

    @Inject
    public QueueResults(QueryInfoUrlFactory queryInfoUrlFactory)
    {
        this.queryInfoUrlFactory = requireNonNull(queryInfoUrlFactory, "queryInfoUrlFactory is null");
    }

    /**
     * @param nextPath where the client asks next
     * @param elapsedMillis the time since the client submitted the query
     * @param queuedMillis the part of that time before the query was sent to a coordinator
     */
    public QueryResults waiting(QueryId queryId, String nextPath, long elapsedMillis, long queuedMillis, ExternalUriInfo externalUriInfo)
    {
        URI next = externalUriInfo.baseUriBuilder().path(nextPath).build();
        return create(queryId, QUEUED, Optional.of(next), Optional.empty(), elapsedMillis, queuedMillis, externalUriInfo);
    }

    /**
     * @param elapsedMillis the time since the client submitted the query
     * @param queuedMillis the part of that time before the query was sent to a coordinator
     */
    public QueryResults failed(QueryId queryId, ExecutionFailureInfo failure, long elapsedMillis, long queuedMillis, ExternalUriInfo externalUriInfo)
    {
        return create(queryId, FAILED, Optional.empty(), Optional.of(toQueryError(queryId, failure)), elapsedMillis, queuedMillis, externalUriInfo);
    }

    private QueryResults create(
            QueryId queryId,
            QueryState state,
            Optional<URI> next,
            Optional<QueryError> error,
            long elapsedMillis,
            long queuedMillis,
            ExternalUriInfo externalUriInfo)
    {
        return new QueryResults(
                queryId.toString(),
                getQueryInfoUri(queryInfoUrlFactory.getQueryInfoUrl(queryId), queryId, externalUriInfo),
                null,
                next.orElse(null),
                null,
                QueryData.NULL,
                StatementStats.builder()
                        .setState(state.toString())
                        .setQueued(state == QUEUED)
                        .setProgressPercentage(OptionalDouble.empty())
                        .setRunningPercentage(OptionalDouble.empty())
                        .setElapsedTimeMillis(elapsedMillis)
                        .setQueuedTimeMillis(queuedMillis)
                        .build(),
                error.orElse(null),
                ImmutableList.of(),
                null,
                OptionalLong.empty());
    }

    private static QueryError toQueryError(QueryId queryId, ExecutionFailureInfo failure)
    {
        ErrorCode errorCode = failure.getErrorCode();
        if (errorCode == null) {
            log.warn("Failed query %s has no error code", queryId);
            errorCode = GENERIC_INTERNAL_ERROR.toErrorCode();
        }
        return new QueryError(
                firstNonNull(failure.getMessage(), "Internal error"),
                null,
                errorCode.getCode(),
                errorCode.getName(),
                errorCode.getType().toString(),
                failure.getErrorLocation(),
                failure.toFailureInfo());
    }
}
