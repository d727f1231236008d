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
import com.google.common.collect.ImmutableSet;
import com.google.common.util.concurrent.ListenableFuture;
import io.airlift.testing.TestingClock;
import io.airlift.units.Duration;
import io.prestosql.dispatcher.clusters.ClusterChangeCodec.StoredChange;
import io.prestosql.node.ClusterName;
import io.prestosql.rpc.NotLeaderException;
import io.prestosql.spi.querylog.DeposedException;
import io.prestosql.spi.querylog.QueryLogRecord;
import io.prestosql.spi.querylog.QueryLogRecord.Kind;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import static io.airlift.json.JsonCodec.jsonCodec;
import static io.prestosql.cluster.ClusterState.ACTIVE;
import static io.prestosql.cluster.ClusterState.DRAINING;
import static io.prestosql.dispatcher.clusters.ChangedProperty.DEFINITION;
import static io.prestosql.dispatcher.clusters.ChangedProperty.STATE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.DAYS;
import static org.assertj.core.api.Assertions.assertThat;

public class TestClusterChanges
{
    private static final long EPOCH = 5;
    private static final ClusterName ETL = new ClusterName("etl");
    private static final ClusterName ADHOC = new ClusterName("adhoc");
    private static final Set<ClusterName> NO_CLUSTERS = ImmutableSet.of();

    private final TestingLastingRecords log = new TestingLastingRecords();
    private final TestingClock clock = new TestingClock();
    private final ClusterChangeCodec codec = new ClusterChangeCodec(jsonCodec(StoredChange.class));

    @Test
    public void testNewestFirst()
    {
        ClusterChanges changes = create(10);
        log.elect(EPOCH);
        ListenableFuture<Void> first = changes.record(EPOCH, change("1"));
        changes.record(EPOCH, change("2"));
        assertThat(changes.last(10)).as("not in the log yet").isEmpty();
        // the log may tell of them in another sequence
        log.completeLast();
        assertThat(first.isDone()).isFalse();
        log.writes().getFirst().done().complete(null);
        assertThat(first.isDone()).isTrue();
        changes.record(EPOCH, change("3"));
        log.completeLast();
        assertThat(changes.last(10)).extracting(ClusterChange::newValue).containsExactly("3", "2", "1");
        assertThat(changes.last(2)).extracting(ClusterChange::newValue).containsExactly("3", "2");

        // the records of a log are in any sequence
        List<QueryLogRecord> written = Arrays.asList(log.written());
        Collections.reverse(written);
        ClusterChanges next = create(10);
        log.elect(EPOCH + 1, Stream.concat(written.stream(), Stream.of(new QueryLogRecord("cluster-state/etl", Kind.LASTING, new byte[] {1}))).toArray(QueryLogRecord[]::new));
        assertThat(next.last(10)).isEqualTo(changes.last(10)).hasSize(3);
        next.record(EPOCH + 1, change("4"));
        assertThat(log.writes().getLast().key()).isEqualTo("cluster-change/000000000004");
    }

    @Test
    public void testDeposed()
    {
        ClusterChanges changes = create(10);
        log.elect(EPOCH);
        ListenableFuture<Void> refused = changes.record(EPOCH, change("1"));
        log.writes().getLast().done().completeExceptionally(new DeposedException(EPOCH));
        assertThat(refused.exceptionNow()).isInstanceOf(NotLeaderException.class);
        ListenableFuture<Void> late = changes.record(EPOCH, change("2"));
        log.elect(EPOCH + 2);
        log.completeLast();
        assertThat(late.isDone()).isTrue();
        // the log that the new leader has read says what there is
        assertThat(changes.last(10)).isEmpty();
    }

