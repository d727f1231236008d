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

import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.airlift.http.client.HttpClient;
import io.airlift.http.client.HttpUriBuilder;
import io.airlift.json.JsonCodec;
import io.prestosql.rpc.CoordinatorCallException;
import io.prestosql.rpc.JsonCaller;
import io.prestosql.rpc.NotLeaderException;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.spi.QueryId;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;

import static io.airlift.http.client.HttpUriBuilder.uriBuilderFrom;
import static io.airlift.http.client.Request.Builder.prepareGet;
import static io.airlift.http.client.Request.Builder.preparePut;
import static io.prestosql.rpc.JsonCaller.withBody;
import static java.util.Objects.requireNonNull;

/**
 * Reads the queue of another dispatcher through its {@code QueueResource}.
 */
public class QueueViewClient
{
    private final JsonCaller caller;
    private final ViewTimeouts timeouts;
    private final JsonCodec<List<ViewedQuery>> queriesCodec;
    private final JsonCodec<Optional<ViewedQuery>> queryCodec;
    private final JsonCodec<Optional<QueryDetails>> detailsCodec;
    private final JsonCodec<ExecutionFailureInfo> failureCodec;

    @Inject
    public QueueViewClient(
            @ForView HttpClient httpClient,
            @ForView ScheduledExecutorService executor,
            ViewConfig config,
            JsonCodec<List<ViewedQuery>> queriesCodec,
            JsonCodec<Optional<ViewedQuery>> queryCodec,
            JsonCodec<Optional<QueryDetails>> detailsCodec,
            JsonCodec<ExecutionFailureInfo> failureCodec)
    {
        this.caller = new JsonCaller(httpClient, executor, QueueViewClient::refusal);
        this.timeouts = new ViewTimeouts(config.getTimeout());
        this.queriesCodec = requireNonNull(queriesCodec, "queriesCodec is null");
        this.queryCodec = requireNonNull(queryCodec, "queryCodec is null");
        this.detailsCodec = requireNonNull(detailsCodec, "detailsCodec is null");
        this.failureCodec = requireNonNull(failureCodec, "failureCodec is null");
    }

    private static RuntimeException refusal(int status, String body)
    {
        return status == NotLeaderException.STATUS ? new NotLeaderException() : new CoordinatorCallException(status, body);
    }

    /**
     * @param dispatcher internal address of the dispatcher
     */
    public QueueView queueOf(URI dispatcher)
    {
        return new RemoteQueueView(dispatcher);
    }

    private class RemoteQueueView
            implements QueueView
    {
        private final URI dispatcher;

        private RemoteQueueView(URI dispatcher)
        {
            this.dispatcher = requireNonNull(dispatcher, "dispatcher is null");
        }

        @Override
        public ListenableFuture<List<ViewedQuery>> getQueries()
        {
            return caller.call(timeouts.forList(prepareGet().setUri(queries().build())), queriesCodec, timeouts.list());
        }

        @Override
        public ListenableFuture<Optional<ViewedQuery>> findQuery(QueryId queryId)
        {
            return caller.call(prepareGet().setUri(query(queryId).build()).build(), queryCodec, timeouts.silence());
        }

        @Override
        public ListenableFuture<Optional<QueryDetails>> findDetails(QueryId queryId, boolean pruned)
        {
            return caller.call(prepareGet().setUri(query(queryId).appendPath("info").addParameter("pruned", String.valueOf(pruned)).build()).build(), detailsCodec, timeouts.silence());
        }

        @Override
        public ListenableFuture<Void> fail(QueryId queryId, ExecutionFailureInfo reason)
        {
            return caller.call(withBody(preparePut().setUri(query(queryId).appendPath("failure").build()), failureCodec, reason), timeouts.silence());
        }

        private HttpUriBuilder queries()
        {
            return uriBuilderFrom(dispatcher).appendPath("/v1/queue/query");
        }

        private HttpUriBuilder query(QueryId queryId)
        {
            return queries().appendPath(queryId.toString());
        }
    }
}
