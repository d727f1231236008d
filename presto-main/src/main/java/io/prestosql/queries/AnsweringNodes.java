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

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.airlift.http.client.HttpClient;
import io.airlift.http.client.Request;
import io.airlift.http.client.StatusResponseHandler.StatusResponse;
import io.airlift.units.Duration;
import io.prestosql.rpc.Answer;
import io.prestosql.rpc.AnswerTimeout;

import java.net.URI;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ScheduledExecutorService;

import static com.google.common.collect.Maps.transformValues;
import static com.google.common.util.concurrent.Futures.whenAllComplete;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.http.client.HttpUriBuilder.uriBuilderFrom;
import static io.airlift.http.client.Request.Builder.prepareHead;
import static io.airlift.http.client.StatusResponseHandler.createStatusResponseHandler;
import static io.prestosql.queries.QuerySearch.describe;
import static java.util.Objects.requireNonNull;

/**
 * Finds out which nodes answer at the moment.
 */
public class AnsweringNodes
{
    private final HttpClient httpClient;
    private final ScheduledExecutorService executor;
    private final Duration timeout;

    @Inject
    public AnsweringNodes(@ForView HttpClient httpClient, @ForView ScheduledExecutorService executor, ViewConfig config)
    {
        this.httpClient = requireNonNull(httpClient, "httpClient is null");
        this.executor = requireNonNull(executor, "executor is null");
        this.timeout = config.getTimeout();
    }

    /**
     * @param addresses internal addresses by node id
     * @return the ids of the nodes that answer; complete after {@code cluster-view.timeout} at the latest
     */
    public ListenableFuture<View<Set<String>>> find(Map<String, URI> addresses)
    {
        Map<String, ListenableFuture<Integer>> answers = ImmutableMap.copyOf(transformValues(addresses, this::ask));
        return whenAllComplete(answers.values()).call(() -> answering(transformValues(answers, Answer::of)), directExecutor());
    }

    private ListenableFuture<Integer> ask(URI address)
    {
        Request request = prepareHead().setUri(uriBuilderFrom(address).appendPath("/v1/status").build()).build();
        return FluentFuture.from(AnswerTimeout.withTimeout(httpClient.executeAsync(request, createStatusResponseHandler()), timeout, executor))
                .transform(StatusResponse::getStatusCode, directExecutor());
    }

    private static View<Set<String>> answering(Map<String, Answer<Integer>> answers)
    {
        ImmutableSet.Builder<String> answering = ImmutableSet.builder();
        ImmutableList.Builder<String> missing = ImmutableList.builder();
        new TreeMap<>(answers).forEach((node, answer) -> {
            switch (answer) {
                case Answer.Given<Integer> _ -> answering.add(node);
                case Answer.Dead<Integer> _ -> {}
                case Answer.Missing(String reason) -> missing.add(describe(node, reason));
            }
        });
        return new View<>(answering.build(), missing.build());
    }
}
