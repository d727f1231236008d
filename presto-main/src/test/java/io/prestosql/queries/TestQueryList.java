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

import io.prestosql.rpc.Answer;
import io.trino.execution.QueryState;
import io.trino.operator.RetryPolicy;
import io.trino.server.BasicQueryInfo;
import io.trino.spi.QueryId;
import org.junit.jupiter.api.Test;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import static io.trino.execution.QueryState.FAILED;
import static io.trino.execution.QueryState.FINISHED;
import static io.trino.execution.QueryState.QUEUED;
import static io.trino.execution.QueryState.RUNNING;
import static io.trino.server.BasicQueryStats.immediateFailureQueryStats;
import static io.trino.testing.TestingSession.testSession;
import static org.assertj.core.api.Assertions.assertThat;

public class TestQueryList
{
    private static final Answer<List<ViewedQuery>> SILENT = new Answer.Missing<>("it does not answer");
    private static final Answer<List<ViewedQuery>> DEAD = new Answer.Dead<>();

    @Test
    public void testEachQueryIsListedOnce()
    {
        ViewedQuery queued = query("q4", QUEUED, Optional.empty(), "queue");
        ViewedQuery runningOnA = query("q3", RUNNING, Optional.of("a"), "a");
        ViewedQuery endedOnB = query("q1", FINISHED, Optional.of("b"), "b");
        ViewedQuery failed = query("q2", FAILED, Optional.empty(), "queue");
        View<List<ViewedQuery>> view = QueryList.merge(
                given(queued, query("q3", RUNNING, Optional.of("a"), "queue"), failed, query("q1", FINISHED, Optional.of("b"), "queue")),
                Map.of("a", given(runningOnA), "b", given(endedOnB)));
        assertThat(view.value()).containsExactly(endedOnB, failed, runningOnA, queued);
        assertThat(view.missing()).isEmpty();
    }

    @Test
    public void testOverInTheQueueIsOver()
    {
        ViewedQuery ended = query("q1", FAILED, Optional.of("a"), "queue");
        assertThat(QueryList.merge(given(ended), Map.of("a", given(query("q1", RUNNING, Optional.of("a"), "a")))).value()).containsExactly(ended);
    }

    @Test
    public void testQueueNamesTheCoordinatorThatHasQuery()
    {
        ViewedQuery again = query("q1", RUNNING, Optional.of("b"), "b");
        for (QueryState given : List.of(RUNNING, FAILED)) {
            View<List<ViewedQuery>> view = QueryList.merge(
                    given(query("q1", RUNNING, Optional.of("b"), "queue")),
                    Map.of("a", given(query("q1", given, Optional.of("a"), "a")), "b", given(again)));
            assertThat(view.value()).containsExactly(again);
        }
    }

    @Test
    public void testQueuedAgain()
    {
        ViewedQuery queued = query("q1", QUEUED, Optional.empty(), "queue");
        assertThat(QueryList.merge(given(queued), Map.of("a", given(query("q1", FAILED, Optional.of("a"), "a")))).value()).containsExactly(queued);
    }

    @Test
    public void testSilentCoordinatorLeavesOutItsDetails()
    {
        ViewedQuery known = query("q1", RUNNING, Optional.of("a"), "queue");
        View<List<ViewedQuery>> view = QueryList.merge(given(known), Map.of("a", SILENT, "b", given()));
        assertThat(view.value()).containsExactly(known);
        assertThat(view.missing()).containsExactly("a (it does not answer)");
    }

    @Test
    public void testDeadCoordinatorIsNotMissing()
    {
        ViewedQuery lost = query("q1", FAILED, Optional.of("a"), "queue");
        View<List<ViewedQuery>> view = QueryList.merge(given(lost), Map.of("a", DEAD));
        assertThat(view.value()).containsExactly(lost);
        assertThat(view.missing()).isEmpty();
    }

    @Test
    public void testCoordinatorThatIsNotAnnounced()
    {
        View<List<ViewedQuery>> view = QueryList.merge(given(query("q1", RUNNING, Optional.of("c"), "queue"), query("q2", FINISHED, Optional.of("d"), "queue")), Map.of("a", given()));
        assertThat(view.value()).hasSize(2);
        assertThat(view.missing()).containsExactly("c (it is not announced)");
    }

    @Test
    public void testWithoutTheQueue()
    {
        ViewedQuery running = query("q1", RUNNING, Optional.of("a"), "a");
        ViewedQuery ended = query("q2", FINISHED, Optional.of("b"), "b");
        Map<String, Answer<List<ViewedQuery>>> coordinators = Map.of("a", given(running), "b", given(ended, query("q1", FAILED, Optional.of("b"), "b")));
        for (Answer<List<ViewedQuery>> queue : List.of(DEAD, new Answer.Missing<List<ViewedQuery>>("no dispatcher leads it"))) {
            View<List<ViewedQuery>> view = QueryList.merge(queue, coordinators);
            assertThat(view.value()).containsExactly(running, ended);
            assertThat(view.missing()).containsExactly("the queue (no dispatcher leads it)");
        }
    }

    /**
     * After a change of leaders, the queue does not know queries that had ended before.
     */
    @Test
    public void testForgottenByTheQueue()
    {
        ViewedQuery ended = query("q1", FINISHED, Optional.of("a"), "a");
        assertThat(QueryList.merge(given(), Map.of("a", given(ended))).value()).containsExactly(ended);
    }

    private static Answer<List<ViewedQuery>> given(ViewedQuery... queries)
    {
        return new Answer.Given<>(List.of(queries));
    }

    /**
     * @param by the node that shows the query, used as the query's text
     */
    private static ViewedQuery query(String queryId, QueryState state, Optional<String> coordinator, String by)
    {
        BasicQueryInfo info = new BasicQueryInfo(
                QueryId.valueOf(queryId),
                testSession().toSessionRepresentation(),
                Optional.empty(),
                state,
                false,
                URI.create("http://127.0.0.1/v1/query/" + queryId),
                by,
                Optional.empty(),
                Optional.empty(),
                immediateFailureQueryStats(),
                null,
                null,
                Optional.empty(),
                RetryPolicy.NONE);
        return new ViewedQuery(info, coordinator, 0, Optional.empty(), Optional.empty());
    }
}
