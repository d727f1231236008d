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

import com.google.common.collect.ListMultimap;
import com.google.common.primitives.Longs;
import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.prestosql.node.ClusterName;
import io.prestosql.queue.LastingRecordListener;
import io.prestosql.queue.LastingRecords;
import io.prestosql.queue.QueueDriver;
import io.prestosql.rpc.NotLeaderException;
import io.prestosql.spi.querylog.QueryLogRecord;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableListMultimap.toImmutableListMultimap;
import static com.google.common.util.concurrent.Futures.immediateVoidFuture;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.concurrent.MoreFutures.toListenableFuture;
import static io.prestosql.dispatcher.clusters.ClusterChange.NONE;
import static io.prestosql.dispatcher.clusters.ClusterChange.UNKNOWN;
import static java.util.Objects.requireNonNull;

/**
 * Operators' changes of clusters, for audit: kept in the query log, within bounds. The leader knows them all.
 * <p>
 * An order is acknowledged when the log has both the order and its change. A leader that dies between the two leaves an order without a
 * change, which the next leader adds.
 */
public class ClusterChanges
        implements LastingRecordListener
{
    /** Of so many changes, none is removed for its age: a leader whose clock is wrong must not remove the audit. */
    static final int AGELESS_CHANGES = 100;

    private static final Logger log = Logger.get(ClusterChanges.class);
    /** It has a slash, which no id of a query has. */
    private static final String KEY_PREFIX = "cluster-change/";
    private static final String NOT_UNDERSTOOD = "An operator's change of a cluster is not shown: %s of the query log is not understood";

    private final LastingRecords records;
    private final ClusterChangeCodec codec;
    private final int maxEntries;
    private final Duration retention;
    private final Clock clock;
    /** The leader's epoch. Guarded by this. */
    private long epoch;
    /** Guarded by this. */
    private long lastNumber;
    /** The changes by number, in their order. One that this release does not understand is empty. Guarded by this. */
    private final NavigableMap<Long, Optional<ClusterChange>> changes = new TreeMap<>();

    @Inject
    public ClusterChanges(QueueDriver driver, ClusterChangeCodec codec, ClusterChangesConfig config)
    {
        this(driver, codec, config, Clock.systemUTC());
    }

    ClusterChanges(LastingRecords records, ClusterChangeCodec codec, ClusterChangesConfig config, Clock clock)
    {
        this.records = requireNonNull(records, "records is null");
        this.codec = requireNonNull(codec, "codec is null");
        this.maxEntries = config.getMaxEntries();
        this.retention = config.getRetention().toJavaTime();
        this.clock = requireNonNull(clock, "clock is null");
        records.addLastingRecordListener(this);
    }

    @Override
    public synchronized void elected(long newEpoch, List<QueryLogRecord> lasting)
    {
        epoch = newEpoch;
        lastNumber = 0;
        changes.clear();
        for (QueryLogRecord record : lasting) {
            if (record.key().startsWith(KEY_PREFIX)) {
                Long number = Longs.tryParse(record.key().substring(KEY_PREFIX.length()));
                if (number == null) {
                    log.warn(NOT_UNDERSTOOD, record.key());
                    continue;
                }
                lastNumber = Math.max(lastNumber, number);
                changes.put(number, decode(record));
            }
        }
        removeOld();
    }

    /**
     * An entry for audit must not keep a dispatcher from leading.
     */
    private Optional<ClusterChange> decode(QueryLogRecord record)
    {
        try {
            return Optional.of(codec.decode(record.content()));
        }
        catch (RuntimeException e) {
            log.warn(e, NOT_UNDERSTOOD, record.key());
            return Optional.empty();
        }
    }

    /**
     * Adds what the earlier leader has ordered, and could not note as changed any more. Call this when the changes of the log are known.
     *
     * @param facts all facts of the property that the log has
     * @param unreadable the clusters of which the log has a fact that this release cannot read, so that it cannot be compared
     */
    synchronized void complete(ChangedProperty property, Map<ClusterName, ? extends OrderedFact> facts, Set<ClusterName> unreadable)
    {
        if (maxEntries == 0) {
            return;
        }
        ListMultimap<ClusterName, ClusterChange> known = known().stream()
                .filter(change -> change.property() == property)
                .collect(toImmutableListMultimap(ClusterChange::cluster, change -> change));
        Set<ClusterName> clusters = new TreeSet<>(facts.keySet());
        clusters.addAll(known.keySet());
        clusters.removeAll(unreadable);
        for (ClusterName cluster : clusters) {
            missing(property, cluster, Optional.ofNullable(facts.get(cluster)), known.get(cluster)).ifPresent(change -> {
                log.info("The query log has the order for the %s of cluster %s, but not the change: noted now", property, cluster);
                logFailure(record(epoch, change));
            });
        }
    }

    private Optional<ClusterChange> missing(ChangedProperty property, ClusterName cluster, Optional<OrderedFact> fact, List<ClusterChange> ofCluster)
    {
        Optional<ClusterChange> last = ofCluster.isEmpty() ? Optional.empty() : Optional.of(ofCluster.getLast());
        if (fact.isEmpty()) {
            return last.map(ClusterChange::newValue)
                    .filter(value -> !value.equals(NONE))
                    .map(value -> new ClusterChange(clock.instant(), UNKNOWN, Optional.empty(), cluster, property, value, NONE));
        }
        ClusterChange change = new ClusterChange(
                fact.get().time(),
                fact.get().user(),
                fact.get().address(),
                cluster,
                property,
                last.map(ClusterChange::newValue).orElse(UNKNOWN),
                fact.get().describe());
        // the clocks of leaders differ, so the times of two orders do not tell which was the later one
        if (last.isEmpty() ? isForgotten(fact.get().time()) : ofCluster.stream().anyMatch(known -> isOfSameOrder(known, change))) {
            return Optional.empty();
        }
        return Optional.of(change);
    }

    private static boolean isOfSameOrder(ClusterChange one, ClusterChange other)
    {
        return one.time().equals(other.time()) && one.user().equals(other.user()) && one.newValue().equals(other.newValue());
    }

    private boolean isForgotten(Instant time)
    {
        return (changes.size() >= AGELESS_CHANGES && isOld(time)) || (changes.size() >= maxEntries && known().stream().findFirst().filter(oldest -> oldest.time().isAfter(time)).isPresent());
    }

    /**
     * Notes a change, while this dispatcher leads.
     *
     * @return done when the log has it; fails with {@link NotLeaderException} when this dispatcher does not lead in the epoch, and with
     * {@link io.prestosql.spi.querylog.QueryLogUnavailableException} when it is not known whether the log has it
     */
    synchronized ListenableFuture<Void> record(long leading, ClusterChange change)
    {
        if (maxEntries == 0) {
            return immediateVoidFuture();
        }
        lastNumber++;
        long number = lastNumber;
        return LeaderWrite.of(records.writeLasting(leading, key(number), codec.encode(change)))
                .transform(_ -> written(leading, number, change), directExecutor());
    }

    private synchronized Void written(long leading, long number, ClusterChange change)
    {
        if (epoch == leading) {
            changes.put(number, Optional.of(change));
            removeOld();
        }
        return null;
    }

    private void removeOld()
    {
        while (!changes.isEmpty()) {
            boolean old = changes.size() > AGELESS_CHANGES && changes.firstEntry().getValue().map(ClusterChange::time).filter(this::isOld).isPresent();
            if (!old && changes.size() <= maxEntries) {
                return;
            }
            long number = changes.pollFirstEntry().getKey();
            logFailure(toListenableFuture(records.endLasting(epoch, key(number))));
        }
    }

    private boolean isOld(Instant time)
    {
        return time.isBefore(clock.instant().minus(retention));
    }

    /**
     * The next leader does again what has failed.
     */
    private static void logFailure(ListenableFuture<Void> write)
    {
        ListenableFuture<Void> _ = FluentFuture.from(write).catching(
                Exception.class,
                failure -> {
                    log.debug(failure, "The changes of clusters in the query log stay as they were");
                    return null;
                },
                directExecutor());
    }

    private static String key(long number)
    {
        return "%s%012d".formatted(KEY_PREFIX, number);
    }

    private synchronized List<ClusterChange> known()
    {
        return changes.values().stream()
                .flatMap(Optional::stream)
                .collect(toImmutableList());
    }

    /**
     * Returns the last changes that the leader's log has, the newest first. Only a dispatcher that leads knows them.
     */
    public List<ClusterChange> last(int limit)
    {
        List<ClusterChange> newestFirst = known().reversed();
        return IntStream.range(0, newestFirst.size())
                .filter(index -> index < AGELESS_CHANGES || !isOld(newestFirst.get(index).time()))
                .mapToObj(newestFirst::get)
                .limit(limit)
                .collect(toImmutableList());
    }
}
