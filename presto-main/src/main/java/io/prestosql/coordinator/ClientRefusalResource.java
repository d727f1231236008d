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
package io.prestosql.coordinator;

import com.google.common.collect.ImmutableList;
import com.google.common.net.InetAddresses;
import com.google.inject.Inject;
import io.airlift.discovery.client.ServiceDescriptor;
import io.airlift.discovery.client.ServiceSelector;
import io.airlift.discovery.client.ServiceType;
import io.trino.server.security.ResourceSecurity;
import jakarta.ws.rs.HEAD;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Response;

import java.net.URI;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.net.MediaType.PLAIN_TEXT_UTF_8;
import static io.airlift.node.AddressToHostname.tryDecodeHostnameToAddress;
import static io.prestosql.node.ServiceNames.DISPATCHER_SERVICE;
import static io.trino.server.security.ResourceSecurity.AccessType.AUTHENTICATED_USER;
import static java.util.Objects.requireNonNull;

/**
 * Refuses queries of clients on a coordinator that is not a dispatcher, and names the dispatchers.
 */
@Path("/v1/statement")
@ResourceSecurity(AUTHENTICATED_USER)
public class ClientRefusalResource
{
    private static final int MISDIRECTED_REQUEST = 421;

    private final ServiceSelector dispatchers;

    @Inject
    public ClientRefusalResource(@ServiceType(DISPATCHER_SERVICE) ServiceSelector dispatchers)
    {
        this.dispatchers = requireNonNull(dispatchers, "dispatchers is null");
    }

    @HEAD
    public Response refuseHead()
    {
        return refuse();
    }

    @POST
    public Response refuse()
    {
        List<String> addresses = dispatchers.selectAllServices().stream()
                .map(ServiceDescriptor::getProperties)
                .flatMap(properties -> Stream.of(properties.get("https-external"), properties.get("http-external"), properties.get("https"), properties.get("http"))
                        .filter(Objects::nonNull)
                        .limit(1))
                .map(ClientRefusalResource::addressForClients)
                .sorted()
                .collect(toImmutableList());
        String where = addresses.equals(ImmutableList.of()) ? "no dispatcher is known at the moment" : "send them to " + String.join(" or ", addresses);
        return Response.status(MISDIRECTED_REQUEST)
                .type(PLAIN_TEXT_UTF_8.toString())
                .entity("This node is a coordinator without the dispatcher role and takes no queries from clients: " + where)
                .build();
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