    @Test
    public void testBoundedByCount()
    {
        ClusterChanges changes = create(3);
        log.elect(EPOCH);
        for (int number = 1; number <= 5; number++) {
            changes.record(EPOCH, change(String.valueOf(number)));
            log.writes().stream().filter(write -> write.content().length > 0).toList().getLast().done().complete(null);
        }
        assertThat(changes.last(10)).extracting(ClusterChange::newValue).containsExactly("5", "4", "3");
        assertThat(log.written()).hasSize(3);

        QueryLogRecord[] written = log.written();
        ClusterChanges none = create(0);
        log.elect(EPOCH + 1, written);
        none.complete(STATE, ImmutableMap.of(ETL, new OrderedState(DRAINING, "alice", Optional.empty(), clock.instant())), NO_CLUSTERS);
        assertThat(none.record(EPOCH + 1, change("6")).isDone()).isTrue();
        assertThat(log.written()).as("for the way back to a release that knows no such record").isEmpty();
    }

    @Test
    public void testBoundedByAge()
    {
        ClusterChanges changes = create(1000);
        log.elect(EPOCH);
        record(changes, "old", 2);
        clock.increment(2, DAYS);
        record(changes, "new", ClusterChanges.AGELESS_CHANGES);
        assertThat(changes.last(1000)).hasSize(ClusterChanges.AGELESS_CHANGES + 2);
        clock.increment(6, DAYS);
        assertThat(changes.last(1000)).as("not shown, although still in the log").hasSize(ClusterChanges.AGELESS_CHANGES).extracting(ClusterChange::newValue).containsOnly("new");
        log.elect(EPOCH + 1, log.written());
        assertThat(log.written()).hasSize(ClusterChanges.AGELESS_CHANGES);
    }

    @Test
    public void testClockThatIsAheadRemovesNoAudit()
    {
        ClusterChanges changes = create(1000);
        log.elect(EPOCH);
        record(changes, "before", 50);
        clock.increment(3650, DAYS);
        log.elect(EPOCH + 1, log.written());
        assertThat(log.written()).hasSize(50);
        log.elect(EPOCH + 1, log.written());
        changes.record(EPOCH + 1, change("ahead"));
        log.completeLast();
        assertThat(log.written()).hasSize(51);
        assertThat(changes.last(1000)).hasSize(51);
    }

    private void record(ClusterChanges changes, String value, int count)
    {
        for (int number = 0; number < count; number++) {
            changes.record(EPOCH, change(value));
            log.completeLast();
        }
    }

    @Test
    public void testUnreadableEntry()
    {
        ClusterChanges changes = create(3);
        log.elect(
                EPOCH,
                new QueryLogRecord("cluster-change/000000000007", Kind.LASTING, "{\"formatVersion\": 2}".getBytes(UTF_8)),
                new QueryLogRecord("cluster-change/000000000006", Kind.LASTING, "null".getBytes(UTF_8)),
                new QueryLogRecord("cluster-change/another-form", Kind.LASTING, new byte[] {1}));
        assertThat(changes.last(10)).isEmpty();
        changes.record(EPOCH, change("1"));
        assertThat(log.writes().getLast().key()).isEqualTo("cluster-change/000000000008");
        log.completeLast();
        assertThat(changes.last(10)).hasSize(1);
    }

    /**
     * A leader died after the log had its orders, and before it had the changes.
     */
    @Test
    public void testCompletes()
    {
        ClusterChanges changes = create(10);
        Instant now = clock.instant();
        log.elect(EPOCH);
        changes.record(EPOCH, new ClusterChange(now, "alice", Optional.of("10.0.0.1"), ETL, STATE, "none", "DRAINING"));
        log.completeLast();
        changes.record(EPOCH, new ClusterChange(now, "alice", Optional.of("10.0.0.1"), ADHOC, STATE, "none", "DRAINING"));
        log.completeLast();
        changes.record(EPOCH, new ClusterChange(now, "alice", Optional.of("10.0.0.1"), ADHOC, DEFINITION, "none", "[]"));
        log.completeLast();
        int before = log.writes().size();
        Map<ClusterName, OrderedState> both = ImmutableMap.of(
                ETL, new OrderedState(DRAINING, "alice", Optional.of("10.0.0.1"), now),
                ADHOC, new OrderedState(DRAINING, "alice", Optional.of("10.0.0.1"), now));
        changes.complete(STATE, both, NO_CLUSTERS);
        assertThat(log.writes()).as("nothing is missing").hasSize(before);

        clock.increment(1, TimeUnit.MINUTES);
        changes.complete(STATE, ImmutableMap.of(ETL, new OrderedState(ACTIVE, "bob", Optional.empty(), clock.instant())), NO_CLUSTERS);
        log.writes().subList(before, log.writes().size()).forEach(write -> write.done().complete(null));
        assertThat(changes.last(2)).containsExactlyInAnyOrder(
                new ClusterChange(clock.instant(), "bob", Optional.empty(), ETL, STATE, "DRAINING", "ACTIVE"),
                new ClusterChange(clock.instant(), "unknown", Optional.empty(), ADHOC, STATE, "DRAINING", "none"));
        int completed = log.writes().size();
        changes.complete(STATE, ImmutableMap.of(ETL, new OrderedState(ACTIVE, "bob", Optional.empty(), clock.instant())), NO_CLUSTERS);
        assertThat(log.writes()).as("once is enough").hasSize(completed);
    }

