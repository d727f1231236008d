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
import io.prestosql.cluster.Clusters;
import io.prestosql.node.ClusterName;
import io.prestosql.queue.LastingRecords;
import io.prestosql.queue.QueueDriver;
import io.prestosql.rpc.NotLeaderException;
import io.prestosql.spi.querylog.QueryLogUnavailableException;
import jakarta.ws.rs.BadRequestException;
import jakarta.ws.rs.ClientErrorException;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.WebApplicationException;

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
import static io.prestosql.dispatcher.clusters.ClusterChange.UNKNOWN;
import static io.prestosql.dispatcher.clusters.OrderedStates.noSuchCluster;
import static jakarta.ws.rs.core.Response.Status.CONFLICT;
import static java.util.Objects.requireNonNull;

/**
 * The definitions of clusters that operators have given by calls.
 */
public class OrderedDefinitions
{
    private static final Logger log = Logger.get(OrderedDefinitions.class);

    private final LastingRecords records;
    private final Clusters clusters;
    private final ClusterChanges changes;
    private final Clock clock;
    private final OrderedFacts<OrderedDefinition> facts;
    /** Done when the definitions that are known count in this process. */
    private volatile ListenableFuture<Void> counted = immediateVoidFuture();

    @Inject
    public OrderedDefinitions(QueueDriver driver, Clusters clusters, ClusterChanges changes, OrderedDefinitionCodec codec, LastingRecordReaders readers)
    {
        this(driver, clusters, changes, codec, readers, Clock.systemUTC());
    }

    OrderedDefinitions(LastingRecords records, Clusters clusters, ClusterChanges changes, OrderedDefinitionCodec codec, LastingRecordReaders readers, Clock clock)
    {
        this.records = requireNonNull(records, "records is null");
        this.clusters = requireNonNull(clusters, "clusters is null");
        this.changes = requireNonNull(changes, "changes is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.facts = new OrderedFacts<>(records, changes, ChangedProperty.DEFINITION, "cluster-definition/", codec, readers, this::take);
    }

    private void take(Map<ClusterName, OrderedDefinition> definitions)
    {
        Map<ClusterName, Map<String, String>> properties = new TreeMap<>();
        definitions.forEach((cluster, definition) -> properties.put(cluster, definition.properties()));
        counted = clusters.defineInLog(properties);
    }

    /**
     * Returns the definitions, as far as this dispatcher knows them. They may be secret.
     */
    Map<ClusterName, OrderedDefinition> definitions()
    {
        return facts.facts();
    }

    /**
     * Returns whether the log has a definition of the cluster, be it one that this dispatcher cannot read.
     */
    boolean isOrdered(ClusterName cluster)
    {
        return definitions().containsKey(cluster) || facts.isUnreadable(cluster);
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
    void learn(long epoch, Map<ClusterName, OrderedDefinition> definitions)
    {
        facts.learn(epoch, definitions);
    }

    /**
     * Carries out an order, while this dispatcher leads. To repeat an order to define changes nothing. A cluster is removed whether or not it
     * runs queries.
     *
     * @return done when the log has it and its change, and it counts in this process. It fails with {@link NotLeaderException} when this
     * dispatcher does not lead; with {@link BadRequestException} when the definition is wrong, with {@link NotFoundException} when there is no
     * cluster to remove, and with status 409 when the definition stands in a file, or another dispatcher could not read the order; and with
     * {@link QueryLogUnavailableException} when it is not known whether the log has the order.
     */
    public ListenableFuture<Void> carryOut(ClusterName cluster, DefinitionOrder order)
    {
        OptionalLong epoch = records.getEpoch();
        if (epoch.isEmpty()) {
            return immediateFailedFuture(new NotLeaderException());
        }
        Optional<WebApplicationException> refusal = order.properties()
                .map(properties -> refusalToDefine(cluster, properties))
                .orElseGet(() -> refusalToRemove(cluster));
        if (refusal.isPresent()) {
            return immediateFailedFuture(refusal.get());
        }
        Instant now = clock.instant();
        // what it was is known to the release that has written it
        String unknownBefore = facts.isUnreadable(cluster) ? UNKNOWN : NONE;
        Optional<OrderedDefinition> definition = order.properties().map(properties -> new OrderedDefinition(properties, order.user(), order.address(), now));
        return FluentFuture.from(facts.order(epoch.getAsLong(), cluster, definition))
                .transformAsync(
                        earlier -> {
                            String oldValue = earlier.map(OrderedDefinition::describe).orElse(unknownBefore);
                            String newValue = definition.map(OrderedDefinition::describe).orElse(NONE);
                            log.info("User %s at %s has changed the definition of cluster %s from %s to %s",
                                    order.user(),
                                    order.address().orElse("an unknown address"),
                                    cluster,
                                    oldValue,
                                    newValue);
                            return changes.record(epoch.getAsLong(), new ClusterChange(now, order.user(), order.address(), cluster, ChangedProperty.DEFINITION, oldValue, newValue));
                        },
                        directExecutor())
                .transformAsync(_ -> counted, directExecutor());
    }

    private Optional<WebApplicationException> refusalToDefine(ClusterName cluster, Map<String, String> properties)
    {
        return findInFile(cluster).or(() -> {
            List<String> problems = clusters.checkDefinition(cluster, properties);
            return problems.isEmpty() ? Optional.empty() : Optional.of(new BadRequestException(String.join("\n", problems)));
        });
    }

    private Optional<WebApplicationException> refusalToRemove(ClusterName cluster)
    {
        return isOrdered(cluster) ?
                Optional.empty() :
                findInFile(cluster).or(() -> Optional.of(new NotFoundException(noSuchCluster(cluster, clusters))));
    }

    private Optional<WebApplicationException> findInFile(ClusterName cluster)
    {
        return clusters.find(cluster)
                .filter(known -> !known.isDefinedInLog() && !known.isRemoved())
                .map(known -> conflict("Cluster %s is defined in %s of the dispatchers: change it there, or remove it there first".formatted(cluster, known.source())));
    }

    private static WebApplicationException conflict(String reason)
    {
        return new ClientErrorException(reason, CONFLICT);
    }
}
