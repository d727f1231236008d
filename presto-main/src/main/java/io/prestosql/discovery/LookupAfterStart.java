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

import com.google.common.collect.ImmutableList;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.airlift.discovery.client.DiscoveryLookupClient;
import io.airlift.discovery.client.ServiceDescriptors;
import io.airlift.units.Duration;

import static com.google.common.util.concurrent.Futures.immediateFuture;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * Finds nothing at first, so that the start of a selector, which waits for its first look-up, waits for no coordinator. The selector
 * refreshes that answer at once, on a thread of its own.
 */
class LookupAfterStart
        implements DiscoveryLookupClient
{
    private static final Duration AT_ONCE = new Duration(0, MILLISECONDS);

    private final LookupAtAllServers lookup;

    @Inject
    LookupAfterStart(LookupAtAllServers lookup)
    {
        this.lookup = requireNonNull(lookup, "lookup is null");
    }

    @Override
    public ListenableFuture<ServiceDescriptors> getServices(String type)
    {
        return nothing(type, null);
    }

    @Override
    public ListenableFuture<ServiceDescriptors> getServices(String type, String pool)
    {
        return nothing(type, requireNonNull(pool, "pool is null"));
    }

    private static ListenableFuture<ServiceDescriptors> nothing(String type, String pool)
    {
        return immediateFuture(new ServiceDescriptors(type, pool, ImmutableList.of(), AT_ONCE, null));
    }

    @Override
    public ListenableFuture<ServiceDescriptors> refreshServices(ServiceDescriptors descriptors)
    {
        return lookup.refreshServices(descriptors);
    }
}
