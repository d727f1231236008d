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

import java.util.Map;
import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * The user who gives an order.
 *
 * @param address the network address of the user's client; empty when it is not known
 */
public record Operator(String user, Optional<String> address)
{
    public Operator
    {
        requireNonNull(user, "user is null");
        requireNonNull(address, "address is null");
    }

    /**
     * @param state empty to let the state of the definition count again
     */
    public StateOrder orderState(Optional<ClusterState> state)
    {
        return new StateOrder(state, user, address);
    }

    /**
     * @param properties as a file of the cluster would have them; empty to remove the cluster
     */
    public DefinitionOrder orderDefinition(Optional<Map<String, String>> properties)
    {
        return new DefinitionOrder(properties, user, address);
    }
}
