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
package io.prestosql.queue;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Lists;
import io.prestosql.node.CoordinatorIncarnation;
import io.prestosql.protocol.ClientRequest;
import io.prestosql.protocol.QuerySlug;
import io.prestosql.protocol.SubmittedQuery;
import io.prestosql.querylog.MemoryQueryLog;
import io.prestosql.queue.core.QueryFailure;
import io.prestosql.queue.core.QueueEffect;
import io.prestosql.queue.core.QueueEvent;
import io.prestosql.queue.core.QueueEvent.DispatchAnswer;
import io.prestosql.queue.core.QueueEvent.EndTold;
import io.prestosql.queue.core.QueueEvent.QueryStatus;
import io.prestosql.queue.core.QueueRecord;
import io.prestosql.selection.core.ClusterCapacity;
import io.prestosql.spi.querylog.DeposedException;
import io.prestosql.spi.querylog.QueryLogLeader;
import io.prestosql.spi.querylog.QueryLogListener;
import io.prestosql.spi.querylog.QueryLogMember;
import io.prestosql.spi.querylog.QueryLogRecord;
import io.prestosql.spi.querylog.QueryLogRecord.Kind;
import io.prestosql.testing.TestingConditions;
import io.trino.spi.QueryId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.IntStream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.prestosql.node.ClusterName.DEFAULT;
import static io.prestosql.querylog.EncryptedQueryLog.MAX_PLAIN_CONTENT_BYTES;
import static io.prestosql.queue.QueueDrivers.CODEC;
import static io.prestosql.queue.QueueDrivers.createDriver;
import static io.trino.spi.StandardErrorCode.DIVISION_BY_ZERO;
import static io.trino.spi.StandardErrorCode.USER_CANCELED;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Collections.synchronizedList;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * Checks that the driver carries out the core's decisions, even when some of them fail.
 */
@Timeout(60)
public class TestQueueDriver
{
    static {
        TestingConditions.lookOften();
    }

    private static final long EPOCH = 1;
    private static final CoordinatorIncarnation COORDINATOR = new CoordinatorIncarnation(DEFAULT, "coordinator-1", "a");
    private static final URI ADDRESS = URI.create("http://127.0.0.1:8081");
    private static final QueryId ONE = new QueryId("one");
    private static final QueryId TWO = new QueryId("two");
    private static final QueryId THREE = new QueryId("three");

    private final BrokenLog queryLog = new BrokenLog();
    private final BrokenEnvironment environment = new BrokenEnvironment();
    private QueueDriver driver;

    @BeforeEach
    public void setUp()
    {
        driver = createDriver(queryLog);
        driver.post(new QueueEvent.ClustersChanged(ImmutableMap.of(COORDINATOR.cluster(), new ClusterCapacity(true, true, OptionalInt.empty(), 1))));
        driver.start(environment);
        await().until(() -> driver.getElections() == 1);
    }

    @AfterEach
    public void tearDown()
    {
        driver.stop();
    }

    /**
     * A server may be stopped while it starts.
     */
    @Test
    public void testNotStartedAfterStop()
    {
        BrokenLog log = new BrokenLog();
        QueueDriver stopped = createDriver(log);
        stopped.stop();
        stopped.start(environment);
        assertThat(log.started).isFalse();
        assertThat(stopped.getEpoch()).isEmpty();
    }

    @Test
    public void testFailureOfOneEndDoesNotAffectOtherEndsOfReport()
    {
        ImmutableList.of(ONE, TWO, THREE).forEach(this::take);
        environment.broken = effect -> effect instanceof QueueEffect.End(QueryId queryId, _) && queryId.equals(ONE);
        queryLog.broken = record -> record.kind() == Kind.ENDED && record.key().equals(TWO.toString());
        driver.post(EPOCH, new QueueEvent.Reported(COORDINATOR, true, ImmutableList.of(failed(ONE), failed(TWO), failed(THREE)))).join();

        assertThat(environment.ended()).containsExactly(TWO, THREE);
        assertThat(queryLog.keys(Kind.ENDED)).containsExactly(ONE.toString(), THREE.toString());
        assertThat(driver.getFailedEffects()).isEqualTo(2);

        // a record that the log did not take is written again
        queryLog.broken = _ -> false;
        await().untilAsserted(() -> assertThat(queryLog.keys(Kind.ENDED)).containsExactly(ONE.toString(), THREE.toString(), TWO.toString()));
        await().untilAsserted(() -> assertThat(environment.effects).contains(new QueueEffect.Recorded(TWO, COORDINATOR)));
    }

