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
package io.prestosql.queue.core;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.prestosql.node.ClusterName;
import io.prestosql.node.CoordinatorIncarnation;
import io.prestosql.queue.core.QueueEffect.Append;
import io.prestosql.queue.core.QueueEffect.Settled;
import io.prestosql.queue.core.QueueEvent.DispatchAnswer;
import io.prestosql.queue.core.QueueEvent.EndTold;
import io.prestosql.queue.core.QueueEvent.QueryStatus;
import io.prestosql.selection.core.ClusterCapacity;
import io.trino.spi.QueryId;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

import static io.prestosql.node.ClusterName.DEFAULT;
import static io.prestosql.node.DispatcherErrorCode.COORDINATOR_LOST;
import static io.trino.spi.StandardErrorCode.QUERY_QUEUE_FULL;
import static io.trino.spi.StandardErrorCode.SYNTAX_ERROR;
import static io.trino.spi.StandardErrorCode.USER_CANCELED;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests the core's decisions one at a time. The simulation shows that they work together.
 */
public class TestQueueCore
{
    private static final QueryId QUERY = new QueryId("query");
    private static final CoordinatorIncarnation COORDINATOR = new CoordinatorIncarnation(DEFAULT, "coordinator-1", "a");
    private static final CoordinatorIncarnation RESTARTED = new CoordinatorIncarnation(DEFAULT, "coordinator-1", "b");
    private static final CoordinatorIncarnation OTHER = new CoordinatorIncarnation(DEFAULT, "coordinator-2", "c");
    private static final QueryFailure CANCELED = new QueryFailure(USER_CANCELED, "Query was canceled");
    private static final ClusterCapacity UNLIMITED = new ClusterCapacity(true, true, OptionalInt.empty(), 1);
    private static final long RETRY = 10;
    private static final long GIVE_UP = SECONDS.toNanos(100);
    private static final long LISTENER = SECONDS.toNanos(2);

    private final QueueCore core = new QueueCore(new QueueTimes(GIVE_UP, RETRY));
    private final List<Settled> fates = new ArrayList<>();
    private final List<Append> returns = new ArrayList<>();
    private final List<QueueEffect> occupancies = new ArrayList<>();
    private long now;

    public TestQueueCore()
    {
        handle(new QueueEvent.ClustersChanged(ImmutableMap.of(DEFAULT, UNLIMITED)));
    }

    @Test
    public void testQueryFromSubmissionToEnd()
    {
        elected();
        long submission = appended(handle(new QueueEvent.Submit(QUERY)), new QueueRecord.Submitted(QUERY));
        assertThat(done(submission)).containsExactly(new QueueEffect.Accept(QUERY));

        List<QueueEffect> polled = handle(new QueueEvent.Poll(QUERY));
        appended(polled, new QueueRecord.Eligible(QUERY));
        assertThat(polled).contains(new QueueEffect.Enqueue(QUERY, false));
        assertThat(handle(new QueueEvent.Poll(QUERY))).isEmpty();

        assertThat(handle(new QueueEvent.Queued(QUERY, true))).isEmpty();
        assertThat(handle(new QueueEvent.Admitted(QUERY))).containsExactly(new QueueEffect.Route(QUERY));
        long dispatch = appended(handle(new QueueEvent.Routed(QUERY, COORDINATOR, false)), new QueueRecord.Dispatched(QUERY, COORDINATOR, true, 0));
        assertThat(done(dispatch)).containsExactly(new QueueEffect.Dispatch(QUERY, COORDINATOR, 1, 0));
        assertThat(handle(new QueueEvent.DispatchAnswered(QUERY, COORDINATOR, DispatchAnswer.TAKEN))).isEmpty();
        assertThat(core.takenBy(QUERY)).contains(COORDINATOR);

        QueryEnd end = QueryEnd.onCoordinator(COORDINATOR, Optional.empty());
        List<QueueEffect> reported = handle(new QueueEvent.Reported(COORDINATOR, false, ImmutableList.of(new QueryStatus(QUERY, true, Optional.empty(), EndTold.YES))));
        // the slot does not wait for the log
        assertThat(reported.getFirst()).isEqualTo(new QueueEffect.End(QUERY, end));
        assertThat(done(appended(reported, new QueueRecord.Ended(QUERY, end, false)))).containsExactly(new QueueEffect.Recorded(QUERY, COORDINATOR));

        appended(handle(new QueueEvent.Forget(QUERY)), new QueueRecord.Forgotten(QUERY));
        assertThat(core.queryCount()).isZero();
    }

    @Test
    public void testSubmissionInDoubtIsRefusedAndForgotten()
    {
        elected();
        long submission = appended(handle(new QueueEvent.Submit(QUERY)), new QueueRecord.Submitted(QUERY));
        assertThat(handle(new QueueEvent.LogInDoubt(submission))).containsExactly(new QueueEffect.Refuse(QUERY));
        // until the log has forgotten the query, a new submission of it is refused, too: the log would forget that one as well
        assertThat(handle(new QueueEvent.Submit(QUERY))).containsExactly(new QueueEffect.Refuse(QUERY));
        now += RETRY;
        long forgotten = appended(handle(new QueueEvent.Tick()), new QueueRecord.Forgotten(QUERY));
        assertThat(handle(new QueueEvent.Submit(QUERY))).containsExactly(new QueueEffect.Refuse(QUERY));
        assertThat(handle(new QueueEvent.LogInDoubt(forgotten))).isEmpty();
        assertThat(handle(new QueueEvent.Submit(QUERY))).containsExactly(new QueueEffect.Refuse(QUERY));
        now += RETRY;
        assertThat(done(appended(handle(new QueueEvent.Tick()), new QueueRecord.Forgotten(QUERY)))).isEmpty();
        long again = appended(handle(new QueueEvent.Submit(QUERY)), new QueueRecord.Submitted(QUERY));
        assertThat(done(again)).containsExactly(new QueueEffect.Accept(QUERY));
    }

