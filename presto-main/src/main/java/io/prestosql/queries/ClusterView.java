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

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import com.google.inject.Inject;
import io.prestosql.rpc.Answer;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.spi.QueryId;
import jakarta.ws.rs.NotFoundException;
import org.weakref.jmx.Managed;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;

import static com.google.common.collect.Maps.transformValues;
import static com.google.common.util.concurrent.Futures.immediateFailedFuture;
import static com.google.common.util.concurrent.Futures.immediateVoidFuture;
import static com.google.common.util.concurrent.Futures.submit;
import static com.google.common.util.concurrent.Futures.transform;
import static com.google.common.util.concurrent.Futures.whenAllComplete;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.prestosql.queries.QuerySearch.describe;
import static java.util.Objects.requireNonNull;

/**
 * The queries and transactions of the whole cluster: those of the queue and of every coordinator. The caller checks what a user may see.
 * <p>
 * All nodes are asked in parallel. A silent node is named as missing. It delays the answer by {@code cluster-view.timeout}, unless this node
 * knows that it is silent.
 */
public class ClusterView
{
    private final ViewPeers peers;
    private final QueueView queue;
    private final Optional<OwnView> own;
    private final ObjectMapper objectMapper;
    private final AtomicLong incompleteViews = new AtomicLong();

    @Inject
    public ClusterView(ViewPeers peers, QueueView queue, Optional<OwnView> own, ObjectMapper objectMapper)
    {
        this.peers = requireNonNull(peers, "peers is null");
        this.queue = requireNonNull(queue, "queue is null");
        this.own = requireNonNull(own, "own is null");
        this.objectMapper = requireNonNull(objectMapper, "objectMapper is null");
    }

    public ListenableFuture<View<List<ViewedQuery>>> getQueries()
    {
        ListenableFuture<List<ViewedQuery>> queued = queue.getQueries();
        Map<String, ListenableFuture<List<ViewedQuery>>> coordinators = ask(OwnView::getQueries, ViewClient::getQueries);
        return whenAllComplete(ImmutableList.<ListenableFuture<?>>builder().add(queued).addAll(coordinators.values()).build())
                .call(() -> count(QueryList.merge(Answer.of(queued), transformValues(coordinators, Answer::of))), directExecutor());
    }

    /**
     * Returns the name of the cluster of a coordinator that shows a query, if this node knows it.
     */
    Optional<String> clusterOf(Optional<String> coordinator)
    {
        return coordinator.flatMap(peers::clusterOf);
    }

    public ListenableFuture<View<List<ViewedTransaction>>> getTransactions()
    {
        Map<String, ListenableFuture<List<ViewedTransaction>>> coordinators = ask(OwnView::getTransactions, ViewClient::getTransactions);
        return whenAllComplete(coordinators.values()).call(() -> count(concat(transformValues(coordinators, Answer::of))), directExecutor());
    }

    private static <T> View<List<T>> concat(Map<String, Answer<List<T>>> answers)
    {
        ImmutableList.Builder<T> values = ImmutableList.builder();
        ImmutableList.Builder<String> missing = ImmutableList.builder();
        new TreeMap<>(answers).forEach((coordinator, answer) -> {
            switch (answer) {
                case Answer.Given(List<T> given) -> values.addAll(given);
                case Answer.Dead<List<T>> _ -> {}
                case Answer.Missing(String reason) -> missing.add(describe(coordinator, reason));
            }
        });
        return new View<>(values.build(), missing.build());
    }

    public ListenableFuture<View<Optional<Found<ViewedQuery>>>> findQuery(QueryId queryId)
    {
        return search(
                transform(queue.findQuery(queryId), found -> found.map(Found::of), directExecutor()),
                ask(
                        view -> view.findQuery(queryId).map(Found::of),
                        (client, address) -> transform(client.findQuery(address, queryId), found -> found.map(Found::of), directExecutor())));
    }