    @Test
    public void testQueryThatCannotBeEnqueuedFails()
    {
        environment.broken = effect -> effect.equals(new QueueEffect.Enqueue(ONE, false));
        submit(ONE);
        driver.post(EPOCH, new QueueEvent.Poll(ONE)).join();
        awaitFailed(ONE);
        assertThat(queryLog.keys(Kind.ELIGIBLE)).containsExactly(ONE.toString());
    }

    @Test
    public void testQueryThatCannotBeRoutedFails()
    {
        environment.broken = effect -> effect.equals(new QueueEffect.Route(ONE));
        submit(ONE);
        driver.post(EPOCH, new QueueEvent.Poll(ONE)).join();
        driver.post(EPOCH, new QueueEvent.Admitted(ONE)).join();
        awaitFailed(ONE);
    }

    @Test
    public void testQueryThatCannotBeDispatchedIsStopped()
    {
        environment.broken = effect -> effect instanceof QueueEffect.Dispatch;
        route(ONE);
        // the query may have been sent, so it is not failed at once
        await().untilAsserted(() -> assertThat(environment.effects).anyMatch(effect -> effect instanceof QueueEffect.StopAt stop && stop.queryId().equals(ONE)));
        assertThat(environment.ended()).isEmpty();
        driver.post(EPOCH, new QueueEvent.StopAnswered(ONE, COORDINATOR, true)).join();
        driver.post(EPOCH, new QueueEvent.Reported(COORDINATOR, false, ImmutableList.of(failed(ONE)))).join();
        assertThat(environment.ended()).containsExactly(ONE);
    }

    @Test
    public void testStopThatCannotBeSentIsSentAgain()
    {
        take(ONE);
        environment.broken = effect -> effect instanceof QueueEffect.StopAt;
        driver.post(EPOCH, new QueueEvent.Stop(ONE, new QueryFailure(USER_CANCELED, "Query was canceled"), true)).join();
        assertThat(queryLog.keys(Kind.CANCELED)).containsExactly(ONE.toString());
        environment.broken = _ -> false;
        await().untilAsserted(() -> assertThat(environment.effects).anyMatch(QueueEffect.StopAt.class::isInstance));
    }

    @Test
    public void testSubmissionIsAcceptedWhenTheLogHasIt()
    {
        CompletableFuture<Void> durable = new CompletableFuture<>();
        queryLog.slow = Optional.of(durable);
        driver.submit(EPOCH, ONE, query()).join();
        // the driver handles this event after the effects of the submission
        driver.post(EPOCH, new QueueEvent.Tick()).join();
        assertThat(environment.effects).isEmpty();

        durable.complete(null);
        await().untilAsserted(() -> assertThat(environment.effects).containsExactly(new QueueEffect.Accept(ONE)));
    }

    @Test
    public void testSubmissionThatTheLogDoesNotTakeIsRefused()
    {
        queryLog.broken = record -> record.kind() == Kind.SUBMITTED;
        driver.submit(EPOCH, ONE, query()).join();
        await().untilAsserted(() -> assertThat(environment.effects).contains(new QueueEffect.Refuse(ONE)));
        queryLog.broken = _ -> false;
        submit(TWO);
    }

    @Test
    public void testSubmissionThatCannotBeAcknowledgedIsEndedAndForgotten()
    {
        environment.broken = effect -> effect.equals(new QueueEffect.Accept(ONE));
        driver.submit(EPOCH, ONE, query()).join();
        await().untilAsserted(() -> assertThat(queryLog.keys(Kind.FORGOTTEN)).containsExactly(ONE.toString()));
    }

    @Test
    public void testRecordThatIsNotUnderstood()
    {
        assertThat(driver.refusal()).isEmpty();
        driver.elected(EPOCH + 1, ImmutableList.of(new QueryLogRecord(ONE.toString(), Kind.SUBMITTED, new byte[] {99})));
        await().untilAsserted(() -> assertThat(driver.refusal()).hasValueSatisfying(reason -> assertThat(reason).contains("does not understand a record of the query log, and has left the election")));
        await().until(() -> queryLog.closed);
        assertThat(driver.getEpoch()).isEmpty();
        assertThat(environment.steps).containsExactly("elected 1", "leads", "deposed");
    }

