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
package io.prestosql.dispatcher.leader;

import com.google.common.util.concurrent.ListenableFuture;
import io.airlift.http.client.HttpUriBuilder;
import io.airlift.http.client.Request;
import io.airlift.json.JsonCodec;
import io.airlift.units.Duration;
import io.prestosql.dispatcher.admission.QueryOutcome;
import io.prestosql.dispatcher.admission.QuerySubmission;
import io.prestosql.protocol.SubmittedQuery;
import io.prestosql.queries.QueryDetails;
import io.prestosql.queries.QueueView;
import io.prestosql.queries.ViewedQuery;
import io.prestosql.rpc.JsonCaller;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.spi.QueryId;

import java.net.URI;
import java.util.List;
import java.util.Optional;

import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.http.client.HttpUriBuilder.uriBuilderFrom;
import static io.airlift.http.client.Request.Builder.prepareDelete;
import static io.airlift.http.client.Request.Builder.prepareGet;
import static io.airlift.http.client.Request.Builder.preparePut;
import static io.prestosql.rpc.JsonCaller.withBody;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * The queue of another dispatcher that leads, called through that dispatcher's {@link QueueResource}.
 */
public class RemoteQueueService
        implements QueueService
{
    private final URI leader;
    private final JsonCaller caller;
    private final JsonCaller submissionCaller;
    private final Duration requestTimeout;
    private final JsonCodec<SubmittedQuery> submittedQueryCodec;
    private final JsonCodec<QueueAnswer> answerCodec;
    private final JsonCodec<Optional<QueryOutcome>> outcomeCodec;
    private final JsonCodec<ExecutionFailureInfo> failureCodec;
    private final QueueView view;

    /**
     * @param view the read-only view of that queue
     */
    RemoteQueueService(
            URI leader,
            JsonCaller caller,
            JsonCaller submissionCaller,
            Duration requestTimeout,
            JsonCodec<SubmittedQuery> submittedQueryCodec,
            JsonCodec<QueueAnswer> answerCodec,
            JsonCodec<Optional<QueryOutcome>> outcomeCodec,
            JsonCodec<ExecutionFailureInfo> failureCodec,
            QueueView view)
    {
        this.leader = requireNonNull(leader, "leader is null");
        this.caller = requireNonNull(caller, "caller is null");
        this.submissionCaller = requireNonNull(submissionCaller, "submissionCaller is null");
        this.requestTimeout = requireNonNull(requestTimeout, "requestTimeout is null");
        this.submittedQueryCodec = requireNonNull(submittedQueryCodec, "submittedQueryCodec is null");
        this.answerCodec = requireNonNull(answerCodec, "answerCodec is null");
        this.outcomeCodec = requireNonNull(outcomeCodec, "outcomeCodec is null");
        this.failureCodec = requireNonNull(failureCodec, "failureCodec is null");
        this.view = requireNonNull(view, "view is null");
    }

    @Override
    public ListenableFuture<QueueAnswer> submit(QuerySubmission submission)
    {
        Request request = withBody(preparePut().setUri(query(submission.queryId()).build()), submittedQueryCodec, submission.query());
        ListenableFuture<QueueAnswer> accepted = submissionCaller.call(request, answerCodec, requestTimeout);
        // the leader's spans continue this one, which ends here
        accepted.addListener(submission.span()::end, directExecutor());
        return accepted;
    }

    @Override
    public ListenableFuture<QueueAnswer> poll(QueryId queryId, String slug, long token, Duration maxWait)
    {
        Request request = prepareGet()
                .setUri(query(queryId).appendPath("client").appendPath(slug).appendPath(String.valueOf(token)).addParameter("wait", maxWait.toMillis() + "ms").build())
                .build();
        return caller.call(request, answerCodec, new Duration(maxWait.toMillis() + requestTimeout.toMillis(), MILLISECONDS));
    }

    @Override
    public ListenableFuture<Void> cancel(QueryId queryId, String slug, long token)
    {
        Request request = prepareDelete()
                .setUri(query(queryId).appendPath("client").appendPath(slug).appendPath(String.valueOf(token)).build())
                .build();
        return caller.call(request, requestTimeout);
    }

    @Override
    public ListenableFuture<Optional<QueryOutcome>> outcome(QueryId queryId)
    {
        return caller.call(prepareGet().setUri(query(queryId).appendPath("outcome").build()).build(), outcomeCodec, requestTimeout);
    }

    @Override
    public ListenableFuture<Void> fail(QueryId queryId, ExecutionFailureInfo reason)
    {
        Request request = withBody(preparePut().setUri(query(queryId).appendPath("failure").build()), failureCodec, reason);
        return caller.call(request, requestTimeout);
    }

    @Override
    public ListenableFuture<List<ViewedQuery>> getQueries()
    {
        return view.getQueries();
    }

    @Override
    public ListenableFuture<Optional<ViewedQuery>> findQuery(QueryId queryId)
    {
        return view.findQuery(queryId);
    }

    @Override
    public ListenableFuture<Optional<QueryDetails>> findDetails(QueryId queryId, boolean pruned)
    {
        return view.findDetails(queryId, pruned);
    }

    private HttpUriBuilder query(QueryId queryId)
    {
        return uriBuilderFrom(leader).appendPath("/v1/queue/query").appendPath(queryId.toString());
    }
}
