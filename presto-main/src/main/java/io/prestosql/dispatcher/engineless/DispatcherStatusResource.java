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
package io.prestosql.dispatcher.engineless;

import com.google.common.collect.ImmutableMap;
import com.google.inject.Inject;
import com.sun.management.OperatingSystemMXBean;
import io.airlift.node.NodeInfo;
import io.trino.client.NodeVersion;
import io.trino.memory.MemoryInfo;
import io.trino.server.NodeStatus;
import io.trino.server.ServerConfig;
import io.trino.server.security.ResourceSecurity;
import io.trino.spi.memory.MemoryPoolInfo;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HEAD;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Response;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.util.Optional;

import static io.airlift.units.Duration.nanosSince;
import static io.trino.server.security.ResourceSecurity.AccessType.PUBLIC;
import static jakarta.ws.rs.core.MediaType.APPLICATION_JSON;
import static java.util.Objects.requireNonNull;

/**
 * Serves {@code /v1/status}, which load balancers and monitoring ask for. The engine's resource needs the memory pool of a node that runs
 * tasks; a dispatcher's is empty.
 */
@Path("/v1/status")
@ResourceSecurity(PUBLIC)
public class DispatcherStatusResource
{
    private static final MemoryPoolInfo NO_POOL = new MemoryPoolInfo(0, 0, 0, ImmutableMap.of(), ImmutableMap.of(), ImmutableMap.of(), ImmutableMap.of(), ImmutableMap.of());

    private final NodeInfo nodeInfo;
    private final NodeVersion version;
    private final boolean coordinator;
    private final long startNanos = System.nanoTime();
    private final int processors = Runtime.getRuntime().availableProcessors();
    private final Optional<OperatingSystemMXBean> operatingSystem = Optional.of(ManagementFactory.getOperatingSystemMXBean())
            .filter(OperatingSystemMXBean.class::isInstance)
            .map(OperatingSystemMXBean.class::cast);

    @Inject
    public DispatcherStatusResource(NodeInfo nodeInfo, NodeVersion version, ServerConfig serverConfig)
    {
        this.nodeInfo = requireNonNull(nodeInfo, "nodeInfo is null");
        this.version = requireNonNull(version, "version is null");
        this.coordinator = serverConfig.isCoordinator();
    }

    @HEAD
    @Produces(APPLICATION_JSON)
    public Response ping()
    {
        return Response.ok().build();
    }

    @GET
    @Produces(APPLICATION_JSON)
    public NodeStatus getStatus()
    {
        MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
        return new NodeStatus(
                nodeInfo.getNodeId(),
                version,
                nodeInfo.getEnvironment(),
                coordinator,
                nanosSince(startNanos),
                nodeInfo.getExternalAddress(),
                nodeInfo.getInternalAddress(),
                new MemoryInfo(processors, NO_POOL),
                processors,
                operatingSystem.map(OperatingSystemMXBean::getProcessCpuLoad).orElse(0.0),
                operatingSystem.map(OperatingSystemMXBean::getCpuLoad).orElse(0.0),
                heap.getUsed(),
                heap.getMax(),
                ManagementFactory.getMemoryMXBean().getNonHeapMemoryUsage().getUsed());
    }
}
