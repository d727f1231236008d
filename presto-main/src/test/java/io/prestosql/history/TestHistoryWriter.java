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

import com.google.common.collect.ImmutableList;
import io.airlift.units.Duration;
import io.prestosql.dispatcher.admission.EndedQuery;
import io.prestosql.history.HistoryWriter.Times;
import io.prestosql.testing.TestingConditions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import static io.prestosql.history.PastQueryFixture.TIME;
import static io.prestosql.history.PastQueryFixture.ended;
import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

@Timeout(60)
public class TestHistoryWriter
{
    static {
        TestingConditions.lookOften();
    }

    private static final Times TIMES = new Times(new Duration(10, MILLISECONDS), new Duration(1, MILLISECONDS), new Duration(20, MILLISECONDS), new Duration(1, MILLISECONDS), new Duration(10, SECONDS));

    private final FlakyStore store = new FlakyStore();
    private final AtomicBoolean leads = new AtomicBoolean();
    private final AtomicInteger leadershipChecks = new AtomicInteger();
    private HistoryWriter writer;

    @AfterEach
    public void tearDown()
    {
        store.away.set(false);
        store.gate.countDown();
        if (writer != null) {
            writer.stop();
        }
    }

    @Test
    public void testWrites()
    {
        start(config());
        writer.ended(ended("q1", "SELECT 'secret'"));
        writer.ended(ended("q2", "SELECT 'secret'"));
        await().until(writer::getWritten, written -> written == 2);
        PastQuery first = store.all().getLast();
        assertThat(first.queryId()).isEqualTo("q1");
        assertThat(first.submitter().user()).isEqualTo("alice");
        assertThat(first.cluster()).contains("a");
        assertThat(first.coordinator()).contains("coordinator-1");
        assertThat(first.state()).isEqualTo(PastState.FINISHED);
        assertThat(first.sql()).as("only with query-history.sql=true").isEmpty();
        assertThat(writer.getPending()).isZero();
    }

    @Test
    public void testWritesSql()
    {
        start(config().setSqlKept(true));
        writer.ended(ended("q1", "SELECT 'x'" + " ".repeat(10_000)));
        await().until(writer::getWritten, written -> written == 1);
        assertThat(store.all().getFirst().sql().orElseThrow()).startsWith("SELECT 'x'").hasSize(PastQuery.MAX_SQL_LENGTH);
    }

    /**
     * A store that never answers costs the queue nothing but the rows that do not fit in.
     */
    @Test
    public void testStoreThatHangs()
            throws Exception
    {
        store.hangs.set(true);
        start(config().setMaxPending(3).setBatchSize(1));
        writer.ended(ended("q0", ""));
        store.inside.await();
        for (int number = 1; number <= 10; number++) {
            // would hang this test
            writer.ended(ended("q" + number, ""));
        }
        assertThat(writer.getDropped()).isEqualTo(7);
        assertThat(writer.getPending()).isEqualTo(4);
        store.gate.countDown();
        await().until(writer::getWritten, written -> written == 4);
        writer.ended(ended("q11", ""));
        await().until(writer::getWritten, written -> written == 5);
        assertThat(store.all()).extracting(PastQuery::queryId).containsExactlyInAnyOrder("q0", "q1", "q2", "q3", "q11");
    }

    @Test
    public void testStoreThatIsAwayForAWhile()
    {
        store.away.set(true);
        start(config());
        for (int number = 0; number < 100; number++) {
            writer.ended(ended("q" + number, ""));
        }
        await().until(writer::getFailures, failures -> failures > 5);
        assertThat(store.all()).isEmpty();
        store.away.set(false);
        await().until(writer::getWritten, written -> written == 100);
        assertThat(store.all()).hasSize(100);
        assertThat(writer.getDropped()).isZero();
    }

    @Test
    public void testQueryThatTheStoreDoesNotTake()
    {
        store.poison = Optional.of("q1");
        start(config());
        List.of("q0", "q1", "q2").forEach(id -> writer.ended(ended(id, "")));
        await().until(writer::getWritten, written -> written == 2);
        assertThat(writer.getRefused()).isEqualTo(1);
        writer.ended(ended("q3", ""));
        await().until(writer::getWritten, written -> written == 3);
        assertThat(store.all()).extracting(PastQuery::queryId).containsExactlyInAnyOrder("q0", "q2", "q3");
    }

    @Test
    public void testQueryThatCannotBeDescribed()
    {
        start(config());
        EndedQuery query = ended("q0", "");
        writer.ended(new EndedQuery(
                query.queryId(),
                1,
                () -> {
                    throw new IllegalStateException("the group provider fails");
                },
                "",
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                TIME,
                Optional.empty(),
                Optional.empty()));
        writer.ended(ended("q1", ""));
        await().until(writer::getWritten, written -> written == 1);
        // the writer looks at queries of earlier leaders, such as the first one here, after the others
        await().until(writer::getDropped, dropped -> dropped == 1);
    }

    /**
     * A new leader tells of all queries that ended under earlier ones, and most of them are in the history.
     */
    @Test
    public void testQueriesOfEarlierLeaders()
    {
        start(config().setMaxPending(10).setBatchSize(50));
        writer.ended(ended("q0", ""));
        await().until(writer::getWritten, written -> written == 1);
        AtomicInteger described = new AtomicInteger();
        for (int number = 0; number < 1000; number++) {
            writer.ended(endedEarlier("q" + number, 2, described));
        }
        // more than may be pending of those that end now
        await().until(writer::getWritten, written -> written == 1000);
        assertThat(described.get()).isEqualTo(999);
        assertThat(writer.getDropped()).isZero();
        assertThat(store.all().stream().filter(query -> query.ended().isPresent())).extracting(PastQuery::queryId).containsExactly("q0");
    }

