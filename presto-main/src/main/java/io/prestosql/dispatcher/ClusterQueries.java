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
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.prestosql.cluster.CoordinatorClient;
import io.prestosql.cluster.CoordinatorLink;
import io.prestosql.cluster.Coordinators;
import io.trino.dispatcher.DispatchManager;
import io.trino.dispatcher.DispatchQuery;
import io.trino.server.BasicQueryInfo;
import io.trino.spi.QueryId;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.util.concurrent.Futures.immediateFuture;
import static com.google.common.util.concurrent.Futures.transform;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static java.util.Objects.requireNonNull;

/**
 * The queries of this dispatcher while it leads the queue, with what their coordinators know of them.
 */
public class ClusterQueries
{
    private static final Logger log = Logger.get(ClusterQueries.class);

    private final DispatcherQueue queue;
    private final Coordinators coordinators;
    private final CoordinatorClient client;
    private final ObjectMapper objectMapper;

    @Inject
    public ClusterQueries(DispatcherQueue queue, Coordinators coordinators, CoordinatorClient client, ObjectMapper objectMapper)
    {
        this.queue = requireNonNull(queue, "queue is null");
        this.coordinators = requireNonNull(coordinators, "coordinators is null");
        this.client = requireNonNull(client, "client is null");
        this.objectMapper = requireNonNull(objectMapper, "objectMapper is null");
    }

    /**
     * All queries. A coordinator that does not answer leaves out its details, not its queries.
     */
    public ListenableFuture<List<BasicQueryInfo>> getQueries()
    {
        List<ListenableFuture<List<BasicQueryInfo>>> running = coordinators.getLinks().stream()
                .map(coordinator -> client.getQueries(coordinator.uri()))
                .collect(toImmutableList());
        return transform(Futures.successfulAsList(running), this::merge, directExecutor());
    }

    private List<BasicQueryInfo> merge(List<List<BasicQueryInfo>> running)
    {
        Map<QueryId, BasicQueryInfo> details = new HashMap<>();
        for (List<BasicQueryInfo> queries : running) {
            if (queries != null) {
                queries.forEach(query -> details.put(query.getQueryId(), query));
            }
        }
        return queue.dispatchManager().map(DispatchManager::getQueries).orElse(ImmutableList.of()).stream()
                .map(query -> Optional.ofNullable(details.get(query.getQueryId()))
                        // a query that this dispatcher knows to be over is over, whatever a coordinator said a moment ago
                        .filter(detail -> !query.getState().isDone() || detail.getState().isDone())
                        .map(detail -> withAddress(detail, query))
                        .orElse(query))
                .collect(toImmutableList());
    }

    /**
     * Coordinators' addresses are not for clients.
     */
    private static BasicQueryInfo withAddress(BasicQueryInfo detail, BasicQueryInfo own)
    {
        return new BasicQueryInfo(
                detail.getQueryId(),
                detail.getSession(),
                detail.getResourceGroupId(),
                detail.getState(),
                detail.isScheduled(),
                own.getSelf(),
                detail.getQuery(),
                detail.getUpdateType(),
                detail.getPreparedQuery(),
                detail.getQueryStats(),
                detail.getErrorType(),
                detail.getErrorCode(),
                detail.getQueryType(),
                detail.getRetryPolicy());
    }

    public Optional<BasicQueryInfo> getQuery(QueryId queryId)
    {
        return findQuery(queryId).map(DispatchQuery::getBasicQueryInfo);
    }

    /**
     * A query's details, from its coordinator if that answers.
     */
    public ListenableFuture<Optional<JsonNode>> getQueryInfo(QueryId queryId, boolean pruned)
    {
        Optional<JsonNode> own = findQuery(queryId).map(DispatchQuery::getFullQueryInfo).map(objectMapper::valueToTree);
        Optional<CoordinatorLink> coordinator = findRemote(queryId).flatMap(RemoteDispatchQuery::coordinator).filter(coordinators::isAlive);
        if (own.isEmpty() || coordinator.isEmpty()) {
            return immediateFuture(own);
        }
        ListenableFuture<Optional<JsonNode>> details = transform(
                client.getQueryInfo(coordinator.get().uri(), queryId, pruned),
                json -> json.map(this::parse).map(info -> withAddress(info, own.get())).or(() -> own),
                directExecutor());
        return Futures.catching(
                details,
                Exception.class,
                failure -> {
                    log.debug(failure, "Coordinator %s does not answer for query %s", coordinator.get(), queryId);
                    return own;
                },
                directExecutor());
    }

    private JsonNode parse(byte[] json)
    {
        try {
            return objectMapper.readTree(json);
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode withAddress(JsonNode details, JsonNode own)
    {
        ((ObjectNode) details).set("self", own.get("self"));
        return details;
    }

    private Optional<RemoteDispatchQuery> findRemote(QueryId queryId)
    {
        return queue.get(queryId).flatMap(ClientQuery::remoteQuery);
    }

    private Optional<DispatchQuery> findQuery(QueryId queryId)
    {
        try {
            return queue.dispatchManager().map(manager -> manager.getQuery(queryId));
        }
        catch (NoSuchElementException e) {
            return Optional.empty();
        }
    }
}
