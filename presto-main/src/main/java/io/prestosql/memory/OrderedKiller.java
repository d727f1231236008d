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
import io.trino.memory.LowMemoryKiller;
import io.trino.memory.MemoryInfo;

import java.util.List;
import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * Gives the engine's memory manager, when it sees that memory is out, the victim that the decider has ordered this coordinator to kill, if
 * any. So the engine itself kills, counts and logs, and its own limits of single queries are unaffected.
 */
public class OrderedKiller
        implements LowMemoryKiller
{
    private final KillOrders orders;

    @Inject
    public OrderedKiller(KillOrders orders)
    {
        this.orders = requireNonNull(orders, "orders is null");
    }

    @Override
    public Optional<KillTarget> chooseTargetToKill(List<RunningQueryInfo> runningQueries, List<MemoryInfo> nodes)
    {
        return orders.take(System.nanoTime()).map(Victim::toKillTarget);
    }
}
