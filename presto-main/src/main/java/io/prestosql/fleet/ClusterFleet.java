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
import io.prestosql.cluster.ClusterSettings;
import io.prestosql.cluster.ClusterState;
import io.prestosql.cluster.KnownCluster;
import io.prestosql.node.ClusterName;
import io.prestosql.selection.core.ClusterCapacity;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;

import static java.lang.Math.toIntExact;
import static java.util.Objects.requireNonNull;

/**
 * The coordinators of one cluster, and the clients that call them.
 *
 * @param settings the cluster's settings at the moment; a cluster that was removed is {@link ClusterState#DRAINING draining}
 */
public record ClusterFleet(ClusterName cluster, Supplier<ClusterSettings> settings, ClusterCoordinators coordinators, CoordinatorClient client, AnalysisClient analysisClient)
{
    public ClusterFleet
    {
        requireNonNull(cluster, "cluster is null");
        requireNonNull(settings, "settings is null");
        requireNonNull(coordinators, "coordinators is null");
        requireNonNull(client, "client is null");
        requireNonNull(analysisClient, "analysisClient is null");
    }

    static ClusterFleet of(KnownCluster cluster)
    {
        ClusterServices services = cluster.services();
        return new ClusterFleet(
                cluster.name(),
                cluster::settings,
                services.get(ClusterCoordinators.class),
                services.get(CoordinatorClient.class),
                services.get(AnalysisClient.class));
    }

    /**
     * Returns whether a coordinator of the cluster would start a query now, as far as limits of the cluster allow it.
     */
    boolean takesQueries()
    {
        return settings.get().state() == ClusterState.ACTIVE && coordinators.isAnyAvailable() && coordinators.activeWorkers() >= settings.get().requiredWorkers();
    }

    /**
     * Returns how the cluster is doing, and why it {@link #takesQueries takes no queries}.
     */
    ClusterCondition condition()
    {
        List<CoordinatorCondition> conditions = coordinators.getConditions();
        long activeWorkers = coordinators.activeWorkers();
        return new ClusterCondition(cluster, refusal(settings.get(), conditions, activeWorkers), conditions, toIntExact(activeWorkers), coordinators.isIdle());
    }

    static Optional<String> refusal(ClusterSettings settings, List<CoordinatorCondition> conditions, long activeWorkers)
    {
        if (settings.state() != ClusterState.ACTIVE) {
            return Optional.of("Its state is " + settings.state());
        }
        if (conditions.stream().noneMatch(CoordinatorCondition::takesQueries)) {
            return Optional.of(Unavailability.explain(conditions));
        }
        if (activeWorkers < settings.requiredWorkers()) {
            return Optional.of("It has %s of the %s active workers that cluster.required-workers wants".formatted(activeWorkers, settings.requiredWorkers()));
        }
        return Optional.empty();
    }

    ClusterCapacity capacity()
    {
        ClusterSettings current = settings.get();
        return new ClusterCapacity(
                takesQueries(),
                current.state() != ClusterState.INACTIVE && coordinators.isAnyAnswering(),
                current.maxRunningQueries().map(OptionalInt::of).orElseGet(OptionalInt::empty),
                coordinators.availableProcessors(),
                current.labels());
    }
}
