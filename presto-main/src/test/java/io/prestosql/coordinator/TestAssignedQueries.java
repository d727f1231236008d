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
package io.prestosql.coordinator;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.util.concurrent.ListenableFuture;
import io.airlift.units.DataSize;
import io.airlift.units.Duration;
import io.prestosql.coordinator.core.AssignmentEffect.ReportChanges;
import io.prestosql.protocol.ClientRequest;
import io.prestosql.protocol.DispatchRequest;
import io.prestosql.protocol.DispatchResponse;
import io.prestosql.protocol.LeaderClaim;
import io.prestosql.protocol.QueryReport;
import io.prestosql.protocol.SeenReport;
import io.prestosql.protocol.Stamp;
import io.prestosql.protocol.StopRequest;
import io.prestosql.rpc.TraceContext;
import io.trino.dispatcher.DispatchInfo;
import io.trino.dispatcher.DispatchQuery;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.execution.QueryState;
import io.trino.spi.QueryId;
import io.trino.spi.TrinoException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.lang.ref.WeakReference;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

import static com.google.common.collect.Iterables.getOnlyElement;
import static com.google.common.util.concurrent.Futures.getUnchecked;
import static io.prestosql.node.DispatcherErrorCode.COORDINATOR_LOST;
import static io.trino.execution.QueryState.FAILED;
import static io.trino.execution.QueryState.FINISHED;
import static io.trino.execution.QueryState.QUEUED;
import static io.trino.execution.QueryState.RUNNING;
import static io.trino.spi.StandardErrorCode.DIVISION_BY_ZERO;
import static io.trino.spi.StandardErrorCode.USER_CANCELED;
import static io.trino.util.Failures.toFailure;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

public class TestAssignedQueries
{
    private static final long LEASE_SECONDS = 100;
    private static final long LEASE_NANOS = SECONDS.toNanos(LEASE_SECONDS);
    private static final QueryId QUERY = new QueryId("query");
    private static final QueryId OTHER_QUERY = new QueryId("other_query");
    private static final ClientRequest REQUEST = new ClientRequest("SELECT 1", ImmutableMap.of(), Optional.empty(), Optional.empty());
    private static final ExecutionFailureInfo CANCELED = toFailure(new TrinoException(USER_CANCELED, "Query was canceled"));
    /** A dispatch returns at once, as soon as the query is taken. */
    private static final long NO_WAIT = 0;

    private final AtomicLong nanos = new AtomicLong(-SECONDS.toNanos(7));
    private final FakeStarter starter = new FakeStarter();
    private final AssignedQueries queries = new AssignedQueries("coordinator", starter, new Duration(LEASE_SECONDS, SECONDS), nanos::get);

    @AfterEach
    public void tearDown()
    {
        queries.stop();
    }

    @Test
    public void testNoQueryBeforeFirstLease()
    {
        Stamp stamp = changes().stamp();
        assertThat(changes().leased()).isFalse();
        assertRefused(() -> dispatch(QUERY, 1, stamp), "This coordinator has no lease yet");
        assertRefused(() -> stop(QUERY, 1, stamp), "This coordinator has no lease yet");
        // the first claim does not renew
        assertThat(queries.hear(claim(1, Optional.empty()), ImmutableList.of())).isFalse();
        assertRefused(() -> dispatch(QUERY, 1, stamp), "This coordinator has no lease yet");

        assertThat(queries.hear(claim(1, Optional.of(stamp)), ImmutableList.of())).isTrue();
        assertThat(changes().leased()).isTrue();
        // a copy of the refused order
        assertRefused(() -> dispatch(QUERY, 1, stamp), "The order was under way for longer than a lease, or is as old as one that was refused");
        nanos.incrementAndGet();
        dispatch(QUERY, 1, changes().stamp());
        assertThat(starter.started).containsOnlyKeys(QUERY);
        // an extension of the lease is no news
        assertThat(queries.hear(claim(1, Optional.of(stamp)), ImmutableList.of())).isFalse();
    }

