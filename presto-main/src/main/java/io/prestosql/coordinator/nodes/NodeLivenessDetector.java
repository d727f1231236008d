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
package io.prestosql.coordinator.nodes;

import com.google.common.collect.ImmutableSet;
import com.google.inject.Inject;
import io.airlift.discovery.client.ServiceDescriptor;
import io.airlift.discovery.client.ServiceSelector;
import io.airlift.discovery.client.ServiceType;
import io.airlift.http.client.HttpClient;
import io.airlift.http.client.Request;
import io.airlift.http.client.Response;
import io.airlift.http.client.ResponseHandler;
import io.airlift.log.Logger;
import io.airlift.node.NodeInfo;
import io.prestosql.discovery.DiscoveryServersConfig;
import io.prestosql.node.InternalAddresses;
import io.trino.failuredetector.FailureDetector;
import io.trino.spi.HostAddress;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import org.weakref.jmx.Managed;

import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicReference;

import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.airlift.http.client.HttpUriBuilder.uriBuilderFrom;
import static io.airlift.http.client.Request.Builder.prepareHead;
import static io.prestosql.rpc.JsonCaller.isRefused;
import static io.trino.failuredetector.FailureDetector.State.ALIVE;
import static io.trino.failuredetector.FailureDetector.State.GONE;
import static io.trino.failuredetector.FailureDetector.State.UNKNOWN;
import static io.trino.failuredetector.FailureDetector.State.UNRESPONSIVE;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.Executors.newSingleThreadScheduledExecutor;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * Tells dead nodes from silent ones. A node that refuses a connection is dead at once, and alive again with its first answer. A silent node
 * is given up only after a time. The engine's own detector watches a decaying ratio of failures, and needs seconds either way.
 */
public class NodeLivenessDetector
        implements FailureDetector
{
    private static final Logger log = Logger.get(NodeLivenessDetector.class);

    private final ServiceSelector selector;
    private final HttpClient httpClient;
    private final String currentNodeId;
    private final InternalAddresses addresses;
    private final long intervalMillis;
    private final long unresponsiveNanos;
    private final ScheduledExecutorService executor = newSingleThreadScheduledExecutor(daemonThreadsNamed("node-liveness"));
    private final Map<UUID, Monitored> nodes = new ConcurrentHashMap<>();
    private final AtomicReference<Runnable> changeListener = new AtomicReference<>(() -> {});

    @Inject
    public NodeLivenessDetector(
            @ServiceType("trino") ServiceSelector selector,
            @ForNodeLiveness HttpClient httpClient,
            NodeInfo nodeInfo,
            DiscoveryServersConfig config,
            InternalAddresses addresses)
    {
        this.selector = requireNonNull(selector, "selector is null");
        this.httpClient = requireNonNull(httpClient, "httpClient is null");
        this.currentNodeId = nodeInfo.getNodeId();
        this.addresses = requireNonNull(addresses, "addresses is null");
        this.intervalMillis = config.getLookupInterval().toMillis();
        this.unresponsiveNanos = config.getUnresponsiveTimeout().roundTo(java.util.concurrent.TimeUnit.NANOSECONDS);
    }

    /**
     * Sets the listener, which is called after every round, and when a node is found dead or alive. It must not block.
     */
    public void setChangeListener(Runnable listener)
    {
        changeListener.set(requireNonNull(listener, "listener is null"));
    }

    @PostConstruct
    public void start()
    {
        executor.scheduleWithFixedDelay(() -> {
            try {
                checkAll();
            }
            catch (Throwable t) {
                log.error(t, "Error checking which nodes are alive");
            }
        }, 0, intervalMillis, MILLISECONDS);
    }

    @PreDestroy
    public void stop()
    {
        executor.shutdownNow();
    }

    private void checkAll()
    {
        Set<ServiceDescriptor> services = selector.selectAllServices().stream()
                .filter(service -> !service.getNodeId().equals(currentNodeId))
                .collect(toImmutableSet());
        nodes.keySet().retainAll(services.stream().map(ServiceDescriptor::getId).collect(toImmutableSet()));
        for (ServiceDescriptor service : services) {
            addresses.of(service).ifPresent(uri -> nodes.computeIfAbsent(service.getId(), _ -> new Monitored(service, uri)).check());
        }
        changeListener.get().run();
    }

    @Override
    public Set<ServiceDescriptor> getFailed()
    {
        ImmutableSet.Builder<ServiceDescriptor> failed = ImmutableSet.builder();
        for (Monitored node : nodes.values()) {
            if (node.getState() == GONE || node.getState() == UNRESPONSIVE) {
                failed.add(node.service);
            }
        }
        return failed.build();
    }

    @Override
    public State getState(HostAddress hostAddress)
    {
        return nodes.values().stream()
                .filter(node -> HostAddress.fromUri(node.uri).equals(hostAddress))
                .map(Monitored::getState)
                .findFirst()
                .orElse(UNKNOWN);
    }

    @Managed(description = "Number of announced nodes that refuse connections or are silent")
    public int getFailedCount()
    {
        return getFailed().size();
    }

    @Managed(description = "Number of announced nodes, without this one")
    public int getTotalCount()
    {
        return nodes.size();
    }

    private class Monitored
    {
        private final ServiceDescriptor service;
        private final URI uri;
        private boolean checking;
        private boolean refused;
        private boolean answered = true;
        private long lastAnswerNanos = System.nanoTime();

        private Monitored(ServiceDescriptor service, URI uri)
        {
            this.service = requireNonNull(service, "service is null");
            this.uri = requireNonNull(uri, "uri is null");
        }

        public synchronized State getState()
        {
            if (refused) {
                return GONE;
            }
            return System.nanoTime() - lastAnswerNanos > unresponsiveNanos ? UNRESPONSIVE : ALIVE;
        }

        public void check()
        {
            synchronized (this) {
                if (checking) {
                    return;
                }
                checking = true;
            }
            httpClient.executeAsync(prepareHead().setUri(uriBuilderFrom(uri).appendPath("/v1/status").build()).build(), new ResponseHandler<Void, RuntimeException>()
            {
                @Override
                public Void handleException(Request request, Exception exception)
                {
                    checked(Optional.of(exception));
                    return null;
                }

                @Override
                public Void handle(Request request, Response response)
                {
                    checked(Optional.empty());
                    return null;
                }
            });
        }

        private void checked(Optional<Exception> failure)
        {
            State before;
            State after;
            boolean lookAgain;
            synchronized (this) {
                checking = false;
                before = getState();
                // a broken connection is the first sign of a death, so the second check follows at once
                lookAgain = answered && failure.isPresent() && !isRefused(failure.get());
                answered = failure.isEmpty();
                if (failure.isEmpty()) {
                    refused = false;
                    lastAnswerNanos = System.nanoTime();
                }
                else if (isRefused(failure.get())) {
                    refused = true;
                }
                after = getState();
            }
            if (before != after) {
                log.info("Node %s at %s is %s", service.getNodeId(), uri, after);
                changeListener.get().run();
            }
            if (lookAgain) {
                check();
            }
        }
    }
}
