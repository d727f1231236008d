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

import static com.google.common.base.Preconditions.checkArgument;

/**
 * The waiting times of the queue's leader, in nanoseconds of its monotonic clock.
 *
 * @param giveUp the time without an answer after which a coordinator's lease is certainly over, counted from the last answer or the
 * election, the later of the two
 * @param retry the time after which a failed step is tried again
 */
public record QueueTimes(long giveUp, long retry)
{
    public QueueTimes
    {
        checkArgument(giveUp > 0, "giveUp is not positive");
        checkArgument(retry > 0, "retry is not positive");
    }
}
