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

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.prestosql.queries.QueryKiller.Outcome;
import io.prestosql.rpc.CoordinatorCallException;
import io.prestosql.rpc.RetryLater;
import io.trino.SessionRepresentation;
import io.trino.execution.LocationFactory;
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
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;

import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static com.google.common.util.concurrent.Futures.immediateFailedFuture;
import static com.google.common.util.concurrent.Futures.immediateFuture;
import static com.google.common.util.concurrent.Futures.transform;
import static com.google.common.util.concurrent.Futures.transformAsync;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.trino.security.AccessControlUtil.checkCanKillQueryOwnedBy;
import static io.trino.security.AccessControlUtil.checkCanViewQueryOwnedBy;
import static io.trino.security.AccessControlUtil.filterQueries;
import static io.trino.spi.StandardErrorCode.NOT_FOUND;
import static io.trino.spi.StandardErrorCode.USER_CANCELED;
import static io.trino.util.Failures.toFailure;
import static java.util.Objects.requireNonNull;

/**
 * The queries of the cluster that one user may see and control. Denied and absent queries get the statuses of a stock server, with one
 * exception: when a node that may have the query is silent, the answer is 503, not that the query is gone.
 */
public class AuthorizedQueries
{
    /** Set on an incomplete answer: the missing parts of the cluster, each with the reason. */
    public static final String MISSING_HEADER = "X-Presto-Missing";

    private final ClusterView view;
    private final QueryKiller killer;
    private final AccessControl accessControl;
    private final HttpRequestSessionContextFactory sessionContextFactory;
    private final LocationFactory locationFactory;
    private final ObjectMapper objectMapper;
    private final Optional<KillScope> killScope;

    @Inject
    public AuthorizedQueries(
            ClusterView view,
            QueryKiller killer,
            AccessControl accessControl,
            HttpRequestSessionContextFactory sessionContextFactory,
            LocationFactory locationFactory,
            ObjectMapper objectMapper,
            Optional<KillScope> killScope)
    {
        this.view = requireNonNull(view, "view is null");
        this.killer = requireNonNull(killer, "killer is null");
        this.accessControl = requireNonNull(accessControl, "accessControl is null");
        this.sessionContextFactory = requireNonNull(sessionContextFactory, "sessionContextFactory is null");
        this.locationFactory = requireNonNull(locationFactory, "locationFactory is null");
        this.objectMapper = requireNonNull(objectMapper, "objectMapper is null");
        this.killScope = requireNonNull(killScope, "killScope is null");
    }

    /**
     * Returns a response whose header names the missing parts of the view.
     */
    public static Response answer(View<?> view)
    {
        Response.ResponseBuilder response = Response.ok(view.value());
        if (!view.missing().isEmpty()) {
            response.header(MISSING_HEADER, String.join(", ", view.missing()));
        }
        return response.build();
    }

    public ListenableFuture<View<List<ListedQuery<BasicQueryInfo>>>> getQueries(HttpServletRequest request, HttpHeaders headers)
    {
        Identity identity = sessionContextFactory.extractAuthorizedIdentity(request, headers);
        return transform(
                view.getQueries(),
                queries -> queries.map(all -> {
                    Map<QueryId, Optional<String>> clusters = new HashMap<>();
                    all.forEach(query -> clusters.put(query.queryId(), view.clusterOf(query.coordinator())));
                    return filterQueries(identity, all.stream().map(ViewedQuery::infoSinceSubmission).collect(toImmutableList()), accessControl).stream()
                            .map(info -> new ListedQuery<>(withAddress(info), clusters.get(info.getQueryId())))
                            .collect(toImmutableList());
                }),
                directExecutor());
    }

    public ListenableFuture<View<BasicQueryInfo>> getQuery(QueryId queryId, HttpServletRequest request, HttpHeaders headers)
    {
        Identity identity = sessionContextFactory.extractAuthorizedIdentity(request, headers);
        return transform(
                view.getQueries(),
                found -> {
                    BasicQueryInfo query = found.value().stream()
                            .map(ViewedQuery::info)
                            .filter(info -> info.getQueryId().equals(queryId))
                            .findFirst()
                            .orElseThrow(() -> found.missing().isEmpty() ? new NotFoundException() : absence(found));
                    try {
                        checkCanViewQueryOwnedBy(identity, query.getSession().toIdentity(), accessControl);
                    }
                    catch (AccessDeniedException e) {
                        throw new ForbiddenException();
                    }
                    return found.map(_ -> query);
                },
                directExecutor());
    }

    /**
     * Returns the queries that this user may see.
     */
    public ListenableFuture<View<List<ViewedQuery>>> getQueries(Identity identity)
    {
        return transform(
                view.getQueries(),
                queries -> queries.map(all -> {
                    Set<QueryId> visible = filterQueries(identity, all.stream().map(ViewedQuery::infoSinceSubmission).collect(toImmutableList()), accessControl).stream()
                            .map(BasicQueryInfo::getQueryId)
                            .collect(toImmutableSet());
                    return all.stream()
                            .filter(query -> visible.contains(query.queryId()))
                            .collect(toImmutableList());
                }),
                directExecutor());
    }

