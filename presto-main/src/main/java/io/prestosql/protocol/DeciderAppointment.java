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
package io.prestosql.protocol;

import com.google.common.collect.ImmutableList;
import io.prestosql.node.CoordinatorAddress;

import java.util.List;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

/**
 * The leader's appointment of a coordinator as the decider.
 *
 * @param nodeId the decider
 * @param number grows whenever the leader appoints another coordinator; counts from 1 in each epoch
 * @param coordinators the coordinators that the leader does not know to be dead
 */
public record DeciderAppointment(String nodeId, long number, List<CoordinatorAddress> coordinators)
{
    public DeciderAppointment
    {
        requireNonNull(nodeId, "nodeId is null");
        checkArgument(number > 0, "number is not positive");
        coordinators = coordinators == null ? ImmutableList.of() : ImmutableList.copyOf(coordinators);
    }
}
