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
import com.google.common.collect.ImmutableMap;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.airlift.discovery.client.DiscoveryLookupClient;
import io.airlift.discovery.client.ForDiscoveryClient;
import io.airlift.discovery.client.HttpDiscoveryLookupClient;
import io.airlift.discovery.client.ServiceDescriptor;
import io.airlift.discovery.client.ServiceDescriptors;
import io.airlift.discovery.client.ServiceDescriptorsRepresentation;
import io.airlift.http.client.HttpClient;
import io.airlift.json.JsonCodec;
import io.airlift.node.NodeInfo;
import io.airlift.units.Duration;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ScheduledExecutorService;

import static com.google.common.util.concurrent.Futures.transform;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.prestosql.rpc.AnswerTimeout.withTimeout;
import static java.util.Objects.requireNonNull;

/**
 * Asks every coordinator for the services that it knows. The result is the union of the answers that come in time.
 * <p>
 * When no coordinator answers, the last result stays, which is empty at first. That is no failure, because nodes start in any order; the
 * log names every coordinator that does not answer.
 */
public class LookupAtAllServers
        implements DiscoveryLookupClient
{
    private final DiscoveryServers servers;
    private final NodeInfo nodeInfo;
    private final JsonCodec<ServiceDescriptorsRepresentation> descriptorsCodec;
    private final HttpClient httpClient;
    private final ScheduledExecutorService executor;
    private final Duration interval;
    private final Duration requestTimeout;
    private final DiscoveryServerLog serverLog = new DiscoveryServerLog("Service look-up", System::nanoTime);

    @Inject
    public LookupAtAllServers(
            DiscoveryServers servers,
            DiscoveryServersConfig config,
            NodeInfo nodeInfo,
            JsonCodec<ServiceDescriptorsRepresentation> descriptorsCodec,
            @ForDiscoveryClient HttpClient httpClient,
            @ForDiscoveryClient ScheduledExecutorService executor)
    {
        this.servers = requireNonNull(servers, "servers is null");
        this.nodeInfo = requireNonNull(nodeInfo, "nodeInfo is null");
        this.descriptorsCodec = requireNonNull(descriptorsCodec, "descriptorsCodec is null");
        this.httpClient = requireNonNull(httpClient, "httpClient is null");
        this.executor = requireNonNull(executor, "executor is null");
        this.interval = config.getLookupInterval();
        this.requestTimeout = config.getRequestTimeout();
    }

    @Override
    public ListenableFuture<ServiceDescriptors> getServices(String type)
    {
        return lookup(type, null, ImmutableList.of());
    }

    @Override
    public ListenableFuture<ServiceDescriptors> getServices(String type, String pool)
    {
        return lookup(type, requireNonNull(pool, "pool is null"), ImmutableList.of());
    }

    @Override
    public ListenableFuture<ServiceDescriptors> refreshServices(ServiceDescriptors descriptors)
    {
        return lookup(descriptors.getType(), descriptors.getPool(), descriptors.getServiceDescriptors());
    }

    private ListenableFuture<ServiceDescriptors> lookup(String type, String pool, List<ServiceDescriptor> known)
    {
        Set<URI> uris = servers.getServers();
        ImmutableMap.Builder<URI, ListenableFuture<ServiceDescriptors>> builder = ImmutableMap.builder();
        for (URI uri : uris) {
            DiscoveryLookupClient client = new HttpDiscoveryLookupClient(() -> uri, nodeInfo, descriptorsCodec, httpClient);
            builder.put(uri, withTimeout(pool == null ? client.getServices(type) : client.getServices(type, pool), requestTimeout, executor));
        }
        Map<URI, ListenableFuture<ServiceDescriptors>> lookups = builder.buildOrThrow();
        return transform(
                Futures.successfulAsList(lookups.values()),
                _ -> new ServiceDescriptors(type, pool, union(lookups).orElse(known), interval, null),
                directExecutor());
    }

    /**
     * Returns the union of the answers; empty when no coordinator has answered.
     */
    private Optional<List<ServiceDescriptor>> union(Map<URI, ListenableFuture<ServiceDescriptors>> lookups)
    {
        ImmutableMap.Builder<UUID, ServiceDescriptor> services = ImmutableMap.builder();
        boolean answered = false;
        for (Map.Entry<URI, ListenableFuture<ServiceDescriptors>> lookup : lookups.entrySet()) {
            switch (lookup.getValue().state()) {
                case SUCCESS -> {
                    answered = true;
                    serverLog.succeeded(lookup.getKey());
                    lookup.getValue().resultNow().getServiceDescriptors().forEach(service -> services.put(service.getId(), service));
                }
                case FAILED -> serverLog.failed(lookup.getKey(), lookup.getValue().exceptionNow());
                case CANCELLED, RUNNING -> {}
            }
        }
        return answered ? Optional.of(services.buildKeepingLast().values().asList()) : Optional.empty();
    }
}
