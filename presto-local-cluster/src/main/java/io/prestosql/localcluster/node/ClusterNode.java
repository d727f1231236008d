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
package io.prestosql.localcluster.node;

import com.google.common.base.Joiner;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

/**
 * A node of a cluster: a server with its roles, the database, or the load balancer. The last two have a role of their own name.
 *
 * @param name for a node of a cluster other than the default one, the name of the cluster, a dot and the {@code node.id}, as in the logs of
 * dispatchers; for all others the {@code node.id}, which has no dot
 * @param port where it listens, on 127.0.0.1
 */
public record ClusterNode(String name, List<String> roles, int port)
{
    public static final String DISPATCHER = "dispatcher";
    public static final String COORDINATOR = "coordinator";
    public static final String WORKER = "worker";
    public static final Set<String> SERVER_ROLES = ImmutableSet.of(DISPATCHER, COORDINATOR, WORKER);

    public static final String POSTGRESQL = "postgresql";
    public static final String LOAD_BALANCER = "load-balancer";

    private static final Splitter FIELDS = Splitter.on(' ');
    private static final Splitter ROLES = Splitter.on(',');
    private static final char CLUSTER_END = '.';

    public ClusterNode
    {
        requireNonNull(name, "name is null");
        roles = ImmutableList.copyOf(roles);
    }

    /**
     * Returns a node of a cluster other than the default one.
     */
    public static ClusterNode ofCluster(String cluster, String nodeId, List<String> roles, int port)
    {
        return new ClusterNode(nameInCluster(cluster, nodeId), roles, port);
    }

    /**
     * Returns the name of a node of a cluster other than the default one.
     */
    public static String nameInCluster(String cluster, String nodeId)
    {
        return cluster + CLUSTER_END + nodeId;
    }

    /**
     * Reads a line of the cluster's list of nodes.
     */
    static ClusterNode parse(String line)
    {
        List<String> fields = FIELDS.splitToList(line);
        checkArgument(fields.size() == 3, "a node has a name, roles and a port: %s", line);
        return new ClusterNode(fields.get(0), ROLES.splitToList(fields.get(1)), Integer.parseInt(fields.get(2)));
    }

    String line()
    {
        return Joiner.on(' ').join(name, roleList(), port);
    }

    /**
     * Returns the name of its cluster; empty for a dispatcher, and for a node of the default cluster.
     */
    public Optional<String> cluster()
    {
        int end = name.indexOf(CLUSTER_END);
        return end == -1 ? Optional.empty() : Optional.of(name.substring(0, end));
    }

    public String nodeId()
    {
        return name.substring(name.indexOf(CLUSTER_END) + 1);
    }

    /**
     * Returns the roles as {@code node.role} has them.
     */
    public String roleList()
    {
        return String.join(",", roles);
    }

    public boolean hasRole(String role)
    {
        return roles.contains(role);
    }

    public boolean isServer()
    {
        return roles.stream().anyMatch(SERVER_ROLES::contains);
    }

    public URI uri()
    {
        return URI.create("http://127.0.0.1:" + port);
    }
}
