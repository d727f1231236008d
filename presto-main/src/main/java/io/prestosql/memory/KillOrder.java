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

import static java.util.Objects.requireNonNull;

/**
 * The decider's order to a coordinator to kill a query or tasks that it runs.
 *
 * @param round the round in which the victim was chosen
 */
public record KillOrder(DecisionRound round, Victim victim)
{
    public KillOrder
    {
        requireNonNull(round, "round is null");
        requireNonNull(victim, "victim is null");
    }
}