    @Test
    public void testDoesNotBringBackWhatIsTooOld()
    {
        ClusterChanges changes = create(2);
        log.elect(EPOCH);
        OrderedState ordered = new OrderedState(DRAINING, "alice", Optional.empty(), clock.instant());
        clock.increment(1, TimeUnit.MINUTES);
        for (String value : List.of("ACTIVE", "DRAINING")) {
            changes.record(EPOCH, new ClusterChange(clock.instant(), "alice", Optional.empty(), ADHOC, STATE, "none", value));
            log.completeLast();
        }
        int before = log.writes().size();
        changes.complete(STATE, ImmutableMap.of(ETL, ordered, ADHOC, new OrderedState(DRAINING, "alice", Optional.empty(), clock.instant())), NO_CLUSTERS);
        assertThat(log.writes()).as("the entry was removed for newer ones").hasSize(before);
    }

    @Test
    public void testDoesNotBringBackWhatWasRemovedForItsAge()
    {
        ClusterChanges changes = create(1000);
        log.elect(EPOCH);
        OrderedState ordered = new OrderedState(DRAINING, "alice", Optional.empty(), clock.instant());
        clock.increment(8, DAYS);
        for (int number = 0; number < ClusterChanges.AGELESS_CHANGES; number++) {
            changes.record(EPOCH, new ClusterChange(clock.instant(), "alice", Optional.empty(), ADHOC, DEFINITION, "none", "[]"));
            log.completeLast();
        }
        int before = log.writes().size();
        changes.complete(STATE, ImmutableMap.of(ETL, ordered), NO_CLUSTERS);
        assertThat(log.writes()).hasSize(before);
    }

    /**
     * The leader before had its clock ahead, and the one that died before it could note its order did not.
     */
    @Test
    public void testCompletesInSpiteOfAClockThatIsBehind()
    {
        ClusterChanges changes = create(10);
        log.elect(EPOCH);
        OrderedState later = new OrderedState(ACTIVE, "bob", Optional.empty(), clock.instant());
        clock.increment(1, TimeUnit.MINUTES);
        changes.record(EPOCH, new ClusterChange(clock.instant(), "alice", Optional.empty(), ETL, STATE, "none", "DRAINING"));
        log.completeLast();
        changes.complete(STATE, ImmutableMap.of(ETL, later), NO_CLUSTERS);
        log.completeLast();
        assertThat(changes.last(1)).containsExactly(new ClusterChange(later.time(), "bob", Optional.empty(), ETL, STATE, "DRAINING", "ACTIVE"));
        int completed = log.writes().size();
        changes.complete(STATE, ImmutableMap.of(ETL, later), NO_CLUSTERS);
        assertThat(log.writes()).as("once is enough").hasSize(completed);
    }

    private ClusterChanges create(int maxEntries)
    {
        return new ClusterChanges(log, codec, new ClusterChangesConfig().setMaxEntries(maxEntries).setRetention(new Duration(7, DAYS)), clock);
    }

    private ClusterChange change(String newValue)
    {
        return new ClusterChange(clock.instant(), "alice", Optional.of("10.0.0.1"), ETL, STATE, "none", newValue);
    }
}