    @Test
    public void testTextIsKeptUntilLogHasTheEnd()
    {
        taken(false);
        assertThat(handle(new QueueEvent.Condense(QUERY))).isEmpty();
        QueryEnd end = QueryEnd.onCoordinator(COORDINATOR, Optional.empty());
        List<QueueEffect> reported = handle(new QueueEvent.Reported(COORDINATOR, false, ImmutableList.of(new QueryStatus(QUERY, true, Optional.empty(), EndTold.YES))));
        long ended = appended(reported, new QueueRecord.Ended(QUERY, end, false));
        // a repeated event changes nothing
        assertThat(handle(new QueueEvent.Condense(QUERY))).isEmpty();
        assertThat(handle(new QueueEvent.LogInDoubt(ended))).isEmpty();
        now += RETRY;
        long condensed = appended(done(appended(handle(new QueueEvent.Tick()), new QueueRecord.Ended(QUERY, end, false))), new QueueRecord.Condensed(QUERY));
        // a record in doubt is written again
        assertThat(handle(new QueueEvent.LogInDoubt(condensed))).isEmpty();
        now += RETRY;
        assertThat(done(appended(handle(new QueueEvent.Tick()), new QueueRecord.Condensed(QUERY)))).isEmpty();
        appended(handle(new QueueEvent.Forget(QUERY)), new QueueRecord.Forgotten(QUERY));
    }

    @Test
    public void testTextOfInheritedQueryThatIsOver()
    {
        handle(new QueueEvent.Elected(1, ImmutableList.of(
                new QueueRecord.Submitted(QUERY),
                new QueueRecord.Ended(QUERY, QueryEnd.failed(CANCELED), false))));
        appended(handle(new QueueEvent.Condense(QUERY)), new QueueRecord.Condensed(QUERY));
    }

    @Test
    public void testFailureIsToldWhenLogHasIt()
    {
        queued(true);
        QueryFailure failure = new QueryFailure(SYNTAX_ERROR, "line 1:1: mismatched input");
        List<QueueEffect> failed = handle(new QueueEvent.NotQueueable(QUERY, failure));
        assertThat(failed).hasSize(1);
        assertThat(done(appended(failed, new QueueRecord.Ended(QUERY, QueryEnd.failed(failure), true))))
                .containsExactly(new QueueEffect.End(QUERY, QueryEnd.failed(failure)), new QueueEffect.Tell(QUERY, QueryEnd.failed(failure), 0, false));
    }

    @Test
    public void testCanceledBeforeItIsSent()
    {
        queued(false);
        handle(new QueueEvent.Admitted(QUERY));
        long dispatch = appended(handle(new QueueEvent.Routed(QUERY, COORDINATOR, false)), new QueueRecord.Dispatched(QUERY, COORDINATOR, false, 0));
        long end = appended(handle(new QueueEvent.Stop(QUERY, CANCELED, true)), new QueueRecord.Ended(QUERY, QueryEnd.failed(CANCELED), true));
        // the dispatch record was under way, but the query is not sent
        assertThat(done(dispatch)).isEmpty();
        assertThat(done(end)).containsExactly(
                new QueueEffect.End(QUERY, QueryEnd.failed(CANCELED)),
                new QueueEffect.AcknowledgeStop(QUERY),
                new QueueEffect.Tell(QUERY, QueryEnd.failed(CANCELED), 0, false));
    }

    @Test
    public void testCanceledWhileItRuns()
    {
        taken(false);
        List<QueueEffect> stopped = handle(new QueueEvent.Stop(QUERY, CANCELED, true));
        assertThat(stopped).contains(new QueueEffect.StopAt(QUERY, COORDINATOR, CANCELED, 1));
        assertThat(done(appended(stopped, new QueueRecord.Canceled(QUERY, CANCELED)))).containsExactly(new QueueEffect.AcknowledgeStop(QUERY));
        // a coordinator that has not acknowledged the stop is told again
        handle(new QueueEvent.StopAnswered(QUERY, COORDINATOR, false));
        now += RETRY;
        assertThat(handle(new QueueEvent.Tick())).containsExactly(new QueueEffect.StopAt(QUERY, COORDINATOR, CANCELED, 1));
    }

    @Test
    public void testRefusedQueryGoesElsewhere()
    {
        sent(false);
        assertThat(handle(new QueueEvent.DispatchAnswered(QUERY, COORDINATOR, DispatchAnswer.REFUSED))).isEmpty();
        now += RETRY;
        assertThat(handle(new QueueEvent.Tick())).containsExactly(new QueueEffect.Route(QUERY));
    }

    @Test
    public void testPlaceIsGivenBackWithoutCoordinators()
    {
        queued(false);
        // the query has no slot yet
        assertThat(handle(new QueueEvent.NoCoordinator(QUERY))).isEmpty();
        assertThat(handle(new QueueEvent.Admitted(QUERY))).containsExactly(new QueueEffect.Route(QUERY));
        assertThat(handle(new QueueEvent.NoCoordinator(QUERY))).containsExactly(new QueueEffect.GiveBack(QUERY));
        assertThat(handle(new QueueEvent.NoCoordinator(QUERY))).isEmpty();
        // it waits like any other query: it can be stopped, and starts when its turn comes
        assertThat(handle(new QueueEvent.Admitted(QUERY))).containsExactly(new QueueEffect.Route(QUERY));
        done(appended(handle(new QueueEvent.Routed(QUERY, COORDINATOR, false)), new QueueRecord.Dispatched(QUERY, COORDINATOR, false, 0)));
        // while it is on its way to a coordinator, the query keeps its slot
        assertThat(handle(new QueueEvent.NoCoordinator(QUERY))).isEmpty();
        handle(new QueueEvent.DispatchAnswered(QUERY, COORDINATOR, DispatchAnswer.REFUSED));
        assertThat(handle(new QueueEvent.NoCoordinator(QUERY))).containsExactly(new QueueEffect.GiveBack(QUERY));
        now += RETRY;
        assertThat(handle(new QueueEvent.Tick())).as("a query without a place is not routed").isEmpty();
        appended(handle(new QueueEvent.Stop(QUERY, CANCELED, false)), new QueueRecord.Ended(QUERY, QueryEnd.failed(CANCELED), true));
        assertThat(handle(new QueueEvent.Admitted(QUERY))).isEmpty();
    }

