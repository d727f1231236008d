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
package io.prestosql.querylog;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import io.prestosql.querylog.QueryLogConfig.Store;

import java.util.List;
import java.util.Map;

import static java.util.Objects.requireNonNull;

/**
 * How the query log is doing, as one dispatcher sees it.
 *
 * @param available whether the log is open here, and its store has answered the last time it was asked
 * @param members the node ids of the dispatchers on whose disks the log is; empty when it is elsewhere
 * @param entriesBehind on the leader of a log that is on the dispatchers' disks, how many entries each of the others lacks, by node id
 */
public record QueryLogStatus(Store store, boolean available, List<String> members, Map<String, Long> entriesBehind)
{
    public QueryLogStatus
    {
        requireNonNull(store, "store is null");
        members = ImmutableList.copyOf(members);
        entriesBehind = ImmutableSortedMap.copyOf(entriesBehind);
    }

    public static QueryLogStatus elsewhere(Store store, boolean available)
    {
        return new QueryLogStatus(store, available, ImmutableList.of(), Map.of());
    }
}
