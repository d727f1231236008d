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
 * @param leased the identity of the log from whose dispatchers the coordinator has its lease
 * @param refused the identity of the other log
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
        return "Two queues want one cluster: coordinator %s has a lease from the dispatchers of query log %s, and takes no queries from those of %s".formatted(coordinator, leased, refused) +
                ". All dispatchers of a cluster have to share one query log: set query-log.peers, or query-log.store=postgresql, on all of them";
    }
}
