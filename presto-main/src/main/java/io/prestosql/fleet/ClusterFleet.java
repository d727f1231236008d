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
package io.prestosql.fleet;

import io.prestosql.cluster.ClusterServices;
import io.prestosql.cluster.KnownCluster;
import io.prestosql.node.ClusterName;

import java.util.function.BooleanSupplier;

import static java.util.Objects.requireNonNull;

/**
 * The coordinators of one cluster, and the clients that call them.
 *
 * @param open whether the cluster takes queries, as far as its settings say
 */
public record ClusterFleet(ClusterName cluster, BooleanSupplier open, ClusterCoordinators coordinators, CoordinatorClient client, AnalysisClient analysisClient)
{
    public ClusterFleet
    {
        requireNonNull(cluster, "cluster is null");
        requireNonNull(open, "open is null");
        requireNonNull(coordinators, "coordinators is null");
        requireNonNull(client, "client is null");
        requireNonNull(analysisClient, "analysisClient is null");
    }

    static ClusterFleet of(KnownCluster cluster)
    {
        ClusterServices services = cluster.services();
        ClusterCoordinators coordinators = services.get(ClusterCoordinators.class);
        return new ClusterFleet(
                cluster.name(),
                () -> cluster.takesQueries() && coordinators.activeWorkers() >= cluster.settings().requiredWorkers(),
                coordinators,
                services.get(CoordinatorClient.class),
                services.get(AnalysisClient.class));
    }

    boolean takesQueries()
    {
        return open.getAsBoolean();
    }
}
