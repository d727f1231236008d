package io.prestosql.server;

import io.airlift.configuration.Config;
import io.airlift.configuration.ConfigDescription;

/**
 * Makes {@code node.role} a known property. {@link NodeRoleConfiguration} has read and checked it before the modules load.
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
