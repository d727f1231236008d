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
package io.prestosql.discovery;

import com.google.common.base.Splitter;
import com.google.inject.Inject;
import io.airlift.discovery.client.ServiceDescriptor;
import io.airlift.discovery.client.ServiceSelector;
import io.airlift.discovery.client.ServiceType;
import io.prestosql.node.NodeRole;
import io.prestosql.node.NodeRoles;
import io.trino.metadata.InternalNode;

import java.util.EnumSet;
import java.util.Optional;

import static io.prestosql.discovery.DiscoveryClientModule.NODE_SERVICE;
import static io.prestosql.discovery.DiscoveryClientModule.ROLES_PROPERTY;
import static java.util.Objects.requireNonNull;

/**
 * The roles that nodes announce.
 */
public class NodeRoleDirectory
{
    private static final Splitter ROLE_SPLITTER = Splitter.on(',').trimResults().omitEmptyStrings();

    private final ServiceSelector selector;

    @Inject
    public NodeRoleDirectory(@ServiceType(NODE_SERVICE) ServiceSelector selector)
    {
        this.selector = requireNonNull(selector, "selector is null");
    }

    /**
     * Returns whether the node may be given tasks. A node that announces no roles is a stock server: its workers run tasks, its
     * coordinators do not.
     */
    public boolean isWorker(InternalNode node)
    {
        return getRoles(node.getNodeIdentifier())
                .map(NodeRoles::isWorker)
                .orElse(!node.isCoordinator());
    }

    private Optional<NodeRoles> getRoles(String nodeId)
    {
        return selector.selectAllServices().stream()
                .filter(service -> service.getNodeId().equals(nodeId))
                .findFirst()
                .flatMap(NodeRoleDirectory::parseRoles);
    }

    private static Optional<NodeRoles> parseRoles(ServiceDescriptor service)
    {
        EnumSet<NodeRole> roles = EnumSet.noneOf(NodeRole.class);
        ROLE_SPLITTER.split(service.getProperties().getOrDefault(ROLES_PROPERTY, ""))
                .forEach(name -> NodeRole.fromName(name).ifPresent(roles::add));
        return roles.isEmpty() ? Optional.empty() : Optional.of(new NodeRoles(roles));
    }
}
