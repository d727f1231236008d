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
import io.airlift.discovery.client.ServiceSelector;
import io.airlift.discovery.client.ServiceType;
import io.airlift.node.NodeInfo;
import io.prestosql.node.ClusterName;
import io.prestosql.node.InternalAddresses;

import java.util.Map;
import java.util.Optional;

import static com.google.common.collect.Maps.filterKeys;
import static com.google.common.collect.Maps.transformValues;
import static io.prestosql.fleet.core.CoordinatorHealth.UNKNOWN;
import static io.prestosql.node.ServiceNames.COORDINATOR_SERVICE;
import static java.util.Objects.requireNonNull;

/**
 * The coordinators that are announced in the cluster of this node, which does not follow their health. A dead coordinator stays announced for
 * a while, and refuses connections meanwhile.
 */
public class AnnouncedPeers
        implements ViewPeers
{
    private final ServiceSelector coordinators;
    private final String nodeId;
    private final InternalAddresses addresses;
    private final ViewClient client;

    @Inject
    public AnnouncedPeers(@ServiceType(COORDINATOR_SERVICE) ServiceSelector coordinators, NodeInfo nodeInfo, InternalAddresses addresses, ViewClient client)
    {
        this.coordinators = requireNonNull(coordinators, "coordinators is null");
        this.nodeId = nodeInfo.getNodeId();
        this.addresses = requireNonNull(addresses, "addresses is null");
        this.client = requireNonNull(client, "client is null");
    }

    @Override
    public String nodeId()
    {
        return nodeId;
    }

    @Override
    public Optional<String> clusterOf(String coordinator)
    {
        return Optional.empty();
    }

    @Override
    public Map<String, ViewPeer> coordinators()
    {
        return ImmutableMap.copyOf(transformValues(
                filterKeys(addresses.of(coordinators), id -> !id.equals(nodeId)),
                address -> new ViewPeer(ClusterName.DEFAULT, address, client, UNKNOWN)));
    }
}
