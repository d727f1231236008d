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
package io.prestosql.discovery;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.airlift.discovery.client.DiscoveryLookupClient;
import io.airlift.discovery.client.ServiceDescriptor;
import io.airlift.discovery.client.ServiceDescriptors;
import io.airlift.discovery.client.ServiceState;
import io.airlift.discovery.server.DynamicStore;
import io.airlift.discovery.server.Service;
import io.airlift.units.Duration;

import java.util.Set;
import java.util.UUID;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.util.concurrent.Futures.immediateFuture;
import static java.util.Objects.requireNonNull;

/**
 * Looks services up in the discovery server of this coordinator, to which every node announces itself. No other node has to be up.
 */
public class LookupInOwnStore
        implements DiscoveryLookupClient
{
    private final DynamicStore store;
    private final Duration interval;

    @Inject
    public LookupInOwnStore(DynamicStore store, DiscoveryServersConfig config)
    {
        this.store = requireNonNull(store, "store is null");
        this.interval = config.getLookupInterval();
    }

    @Override
    public ListenableFuture<ServiceDescriptors> getServices(String type)
    {
        return immediateFuture(descriptors(type, null, store.get(type)));
    }

    @Override
    public ListenableFuture<ServiceDescriptors> getServices(String type, String pool)
    {
        return immediateFuture(descriptors(type, pool, store.get(type, pool)));
    }

    @Override
    public ListenableFuture<ServiceDescriptors> refreshServices(ServiceDescriptors descriptors)
    {
        return descriptors.getPool() == null ? getServices(descriptors.getType()) : getServices(descriptors.getType(), descriptors.getPool());
    }

    private ServiceDescriptors descriptors(String type, String pool, Set<Service> services)
    {
        return new ServiceDescriptors(
                type,
                pool,
                services.stream()
                        .map(LookupInOwnStore::descriptor)
                        .collect(toImmutableList()),
                interval,
                null);
    }

    private static ServiceDescriptor descriptor(Service service)
    {
        return new ServiceDescriptor(
                UUID.fromString(service.getId().toString()),
                service.getNodeId().toString(),
                service.getType(),
                service.getPool(),
                service.getLocation(),
                ServiceState.RUNNING,
                service.getProperties());
    }
}
