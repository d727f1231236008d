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
package io.prestosql.simulation;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.prestosql.cluster.ClusterState;
import io.prestosql.node.ClusterName;
import io.prestosql.selection.core.ClusterCapacity;
import io.prestosql.selection.core.ClusterLabels;

import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.lang.Math.floorMod;
import static java.util.Objects.requireNonNull;

/**
 * A cluster and its operator, who takes it out and in again. All dispatchers know of that at once, as they would not in reality: so that it is
 * clear which of their decisions are wrong.
 */
final class SimulatedCluster
{
    private final ClusterName name;
    private final OptionalInt maxRunning;
    private final List<SimulatedCoordinator> coordinators;
    private ClusterState state = ClusterState.ACTIVE;

    /**
     * @param coordinators how many; those of two clusters have the same node ids
     */
    SimulatedCluster(ClusterName name, OptionalInt maxRunning, int coordinators, CoordinatorFactory factory)
    {
        this.name = requireNonNull(name, "name is null");
        this.maxRunning = requireNonNull(maxRunning, "maxRunning is null");
        this.coordinators = IntStream.rangeClosed(1, coordinators)
                .mapToObj(number -> factory.create(name, "coordinator-" + number))
                .collect(toImmutableList());
    }

    @FunctionalInterface
    interface CoordinatorFactory
    {
        SimulatedCoordinator create(ClusterName cluster, String nodeId);
    }

    ClusterName name()
    {
        return name;
    }

    OptionalInt maxRunning()
    {
        return maxRunning;
    }

    List<SimulatedCoordinator> coordinators()
    {
        return ImmutableList.copyOf(coordinators);
    }

    ClusterState state()
    {
        return state;
    }

    void setState(ClusterState state)
    {
        this.state = requireNonNull(state, "state is null");
    }

    /**
     * @param available whether a coordinator would start a query now
     */
    ClusterCapacity capacity(boolean available, Variant variant)
    {
        return new ClusterCapacity(
                available && (state == ClusterState.ACTIVE || variant == Variant.SELECT_DRAINED_CLUSTER),
                available && (state != ClusterState.INACTIVE || variant == Variant.SELECT_DRAINED_CLUSTER),
                variant == Variant.IGNORE_LIMIT_OF_CLUSTER ? OptionalInt.empty() : maxRunning,
                1,
                labels());
    }

    /**
     * Returns by what rules know the cluster: every other one is in the same group.
     */
    ClusterLabels labels()
    {
        return new ClusterLabels(ImmutableSet.of("group-" + floorMod(name.value().hashCode(), 2)), ImmutableSet.of(), 1);
    }

    @Override
    public String toString()
    {
        return "%s (%s)".formatted(name, state);
    }
}