    @Test
    public void testDispatchIsIdempotent()
    {
        Stamp stamp = lease(1);
        assertThat(dispatch(QUERY, 1, stamp)).isEqualTo(new DispatchResponse(stamp.incarnation(), Optional.empty(), Optional.empty(), false, false));
        starter.started.get(QUERY).run();
        DispatchResponse running = dispatch(QUERY, 1, stamp);
        assertThat(running.executingPath()).isPresent();
        assertThat(running.failure()).isEmpty();
        assertThat(dispatch(QUERY, 2, stamp)).isEqualTo(running);
        starter.started.get(QUERY).finish();
        assertThat(dispatch(QUERY, 2, stamp)).isEqualTo(running);
        assertThat(starter.starts).isEqualTo(1);
    }

    @Test
    public void testOrdersOfAnotherQueue()
    {
        String refusal = "This coordinator has a lease from the dispatchers of another query log";
        Stamp stamp = changes().stamp();
        queries.hear(claim(3, stamp, "first"), ImmutableList.of());
        assertThat(changes().queue()).contains("first");
        dispatch(QUERY, 3, stamp);

        // its epoch does not matter
        assertRefused(() -> queries.hear(claim(3, stamp, "second"), ImmutableList.of(QUERY)), refusal);
        assertRefused(() -> queries.hear(claim(9, stamp, "second"), ImmutableList.of()), refusal);
        assertRefused(() -> queries.getChanges(Optional.of(claim(3, stamp, "second")), Optional.empty()), refusal);
        assertRefused(() -> queries.dispatch(
                OTHER_QUERY,
                new DispatchRequest(3, stamp.incarnation(), stamp.saidNanos(), REQUEST, ImmutableList.of("global"), 0, 0, Optional.of("second"), Optional.empty(), Optional.empty()),
                NO_WAIT), refusal);
        assertRefused(() -> queries.stop(QUERY, new StopRequest(3, stamp.incarnation(), CANCELED, Optional.of("second"))), refusal);
        assertThat(starter.started).containsOnlyKeys(QUERY);
        assertThat(queries.getRunningQueries()).isEqualTo(1);
        assertThat(queries.getHighestEpoch()).isEqualTo(3);
        assertThat(queries.getRefusedOrders()).isEqualTo(5);

        // no leader renews the lease
        nanos.addAndGet(LEASE_NANOS);
        assertThat(changes().queue()).isEmpty();
        assertThat(queries.getRunningQueries()).isZero();
        assertThat(queries.hear(claim(1, changes().stamp(), "second"), ImmutableList.of())).isTrue();
        assertThat(changes().queue()).contains("second");
        assertRefused(() -> queries.hear(claim(3, stamp, "first"), ImmutableList.of()), refusal);
    }

    private static LeaderClaim claim(long epoch, Optional<Stamp> renewal)
    {
        return new LeaderClaim(epoch, renewal, Optional.empty(), Optional.empty());
    }

    private static LeaderClaim claim(long epoch, Stamp renewal, String queue)
    {
        return new LeaderClaim(epoch, Optional.of(renewal), Optional.empty(), Optional.of(queue));
    }

    @Test
    public void testRefusedOrdersDoNothing()
    {
        Stamp stamp = lease(3);
        assertDeposed(() -> dispatch(QUERY, 2, stamp));
        assertDeposed(() -> stop(QUERY, 2, stamp));
        assertDeposed(() -> queries.hear(claim(2, Optional.of(stamp)), ImmutableList.of()));
        assertDeposed(() -> queries.getChanges(Optional.of(claim(2, Optional.empty())), Optional.empty()));
        assertThat(queries.getHighestEpoch()).isEqualTo(3);

        Stamp elsewhere = new Stamp("another process", stamp.saidNanos());
        assertRefused(() -> dispatch(QUERY, 3, elsewhere), "The order was given to another process of this coordinator, or before it gave up what it ran");
        assertRefused(() -> stop(QUERY, 3, elsewhere), "The order was given to another process of this coordinator, or before it gave up what it ran");

        nanos.addAndGet(LEASE_NANOS - 1);
        renew(3);
        nanos.addAndGet(2);
        assertRefused(() -> dispatch(QUERY, 3, stamp), "The order was under way for longer than a lease, or is as old as one that was refused");

        assertThat(starter.started).isEmpty();
        assertThat(changes().queries()).isEmpty();
        assertThat(queries.getRefusedOrders()).isEqualTo(7);
        dispatch(QUERY, 3, changes().stamp());
        assertThat(starter.started).containsOnlyKeys(QUERY);
    }

