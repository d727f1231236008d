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

import com.google.inject.Inject;
import io.trino.memory.KillTarget;
import io.trino.memory.LeastWastedEffortTaskLowMemoryKiller;
import io.trino.memory.LowMemoryKiller;
import io.trino.memory.LowMemoryKiller.RunningQueryInfo;
import io.trino.memory.MemoryInfo;
import io.trino.memory.MemoryManagerConfig;
import io.trino.memory.NoneLowMemoryKiller;
import io.trino.memory.TotalReservationLowMemoryKiller;
import io.trino.memory.TotalReservationOnBlockedNodesQueryLowMemoryKiller;
import io.trino.memory.TotalReservationOnBlockedNodesTaskLowMemoryKiller;

import java.util.List;
import java.util.Optional;

/**
 * Applies the engine's own policies, {@code task.low-memory-killer.policy} first, then {@code query.low-memory-killer.policy}.
 */
public class EngineVictimPolicy
        implements VictimPolicy
{
    private final LowMemoryKiller taskKiller;
    private final LowMemoryKiller queryKiller;

    @Inject
    public EngineVictimPolicy(MemoryManagerConfig config)
    {
        this.taskKiller = switch (config.getLowMemoryTaskKillerPolicy()) {
            case NONE -> new NoneLowMemoryKiller();
            case TOTAL_RESERVATION_ON_BLOCKED_NODES -> new TotalReservationOnBlockedNodesTaskLowMemoryKiller();
            case LEAST_WASTE -> new LeastWastedEffortTaskLowMemoryKiller();
        };
        this.queryKiller = switch (config.getLowMemoryQueryKillerPolicy()) {
            case NONE -> new NoneLowMemoryKiller();
            case TOTAL_RESERVATION -> new TotalReservationLowMemoryKiller();
            case TOTAL_RESERVATION_ON_BLOCKED_NODES -> new TotalReservationOnBlockedNodesQueryLowMemoryKiller();
        };
    }

    @Override
    public Optional<KillTarget> choose(List<RunningQueryInfo> runningQueries, List<MemoryInfo> nodes)
    {
        return taskKiller.chooseTargetToKill(runningQueries, nodes)
                .or(() -> queryKiller.chooseTargetToKill(runningQueries, nodes));
    }
}
