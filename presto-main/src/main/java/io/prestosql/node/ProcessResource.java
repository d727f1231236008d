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

import com.google.inject.Inject;
import io.airlift.node.NodeInfo;
import io.trino.server.security.ResourceSecurity;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;

import static io.trino.server.security.ResourceSecurity.AccessType.INTERNAL_ONLY;
import static jakarta.ws.rs.core.MediaType.APPLICATION_JSON;

/**
 * Tells other nodes which process listens here, as soon as it listens and independently of its roles.
 */
@Path("/v1/process")
@ResourceSecurity(INTERNAL_ONLY)
public class ProcessResource
{
    private final ProcessIdentity identity;

    @Inject
    public ProcessResource(NodeInfo nodeInfo)
    {
        this.identity = new ProcessIdentity(nodeInfo.getNodeId(), nodeInfo.getInstanceId());
    }

    @GET
    @Produces(APPLICATION_JSON)
    public ProcessIdentity getIdentity()
    {
        return identity;
    }
}
