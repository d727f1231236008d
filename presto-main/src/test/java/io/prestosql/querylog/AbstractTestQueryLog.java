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
package io.prestosql.querylog;

import com.google.common.collect.ImmutableList;
import io.prestosql.querylog.ObservedQueryLog.ObservedElection;
import io.prestosql.spi.querylog.DeposedException;
import io.prestosql.spi.querylog.QueryLog;
import io.prestosql.spi.querylog.QueryLogLeader;
import io.prestosql.spi.querylog.QueryLogListener;
import io.prestosql.spi.querylog.QueryLogMember;
import io.prestosql.spi.querylog.QueryLogRecord;
import io.prestosql.spi.querylog.QueryLogRecord.Kind;
import io.prestosql.spi.querylog.QueryLogUnavailableException;
import io.prestosql.testing.TestingTier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.Iterables.getLast;
import static io.prestosql.spi.querylog.QueryLogRecord.Kind.CANCELED;
import static io.prestosql.spi.querylog.QueryLogRecord.Kind.DISPATCHED;
import static io.prestosql.spi.querylog.QueryLogRecord.Kind.ELIGIBLE;
import static io.prestosql.spi.querylog.QueryLogRecord.Kind.ENDED;
import static io.prestosql.spi.querylog.QueryLogRecord.Kind.FORGOTTEN;
import static io.prestosql.spi.querylog.QueryLogRecord.Kind.LASTING;
import static io.prestosql.spi.querylog.QueryLogRecord.Kind.SUBMITTED;
import static io.prestosql.spi.querylog.QueryLogRecord.MAX_CONTENT_BYTES;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;

/**
 * Tests the promises of {@link io.prestosql.spi.querylog.QueryLog} for every store. Each test has its own store. Tests mostly wait for
 * elections and time-outs, so several can run at the same time.
 */
@Execution(CONCURRENT)
@Timeout(600)
public abstract class AbstractTestQueryLog
{
    // the first 20 steps of this history kill and close the leader, kill all members, pause, and take the store away
    private static final int EVENTFUL_SEED = 128;

    private final AtomicLong nextContent = new AtomicLong();
    private final Map<QueryLogMember, ObservedQueryLog> open = new LinkedHashMap<>();
    private final List<ObservedQueryLog> observed = new ArrayList<>();

    private QueryLogHistory history;
    private QueryLogFixture fixture;

    /**
     * Creates an empty store.
     */
    protected abstract QueryLogFixture createFixture()
            throws Exception;

    /**
     * Returns whether records outlive the processes of all members.
     */
    protected boolean isDurable()
    {
        return true;
    }

    /**
     * Returns whether the log has an identity.
     */
    protected boolean hasIdentity()
    {
        return false;
    }

    /**
     * Returns how many histories {@link #testRandomHistory} makes, each with its own seed.
     */
    protected int randomHistories()
    {
        return TestingTier.rounds(1, 3);
    }

    /**
     * Returns how many steps a random history has.
     */
    protected int randomSteps()
    {
        return TestingTier.rounds(20, 60);
    }

    @BeforeEach
    public void createStore()
            throws Exception
    {
        history = new QueryLogHistory();
        fixture = createFixture();
    }

    @AfterEach
    public void removeStore()
            throws Exception
    {
        open.clear();
        observed.clear();
        fixture.close();
    }

    @Test
    public void testElectedWithEmptyLog()
    {
        openAll();
        ObservedQueryLog leader = awaitLeader(0);
        assertThat(leader.log().isDurable()).isEqualTo(isDurable());
        assertThat(history.elections()).hasSize(1);
        assertThat(epoch(leader)).isGreaterThanOrEqualTo(1);
        assertThat(liveRecords(leader)).isEmpty();
        verify();
    }

    @Test
    public void testStartedTwice()
    {
        openAll();
        ObservedQueryLog leader = awaitLeader(0);
        assertThatThrownBy(() -> leader.log().start(leader.self(), leader))
                .isInstanceOf(IllegalStateException.class);
        succeed(append(leader, record("query", SUBMITTED)));
        verify();
    }

    @Test
    public void testEveryoneKnowsTheLeader()
    {
        openAll();
        ObservedQueryLog leader = awaitLeader(0);
        awaitLeaderKnown(leader);

        ObservedQueryLog next = changeLeader(leader);
        awaitLeaderKnown(next);
        verify();
    }

    @Test
    public void testEpochGrowsOverRestarts()
    {
        long epoch = 0;
        int restarts = TestingTier.rounds(2, 4);
        Set<Optional<String>> identities = new HashSet<>();
        for (int i = 0; i < restarts; i++) {
            openAll();
            ObservedQueryLog leader = awaitLeader(epoch);
            epoch = epoch(leader);
            identities.add(leader.log().identity());
            if (i % 2 == 0) {
                List.copyOf(open.values()).forEach(this::close);
            }
            else {
                List.copyOf(open.values()).forEach(this::kill);
            }
        }
        assertThat(history.elections()).hasSizeGreaterThanOrEqualTo(restarts);
        assertThat(identities).singleElement().satisfies(identity -> assertThat(identity.isPresent()).isEqualTo(hasIdentity()));
        verify();
    }

