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

import java.util.Optional;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

/**
 * A dispatcher's claim that it leads the queue.
 *
 * @param epoch the epoch in which it leads
 * @param renewal the coordinator's stamp from before the dispatcher last made sure that it leads
 * @param decider the appointment of the decider
 * @param queue the identity of the log that has elected the dispatcher; empty when it is not known, and from nodes of release 476-1
 */
public record LeaderClaim(long epoch, Optional<Stamp> renewal, Optional<DeciderAppointment> decider, Optional<String> queue)
{
    public LeaderClaim
    {
        checkArgument(epoch > 0, "epoch is not positive");
        requireNonNull(renewal, "renewal is null");
        requireNonNull(decider, "decider is null");
        requireNonNull(queue, "queue is null");
    }
}