    /**
     * The log makes each record only when it is read, so that the texts of a long queue are not in memory a second time.
     */
    @Test
    public void testLiveRecordsAreReadOnce()
    {
        List<String> read = synchronizedList(new ArrayList<>());
        List<QueryLogRecord> liveRecords = ImmutableList.of(CODEC.encodeSubmission(ONE, query()), CODEC.encodeSubmission(TWO, query()));
        driver.elected(EPOCH + 1, Lists.transform(liveRecords, record -> {
            read.add(record.key());
            return record;
        }));
        await().until(() -> driver.getEpoch().equals(OptionalLong.of(EPOCH + 1)));
        assertThat(read).containsExactlyInAnyOrder(ONE.toString(), TWO.toString());
    }

    @Test
    public void testMessageOfAnyLengthFitsIntoRecord()
    {
        submit(ONE);
        driver.post(EPOCH, new QueueEvent.Stop(ONE, new QueryFailure(USER_CANCELED, "x".repeat(20_000_000)), true)).join();
        await().untilAsserted(() -> assertThat(environment.ended()).containsExactly(ONE));
        assertThat(driver.getFailedEffects()).isZero();
    }

    @Test
    public void testSubmissionOfEndedQueryIsReplaced()
    {
        ImmutableList.of(ONE, TWO).forEach(this::submit);
        SubmittedQuery condensed = query();
        environment.condensed.put(ONE, condensed);
        for (QueryId queryId : ImmutableList.of(ONE, TWO)) {
            driver.post(EPOCH, new QueueEvent.Condense(queryId)).join();
            assertThat(queryLog.replaced()).extracting(QueryLogRecord::key).doesNotContain(queryId.toString());
            driver.post(EPOCH, new QueueEvent.Stop(queryId, new QueryFailure(USER_CANCELED, "Query was canceled"), true)).join();
        }
        await().untilAsserted(() -> assertThat(environment.ended()).containsExactly(ONE, TWO));
        await().untilAsserted(() -> assertThat(queryLog.replaced()).extracting(QueryLogRecord::key).containsExactly(ONE.toString()));
        assertThat(queryLog.replaced().getFirst().kind()).isEqualTo(Kind.SUBMITTED);
        // the environment no longer has the second query, which is not a failure
        assertThat(driver.getFailedEffects()).isZero();
    }

    @Test
    public void testEventsAreHandledOneAtATimeAndInOrder()
    {
        List<QueryId> queries = IntStream.range(0, 100)
                .mapToObj(number -> new QueryId("query_" + number))
                .collect(toImmutableList());
        queries.forEach(queryId -> driver.submit(EPOCH, queryId, query()));
        await().untilAsserted(() -> assertThat(environment.effects).hasSize(queries.size()));
        assertThat(queryLog.keys(Kind.SUBMITTED)).isEqualTo(queries.stream().map(QueryId::toString).toList());
        assertThat(environment.effects).isEqualTo(queries.stream().map(QueueEffect.Accept::new).toList());
        assertThat(environment.threads).hasSize(1);
    }

    @Test
    public void testSubmissionThatIsTooLarge()
    {
        assertThatThrownBy(() -> driver.submit(EPOCH, ONE, query("x".repeat(MAX_PLAIN_CONTENT_BYTES + 1)))).isInstanceOf(QueryTooLargeException.class);
        // each of these characters takes two bytes
        assertThatThrownBy(() -> driver.submit(EPOCH, TWO, query("\u00e4".repeat(MAX_PLAIN_CONTENT_BYTES / 2)))).isInstanceOf(QueryTooLargeException.class);
        submit(THREE);
        assertThat(queryLog.keys(Kind.SUBMITTED)).containsExactly(THREE.toString());
        assertThat(environment.effects).containsExactly(new QueueEffect.Accept(THREE));
    }

