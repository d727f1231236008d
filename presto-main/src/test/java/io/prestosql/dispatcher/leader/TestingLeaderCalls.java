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
package io.prestosql.dispatcher.leader;

import io.airlift.units.Duration;
import io.trino.dispatcher.DispatchExecutor;

import java.net.URI;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Creates calls to a leader that tests name.
 */
public final class TestingLeaderCalls
{
    private TestingLeaderCalls() {}

    /**
     * @param otherLeader the internal address of another dispatcher that leads
     */
    public static LeaderCalls createLeaderCalls(BooleanSupplier leading, Supplier<Optional<URI>> otherLeader, Duration timeout, DispatchExecutor executor)
    {
        return new LeaderCalls(leading, otherLeader, _ -> {}, timeout, executor.getExecutor(), executor.getScheduledExecutor());
    }
}
