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

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.trino.execution.StageId;
import io.trino.execution.TaskId;
import io.trino.memory.KillTarget;
import io.trino.memory.LowMemoryKiller.RunningQueryInfo;
import io.trino.memory.MemoryInfo;
import io.trino.memory.MemoryManagerConfig;
import io.trino.memory.MemoryManagerConfig.LowMemoryQueryKillerPolicy;
import io.trino.memory.MemoryManagerConfig.LowMemoryTaskKillerPolicy;
import io.trino.operator.RetryPolicy;
import io.trino.spi.QueryId;
import io.trino.spi.memory.MemoryPoolInfo;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;

public class TestEngineVictimPolicy
{
    /** Has the most memory of all queries. */
    private static final QueryId BIG = new QueryId("big");
    /** On nodes without free memory, has the most memory of the queries that do not retry tasks. */
    private static final QueryId BLOCKING = new QueryId("blocking");
    /** Retries tasks. */
    private static final QueryId RETRYING = new QueryId("retrying");
    private static final TaskId TASK = new TaskId(new StageId(RETRYING, 0), 0, 0);

    private static final List<RunningQueryInfo> QUERIES = ImmutableList.of(
            new RunningQueryInfo(BIG, 1000, ImmutableMap.of(), RetryPolicy.NONE),
            new RunningQueryInfo(BLOCKING, 60, ImmutableMap.of(), RetryPolicy.QUERY),
            new RunningQueryInfo(RETRYING, 40, ImmutableMap.of(), RetryPolicy.TASK));
    private static final List<MemoryInfo> NODES = ImmutableList.of(
            node(2000, Map.of(BIG, 1000L), Map.of()),
            node(100, Map.of(BLOCKING, 60L, RETRYING, 40L), Map.of(TASK.toString(), 40L)));

    @Test
    public void testAllPolicies()
    {
        for (LowMemoryTaskKillerPolicy taskPolicy : LowMemoryTaskKillerPolicy.values()) {
            for (LowMemoryQueryKillerPolicy queryPolicy : LowMemoryQueryKillerPolicy.values()) {
                Optional<KillTarget> expected = switch (taskPolicy) {
                    case TOTAL_RESERVATION_ON_BLOCKED_NODES, LEAST_WASTE -> Optional.of(KillTarget.selectedTasks(Set.of(TASK)));
                    case NONE -> queryVictim(queryPolicy);
                };
                EngineVictimPolicy policy = new EngineVictimPolicy(new MemoryManagerConfig()
                        .setLowMemoryTaskKillerPolicy(taskPolicy)
                        .setLowMemoryQueryKillerPolicy(queryPolicy));
                assertThat(policy.choose(QUERIES, NODES)).as("%s, %s", taskPolicy, queryPolicy).isEqualTo(expected);
            }
        }
    }

    private static Optional<KillTarget> queryVictim(LowMemoryQueryKillerPolicy policy)
    {
        return switch (policy) {
            case NONE -> Optional.empty();
            case TOTAL_RESERVATION -> Optional.of(KillTarget.wholeQuery(BIG));
            case TOTAL_RESERVATION_ON_BLOCKED_NODES -> Optional.of(KillTarget.wholeQuery(BLOCKING));
        };
    }

    @Test
    public void testQueryIsChosenWhenThereAreNoTasks()
    {
        assertThat(new EngineVictimPolicy(new MemoryManagerConfig()).choose(QUERIES.subList(0, 2), NODES)).contains(KillTarget.wholeQuery(BLOCKING));
    }

    private static MemoryInfo node(long maxBytes, Map<QueryId, Long> queries, Map<String, Long> tasks)
    {
        long reserved = queries.values().stream().mapToLong(Long::longValue).sum();
        return new MemoryInfo(1, new MemoryPoolInfo(maxBytes, reserved, 0, queries, ImmutableMap.of(), ImmutableMap.of(), tasks, ImmutableMap.of()));
    }
}