    @Test
    public void testRecordThatMayBeInTheLog()
    {
        queryLog.slow = Optional.of(CompletableFuture.failedFuture(new TimeoutException("no majority")));
        driver.submit(EPOCH, ONE, query()).join();
        await().untilAsserted(() -> assertThat(environment.effects).contains(new QueueEffect.Refuse(ONE)));
        assertThat(driver.getAppendsInDoubt()).isEqualTo(1);
        assertThat(driver.getFailedEffects()).isZero();
    }

    /**
     * The log tells this dispatcher of its deposition, and another leader says what is in the log.
     */
    @Test
    public void testRecordOfDeposedLeader()
    {
        queryLog.slow = Optional.of(CompletableFuture.failedFuture(new DeposedException(EPOCH)));
        driver.submit(EPOCH, ONE, query()).join();
        driver.post(EPOCH, new QueueEvent.Tick()).join();
        assertThat(queryLog.keys(Kind.SUBMITTED)).containsExactly(ONE.toString());
        assertThat(environment.effects).isEmpty();
        assertThat(driver.getAppendsInDoubt()).isZero();
    }

    @Test
    public void testElected()
    {
        QueueRecord.Dispatched dispatched = new QueueRecord.Dispatched(TWO, COORDINATOR, false, 0);
        driver.elected(EPOCH + 1, ImmutableList.of(
                CODEC.encodeSubmission(ONE, query("SELECT 1")),
                CODEC.encodeSubmission(TWO, query("SELECT 2")),
                CODEC.encodeDispatch(dispatched, ADDRESS)));
        await().until(() -> driver.getElections() == 2);
        assertThat(driver.getEpoch()).hasValue(EPOCH + 1);
        assertThat(driver.getCurrentEpoch()).isEqualTo(EPOCH + 1);
        // the query that was sent takes its slot before all others
        assertThat(environment.steps).containsExactly("elected 1", "leads", "deposed", "elected 2", "Enqueue", "Follow", "leads");
        assertThat(environment.effects).containsExactly(new QueueEffect.Enqueue(TWO, true), new QueueEffect.Follow(COORDINATOR));
        assertThat(environment.inherited).containsOnlyKeys(ONE, TWO);
        assertThat(environment.inherited.get(TWO).request().sql()).isEqualTo("SELECT 2");
        assertThat(environment.inheritedAddresses).isEqualTo(ImmutableMap.of(COORDINATOR, ADDRESS));
    }

    /**
     * What the log keeps beside queries is none of the core's business, and counts before it decides anything.
     */
    @Test
    public void testElectedWithLastingRecords()
    {
        QueryLogRecord fact = new QueryLogRecord("fact/one", Kind.LASTING, new byte[] {1});
        QueryLogRecord other = new QueryLogRecord("fact/two", Kind.LASTING, new byte[] {2});
        List<QueryLogRecord> heard = synchronizedList(new ArrayList<>());
        driver.addLastingRecordListener((epoch, lasting) -> {
            assertThat(epoch).isEqualTo(EPOCH + 1);
            assertThat(driver.getEpoch()).isNotEqualTo(OptionalLong.of(epoch));
            heard.addAll(lasting);
        });
        driver.elected(EPOCH + 1, ImmutableList.of(fact, CODEC.encodeSubmission(ONE, query("SELECT 1")), other));
        await().until(() -> driver.getElections() == 2);
        assertThat(heard).containsExactlyInAnyOrder(fact, other);
        assertThat(driver.getLastingRecords()).isEqualTo(2);
        assertThat(environment.inherited).containsOnlyKeys(ONE);
        assertThat(driver.getFailedEffects()).isZero();
    }

    /**
     * It concerns what its listener does, and not the queue.
     */
    @Test
    public void testLastingRecordThatIsNotUnderstood()
    {
        List<QueryLogRecord> heard = synchronizedList(new ArrayList<>());
        driver.addLastingRecordListener((_, _) -> {
            throw new IllegalArgumentException("on purpose");
        });
        driver.addLastingRecordListener((_, lasting) -> heard.addAll(lasting));
        QueryLogRecord fact = new QueryLogRecord("fact", Kind.LASTING, new byte[] {1});
        driver.elected(EPOCH + 1, ImmutableList.of(fact, CODEC.encodeSubmission(ONE, query("SELECT 1"))));
        await().until(() -> driver.getElections() == 2);
        assertThat(driver.getEpoch()).hasValue(EPOCH + 1);
        assertThat(driver.refusal()).isEmpty();
        assertThat(heard).containsExactly(fact);
        assertThat(environment.inherited).containsOnlyKeys(ONE);
        assertThat(driver.getFailedEffects()).isEqualTo(1);
        // it stays in the log as it is
        assertThat(queryLog.keys(Kind.LASTING)).isEmpty();
        assertThat(queryLog.keys(Kind.FORGOTTEN)).isEmpty();
    }