    @Test
    public void testQueriesOfEarlierLeadersDoNotPileUp()
    {
        store.away.set(true);
        start(config().setBatchSize(10));
        AtomicInteger described = new AtomicInteger();
        for (int epoch = 2; epoch < 10; epoch++) {
            for (int number = 0; number < 100; number++) {
                writer.ended(endedEarlier("q" + number, epoch, described));
            }
        }
        // those of the last epoch, and the batch with which the writer waits for the store
        assertThat(writer.getPending()).isLessThanOrEqualTo(110);
        store.away.set(false);
        await().until(() -> store.all().size(), size -> size == 100);
    }

    private static EndedQuery endedEarlier(String id, long epoch, AtomicInteger described)
    {
        EndedQuery query = ended(id, "");
        return new EndedQuery(
                query.queryId(),
                epoch,
                () -> {
                    described.incrementAndGet();
                    return query.session().get();
                },
                "",
                Optional.empty(),
                query.coordinator(),
                Optional.empty(),
                TIME,
                Optional.empty(),
                Optional.empty());
    }

    @Test
    public void testStopWritesWhatIsPending()
    {
        start(config().setBatchSize(10));
        for (int number = 0; number < 1000; number++) {
            writer.ended(ended("q" + number, ""));
        }
        writer.stop();
        assertThat(store.all()).hasSize(1000);
        writer = null;
    }

    @Test
    public void testStopDoesNotWaitForAStoreThatIsAway()
    {
        store.away.set(true);
        start(config());
        writer.ended(ended("q0", ""));
        await().until(writer::getFailures, failures -> failures > 0);
        writer.stop();
        assertThat(writer.getDropped()).isEqualTo(1);
        writer = null;
    }

    /**
     * Of several dispatchers that share the history, only one removes.
     */
    @Test
    public void testRemovesWhileLeading()
    {
        store.old.set(25);
        start(config().setBatchSize(10));
        writer.ended(ended("q0", ""));
        await().until(writer::getWritten, written -> written == 1);
        // the writer asks whether it leads when a removal is due, so it has gone on after the first of these
        int asked = leadershipChecks.get();
        await().until(leadershipChecks::get, checks -> checks >= asked + 2);
        assertThat(store.removals.get()).isZero();
        assertThat(store.old.get()).isEqualTo(25);
        leads.set(true);
        await().until(writer::getRemoved, removed -> removed == 25);
        assertThat(store.largestRemoval.get()).isEqualTo(10);
    }

    private static QueryRetentionConfig config()
    {
        return new QueryRetentionConfig().setRetention(new Duration(1, HOURS));
    }

    private void start(QueryRetentionConfig config)
    {
        writer = new HistoryWriter(store, config, this::leads, TIMES);
        writer.start();
    }

    private boolean leads()
    {
        leadershipChecks.incrementAndGet();
        return leads.get();
    }

    private static class FlakyStore
            implements PastQueryStore
    {
        private final MemoryPastQueryStore memory = new MemoryPastQueryStore(10_000, Clock.systemUTC());
        private final AtomicBoolean away = new AtomicBoolean();
        private final AtomicBoolean hangs = new AtomicBoolean();
        private final CountDownLatch inside = new CountDownLatch(1);
        private final CountDownLatch gate = new CountDownLatch(1);
        private final AtomicInteger old = new AtomicInteger();
        private final AtomicInteger removals = new AtomicInteger();
        private final AtomicInteger largestRemoval = new AtomicInteger();
        private volatile Optional<String> poison = Optional.empty();

        private List<PastQuery> all()
        {
            return memory.read(PastQueryFilter.of(TIME.minusSeconds(1), TIME.plusSeconds(1)), Optional.empty(), 10_000);
        }

        @Override
        public boolean isShared()
        {
            return true;
        }

        @Override
        public void write(List<PastQuery> queries)
        {
            inside.countDown();
            if (hangs.get()) {
                try {
                    gate.await();
                }
                catch (InterruptedException e) {
                    throw new HistoryUnavailableException("interrupted", e);
                }
            }
            if (away.get()) {
                throw new HistoryUnavailableException("away", new IllegalStateException());
            }
            if (queries.stream().anyMatch(query -> poison.equals(Optional.of(query.queryId())))) {
                throw new HistoryRefusalException("22021");
            }
            memory.write(queries);
        }

        @Override
        public Set<String> findMissing(Set<String> queryIds)
        {
            return memory.findMissing(queryIds);
        }

        @Override
        public List<PastQuery> read(PastQueryFilter filter, Optional<PastQueryPosition> after, int limit)
        {
            return memory.read(filter, after, limit);
        }

        @Override
        public List<PastQueryCount> count(PastQueryFilter filter, int minutes)
        {
            return ImmutableList.of();
        }

        @Override
        public int removeOld(Duration retention, int limit)
        {
            removals.incrementAndGet();
            int removed = Math.min(limit, old.get());
            old.addAndGet(-removed);
            largestRemoval.accumulateAndGet(removed, Math::max);
            return removed;
        }

        @Override
        public void close() {}
    }
}
