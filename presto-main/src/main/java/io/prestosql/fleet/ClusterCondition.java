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

import com.google.common.collect.ImmutableList;
import io.prestosql.node.ClusterName;

import java.util.List;
import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * The condition of a cluster, as a dispatcher sees it.
 *
 * @param refusal why it takes no queries even when it runs none: a sentence without its full stop, which names no address; empty when it
 * takes them
 * @param coordinators ordered by node id
 * @param activeWorkers the number of its workers that run tasks
 * @param idle whether no coordinator has a query, as far as is known
 */
public record ClusterCondition(ClusterName cluster, Optional<String> refusal, List<CoordinatorCondition> coordinators, int activeWorkers, boolean idle)
{
    public ClusterCondition
    {
        requireNonNull(cluster, "cluster is null");
        requireNonNull(refusal, "refusal is null");
        coordinators = ImmutableList.copyOf(coordinators);
    }

    /**
     * Returns the time in milliseconds since a coordinator has answered; empty when none ever has.
     */
    public Optional<Long> answerAgeMillis()
    {
        return coordinators.stream()
                .flatMap(coordinator -> coordinator.answerAgeMillis().stream())
                .min(Long::compare);
    }

    /**
     * Returns how many transactions clients hold open, as far as coordinators tell.
     */
    public int openTransactions()
    {
        return coordinators.stream()
                .mapToInt(coordinator -> coordinator.openTransactions().orElse(0))
                .sum();
    }
}
