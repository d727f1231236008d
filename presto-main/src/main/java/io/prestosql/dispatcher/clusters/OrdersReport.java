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
import io.prestosql.node.ClusterName;

import java.util.Map;

/**
 * What the leader says about operators' orders for clusters.
 *
 * @param epoch the epoch in which it leads, or has led until a moment ago
 * @param definitions they may be secret
 * @param readers the dispatchers that are known to read lasting records, by node id, with the milliseconds since each has asked a leader for
 * orders
 */
public record OrdersReport(long epoch, Map<ClusterName, OrderedState> states, Map<ClusterName, OrderedDefinition> definitions, Map<String, Long> readers)
{
    public OrdersReport
    {
        states = ImmutableSortedMap.copyOf(states);
        definitions = ImmutableSortedMap.copyOf(definitions);
        // a leader of a build between 476-1 and this one does not tell
        readers = readers == null ? ImmutableSortedMap.of() : ImmutableSortedMap.copyOf(readers);
    }
}
