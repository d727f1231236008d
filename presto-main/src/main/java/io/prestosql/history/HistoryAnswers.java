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
import io.prestosql.rpc.Refusal;
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
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.jaxrs.AsyncResponseHandler.bindAsyncResponse;
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
    private final AtomicBoolean unavailable = new AtomicBoolean();

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
            return known.chart(identity, chart.filter(), chart.from(), chart.minutes(), chart.columns());
        });
    }

    private void answer(AsyncResponse asyncResponse, Function<VisibleHistory, ListenableFuture<?>> question)
    {
        if (history.isEmpty()) {
            asyncResponse.resume(Refusal.response(404, "The dispatchers keep no history of queries: set query-history.retention"));
            return;
        }
        ListenableFuture<?> answer;
        try {
            answer = question.apply(history.get());
        }
        catch (IllegalArgumentException e) {
            asyncResponse.resume(Refusal.response(400, e.getMessage()));
            return;
        }
        FluentFuture<Response> response = FluentFuture.from(answer)
                .transform(this::found, directExecutor())
                .catching(TooManyCountsException.class, failure -> Refusal.response(400, failure.getMessage()), directExecutor())
                .catching(NotLeaderException.class, _ -> RetryLater.response(leaderProblem.explain()), directExecutor())
                .catching(HistoryBusyException.class, failure -> RetryLater.response(failure.getMessage()), directExecutor())
                .catching(HistoryTimeoutException.class, HistoryAnswers::tooSlow, directExecutor())
                .catching(HistoryUnavailableException.class, this::unavailable, directExecutor())
                .catching(
                        Exception.class,
                        failure -> {
                            log.warn(failure, "The history of queries cannot be shown");
                            return RetryLater.response("The history does not answer; the dispatcher's log says why");
                        },
                        directExecutor());
        bindAsyncResponse(asyncResponse, response, directExecutor());
    }

    private Response found(Object found)
    {
        if (unavailable.getAndSet(false)) {
            log.info("The history of queries can be read again");
        }
        return Response.ok(found).build();
    }

    private Response unavailable(HistoryUnavailableException failure)
    {
        // clients ask often, and every user may ask
        if (!unavailable.getAndSet(true)) {
            log.warn("The history of queries cannot be read: %s", failure.getMessage());
        }
        return RetryLater.response("The history of queries cannot be read at the moment: the dispatcher's log says why");
    }

    /**
     * Answers without {@code Retry-After}, as the same request would take as long again.
     */
    private static Response tooSlow(HistoryTimeoutException failure)
    {
        log.debug(failure, "A read of the history took too long");
        return Refusal.response(503, "The history of queries was not read in time: choose a shorter time or fewer filters");
    }
}