    @Test
    public void testQueryIsStoppedBeforeItsDispatchArrives()
    {
        Stamp stamp = lease(1);
        stop(QUERY, 1, stamp);
        assertThat(changes().queries()).singleElement().satisfies(report -> {
            assertThat(report.queryId()).isEqualTo(QUERY);
            assertThat(report.state()).isEqualTo(FAILED);
            assertThat(report.failure().orElseThrow().getErrorCode()).isEqualTo(USER_CANCELED.toErrorCode());
            // so the dispatcher has to tell event listeners
            assertThat(report.unregistered()).isTrue();
        });
        DispatchResponse response = dispatch(QUERY, 1, stamp);
        assertThat(response.unregistered()).isTrue();
        assertThat(response.executingPath()).isEmpty();
        assertThat(response.failure().orElseThrow().getErrorCode()).isEqualTo(USER_CANCELED.toErrorCode());
        assertThat(starter.started).isEmpty();
        assertThat(queries.getRunningQueries()).isZero();
    }

    @Test
    public void testStopOfRunningQuery()
    {
        Stamp stamp = lease(1);
        dispatch(QUERY, 1, stamp);
        starter.started.get(QUERY).run();
        stop(QUERY, 1, stamp);
        assertThat(states()).isEqualTo(ImmutableMap.of(QUERY, FAILED));
        assertThat(changes().queries().getFirst().failure().orElseThrow().getErrorCode()).isEqualTo(USER_CANCELED.toErrorCode());
    }

    @Test
    public void testStopBetweenDispatchAndStart()
    {
        Stamp stamp = lease(1);
        dispatch(QUERY, 1, stamp);
        stop(QUERY, 1, stamp);
        assertThat(states()).isEqualTo(ImmutableMap.of(QUERY, QUEUED));
        FakeQuery query = starter.started.get(QUERY);
        query.run();
        assertThat(query.startWasRefused).isTrue();
        assertThat(states()).isEqualTo(ImmutableMap.of(QUERY, FAILED));
    }

    @Test
    public void testStopOfFinishedQueryChangesNothing()
    {
        Stamp stamp = lease(1);
        dispatch(QUERY, 1, stamp);
        starter.started.get(QUERY).run();
        starter.started.get(QUERY).finish();
        ReportChanges before = changes();
        stop(QUERY, 1, stamp);
        assertThat(changes()).isEqualTo(before);
    }

    @Test
    public void testAllQueriesAreGivenUpWhenLeaseIsOver()
    {
        Stamp stamp = lease(1);
        dispatch(QUERY, 1, stamp);
        dispatch(OTHER_QUERY, 1, stamp);
        FakeQuery running = starter.started.get(QUERY);
        FakeQuery notStarted = starter.started.get(OTHER_QUERY);
        running.run();
        nanos.addAndGet(LEASE_NANOS - 1);
        queries.checkLease();
        assertThat(running.state).isEqualTo(RUNNING);
        assertThat(queries.getIncarnation()).isEqualTo(stamp.incarnation());

        nanos.incrementAndGet();
        // any call finds the new incarnation
        String incarnation = queries.getIncarnation();
        assertThat(incarnation).isNotEqualTo(stamp.incarnation());
        assertThat(running.state).isEqualTo(FAILED);
        assertThat(running.failure.orElseThrow().getErrorCode()).isEqualTo(COORDINATOR_LOST.toErrorCode());
        assertThat(running.failure.orElseThrow().getMessage()).contains("no leading dispatcher has polled it for 100.00s");
        ReportChanges changes = queries.getChanges(Optional.of(claim(1, Optional.empty())), Optional.of(new SeenReport(stamp.incarnation(), 1)));
        assertThat(changes.stamp().incarnation()).isEqualTo(incarnation);
        assertThat(changes.complete()).isTrue();
        assertThat(changes.leased()).isFalse();
        assertThat(changes.queries()).isEmpty();
        assertThat(queries.getRunningQueries()).isZero();
        assertThat(queries.getExpiredLeases()).isEqualTo(1);
        assertThat(queries.getGivenUpQueries()).isEqualTo(2);

        // a query on its way to the engine does not start, and is not reported
        notStarted.run();
        assertThat(notStarted.startWasRefused).isTrue();
        assertThat(changes().queries()).isEmpty();
        assertRefused(() -> dispatch(QUERY, 1, new Stamp(stamp.incarnation(), nanos.get())), "The order was given to another process of this coordinator, or before it gave up what it ran");

        // under the next lease, a query of the previous one is not started again while the engine knows it
        renew(1);
        assertRefused(() -> dispatch(QUERY, 1, changes().stamp()), "This coordinator has run the query before, and has given it up");
        starter.started.remove(QUERY);
        dispatch(QUERY, 1, changes().stamp());
        assertThat(starter.starts).isEqualTo(3);
    }

