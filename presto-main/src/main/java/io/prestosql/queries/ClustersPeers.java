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
package io.prestosql.queries;

import com.google.common.collect.ImmutableMap;
import com.google.inject.Inject;
import com.google.inject.Key;
import io.airlift.discovery.client.ServiceSelector;
import io.airlift.node.NodeInfo;
import io.prestosql.cluster.ClusterServices;
import io.prestosql.cluster.Clusters;
import io.prestosql.cluster.KnownCluster;
import io.prestosql.fleet.ClusterCoordinators;
import io.prestosql.node.ClusterName;
import io.prestosql.node.InternalAddresses;
import io.prestosql.node.QualifiedNodeId;

import java.net.URI;
import java.util.Map;
import java.util.Optional;

import static io.airlift.discovery.client.ServiceTypes.serviceType;
import static io.prestosql.node.ServiceNames.COORDINATOR_SERVICE;
import static java.util.Objects.requireNonNull;

/**
 * The coordinators that are announced in any cluster of this dispatcher, with their health as the dispatcher follows it.
 */
public class ClustersPeers
        implements ViewPeers
{
    private static final Key<ServiceSelector> COORDINATORS = Key.get(ServiceSelector.class, serviceType(COORDINATOR_SERVICE));

    private final Clusters clusters;
    private final String nodeId;

    @Inject
    public ClustersPeers(Clusters clusters, NodeInfo nodeInfo)
    {
        this.clusters = requireNonNull(clusters, "clusters is null");
        this.nodeId = nodeInfo.getNodeId();
    }

    @Override
    public String nodeId()
    {
        return nodeId;
    }

    @Override
    public Optional<String> clusterOf(String coordinator)
    {
        return Optional.of(QualifiedNodeId.parse(coordinator).cluster().value());
    }

    @Override
    public Map<String, ViewPeer> coordinators()
    {
        ImmutableMap.Builder<String, ViewPeer> peers = ImmutableMap.builder();
        for (KnownCluster cluster : clusters.all()) {
            ClusterCoordinators coordinators = cluster.services().get(ClusterCoordinators.class);
            ViewClient client = cluster.services().get(ViewClient.class);
            addresses(cluster.services()).forEach((id, address) -> {
                QualifiedNodeId coordinator = new QualifiedNodeId(cluster.name(), id);
                if (!coordinator.equals(new QualifiedNodeId(ClusterName.DEFAULT, nodeId))) {
                    peers.put(coordinator.toString(), new ViewPeer(cluster.name(), address, client, coordinators.health(id, address)));
                }
            });
        }
        return peers.buildOrThrow();
    }

    private static Map<String, URI> addresses(ClusterServices services)
    {
        return services.get(InternalAddresses.class).of(services.get(COORDINATORS));
    }
}
