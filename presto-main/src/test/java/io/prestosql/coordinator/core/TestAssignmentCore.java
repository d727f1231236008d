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
package io.prestosql.coordinator.core;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.prestosql.coordinator.core.AssignmentEffect.ReportChanges;
import io.prestosql.coordinator.core.CoordinatorLease.Verdict;
import io.prestosql.protocol.ClientRequest;
import io.prestosql.protocol.DispatchRequest;
import io.prestosql.protocol.DispatchResponse;
import io.prestosql.protocol.LeaderClaim;
import io.prestosql.protocol.QueryReport;
import io.prestosql.protocol.SeenReport;
import io.prestosql.protocol.Stamp;
import io.prestosql.protocol.StopRequest;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.execution.QueryState;
import io.trino.spi.QueryId;
import io.trino.spi.TrinoException;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Optional;

import static com.google.common.collect.Iterables.getOnlyElement;
import static io.trino.execution.QueryState.FAILED;
import static io.trino.execution.QueryState.FINISHED;
import static io.trino.execution.QueryState.QUEUED;
import static io.trino.execution.QueryState.RUNNING;
import static io.trino.spi.StandardErrorCode.USER_CANCELED;
import static io.trino.util.Failures.toFailure;
import static org.assertj.core.api.Assertions.assertThat;

public class TestAssignmentCore
{
    private static final long LEASE = 100;
    private static final QueryId QUERY = new QueryId("query");
    private static final QueryId OTHER_QUERY = new QueryId("other_query");
    private static final ClientRequest REQUEST = new ClientRequest("SELECT 1", ImmutableMap.of(), Optional.empty(), Optional.empty());
    private static final ExecutionFailureInfo CANCELED = toFailure(new TrinoException(USER_CANCELED, "Query was canceled"));

    private int incarnations;
    private long now = -7;
    private final AssignmentCore core = new AssignmentCore(LEASE, () -> {
        incarnations++;
        return "incarnation-" + incarnations;
    });

    @Test
    public void testLeaseBegins()
    {
        assertThat(claim(1, Optional.empty())).isEmpty();
        assertThat(start(QUERY)).containsExactly(refusal(Verdict.NO_LEASE));
        now++;
        assertThat(renew()).containsExactly(new AssignmentEffect.LeaseBegins());
        assertThat(core.leaseEnd()).hasValue(now + LEASE);
        // the renewal of a lease is no news
        now++;
        assertThat(renew()).isEmpty();
        assertThat(core.leaseEnd()).hasValue(now + LEASE);
        assertThat(start(QUERY)).containsExactly(new AssignmentEffect.StartQuery(QUERY));
    }

    /**
     * The first event after the end of the lease finds a new incarnation, which has nothing of the previous one.
     */
    @Test
    public void testFirstEventFindsLeaseOver()
    {
        Stamp stamp = new Stamp("incarnation-1", -7);
        DispatchRequest order = new DispatchRequest(1, stamp.incarnation(), -7, REQUEST, ImmutableList.of("global"), 0, 0, Optional.empty(), Optional.empty(), Optional.empty());
        List<AssignmentEvent> events = ImmutableList.of(
                new AssignmentEvent.TimePassed(),
                new AssignmentEvent.Claimed(new LeaderClaim(1, Optional.of(stamp), Optional.empty(), Optional.empty()), ImmutableList.of()),
                new AssignmentEvent.StartOrdered(OTHER_QUERY, order, false),
                new AssignmentEvent.StopOrdered(QUERY, new StopRequest(1, stamp.incarnation(), CANCELED, Optional.empty())),
                new AssignmentEvent.AnswerDue(QUERY, stamp.incarnation()),
                new AssignmentEvent.Observed(report(QUERY, RUNNING)),
                new AssignmentEvent.ReportDue(),
                new AssignmentEvent.ReportAsked(Optional.empty(), Optional.of(new SeenReport(stamp.incarnation(), 1))));
        for (AssignmentEvent event : events) {
            int[] names = new int[1];
            AssignmentCore other = new AssignmentCore(LEASE, () -> {
                names[0]++;
                return "incarnation-" + names[0];
            });
            other.handle(new AssignmentEvent.Claimed(new LeaderClaim(1, Optional.of(stamp), Optional.empty(), Optional.empty()), ImmutableList.of()), -7);
            other.handle(new AssignmentEvent.StartOrdered(QUERY, order, false), -7);
            assertThat(other.handle(event, LEASE - 7)).as("%s", event).first().isEqualTo(new AssignmentEffect.GiveUpQueries(ImmutableList.of(QUERY)));
            assertThat(other.incarnation()).isEqualTo("incarnation-2");
            assertThat(other.size()).as("%s", event).isZero();
            assertThat(other.activeCount()).as("%s", event).isZero();
            assertThat(other.leaseEnd()).as("%s", event).isEmpty();
        }
    }

