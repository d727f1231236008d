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
import com.google.common.net.InetAddresses;
import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static org.assertj.core.api.Assertions.assertThat;

public class TestDiscoveryServers
{
    private final Map<String, List<InetAddress>> names = new HashMap<>();

    @Test
    public void testSeveralServers()
    {
        setAddresses("one", "10.0.0.1");
        setAddresses("two", "10.0.0.2");
        // a name with one address stays a name, so that a certificate for the name stays valid
        assertThat(servers("http://one:8080,https://two:8443").getServers())
                .containsExactly(URI.create("http://one:8080"), URI.create("https://two:8443"));
    }

    @Test
    public void testNameWithSeveralAddresses()
    {
        setAddresses("coordinators", "10.0.0.1", "10.0.0.2", "2001:db8::1");
        setAddresses("other", "10.0.0.3");
        DiscoveryServers servers = servers("http://coordinators:8080,http://other:8080");
        assertThat(servers.getServers()).containsExactly(
                URI.create("http://10.0.0.1:8080"),
                URI.create("http://10.0.0.2:8080"),
                URI.create("http://[2001:db8::1]:8080"),
                URI.create("http://other:8080"));

        // names are looked up each time
        setAddresses("coordinators", "10.0.0.2", "10.0.0.4");
        assertThat(servers.getServers()).containsExactly(
                URI.create("http://10.0.0.2:8080"),
                URI.create("http://10.0.0.4:8080"),
                URI.create("http://other:8080"));
    }

    @Test
    public void testAddressesAreNotLookedUp()
    {
        assertThat(servers("http://10.0.0.1:8080,http://[2001:db8::1]:8080,http://10.0.0.1:8080").getServers())
                .containsExactly(URI.create("http://10.0.0.1:8080"), URI.create("http://[2001:db8::1]:8080"));
    }

    @Test
    public void testNameThatCannotBeResolved()
    {
        DiscoveryServers servers = servers("http://coordinators:8080");
        // the name has never been resolved
        assertThat(servers.getServers()).containsExactly(URI.create("http://coordinators:8080"));

        setAddresses("coordinators", "10.0.0.1", "10.0.0.2");
        assertThat(servers.getServers()).hasSize(2);
        // the name can no longer be resolved, so the last known addresses stay in use
        names.clear();
        assertThat(servers.getServers()).containsExactly(URI.create("http://10.0.0.1:8080"), URI.create("http://10.0.0.2:8080"));

        setAddresses("coordinators", "10.0.0.3", "10.0.0.4");
        assertThat(servers.getServers()).containsExactly(URI.create("http://10.0.0.3:8080"), URI.create("http://10.0.0.4:8080"));
    }

    private DiscoveryServers servers(String uris)
    {
        return new DiscoveryServers(new DiscoveryServersConfig().setUris(uris), this::lookup);
    }

    private void setAddresses(String name, String... addresses)
    {
        names.put(name, ImmutableList.copyOf(addresses).stream()
                .map(InetAddresses::forString)
                .collect(toImmutableList()));
    }

    private List<InetAddress> lookup(String host)
            throws UnknownHostException
    {
        List<InetAddress> addresses = names.get(host);
        if (addresses == null) {
            throw new UnknownHostException(host);
        }
        return addresses;
    }
}
