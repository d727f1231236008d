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
import com.google.common.collect.ImmutableSet;
import io.prestosql.localcluster.report.InvalidOptionException;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

import static io.prestosql.localcluster.node.ClusterNode.LOAD_BALANCER;
import static io.prestosql.localcluster.node.ClusterNode.POSTGRESQL;
import static io.prestosql.localcluster.node.ClusterNode.SERVER_ROLES;
import static java.util.Objects.requireNonNull;

/**
 * A server that a user has asked for.
 */
public record NodeRequest(String name, List<String> roles)
{
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_-]*");
    private static final Set<String> RESERVED = ImmutableSet.<String>builder()
            .addAll(SERVER_ROLES)
            .add(POSTGRESQL, LOAD_BALANCER, Setting.ALL)
            .build();

    /**
     * @throws InvalidOptionException if it cannot have that name, or if there is no such role
     */
    public NodeRequest
    {
        requireNonNull(name, "name is null");
        roles = ImmutableList.copyOf(roles);
        if (!NAME.matcher(name).matches()) {
            throw new InvalidOptionException("'%s': a node's name has letters, digits, '-' and '_'".formatted(name));
        }
        if (RESERVED.contains(name)) {
            throw new InvalidOptionException("'%s': a node cannot be called like a role, nor 'all', 'postgresql' or 'load-balancer'".formatted(name));
        }
        if (roles.isEmpty() || !SERVER_ROLES.containsAll(roles)) {
            throw new InvalidOptionException("'%s': the roles are dispatcher, coordinator and worker".formatted(String.join(",", roles)));
        }
    }

    boolean hasRole(String role)
    {
        return roles.contains(role);
    }
}
