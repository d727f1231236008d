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
package io.prestosql.dispatcher.admission;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import io.airlift.log.Logger;
import io.opentelemetry.api.trace.Span;
import io.prestosql.protocol.SubmittedQuery;
import io.prestosql.queries.EachQuery;
import io.prestosql.queue.QueryTooLargeException;
import io.prestosql.rpc.NotLeaderException;
import io.prestosql.spi.querylog.DeposedException;
import io.trino.server.SessionContext;
import io.trino.spi.QueryId;
import jakarta.ws.rs.InternalServerErrorException;
import jakarta.ws.rs.core.Response;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;

import static com.google.common.util.concurrent.Futures.nonCancellationPropagating;
import static io.airlift.concurrent.MoreFutures.unwrapCompletionException;
import static io.prestosql.queue.QueueRecordCodec.MAX_STATEMENT_LENGTH;
import static jakarta.ws.rs.core.MediaType.TEXT_PLAIN;
import static java.util.Objects.requireNonNull;

/**
 * Holds what clients have submitted and the log does not have yet. A submission leaves when it is accepted, refused or failed, or with the
 * term.
 */
class PendingSubmissions
{
    private static final Logger log = Logger.get(PendingSubmissions.class);

    private final SubmissionLog submissionLog;
    private final int maxQueryLength;
    private final Map<QueryId, SettableFuture<ClientQuery>> submissions = new ConcurrentHashMap<>();
    private final Map<QueryId, ClientQuery> submitting = new ConcurrentHashMap<>();
    private final EachQuery deposed = new EachQuery(log, "refusing");

    /**
     * @param maxQueryLength the length of the longest statement that the engine takes
     */
    PendingSubmissions(SubmissionLog submissionLog, int maxQueryLength)
    {
        this.submissionLog = requireNonNull(submissionLog, "submissionLog is null");
        this.maxQueryLength = maxQueryLength;
        if (maxQueryLength > MAX_STATEMENT_LENGTH) {
            throw new IllegalArgumentException("query.max-length is %s, and the query log takes statements of up to %s characters: set query.max-length to that or less".formatted(maxQueryLength, MAX_STATEMENT_LENGTH));
        }
    }

    /**
     * Submits a query to the log, in a term that was there before this call. Submitting it again changes nothing.
     */
    ListenableFuture<ClientQuery> submit(LeaderTerm term, QueryId queryId, SubmittedQuery submitted, SessionContext sessionContext, Span span)
    {
        SettableFuture<ClientQuery> accepted = SettableFuture.create();
        SettableFuture<ClientQuery> earlier = submissions.putIfAbsent(queryId, accepted);
        if (earlier != null) {
            return nonCancellationPropagating(earlier);
        }
        // an accepted query is in the term before its submission is removed
        Optional<ClientQuery> known = term.get(queryId);
        if (known.isPresent()) {
            submissions.remove(queryId);
            accepted.set(known.get());
            return accepted;
        }
        ClientQuery query = new ClientQuery(queryId, submitted, Optional.of(sessionContext), span);
        submitting.put(queryId, query);
        try {
            // a text that is too long for the engine is kept only as far as that shows
            submissionLog.submit(term.epoch(), queryId, submitted.withSqlOfAtMost(maxQueryLength + 1))
                    .exceptionally(failure -> {
                        failed(query, accepted, unwrapCompletionException(failure));
                        return null;
                    });
        }
        // nothing may be kept of a query that its client is not told of; memory that has run out is free again when the client has its answer
        catch (Throwable t) {
            failed(query, accepted, t);
        }
        return nonCancellationPropagating(accepted);
    }

    /**
     * Fails the submission. The client may have submitted the query again meanwhile, to a later leader.
     */
    private void failed(ClientQuery query, SettableFuture<ClientQuery> submission, Throwable reason)
    {
        submissions.remove(query.queryId(), submission);
        if (submitting.remove(query.queryId(), query)) {
            query.destroy();
        }
        submission.setException(switch (reason) {
            case QueryTooLargeException tooLarge -> tooLarge;
            case DeposedException _, RejectedExecutionException _ -> new NotLeaderException();
            default -> {
                log.error(reason, "Query %s cannot be submitted", query.queryId());
                yield new InternalServerErrorException(Response.serverError().type(TEXT_PLAIN).entity("The query cannot be submitted: an error of the dispatcher, whose log says more").build(), reason);
            }
        });
    }

    /**
     * Adds the query to the term, as the log has it.
     */
    void accept(LeaderTerm term, QueryId queryId)
    {
        ClientQuery query = submitting.remove(queryId);
        term.add(query);
        submissions.remove(queryId).set(query);
    }

    /**
     * Fails the submission, as the log does not have it and will not.
     */
    void refuse(QueryId queryId)
    {
        Optional.ofNullable(submitting.remove(queryId)).ifPresent(ClientQuery::destroy);
        Optional.ofNullable(submissions.remove(queryId)).ifPresent(submission -> submission.setException(new NotLeaderException()));
    }

    /**
     * Fails all submissions, as this dispatcher does not lead any more. What becomes of them in the log, the next leader knows.
     */
    void clear()
    {
        NotLeaderException reason = new NotLeaderException();
        submissions.forEach((queryId, submission) -> {
            submissions.remove(queryId);
            deposed.run(queryId, () -> Optional.ofNullable(submitting.remove(queryId)).ifPresent(ClientQuery::destroy));
            submission.setException(reason);
        });
    }

    int size()
    {
        return Math.max(submissions.size(), submitting.size());
    }

    /**
     * Takes submissions to the leader of an epoch.
     */
    interface SubmissionLog
    {
        /**
         * @return done when the query is on its way to the log, or refused
         */
        CompletableFuture<Void> submit(long epoch, QueryId queryId, SubmittedQuery submitted);
    }
}