    /**
     * A coordinator that gets no calls notices by itself that its lease is over, even when it runs nothing.
     */
    @Test
    public void testLeaseEndsWithoutACall()
    {
        lease(1);
        queries.start();
        nanos.addAndGet(LEASE_NANOS);
        await().until(() -> queries.getExpiredLeases() == 1);
    }

    @Test
    public void testAnswerAfterLeaseIsOver()
    {
        Stamp stamp = lease(1);
        ListenableFuture<DispatchResponse> response = queries.dispatch(QUERY, new DispatchRequest(1, stamp.incarnation(), stamp.saidNanos(), REQUEST, ImmutableList.of("global"), 0, 0, Optional.empty(), Optional.empty(), Optional.empty()), SECONDS.toMillis(60));
        assertThat(response).isNotDone();
        nanos.addAndGet(LEASE_NANOS);
        queries.checkLease();
        // the query was taken, by an incarnation that has ended
        assertThat(getUnchecked(response)).isEqualTo(new DispatchResponse(stamp.incarnation(), Optional.empty(), Optional.empty(), false, false));
    }

    @Test
    public void testCompleteReportHasQueriesThatHaveNotStarted()
    {
        Stamp stamp = lease(1);
        dispatch(QUERY, 1, stamp);
        assertThat(states()).isEqualTo(ImmutableMap.of(QUERY, QUEUED));
    }

    @Test
    public void testChanges()
    {
        Stamp stamp = lease(1);
        dispatch(QUERY, 1, stamp);
        ReportChanges first = changes();
        dispatch(OTHER_QUERY, 1, stamp);
        SeenReport seen = new SeenReport(stamp.incarnation(), first.version());
        ReportChanges second = queries.getChanges(Optional.empty(), Optional.of(seen));
        assertThat(second.complete()).isFalse();
        assertThat(second.queries()).extracting(QueryReport::queryId).containsExactly(OTHER_QUERY);
        assertThat(changes().complete()).isTrue();
        assertThat(changes().queries()).hasSize(2);
        // a version of another incarnation means nothing
        assertThat(queries.getChanges(Optional.empty(), Optional.of(new SeenReport("other", 1000))).queries()).hasSize(2);
        // a dispatcher that only watches has no epoch
        assertThat(second.highestEpoch()).isEqualTo(1);
        assertThat(queries.waitForChange(Optional.empty(), 60_000)).isDone();
        assertThat(queries.waitForChange(Optional.of(new SeenReport("other", 1000)), 60_000)).isDone();
        ListenableFuture<Void> wait = queries.waitForChange(Optional.of(new SeenReport(stamp.incarnation(), second.version())), 60_000);
        assertThat(wait).isNotDone();
        starter.started.get(QUERY).run();
        starter.started.get(QUERY).finish();
        getUnchecked(wait);
    }

    @Test
    public void testLossOfLeaseEndsWaitForChange()
    {
        Stamp stamp = lease(1);
        ListenableFuture<Void> wait = queries.waitForChange(Optional.of(new SeenReport(stamp.incarnation(), changes().version())), 60_000);
        assertThat(wait).isNotDone();
        nanos.addAndGet(LEASE_NANOS);
        queries.checkLease();
        getUnchecked(wait);
    }

    /**
     * A query is remembered for a lease after its end. Generated statements are large, and the limits of the engine's history do not apply
     * here.
     */
    @Test
    public void testEngineObjectsOfEndedQueriesAreReleased()
    {
        Stamp stamp = lease(1);
        dispatch(QUERY, 1, stamp);
        WeakReference<DispatchQuery> execution = finishAndForget(QUERY);
        await().until(() -> {
            System.gc();
            return execution.refersTo(null);
        });
        assertThat(states()).isEqualTo(ImmutableMap.of(QUERY, FINISHED));
    }

    private WeakReference<DispatchQuery> finishAndForget(QueryId queryId)
    {
        FakeQuery query = starter.started.remove(queryId);
        query.run();
        query.finish();
        return new WeakReference<>(query.execution);
    }

