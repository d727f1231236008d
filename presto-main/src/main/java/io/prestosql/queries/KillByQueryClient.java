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

import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.airlift.discovery.client.ServiceSelector;
import io.airlift.discovery.client.ServiceType;
import io.airlift.http.client.HttpClient;
import io.airlift.json.JsonCodec;
import io.prestosql.node.InternalAddresses;
import io.prestosql.queries.QueryKiller.Outcome;
import io.prestosql.rpc.CoordinatorCallException;
import io.prestosql.rpc.FirstSuccess;
import io.prestosql.rpc.JsonCaller;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.spi.QueryId;

import java.net.URI;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.util.concurrent.Futures.immediateFailedFuture;
import static com.google.common.util.concurrent.Futures.immediateFuture;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.http.client.HttpUriBuilder.uriBuilderFrom;
import static io.airlift.http.client.Request.Builder.prepareGet;
import static io.airlift.http.client.Request.Builder.preparePut;
import static io.prestosql.node.ServiceNames.DISPATCHER_SERVICE;
import static io.prestosql.rpc.JsonCaller.withBody;
import static java.util.Objects.requireNonNull;

/**
 * Has dispatchers kill queries that this coordinator's cluster may not stop itself: those of other clusters, and those that wait.
 */
public class KillByQueryClient
{
    private static final int NOT_FOUND = 404;
    private static final int FORBIDDEN = 403;

    private final ServiceSelector dispatchers;
    private final InternalAddresses addresses;
    private final JsonCaller caller;
    private final ViewTimeouts timeouts;
    private final JsonCodec<ExecutionFailureInfo> failureCodec;
    private final JsonCodec<Outcome> outcomeCodec;
    private final JsonCodec<Boolean> limitedCodec;

    @Inject
    public KillByQueryClient(
            @ServiceType(DISPATCHER_SERVICE) ServiceSelector dispatchers,
            InternalAddresses addresses,
            @ForView HttpClient httpClient,
            @ForView ScheduledExecutorService executor,
            ViewConfig config,
            JsonCodec<ExecutionFailureInfo> failureCodec,
            JsonCodec<Outcome> outcomeCodec,
            JsonCodec<Boolean> limitedCodec)
    {
        this.dispatchers = requireNonNull(dispatchers, "dispatchers is null");
        this.addresses = requireNonNull(addresses, "addresses is null");
        this.caller = new JsonCaller(httpClient, executor, (status, body) -> status == FORBIDDEN ? new KillDeniedException(body) : new CoordinatorCallException(status, body));
        this.timeouts = new ViewTimeouts(config.getTimeout());
        this.failureCodec = requireNonNull(failureCodec, "failureCodec is null");
        this.outcomeCodec = requireNonNull(outcomeCodec, "outcomeCodec is null");
        this.limitedCodec = requireNonNull(limitedCodec, "limitedCodec is null");
    }

    /**
     * Returns whether this node may stop only the queries that run in its cluster; false when no dispatcher says so.
     */
    ListenableFuture<Boolean> isLimitedToOwnCluster()
    {
        List<ListenableFuture<Boolean>> answers = addresses.of(dispatchers).values().stream()
                .map(dispatcher -> caller.call(prepareGet().setUri(uriBuilderFrom(dispatcher).appendPath("/v1/kill/limited").build()).build(), limitedCodec, timeouts.silence()))
                .collect(toImmutableList());
        if (answers.isEmpty()) {
            return immediateFuture(false);
        }
        return FluentFuture.from(FirstSuccess.of(answers, _ -> 0)).catching(Exception.class, _ -> false, directExecutor());
    }

    /**
     * @param killerId the query that gives the order, and that runs here
     * @return the outcome. {@link Outcome#NOT_FOUND} when no dispatcher knows this call, as those of earlier releases do not. The future fails
     * with {@link KillDeniedException} when the user may not kill the query.
     */
    public ListenableFuture<Outcome> kill(QueryId queryId, QueryId killerId, ExecutionFailureInfo reason)
    {
        return askNext(addresses.of(dispatchers).values().iterator(), queryId, killerId, reason, immediateFuture(Outcome.NOT_FOUND));
    }

    /**
     * Asks one dispatcher after the other: two that kill at the same time would not agree which of them did.
     *
     * @param last the result if there are no more dispatchers
     */
    private ListenableFuture<Outcome> askNext(Iterator<URI> left, QueryId queryId, QueryId killerId, ExecutionFailureInfo reason, ListenableFuture<Outcome> last)
    {
        if (!left.hasNext()) {
            return last;
        }
        URI uri = uriBuilderFrom(left.next()).appendPath("/v1/kill").appendPath(queryId.toString()).appendPath("by").appendPath(killerId.toString()).build();
        return FluentFuture.from(caller.call(withBody(preparePut().setUri(uri), failureCodec, reason), outcomeCodec, timeouts.list()))
                .catchingAsync(
                        Exception.class,
                        failure -> {
                            if (failure instanceof KillDeniedException) {
                                return immediateFailedFuture(failure);
                            }
                            boolean unknownCall = failure instanceof CoordinatorCallException call && call.getStatus() == NOT_FOUND;
                            return askNext(left, queryId, killerId, reason, unknownCall ? last : immediateFailedFuture(failure));
                        },
                        directExecutor());
    }

    /**
     * Thrown when the user of the killing query may not kill the other one.
     */
    public static class KillDeniedException
            extends RuntimeException
    {
        KillDeniedException(String message)
        {
            super(message);
        }
    }
}