    @Test
    public void testLiveRecords()
    {
        openAll();
        ObservedQueryLog leader = awaitLeader(0);
        QueryLogRecord first = record("first", SUBMITTED);
        QueryLogRecord firstEligible = record("first", ELIGIBLE);
        QueryLogRecord other = record("other", CANCELED);
        QueryLogRecord third = record("third", SUBMITTED);
        QueryLogRecord firstEnded = record("first", ENDED);
        QueryLogRecord secondAgain = record("second", SUBMITTED);
        QueryLogRecord secondAgainEligible = record("second", ELIGIBLE);
        for (QueryLogRecord record : List.of(
                first,
                record("second", SUBMITTED),
                firstEligible,
                other,
                record("second", ELIGIBLE),
                record("second", DISPATCHED),
                third,
                record("second", FORGOTTEN),
                // nothing to forget
                record("never", FORGOTTEN),
                firstEnded,
                // a key that is used again
                secondAgain,
                secondAgainEligible,
                record("fourth", SUBMITTED))) {
            succeed(append(leader, record));
        }
        succeed(append(leader, record("fourth", FORGOTTEN)));

        List<QueryLogRecord> expected = List.of(first, firstEligible, other, third, firstEnded, secondAgain, secondAgainEligible);
        leader = changeLeader(leader);
        assertThat(liveRecords(leader)).isEqualTo(expected);

        leader = restartAll();
        assertThat(liveRecords(leader)).isEqualTo(expected);

        // also forgets records of earlier epochs
        succeed(append(leader, record("second", FORGOTTEN)));
        QueryLogRecord secondOnceMore = record("second", SUBMITTED);
        succeed(append(leader, secondOnceMore));
        leader = restartAll();
        assertThat(liveRecords(leader)).containsExactly(first, firstEligible, other, third, firstEnded, secondOnceMore);
        verify();
    }

    @Test
    public void testContentsAreKeptAsTheyAre()
    {
        openAll();
        ObservedQueryLog leader = awaitLeader(0);
        byte[] everyByte = new byte[256];
        IntStream.range(0, 256).forEach(i -> everyByte[i] = (byte) i);
        List<QueryLogRecord> records = List.of(
                new QueryLogRecord("empty", SUBMITTED, new byte[0]),
                new QueryLogRecord("x".repeat(QueryLogRecord.MAX_KEY_LENGTH), SUBMITTED, everyByte),
                // keys may contain characters that are special in SQL, file systems and shells, and differ by case and by every character
                new QueryLogRecord("\u00e4\ud83e\udd86'\"\\%_\n ?", SUBMITTED, everyByte),
                new QueryLogRecord("Key", SUBMITTED, new byte[] {1}),
                new QueryLogRecord("key", SUBMITTED, new byte[] {1}),
                new QueryLogRecord("key ", SUBMITTED, new byte[] {1}));
        for (QueryLogRecord record : records) {
            succeed(append(leader, record));
        }
        succeed(append(leader, new QueryLogRecord("key", FORGOTTEN, new byte[0])));
        assertThat(liveRecords(changeLeader(leader)))
                .isEqualTo(records.stream().filter(record -> !record.key().equals("key")).toList());
        verify();
    }

