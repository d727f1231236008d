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
package io.prestosql.rpc;

import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.airlift.node.NodeInfo;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.core.Response;
import org.weakref.jmx.Managed;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

import static jakarta.ws.rs.core.MediaType.TEXT_PLAIN_TYPE;
import static java.util.Objects.requireNonNull;

/**
 * Refuses calls of nodes that speak no version of the protocol that this node speaks, before anything is read of them, and says in each
 * answer which versions this node speaks.
 */
public class ProtocolVersionFilter
        implements ContainerRequestFilter, ContainerResponseFilter
{
    /** Bad Request: older nodes take every status of that class for a refusal that has done nothing. */
    static final int STATUS = 400;
    /** How the text of a refusal begins. */
    static final String ERROR = "PROTOCOL_VERSION_NOT_SUPPORTED";

    private static final Logger log = Logger.get(ProtocolVersionFilter.class);

    private final ProtocolVersions versions;
    private final String nodeId;
    private final AtomicLong refusedCalls = new AtomicLong();

    @Inject
    public ProtocolVersionFilter(ProtocolVersions versions, NodeInfo nodeInfo)
    {
        this.versions = requireNonNull(versions, "versions is null");
        this.nodeId = nodeInfo.getNodeId();
    }

    @Override
    public void filter(ContainerRequestContext request)
    {
        String header = request.getHeaderString(ProtocolVersions.HEADER);
        Optional<ProtocolVersions> caller = ProtocolVersions.fromHeader(header);
        if (caller.filter(versions::overlaps).isPresent()) {
            return;
        }
        refusedCalls.incrementAndGet();
        String message = "%s: node %s speaks %s of the protocol between nodes, and its caller %s".formatted(
                ERROR,
                nodeId,
                versions,
                caller.map(ProtocolVersions::toString).orElse("versions that it does not understand"));
        log.debug("%s %s is refused. %s", request.getMethod(), request.getUriInfo().getPath(), message);
        request.abortWith(Response.status(STATUS)
                .type(TEXT_PLAIN_TYPE)
                .entity(message)
                .build());
    }

    @Override
    public void filter(ContainerRequestContext request, ContainerResponseContext response)
    {
        response.getHeaders().putSingle(ProtocolVersions.HEADER, versions.toHeader());
    }

    @Managed(description = "Calls of nodes that speak no version of the protocol that this node speaks")
    public long getRefusedCalls()
    {
        return refusedCalls.get();
    }
}
