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
package io.prestosql.selection.core;

import java.util.OptionalInt;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

/**
 * What a cluster takes at the moment.
 *
 * @param takesQueries whether it takes queries
 * @param takesTransactions whether it takes statements of the transactions that it has
 * @param maxRunning how many queries it runs at the same time; empty without such a limit
 * @param processors the processors of its workers; 0 when that is not known
 * @param labels by what rules know it
 */
public record ClusterCapacity(boolean takesQueries, boolean takesTransactions, OptionalInt maxRunning, long processors, ClusterLabels labels)
{
    public ClusterCapacity
    {
        requireNonNull(maxRunning, "maxRunning is null");
        requireNonNull(labels, "labels is null");
        checkArgument(processors >= 0, "processors is negative");
    }

    /**
     * Describes a cluster that rules know only by its name.
     */
    public ClusterCapacity(boolean takesQueries, boolean takesTransactions, OptionalInt maxRunning, long processors)
    {
        this(takesQueries, takesTransactions, maxRunning, processors, ClusterLabels.NONE);
    }

    /**
     * @param running how many queries the cluster has
     * @param bound whether the query can go to no other cluster, as that has its transaction
     */
    public boolean hasRoom(int running, boolean bound)
    {
        return (bound ? takesTransactions : takesQueries) && !isFull(running);
    }

    /**
     * @param running how many queries the cluster has
     */
    boolean isFull(int running)
    {
        return maxRunning.isPresent() && running >= maxRunning.getAsInt();
    }
}