    /**
     * Without it, the query would be forgotten, or run twice.
     */
    @Test
    public void testQueryRecordThatIsNotUnderstood()
    {
        driver.elected(EPOCH + 1, ImmutableList.of(new QueryLogRecord(ONE.toString(), Kind.SUBMITTED, new byte[] {1})));
        await().until(() -> driver.refusal().isPresent());
        assertThat(driver.getEpoch()).isEmpty();
        assertThat(queryLog.closed).isTrue();
    }

    @Test
    public void testLastingRecords()
    {
        assertThat(driver.mayHaveLasting()).isFalse();
        driver.writeLasting(EPOCH, "fact", "content".getBytes(UTF_8)).join();
        assertThat(queryLog.keys(Kind.LASTING)).containsExactly("fact");
        assertThat(queryLog.contents(Kind.LASTING)).containsExactly("content");
        assertThat(driver.mayHaveLasting()).isTrue();
        assertThat(driver.getLastingRecords()).isEqualTo(1);
        driver.endLasting(EPOCH, "fact").join();
        assertThat(queryLog.keys(Kind.FORGOTTEN)).containsExactly("fact");
        assertThat(driver.getLastingRecords()).isZero();
        assertThat(driver.writeLasting(EPOCH + 1, "fact", new byte[0])).isCompletedExceptionally();
        assertThat(driver.endLasting(EPOCH + 1, "fact")).isCompletedExceptionally();
        assertThat(driver.getLastingRecords()).isZero();
        driver.deposed(EPOCH);
        assertThat(driver.getLastingRecords()).isEqualTo(-1);
    }

    @Test
    public void testDeposed()
    {
        submit(ONE);
        driver.deposed(EPOCH);
        // at once, before the queue has heard of it
        assertThat(driver.getEpoch()).isEmpty();
        assertThat(driver.getCurrentEpoch()).isZero();
        await().untilAsserted(() -> assertThat(environment.steps).containsExactly("elected 1", "leads", "Accept", "deposed"));
        assertNotLeading(EPOCH);
        // a dispatcher that does not lead decides nothing
        driver.post(new QueueEvent.Poll(ONE)).join();
        assertThat(queryLog.keys(Kind.ELIGIBLE)).isEmpty();
    }

    @Test
    public void testWhatFollowsFromAnEarlierTermIsDropped()
    {
        submit(ONE);
        driver.elected(EPOCH + 1, ImmutableList.of(CODEC.encodeSubmission(ONE, query())));
        await().until(() -> driver.getEpoch().equals(OptionalLong.of(EPOCH + 1)));
        assertNotLeading(EPOCH);
        assertThat(queryLog.keys(Kind.ELIGIBLE)).isEmpty();
        driver.post(EPOCH + 1, new QueueEvent.Poll(ONE)).join();
        assertThat(queryLog.keys(Kind.ELIGIBLE)).containsExactly(ONE.toString());
    }

    private void assertNotLeading(long epoch)
    {
        assertThatThrownBy(() -> driver.post(epoch, new QueueEvent.Poll(ONE)).join()).hasCauseInstanceOf(DeposedException.class);
        assertThatThrownBy(() -> driver.submit(epoch, TWO, query()).join()).hasCauseInstanceOf(DeposedException.class);
        assertThat(queryLog.keys(Kind.SUBMITTED)).doesNotContain(TWO.toString());
    }

