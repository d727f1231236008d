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
package io.prestosql.queue.core;

import io.prestosql.node.CoordinatorIncarnation;

import java.time.Instant;
import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * The loss of a coordinator's incarnation, as a dispatcher remembers it.
 *
 * @param time when the dispatcher found out, on its own clock
 * @param ageMillis how long ago that was
 * @param reason how the dispatcher knew of the loss
 * @param epoch the epoch in which the dispatcher led then; empty when it did not lead
 * @param fates the fates of the queries that were there; known only on the leader
 */
public record CoordinatorLoss(Instant time, long ageMillis, CoordinatorIncarnation coordinator, String reason, Optional<Long> epoch, Optional<QueryFates> fates)
{
    public CoordinatorLoss
    {
        requireNonNull(time, "time is null");
        requireNonNull(coordinator, "coordinator is null");
        requireNonNull(reason, "reason is null");
        requireNonNull(epoch, "epoch is null");
        requireNonNull(fates, "fates is null");
    }
}
