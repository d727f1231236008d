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

import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * A coordinator's answer to a decider that asks it to join a round.
 *
 * @param nodeId the coordinator that answers
 * @param joined the last round that it has joined
 * @param report empty when the coordinator does not join, because it has joined a later round or already joined this one, or knows a later
 * appointment
 */
public record RoundAnswer(String nodeId, Optional<DecisionRound> joined, Optional<MemoryReport> report)
{
    public RoundAnswer
    {
        requireNonNull(nodeId, "nodeId is null");
        requireNonNull(joined, "joined is null");
        requireNonNull(report, "report is null");
    }
}
