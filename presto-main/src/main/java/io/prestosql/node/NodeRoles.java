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
package io.prestosql.node;

import com.google.common.collect.Sets;

import java.util.EnumSet;
import java.util.Set;

import static com.google.common.base.Preconditions.checkArgument;
import static io.prestosql.node.NodeRole.COORDINATOR;
import static io.prestosql.node.NodeRole.DISPATCHER;
import static io.prestosql.node.NodeRole.WORKER;
import static java.util.stream.Collectors.joining;

/**
 * The roles of one process; at least one.
 */
public record NodeRoles(Set<NodeRole> roles)
{
    public static final NodeRoles ALL = new NodeRoles(EnumSet.allOf(NodeRole.class));

    public NodeRoles
    {
        checkArgument(!roles.isEmpty(), "roles is empty");
        roles = Sets.immutableEnumSet(roles);
    }

    public static NodeRoles of(NodeRole first, NodeRole... others)
    {
        return new NodeRoles(EnumSet.of(first, others));
    }

    public boolean isDispatcher()
    {
        return roles.contains(DISPATCHER);
    }

    public boolean isCoordinator()
    {
        return roles.contains(COORDINATOR);
    }

    public boolean isWorker()
    {
        return roles.contains(WORKER);
    }

    /**
     * Returns whether the process needs the query engine: every process does, except one that is only a dispatcher.
     */
    public boolean needsEngine()
    {
        return isCoordinator() || isWorker();
    }

    /**
     * Returns the comma-separated list, as it is written in {@code node.role}.
     */
    @Override
    public String toString()
    {
        return roles.stream()
                .map(NodeRole::toString)
                .collect(joining(","));
    }
}
