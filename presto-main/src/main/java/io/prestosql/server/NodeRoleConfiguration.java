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
package io.prestosql.server;

import com.google.common.base.Splitter;
import io.prestosql.node.InvalidNodeRoleException;
import io.prestosql.node.NodeRole;
import io.prestosql.node.NodeRoles;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

import static io.prestosql.node.NodeRole.ALLOWED_VALUES;
import static java.util.Objects.requireNonNull;

/**
 * Reads the roles of this process from its configuration file, before anything is started: the roles decide which modules load.
 */
public final class NodeRoleConfiguration
{
    public static final String NODE_ROLE = "node.role";
    public static final String COORDINATOR = "coordinator";
    public static final String INCLUDE_COORDINATOR = "node-scheduler.include-coordinator";

    private static final String SHARED_SECRET = "internal-communication.shared-secret";
    private static final Splitter ROLE_SPLITTER = Splitter.on(',').trimResults();

    private final Map<String, String> properties;
    private final UnaryOperator<String> locations;

    public NodeRoleConfiguration(ConfigurationFile file)
    {
        this(file.properties(), file::locationOf);
    }

    /**
     * @param properties the configuration's properties
     * @param locations where a property is set, for error messages
     */
    public NodeRoleConfiguration(Map<String, String> properties, UnaryOperator<String> locations)
    {
        this.properties = Map.copyOf(requireNonNull(properties, "properties is null"));
        this.locations = requireNonNull(locations, "locations is null");
    }

    /**
     * The roles that the file asks for. Empty, when the file is a stock server's: it says {@code coordinator=} and nothing of roles.
     *
     * @throws InvalidNodeRoleException when the file asks for no role, an unknown one, or contradicts itself
     */
    public Optional<NodeRoles> getRoles()
    {
        String configured = properties.get(NODE_ROLE);
        String coordinator = properties.get(COORDINATOR);
        if (configured == null) {
            return coordinator == null ? Optional.of(NodeRoles.ALL) : Optional.empty();
        }

        NodeRoles roles = parse(configured);
        if (coordinator != null && Boolean.parseBoolean(coordinator.trim()) != roles.isCoordinator()) {
            throw new InvalidNodeRoleException(
                    "Configuration property '%s=%s' in %s contradicts '%s=%s': remove '%s', which follows from '%s' (allowed values: %s, or a comma list of them)".formatted(
                            COORDINATOR, coordinator, locations.apply(COORDINATOR), NODE_ROLE, configured, COORDINATOR, NODE_ROLE, ALLOWED_VALUES));
        }
        String includeCoordinator = properties.get(INCLUDE_COORDINATOR);
        if (includeCoordinator != null && roles.isCoordinator() && Boolean.parseBoolean(includeCoordinator.trim()) != roles.isWorker()) {
            throw new InvalidNodeRoleException(
                    "Configuration property '%s=%s' in %s contradicts '%s=%s': remove '%s' and say in '%s' whether this node is a worker, too (allowed values: %s, or a comma list of them)".formatted(
                            INCLUDE_COORDINATOR, includeCoordinator, locations.apply(INCLUDE_COORDINATOR), NODE_ROLE, configured, INCLUDE_COORDINATOR, NODE_ROLE, ALLOWED_VALUES));
        }
        return Optional.of(roles);
    }

    /**
     * Nodes believe each other who a user is, so whoever knows their secret can be anybody. The engine falls back to the name of the
     * environment, which is no secret; only a process that has nobody to talk to may leave it at that.
     *
     * @throws InvalidNodeRoleException when the node is to work with others, and the secret is not set
     */
    public void checkSharedSecret(NodeRoles roles)
    {
        if (!roles.equals(NodeRoles.ALL) && !properties.containsKey(SHARED_SECRET)) {
            throw new InvalidNodeRoleException(
                    "Configuration property '%s' is missing, which '%s=%s' in %s needs: set it to the same random string on every node of the cluster".formatted(
                            SHARED_SECRET, NODE_ROLE, roles, locations.apply(NODE_ROLE)));
        }
    }

    private NodeRoles parse(String configured)
    {
        List<String> names = ROLE_SPLITTER.splitToList(configured);
        if (configured.isBlank()) {
            throw new InvalidNodeRoleException("Configuration property '%s' in %s is empty: name at least one role (allowed values: %s, or a comma list of them), or remove the property for all of them".formatted(
                    NODE_ROLE, locations.apply(NODE_ROLE), ALLOWED_VALUES));
        }
        Set<NodeRole> roles = EnumSet.noneOf(NodeRole.class);
        for (String name : names) {
            NodeRole role = NodeRole.fromName(name)
                    .orElseThrow(() -> new InvalidNodeRoleException("Configuration property '%s=%s' in %s has the unknown role '%s' (allowed values: %s, or a comma list of them)".formatted(
                            NODE_ROLE, configured, locations.apply(NODE_ROLE), name, ALLOWED_VALUES)));
            roles.add(role);
        }
        return new NodeRoles(roles);
    }
}
