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
package io.prestosql.cluster;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.airlift.discovery.client.StaticAnnouncementHttpServerInfoImpl;
import io.airlift.json.JsonCodecFactory;
import io.airlift.node.NodeConfig;
import io.airlift.node.NodeInfo;
import io.opentelemetry.api.OpenTelemetry;
import io.prestosql.discovery.DiscoveryServersConfig;

import java.net.URI;
import java.util.Map;
import java.util.Set;

import static io.airlift.tracing.Tracing.noopTracer;

/**
 * Services of clusters for tests, without a server.
 */
public final class TestingClusterServices
{
    private TestingClusterServices() {}

    /**
     * @param discoveryUri that of the process; may be empty
     */
    public static ClusterServicesFactory factory(String discoveryUri, Map<String, String> processProperties, Set<ClusterPart> parts)
    {
        return new ClusterServicesFactory(
                ImmutableMap.<String, String>builder()
                        .put("node.environment", "testing")
                        .put("internal-communication.shared-secret", "secret of the dispatchers")
                        .putAll(processProperties)
                        .buildKeepingLast(),
                new DiscoveryServersConfig().setUris(discoveryUri),
                new NodeInfo(new NodeConfig().setEnvironment("testing").setNodeId("dispatcher-1")),
                new StaticAnnouncementHttpServerInfoImpl(URI.create("http://127.0.0.1:1"), URI.create("http://127.0.0.1:1"), null, null),
                new ObjectMapper(),
                new JsonCodecFactory(),
                OpenTelemetry.noop(),
                noopTracer(),
                ImmutableSet.copyOf(parts));
    }
}
