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
package io.prestosql.dispatcher.clusters;

import com.google.common.collect.ImmutableMap;
import com.google.common.util.concurrent.ListenableFuture;
import io.airlift.units.Duration;
import io.prestosql.dispatcher.clusters.LastingRecordReaders.OtherDispatchers;
import io.prestosql.dispatcher.leader.LeaderRoutingConfig;
import io.prestosql.fleet.CoordinatorMonitorConfig;
import jakarta.ws.rs.ClientErrorException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.stream.IntStream;

import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static java.util.concurrent.Executors.newSingleThreadScheduledExecutor;
import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.MINUTES;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestLastingRecordReaders
{
    private static final Duration LONG = new Duration(1, HOURS);
    private static final Duration SHORT = new Duration(1, MILLISECONDS);

    private final ScheduledExecutorService scheduler = newSingleThreadScheduledExecutor(daemonThreadsNamed("readers"));
    private final TestingLastingRecords records = new TestingLastingRecords();
    /** Those that keep the log, up or not. */
    private final Set<String> members = new TreeSet<>(Set.of("one"));
    private final Set<String> announced = new TreeSet<>(Set.of("one"));
    private long now = -5;

    @AfterEach
    public void tearDown()
    {
        scheduler.shutdownNow();
    }

    @Test
    public void testAlone()
    {
        assertThat(readers(LONG).awaitAll().isDone()).isTrue();
    }

    @Test
    public void testWaitsUntilAllHaveAsked()
    {
        members.addAll(Set.of("two", "three"));
        LastingRecordReaders readers = readers(LONG);
        ListenableFuture<Void> order = readers.awaitAll();
        assertThat(order.isDone()).isFalse();
        readers.asked("two");
        readers.asked("unknown");
        assertThat(order.isDone()).isFalse();
        readers.asked("three");
        assertThat(order.isDone()).isTrue();
        assertThat(readers.awaitAll().isDone()).isTrue();

        // one that comes later
        announced.add("four");
        assertThat(readers.awaitAll().isDone()).isFalse();
    }

    /**
     * A dispatcher that is up and asks no more has been replaced with another release.
     */
    @Test
    public void testSilentDispatcher()
    {
        announced.add("two");
        LastingRecordReaders readers = readers(SHORT);
        readers.asked("two");
        now += MINUTES.toNanos(2);
        assertThat(readers.awaitAll().isDone()).isTrue();
        now++;
        assertRefused(readers, "dispatcher two is");
        readers.asked("two");
        assertThat(readers.awaitAll().isDone()).isTrue();
    }

    /**
     * When dispatchers die, operators have to be able to take clusters out.
     */
    @Test
    public void testDispatcherThatIsDown()
    {
        members.addAll(Set.of("two", "three"));
        announced.addAll(Set.of("two", "three"));
        LastingRecordReaders readers = readers(SHORT);
        readers.asked("two");
        readers.asked("three");
        announced.remove("three");
        now += LastingRecordReaders.MEMORY_NANOS;
        readers.asked("two");
        assertThat(readers.awaitAll().isDone()).isTrue();
        now++;
        assertRefused(readers, "dispatcher three is");
    }

    /**
     * A leader tells the others what it knows, and that it can read records itself.
     */
    @Test
    public void testNextLeaderKnowsWhatTheLastOneKnew()
    {
        members.addAll(Set.of("two", "three"));
        LastingRecordReaders last = readers(LONG);
        last.asked("two");
        now += MINUTES.toNanos(1);
        last.asked("three");
        assertThat(last.agesMillis()).isEqualTo(ImmutableMap.of("one", 0L, "two", 60_000L, "three", 0L));

        LastingRecordReaders next = readers("two", SHORT);
        assertRefused(next, "dispatchers one, three are");
        next.learn(last.agesMillis());
        assertThat(next.awaitAll().isDone()).isTrue();
        // older news changes nothing, and what is too old is not passed on
        next.learn(ImmutableMap.of("three", 120_000L));
        assertThat(next.agesMillis()).containsEntry("three", 0L).containsEntry("two", 0L);
        now += LastingRecordReaders.MEMORY_NANOS + 1;
        assertThat(next.agesMillis()).isEqualTo(ImmutableMap.of("two", 0L));
    }

    @Test
    public void testRefusal()
    {
        members.addAll(Set.of("two", "three"));
        LastingRecordReaders readers = readers(SHORT);
        readers.asked("two");
        assertRefused(readers, "dispatcher three is not known to read them");
        announced.add("four");
        assertRefused(readers, "dispatchers four, three are not known to read them");
        readers.asked("three");
        readers.asked("four");
        assertThat(readers.awaitAll().isDone()).isTrue();
    }

    @Test
    public void testOrdersGoOnInTheirSequence()
    {
        members.add("two");
        LastingRecordReaders readers = readers(LONG);
        List<Integer> released = new ArrayList<>();
        for (int number = 0; number < 20; number++) {
            int order = number;
            readers.awaitAll().addListener(() -> released.add(order), directExecutor());
        }
        assertThat(released).isEmpty();
        readers.asked("two");
        assertThat(released).isEqualTo(IntStream.range(0, 20).boxed().toList());

        // one that need not wait does not overtake those that do
        members.add("three");
        readers.awaitAll().addListener(() -> released.add(20), directExecutor());
        assertThat(released).hasSize(20);
        members.remove("three");
        readers.awaitAll().addListener(() -> released.add(21), directExecutor());
        assertThat(released).endsWith(20, 21);
    }

    /**
     * A dispatcher that has passed an order on hears of its refusal before it gives up the call, and before it takes the leader for dead.
     */
    @Test
    public void testWaitEndsBeforeCallersGiveUp()
    {
        Duration timeout = new CoordinatorMonitorConfig().getRequestTimeout();
        Duration leaderTimeout = new LeaderRoutingConfig().getLeaderTimeout();
        assertThat(LastingRecordReaders.maxWait(timeout, leaderTimeout)).isEqualTo(new Duration(timeout.toMillis() / 2.0, MILLISECONDS));
        assertThat(LastingRecordReaders.maxWait(LONG, new Duration(2, SECONDS))).isEqualTo(new Duration(1000, MILLISECONDS));
    }

    /**
     * When a dispatcher is dead, operators have to be able to give orders; and one that cannot read the records in the log already cannot be
     * helped by refusing more of them.
     */
    @Test
    public void testRecordsInTheLog()
    {
        members.add("two");
        LastingRecordReaders readers = readers(SHORT);
        assertRefused(readers, "dispatcher two is");
        CompletableFuture<Void> _ = records.writeLasting(1, "cluster-state/etl", new byte[] {1});
        assertThat(readers.awaitAll().isDone()).isTrue();
        CompletableFuture<Void> _ = records.endLasting(1, "cluster-state/etl");
        assertRefused(readers, "dispatcher two is");
    }

    private static void assertRefused(LastingRecordReaders readers, String reason)
    {
        assertThatThrownBy(() -> readers.awaitAll().get())
                .cause()
                .isInstanceOfSatisfying(ClientErrorException.class, refusal -> {
                    assertThat(refusal.getResponse().getStatus()).isEqualTo(409);
                    assertThat(refusal).hasMessageContaining(reason);
                });
    }

    private LastingRecordReaders readers(Duration maxWait)
    {
        return readers("one", maxWait);
    }

    private LastingRecordReaders readers(String self, Duration maxWait)
    {
        return new LastingRecordReaders(self, records, () -> new OtherDispatchers(members, announced), scheduler, maxWait, new Duration(2, SECONDS), () -> now);
    }
}
