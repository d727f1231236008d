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

import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.airlift.http.client.HttpClient;
import io.airlift.json.JsonCodec;
import io.airlift.units.Duration;
import io.prestosql.fleet.CoordinatorMonitorConfig;
import io.prestosql.fleet.ForCoordinators;
import io.prestosql.rpc.JsonCaller;
import io.prestosql.rpc.NotLeaderException;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;

import static io.airlift.http.client.HttpUriBuilder.uriBuilderFrom;
import static io.airlift.http.client.Request.Builder.preparePost;
import static io.prestosql.rpc.JsonCaller.withBody;
import static java.util.Objects.requireNonNull;

/**
 * Calls the {@link LeaderHistoryResource} of the dispatcher that leads.
 */
public class HistoryClient
{
    private final JsonCaller caller;
    private final Duration requestTimeout;
    private final JsonCodec<Read> readCodec;
    private final JsonCodec<Count> countCodec;
    private final JsonCodec<List<PastQuery>> queriesCodec;
    private final JsonCodec<List<PastQueryCount>> countsCodec;

    /**
     * The arguments of {@link PastQueryStore#read}.
     */
    public record Read(PastQueryFilter filter, Optional<PastQueryPosition> after, int limit)
    {
        public Read
        {
            requireNonNull(filter, "filter is null");
            requireNonNull(after, "after is null");
        }
    }

    /**
     * The arguments of {@link PastQueryStore#count}.
     */
    public record Count(PastQueryFilter filter, int minutes)
    {
        public Count
        {
            requireNonNull(filter, "filter is null");
        }
    }

    @Inject
    public HistoryClient(
            @ForCoordinators HttpClient httpClient,
            @ForCoordinators ScheduledExecutorService executor,
            CoordinatorMonitorConfig config,
            JsonCodec<Read> readCodec,
            JsonCodec<Count> countCodec,
            JsonCodec<List<PastQuery>> queriesCodec,
            JsonCodec<List<PastQueryCount>> countsCodec)
    {
        this.caller = new JsonCaller(httpClient, executor, HistoryClient::refusal);
        this.requestTimeout = config.getRequestTimeout();
        this.readCodec = requireNonNull(readCodec, "readCodec is null");
        this.countCodec = requireNonNull(countCodec, "countCodec is null");
        this.queriesCodec = requireNonNull(queriesCodec, "queriesCodec is null");
        this.countsCodec = requireNonNull(countsCodec, "countsCodec is null");
    }

    /**
     * @param leader the leader's internal address
     */
    public ListenableFuture<List<PastQuery>> read(URI leader, Read read)
    {
        URI uri = uriBuilderFrom(leader).appendPath("/v1/queue/history").build();
        return caller.call(withBody(preparePost().setUri(uri), readCodec, read), queriesCodec, requestTimeout);
    }

    /**
     * @param leader the leader's internal address
     */
    public ListenableFuture<List<PastQueryCount>> count(URI leader, Count count)
    {
        URI uri = uriBuilderFrom(leader).appendPath("/v1/queue/history/count").build();
        return caller.call(withBody(preparePost().setUri(uri), countCodec, count), countsCodec, requestTimeout);
    }

    private static RuntimeException refusal(int status, String body)
    {
        return switch (status) {
            case LeaderHistoryResource.TOO_MANY_COUNTS -> new TooManyCountsException();
            case NotLeaderException.STATUS -> new NotLeaderException();
            default -> new IllegalStateException("The queue's leader answered with status %s: %s".formatted(status, body));
        };
    }
}
