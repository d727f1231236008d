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
import io.prestosql.dispatcher.admission.GroupLoad;
import io.prestosql.dispatcher.clusters.ClustersReport;
import io.prestosql.fleet.CoordinatorCondition;
import io.prestosql.querylog.QueryLogStatus;
import io.prestosql.queue.LeaderElection;
import io.prestosql.queue.core.CoordinatorLoss;

import java.net.URI;
import java.util.List;
import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * A dispatcher's report of itself to the other dispatchers, for people to look at. Of queries, it has only their number.
 *
 * @param address the dispatcher's internal address
 * @param epoch the epoch in which it leads the queue; empty when it does not
 * @param leader the node id of the dispatcher that leads the queue, as far as this one knows
 * @param heldRequests how many requests of its clients wait for the queue's answer
 * @param resourceGroups the queue's resource groups, if it leads
 * @param clusters the clusters as it sees them; empty in reports of releases that do not report them
 */
public record DispatcherReport(
        String nodeId,
        URI address,
        String version,
        Optional<Long> epoch,
        Optional<String> leader,
        QueryLogStatus log,
        int heldRequests,
        List<CoordinatorCondition> coordinators,
        List<GroupLoad> resourceGroups,
        List<LeaderElection> elections,
        List<CoordinatorLoss> losses,
        Optional<ClustersReport> clusters)
{
    public DispatcherReport
    {
        requireNonNull(nodeId, "nodeId is null");
        requireNonNull(address, "address is null");
        requireNonNull(version, "version is null");
        requireNonNull(epoch, "epoch is null");
        requireNonNull(leader, "leader is null");
        requireNonNull(log, "log is null");
        coordinators = ImmutableList.copyOf(coordinators);
        resourceGroups = ImmutableList.copyOf(resourceGroups);
        elections = ImmutableList.copyOf(elections);
        losses = ImmutableList.copyOf(losses);
        requireNonNull(clusters, "clusters is null");
    }
}
