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

import io.trino.metadata.NodeState;

import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * How a coordinator is doing, as a dispatcher sees it.
 *
 * @param takesQueries whether it would start a query now
 * @param leased whether it has a lease, as it has said last
 * @param state what it has said last of its state; empty when its process is dead, or has not been reached yet
 * @param queries how many queries it has that are not done
 * @param activeWorkers how many nodes run tasks for it
 * @param answerAgeMillis how long ago it has answered last, which is the age of its lease if it has one
 */
public record CoordinatorCondition(
        String nodeId,
        CoordinatorHealth health,
        boolean takesQueries,
        boolean leased,
        Optional<NodeState> state,
        int queries,
        int activeWorkers,
        long clusterMemoryBytes,
        long availableProcessors,
        Optional<Long> answerAgeMillis)
{
    public CoordinatorCondition
    {
        requireNonNull(nodeId, "nodeId is null");
        requireNonNull(health, "health is null");
        requireNonNull(state, "state is null");
        requireNonNull(answerAgeMillis, "answerAgeMillis is null");
    }
}
