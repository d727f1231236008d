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
package io.prestosql.node;

import com.google.common.collect.ImmutableMap;
import com.google.inject.Inject;
import io.airlift.discovery.client.ServiceDescriptor;
import io.airlift.discovery.client.ServiceSelector;
import io.airlift.http.server.HttpServerInfo;
import io.trino.server.InternalCommunicationConfig;

import java.net.URI;
import java.util.Map;
import java.util.Optional;

/**
 * Returns the addresses at which nodes call each other: the https address where internal communication requires https, and the http address
 * elsewhere.
 */
public class InternalAddresses
{
    private final boolean httpsRequired;

    @Inject
    public InternalAddresses(InternalCommunicationConfig config)
    {
        this.httpsRequired = config.isHttpsRequired();
    }

    /**
     * Returns the internal address of this node.
     */
    public URI of(HttpServerInfo server)
    {
        return httpsRequired ? server.getHttpsUri() : server.getHttpUri();
    }

    /**
     * Returns the internal address that a node has announced for a service; empty when the announcement has no address with the required
     * scheme.
     */
    public Optional<URI> of(ServiceDescriptor service)
    {
        return Optional.ofNullable(service.getProperties().get(httpsRequired ? "https" : "http")).map(URI::create);
    }

    /**
     * Returns the internal addresses of all nodes that announce a service, by node id.
     */
    public Map<String, URI> of(ServiceSelector selector)
    {
        ImmutableMap.Builder<String, URI> addresses = ImmutableMap.builder();
        for (ServiceDescriptor service : selector.selectAllServices()) {
            of(service).ifPresent(address -> addresses.put(service.getNodeId(), address));
        }
        // a node that has restarted may be announced twice for a moment
        return addresses.buildKeepingLast();
    }
}
