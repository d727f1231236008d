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

import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.prestosql.dispatcher.leader.LeaderProblem;
import io.prestosql.history.HistoryRequest.ChartRequest;
import io.prestosql.history.HistoryRequest.ListRequest;
import io.prestosql.rpc.NotLeaderException;
import io.prestosql.rpc.RetryLater;
import io.trino.server.HttpRequestSessionContextFactory;
import io.trino.spi.security.Identity;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;

import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;

import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.jaxrs.AsyncResponseHandler.bindAsyncResponse;
import static jakarta.ws.rs.core.MediaType.TEXT_PLAIN;
import static jakarta.ws.rs.core.Response.Status.BAD_REQUEST;
import static jakarta.ws.rs.core.Response.Status.NOT_FOUND;
import static java.util.Objects.requireNonNull;

/**
 * Answers requests for the history.
 */
public class HistoryAnswers
{
    private static final Logger log = Logger.get(HistoryAnswers.class);

    private final Optional<VisibleHistory> history;
    private final LeaderProblem leaderProblem;
    private final HttpRequestSessionContextFactory sessionContextFactory;

    @Inject
    public HistoryAnswers(Optional<VisibleHistory> history, LeaderProblem leaderProblem, HttpRequestSessionContextFactory sessionContextFactory)
    {
        this.history = requireNonNull(history, "history is null");
        this.leaderProblem = requireNonNull(leaderProblem, "leaderProblem is null");
        this.sessionContextFactory = requireNonNull(sessionContextFactory, "sessionContextFactory is null");
    }

    void answerList(UriInfo uri, HttpServletRequest request, HttpHeaders headers, AsyncResponse asyncResponse)
    {
        Identity identity = sessionContextFactory.extractAuthorizedIdentity(request, headers);
        answer(asyncResponse, known -> {
            ListRequest list = HistoryRequest.parseList(uri.getQueryParameters(), known.isSqlKept());
            return known.read(identity, list.filter(), list.after(), list.limit());
        });
    }

    void answerChart(UriInfo uri, HttpServletRequest request, HttpHeaders headers, AsyncResponse asyncResponse)
    {
        Identity identity = sessionContextFactory.extractAuthorizedIdentity(request, headers);
        answer(asyncResponse, known -> {
            ChartRequest chart = HistoryRequest.parseChart(uri.getQueryParameters(), known.isSqlKept(), Instant.now());
            return known.chart(identity, chart.filter(), chart.from(), chart.minutes(), chart.stretches());
        });
    }

    private void answer(AsyncResponse asyncResponse, Function<VisibleHistory, ListenableFuture<?>> question)
    {
        if (history.isEmpty()) {
            asyncResponse.resume(refusal(NOT_FOUND, "The dispatchers keep no history of queries: set query-history.retention"));
            return;
        }
        ListenableFuture<?> answer;
        try {
            answer = question.apply(history.get());
        }
        catch (IllegalArgumentException e) {
            asyncResponse.resume(refusal(BAD_REQUEST, e.getMessage()));
            return;
        }
        FluentFuture<Response> response = FluentFuture.from(answer)
                .transform(found -> Response.ok(found).build(), directExecutor())
                .catching(TooManyCountsException.class, failure -> refusal(BAD_REQUEST, failure.getMessage()), directExecutor())
                .catching(NotLeaderException.class, _ -> RetryLater.response(leaderProblem.explain()), directExecutor())
                .catching(HistoryUnavailableException.class, failure -> RetryLater.response(failure.getMessage()), directExecutor())
                .catching(
                        Exception.class,
                        failure -> {
                            log.warn(failure, "The history of queries cannot be shown");
                            return RetryLater.response("The history does not answer; the dispatcher's log says why");
                        },
                        directExecutor());
        bindAsyncResponse(asyncResponse, response, directExecutor());
    }

    private static Response refusal(Response.Status status, String reason)
    {
        return Response.status(status).type(TEXT_PLAIN).entity(reason).build();
    }
}
