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
import io.trino.execution.TaskInfo;
import io.trino.operator.RetryPolicy;
import io.trino.spi.QueryId;

import java.util.List;

import static java.util.Objects.requireNonNull;

/**
 * A running query, as the engine's policies need it.
 *
 * @param totalMemoryBytes memory reserved on all nodes
 * @param overcommit whether the query's own coordinator kills it as soon as it sees that memory is out: {@code resource_overcommit}
 * @param tasks the tasks that have memory on nodes without free memory, if the query retries tasks; otherwise empty, because no policy
 * looks at tasks of other queries
 */
public record RunningQuery(QueryId queryId, long totalMemoryBytes, RetryPolicy retryPolicy, boolean overcommit, List<TaskInfo> tasks)
{
    public RunningQuery
    {
        requireNonNull(queryId, "queryId is null");
        requireNonNull(retryPolicy, "retryPolicy is null");
        tasks = tasks == null ? ImmutableList.of() : ImmutableList.copyOf(tasks);
    }
}
