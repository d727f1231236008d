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

import com.google.common.collect.ImmutableMap;
import com.google.common.util.concurrent.ListenableFuture;
import io.opentelemetry.api.trace.Span;
import io.prestosql.protocol.SubmittedQuery;
import io.prestosql.queue.QueryTooLargeException;
import io.prestosql.queue.core.QueryEnd;
import io.prestosql.queue.core.QueryFailure;
import io.prestosql.rpc.NotLeaderException;
import io.prestosql.spi.querylog.DeposedException;
import io.trino.spi.QueryId;
import jakarta.ws.rs.InternalServerErrorException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;

import static com.google.common.util.concurrent.Futures.getDone;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.prestosql.dispatcher.admission.AdmissionFixture.EPOCH;
import static io.prestosql.dispatcher.admission.AdmissionFixture.sessionContext;
import static io.prestosql.dispatcher.admission.AdmissionFixture.submitted;
import static io.prestosql.queue.QueueRecordCodec.MAX_STATEMENT_LENGTH;
import static io.trino.spi.StandardErrorCode.USER_CANCELED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

public class TestPendingSubmissions
{
    private static final int MAX_LENGTH = 100;
    private static final QueryId ONE = new QueryId("one");
    private static final QueryId TWO = new QueryId("two");
    private static final QueryId THREE = new QueryId("three");

    private final AdmissionFixture fixture = new AdmissionFixture();
    private final LeaderTerm term = fixture.createTerm();
    private final List<SentToLog> sent = new ArrayList<>();
    private final List<QueryId> destroyed = new ArrayList<>();
    /** What the log throws at once. */
    private Optional<RuntimeException> thrown = Optional.empty();
    private final PendingSubmissions submissions = new PendingSubmissions(this::sendToLog, MAX_LENGTH);

    private record SentToLog(long epoch, QueryId queryId, SubmittedQuery submitted, CompletableFuture<Void> outcome) {}

    @AfterEach
    public void tearDown()
            throws Exception
    {
        fixture.close();
    }

    @Test
    public void testAcceptedOnceTheLogHasIt()
            throws Exception
    {
        ListenableFuture<ClientQuery> accepted = submit(ONE);
        assertThat(sent).extracting(SentToLog::epoch, SentToLog::queryId).containsExactly(tuple(EPOCH, ONE));
        // the log has the order, not the record
        sent.getFirst().outcome().complete(null);
        assertThat(accepted).isNotDone();
        assertThat(term.get(ONE)).isEmpty();
        assertThat(submissions.size()).isEqualTo(1);

        submissions.accept(term, ONE);
        assertThat(getDone(accepted).queryId()).isEqualTo(ONE);
        assertThat(term.get(ONE)).containsSame(getDone(accepted));
        assertThat(submissions.size()).isZero();
        assertThat(destroyed).isEmpty();
    }

    @Test
    public void testSubmittedAgain()
            throws Exception
    {
        ListenableFuture<ClientQuery> first = submit(ONE);
        ListenableFuture<ClientQuery> second = submit(ONE);
        ListenableFuture<ClientQuery> third = submit(ONE);
        // a client that goes away does not take the others' answers with it
        first.cancel(true);
        second.cancel(true);
        submissions.accept(term, ONE);
        assertThat(getDone(third)).isSameAs(term.get(ONE).orElseThrow());
        assertThat(getDone(submit(ONE))).isSameAs(getDone(third));
        assertThat(sent).hasSize(1);
        assertThat(submissions.size()).isZero();
    }

    /**
     * A query that was found nowhere for a moment would be submitted twice.
     */
    @Test
    public void testClientIsToldWhenTheTermHasIt()
    {
        ListenableFuture<ClientQuery> accepted = submit(ONE);
        List<ListenableFuture<ClientQuery>> again = new ArrayList<>();
        accepted.addListener(() -> {
            assertThat(term.get(ONE)).isPresent();
            again.add(submit(ONE));
        }, directExecutor());
        submissions.accept(term, ONE);
        assertThat(again).singleElement().satisfies(future -> assertThat(getDone(future)).isSameAs(getDone(accepted)));
        assertThat(sent).hasSize(1);
    }

    @Test
    public void testRefused()
    {
        ListenableFuture<ClientQuery> refused = submit(ONE);
        submissions.refuse(ONE);
        assertFailed(refused, NotLeaderException.class);
        assertThat(destroyed).containsExactly(ONE);
        assertThat(submissions.size()).isZero();
        assertThat(term.get(ONE)).isEmpty();
        // the submission may have failed before
        submissions.refuse(ONE);
        // a refusal is not final
        assertThat(submit(ONE)).isNotDone();
        assertThat(sent).hasSize(2);
    }

    @Test
    public void testLogFails()
    {
        ListenableFuture<ClientQuery> one = submit(ONE);
        ListenableFuture<ClientQuery> two = submit(TWO);
        ListenableFuture<ClientQuery> three = submit(THREE);
        sent.get(0).outcome().completeExceptionally(new DeposedException(EPOCH));
        sent.get(1).outcome().completeExceptionally(new RejectedExecutionException("stopped"));
        sent.get(2).outcome().completeExceptionally(new IllegalStateException("on purpose"));
        assertFailed(one, NotLeaderException.class);
        assertFailed(two, NotLeaderException.class);
        assertFailed(three, InternalServerErrorException.class);
        assertThat(destroyed).containsExactly(ONE, TWO, THREE);
        assertThat(submissions.size()).isZero();
    }