    /**
     * @param pruned whether details of stages and operators are left out
     */
    public ListenableFuture<View<Optional<Found<QueryDetails>>>> findDetails(QueryId queryId, boolean pruned)
    {
        Map<String, ListenableFuture<Optional<JsonNode>>> infos = ask(
                view -> view.findInfo(queryId, pruned).map(objectMapper::<JsonNode>valueToTree),
                (client, address) -> client.findInfo(address, queryId, pruned));
        ImmutableMap.Builder<String, ListenableFuture<Optional<Found<QueryDetails>>>> coordinators = ImmutableMap.builder();
        infos.forEach((coordinator, info) -> coordinators.put(
                coordinator,
                transform(info, found -> found.map(json -> Found.of(new QueryDetails(json, Optional.of(coordinator)))), directExecutor())));
        return search(
                transform(queue.findDetails(queryId, pruned), found -> found.map(Found::of), directExecutor()),
                coordinators.buildOrThrow());
    }

    private <T> View<T> count(View<T> view)
    {
        if (!view.missing().isEmpty()) {
            incompleteViews.incrementAndGet();
        }
        return view;
    }

    @Managed(description = "What was shown, or looked for, without an answer of every node that may have had a part of it")
    public long getIncompleteViews()
    {
        return incompleteViews.get();
    }

    /**
     * Fails a query on the coordinator that has it.
     */
    ListenableFuture<Void> failAt(String coordinator, QueryId queryId, ExecutionFailureInfo reason)
    {
        if (own.isPresent() && coordinator.equals(peers.nodeId())) {
            return own.get().fail(queryId, reason) ? immediateVoidFuture() : immediateFailedFuture(new NotFoundException("Query is not running here"));
        }
        ViewPeer peer = peers.coordinators().get(coordinator);
        return peer == null ? immediateFailedFuture(new IllegalStateException("Coordinator %s is not announced".formatted(coordinator))) : peer.client().fail(peer.address(), queryId, reason);
    }

    private <T> Map<String, ListenableFuture<T>> ask(Function<OwnView, T> here, BiFunction<ViewClient, URI, ListenableFuture<T>> elsewhere)
    {
        ImmutableMap.Builder<String, ListenableFuture<T>> answers = ImmutableMap.builder();
        peers.coordinators().forEach((coordinator, peer) -> answers.put(coordinator, peer.ask(elsewhere)));
        own.ifPresent(view -> answers.put(peers.nodeId(), submit(() -> here.apply(view), directExecutor())));
        return answers.buildOrThrow();
    }

    private <T> ListenableFuture<View<Optional<Found<T>>>> search(
            ListenableFuture<Optional<Found<T>>> queue,
            Map<String, ListenableFuture<Optional<Found<T>>>> coordinators)
    {
        SettableFuture<View<Optional<Found<T>>>> result = SettableFuture.create();
        QuerySearch<T> search = new QuerySearch<>(coordinators.keySet());
        watch(queue, search, answer -> search.queueAnswered(answer), result);
        coordinators.forEach((coordinator, question) -> watch(question, search, answer -> search.coordinatorAnswered(coordinator, answer), result));
        result.addListener(
                () -> {
                    queue.cancel(true);
                    coordinators.values().forEach(question -> question.cancel(true));
                },
                directExecutor());
        return result;
    }

    private <T> void watch(
            ListenableFuture<Optional<Found<T>>> question,
            QuerySearch<T> search,
            Consumer<Answer<Optional<Found<T>>>> answered,
            SettableFuture<View<Optional<Found<T>>>> result)
    {
        question.addListener(
                () -> {
                    if (result.isDone()) {
                        return;
                    }
                    Optional<View<Optional<Found<T>>>> found;
                    synchronized (search) {
                        answered.accept(Answer.of(question));
                        found = search.result();
                    }
                    found.ifPresent(view -> result.set(count(view)));
                },
                directExecutor());
    }
}
