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
 * The state of the query log, as one dispatcher sees it.
 *
 * @param available whether the log is open here, and its store answered the last call
 * @param members the node ids of the dispatchers that keep the log on their disks; empty when it is kept elsewhere
 * @param entriesBehind on the leader of an embedded log, how many entries each of the other members lacks, by node id
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
