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

import com.google.common.collect.ImmutableSet;
import io.prestosql.node.ClusterName;
import io.prestosql.spi.selection.ClusterTarget;

import java.util.Set;

import static com.google.common.base.Preconditions.checkArgument;

/**
 * By what rules know a cluster, beside its name.
 *
 * @param routingGroups the groups that it is in
 * @param tags what rules may demand of a cluster
 * @param weight its share of the queries of its group, where they are given by weight; at least 1
 */
public record ClusterLabels(Set<String> routingGroups, Set<String> tags, int weight)
{
    public static final ClusterLabels NONE = new ClusterLabels(ImmutableSet.of(), ImmutableSet.of(), 1);

    public ClusterLabels
    {
        routingGroups = ImmutableSet.copyOf(routingGroups);
        tags = ImmutableSet.copyOf(tags);
        checkArgument(weight > 0, "weight is not positive");
    }

    /**
     * Returns whether the cluster with this name and these labels is one of the target's.
     */
    public boolean match(ClusterName name, ClusterTarget target)
    {
        return switch (target) {
            case ClusterTarget.AnyCluster _ -> true;
            case ClusterTarget.RoutingGroup(String group) -> routingGroups.contains(group);
            case ClusterTarget.NamedCluster(String cluster) -> cluster.equals(name.value());
        };
    }
}
