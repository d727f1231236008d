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

import com.google.common.net.InetAddresses;
import com.google.inject.Inject;
import io.airlift.discovery.client.ServiceDescriptor;
import io.airlift.discovery.client.ServiceSelector;
import io.airlift.discovery.client.ServiceType;

import java.net.URI;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.airlift.node.AddressToHostname.tryDecodeHostnameToAddress;
import static io.prestosql.node.ServiceNames.DISPATCHER_SERVICE;
import static java.util.Objects.requireNonNull;

/**
 * Tells clients where the dispatchers are.
 */
public class DispatcherAddresses
{
    private final ServiceSelector dispatchers;

    @Inject
    public DispatcherAddresses(@ServiceType(DISPATCHER_SERVICE) ServiceSelector dispatchers)
    {
        this.dispatchers = requireNonNull(dispatchers, "dispatchers is null");
    }

    /**
     * Returns half a sentence that says where a client has to send its requests.
     */
    public String whereToSend()
    {
        List<String> addresses = dispatchers.selectAllServices().stream()
                .map(ServiceDescriptor::getProperties)
                .flatMap(properties -> Stream.of(properties.get("https-external"), properties.get("http-external"), properties.get("https"), properties.get("http"))
                        .filter(Objects::nonNull)
                        .limit(1))
                .map(DispatcherAddresses::addressForClients)
                .sorted()
                .collect(toImmutableList());
        return addresses.isEmpty() ? "no dispatcher is known at the moment" : "send them to " + String.join(" or ", addresses);
    }

    /**
     * Returns an address that clients understand. With automatic certificates between nodes, a node announces its address as a host name
     * that only nodes understand.
     */
    private static String addressForClients(String announced)
    {
        String host = URI.create(announced).getHost();
        return tryDecodeHostnameToAddress(host)
                .map(address -> announced.replace(host, InetAddresses.toUriString(address)))
                .orElse(announced);
    }
}