    @Test
    public void testStartIsOrderedTwice()
    {
        renew();
        assertThat(start(QUERY)).containsExactly(new AssignmentEffect.StartQuery(QUERY));
        assertThat(start(QUERY)).isEmpty();
        assertThat(core.active()).containsExactly(QUERY);
        assertThat(core.activeCount()).isEqualTo(1);
        // the engine has the query from an earlier incarnation
        assertThat(handle(new AssignmentEvent.StartOrdered(OTHER_QUERY, order(), true))).containsExactly(new AssignmentEffect.RefuseRepetition());
        assertThat(core.size()).isEqualTo(1);
    }

    @Test
    public void testStopComesBeforeStart()
    {
        renew();
        assertThat(stop(QUERY)).containsExactly(new AssignmentEffect.ReportSoon());
        QueryReport stopped = getOnlyElement(changes(Optional.empty()).queries());
        assertThat(stopped.state()).isEqualTo(FAILED);
        assertThat(stopped.unregistered()).isTrue();
        // the dispatcher tells event listeners of it
        assertThat(stopped.untold()).isFalse();

        assertThat(start(QUERY)).isEmpty();
        assertThat(stop(QUERY)).isEmpty();
        assertThat(core.active()).isEmpty();
        assertThat(getOnlyElement(handle(new AssignmentEvent.AnswerDue(QUERY, core.incarnation()))))
                .isEqualTo(new AssignmentEffect.AnswerOrder(new DispatchResponse(core.incarnation(), Optional.empty(), Optional.of(CANCELED), true, false)));
    }

    @Test
    public void testStopOfWhatIsHere()
    {
        renew();
        start(QUERY);
        assertThat(stop(QUERY)).containsExactly(new AssignmentEffect.StopQuery(QUERY, CANCELED));
        observe(report(QUERY, FINISHED));
        assertThat(stop(QUERY)).isEmpty();
    }

    @Test
    public void testVersions()
    {
        renew();
        start(QUERY);
        start(OTHER_QUERY);
        ReportChanges first = changes(Optional.empty());
        assertThat(first.complete()).isTrue();
        assertThat(first.queries()).extracting(QueryReport::queryId).containsExactly(QUERY, OTHER_QUERY);
        assertThat(changes(seen(first)).queries()).isEmpty();
        assertThat(changes(seen(first)).complete()).isFalse();

        observe(report(QUERY, RUNNING));
        // an unchanged query gets no new version
        observe(report(OTHER_QUERY, QUEUED));
        ReportChanges second = changes(seen(first));
        assertThat(second.version()).isEqualTo(first.version() + 1);
        assertThat(second.queries()).extracting(QueryReport::queryId).containsExactly(QUERY);
        // a copy of an earlier request gets the same changes again
        assertThat(changes(seen(first)).queries()).hasSize(1);
        assertThat(changes(Optional.of(new SeenReport("another", second.version()))).complete()).isTrue();
        // an unknown query is ignored
        observe(report(new QueryId("unknown"), RUNNING));
        assertThat(changes(seen(second)).queries()).isEmpty();
    }

    @Test
    public void testNews()
    {
        renew();
        start(QUERY);
        start(OTHER_QUERY);
        Optional<SeenReport> seen = seen(changes(Optional.empty()));
        assertThat(core.hasNews(Optional.empty())).isTrue();
        assertThat(core.hasNews(Optional.of(new SeenReport("another", 1000)))).isTrue();
        assertThat(core.hasNews(seen)).isFalse();

        // the answer to the order says that the query has started
        assertThat(observe(started(QUERY))).isEmpty();
        assertThat(core.hasNews(seen)).isFalse();
        // after the answer, only a report can say so
        handle(new AssignmentEvent.AnswerDue(OTHER_QUERY, core.incarnation()));
        assertThat(observe(started(OTHER_QUERY))).containsExactly(new AssignmentEffect.ReportSoon());
        // one report for both
        assertThat(observe(report(QUERY, FINISHED))).isEmpty();
        assertThat(core.hasNews(seen)).isFalse();
        assertThat(handle(new AssignmentEvent.ReportDue())).containsExactly(new AssignmentEffect.AnswerWaiting());
        assertThat(core.hasNews(seen)).isTrue();
        assertThat(core.hasNews(seen(changes(seen)))).isFalse();
    }

