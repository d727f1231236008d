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

import com.google.inject.Binder;
import com.google.inject.Module;
import com.google.inject.Provides;
import com.google.inject.Singleton;
import io.airlift.node.NodeInfo;

import java.util.Optional;

import static com.google.inject.Scopes.SINGLETON;
import static io.airlift.configuration.ConfigBinder.configBinder;
import static io.airlift.jaxrs.JaxrsBinder.jaxrsBinder;
import static java.util.Objects.requireNonNull;

/**
 * Binds the identity of this process, the internal addresses of nodes, and the coordinator in this process.
 */
public class NodeRolesModule
        implements Module
{
    private final NodeRoles roles;

    public NodeRolesModule(NodeRoles roles)
    {
        this.roles = requireNonNull(roles, "roles is null");
    }

    @Override
    public void configure(Binder binder)
    {
        configBinder(binder).bindConfig(NodeRoleConfig.class);
        binder.bind(InternalAddresses.class).in(SINGLETON);
        jaxrsBinder(binder).bind(ProcessResource.class);
    }

    @Provides
    @Singleton
    public LocalCoordinator createLocalCoordinator(NodeInfo nodeInfo)
    {
        return new LocalCoordinator(roles.isCoordinator() ? Optional.of(nodeInfo.getNodeId()) : Optional.empty());
    }
}
