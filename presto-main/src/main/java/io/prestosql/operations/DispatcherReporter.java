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
import com.google.inject.Inject;
import io.airlift.http.server.HttpServerInfo;
import io.airlift.node.NodeInfo;
import io.prestosql.dispatcher.admission.GroupLoads;
import io.prestosql.dispatcher.admission.LeaderTerm;
import io.prestosql.dispatcher.admission.QueueAdmission;
import io.prestosql.dispatcher.clusters.ClusterReporter;
import io.prestosql.dispatcher.leader.LeaderRoutingQueueService;
import io.prestosql.fleet.Coordinators;
import io.prestosql.node.InternalAddresses;
import io.prestosql.querylog.QueryLogCondition;
import io.prestosql.queue.FailoverHistory;
import io.prestosql.queue.QueueDriver;
import io.prestosql.spi.querylog.QueryLogMember;
import io.trino.client.NodeVersion;

import java.net.URI;
import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * Writes this dispatcher's reports.
 */
public class DispatcherReporter
{
    private final String nodeId;
    private final URI address;
    private final String version;
    private final QueueAdmission queue;
    private final LeaderRoutingQueueService queueService;
    private final QueueDriver driver;
    private final QueryLogCondition log;
    private final Coordinators coordinators;
    private final GroupLoads groups;
    private final FailoverHistory failoverHistory;
    private final ClusterReporter clusters;

    @Inject
    public DispatcherReporter(
            NodeInfo nodeInfo,
            HttpServerInfo httpServerInfo,
            InternalAddresses addresses,
            NodeVersion version,
            QueueAdmission queue,
            LeaderRoutingQueueService queueService,
            QueueDriver driver,
            QueryLogCondition log,
            Coordinators coordinators,
            GroupLoads groups,
            FailoverHistory failoverHistory,
            ClusterReporter clusters)
    {
        this.nodeId = nodeInfo.getNodeId();
        this.address = addresses.of(httpServerInfo);
        this.version = version.getVersion();
        this.queue = requireNonNull(queue, "queue is null");
        this.queueService = requireNonNull(queueService, "queueService is null");
        this.driver = requireNonNull(driver, "driver is null");
        this.log = requireNonNull(log, "log is null");
        this.coordinators = requireNonNull(coordinators, "coordinators is null");
        this.groups = requireNonNull(groups, "groups is null");
        this.failoverHistory = requireNonNull(failoverHistory, "failoverHistory is null");
        this.clusters = requireNonNull(clusters, "clusters is null");
    }

    public DispatcherReport createReport()
    {
        Optional<Long> epoch = queue.term().map(LeaderTerm::epoch);
        return new DispatcherReport(
                nodeId,
                address,
                version,
                epoch,
                epoch.isPresent() ? Optional.of(nodeId) : driver.getOtherLeader().map(QueryLogMember::nodeId),
                log.getStatus(),
                queueService.getPendingCalls(),
                coordinators.getConditions(),
                epoch.isPresent() ? groups.getLoads() : ImmutableList.of(),
                failoverHistory.getElections(),
                failoverHistory.getLosses(),
                Optional.of(clusters.createReport()));
    }
}
