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

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import io.prestosql.node.InvalidNodeRoleException;
import io.prestosql.node.NodeRole;
import io.prestosql.node.NodeRoles;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;

import static io.prestosql.node.NodeRole.ALLOWED_VALUES;
import static java.util.Objects.requireNonNull;

/**
 * Reads the roles of this process from its configuration, before anything is started: the roles decide which modules load.
 */
public final class NodeRoleConfiguration
{
    public static final String NODE_ROLE = "node.role";
    public static final String COORDINATOR = "coordinator";
    public static final String INCLUDE_COORDINATOR = "node-scheduler.include-coordinator";

    private static final String SHARED_SECRET = "internal-communication.shared-secret";
    /** Whitespace and the invisible characters that are copied along from documents, and that do not show in an error message. */
    private static final CharMatcher SPACE = CharMatcher.whitespace().or(CharMatcher.anyOf("\u200B\u2060\uFEFF"));
    private static final Splitter ROLE_SPLITTER = Splitter.on(',').trimResults(SPACE);

    private final Function<String, Optional<String>> properties;
    private final UnaryOperator<String> references;
    private final UnaryOperator<String> locations;

    public NodeRoleConfiguration(EffectiveConfiguration configuration)
    {
        this(configuration::get, configuration::resolve, configuration::locationOf);
    }

    /**
     * @param properties returns the value of a property, as it is written
     * @param references resolves the references in a value, or throws
     * @param locations returns where a property is set, for error messages
     */
    NodeRoleConfiguration(Function<String, Optional<String>> properties, UnaryOperator<String> references, UnaryOperator<String> locations)
    {
        this.properties = requireNonNull(properties, "properties is null");
        this.references = requireNonNull(references, "references is null");
        this.locations = requireNonNull(locations, "locations is null");
    }

    /**
     * Returns the roles that the configuration asks for. Empty for the configuration of a stock server, which has {@code coordinator=} and no
     * roles.
     *
     * @throws InvalidNodeRoleException when the configuration asks for no role, an unknown one, or contradicts itself
     */
    public Optional<NodeRoles> getRoles()
    {
        Optional<String> configured = properties.apply(NODE_ROLE);
        Optional<Boolean> coordinator = resolve(COORDINATOR).map(NodeRoleConfiguration::isTrue);
        if (configured.isEmpty()) {
            return coordinator.isEmpty() ? Optional.of(NodeRoles.ALL) : Optional.empty();
        }

        NodeRoles roles = parse(configured.get(), resolve(NODE_ROLE).orElseThrow());
        if (coordinator.isPresent() && coordinator.get() != roles.isCoordinator()) {
            throw new InvalidNodeRoleException(
                    "Configuration property '%s=%s' in %s contradicts '%s=%s': remove '%s', which follows from '%s' (allowed values: %s, or a comma list of them)".formatted(
                            COORDINATOR, properties.apply(COORDINATOR).orElseThrow(), locations.apply(COORDINATOR), NODE_ROLE, configured.get(), COORDINATOR, NODE_ROLE, ALLOWED_VALUES));
        }
        Optional<Boolean> includeCoordinator = resolve(INCLUDE_COORDINATOR).map(NodeRoleConfiguration::isTrue);
        if (includeCoordinator.isPresent() && roles.isCoordinator() && includeCoordinator.get() != roles.isWorker()) {
            throw new InvalidNodeRoleException(
                    "Configuration property '%s=%s' in %s contradicts '%s=%s': remove '%s' and say in '%s' whether this node is a worker, too (allowed values: %s, or a comma list of them)".formatted(
                            INCLUDE_COORDINATOR, properties.apply(INCLUDE_COORDINATOR).orElseThrow(), locations.apply(INCLUDE_COORDINATOR), NODE_ROLE, configured.get(), INCLUDE_COORDINATOR, NODE_ROLE, ALLOWED_VALUES));
        }
        return Optional.of(roles);
    }

    /**
     * Checks that the cluster's secret is set. Nodes believe each other who a user is, so a client that knows the secret can act as any user.
     * The engine falls back to the name of the environment, which is not secret. Only a process that talks to no other node may use that.
     *
     * @throws InvalidNodeRoleException when the node is to work with others, and the secret is not set
     */
    public void checkSharedSecret(NodeRoles roles)
    {
        if (!roles.equals(NodeRoles.ALL) && properties.apply(SHARED_SECRET).isEmpty()) {
            throw new InvalidNodeRoleException(
                    "Configuration property '%s' is missing, which '%s=%s' in %s needs: set it to the same random string on every node of the cluster".formatted(
                            SHARED_SECRET, NODE_ROLE, roles, locations.apply(NODE_ROLE)));
        }
    }

    private Optional<String> resolve(String property)
    {
        return properties.apply(property).map(written -> {
            try {
                return references.apply(written);
            }
            catch (RuntimeException e) {
                throw new InvalidNodeRoleException("Configuration property '%s=%s' in %s cannot be resolved: %s. Write the value itself, or define what it refers to where this process is started".formatted(
                        property, written, locations.apply(property), e.getMessage()));
            }
        });
    }

    private static boolean isTrue(String value)
    {
        return Boolean.parseBoolean(value.trim());
    }

    /**
     * @param configured the value as it is written, for error messages
     */
    private NodeRoles parse(String configured, String value)
    {
        List<String> names = ROLE_SPLITTER.splitToList(value);
        if (SPACE.matchesAllOf(value)) {
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