    @Test
    public void testOtherLeader()
    {
        assertThat(driver.getOtherLeader()).isEmpty();
        AtomicInteger changes = new AtomicInteger();
        driver.setChangeListener(changes::incrementAndGet);
        QueryLogMember other = new QueryLogMember("other", URI.create("http://127.0.0.1:8082"));
        driver.leaderChanged(Optional.of(new QueryLogLeader(EPOCH + 1, other)));
        assertThat(driver.getOtherLeader()).contains(other);
        driver.leaderChanged(Optional.empty());
        assertThat(driver.getOtherLeader()).isEmpty();
        assertThat(changes).hasValue(2);

        driver.elected(EPOCH + 2, ImmutableList.of());
        await().untilAsserted(() -> assertThat(changes).hasValue(3));
    }

    @Test
    public void testStopped()
    {
        submit(ONE);
        driver.stop();
        assertThat(queryLog.closed).isTrue();
        assertThat(driver.getEpoch()).isEmpty();
        assertThat(environment.steps).endsWith("deposed");
        // other dispatchers lead the queue now: the query stays in the log as it is
        assertThat(queryLog.keys(Kind.SUBMITTED)).containsExactly(ONE.toString());
        assertThat(queryLog.keys(Kind.FORGOTTEN)).isEmpty();
        assertThatThrownBy(() -> driver.post(new QueueEvent.Poll(ONE)).join()).hasCauseInstanceOf(RejectedExecutionException.class);
    }

    private void awaitFailed(QueryId queryId)
    {
        await().untilAsserted(() -> assertThat(environment.ended()).containsExactly(queryId));
        QueueEffect.End end = environment.effects.stream()
                .filter(QueueEffect.End.class::isInstance)
                .map(QueueEffect.End.class::cast)
                .findFirst().orElseThrow();
        assertThat(end.end().failure().orElseThrow().message()).isEqualTo("on purpose");
    }

    private void take(QueryId queryId)
    {
        route(queryId);
        await().untilAsserted(() -> assertThat(environment.effects).contains(new QueueEffect.Dispatch(queryId, COORDINATOR, EPOCH, 0)));
        driver.post(EPOCH, new QueueEvent.DispatchAnswered(queryId, COORDINATOR, DispatchAnswer.TAKEN)).join();
    }

    @Test
    public void testStoppedLeaderHasRecordedWhatListenersHaveHeard()
    {
        environment.eventListeners = true;
        tell(ONE);
        tell(TWO);
        driver.post(EPOCH, new QueueEvent.ListenersTold(ONE)).join();
        driver.stop();
        assertThat(queryLog.replaced()).singleElement().satisfies(record -> {
            assertThat(record.key()).isEqualTo(ONE.toString());
            assertThat(record.kind()).isEqualTo(Kind.ENDED);
        });
    }

    @Test
    public void testWithoutListenersLogRecordsNothingAboutThem()
    {
        tell(ONE);
        driver.post(EPOCH, new QueueEvent.ListenersTold(ONE)).join();
        driver.stop();
        assertThat(queryLog.replaced()).isEmpty();
        assertThat(queryLog.contents(Kind.ENDED)).singleElement().satisfies(content -> assertThat(content).doesNotContain("untold"));
    }

    private void tell(QueryId queryId)
    {
        submit(queryId);
        driver.post(EPOCH, new QueueEvent.Stop(queryId, new QueryFailure(DIVISION_BY_ZERO, "Division by zero"), false)).join();
        await().untilAsserted(() -> assertThat(environment.effects).anyMatch(effect -> effect instanceof QueueEffect.Tell tell && tell.queryId().equals(queryId)));
    }

    private void route(QueryId queryId)
    {
        submit(queryId);
        driver.post(EPOCH, new QueueEvent.Poll(queryId)).join();
        driver.post(EPOCH, new QueueEvent.Queued(queryId, false)).join();
        driver.post(EPOCH, new QueueEvent.Admitted(queryId)).join();
        driver.post(EPOCH, new QueueEvent.Routed(queryId, COORDINATOR, false)).join();
    }

    private void submit(QueryId queryId)
    {
        driver.submit(EPOCH, queryId, query()).join();
        await().untilAsserted(() -> assertThat(environment.effects).contains(new QueueEffect.Accept(queryId)));
    }

    private static SubmittedQuery query()
    {
        return query("SELECT 1");
    }

    private static SubmittedQuery query(String sql)
    {
        return new SubmittedQuery(new ClientRequest(sql, ImmutableMap.of(), Optional.empty(), Optional.empty()), QuerySlug.create(), Instant.now(), Optional.empty());
    }

