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
package io.prestosql.dispatcher.gateway;

import io.prestosql.dispatcher.clusters.ClusterReport;
import io.prestosql.dispatcher.clusters.ClusterReport.ReportedCoordinator;

import static java.util.Objects.requireNonNull;

/**
 * What a cluster does, in the words of Trino Gateway. Its JSON is that of Trino Gateway.
 *
 * @param runningQueryCount how many queries it has, or is about to get
 * @param queuedQueryCount always 0: queries wait in front of the clusters
 */
public record BackendState(
        String clusterId,
        int runningQueryCount,
        int queuedQueryCount,
        int numWorkerNodes,
        TrinoStatus trinoStatus,
        String proxyTo,
        String externalUrl,
        String routingGroup)
{
    /**
     * The condition of a cluster, whether it is active or not.
     */
    public enum TrinoStatus
    {
        /** No coordinator has answered yet. */
        PENDING,
        /** It would get queries while it is active and not full. */
        HEALTHY,
        UNHEALTHY,
    }

    public BackendState
    {
        requireNonNull(clusterId, "clusterId is null");
        requireNonNull(trinoStatus, "trinoStatus is null");
        requireNonNull(proxyTo, "proxyTo is null");
        requireNonNull(externalUrl, "externalUrl is null");
        requireNonNull(routingGroup, "routingGroup is null");
    }

    /**
     * @param cluster as the leader sees it, since the others do not know all that runs
     */
    static BackendState of(ClusterReport cluster)
    {
        Backend backend = Backend.of(cluster);
        return new BackendState(
                backend.name(),
                // a script that waits for 0 before it stops the cluster must not miss queries that only a coordinator knows
                Math.max(cluster.runningQueries().orElse(0), cluster.coordinators().stream().mapToInt(ReportedCoordinator::queries).sum()),
                0,
                cluster.activeWorkers(),
                status(cluster),
                backend.proxyTo(),
                backend.externalUrl(),
                backend.routingGroup());
    }

    private static TrinoStatus status(ClusterReport cluster)
    {
        if (cluster.answerAgeMillis().isEmpty()) {
            return TrinoStatus.PENDING;
        }
        boolean takesQueries = cluster.activeWorkers() >= cluster.requiredWorkers() && cluster.coordinators().stream().anyMatch(ReportedCoordinator::takesQueries);
        return takesQueries ? TrinoStatus.HEALTHY : TrinoStatus.UNHEALTHY;
    }
}
