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

import java.time.Instant;
import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * The state that an operator has ordered for a cluster. It goes before that of the definition until it is cleared.
 *
 * @param user who has ordered it
 * @param address the network address of the operator's client; empty when it is not known
 * @param time when the leader took the order, on its own clock
 */
public record OrderedState(ClusterState state, String user, Optional<String> address, Instant time)
        implements OrderedFact
{
    public OrderedState
    {
        requireNonNull(state, "state is null");
        requireNonNull(user, "user is null");
        requireNonNull(address, "address is null");
        requireNonNull(time, "time is null");
    }

    @Override
    public String describe()
    {
        return state.name();
    }
}