    @Test
    public void testPlaceOfQueryThatIsToRunAgainIsGivenBack()
    {
        taken(true);
        assertThat(handle(new QueueEvent.CoordinatorLost(COORDINATOR, "it refuses connections"))).contains(new QueueEffect.Route(QUERY));
        assertThat(handle(new QueueEvent.NoCoordinator(QUERY))).containsExactly(new QueueEffect.GiveBack(QUERY));
        assertThat(handle(new QueueEvent.Admitted(QUERY))).containsExactly(new QueueEffect.Route(QUERY));
        appended(handle(new QueueEvent.Routed(QUERY, OTHER, false)), new QueueRecord.Dispatched(QUERY, OTHER, true, 1));
    }

    /**
     * A query that its coordinator has refused, or never received because the coordinator died first, waits as before. The next leader must not
     * fail it together with that coordinator.
     */
    @Test
    public void testNewLeaderKnowsThatQueryWasReturned()
    {
        sent(false);
        handle(new QueueEvent.DispatchAnswered(QUERY, COORDINATOR, DispatchAnswer.REFUSED));
        assertThat(returns).extracting(Append::record).containsExactly(new QueueRecord.Returned(QUERY, 0));

        assertThat(elected(
                new QueueRecord.Submitted(QUERY),
                new QueueRecord.Eligible(QUERY),
                new QueueRecord.Dispatched(QUERY, COORDINATOR, false, 0),
                new QueueRecord.Returned(QUERY, 0)))
                .containsExactly(new QueueEffect.StepDown(), new QueueEffect.Enqueue(QUERY, false));
        assertThat(handle(new QueueEvent.CoordinatorLost(COORDINATOR, "it refuses connections"))).isEmpty();
        handle(new QueueEvent.Queued(QUERY, false));
        assertThat(handle(new QueueEvent.Admitted(QUERY))).containsExactly(new QueueEffect.Route(QUERY));
        appended(handle(new QueueEvent.Routed(QUERY, OTHER, false)), new QueueRecord.Dispatched(QUERY, OTHER, false, 0));
    }

    @Test
    public void testNewLeaderKnowsThatQueryIsToRunAgain()
    {
        taken(true);
        handle(new QueueEvent.CoordinatorLost(COORDINATOR, "it refuses connections"));
        assertThat(returns).extracting(Append::record).containsExactly(new QueueRecord.Returned(QUERY, 1));

        assertThat(elected(
                new QueueRecord.Submitted(QUERY),
                new QueueRecord.Eligible(QUERY),
                new QueueRecord.Dispatched(QUERY, COORDINATOR, true, 0),
                new QueueRecord.Returned(QUERY, 1)))
                .containsExactly(new QueueEffect.StepDown(), new QueueEffect.Enqueue(QUERY, false));
        handle(new QueueEvent.Queued(QUERY, true));
        handle(new QueueEvent.Admitted(QUERY));
        // the tasks of each run have their own ids
        appended(handle(new QueueEvent.Routed(QUERY, OTHER, false)), new QueueRecord.Dispatched(QUERY, OTHER, true, 1));
    }

    @Test
    public void testCoordinatorLostBeforeQueryIsSent()
    {
        queued(false);
        handle(new QueueEvent.Admitted(QUERY));
        long dispatch = appended(handle(new QueueEvent.Routed(QUERY, COORDINATOR, false)), new QueueRecord.Dispatched(QUERY, COORDINATOR, false, 0));
        handle(new QueueEvent.CoordinatorLost(COORDINATOR, "it refuses connections"));
        assertThat(done(dispatch)).containsExactly(new QueueEffect.Route(QUERY));
        assertThat(returns).extracting(Append::record).containsExactly(new QueueRecord.Returned(QUERY, 0));
    }

    /**
     * A later leader must not believe that a query was returned when it has been sent once more since.
     */
    @Test
    public void testReturnInDoubtIsNotRecordedAfterNextDispatch()
    {
        sent(false);
        handle(new QueueEvent.DispatchAnswered(QUERY, COORDINATOR, DispatchAnswer.REFUSED));
        long returned = returns.getFirst().sequence();
        handle(new QueueEvent.LogInDoubt(returned));
        now += RETRY;
        // the query has not been sent once more yet, so its return is written again
        assertThat(handle(new QueueEvent.Tick())).containsExactly(new QueueEffect.Route(QUERY));
        assertThat(returns).hasSize(1);
        handle(new QueueEvent.LogInDoubt(returns.getFirst().sequence()));
        appended(handle(new QueueEvent.Routed(QUERY, OTHER, false)), new QueueRecord.Dispatched(QUERY, OTHER, false, 0));
        now += RETRY;
        assertThat(handle(new QueueEvent.Tick())).isEmpty();
        assertThat(returns).isEmpty();
    }