    @Test
    public void testEndedQueryIsUntoldUntilListenersAreTold()
    {
        renew();
        start(QUERY);
        observe(report(QUERY, FINISHED).withUntold(true));
        assertThat(core.active()).isEmpty();
        assertThat(core.untold()).containsExactly(QUERY);
        assertThat(observe(report(QUERY, FINISHED))).isEmpty();
        assertThat(core.untold()).isEmpty();
    }

    @Test
    public void testForgetting()
    {
        renew();
        start(QUERY);
        start(OTHER_QUERY);
        observe(report(QUERY, FINISHED));
        now += LEASE - 1;
        claim(1, Optional.of(stamp()), QUERY, OTHER_QUERY);
        now += LEASE - 1;
        claim(1, Optional.of(stamp()), QUERY);
        now++;
        assertThat(handle(new AssignmentEvent.TimePassed())).isEmpty();
        now++;
        // the other query is not over, so it is kept even though a leader says otherwise
        assertThat(handle(new AssignmentEvent.TimePassed())).containsExactly(new AssignmentEffect.ForgetQuery(QUERY));
        assertThat(changes(Optional.empty()).queries()).extracting(QueryReport::queryId).containsExactly(OTHER_QUERY);
        observe(report(OTHER_QUERY, FINISHED));
        assertThat(handle(new AssignmentEvent.TimePassed())).containsExactly(new AssignmentEffect.ForgetQuery(OTHER_QUERY));
        assertThat(core.size()).isZero();
    }

    @Test
    public void testEachNewQueueIsReportedOnce()
    {
        handle(new AssignmentEvent.Claimed(claim("first"), ImmutableList.of()));
        assertThat(newQueue("second")).contains("second");
        assertThat(newQueue("second")).isEmpty();
        assertThat(newQueue("third")).contains("third");
        assertThat(core.leasedQueue()).contains("first");
    }

    private Optional<String> newQueue(String queue)
    {
        AssignmentEffect.RefuseOrder refusal = (AssignmentEffect.RefuseOrder) getOnlyElement(handle(new AssignmentEvent.Claimed(claim(queue), ImmutableList.of())));
        assertThat(refusal.verdict()).isEqualTo(Verdict.OTHER_QUEUE);
        return refusal.newQueue();
    }

    private LeaderClaim claim(String queue)
    {
        return new LeaderClaim(1, Optional.of(stamp()), Optional.empty(), Optional.of(queue));
    }

    private List<AssignmentEffect> handle(AssignmentEvent event)
    {
        return core.handle(event, now);
    }

    private List<AssignmentEffect> claim(long epoch, Optional<Stamp> renewal, QueryId... recorded)
    {
        return handle(new AssignmentEvent.Claimed(new LeaderClaim(epoch, renewal, Optional.empty(), Optional.empty()), ImmutableList.copyOf(recorded)));
    }

    private List<AssignmentEffect> renew()
    {
        return claim(1, Optional.of(stamp()));
    }

    private Stamp stamp()
    {
        return new Stamp(core.incarnation(), now);
    }

    private DispatchRequest order()
    {
        return new DispatchRequest(1, core.incarnation(), now, REQUEST, ImmutableList.of("global"), 0, 0, Optional.empty(), Optional.empty(), Optional.empty());
    }

    private List<AssignmentEffect> start(QueryId queryId)
    {
        return handle(new AssignmentEvent.StartOrdered(queryId, order(), false));
    }

    private List<AssignmentEffect> stop(QueryId queryId)
    {
        return handle(new AssignmentEvent.StopOrdered(queryId, new StopRequest(1, core.incarnation(), CANCELED, Optional.empty())));
    }

    private List<AssignmentEffect> observe(QueryReport report)
    {
        return handle(new AssignmentEvent.Observed(report));
    }

    private ReportChanges changes(Optional<SeenReport> seen)
    {
        return (ReportChanges) getOnlyElement(handle(new AssignmentEvent.ReportAsked(Optional.empty(), seen)));
    }

    private static Optional<SeenReport> seen(ReportChanges changes)
    {
        return Optional.of(new SeenReport(changes.stamp().incarnation(), changes.version()));
    }

    private static AssignmentEffect refusal(Verdict verdict)
    {
        return new AssignmentEffect.RefuseOrder(verdict, 1, 1, Optional.empty());
    }

    private static QueryReport report(QueryId queryId, QueryState state)
    {
        return new QueryReport(queryId, state, Optional.empty(), Optional.empty(), 0, 0, 0, false, false);
    }

    private static QueryReport started(QueryId queryId)
    {
        return new QueryReport(queryId, RUNNING, Optional.empty(), Optional.of("/path"), 0, 0, 0, false, false);
    }
}
