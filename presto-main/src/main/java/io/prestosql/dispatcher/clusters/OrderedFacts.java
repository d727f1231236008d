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

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.ListenableFuture;
import io.airlift.log.Logger;
import io.prestosql.node.ClusterName;
import io.prestosql.queue.LastingRecordListener;
import io.prestosql.queue.LastingRecords;
import io.prestosql.rpc.NotLeaderException;
import io.prestosql.spi.querylog.QueryLogRecord;
import io.prestosql.spi.querylog.QueryLogUnavailableException;
import jakarta.ws.rs.ClientErrorException;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.util.concurrent.Futures.immediateFailedFuture;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static java.util.Objects.requireNonNull;

/**
 * What operators have ordered for clusters, at most one fact for each. The log keeps the facts; a dispatcher that does not lead hears of
 * them from the leader.
 */
final class OrderedFacts<T extends OrderedFact>
        implements LastingRecordListener
{
    private static final Logger log = Logger.get(OrderedFacts.class);

    private final LastingRecords records;
    private final ClusterChanges changes;
    private final ChangedProperty property;
    private final String keyPrefix;
    private final FactCodec<T> codec;
    private final Consumer<Map<ClusterName, T>> taker;
    private final LastingRecordReaders readers;
    private volatile Map<ClusterName, T> facts = ImmutableSortedMap.of();
    /** The epoch of the leader from which the facts are. Guarded by this. */
    private long epoch;
    private volatile List<String> unreadable = ImmutableList.of();
    /** The number of the last order. Guarded by this. */
    private long orders;
    /** For each cluster, the number of the order that counts. Guarded by this. */
    private final Map<ClusterName, Long> lastOrders = new HashMap<>();

    /**
     * The form in which the log has a fact.
     */
    interface FactCodec<T>
    {
        byte[] encode(T fact);

        /**
         * @throws IllegalArgumentException when a newer release has written it
         */
        T decode(byte[] content);

        /**
         * Returns the fact that counts in the place of one that cannot be read.
         *
         * @return empty when none can
         */
        Optional<T> standIn();
    }

    /**
     * @param changes hears of the facts before they count at a new leader
     * @param keyPrefix what stands before the names of clusters in the keys of records; it has a slash, which no id of a query has
     * @param taker hears of the facts of all clusters when one has changed; must not block
     */
    OrderedFacts(
            LastingRecords records,
            ClusterChanges changes,
            ChangedProperty property,
            String keyPrefix,
            FactCodec<T> codec,
            LastingRecordReaders readers,
            Consumer<Map<ClusterName, T>> taker)
    {
        this.records = requireNonNull(records, "records is null");
        this.changes = requireNonNull(changes, "changes is null");
        this.property = requireNonNull(property, "property is null");
        this.keyPrefix = requireNonNull(keyPrefix, "keyPrefix is null");
        this.codec = requireNonNull(codec, "codec is null");
        this.readers = requireNonNull(readers, "readers is null");
        this.taker = requireNonNull(taker, "taker is null");
        records.addLastingRecordListener(this);
    }

    /**
     * Returns the facts, as far as this dispatcher knows them.
     */
    Map<ClusterName, T> facts()
    {
        return facts;
    }

    /**
     * Returns the keys of the records that this dispatcher has found in the log as a leader, and could not read.
     */
    List<String> unreadable()
    {
        return unreadable;
    }

    boolean isUnreadable(ClusterName cluster)
    {
        return unreadable.contains(keyPrefix + cluster);
    }

    @Override
    public synchronized void elected(long newEpoch, List<QueryLogRecord> lasting)
    {
        Map<ClusterName, T> recorded = new TreeMap<>();
        ImmutableList.Builder<String> notRead = ImmutableList.builder();
        Set<ClusterName> unknown = new HashSet<>();
        for (QueryLogRecord record : lasting) {
            if (!record.key().startsWith(keyPrefix)) {
                continue;
            }
            String name = record.key().substring(keyPrefix.length());
            try {
                recorded.put(new ClusterName(name), codec.decode(record.content()));
            }
            catch (RuntimeException e) {
                notRead.add(record.key());
                Optional<T> instead = Optional.empty();
                if (ClusterName.isValid(name)) {
                    unknown.add(new ClusterName(name));
                    instead = standIn(new ClusterName(name));
                }
                instead.ifPresent(fact -> recorded.put(new ClusterName(name), fact));
                log.error(e, "Record %s of the query log cannot be read, and stays there as it is. %s. Upgrade this dispatcher to the release that wrote the record, or give the order again",
                        record.key(),
                        instead.map("Instead, this counts: %s"::formatted).orElse("Nothing counts in its place"));
            }
        }
        unreadable = notRead.build();
        epoch = newEpoch;
        lastOrders.clear();
        changes.complete(property, recorded, unknown);
        take(recorded);
    }

    /**
     * Returns what an earlier leader has told of a record that this dispatcher cannot read, as that one may have been able to.
     */
    private Optional<T> standIn(ClusterName cluster)
    {
        return Optional.ofNullable(facts.get(cluster)).or(codec::standIn);
    }

    /**
     * Takes what a leader has said, unless a newer leader is known.
     */
    synchronized void learn(long leaderEpoch, Map<ClusterName, T> current)
    {
        if (leaderEpoch >= epoch) {
            epoch = leaderEpoch;
            unreadable = ImmutableList.of();
            take(current);
        }
    }

    private void take(Map<ClusterName, T> current)
    {
        if (!facts.equals(current)) {
            facts = ImmutableSortedMap.copyOf(current);
            taker.accept(facts);
        }
    }

    /**
     * Lets a fact count, in the place of the cluster's earlier one.
     *
     * @param leading the epoch in which this dispatcher leads
     * @param fact empty to end the earlier one
     * @return the earlier one, once the log has the order and it counts here. It fails with {@link NotLeaderException} when this dispatcher
     * does not lead in that epoch, with status 409 when another dispatcher could not read the record, and with
     * {@link QueryLogUnavailableException} when it is not known whether the log has the order.
     */
    ListenableFuture<Optional<T>> order(long leading, ClusterName cluster, Optional<T> fact)
    {
        if (fact.isEmpty()) {
            // ends a record, which each release can read
            return write(leading, cluster, fact);
        }
        return FluentFuture.from(readers.awaitAll())
                .catchingAsync(ClientErrorException.class, refusal -> immediateFailedFuture(records.getEpoch().equals(OptionalLong.of(leading)) ? refusal : new NotLeaderException()), directExecutor())
                .transformAsync(_ -> write(leading, cluster, fact), directExecutor());
    }

    private synchronized ListenableFuture<Optional<T>> write(long leading, ClusterName cluster, Optional<T> fact)
    {
        orders++;
        long number = orders;
        String key = keyPrefix + cluster;
        CompletableFuture<Void> written = fact
                .map(content -> records.writeLasting(leading, key, codec.encode(content)))
                .orElseGet(() -> records.endLasting(leading, key));
        return LeaderWrite.of(written).transform(_ -> written(leading, number, cluster, fact), directExecutor());
    }

    private synchronized Optional<T> written(long leading, long number, ClusterName cluster, Optional<T> fact)
    {
        Optional<T> earlier = Optional.ofNullable(facts.get(cluster));
        // a later leader has read the log, or the log tells of orders in another sequence than they came
        if (epoch == leading && lastOrders.getOrDefault(cluster, 0L) < number) {
            lastOrders.put(cluster, number);
            unreadable = unreadable.stream().filter(key -> !key.equals(keyPrefix + cluster)).collect(toImmutableList());
            Map<ClusterName, T> current = new TreeMap<>(facts);
            current.remove(cluster);
            fact.ifPresent(content -> current.put(cluster, content));
            take(current);
        }
        return earlier;
    }
}