    public ListenableFuture<View<JsonNode>> getQueryInfo(QueryId queryId, boolean pruned, HttpServletRequest request, HttpHeaders headers)
    {
        Identity identity = sessionContextFactory.extractAuthorizedIdentity(request, headers);
        return transform(
                view.findDetails(queryId, pruned),
                found -> {
                    QueryDetails details = found.value().orElseThrow(() -> absence(found)).value();
                    try {
                        checkCanViewQueryOwnedBy(identity, owner(details), accessControl);
                    }
                    catch (AccessDeniedException e) {
                        throw new ForbiddenException();
                    }
                    return found.map(_ -> forClient(queryId, details));
                },
                directExecutor());
    }

    private static WebApplicationException absence(View<?> search)
    {
        if (search.missing().isEmpty()) {
            return new GoneException();
        }
        return new WebApplicationException(RetryLater.response()
                .header(MISSING_HEADER, String.join(", ", search.missing()))
                .build());
    }

    /**
     * Cancels the query. Does nothing when it does not exist.
     */
    public ListenableFuture<Response> cancel(QueryId queryId, HttpServletRequest request, HttpHeaders headers)
    {
        return transform(
                kill(queryId, new TrinoException(USER_CANCELED, "Query was canceled"), request, headers),
                outcome -> {
                    if (outcome.value() == Outcome.NOT_FOUND && !outcome.missing().isEmpty()) {
                        throw absence(outcome);
                    }
                    return Response.noContent().build();
                },
                directExecutor());
    }

    public ListenableFuture<Response> fail(QueryId queryId, TrinoException failure, HttpServletRequest request, HttpHeaders headers)
    {
        return transform(
                kill(queryId, failure, request, headers),
                AuthorizedQueries::answerToKill,
                directExecutor());
    }

    private static Response answerToKill(View<Outcome> outcome)
    {
        return switch (outcome.value()) {
            case ORDERED -> Response.status(Response.Status.ACCEPTED).build();
            case NOT_RUNNING -> Response.status(Response.Status.CONFLICT).build();
            case NOT_FOUND -> throw absence(outcome);
        };
    }

    private ListenableFuture<View<Outcome>> kill(QueryId queryId, TrinoException failure, HttpServletRequest request, HttpHeaders headers)
    {
        Identity identity = sessionContextFactory.extractAuthorizedIdentity(request, headers);
        ListenableFuture<View<Outcome>> outcome = killer.kill(queryId, toFailure(failure), owner -> {
            try {
                checkCanKillQueryOwnedBy(identity, owner, accessControl);
            }
            catch (AccessDeniedException e) {
                throw new ForbiddenException();
            }
        });
        if (killScope.isEmpty()) {
            return outcome;
        }
        KillScope scope = killScope.get();
        return FluentFuture.from(outcome)
                .transformAsync(found -> found.value() == Outcome.NOT_FOUND ? refuseOutside(scope, queryId, found) : immediateFuture(found), directExecutor())
                .catchingAsync(
                        CoordinatorCallException.class,
                        refused -> immediateFailedFuture(refused.getStatus() == Response.Status.FORBIDDEN.getStatusCode() ? scope.refusal(queryId) : refused),
                        directExecutor());
    }

    /**
     * A query that this node does not find may run in another cluster.
     */
    private static ListenableFuture<View<Outcome>> refuseOutside(KillScope scope, QueryId queryId, View<Outcome> notFound)
    {
        return transformAsync(scope.isOwnCluster(), limited -> limited ? immediateFailedFuture(scope.refusal(queryId)) : immediateFuture(notFound), directExecutor());
    }

    private Identity owner(QueryDetails details)
    {
        try {
            return objectMapper.treeToValue(details.info().get("session"), SessionRepresentation.class).toIdentity();
        }
        catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Replaces the address, because clients must not see the addresses of other nodes, and adds the cluster as {@link ListedQuery} does.
     */
    private JsonNode forClient(QueryId queryId, QueryDetails details)
    {
        ObjectNode copy = details.info().deepCopy();
        copy.put("self", locationFactory.createQueryLocation(queryId).toString());
        view.clusterOf(details.coordinator()).ifPresent(cluster -> copy.put("cluster", cluster));
        return copy;
    }

    private BasicQueryInfo withAddress(BasicQueryInfo info)
    {
        return new BasicQueryInfo(
                info.getQueryId(),
                info.getSession(),
                info.getResourceGroupId(),
                info.getState(),
                info.isScheduled(),
                locationFactory.createQueryLocation(info.getQueryId()),
                info.getQuery(),
                info.getUpdateType(),
                info.getPreparedQuery(),
                info.getQueryStats(),
                info.getErrorType(),
                info.getErrorCode(),
                info.getQueryType(),
                info.getRetryPolicy());
    }
}
