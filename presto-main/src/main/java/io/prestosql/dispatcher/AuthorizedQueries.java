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
package io.prestosql.dispatcher;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.trino.security.AccessControl;
import io.trino.server.BasicQueryInfo;
import io.trino.server.GoneException;
import io.trino.server.HttpRequestSessionContextFactory;
import io.trino.spi.QueryId;
import io.trino.spi.TrinoException;
import io.trino.spi.security.AccessDeniedException;
import io.trino.spi.security.Identity;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.ForbiddenException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;

import java.util.List;
import java.util.Optional;

import static com.google.common.util.concurrent.Futures.immediateFuture;
import static com.google.common.util.concurrent.Futures.immediateVoidFuture;
import static com.google.common.util.concurrent.Futures.transform;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.trino.security.AccessControlUtil.checkCanKillQueryOwnedBy;
import static io.trino.security.AccessControlUtil.checkCanViewQueryOwnedBy;
import static io.trino.security.AccessControlUtil.filterQueries;
import static io.trino.spi.StandardErrorCode.USER_CANCELED;
import static io.trino.util.Failures.toFailure;
import static java.util.Objects.requireNonNull;

/**
 * The queries of the cluster as the sender of a request may see and control them. Denials and absences are the statuses that a stock
 * server answers with.
 */
public class AuthorizedQueries
{
    private final ElectedQueue queue;
    private final AccessControl accessControl;
    private final HttpRequestSessionContextFactory sessionContextFactory;

    @Inject
    public AuthorizedQueries(ElectedQueue queue, AccessControl accessControl, HttpRequestSessionContextFactory sessionContextFactory)
    {
        this.queue = requireNonNull(queue, "queue is null");
        this.accessControl = requireNonNull(accessControl, "accessControl is null");
        this.sessionContextFactory = requireNonNull(sessionContextFactory, "sessionContextFactory is null");
    }

    public ListenableFuture<List<BasicQueryInfo>> getQueries(HttpServletRequest request, HttpHeaders headers)
    {
        Identity identity = sessionContextFactory.extractAuthorizedIdentity(request, headers);
        return transform(queue.getQueries(), queries -> filterQueries(identity, queries, accessControl), directExecutor());
    }

    public ListenableFuture<JsonNode> getQueryInfo(QueryId queryId, boolean pruned, HttpServletRequest request, HttpHeaders headers)
    {
        Identity identity = sessionContextFactory.extractAuthorizedIdentity(request, headers);
        return FluentFuture.from(queue.getQuery(queryId))
                .transformAsync(
                        found -> {
                            BasicQueryInfo query = found.orElseThrow(GoneException::new);
                            try {
                                checkCanViewQueryOwnedBy(identity, query.getSession().toIdentity(), accessControl);
                            }
                            catch (AccessDeniedException e) {
                                throw new ForbiddenException();
                            }
                            return queue.getQueryInfo(queryId, pruned);
                        },
                        directExecutor())
                .transform(info -> info.orElseThrow(GoneException::new), directExecutor());
    }

    /**
     * Does nothing when there is no such query.
     */
    public ListenableFuture<Response> cancel(QueryId queryId, HttpServletRequest request, HttpHeaders headers)
    {
        return FluentFuture.from(findKillable(queryId, request, headers))
                .transformAsync(
                        found -> found.isPresent() ? queue.fail(queryId, toFailure(new TrinoException(USER_CANCELED, "Query was canceled"))) : immediateVoidFuture(),
                        directExecutor())
                .transform(_ -> Response.noContent().build(), directExecutor());
    }

    public ListenableFuture<Response> fail(QueryId queryId, TrinoException failure, HttpServletRequest request, HttpHeaders headers)
    {
        return FluentFuture.from(findKillable(queryId, request, headers))
                .transformAsync(
                        found -> {
                            if (found.orElseThrow(GoneException::new).getState().isDone()) {
                                return immediateFuture(Response.status(Response.Status.CONFLICT).build());
                            }
                            return transform(queue.fail(queryId, toFailure(failure)), _ -> Response.status(Response.Status.ACCEPTED).build(), directExecutor());
                        },
                        directExecutor());
    }

    private ListenableFuture<Optional<BasicQueryInfo>> findKillable(QueryId queryId, HttpServletRequest request, HttpHeaders headers)
    {
        Identity identity = sessionContextFactory.extractAuthorizedIdentity(request, headers);
        return transform(
                queue.getQuery(queryId),
                query -> {
                    try {
                        query.ifPresent(found -> checkCanKillQueryOwnedBy(identity, found.getSession().toIdentity(), accessControl));
                    }
                    catch (AccessDeniedException e) {
                        throw new ForbiddenException();
                    }
                    return query;
                },
                directExecutor());
    }
}