    @Test
    public void testLogFailsAtOnce()
    {
        thrown = Optional.of(new QueryTooLargeException("too large"));
        assertFailed(submit(ONE), QueryTooLargeException.class);
        thrown = Optional.of(new IllegalStateException("on purpose"));
        assertFailed(submit(TWO), InternalServerErrorException.class);
        assertThat(destroyed).containsExactly(ONE, TWO);
        assertThat(submissions.size()).isZero();
    }

    @Test
    public void testEndOfTerm()
    {
        ListenableFuture<ClientQuery> one = submit(ONE);
        ListenableFuture<ClientQuery> two = submit(TWO);
        submissions.clear();
        assertFailed(one, NotLeaderException.class);
        assertFailed(two, NotLeaderException.class);
        assertThat(destroyed).containsExactlyInAnyOrder(ONE, TWO);
        assertThat(submissions.size()).isZero();
    }

    @Test
    public void testEndOfTermWithQueryThatCannotBeDestroyed()
    {
        List<ListenableFuture<ClientQuery>> futures = new ArrayList<>();
        for (QueryId queryId : List.of(ONE, TWO, THREE)) {
            futures.add(submissions.submit(term, queryId, submitted(), sessionContext(() -> {
                throw new IllegalStateException("on purpose");
            }), Span.getInvalid()));
        }
        submissions.clear();
        assertThat(futures).allSatisfy(future -> assertFailed(future, NotLeaderException.class));
        assertThat(submissions.size()).isZero();
    }

    /**
     * The failure of a submission to one term does not touch a submission of the same query to the next.
     */
    @Test
    public void testLateFailureOfEarlierTerm()
            throws Exception
    {
        ListenableFuture<ClientQuery> earlier = submit(ONE);
        submissions.clear();
        LeaderTerm nextTerm = fixture.createTerm(EPOCH + 1, directExecutor(), 1);
        ListenableFuture<ClientQuery> later = submissions.submit(nextTerm, ONE, submitted(), sessionContext(() -> destroyed.add(TWO)), Span.getInvalid());
        sent.getFirst().outcome().completeExceptionally(new DeposedException(EPOCH));
        assertFailed(earlier, NotLeaderException.class);
        assertThat(later).isNotDone();
        assertThat(submissions.size()).isEqualTo(1);
        assertThat(destroyed).containsExactly(ONE);
        assertThat(sent.getLast().epoch()).isEqualTo(EPOCH + 1);

        submissions.accept(nextTerm, ONE);
        assertThat(getDone(later)).isSameAs(nextTerm.get(ONE).orElseThrow());
    }

    @Test
    public void testTextThatIsTooLongForTheEngine()
            throws Exception
    {
        SubmittedQuery longest = submitted("x".repeat(MAX_LENGTH), ImmutableMap.of());
        SubmittedQuery tooLong = submitted("x".repeat(3 * MAX_LENGTH), ImmutableMap.of());
        submissions.submit(term, ONE, longest, sessionContext(() -> {}), Span.getInvalid());
        submissions.submit(term, TWO, tooLong, sessionContext(() -> {}), Span.getInvalid());
        assertThat(sent).extracting(submission -> submission.submitted().request().sql().length()).containsExactly(MAX_LENGTH, MAX_LENGTH + 1);
    }

    @Test
    public void testTextsThatAreTooLongForTheLog()
    {
        assertThatThrownBy(() -> new PendingSubmissions(this::sendToLog, MAX_STATEMENT_LENGTH + 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("set query.max-length to that or less");
        assertThat(new PendingSubmissions(this::sendToLog, MAX_STATEMENT_LENGTH).size()).isZero();
    }

    /**
     * The next leader has the query from the log, and it may be over by then.
     */
    @Test
    public void testQueryThatTheTermHasFromTheLog()
            throws Exception
    {
        ClientQuery known = AdmissionFixture.inherited(ONE, submitted());
        term.add(known);
        known.ended(QueryEnd.failed(new QueryFailure(USER_CANCELED, "Query was canceled")));
        assertThat(getDone(submit(ONE))).isSameAs(known);
        assertThat(sent).isEmpty();
        assertThat(submissions.size()).isZero();
    }

    private ListenableFuture<ClientQuery> submit(QueryId queryId)
    {
        return submissions.submit(term, queryId, submitted(), sessionContext(() -> destroyed.add(queryId)), Span.getInvalid());
    }

    private CompletableFuture<Void> sendToLog(long epoch, QueryId queryId, SubmittedQuery submitted)
    {
        if (thrown.isPresent()) {
            throw thrown.get();
        }
        CompletableFuture<Void> outcome = new CompletableFuture<>();
        sent.add(new SentToLog(epoch, queryId, submitted, outcome));
        return outcome;
    }

    private static void assertFailed(ListenableFuture<?> future, Class<? extends Exception> failure)
    {
        assertThat(future).isDone();
        assertThatThrownBy(() -> getDone(future))
                .isInstanceOf(ExecutionException.class)
                .cause().isInstanceOf(failure);
    }
}
