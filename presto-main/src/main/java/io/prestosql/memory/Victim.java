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

import com.google.common.collect.ImmutableSet;
import io.trino.execution.TaskId;
import io.trino.memory.KillTarget;
import io.trino.spi.QueryId;
import io.trino.spi.memory.MemoryPoolInfo;

import java.util.Optional;
import java.util.Set;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

/**
 * A query, or tasks, to kill in order to free memory.
 *
 * @param query the query; empty when tasks are killed
 * @param tasks the tasks; empty when a query is killed
 */
public record Victim(Optional<QueryId> query, Set<TaskId> tasks)
{
    public Victim
    {
        requireNonNull(query, "query is null");
        tasks = tasks == null ? ImmutableSet.of() : ImmutableSet.copyOf(tasks);
        checkArgument(query.isPresent() == tasks.isEmpty(), "either a query or tasks must be given");
    }

    public static Victim query(QueryId query)
    {
        return new Victim(Optional.of(query), ImmutableSet.of());
    }

    public static Victim tasks(Set<TaskId> tasks)
    {
        return new Victim(Optional.empty(), tasks);
    }

    public KillTarget toKillTarget()
    {
        return query.map(KillTarget::wholeQuery).orElseGet(() -> KillTarget.selectedTasks(tasks));
    }

    /**
     * Returns whether the victim still has memory in the pool.
     */
    public boolean isIn(MemoryPoolInfo pool)
    {
        return query.map(pool.getQueryMemoryReservations()::containsKey)
                .orElseGet(() -> tasks.stream().map(TaskId::toString).anyMatch(pool.getTaskMemoryReservations()::containsKey));
    }
}
