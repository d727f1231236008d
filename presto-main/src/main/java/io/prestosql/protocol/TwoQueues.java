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

import static java.util.Objects.requireNonNull;

/**
 * A conflict: the dispatchers of two query logs want one coordinator.
 *
 * @param coordinator the coordinator's node id
 * @param leased the {@link ClusterQueue} from whose dispatchers the coordinator has its lease
 * @param refused the other one
 */
public record TwoQueues(String coordinator, String leased, String refused)
{
    public TwoQueues
    {
        requireNonNull(coordinator, "coordinator is null");
        requireNonNull(leased, "leased is null");
        requireNonNull(refused, "refused is null");
    }

    /**
     * Returns the message with which both sides report the conflict.
     */
    public String message()
    {
        ClusterQueue leasedQueue = ClusterQueue.parse(leased);
        ClusterQueue refusedQueue = ClusterQueue.parse(refused);
        if (leasedQueue.log().equals(refusedQueue.log())) {
            return "One coordinator is in two clusters: coordinator %s has a lease as one of cluster %s, and takes no queries as one of cluster %s. Remove it from one of them: see discovery.uri in the files of both clusters"
                    .formatted(coordinator, leasedQueue.cluster(), refusedQueue.cluster());
        }
        return "Two queues want one cluster: coordinator %s has a lease from the dispatchers of query log %s, and takes no queries from those of %s".formatted(coordinator, leased, refused) +
                ". All dispatchers of a cluster have to share one query log: set query-log.peers, or query-log.store=postgresql, on all of them";
    }
}
