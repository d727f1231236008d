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

import com.google.common.collect.ImmutableSet;
import com.google.common.net.InetAddresses;
import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.prestosql.node.HostAddresses;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.util.Objects.requireNonNull;

/**
 * The discovery servers of the cluster, which are its coordinators: every configured URI. A host name with several addresses stands for one
 * server at each address.
 * <p>
 * Names are looked up each time, as a coordinator may come back with another address. While a name cannot be resolved, its last known
 * addresses are used.
 */
public class DiscoveryServers
{
    private static final Logger log = Logger.get(DiscoveryServers.class);

    private final List<URI> configured;
    private final HostAddresses hostAddresses;
    private final Map<URI, List<URI>> lastResolved = new ConcurrentHashMap<>();

    @Inject
    public DiscoveryServers(DiscoveryServersConfig config, HostAddresses hostAddresses)
    {
        this.configured = config.getUris();
        this.hostAddresses = requireNonNull(hostAddresses, "hostAddresses is null");
    }

    /**
     * Returns the current servers. Blocks for the time of a name look-up.
     */
    public Set<URI> getServers()
    {
        ImmutableSet.Builder<URI> servers = ImmutableSet.builder();
        for (URI uri : configured) {
            servers.addAll(resolve(uri));
        }
        return servers.build();
    }

    private List<URI> resolve(URI uri)
    {
        if (InetAddresses.isUriInetAddress(uri.getHost())) {
            return List.of(uri);
        }
        try {
            List<InetAddress> addresses = hostAddresses.lookup(uri.getHost());
            // a name with one address stays a name, so that a certificate for the name is valid for it
            List<URI> resolved = addresses.size() == 1 ? List.of(uri) : addresses.stream()
                    .map(address -> withHost(uri, address))
                    .collect(toImmutableList());
            lastResolved.put(uri, resolved);
            return resolved;
        }
        catch (UnknownHostException e) {
            log.debug(e, "Cannot look up the addresses of discovery server %s", uri);
            return lastResolved.getOrDefault(uri, List.of(uri));
        }
    }

    private static URI withHost(URI uri, InetAddress address)
    {
        try {
            return new URI(uri.getScheme(), null, InetAddresses.toUriString(address), uri.getPort(), uri.getPath(), null, null);
        }
        catch (URISyntaxException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
