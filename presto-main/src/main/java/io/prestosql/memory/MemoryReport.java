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
import io.trino.spi.QueryId;

import java.util.List;

/**
 * A coordinator's report of the queries that could be killed.
 *
 * @param running the running queries
 * @param ending queries that are not yet or no longer running, and may have memory on workers
 * @param victims victims that were killed recently, or are about to be
 */
public record MemoryReport(List<RunningQuery> running, List<QueryId> ending, List<VictimReport> victims)
{
    public MemoryReport
    {
        running = running == null ? ImmutableList.of() : ImmutableList.copyOf(running);
        ending = ending == null ? ImmutableList.of() : ImmutableList.copyOf(ending);
        victims = victims == null ? ImmutableList.of() : ImmutableList.copyOf(victims);
    }
}