    @Test
    public void testEveryKind()
    {
        openAll();
        ObservedQueryLog leader = awaitLeader(0);
        List<QueryLogRecord> expected = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            if (kind != FORGOTTEN) {
                // a fact would end the query's other records
                QueryLogRecord record = record(kind == LASTING ? "fact" : "query", kind);
                expected.add(record);
                succeed(append(leader, record));
            }
        }
        assertThat(liveRecords(changeLeader(leader))).isEqualTo(expected);
        verify();
    }

    @Test
    public void testLastingRecords()
    {
        openAll();
        ObservedQueryLog leader = awaitLeader(0);
        QueryLogRecord query = record("query", SUBMITTED);
        QueryLogRecord other = record("other fact", LASTING);
        QueryLogRecord eligible = record("query", ELIGIBLE);
        QueryLogRecord second = record("fact", LASTING);
        QueryLogRecord ended = record("query", ENDED);
        for (QueryLogRecord record : List.of(record("fact", LASTING), query, record("forgotten fact", LASTING), other, eligible, second, ended)) {
            succeed(append(leader, record));
        }
        succeed(append(leader, record("forgotten fact", FORGOTTEN)));
        // also while appends are under way
        QueryLogRecord again = record("again", LASTING);
        List<CompletableFuture<Void>> underWay = List.of(
                append(leader, record("again", LASTING)),
                append(leader, record("gone", LASTING)),
                append(leader, record("again", LASTING)),
                append(leader, record("gone", FORGOTTEN)),
                append(leader, again));
        underWay.forEach(this::succeed);
        List<QueryLogRecord> expected = List.of(query, other, eligible, second, ended, again);
        long deposed = epoch(leader);
        leader = changeLeader(leader);
        assertThat(liveRecords(leader)).isEqualTo(expected);
        failDeposed(leader.append(deposed, record("fact", LASTING)));
        leader = restartAll();
        assertThat(liveRecords(leader)).isEqualTo(expected);

        // takes the place of a fact of an earlier epoch, and goes on when all queries are forgotten
        QueryLogRecord third = record("fact", LASTING);
        succeed(append(leader, third));
        succeed(append(leader, record("query", FORGOTTEN)));
        succeed(append(leader, record("again", FORGOTTEN)));
        leader = restartAll();
        assertThat(liveRecords(leader)).containsExactly(other, third);
        verify();
    }

    @Test
    public void testEqualRecords()
    {
        openAll();
        ObservedQueryLog leader = awaitLeader(0);
        QueryLogRecord record = record("query", SUBMITTED);
        // bypasses the history, in which no two records may be equal
        succeed(leader.append(epoch(leader), record));
        succeed(leader.append(epoch(leader), record));
        assertThat(liveRecords(changeLeader(leader))).containsExactly(record, record);
    }

    @Test
    public void testReplace()
    {
        openAll();
        ObservedQueryLog leader = awaitLeader(0);
        QueryLogRecord other = record("other", SUBMITTED);
        QueryLogRecord eligible = record("query", ELIGIBLE);
        QueryLogRecord smaller = record("query", SUBMITTED);
        QueryLogRecord ended = record("query", ENDED);
        QueryLogRecord again = record("again", SUBMITTED);
        // bypasses the history, which knows only appends
        for (QueryLogRecord record : List.of(new QueryLogRecord("query", SUBMITTED, new byte[100_000]), other, eligible, record("again", SUBMITTED))) {
            succeed(leader.append(epoch(leader), record));
        }
        // replaces records whose appends are under way, too
        List<CompletableFuture<Void>> underWay = List.of(
                leader.append(epoch(leader), ended),
                leader.log().replace(epoch(leader), smaller),
                leader.log().replace(epoch(leader), new QueryLogRecord("again", SUBMITTED, new byte[1])),
                leader.append(epoch(leader), record("again", FORGOTTEN)),
                leader.append(epoch(leader), again),
                // nothing to replace
                leader.log().replace(epoch(leader), record("never", SUBMITTED)),
                leader.log().replace(epoch(leader), record("other", CANCELED)));
        underWay.forEach(this::succeed);
        List<QueryLogRecord> expected = List.of(smaller, other, eligible, ended, again);
        long deposed = epoch(leader);
        leader = changeLeader(leader);
        assertThat(liveRecords(leader)).isEqualTo(expected);
        failDeposed(leader.log().replace(deposed, record("query", SUBMITTED)));
        leader = restartAll();
        assertThat(liveRecords(leader)).isEqualTo(expected);

        // replaces records that earlier leaders have appended or replaced
        QueryLogRecord smallest = record("query", SUBMITTED);
        succeed(leader.log().replace(epoch(leader), smallest));
        succeed(leader.append(epoch(leader), record("other", FORGOTTEN)));
        succeed(leader.log().replace(epoch(leader), record("other", SUBMITTED)));
        assertThat(liveRecords(restartAll())).containsExactly(smallest, eligible, ended, again);
    }

    /**
     * The time that a big record takes depends on the load of the machine, so this test does not check it.
     */
    @Test
    public void testBigRecord()
    {
        fixture.allowForBusyMachine();
        openAll();
        byte[] content = new byte[maxContentBytes()];
        new Random(1).nextBytes(content);
        List<QueryLogRecord> records = List.of(
                appendPatiently("small", new byte[] {1}),
                appendPatiently("big", content),
                appendPatiently("last", new byte[] {2}));
        changeLeader(awaitLeader(0));
        verify();
        List<QueryLogRecord> live = getLast(history.elections()).liveRecords();
        assertThat(live.stream().filter(records::contains).toList().equals(records)).isTrue();

        assertThatThrownBy(() -> new QueryLogRecord("too big", SUBMITTED, new byte[MAX_CONTENT_BYTES + 1]))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /**
     * Appends a record, and tries again with the current leader on failure, because a busy machine may depose a leader at any moment.
     *
     * @return the acknowledged record; the log may have others with the same content
     */
    private QueryLogRecord appendPatiently(String key, byte[] content)
    {
        int attempt = 0;
        while (true) {
            // no two records of a history are equal
            QueryLogRecord record = new QueryLogRecord("%s %s".formatted(key, attempt), SUBMITTED, content);
            if (succeeds(append(awaitLeader(0), record))) {
                return record;
            }
            attempt++;
        }
    }

    /**
     * Returns the maximum length of a record's content in bytes.
     */
    protected int maxContentBytes()
    {
        return MAX_CONTENT_BYTES;
    }

    @Test
    public void testManyBigRecords()
    {
        openAll();
        ObservedQueryLog leader = awaitLeader(0);
        List<QueryLogRecord> records = new ArrayList<>();
        List<CompletableFuture<Void>> appends = new ArrayList<>();
        Random random = new Random(1);
        for (int i = 0; i < 40; i++) {
            byte[] content = new byte[1024 * 1024];
            random.nextBytes(content);
            records.add(new QueryLogRecord("big" + i, SUBMITTED, content));
            appends.add(append(leader, getLast(records)));
            // as many at a time as a slow machine can store before they time out
            if (i >= 20) {
                succeed(appends.get(i - 20));
            }
        }
        appends.forEach(this::succeed);
        assertThat(liveRecords(changeLeader(leader)).equals(records)).isTrue();
        verify();
    }

    @Test
    public void testAppendInOtherEpoch()
    {
        openAll();
        ObservedQueryLog leader = awaitLeader(0);
        long first = epoch(leader);
        QueryLogRecord record = record("query", SUBMITTED);
        succeed(append(leader, record));
        leader = changeLeader(leader);
        long second = epoch(leader);
        for (long epoch : List.of(first, 0L, second + 1, second + 1000, Long.MAX_VALUE, -1L)) {
            failDeposed(leader.append(epoch, record("query", ELIGIBLE)));
            failDeposed(leader.log().confirm(epoch));
        }
        // the leader goes on
        QueryLogRecord eligible = record("query", ELIGIBLE);
        succeed(append(leader, eligible));
        assertThat(liveRecords(changeLeader(leader))).containsExactly(record, eligible);
        verify();
    }

    @Test
    public void testAppendByOtherMember()
    {
        assumeThat(fixture.members()).hasSizeGreaterThan(1);
        openAll();
        ObservedQueryLog leader = awaitLeader(0);
        awaitLeaderKnown(leader);
        for (ObservedQueryLog other : others(leader)) {
            failDeposed(other.append(epoch(leader), record("query", SUBMITTED)));
            failDeposed(other.log().confirm(epoch(leader)));
            failDeposed(other.append(epoch(leader) + 1, record("query", SUBMITTED)));
        }
        assertThat(liveRecords(changeLeader(leader))).isEmpty();
        verify();
    }

    @Test
    public void testAppendBeforeStartAndAfterClose()
    {
        QueryLogMember member = fixture.members().getFirst();
        try (QueryLog log = fixture.open(member)) {
            failed(log.append(1, record("query", SUBMITTED)));
            failed(log.confirm(1));
        }
        openAll();
        ObservedQueryLog leader = awaitLeader(0);
        long epoch = epoch(leader);
        close(leader);
        leader.log().close();
        failed(leader.append(epoch, record("query", SUBMITTED)));
        failed(leader.log().confirm(epoch));
        openAll();
        assertThat(liveRecords(awaitLeader(epoch))).isEmpty();
        verify();
    }

    @Test
    public void testConfirm()
    {
        openAll();
        ObservedQueryLog leader = awaitLeader(0);
        long first = epoch(leader);
        succeed(leader.log().confirm(first));
        succeed(append(leader, record("query", SUBMITTED)));
        succeed(leader.log().confirm(first));
        leader = restartAll();
        succeed(leader.log().confirm(epoch(leader)));
        failDeposed(leader.log().confirm(first));
        verify();
    }

    /**
     * A leader may append before its listener returns from {@code elected}.
     */
    @Test
    public void testAppendWhileBeingElected()
            throws Exception
    {
        QueryLogRecord record = record("query", SUBMITTED);
        List<CompletableFuture<Void>> appends = new ArrayList<>();
        for (QueryLogMember member : fixture.members()) {
            QueryLog log = fixture.open(member);
            CompletableFuture<Void> appended = new CompletableFuture<>();
            appends.add(appended);
            ObservedQueryLog observer = new ObservedQueryLog(history, member, log);
            open.put(member, observer);
            log.start(member, new QueryLogListener()
            {
                @Override
                public void elected(long epoch, List<QueryLogRecord> liveRecords)
                {
                    observer.elected(epoch, liveRecords);
                    log.append(epoch, record).whenComplete((_, failure) -> {
                        if (failure == null) {
                            appended.complete(null);
                        }
                        else {
                            appended.completeExceptionally(failure);
                        }
                    });
                }

                @Override
                public void deposed(long epoch)
                {
                    observer.deposed(epoch);
                }

                @Override
                public void leaderChanged(Optional<QueryLogLeader> leader)
                {
                    observer.leaderChanged(leader);
                }
            });
        }
        CompletableFuture.anyOf(appends.toArray(CompletableFuture[]::new))
                .get(fixture.electionTimeout().plus(fixture.appendTimeout()).toMillis(), MILLISECONDS);
        List.copyOf(open.values()).forEach(this::kill);
        openAll();
        // several members may have led meanwhile, and each has appended the record
        assertThat(liveRecords(awaitLeader(0))).isNotEmpty().containsOnly(record);
    }

    @Test
    public void testConcurrentAppendsKeepTheOrderOfEachCaller()
            throws Exception
    {
        fixture.allowForBusyMachine();
        openAll();
        ObservedQueryLog leader = awaitLeader(0);
        long epoch = epoch(leader);
        int callers = 8;
        int recordsOfCaller = 250;
        List<Thread> threads = new ArrayList<>();
        List<CompletableFuture<Void>> appends = new ArrayList<>();
        for (int caller = 0; caller < callers; caller++) {
            String key = "caller" + caller;
            threads.add(Thread.ofPlatform().unstarted(() -> {
                for (int i = 0; i < recordsOfCaller; i++) {
                    CompletableFuture<Void> append = leader.append(epoch, new QueryLogRecord(key, SUBMITTED, ByteBuffer.allocate(4).putInt(i).array()));
                    synchronized (appends) {
                        appends.add(append);
                    }
                }
            }));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        appends.forEach(this::succeed);
        close(leader);
        openAll();
        List<QueryLogRecord> live = liveRecords(awaitLeader(epoch));
        assertThat(live).hasSize(callers * recordsOfCaller);
        for (int caller = 0; caller < callers; caller++) {
            String key = "caller" + caller;
            assertThat(live.stream().filter(record -> record.key().equals(key)).map(record -> ByteBuffer.wrap(record.content()).getInt()))
                    .isEqualTo(IntStream.range(0, recordsOfCaller).boxed().toList());
        }
    }

    @Test
    public void testCloseHandsOver()
    {
        assumeThat(fixture.members()).hasSizeGreaterThan(1);
        openAll();
        ObservedQueryLog leader = awaitLeader(0);
        QueryLogRecord record = record("query", SUBMITTED);
        succeed(append(leader, record));
        awaitLeaderKnown(leader);
        long epoch = epoch(leader);
        close(leader);
        ObservedQueryLog next = awaitLeader(epoch, fixture.replacementTimeout());
        assertThat(next).isNotSameAs(leader);
        assertThat(liveRecords(next)).containsExactly(record);
        awaitLeaderKnown(next);
        verify();
    }

    @Test
    public void testKilledLeaderIsReplaced()
    {
        assumeThat(fixture.members()).hasSizeGreaterThan(1);
        openAll();
        ObservedQueryLog leader = awaitLeader(0);
        QueryLogRecord record = record("query", SUBMITTED);
        succeed(append(leader, record));
        awaitLeaderKnown(leader);
        long epoch = epoch(leader);
        kill(leader);
        ObservedQueryLog next = awaitLeader(epoch, fixture.replacementTimeout());
        assertThat(liveRecords(next)).containsExactly(record);
        awaitLeaderKnown(next);
        verify();
    }

    @Test
    public void testStandbyIsKilled()
    {
        assumeThat(fixture.members()).hasSizeGreaterThan(1);
        openAll();
        ObservedQueryLog leader = awaitLeader(0);
        QueryLogRecord before = record("query", SUBMITTED);
        succeed(append(leader, before));
        ObservedQueryLog standby = others(leader).getFirst();
        kill(standby);
        QueryLogRecord after = record("query", ELIGIBLE);
        succeed(append(leader, after));
        openAll();
        assertThat(liveRecords(changeLeader(leader))).containsExactly(before, after);
        verify();
    }

    /**
     * The leader dies between two steps, while the next step is under way.
     */
    @Test
    public void testKilledBetweenSteps()
    {
        long epoch = 0;
        for (int steps = 0; steps <= 6; steps += TestingTier.rounds(3, 1)) {
            openAll();
            ObservedQueryLog leader = awaitLeader(epoch);
            epoch = epoch(leader);
            List<QueryLogRecord> script = List.of(
                    record("first" + steps, SUBMITTED),
                    record("second" + steps, SUBMITTED),
                    record("first" + steps, ELIGIBLE),
                    record("first" + steps, FORGOTTEN),
                    record("first" + steps, SUBMITTED),
                    record("second" + steps, FORGOTTEN));
            for (QueryLogRecord record : script.subList(0, steps)) {
                succeed(append(leader, record));
            }
            if (steps < script.size()) {
                append(leader, script.get(steps));
            }
            kill(leader);
        }
        openAll();
        epoch = epoch(awaitLeader(epoch));
        List.copyOf(open.values()).forEach(this::kill);
        openAll();
        awaitLeader(epoch);
        verify();
    }

    @Test
    public void testKilledWithManyAppendsUnderWay()
    {
        long epoch = 0;
        for (int i = 0; i < TestingTier.rounds(2, 3); i++) {
            openAll();
            ObservedQueryLog leader = awaitLeader(epoch);
            epoch = epoch(leader);
            List<CompletableFuture<Void>> appends = new ArrayList<>();
            for (int j = 0; j < 500; j++) {
                appends.add(append(leader, record("query" + j % 7, j % 50 == 49 ? FORGOTTEN : SUBMITTED)));
            }
            succeed(appends.get(i * 150));
            kill(leader);
        }
        openAll();
        awaitLeader(epoch);
        restartAll();
        verify();
    }

    @Test
    public void testPausedLeader()
    {
        assumeThat(fixture.canPause()).isTrue();
        openAll();
        ObservedQueryLog leader = awaitLeader(0);
        long epoch = epoch(leader);
        QueryLogRecord before = record("query", SUBMITTED);
        succeed(append(leader, before));
        fixture.pause(leader.log());
        // this append is under way when another leader is elected
        CompletableFuture<Void> paused = append(leader, record("query", ELIGIBLE));

        ObservedQueryLog next = awaitLeader(epoch);
        assertThat(next).isNotSameAs(leader);
        List<QueryLogRecord> live = liveRecords(next);
        assertThat(live).startsWith(before);
        QueryLogRecord after = record("query", DISPATCHED);
        succeed(append(next, after));

        fixture.resume(leader.log());
        CompletableFuture<Void> resumed = append(leader, record("query", ENDED));
        CompletableFuture<Void> confirmed = leader.log().confirm(epoch);
        failed(resumed);
        failed(confirmed);
        if (!succeeds(paused)) {
            assertThat(live).containsExactly(before);
        }
        leader.awaitDeposed(epoch, fixture.electionTimeout());
        failDeposed(append(leader, record("query", ENDED)));
        failDeposed(leader.log().confirm(epoch));
        awaitLeaderKnown(next);

        // the former leader is a working standby again
        QueryLogRecord last = record("query", ENDED);
        succeed(append(next, last));
        assertThat(liveRecords(restartAll())).isEqualTo(ImmutableList.builder().addAll(live).add(after, last).build());
        verify();
    }

    @Test
    public void testPausedStandby()
    {
        assumeThat(fixture.canPause()).isTrue();
        openAll();
        ObservedQueryLog leader = awaitLeader(0);
        ObservedQueryLog standby = others(leader).getFirst();
        fixture.pause(standby.log());
        QueryLogRecord record = record("query", SUBMITTED);
        succeed(append(leader, record));
        long epoch = epoch(leader);
        close(leader);
        openAll();
        ObservedQueryLog next = awaitLeader(epoch);
        assertThat(next).isNotSameAs(standby);
        fixture.resume(standby.log());
        awaitLeaderKnown(next);
        assertThat(liveRecords(next)).containsExactly(record);
        verify();
    }

    @Test
    public void testStoreAway()
    {
        assumeThat(fixture.canStopStore()).isTrue();
        openAll();
        ObservedQueryLog leader = awaitLeader(0);
        long epoch = epoch(leader);
        QueryLogRecord before = record("query", SUBMITTED);
        succeed(append(leader, before));

        fixture.stopStore();
        for (int i = 0; i < TestingTier.rounds(1, 2); i++) {
            CompletableFuture<Void> append = append(leader, epoch, record("query", ELIGIBLE));
            CompletableFuture<Void> confirm = leader.log().confirm(epoch);
            failUnavailable(leader, epoch, append);
            failUnavailable(leader, epoch, confirm);
        }

        fixture.startStore();
        ObservedQueryLog next = awaitWorkingLeader();
        QueryLogRecord after = record("query", DISPATCHED);
        succeed(append(next, after));
        awaitLeaderKnown(next);
        restartAll();
        assertThat(getLast(history.elections()).liveRecords())
                .startsWith(before)
                .endsWith(after);
        verify();
    }

    @Test
    public void testStoreStopsUnderLoad()
    {
        assumeThat(fixture.canStopStore()).isTrue();
        openAll();
        ObservedQueryLog leader = awaitLeader(0);
        for (int round = 0; round < TestingTier.rounds(1, 2); round++) {
            List<CompletableFuture<Void>> appends = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                appends.add(append(leader, record("query" + i % 5, i % 40 == 39 ? FORGOTTEN : SUBMITTED)));
            }
            succeed(appends.get(50));
            fixture.stopStore();
            appends.forEach(this::awaitDone);
            fixture.startStore();
            leader = awaitWorkingLeader();
        }
        restartAll();
        restartAll();
        verify();
    }

    @Test
    public void testStartedWhileStoreIsAway()
    {
        assumeThat(fixture.canStopStore()).isTrue();
        fixture.stopStore();
        long start = System.nanoTime();
        openAll();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(fixture.appendTimeout().multipliedBy(fixture.members().size()));
        ObservedQueryLog first = open.values().iterator().next();
        failed(first.append(1, record("query", SUBMITTED)));
        fixture.startStore();
        succeed(append(awaitLeader(0), record("query", SUBMITTED)));
        verify();
    }

    @Test
    public void testClosedWhileStoreIsAway()
    {
        assumeThat(fixture.canStopStore()).isTrue();
        openAll();
        ObservedQueryLog leader = awaitLeader(0);
        QueryLogRecord record = record("query", SUBMITTED);
        succeed(append(leader, record));
        long epoch = epoch(leader);
        fixture.stopStore();
        CompletableFuture<Void> append = append(leader, record("query", ELIGIBLE));
        List.copyOf(open.values()).forEach(log -> {
            long start = System.nanoTime();
            close(log);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(fixture.appendTimeout());
        });
        awaitDone(append);
        fixture.startStore();
        openAll();
        assertThat(liveRecords(awaitLeader(epoch))).startsWith(record);
        verify();
    }

    /**
     * Makes random appends, kills, closes, pauses and outages. All later leaders must have an acknowledged record until it is forgotten, must
     * never have a refused one, and must agree on a record in doubt.
     */
    @Test
    public void testRandomHistory()
            throws Exception
    {
        int firstSeed = TestingTier.rounds(EVENTFUL_SEED, 0);
        for (int seed = firstSeed; seed < firstSeed + randomHistories(); seed++) {
            if (seed > firstSeed) {
                removeStore();
                createStore();
            }
            try {
                makeRandomHistory(new Random(seed));
            }
            catch (AssertionError e) {
                throw new AssertionError("Seed %s: %s".formatted(seed, e.getMessage()), e);
            }
        }
    }

    private void makeRandomHistory(Random random)
    {
        openAll();
        awaitLeader(0);
        for (int step = 0; step < randomSteps(); step++) {
            int action = random.nextInt(100);
            if (action < 60) {
                ObservedQueryLog leader = awaitLeader(0);
                int count = 1 + random.nextInt(20);
                for (int i = 0; i < count && leader.leading().isPresent(); i++) {
                    append(leader, randomRecord(random));
                }
            }
            else if (action < 72) {
                history.openOutcomes().forEach(this::awaitDone);
            }
            else if (action < 80) {
                kill(random.nextBoolean() ? awaitLeader(0) : List.copyOf(open.values()).get(random.nextInt(open.size())));
                openAll();
            }
            else if (action < 86) {
                close(awaitLeader(0));
                openAll();
            }
            else if (action < 90) {
                List.copyOf(open.values()).forEach(this::kill);
                openAll();
            }
            else if (action < 95 && fixture.canPause()) {
                ObservedQueryLog leader = awaitLeader(0);
                long epoch = epoch(leader);
                fixture.pause(leader.log());
                if (random.nextBoolean()) {
                    append(leader, epoch, record("query" + random.nextInt(12), SUBMITTED));
                }
                ObservedQueryLog next = awaitLeader(epoch);
                append(next, record("query" + random.nextInt(12), SUBMITTED));
                fixture.resume(leader.log());
                append(leader, epoch, record("query" + random.nextInt(12), SUBMITTED));
                leader.awaitDeposed(epoch, fixture.electionTimeout());
            }
            else if (action >= 95 && fixture.canStopStore()) {
                fixture.stopStore();
                ObservedQueryLog first = open.values().iterator().next();
                if (random.nextBoolean()) {
                    history.openOutcomes().forEach(this::awaitDone);
                }
                if (random.nextInt(4) == 0) {
                    kill(first);
                }
                fixture.startStore();
                openAll();
                awaitWorkingLeader();
            }
        }
        long epoch = epoch(awaitLeader(0));
        history.openOutcomes().forEach(this::awaitDone);
        List.copyOf(open.values()).forEach(this::kill);
        openAll();
        awaitLeader(epoch);
        restartAll();
        verify();
    }

    private QueryLogRecord randomRecord(Random random)
    {
        int key = random.nextInt(12);
        Kind kind = random.nextInt(6) == 0 ? FORGOTTEN : Kind.values()[random.nextInt(5)];
        return key < 10 ? record("query" + key, kind) : record("fact" + key, kind == FORGOTTEN ? FORGOTTEN : LASTING);
    }

    private void verify()
    {
        history.openOutcomes().forEach(this::awaitDone);
        history.verify();
    }

    private QueryLogRecord record(String key, Kind kind)
    {
        return new QueryLogRecord(key, kind, ByteBuffer.allocate(8).putLong(nextContent.incrementAndGet()).array());
    }

    private void openAll()
    {
        List<ObservedQueryLog> opened = new ArrayList<>();
        for (QueryLogMember member : fixture.members()) {
            if (!open.containsKey(member)) {
                ObservedQueryLog log = new ObservedQueryLog(history, member, fixture.open(member));
                open.put(member, log);
                observed.add(log);
                opened.add(log);
            }
        }
        opened.forEach(ObservedQueryLog::start);
    }

    private void kill(ObservedQueryLog log)
    {
        fixture.kill(log.log());
        Set<Long> epochs = new HashSet<>();
        history.elections().stream()
                .filter(election -> election.member().equals(log.self()))
                .forEach(election -> epochs.add(election.epoch()));
        log.markDead();
        epochs.forEach(history::loseOutcomes);
        open.remove(log.self());
    }

    private void close(ObservedQueryLog log)
    {
        log.log().close();
        // a closed dispatcher ignores further calls to its listener
        log.markDead();
        open.remove(log.self());
    }

    /**
     * Closes or kills the leader, depending on its epoch, and opens it again, so that there is another leader or another epoch.
     */
    private ObservedQueryLog changeLeader(ObservedQueryLog leader)
    {
        long epoch = epoch(leader);
        if (epoch % 2 == 0) {
            close(leader);
        }
        else {
            kill(leader);
        }
        openAll();
        return awaitLeader(epoch);
    }

    private ObservedQueryLog restartAll()
    {
        long epoch = epoch(history.elections());
        List.copyOf(open.values()).forEach(this::close);
        openAll();
        return awaitLeader(epoch);
    }

    private ObservedQueryLog awaitLeader(long afterEpoch)
    {
        return awaitLeader(afterEpoch, fixture.electionTimeout());
    }

    private ObservedQueryLog awaitLeader(long afterEpoch, Duration timeout)
    {
        try {
            history.await("a leader after epoch " + afterEpoch, timeout, () -> leader(afterEpoch).isPresent());
        }
        catch (AssertionError e) {
            throw new AssertionError("%s; members: %s".formatted(e.getMessage(), observed), e);
        }
        synchronized (history) {
            return leader(afterEpoch).orElseThrow();
        }
    }

    private Optional<ObservedQueryLog> leader(long afterEpoch)
    {
        return open.values().stream()
                .filter(log -> log.leading().isPresent() && log.leading().getAsLong() > afterEpoch)
                .max((first, second) -> Long.compare(first.leading().getAsLong(), second.leading().getAsLong()));
    }

    /**
     * Waits for a leader after an outage, the former one or another. Each leader confirms its epoch, because it may not know yet that it is
     * deposed.
     */
    private ObservedQueryLog awaitWorkingLeader()
    {
        long deadline = System.nanoTime() + fixture.electionTimeout().toNanos();
        while (true) {
            ObservedQueryLog leader = awaitLeader(0);
            long epoch = leader.leading().orElse(0);
            CompletableFuture<Void> confirm = leader.log().confirm(epoch);
            if (epoch > 0 && succeeds(confirm)) {
                return leader;
            }
            awaitDone(confirm);
            if (System.nanoTime() > deadline) {
                throw new AssertionError("No leader has come back within %s; members: %s".formatted(fixture.electionTimeout(), observed), confirm.exceptionNow());
            }
            // nothing reports when the store is back
            LockSupport.parkNanos(MILLISECONDS.toNanos(20));
        }
    }

    /**
     * Waits until all members know the leader: this one or, on a busy machine, a later one.
     */
    private void awaitLeaderKnown(ObservedQueryLog leader)
    {
        long epoch = epoch(leader);
        history.await("all members know the leader of epoch %s, or a later one".formatted(epoch), fixture.electionTimeout(), () ->
                leader(epoch - 1)
                        .map(current -> Optional.of(new QueryLogLeader(epoch(current), current.self())))
                        .filter(expected -> open.values().stream().allMatch(log -> log.leader().equals(expected)))
                        .isPresent());
    }

    private List<ObservedQueryLog> others(ObservedQueryLog leader)
    {
        return open.values().stream()
                .filter(log -> log != leader)
                .collect(toImmutableList());
    }

    private long epoch(ObservedQueryLog leader)
    {
        return leader.leading().orElseThrow(() -> new AssertionError("Not leading: " + leader));
    }

    private static long epoch(List<ObservedElection> elections)
    {
        return elections.isEmpty() ? 0 : getLast(elections).epoch();
    }

    private List<QueryLogRecord> liveRecords(ObservedQueryLog leader)
    {
        return history.election(epoch(leader)).liveRecords();
    }

    private CompletableFuture<Void> append(ObservedQueryLog leader, QueryLogRecord record)
    {
        return append(leader, leader.leading().orElse(0), record);
    }

    private CompletableFuture<Void> append(ObservedQueryLog leader, long epoch, QueryLogRecord record)
    {
        CompletableFuture<Void> append = leader.append(epoch, record);
        history.addAppend(epoch, record, append);
        return append;
    }

    private void succeed(CompletableFuture<Void> future)
    {
        if (!succeeds(future)) {
            throw new AssertionError("Should have succeeded: " + future.exceptionNow(), future.exceptionNow());
        }
    }

    private void failDeposed(CompletableFuture<Void> future)
    {
        assertThat(failure(future)).isInstanceOf(DeposedException.class);
    }

    /**
     * Checks that a call fails while the store is away. The leader may have given up by itself; then its listener must be told.
     */
    private void failUnavailable(ObservedQueryLog leader, long epoch, CompletableFuture<Void> future)
    {
        if (failure(future) instanceof DeposedException) {
            leader.awaitDeposed(epoch, fixture.appendTimeout());
        }
    }

    private void failed(CompletableFuture<Void> future)
    {
        failure(future);
    }

    private Throwable failure(CompletableFuture<Void> future)
    {
        if (succeeds(future)) {
            throw new AssertionError("Should have failed");
        }
        return future.exceptionNow();
    }

    private void awaitDone(CompletableFuture<Void> future)
    {
        succeeds(future);
    }

    /**
     * Waits for the outcome, which must come in bounded time: success, {@code DeposedException} or {@code QueryLogUnavailableException}.
     */
    private boolean succeeds(CompletableFuture<Void> future)
    {
        try {
            future.get(fixture.appendTimeout().toMillis(), MILLISECONDS);
            return true;
        }
        catch (TimeoutException e) {
            throw new AssertionError("Still open after %s".formatted(fixture.appendTimeout()), e);
        }
        catch (ExecutionException e) {
            assertThat(e.getCause()).isInstanceOfAny(DeposedException.class, QueryLogUnavailableException.class);
            return false;
        }
        catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("Interrupted", e);
        }
    }
}
