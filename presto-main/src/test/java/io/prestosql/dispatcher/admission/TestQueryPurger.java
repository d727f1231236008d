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
import io.airlift.units.DataSize;
import io.airlift.units.Duration;
import io.opentelemetry.api.trace.Span;
import io.prestosql.queue.core.QueryEnd;
import io.prestosql.queue.core.QueryFailure;
import io.prestosql.queue.core.QueueEvent;
import io.trino.spi.QueryId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.Optional;

import static io.prestosql.dispatcher.admission.AdmissionFixture.sessionContext;
import static io.prestosql.dispatcher.admission.AdmissionFixture.submitted;
import static io.prestosql.dispatcher.admission.AdmissionFixture.submittedHere;
import static io.trino.spi.StandardErrorCode.USER_CANCELED;
import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Time does not pass here: each period is either over at once or longer than the test.
 */
public class TestQueryPurger
{
    private static final Duration NONE = new Duration(0, MILLISECONDS);
    private static final Duration LONG = new Duration(1, HOURS);
    private static final QueryId ONE = new QueryId("one");
    private static final QueryId TWO = new QueryId("two");
    private static final QueryId THREE = new QueryId("three");

    private final AdmissionFixture fixture = new AdmissionFixture();
    private final LeaderTerm term = fixture.createTerm();
    private final HistoryTexts historyTexts = new HistoryTexts(new QueryHistoryConfig().setMaxHistoryTextSize(DataSize.of(1, DataSize.Unit.MEGABYTE)));

    @AfterEach
    public void tearDown()
            throws Exception
    {
        fixture.close();
    }

    @Test
    public void testQueryThatItsClientNeverAskedFor()
    {
        add(ONE);
        purge(LONG, NONE, NONE);
        assertKept(ONE);
        purge(NONE, LONG, LONG);
        assertForgotten(ONE);
    }

    @Test
    public void testQueryThatWaitsOrRuns()
    {
        ClientQuery query = add(ONE);
        query.enqueued(false);
        purge(NONE, NONE, NONE);
        assertKept(ONE);
    }

    @Test
    public void testQueryThatWasOverBeforeTheEngineHadIt()
    {
        ClientQuery query = add(ONE);
        end(query);
        purge(NONE, LONG, NONE);
        assertKept(ONE);
        purge(LONG, NONE, LONG);
        assertForgotten(ONE);
    }

    @Test
    public void testQueryThatTheEngineKeeps()
    {
        ClientQuery query = add(ONE);
        term.enqueue(ONE, false);
        await().until(() -> query.remoteQuery().isPresent() && fixture.dispatchManager().isQueryRegistered(ONE));
        end(query);
        purge(NONE, NONE, NONE);
        assertKept(ONE);
    }

    @Test
    public void testQueryThatTheEngineHasForgotten()
    {
        ClientQuery query = add(ONE);
        query.enqueued(false);
        end(query);
        // the engine may be about to create it
        purge(NONE, NONE, LONG);
        assertKept(ONE);
        purge(LONG, LONG, NONE);
        assertForgotten(ONE);
    }

    @Test
    public void testTextsAreForgotten()
    {
        ClientQuery query = submittedHere(ONE, submitted("x".repeat(10_000), ImmutableMap.of()));
        term.add(query);
        end(query);
        historyTexts.ended(query);
        purge(LONG, LONG, LONG);
        assertThat(historyTexts.bytes()).isPositive();
        purge(NONE, NONE, NONE);
        assertThat(historyTexts.bytes()).isZero();
    }

    @Test
    public void testQueryThatCannotBeForgotten()
    {
        add(ONE);
        add(TWO);
        term.add(new ClientQuery(THREE, submitted(), Optional.of(sessionContext(() -> {
            throw new IllegalStateException("on purpose");
        })), Span.getInvalid()));
        purge(NONE, NONE, NONE);
        assertThat(fixture.posted()).containsExactlyInAnyOrder(new QueueEvent.Forget(ONE), new QueueEvent.Forget(TWO));
    }

    @Test
    public void testWithoutTerm()
    {
        add(ONE);
        new QueryPurger(Optional::empty, historyTexts, fixture.events(), NONE, NONE, NONE).purge();
        assertKept(ONE);
    }

    @Test
    public void testPurgesAgainAndAgain()
    {
        QueryPurger purger = new QueryPurger(() -> Optional.of(term), historyTexts, fixture.events(), NONE, NONE, NONE);
        purger.start();
        try {
            add(ONE);
            await().untilAsserted(() -> assertForgotten(ONE));
            add(TWO);
            await().until(() -> fixture.posted().contains(new QueueEvent.Forget(TWO)));
        }
        finally {
            purger.stop();
        }
    }

    private ClientQuery add(QueryId queryId)
    {
        ClientQuery query = submittedHere(queryId, submitted());
        term.add(query);
        return query;
    }

    private static void end(ClientQuery query)
    {
        query.ended(QueryEnd.failed(new QueryFailure(USER_CANCELED, "Query was canceled")));
    }

    private void purge(Duration submissionTimeout, Duration minExpireAge, Duration creation)
    {
        new QueryPurger(() -> Optional.of(term), historyTexts, fixture.events(), submissionTimeout, minExpireAge, creation).purge();
    }

    private void assertKept(QueryId queryId)
    {
        assertThat(term.get(queryId)).isPresent();
        assertThat(fixture.posted()).isEmpty();
    }

    private void assertForgotten(QueryId queryId)
    {
        assertThat(term.get(queryId)).isEmpty();
        assertThat(fixture.posted()).containsExactly(new QueueEvent.Forget(queryId));
    }
}