    private static QueryStatus failed(QueryId queryId)
    {
        return new QueryStatus(queryId, true, Optional.of(new QueryFailure(DIVISION_BY_ZERO, "Division by zero")), EndTold.YES);
    }

    private static class BrokenLog
            extends MemoryQueryLog
    {
        private final List<QueryLogRecord> records = new ArrayList<>();
        private final List<QueryLogRecord> replaced = new ArrayList<>();
        private volatile Predicate<QueryLogRecord> broken = _ -> false;
        /** Completes when appended records are durable. If empty, they are durable at once. */
        private volatile Optional<CompletableFuture<Void>> slow = Optional.empty();
        private volatile boolean started;
        private volatile boolean closed;

        @Override
        public synchronized void start(QueryLogMember self, QueryLogListener listener)
        {
            started = true;
            super.start(self, listener);
        }

        @Override
        public synchronized CompletableFuture<Void> append(long epoch, QueryLogRecord record)
        {
            if (broken.test(record)) {
                throw new IllegalArgumentException("on purpose");
            }
            records.add(record);
            CompletableFuture<Void> append = super.append(epoch, record);
            return slow.map(durable -> append.thenCombine(durable, (_, _) -> (Void) null)).orElse(append);
        }

        @Override
        public synchronized CompletableFuture<Void> replace(long epoch, QueryLogRecord record)
        {
            replaced.add(record);
            return super.replace(epoch, record);
        }

        @Override
        public synchronized void close()
        {
            closed = true;
            super.close();
        }

        private synchronized List<QueryLogRecord> replaced()
        {
            return List.copyOf(replaced);
        }

        private synchronized List<String> contents(Kind kind)
        {
            return records.stream()
                    .filter(record -> record.kind() == kind)
                    .map(record -> new String(record.content(), UTF_8))
                    .toList();
        }

        private synchronized List<String> keys(Kind kind)
        {
            return records.stream()
                    .filter(record -> record.kind() == kind)
                    .map(QueryLogRecord::key)
                    .toList();
        }
    }

    private static class BrokenEnvironment
            implements QueueEnvironment
    {
        private final List<QueueEffect> effects = new CopyOnWriteArrayList<>();
        /** All that the driver has ordered, by name. */
        private final List<String> steps = new CopyOnWriteArrayList<>();
        private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
        private final Map<QueryId, SubmittedQuery> condensed = new ConcurrentHashMap<>();
        private volatile Predicate<QueueEffect> broken = _ -> false;
        private volatile boolean eventListeners;
        private volatile Map<QueryId, SubmittedQuery> inherited = ImmutableMap.of();
        private volatile Map<CoordinatorIncarnation, URI> inheritedAddresses = ImmutableMap.of();

        private List<QueryId> ended()
        {
            return effects.stream()
                    .filter(QueueEffect.End.class::isInstance)
                    .map(effect -> ((QueueEffect.End) effect).queryId())
                    .toList();
        }

        @Override
        public void elected(long epoch, Map<QueryId, SubmittedQuery> queries, Map<CoordinatorIncarnation, URI> addresses)
        {
            steps.add("elected " + epoch);
            inherited = ImmutableMap.copyOf(queries);
            inheritedAddresses = ImmutableMap.copyOf(addresses);
        }

        @Override
        public void leads()
        {
            steps.add("leads");
        }

        @Override
        public void perform(QueueEffect effect)
        {
            if (effect instanceof QueueEffect.Occupy || effect instanceof QueueEffect.Vacate) {
                return;
            }
            if (broken.test(effect)) {
                throw new IllegalStateException("on purpose");
            }
            steps.add(effect.getClass().getSimpleName());
            threads.add(Thread.currentThread());
            effects.add(effect);
        }

        @Override
        public void deposed()
        {
            steps.add("deposed");
        }

        @Override
        public boolean hasEventListeners()
        {
            return eventListeners;
        }

        @Override
        public Optional<SubmittedQuery> condensed(QueryId queryId)
        {
            return Optional.ofNullable(condensed.get(queryId));
        }

        @Override
        public URI addressOf(CoordinatorIncarnation coordinator)
        {
            return ADDRESS;
        }
    }
}
