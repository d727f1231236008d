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

import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.prestosql.cluster.ClusterState;
import io.prestosql.cluster.Clusters;
import io.prestosql.cluster.KnownCluster;
import io.prestosql.node.ClusterName;
import io.prestosql.queue.LastingRecords;
import io.prestosql.queue.QueueDriver;
import io.prestosql.rpc.NotLeaderException;
import io.prestosql.spi.querylog.QueryLogUnavailableException;
import jakarta.ws.rs.NotFoundException;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

import static com.google.common.util.concurrent.Futures.immediateFailedFuture;
import static com.google.common.util.concurrent.Futures.immediateVoidFuture;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.prestosql.dispatcher.clusters.ClusterChange.NONE;
import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

/**
 * The states of clusters that operators have ordered.
 */
public class OrderedStates
{
    private static final Logger log = Logger.get(OrderedStates.class);

    private final LastingRecords records;
    private final Clusters clusters;
    private final ClusterChanges changes;
    private final Clock clock;
    private final OrderedFacts<OrderedState> facts;

    @Inject
    public OrderedStates(QueueDriver driver, Clusters clusters, ClusterChanges changes, OrderedStateCodec codec, LastingRecordReaders readers)
    {
        this(driver, clusters, changes, codec, readers, Clock.systemUTC());
    }

    OrderedStates(LastingRecords records, Clusters clusters, ClusterChanges changes, OrderedStateCodec codec, LastingRecordReaders readers, Clock clock)
    {
        this.records = requireNonNull(records, "records is null");
        this.clusters = requireNonNull(clusters, "clusters is null");
        this.changes = requireNonNull(changes, "changes is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.facts = new OrderedFacts<>(records, changes, ChangedProperty.STATE, "cluster-state/", codec, readers, this::take);
    }

    private void take(Map<ClusterName, OrderedState> states)
    {
        Map<ClusterName, ClusterState> ordered = new TreeMap<>();
        states.forEach((cluster, state) -> ordered.put(cluster, state.state()));
        clusters.orderStates(ordered);
    }

    /**
     * Returns the ordered states, as far as this dispatcher knows them.
     */
    public Map<ClusterName, OrderedState> states()
    {
        return facts.facts();
    }

    /**
     * Returns the keys of the records that this dispatcher could not read when it was elected.
     */
    List<String> unreadable()
    {
        return facts.unreadable();
    }

    /**
     * Takes what a leader has said, unless a newer leader is known.
     *
     * @param epoch the leader's
     */
    void learn(long epoch, Map<ClusterName, OrderedState> states)
    {
        facts.learn(epoch, states);
    }

    /**
     * Carries out an order, while this dispatcher leads. To repeat an order changes nothing.
     *
     * @return done when the log has it, and its change. It fails with {@link NotLeaderException} when this dispatcher does not lead, with
     * {@link NotFoundException} when there is no such cluster, with status 409 when another dispatcher could not read the order, and with
     * {@link QueryLogUnavailableException} when it is not known whether the log has it.
     */
    public ListenableFuture<Void> carryOut(ClusterName cluster, StateOrder order)
    {
        OptionalLong epoch = records.getEpoch();
        if (epoch.isEmpty()) {
            return immediateFailedFuture(new NotLeaderException());
        }
        boolean known = clusters.find(cluster).isPresent() || (order.state().isEmpty() && states().containsKey(cluster));
        if (!known) {
            return immediateFailedFuture(new NotFoundException(noSuchCluster(cluster, clusters)));
        }
        Instant now = clock.instant();
        Optional<OrderedState> ordered = order.state().map(state -> new OrderedState(state, order.user(), order.address(), now));
        return FluentFuture.from(facts.order(epoch.getAsLong(), cluster, ordered))
                .transformAsync(
                        earlier -> {
                            if (earlier.isEmpty() && ordered.isEmpty()) {
                                // to clear what is not there changes nothing
                                return immediateVoidFuture();
                            }
                            String oldValue = earlier.map(OrderedState::describe).orElse(NONE);
                            String newValue = ordered.map(OrderedState::describe).orElse(NONE);
                            log.info("User %s at %s has changed the ordered state of cluster %s from %s to %s",
                                    order.user(),
                                    order.address().orElse("an unknown address"),
                                    cluster,
                                    oldValue,
                                    newValue);
                            return changes.record(epoch.getAsLong(), new ClusterChange(now, order.user(), order.address(), cluster, ChangedProperty.STATE, oldValue, newValue));
                        },
                        directExecutor());
    }

    static String noSuchCluster(ClusterName name, Clusters clusters)
    {
        return noSuchCluster(name.value(), clusters.all().stream()
                .map(KnownCluster::toString)
                .collect(joining(", ")));
    }

    /**
     * Returns a sentence without its full stop.
     *
     * @param known the names of all clusters
     */
    static String noSuchCluster(String name, String known)
    {
        return known.isEmpty() ? "There is no cluster '%s', nor any other one".formatted(name) : "There is no cluster '%s': there are %s".formatted(name, known);
    }
}
