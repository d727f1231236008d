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

import com.google.common.collect.ImmutableMap;

import java.util.Map;
import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * An operator's order to define a cluster, or to remove it.
 *
 * @param properties as a file of the cluster would have them; empty to remove the cluster. They may be secret.
 * @param user who orders it
 * @param address the network address of the operator's client; empty when it is not known
 */
public record DefinitionOrder(Optional<Map<String, String>> properties, String user, Optional<String> address)
{
    public DefinitionOrder
    {
        properties = properties.map(ImmutableMap::copyOf);
        requireNonNull(user, "user is null");
        requireNonNull(address, "address is null");
    }

    @Override
    public String toString()
    {
        // secrets stay out of logs
        return "DefinitionOrder[properties=%s, user=%s]".formatted(properties.map(Map::keySet), user);
    }
}
