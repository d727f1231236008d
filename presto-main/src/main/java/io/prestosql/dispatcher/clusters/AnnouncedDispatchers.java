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
package io.prestosql.dispatcher.clusters;

import com.google.common.collect.ImmutableMap;
import com.google.inject.Inject;
import com.google.inject.Key;
import io.airlift.discovery.client.ServiceSelector;
import io.prestosql.cluster.Clusters;
import io.prestosql.cluster.KnownCluster;
import io.prestosql.node.InternalAddresses;

import java.net.URI;
import java.util.Map;
import java.util.TreeMap;

import static io.airlift.discovery.client.ServiceTypes.serviceType;
import static io.prestosql.node.ServiceNames.DISPATCHER_SERVICE;
import static java.util.Objects.requireNonNull;

/**
 * Finds the dispatchers that are announced in clusters. A cluster with another secret than the dispatchers' could announce any address as a
 * dispatcher, and would then hear the dispatchers' secret; so it is not asked.
 */
public class AnnouncedDispatchers
{
    private static final Key<ServiceSelector> DISPATCHERS = Key.get(ServiceSelector.class, serviceType(DISPATCHER_SERVICE));

    private final Clusters clusters;
    private final InternalAddresses addresses;

    @Inject
    public AnnouncedDispatchers(Clusters clusters, InternalAddresses addresses)
    {
        this.clusters = requireNonNull(clusters, "clusters is null");
        this.addresses = requireNonNull(addresses, "addresses is null");
    }

    /**
     * Returns internal addresses by node id.
     */
    public Map<String, URI> find()
    {
        Map<String, URI> announced = new TreeMap<>();
        clusters.all().stream()
                .filter(KnownCluster::hasSecretOfProcess)
                .map(cluster -> cluster.services().get(DISPATCHERS))
                .forEach(selector -> announced.putAll(addresses.of(selector)));
        return ImmutableMap.copyOf(announced);
    }
}