    @Test
    public void testInheritedQueryThatCannotBeQueuedAndIsUnknownToCoordinator()
    {
        QueryFailure failure = new QueryFailure(SYNTAX_ERROR, "line 1:1: mismatched input");
        handle(new QueueEvent.Elected(1, ImmutableList.of(
                new QueueRecord.Submitted(QUERY),
                new QueueRecord.Eligible(QUERY),
                new QueueRecord.Dispatched(QUERY, COORDINATOR, false, 0))));
        // the query may be running
        assertThat(handle(new QueueEvent.NotQueueable(QUERY, failure))).isEmpty();
        appended(handle(new QueueEvent.Reported(COORDINATOR, true, ImmutableList.of())), new QueueRecord.Ended(QUERY, QueryEnd.failed(failure), true));
    }

    @Test
    public void testInheritedQueryThatFindsQueueFullAndIsUnknownToCoordinator()
    {
        handle(new QueueEvent.Elected(1, ImmutableList.of(
                new QueueRecord.Submitted(QUERY),
                new QueueRecord.Eligible(QUERY),
                new QueueRecord.Dispatched(QUERY, COORDINATOR, false, 0))));
        assertThat(handle(new QueueEvent.NotQueueable(QUERY, new QueryFailure(QUERY_QUEUE_FULL, "Too many queued queries")))).isEmpty();
        assertThat(handle(new QueueEvent.Reported(COORDINATOR, true, ImmutableList.of()))).contains(new QueueEffect.Route(QUERY));
    }

    @Test
    public void testUnansweredCallIsMadeAgainAtTheSameCoordinator()
    {
        sent(false);
        handle(new QueueEvent.DispatchAnswered(QUERY, COORDINATOR, DispatchAnswer.UNKNOWN));
        now += RETRY;
        assertThat(handle(new QueueEvent.Tick())).containsExactly(new QueueEffect.Dispatch(QUERY, COORDINATOR, 1, 0));
        // the first call may have arrived, so a refusal of the second one proves nothing
        assertThat(handle(new QueueEvent.DispatchAnswered(QUERY, COORDINATOR, DispatchAnswer.REFUSED))).isEmpty();
        now += RETRY;
        assertThat(handle(new QueueEvent.Tick())).containsExactly(new QueueEffect.Dispatch(QUERY, COORDINATOR, 1, 0));
    }

    @Test
    public void testQueryWithEffectsIsNotRunAgain()
    {
        taken(false);
        assertLost(handle(new QueueEvent.CoordinatorLost(COORDINATOR, "it refuses connections")), "may have had effects");
        assertFate(false, QueryFate.FAILED, Optional.of("it refuses connections"));
        assertThat(fates.getFirst().failure()).map(QueryFailure::errorCode).contains(COORDINATOR_LOST.toErrorCode());
    }

    @Test
    public void testQueryWithoutEffectsIsRunAgain()
    {
        taken(true);
        assertThat(handle(new QueueEvent.CoordinatorLost(COORDINATOR, "it refuses connections"))).containsExactly(new QueueEffect.Route(QUERY));
        assertFate(false, QueryFate.RUN_AGAIN, Optional.of("it refuses connections"));
        long dispatch = appended(handle(new QueueEvent.Routed(QUERY, OTHER, false)), new QueueRecord.Dispatched(QUERY, OTHER, true, 1));
        assertThat(done(dispatch)).containsExactly(new QueueEffect.Dispatch(QUERY, OTHER, 1, 1));
    }

    @Test
    public void testQueryWhoseRowsMayHaveBeenReadIsNotRunAgain()
    {
        taken(true);
        handle(new QueueEvent.Exposed(QUERY));
        assertLost(handle(new QueueEvent.CoordinatorLost(COORDINATOR, "it refuses connections")), "Rows may have been read");
    }

    @Test
    public void testQueryThatKillsCoordinatorsIsNotRunForEver()
    {
        taken(true);
        for (int i = 1; i <= 2; i++) {
            assertThat(handle(new QueueEvent.CoordinatorLost(process(i - 1), "it refuses connections"))).containsExactly(new QueueEffect.Route(QUERY));
            done(appended(handle(new QueueEvent.Routed(QUERY, process(i), false)), new QueueRecord.Dispatched(QUERY, process(i), true, i)));
            handle(new QueueEvent.DispatchAnswered(QUERY, process(i), DispatchAnswer.TAKEN));
        }
        assertLost(handle(new QueueEvent.CoordinatorLost(process(2), "it refuses connections")), "It was run 3 times");
    }

    private static CoordinatorIncarnation process(int number)
    {
        return number == 0 ? COORDINATOR : new CoordinatorIncarnation(DEFAULT, "coordinator-" + number, "n" + number);
    }

    @Test
    public void testSilentCoordinatorIsGivenUpWhenItsLeaseIsOver()
    {
        taken(false);
        now += 600;
        handle(new QueueEvent.Reported(COORDINATOR, false, ImmutableList.of()));
        now += GIVE_UP;
        assertThat(handle(new QueueEvent.Tick())).isEmpty();
        now++;
        assertLost(handle(new QueueEvent.Tick()), "silent until its lease was over");
        assertFate(false, QueryFate.FAILED, Optional.of("it was silent until its lease was over"));
    }

    @Test
    public void testNewLeaderFindsWhatRuns()
    {
        List<QueueEffect> elected = elected(
                new QueueRecord.Submitted(new QueryId("waiting")),
                new QueueRecord.Submitted(QUERY),
                new QueueRecord.Eligible(new QueryId("waiting")),
                new QueueRecord.Eligible(QUERY),
                new QueueRecord.Dispatched(QUERY, COORDINATOR, false, 0));
        // the query that may be running takes its slot first
        assertThat(elected).containsExactly(
                new QueueEffect.Enqueue(QUERY, true),
                new QueueEffect.Follow(COORDINATOR),
                new QueueEffect.Enqueue(new QueryId("waiting"), false));
        handle(new QueueEvent.Admitted(QUERY));
        assertThat(handle(new QueueEvent.Reported(COORDINATOR, true, ImmutableList.of(new QueryStatus(QUERY, false, Optional.empty(), EndTold.YES))))).isEmpty();
        assertThat(core.takenBy(QUERY)).contains(COORDINATOR);
        assertFate(true, QueryFate.FOUND, Optional.empty());
        // its fate is told only once
        handle(new QueueEvent.Reported(COORDINATOR, true, ImmutableList.of(new QueryStatus(QUERY, false, Optional.empty(), EndTold.YES))));
        assertThat(fates).isEmpty();
        // the query is no longer in doubt
        handle(new QueueEvent.CoordinatorLost(COORDINATOR, "it refuses connections"));
        assertFate(false, QueryFate.FAILED, Optional.of("it refuses connections"));
    }

