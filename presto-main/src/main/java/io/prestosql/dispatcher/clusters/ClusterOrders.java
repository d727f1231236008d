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
import io.prestosql.cluster.ClusterState;
import io.prestosql.cluster.Clusters;
import io.prestosql.cluster.KnownCluster;
import io.prestosql.node.ClusterName;
import io.prestosql.queue.LastingRecords;
import io.prestosql.queue.QueueDriver;
import io.prestosql.rpc.NotLeaderException;
import jakarta.ws.rs.ClientErrorException;

import java.util.Optional;
import java.util.function.Predicate;

import static com.google.common.util.concurrent.Futures.immediateFailedFuture;
import static com.google.common.util.concurrent.Futures.immediateVoidFuture;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.prestosql.cluster.ClusterState.ACTIVE;
import static io.prestosql.cluster.ClusterState.DRAINING;
import static jakarta.ws.rs.core.Response.Status.CONFLICT;
import static java.util.Objects.requireNonNull;

/**
 * Carries out operators' orders for clusters, while this dispatcher leads. To remove a cluster concerns both its definition and its state.
 */
public class ClusterOrders
{
    private final LastingRecords records;
    private final Clusters clusters;
    private final OrderedStates states;
    private final OrderedDefinitions definitions;
    private final Predicate<ClusterName> used;

    @Inject
    public ClusterOrders(QueueDriver driver, Clusters clusters, OrderedStates states, OrderedDefinitions definitions, ClusterReporter reporter)
    {
        this(driver, clusters, states, definitions, cluster -> reporter.createReport(cluster).filter(ClusterReport::mayRunQueries).isPresent());
    }

    /**
     * @param used whether a cluster runs queries, or may
     */
    ClusterOrders(LastingRecords records, Clusters clusters, OrderedStates states, OrderedDefinitions definitions, Predicate<ClusterName> used)
    {
        this.records = requireNonNull(records, "records is null");
        this.clusters = requireNonNull(clusters, "clusters is null");
        this.states = requireNonNull(states, "states is null");
        this.definitions = requireNonNull(definitions, "definitions is null");
        this.used = requireNonNull(used, "used is null");
    }

    /**
     * @return as that of {@link OrderedStates#carryOut}
     */
    public ListenableFuture<Void> carryOut(ClusterName cluster, StateOrder order)
    {
        return states.carryOut(cluster, order);
    }

    /**
     * Carries out an order to define a cluster, or to remove it. A cluster that runs queries is not removed: it is drained, unless it is
     * already, and the order fails with status 409 until it runs none.
     *
     * @return as that of {@link OrderedDefinitions#carryOut}; of a removal, it is done when the cluster's ordered state is cleared, too
     */
    public ListenableFuture<Void> carryOut(ClusterName cluster, DefinitionOrder order)
    {
        return order.properties().isPresent() ? definitions.carryOut(cluster, order) : remove(cluster, order);
    }

    private ListenableFuture<Void> remove(ClusterName cluster, DefinitionOrder order)
    {
        if (records.getEpoch().isEmpty()) {
            // only the leader knows what a cluster runs
            return immediateFailedFuture(new NotLeaderException());
        }
        if (definitions.isOrdered(cluster)) {
            return clusters.find(cluster)
                    .filter(KnownCluster::isDefinedInLog)
                    .filter(known -> used.test(known.name()))
                    .map(known -> drain(known, order))
                    .orElseGet(() -> end(cluster, order));
        }
        if (hasStateOnly(cluster)) {
            // an earlier leader may have died before it has cleared the state
            return clearState(cluster, order);
        }
        return definitions.carryOut(cluster, order);
    }

    private ListenableFuture<Void> drain(KnownCluster cluster, DefinitionOrder order)
    {
        ClusterState state = cluster.settings().state();
        if (state != ACTIVE) {
            return conflict("Cluster %s still runs queries. Its state is %s, so it gets no new ones: repeat this call when it is drained".formatted(cluster, state));
        }
        return FluentFuture.from(states.carryOut(cluster.name(), new StateOrder(Optional.of(DRAINING), order.user(), order.address())))
                .transformAsync(
                        _ -> conflict("Cluster %s runs queries. From now on its state is DRAINING, so it gets no new ones: repeat this call when it is drained, or order the state ACTIVE to keep the cluster".formatted(cluster)),
                        directExecutor());
    }

    /**
     * A query that was sent to the cluster meanwhile still finishes there.
     */
    private ListenableFuture<Void> end(ClusterName cluster, DefinitionOrder order)
    {
        return FluentFuture.from(definitions.carryOut(cluster, order))
                // not before: it would be active for a moment
                .transformAsync(_ -> hasStateOnly(cluster) ? clearState(cluster, order) : immediateVoidFuture(), directExecutor());
    }

    /**
     * Returns whether a state is ordered for a cluster that neither a file nor the log defines.
     */
    private boolean hasStateOnly(ClusterName cluster)
    {
        return states.states().containsKey(cluster) && clusters.find(cluster).filter(known -> !known.isRemoved()).isEmpty();
    }

    private ListenableFuture<Void> clearState(ClusterName cluster, DefinitionOrder removal)
    {
        return states.carryOut(cluster, new StateOrder(Optional.empty(), removal.user(), removal.address()));
    }

    private static ListenableFuture<Void> conflict(String reason)
    {
        return immediateFailedFuture(new ClientErrorException(reason, CONFLICT));
    }
}
