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
import io.prestosql.dispatcher.leader.LeaderCalls;
import io.prestosql.node.ClusterName;
import io.prestosql.rpc.NotLeaderException;
import jakarta.ws.rs.WebApplicationException;

import java.util.Map;

import static com.google.common.util.concurrent.Futures.immediateFuture;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static java.util.Objects.requireNonNull;

/**
 * The clusters at the dispatcher that leads, which may be this one: what it knows of them, and orders for them.
 */
public class LeaderClusters
{
    private final ClusterReporter reporter;
    private final ClusterOrders orders;
    private final OrderedDefinitions definitions;
    private final LeaderCalls leader;
    private final LeaderClustersClient client;

    @Inject
    public LeaderClusters(ClusterReporter reporter, ClusterOrders orders, OrderedDefinitions definitions, LeaderCalls leader, LeaderClustersClient client)
    {
        this.reporter = requireNonNull(reporter, "reporter is null");
        this.orders = requireNonNull(orders, "orders is null");
        this.definitions = requireNonNull(definitions, "definitions is null");
        this.leader = requireNonNull(leader, "leader is null");
        this.client = requireNonNull(client, "client is null");
    }

    /**
     * Returns the leader's view of the clusters, or that of this dispatcher when no leader answers.
     */
    public ListenableFuture<ClustersReport> report()
    {
        return FluentFuture.from(leader.callOnce(() -> immediateFuture(reporter.createReport()), client::getClusters))
                .catching(Exception.class, _ -> reporter.createReport(), directExecutor());
    }

    /**
     * Returns the definitions of the query log. They may be secret.
     *
     * @return fails with {@link NotLeaderException} when no leader has answered in time
     */
    public ListenableFuture<Map<ClusterName, OrderedDefinition>> definitions()
    {
        return leader.call(
                () -> immediateFuture(definitions.definitions()),
                address -> FluentFuture.from(client.getOrders(address)).transform(OrdersReport::definitions, directExecutor()));
    }

    /**
     * @return done when the order counts; fails with {@link WebApplicationException} when the leader refuses it, and with
     * {@link NotLeaderException} when no leader has answered in time, so that it is not known whether the order counts
     */
    public ListenableFuture<Void> order(ClusterName cluster, StateOrder order)
    {
        return leader.call(() -> orders.carryOut(cluster, order), address -> client.order(address, cluster, order));
    }

    /**
     * @return done when the order counts; fails with {@link WebApplicationException} when the leader refuses it, and with
     * {@link NotLeaderException} when no leader has answered in time, so that it is not known whether the order counts
     */
    public ListenableFuture<Void> order(ClusterName cluster, DefinitionOrder order)
    {
        return leader.call(() -> orders.carryOut(cluster, order), address -> client.order(address, cluster, order));
    }
}