    @Test
    public void testNewLeaderFindsWhatIsOver()
    {
        elected(
                new QueueRecord.Submitted(QUERY),
                new QueueRecord.Eligible(QUERY),
                new QueueRecord.Dispatched(QUERY, COORDINATOR, false, 0));
        handle(new QueueEvent.Reported(COORDINATOR, true, ImmutableList.of(new QueryStatus(QUERY, true, Optional.empty(), EndTold.YES))));
        assertFate(true, QueryFate.FOUND_OVER, Optional.empty());
    }

    @Test
    public void testNewLeaderSendsWhatNeverArrived()
    {
        elected(
                new QueueRecord.Submitted(QUERY),
                new QueueRecord.Eligible(QUERY),
                new QueueRecord.Dispatched(QUERY, COORDINATOR, false, 0));
        handle(new QueueEvent.Admitted(QUERY));
        // a report of changes says nothing about queries that it leaves out
        assertThat(handle(new QueueEvent.Reported(COORDINATOR, false, ImmutableList.of()))).isEmpty();
        assertThat(handle(new QueueEvent.Reported(COORDINATOR, true, ImmutableList.of()))).containsExactly(new QueueEffect.Route(QUERY));
        assertFate(true, QueryFate.NOT_STARTED, Optional.empty());
    }

    @Test
    public void testNewLeaderKnowsHowOftenQueryWasRun()
    {
        elected(
                new QueueRecord.Submitted(QUERY),
                new QueueRecord.Eligible(QUERY),
                new QueueRecord.Dispatched(QUERY, process(1), true, 0),
                new QueueRecord.Dispatched(QUERY, COORDINATOR, true, 1));
        handle(new QueueEvent.Admitted(QUERY));
        handle(new QueueEvent.Reported(COORDINATOR, true, ImmutableList.of()));
        // the query was not started on this coordinator, but has had one run on an earlier one
        long dispatch = appended(handle(new QueueEvent.Routed(QUERY, OTHER, false)), new QueueRecord.Dispatched(QUERY, OTHER, true, 1));
        assertThat(done(dispatch)).containsExactly(new QueueEffect.Dispatch(QUERY, OTHER, 1, 1));
    }

    @Test
    public void testNewLeaderDoesNotRunAgainQueryThatMayHaveRun()
    {
        elected(
                new QueueRecord.Submitted(QUERY),
                new QueueRecord.Eligible(QUERY),
                new QueueRecord.Dispatched(QUERY, COORDINATOR, true, 0));
        assertLost(handle(new QueueEvent.Reported(RESTARTED, true, ImmutableList.of())), "Rows may have been read");
        assertFate(true, QueryFate.FAILED, Optional.of("it was restarted"));
    }

    @Test
    public void testNewLeaderKeepsCancel()
    {
        assertThat(elected(
                new QueueRecord.Submitted(QUERY),
                new QueueRecord.Eligible(QUERY),
                new QueueRecord.Dispatched(QUERY, COORDINATOR, false, 0),
                new QueueRecord.Canceled(QUERY, CANCELED)))
                .contains(new QueueEffect.StopAt(QUERY, COORDINATOR, CANCELED, 1));
        // a call of the earlier leader may still be under way to a coordinator that has not heard of this leader
        assertThat(handle(new QueueEvent.Stop(QUERY, CANCELED, true))).isEmpty();
        assertThat(handle(new QueueEvent.StopAnswered(QUERY, COORDINATOR, true))).containsExactly(new QueueEffect.AcknowledgeStop(QUERY));
        handle(new QueueEvent.CoordinatorLost(COORDINATOR, "it refuses connections"));
        assertFate(true, QueryFate.STOPPED, Optional.of("it refuses connections"));
    }

    @Test
    public void testNewLeaderTellsEnd()
    {
        QueryEnd end = QueryEnd.failed(CANCELED);
        assertThat(elected(new QueueRecord.Submitted(QUERY), new QueueRecord.Ended(QUERY, end, false))).containsExactly(new QueueEffect.End(QUERY, end));
    }

    @Test
    public void testNewLeaderWaitsForClientThatHasNeverAsked()
    {
        assertThat(elected(new QueueRecord.Submitted(QUERY))).isEmpty();
        assertThat(handle(new QueueEvent.Poll(QUERY))).contains(new QueueEffect.Enqueue(QUERY, false));
    }

    @Test
    public void testNewLeaderForgetsWhatIsLeftOfForgottenQuery()
    {
        appended(elected(new QueueRecord.Canceled(QUERY, CANCELED)), new QueueRecord.Forgotten(QUERY));
    }

    @Test
    public void testDeposedLeaderDecidesNothing()
    {
        taken(false);
        assertThat(handle(new QueueEvent.Deposed())).containsExactly(new QueueEffect.StepDown());
        assertThat(handle(new QueueEvent.CoordinatorLost(COORDINATOR, "it refuses connections"))).isEmpty();
        assertThat(handle(new QueueEvent.Submit(new QueryId("other")))).containsExactly(new QueueEffect.Refuse(new QueryId("other")));
        assertThat(handle(new QueueEvent.Deposed())).isEmpty();
    }

