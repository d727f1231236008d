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

import io.airlift.configuration.Config;
import io.airlift.configuration.ConfigDescription;

/**
 * Makes {@code node.role} a known property. The server reads and checks it before the modules load.
 */
public class NodeRoleConfig
{
    private String nodeRole = NodeRoles.ALL.toString();

    public String getNodeRole()
    {
        return nodeRole;
    }

    @Config("node.role")
    @ConfigDescription("What this process does: dispatcher, coordinator, worker, or a comma list of them")
    public NodeRoleConfig setNodeRole(String nodeRole)
    {
        this.nodeRole = nodeRole;
        return this;
    }
}