    @Test
    public void testQueriesAreKeptUntilTheirEndsAreRecorded()
    {
        Stamp stamp = lease(1);
        dispatch(QUERY, 1, stamp);
        dispatch(OTHER_QUERY, 1, stamp);
        starter.started.get(QUERY).run();
        starter.started.get(QUERY).finish();
        starter.started.get(OTHER_QUERY).run();
        for (int i = 0; i < 10; i++) {
            pass(LEASE_NANOS / 2);
        }
        assertThat(states()).isEqualTo(ImmutableMap.of(QUERY, FINISHED, OTHER_QUERY, RUNNING));

        queries.hear(claim(1, Optional.empty()), ImmutableList.of(QUERY, OTHER_QUERY, new QueryId("unknown")));
        pass(LEASE_NANOS / 2);
        // a repetition changes nothing
        queries.hear(claim(1, Optional.empty()), ImmutableList.of(QUERY));
        pass(LEASE_NANOS / 2);
        assertThat(states()).containsKey(QUERY);
        pass(1);
        // a query that is not over is kept, even if a leader says otherwise
        assertThat(states()).isEqualTo(ImmutableMap.of(OTHER_QUERY, RUNNING));
        starter.started.get(OTHER_QUERY).finish();
        pass(1);
        assertThat(states()).isEmpty();
        assertThat(queries.getKnownQueries()).isZero();
    }

    @Test
    public void testFailureBeforeStart()
    {
        Stamp stamp = lease(1);
        dispatch(QUERY, 1, stamp);
        starter.started.get(QUERY).failBeforeStart(new TrinoException(DIVISION_BY_ZERO, "Division by zero"));
        DispatchResponse response = dispatch(QUERY, 1, stamp);
        assertThat(response.executingPath()).isEmpty();
        assertThat(response.failure().orElseThrow().getErrorCode()).isEqualTo(DIVISION_BY_ZERO.toErrorCode());
        assertThat(queries.getRunningQueries()).isZero();
    }

    @Test
    public void testDispatcherHearsWhenListenersHaveHeard()
    {
        Stamp stamp = lease(1);
        dispatch(QUERY, 1, stamp);
        FakeQuery query = starter.started.get(QUERY);
        query.run();
        assertThat(onlyReport().untold()).isFalse();
        long running = changes().version();
        query.finish();
        getUnchecked(queries.waitForChange(Optional.of(new SeenReport(stamp.incarnation(), running)), 60_000));
        assertThat(onlyReport().untold()).isTrue();

        long version = changes().version();
        ListenableFuture<Void> wait = queries.waitForChange(Optional.of(new SeenReport(stamp.incarnation(), version)), 60_000);
        query.query.setTold();
        queries.updateAll();
        assertThat(onlyReport().state()).isEqualTo(FINISHED);
        assertThat(onlyReport().untold()).isFalse();
        assertThat(queries.getChanges(Optional.empty(), Optional.of(new SeenReport(stamp.incarnation(), version))).queries()).hasSize(1);
        // no dispatcher waits for this
        assertThat(wait).isNotDone();
        queries.updateAll();
        assertThat(changes().version()).isEqualTo(version + 1);
    }

    @Test
    public void testFailureThatEngineHasNotYetToldListeners()
    {
        Stamp stamp = lease(1);
        dispatch(QUERY, 1, stamp);
        FakeQuery query = starter.started.get(QUERY);
        query.failRegistered(new TrinoException(DIVISION_BY_ZERO, "Division by zero"));
        assertThat(dispatch(QUERY, 1, stamp).untold()).isTrue();
        query.query.setTold();
        queries.updateAll();
        assertThat(dispatch(QUERY, 1, stamp).untold()).isFalse();
    }

    /**
     * The engine continues to tell event listeners of queries that had ended.
     */
    @Test
    public void testEndedQueryIsNotGivenUp()
    {
        Stamp stamp = lease(1);
        dispatch(QUERY, 1, stamp);
        FakeQuery query = starter.started.get(QUERY);
        query.run();
        query.finish();
        nanos.addAndGet(LEASE_NANOS);
        queries.checkLease();
        assertThat(query.query.isGivenUp()).isFalse();
        assertThat(changes().queries()).isEmpty();
    }

    private QueryReport onlyReport()
    {
        return getOnlyElement(changes().queries());
    }

    private Stamp lease(long epoch)
    {
        renew(epoch);
        return changes().stamp();
    }