    @Test
    public void testLogRecordsThatListenersHaveHeard()
    {
        queued(true);
        QueryEnd end = QueryEnd.failed(CANCELED);
        done(appended(handle(new QueueEvent.Stop(QUERY, CANCELED, false)), new QueueRecord.Ended(QUERY, end, true)));
        assertThat(handle(new QueueEvent.ListenersTold(QUERY))).isEmpty();
        // a listener's work in the background may take this long
        now += LISTENER - 1;
        assertThat(handle(new QueueEvent.Tick())).isEmpty();
        now += 1;
        long told = appended(handle(new QueueEvent.Tick()), new QueueRecord.Told(QUERY, end));
        assertThat(handle(new QueueEvent.LogInDoubt(told))).isEmpty();
        now += RETRY;
        assertThat(done(appended(handle(new QueueEvent.Tick()), new QueueRecord.Told(QUERY, end)))).isEmpty();
        assertThat(handle(new QueueEvent.ListenersTold(QUERY))).isEmpty();
        now += LISTENER;
        assertThat(handle(new QueueEvent.Tick())).isEmpty();
    }

    @Test
    public void testLeavingLeaderRecordsWhatListenersHaveHeard()
    {
        queued(true);
        done(appended(handle(new QueueEvent.Stop(QUERY, CANCELED, false)), new QueueRecord.Ended(QUERY, QueryEnd.failed(CANCELED), true)));
        assertThat(handle(new QueueEvent.Leave())).isEmpty();
        handle(new QueueEvent.ListenersTold(QUERY));
        appended(handle(new QueueEvent.Leave()), new QueueRecord.Told(QUERY, QueryEnd.failed(CANCELED)));
    }

    @Test
    public void testNewLeaderTellsListenersWhatTheyMayNotHaveHeard()
    {
        QueryEnd end = QueryEnd.failed(CANCELED);
        assertThat(elected(new QueueRecord.Submitted(QUERY), new QueueRecord.Ended(QUERY, end, true)))
                .containsExactly(new QueueEffect.End(QUERY, end), new QueueEffect.Tell(QUERY, end, 0, false));
        assertThat(elected(new QueueRecord.Submitted(QUERY), new QueueRecord.Dispatched(QUERY, COORDINATOR, true, 1), new QueueRecord.Ended(QUERY, end, true)))
                .contains(new QueueEffect.Tell(QUERY, end, 1, true));
    }

    @Test
    public void testCoordinatorTellsListenersLater()
    {
        QueryEnd end = QueryEnd.onCoordinator(COORDINATOR, Optional.empty());
        taken(true);
        long ended = appended(report(true, EndTold.NOT_YET), new QueueRecord.Ended(QUERY, end, true));
        // the coordinator reports this before the log has the end
        assertThat(report(true, EndTold.YES)).isEmpty();
        now += LISTENER;
        assertThat(handle(new QueueEvent.Tick())).isEmpty();
        assertThat(done(ended)).containsExactly(new QueueEffect.Recorded(QUERY, COORDINATOR));
        appended(handle(new QueueEvent.Tick()), new QueueRecord.Told(QUERY, end));
        assertThat(handle(new QueueEvent.CoordinatorLost(COORDINATOR, "it refuses connections"))).isEmpty();
    }

    @Test
    public void testLeaderTellsListenersForLostCoordinator()
    {
        QueryEnd end = QueryEnd.onCoordinator(COORDINATOR, Optional.empty());
        taken(true);
        done(appended(report(true, EndTold.NOT_YET), new QueueRecord.Ended(QUERY, end, true)));
        assertThat(handle(new QueueEvent.CoordinatorLost(COORDINATOR, "it refuses connections"))).containsExactly(new QueueEffect.Tell(QUERY, end, 0, false));
        assertThat(handle(new QueueEvent.CoordinatorLost(COORDINATOR, "it refuses connections"))).isEmpty();
    }

    @Test
    public void testLeaderTellsListenersForCoordinatorLostBeforeLogHasTheEnd()
    {
        QueryEnd end = QueryEnd.onCoordinator(COORDINATOR, Optional.empty());
        taken(true);
        long ended = appended(report(true, EndTold.NOT_YET), new QueueRecord.Ended(QUERY, end, true));
        assertThat(handle(new QueueEvent.CoordinatorLost(COORDINATOR, "it refuses connections"))).isEmpty();
        assertThat(done(ended)).containsExactly(new QueueEffect.Tell(QUERY, end, 0, false), new QueueEffect.Recorded(QUERY, COORDINATOR));
    }

    @Test
    public void testLeaderTellsListenersForCoordinatorWhoseEngineNeverHadQuery()
    {
        QueryEnd end = QueryEnd.onCoordinator(COORDINATOR, Optional.empty());
        taken(true);
        assertThat(done(appended(report(true, EndTold.NEVER), new QueueRecord.Ended(QUERY, end, true))))
                .containsExactly(new QueueEffect.Tell(QUERY, end, 0, false), new QueueEffect.Recorded(QUERY, COORDINATOR));
        // a complete report contains the query again, but listeners are not told again
        assertThat(report(true, EndTold.NEVER)).containsExactly(new QueueEffect.Recorded(QUERY, COORDINATOR));
    }

