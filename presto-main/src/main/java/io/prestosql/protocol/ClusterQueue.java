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
package io.prestosql.protocol;

import io.prestosql.node.ClusterName;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

/**
 * The queue of one cluster, as the leader names it to the cluster's coordinators. So a coordinator that dispatchers reach under the names of
 * two clusters keeps to one of them, as it keeps to the dispatchers of one query log.
 *
 * @param log the identity of the query log
 */
public record ClusterQueue(String log, ClusterName cluster)
{
    /** An identity of a log does not have it. */
    private static final char SEPARATOR = '#';

    public ClusterQueue
    {
        requireNonNull(log, "log is null");
        requireNonNull(cluster, "cluster is null");
        checkArgument(log.indexOf(SEPARATOR) < 0, "The identity of a query log has a '#': %s", log);
    }

    /**
     * Reads what {@link #toString} writes.
     */
    public static ClusterQueue parse(String queue)
    {
        int end = queue.indexOf(SEPARATOR);
        return end < 0 ? new ClusterQueue(queue, ClusterName.DEFAULT) : new ClusterQueue(queue.substring(0, end), new ClusterName(queue.substring(end + 1)));
    }

    /**
     * Returns the identity of the log, and the cluster unless it is the default one, as nodes know it that know only one cluster.
     */
    @Override
    public String toString()
    {
        return cluster.isDefault() ? log : log + SEPARATOR + cluster;
    }
}
