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
package io.prestosql.memory;

import io.prestosql.node.CoordinatorAddress;

import static java.util.Objects.requireNonNull;

/**
 * An action that {@link LowMemoryDecision} requests. Its coordinator may be the decider itself.
 */
public sealed interface DecisionEffect
{
    /**
     * Ask the coordinator to join the round, and report the outcome.
     */
    record Ask(CoordinatorAddress coordinator, DecisionRound round)
            implements DecisionEffect
    {
        public Ask
        {
            requireNonNull(coordinator, "coordinator is null");
            requireNonNull(round, "round is null");
        }
    }

    /**
     * Give the order. Its outcome need not be reported, because the next round shows it.
     */
    record Order(CoordinatorAddress coordinator, KillOrder order)
            implements DecisionEffect
    {
        public Order
        {
            requireNonNull(coordinator, "coordinator is null");
            requireNonNull(order, "order is null");
        }
    }
}