    @Test
    public void testNewLeaderAsksCoordinatorWhetherListenersHaveHeard()
    {
        QueryEnd end = QueryEnd.onCoordinator(COORDINATOR, Optional.empty());
        QueueRecord[] records = {
                new QueueRecord.Submitted(QUERY),
                new QueueRecord.Dispatched(QUERY, COORDINATOR, true, 0),
                new QueueRecord.Ended(QUERY, end, true)};
        List<QueueEffect> elected = ImmutableList.of(new QueueEffect.End(QUERY, end), new QueueEffect.Follow(COORDINATOR));
        QueueEffect tell = new QueueEffect.Tell(QUERY, end, 0, true);

        assertThat(elected(records)).isEqualTo(elected);
        assertThat(report(true, EndTold.NOT_YET)).doesNotContain(tell);
        assertThat(report(true, EndTold.YES)).doesNotContain(tell);
        now += LISTENER;
        appended(handle(new QueueEvent.Tick()), new QueueRecord.Told(QUERY, end));

        // a coordinator that no longer has the query has told its listeners
        assertThat(elected(records)).endsWith(elected.getFirst(), elected.getLast());
        assertThat(handle(new QueueEvent.Reported(COORDINATOR, false, ImmutableList.of()))).isEmpty();
        assertThat(handle(new QueueEvent.Reported(COORDINATOR, true, ImmutableList.of()))).isEmpty();
        now += LISTENER;
        appended(handle(new QueueEvent.Tick()), new QueueRecord.Told(QUERY, end));

        elected(records);
        assertThat(handle(new QueueEvent.CoordinatorLost(COORDINATOR, "it refuses connections"))).containsExactly(tell);
        elected(records);
        assertThat(handle(new QueueEvent.Reported(RESTARTED, true, ImmutableList.of()))).containsExactly(tell);
        elected(records);
        now += GIVE_UP + 1;
        assertThat(handle(new QueueEvent.Tick())).containsExactly(tell);
    }

    @Test
    public void testForgottenQueryIsNotTold()
    {
        QueryEnd end = QueryEnd.onCoordinator(COORDINATOR, Optional.empty());
        elected(new QueueRecord.Submitted(QUERY), new QueueRecord.Dispatched(QUERY, COORDINATOR, true, 0), new QueueRecord.Ended(QUERY, end, true));
        appended(handle(new QueueEvent.Forget(QUERY)), new QueueRecord.Forgotten(QUERY));
        assertThat(handle(new QueueEvent.CoordinatorLost(COORDINATOR, "it refuses connections"))).isEmpty();

        elected(new QueueRecord.Submitted(QUERY), new QueueRecord.Ended(QUERY, QueryEnd.failed(CANCELED), true));
        handle(new QueueEvent.ListenersTold(QUERY));
        appended(handle(new QueueEvent.Forget(QUERY)), new QueueRecord.Forgotten(QUERY));
        now += LISTENER;
        assertThat(handle(new QueueEvent.Tick())).isEmpty();
    }

    private List<QueueEffect> report(boolean complete, EndTold endTold)
    {
        return handle(new QueueEvent.Reported(COORDINATOR, complete, ImmutableList.of(new QueryStatus(QUERY, true, Optional.empty(), endTold))));
    }

    @Test
    public void testFullCluster()
    {
        handle(new QueueEvent.ClustersChanged(ImmutableMap.of(DEFAULT, limitedTo(1))));
        taken(true);
        assertThat(occupancies).isEmpty();
        QueryId second = new QueryId("second");
        admit(second);
        assertThat(handle(new QueueEvent.Routed(second, OTHER, false))).as("the choice was made before the first query got there").containsExactly(new QueueEffect.GiveBack(second));
        assertThat(handle(new QueueEvent.Admitted(second))).containsExactly(new QueueEffect.Route(second));
        handle(new QueueEvent.Reported(COORDINATOR, false, ImmutableList.of(new QueryStatus(QUERY, true, Optional.empty(), EndTold.YES))));
        assertThat(occupancies).containsExactly(new QueueEffect.Vacate(QUERY));
        appended(handle(new QueueEvent.Routed(second, OTHER, false)), new QueueRecord.Dispatched(second, OTHER, true, 0));
        assertThat(occupancies).containsExactly(new QueueEffect.Occupy(second, DEFAULT));
    }

    /**
     * What an earlier leader has sent counts from the election on, as it may be running.
     */
    @Test
    public void testNewLeaderKeepsTheLimitOfACluster()
    {
        handle(new QueueEvent.ClustersChanged(ImmutableMap.of(DEFAULT, limitedTo(1))));
        QueryId second = new QueryId("second");
        elected(
                new QueueRecord.Submitted(QUERY),
                new QueueRecord.Dispatched(QUERY, COORDINATOR, true, 0),
                new QueueRecord.Submitted(second),
                new QueueRecord.Eligible(second));
        assertThat(occupancies).containsExactly(new QueueEffect.Occupy(QUERY, DEFAULT));
        handle(new QueueEvent.Queued(second, true));
        handle(new QueueEvent.Admitted(second));
        assertThat(handle(new QueueEvent.Routed(second, OTHER, false))).containsExactly(new QueueEffect.GiveBack(second));
        handle(new QueueEvent.Admitted(second));
        // it was never started
        handle(new QueueEvent.Reported(COORDINATOR, true, ImmutableList.of()));
        assertThat(occupancies).containsExactly(new QueueEffect.Vacate(QUERY));
        appended(handle(new QueueEvent.Routed(second, OTHER, false)), new QueueRecord.Dispatched(second, OTHER, true, 0));
    }

    @Test
    public void testLimitIsThatOfOneCluster()
    {
        ClusterName b = new ClusterName("b");
        handle(new QueueEvent.ClustersChanged(ImmutableMap.of(DEFAULT, limitedTo(1), b, limitedTo(1))));
        taken(true);
        QueryId second = new QueryId("second");
        admit(second);
        // the same node in another cluster
        CoordinatorIncarnation other = new CoordinatorIncarnation(b, COORDINATOR.nodeId(), COORDINATOR.incarnation());
        appended(handle(new QueueEvent.Routed(second, other, false)), new QueueRecord.Dispatched(second, other, true, 0));
        assertThat(handle(new QueueEvent.Reported(other, true, ImmutableList.of()))).as("the other node was not restarted").isEmpty();
        assertThat(core.takenBy(QUERY)).contains(COORDINATOR);
    }

