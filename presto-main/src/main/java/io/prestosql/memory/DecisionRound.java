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

import java.util.Comparator;

import static java.util.Comparator.comparing;
import static java.util.Objects.requireNonNull;

/**
 * One attempt to find a victim: the decider asks every coordinator what it runs, and chooses when all have answered. Rounds are ordered: a
 * coordinator that has joined a round does not join an earlier one, and takes no orders of an earlier one.
 *
 * @param epoch epoch of the leader that has named the decider
 * @param appointment number of the appointment in that epoch
 * @param number grows with each round of an appointment
 * @param nodeId the decider
 */
public record DecisionRound(long epoch, long appointment, long number, String nodeId)
        implements Comparable<DecisionRound>
{
    private static final Comparator<DecisionRound> ORDER = comparing(DecisionRound::epoch)
            .thenComparing(DecisionRound::appointment)
            .thenComparing(DecisionRound::number)
            .thenComparing(DecisionRound::nodeId);

    public DecisionRound
    {
        requireNonNull(nodeId, "nodeId is null");
    }

    @Override
    public int compareTo(DecisionRound other)
    {
        return ORDER.compare(this, other);
    }

    /**
     * Returns whether the decider was named before the given appointment.
     */
    public boolean isBefore(long epoch, long appointment)
    {
        return this.epoch < epoch || (this.epoch == epoch && this.appointment < appointment);
    }
}
