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
package io.prestosql.operations;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.airlift.node.NodeInfo;
import io.prestosql.fleet.CoordinatorCondition;
import io.prestosql.node.ClusterName;
import io.prestosql.queries.NodeLoad;
import io.prestosql.queries.NodeView;
import io.prestosql.rpc.Answer;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Set;

import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static com.google.common.collect.Maps.transformValues;
import static com.google.common.util.concurrent.Futures.whenAllComplete;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.prestosql.fleet.core.CoordinatorHealth.ANSWERING;
import static java.util.Objects.requireNonNull;

/**
 * Asks all dispatchers, and a coordinator of each cluster, for the data of the page for operators. All are asked at the same time. A silent
 * dispatcher delays the answer by {@code cluster-view.timeout}, and is listed as missing. Clusters that are known to be silent are not asked.
 */
public class OperationsView
{
    private final String environment;
    private final DispatcherReporter reporter;
    private final KnownDispatchers dispatchers;
    private final DispatcherReportClient client;
    private final NodeView nodes;

    @Inject
    public OperationsView(NodeInfo nodeInfo, DispatcherReporter reporter, KnownDispatchers dispatchers, DispatcherReportClient client, NodeView nodes)
    {
        this.environment = nodeInfo.getEnvironment();
        this.reporter = requireNonNull(reporter, "reporter is null");
        this.dispatchers = requireNonNull(dispatchers, "dispatchers is null");
        this.client = requireNonNull(client, "client is null");
        this.nodes = requireNonNull(nodes, "nodes is null");
    }

    /**
     * Returns the clusters of which a coordinator answers.
     */
    private static Set<ClusterName> answering(DispatcherReport report)
    {
        return report.coordinators().stream()
                .filter(coordinator -> coordinator.health() == ANSWERING)
                .map(CoordinatorCondition::cluster)
                .collect(toImmutableSet());
    }

    public ListenableFuture<Operations> getOperations()
    {
        Map<String, URI> addresses = dispatchers.others();
        DispatcherReport own = reporter.createReport();
        Map<String, ListenableFuture<DispatcherReport>> reports = ImmutableMap.copyOf(transformValues(addresses, client::getReport));
        ListenableFuture<List<NodeLoad>> loads = nodes.getLoads(answering(own)::contains);
        return whenAllComplete(ImmutableList.<ListenableFuture<?>>builder().addAll(reports.values()).add(loads).build())
                .call(
                        () -> new OperationsMerge(environment, own, addresses, transformValues(reports, Answer::of), Answer.of(loads)).merge(),
                        directExecutor());
    }
}
