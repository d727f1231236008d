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

import io.prestosql.node.CoordinatorAddress;
import io.prestosql.protocol.DeciderAppointment;

import java.util.List;
import java.util.Optional;
import java.util.Set;

import static java.util.Comparator.naturalOrder;

/**
 * Makes the leader's choice of the decider. A choice stays until that coordinator does not answer, as each change costs the new decider a
 * wait for silent coordinators.
 */
public final class DeciderChoice
{
    private long epoch;
    private long number;
    private Optional<String> decider = Optional.empty();

    /**
     * @param epoch the epoch in which the dispatcher leads
     * @param coordinators all coordinators that are not known to be dead
     * @param answering the node ids of the coordinators that answer
     * @return empty when no coordinator has answered yet in this epoch, or when the epoch is over
     */
    public synchronized Optional<DeciderAppointment> appoint(long epoch, List<CoordinatorAddress> coordinators, Set<String> answering)
    {
        if (epoch < this.epoch) {
            return Optional.empty();
        }
        if (epoch > this.epoch) {
            this.epoch = epoch;
            number = 0;
            decider = Optional.empty();
        }
        if (decider.filter(answering::contains).isEmpty()) {
            Optional<String> next = answering.stream().min(naturalOrder());
            if (next.isPresent()) {
                decider = next;
                number++;
            }
        }
        return decider.map(nodeId -> new DeciderAppointment(nodeId, number, coordinators));
    }
}