    @Test
    public void testClusterThatTakesOnlyItsTransactions()
    {
        handle(new QueueEvent.ClustersChanged(ImmutableMap.of(DEFAULT, new ClusterCapacity(false, true, OptionalInt.empty(), 1))));
        queued(true);
        handle(new QueueEvent.Admitted(QUERY));
        assertThat(handle(new QueueEvent.Routed(QUERY, COORDINATOR, false))).containsExactly(new QueueEffect.GiveBack(QUERY));
        handle(new QueueEvent.Admitted(QUERY));
        appended(handle(new QueueEvent.Routed(QUERY, COORDINATOR, true)), new QueueRecord.Dispatched(QUERY, COORDINATOR, true, 0));
    }

    @Test
    public void testClusterThatIsNotThere()
    {
        handle(new QueueEvent.ClustersChanged(ImmutableMap.of()));
        queued(true);
        handle(new QueueEvent.Admitted(QUERY));
        assertThat(handle(new QueueEvent.Routed(QUERY, COORDINATOR, true))).containsExactly(new QueueEffect.GiveBack(QUERY));
    }

    private static ClusterCapacity limitedTo(int maxRunning)
    {
        return new ClusterCapacity(true, true, OptionalInt.of(maxRunning), 1);
    }

    private void admit(QueryId queryId)
    {
        done(appended(handle(new QueueEvent.Submit(queryId)), new QueueRecord.Submitted(queryId)));
        done(appended(handle(new QueueEvent.Poll(queryId)), new QueueRecord.Eligible(queryId)));
        handle(new QueueEvent.Queued(queryId, true));
        handle(new QueueEvent.Admitted(queryId));
    }

    private List<QueueEffect> elected(QueueRecord... records)
    {
        return handle(new QueueEvent.Elected(1, ImmutableList.copyOf(records)));
    }

    private void queued(boolean rerunnable)
    {
        elected();
        done(appended(handle(new QueueEvent.Submit(QUERY)), new QueueRecord.Submitted(QUERY)));
        done(appended(handle(new QueueEvent.Poll(QUERY)), new QueueRecord.Eligible(QUERY)));
        handle(new QueueEvent.Queued(QUERY, rerunnable));
    }

    private void sent(boolean rerunnable)
    {
        queued(rerunnable);
        handle(new QueueEvent.Admitted(QUERY));
        done(appended(handle(new QueueEvent.Routed(QUERY, COORDINATOR, false)), new QueueRecord.Dispatched(QUERY, COORDINATOR, rerunnable, 0)));
    }

    private void taken(boolean rerunnable)
    {
        sent(rerunnable);
        handle(new QueueEvent.DispatchAnswered(QUERY, COORDINATOR, DispatchAnswer.TAKEN));
    }

    /**
     * @return the effects, except those that only watchers and later leaders need
     */
    private List<QueueEffect> handle(QueueEvent event)
    {
        List<QueueEffect> effects = core.handle(event, now);
        returns.clear();
        effects.stream()
                .filter(TestQueueCore::isReturn)
                .map(Append.class::cast)
                .forEach(returns::add);
        occupancies.clear();
        effects.stream()
                .filter(TestQueueCore::isOccupancy)
                .forEach(occupancies::add);
        fates.clear();
        effects.stream()
                .filter(Settled.class::isInstance)
                .map(Settled.class::cast)
                .forEach(fates::add);
        return effects.stream()
                .filter(effect -> !(effect instanceof Settled) && !isReturn(effect) && !isOccupancy(effect))
                .toList();
    }

    private static boolean isOccupancy(QueueEffect effect)
    {
        return effect instanceof QueueEffect.Occupy || effect instanceof QueueEffect.Vacate;
    }

    private static boolean isReturn(QueueEffect effect)
    {
        return effect instanceof Append(long _, QueueRecord record) && record instanceof QueueRecord.Returned;
    }

    private void assertFate(boolean inDoubt, QueryFate fate, Optional<String> loss)
    {
        assertThat(fates).singleElement().satisfies(settled -> {
            assertThat(settled.queryId()).isEqualTo(QUERY);
            assertThat(settled.coordinator()).isEqualTo(COORDINATOR);
            assertThat(settled.inDoubt()).isEqualTo(inDoubt);
            assertThat(settled.fate()).isEqualTo(fate);
            assertThat(settled.loss()).isEqualTo(loss);
        });
    }

    private List<QueueEffect> done(long sequence)
    {
        return handle(new QueueEvent.LogDone(sequence));
    }

    private static long appended(List<QueueEffect> effects, QueueRecord record)
    {
        List<Append> appends = effects.stream()
                .filter(Append.class::isInstance)
                .map(Append.class::cast)
                .toList();
        assertThat(appends).extracting(Append::record).containsExactly(record);
        // what clients and coordinators hear waits until the log has the record
        assertThat(effects).doesNotHaveAnyElementsOfTypes(QueueEffect.Accept.class, QueueEffect.Dispatch.class, QueueEffect.AcknowledgeStop.class, QueueEffect.Tell.class);
        return appends.getFirst().sequence();
    }

    private void assertLost(List<QueueEffect> effects, String why)
    {
        assertThat(effects).hasSize(1);
        assertThat(effects.getFirst()).isInstanceOfSatisfying(Append.class, append ->
                assertThat(append.record()).isInstanceOfSatisfying(QueueRecord.Ended.class, ended -> {
                    QueryFailure failure = ended.end().failure().orElseThrow();
                    assertThat(failure.errorCode()).isEqualTo(COORDINATOR_LOST.toErrorCode());
                    assertThat(failure.message()).contains(why);
                }));
    }
}