    private void renew(long epoch)
    {
        queries.hear(claim(epoch, Optional.of(changes().stamp())), ImmutableList.of());
    }

    private void pass(long passing)
    {
        nanos.addAndGet(passing);
        renew(1);
        queries.checkLease();
    }

    private ReportChanges changes()
    {
        return queries.getChanges(Optional.empty(), Optional.empty());
    }

    private Map<QueryId, QueryState> states()
    {
        ImmutableMap.Builder<QueryId, QueryState> states = ImmutableMap.builder();
        changes().queries().forEach(report -> states.put(report.queryId(), report.state()));
        return states.buildOrThrow();
    }

    private DispatchResponse dispatch(QueryId queryId, long epoch, Stamp stamp)
    {
        return getUnchecked(queries.dispatch(queryId, new DispatchRequest(epoch, stamp.incarnation(), stamp.saidNanos(), REQUEST, ImmutableList.of("global"), 0, 0, Optional.empty(), Optional.empty(), Optional.empty()), NO_WAIT));
    }

    private void stop(QueryId queryId, long epoch, Stamp stamp)
    {
        queries.stop(queryId, new StopRequest(epoch, stamp.incarnation(), CANCELED, Optional.empty()));
    }

    private static void assertRefused(Runnable call, String message)
    {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(OrderRefusedException.class, e -> assertThat(e.reason()).isNotEqualTo(OrderRefusedException.Reason.DEPOSED))
                .hasMessage(message);
    }

    private static void assertDeposed(Runnable call)
    {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(OrderRefusedException.class, e -> assertThat(e.reason()).isEqualTo(OrderRefusedException.Reason.DEPOSED))
                .hasMessage("The leader of epoch 2 has been deposed: epoch 3 is known");
    }

    private static class FakeStarter
            implements QueryStarter
    {
        private final Map<QueryId, FakeQuery> started = new HashMap<>();
        private int starts;

        @Override
        public boolean isKnown(QueryId queryId)
        {
            return started.containsKey(queryId);
        }

        @Override
        public void start(AssignedQuery query, ClientRequest request, Optional<TraceContext> traceContext, Consumer<AssignedQuery> changed)
        {
            assertThat(request).isEqualTo(REQUEST);
            starts++;
            started.put(query.queryId(), new FakeQuery(query, changed));
        }
    }

    /**
     * The engine's side of a query.
     */
    private static class FakeQuery
    {
        private final AssignedQuery query;
        private final Consumer<AssignedQuery> changed;
        private final DispatchQuery execution;
        private QueryState state = QUEUED;
        private Optional<ExecutionFailureInfo> failure = Optional.empty();
        private boolean startWasRefused;

        private FakeQuery(AssignedQuery query, Consumer<AssignedQuery> changed)
        {
            this.query = query;
            this.changed = changed;
            // only these methods of the interface are called
            this.execution = (DispatchQuery) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {DispatchQuery.class}, (_, method, arguments) -> call(method.getName(), arguments));
        }

        private Object call(String method, Object[] arguments)
        {
            return switch (method) {
                case "getState" -> state;
                case "getDispatchInfo" -> DispatchInfo.failed(failure.orElseThrow(), new Duration(0, SECONDS), new Duration(0, SECONDS));
                case "getTotalCpuTime" -> new Duration(0, SECONDS);
                case "getUserMemoryReservation", "getTotalMemoryReservation" -> DataSize.ofBytes(0);
                case "fail" -> {
                    fail((Throwable) arguments[0]);
                    yield null;
                }
                default -> throw new UnsupportedOperationException(method);
            };
        }

        private void run()
        {
            query.setExecution(execution);
            startWasRefused = !query.tryStart(execution);
            if (!startWasRefused) {
                state = RUNNING;
                query.setStartSeen();
                changed();
            }
        }

        private void finish()
        {
            state = FINISHED;
            changed();
        }

        private void fail(Throwable cause)
        {
            state = FAILED;
            failure = Optional.of(toFailure(cause));
            changed();
        }

        private void failRegistered(RuntimeException cause)
        {
            query.setExecution(execution);
            fail(cause);
        }

        private void failBeforeStart(RuntimeException cause)
        {
            query.setFailure(toFailure(cause));
            changed();
        }

        private void changed()
        {
            changed.accept(query);
            query.started().set(null);
        }
    }
}
