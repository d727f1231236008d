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

import com.google.common.collect.ImmutableSortedMap;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

/**
 * The definition of a cluster that an operator has given by a call.
 *
 * @param properties as a file of the cluster would have them; they may be secret
 * @param user who has given it
 * @param address the network address of the operator's client; empty when it is not known
 * @param time when the leader took the order, on its own clock
 */
public record OrderedDefinition(Map<String, String> properties, String user, Optional<String> address, Instant time)
        implements OrderedFact
{
    public OrderedDefinition
    {
        properties = ImmutableSortedMap.copyOf(properties);
        requireNonNull(user, "user is null");
        requireNonNull(address, "address is null");
        requireNonNull(time, "time is null");
    }

    /**
     * Returns the properties for people, with the values of those that are certainly no secrets.
     */
    @Override
    public String describe()
    {
        return properties.entrySet().stream()
                .map(property -> property.getKey() + "=" + (isSecret(property.getKey()) ? "…" : property.getValue()))
                .collect(joining(", ", "[", "]"));
    }

    private static boolean isSecret(String property)
    {
        return !property.startsWith("cluster.") && !property.equals("discovery.uri") && !property.equals("node.environment");
    }

    @Override
    public String toString()
    {
        return "OrderedDefinition%s".formatted(describe());
    }
}
