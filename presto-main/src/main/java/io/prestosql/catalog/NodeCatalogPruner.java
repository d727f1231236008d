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
package io.prestosql.catalog;

import com.google.common.collect.ImmutableMap;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.airlift.http.client.HttpClient;
import io.airlift.json.JsonCodec;
import io.airlift.log.Logger;
import io.prestosql.rpc.ProtocolVersions;
import io.trino.execution.SqlTaskManager;
import io.trino.metadata.InternalNode;
import io.trino.metadata.InternalNodeManager;
import io.trino.metadata.NodeState;
import io.trino.spi.connector.CatalogHandle;

import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import static com.google.common.net.HttpHeaders.CONTENT_TYPE;
import static com.google.common.net.MediaType.JSON_UTF_8;
import static com.google.common.util.concurrent.Futures.getUnchecked;
import static com.google.common.util.concurrent.Futures.transform;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.http.client.HttpUriBuilder.uriBuilderFrom;
import static io.airlift.http.client.JsonBodyGenerator.jsonBodyGenerator;
import static io.airlift.http.client.JsonResponseHandler.createJsonResponseHandler;
import static io.airlift.http.client.Request.Builder.preparePost;
import static io.airlift.http.client.StatusResponseHandler.createStatusResponseHandler;
import static java.util.Objects.requireNonNull;

/**
 * Prunes the workers and this coordinator. Other coordinators prune themselves.
 */
public class NodeCatalogPruner
        implements CatalogPruner
{
    private static final Logger log = Logger.get(NodeCatalogPruner.class);

    private final PrunableCatalogs ownCatalogs;
    private final ClusterCatalogs clusterCatalogs;
    private final SqlTaskManager taskManager;
    private final InternalNodeManager nodeManager;
    private final HttpClient httpClient;
    private final JsonCodec<PruneMark> markCodec;
    private final JsonCodec<PruneRequest> requestCodec;

    private Map<URI, PruneMark> marks = ImmutableMap.of();
    private Optional<PruneMark> ownMark = Optional.empty();

    @Inject
    public NodeCatalogPruner(
            PrunableCatalogs ownCatalogs,
            ClusterCatalogs clusterCatalogs,
            SqlTaskManager taskManager,
            InternalNodeManager nodeManager,
            @ForCatalogs HttpClient httpClient,
            JsonCodec<PruneMark> markCodec,
            JsonCodec<PruneRequest> requestCodec)
    {
        this.ownCatalogs = requireNonNull(ownCatalogs, "ownCatalogs is null");
        this.clusterCatalogs = requireNonNull(clusterCatalogs, "clusterCatalogs is null");
        this.taskManager = requireNonNull(taskManager, "taskManager is null");
        this.nodeManager = requireNonNull(nodeManager, "nodeManager is null");
        this.httpClient = requireNonNull(httpClient, "httpClient is null");
        this.markCodec = requireNonNull(markCodec, "markCodec is null");
        this.requestCodec = requireNonNull(requestCodec, "requestCodec is null");
    }

    @Override
    public void begin()
    {
        Map<URI, ListenableFuture<PruneMark>> answers = new HashMap<>();
        for (InternalNode node : nodeManager.getNodes(NodeState.ACTIVE)) {
            if (!node.isCoordinator()) {
                answers.put(node.getInternalUri(), httpClient.executeAsync(
                        preparePost()
                                .setUri(uriBuilderFrom(node.getInternalUri()).appendPath("/v1/catalog/prune/mark").build())
                                .setHeader(ProtocolVersions.HEADER, ProtocolVersions.SUPPORTED.toHeader())
                                .build(),
                        createJsonResponseHandler(markCodec)));
            }
        }
        ownMark = Optional.of(ownCatalogs.mark());
        ImmutableMap.Builder<URI, PruneMark> marks = ImmutableMap.builder();
        answers.forEach((worker, answer) -> answerOf(worker, answer).ifPresent(mark -> marks.put(worker, mark)));
        this.marks = marks.buildOrThrow();
        // the creator of a catalog may be dead, and other coordinators may not have looked since: a refresh puts all shared catalogs in
        // this coordinator's own report
        clusterCatalogs.refresh();
    }

    @Override
    public void prune(Set<CatalogHandle> keep)
    {
        if (!clusterCatalogs.isReadable()) {
            return;
        }
        ownMark.ifPresent(mark -> ownCatalogs.prune(new PruneRequest(mark, keep), taskManager::pruneCatalogs));
        Map<URI, ListenableFuture<Void>> answers = new HashMap<>();
        marks.forEach((worker, mark) -> answers.put(worker, transform(
                httpClient.executeAsync(
                        preparePost()
                                .setUri(uriBuilderFrom(worker).appendPath("/v1/catalog/prune").build())
                                .setHeader(ProtocolVersions.HEADER, ProtocolVersions.SUPPORTED.toHeader())
                                .setHeader(CONTENT_TYPE, JSON_UTF_8.toString())
                                .setBodyGenerator(jsonBodyGenerator(requestCodec, new PruneRequest(mark, keep)))
                                .build(),
                        createStatusResponseHandler()),
                response -> {
                    // 409: the worker was restarted, and has none of the catalogs from before
                    log.debug("Pruning the catalogs of worker %s was answered with status %s", worker, response.getStatusCode());
                    return null;
                },
                directExecutor())));
        answers.forEach(NodeCatalogPruner::answerOf);
    }

    private static <T> Optional<T> answerOf(URI worker, ListenableFuture<T> answer)
    {
        try {
            return Optional.ofNullable(getUnchecked(answer));
        }
        catch (RuntimeException e) {
            // the next round comes soon
            log.debug(e, "Worker %s cannot be pruned now", worker);
            return Optional.empty();
        }
    }
}
