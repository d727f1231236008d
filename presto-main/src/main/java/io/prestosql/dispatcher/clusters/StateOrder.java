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
package io.prestosql.dispatcher.clusters;

import io.prestosql.cluster.ClusterState;

import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * An operator's order for the state of a cluster.
 *
 * @param state empty to let the state of the definition count again
 * @param user who orders it
 * @param address the network address of the operator's client; empty when it is not known
 */
public record StateOrder(Optional<ClusterState> state, String user, Optional<String> address)
{
    public StateOrder
    {
        requireNonNull(state, "state is null");
        requireNonNull(user, "user is null");
        requireNonNull(address, "address is null");
    }
}
