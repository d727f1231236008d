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
package io.prestosql.memory;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.airlift.http.client.HttpClient;
import io.airlift.json.JsonCodec;
import io.airlift.units.Duration;
import io.prestosql.rpc.CoordinatorCallException;
import io.prestosql.rpc.JsonCaller;
import io.trino.memory.ForMemoryManager;
import io.trino.spi.QueryId;
import jakarta.annotation.PreDestroy;

import java.net.URI;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;

import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.airlift.http.client.HttpUriBuilder.uriBuilderFrom;
import static io.airlift.http.client.Request.Builder.prepareGet;
import static io.airlift.http.client.Request.Builder.preparePost;
import static io.prestosql.node.LateTasks.dropLateTasks;
import static io.prestosql.rpc.JsonCaller.withBody;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Calls another coordinator's {@link LowMemoryResource}. Every call is bounded in time. A time-out fails the future with a
 * {@link java.util.concurrent.TimeoutException}, an unexpected answer with a {@link CoordinatorCallException}.
 */
public class LowMemoryClient
{
    private static final Duration TIMEOUT = new Duration(3, SECONDS);

    private final JsonCaller caller;
    private final JsonCodec<DecisionRound> roundCodec;
    private final JsonCodec<RoundAnswer> answerCodec;
    private final JsonCodec<KillOrder> orderCodec;
    private final JsonCodec<List<QueryId>> queriesCodec;
    private final ScheduledExecutorService executor = dropLateTasks(new ScheduledThreadPoolExecutor(1, daemonThreadsNamed("low-memory-timeout")));

    @Inject
    public LowMemoryClient(
            @ForMemoryManager HttpClient httpClient,
            JsonCodec<DecisionRound> roundCodec,
            JsonCodec<RoundAnswer> answerCodec,
            JsonCodec<KillOrder> orderCodec,
            JsonCodec<List<QueryId>> queriesCodec)
    {
        this.caller = new JsonCaller(httpClient, executor, CoordinatorCallException::new);
        this.roundCodec = requireNonNull(roundCodec, "roundCodec is null");
        this.answerCodec = requireNonNull(answerCodec, "answerCodec is null");
        this.orderCodec = requireNonNull(orderCodec, "orderCodec is null");
        this.queriesCodec = requireNonNull(queriesCodec, "queriesCodec is null");
    }

    @PreDestroy
    public void stop()
    {
        executor.shutdownNow();
    }

    public ListenableFuture<RoundAnswer> join(URI coordinator, DecisionRound round)
    {
        return caller.call(withBody(preparePost().setUri(uri(coordinator, "round")), roundCodec, round), answerCodec, TIMEOUT);
    }

    /**
     * Completes when the coordinator has taken the order.
     */
    public ListenableFuture<Void> order(URI coordinator, KillOrder order)
    {
        return caller.call(withBody(preparePost().setUri(uri(coordinator, "order")), orderCodec, order), TIMEOUT);
    }

    /**
     * Returns the queries of that coordinator whose memory on workers is not leaked.
     */
    public ListenableFuture<List<QueryId>> getAccountedQueries(URI coordinator)
    {
        return caller.call(prepareGet().setUri(uri(coordinator, "query")).build(), queriesCodec, TIMEOUT);
    }

    private static URI uri(URI coordinator, String path)
    {
        return uriBuilderFrom(coordinator).appendPath("/v1/low-memory").appendPath(path).build();
    }
}
