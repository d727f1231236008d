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
package io.prestosql.dispatcher.admission;

import io.trino.server.ResourceGroupInfo;
import io.trino.spi.resourcegroups.ResourceGroupState;

import static java.util.Objects.requireNonNull;

/**
 * The load and the limits of a resource group, its subgroups included.
 *
 * @param name the names of the groups on the path to it, with dots between them
 * @param depth the number of groups that contain it
 */
public record GroupLoad(
        String name,
        int depth,
        ResourceGroupState state,
        int runningQueries,
        int queuedQueries,
        int softConcurrencyLimit,
        int hardConcurrencyLimit,
        int maxQueuedQueries,
        long memoryBytes,
        long softMemoryLimitBytes,
        long cpuMillis)
{
    public GroupLoad
    {
        requireNonNull(name, "name is null");
        requireNonNull(state, "state is null");
    }

    /**
     * @param hardConcurrencyLimit the configured limit, even while the group may run no queries
     */
    static GroupLoad of(ResourceGroupInfo group, int hardConcurrencyLimit)
    {
        return new GroupLoad(
                group.id().toString(),
                group.id().getSegments().size() - 1,
                group.state(),
                group.numRunningQueries(),
                group.numQueuedQueries(),
                group.softConcurrencyLimit(),
                hardConcurrencyLimit,
                group.maxQueuedQueries(),
                group.memoryUsage().toBytes(),
                group.softMemoryLimit().toBytes(),
                group.cpuUsage().toMillis());
    }
}
