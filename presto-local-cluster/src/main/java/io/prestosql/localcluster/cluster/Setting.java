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
package io.prestosql.localcluster.cluster;

import com.google.common.collect.ImmutableList;
import io.prestosql.localcluster.node.ClusterNode;

import java.util.List;
import java.util.Optional;

import static io.prestosql.localcluster.node.ClusterNode.SERVER_ROLES;
import static java.util.Objects.requireNonNull;

/**
 * Something that a user has asked for in some nodes' configuration.
 *
 * @param who a role, a cluster's name, a node's name, or {@code all}
 */
public record Setting<T>(String who, T value)
{
    public static final String ALL = "all";

    public Setting
    {
        requireNonNull(who, "who is null");
        requireNonNull(value, "value is null");
    }

    /**
     * Returns the values for a node, the more specific ones later: for all nodes, for its roles, for its cluster, for itself.
     */
    static <T> List<T> select(List<Setting<T>> settings, ClusterNode node)
    {
        ImmutableList.Builder<T> values = ImmutableList.builder();
        settings.stream().filter(setting -> setting.who.equals(ALL)).forEach(setting -> values.add(setting.value));
        settings.stream().filter(setting -> setting.isForRole() && node.hasRole(setting.who)).forEach(setting -> values.add(setting.value));
        settings.stream().filter(setting -> node.cluster().equals(Optional.of(setting.who))).forEach(setting -> values.add(setting.value));
        settings.stream().filter(setting -> setting.who.equals(node.name())).forEach(setting -> values.add(setting.value));
        return values.build();
    }

    boolean isForRole()
    {
        return SERVER_ROLES.contains(who);
    }

    boolean isForAll()
    {
        return who.equals(ALL);
    }
}
