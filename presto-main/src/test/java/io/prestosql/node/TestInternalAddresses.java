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
import io.airlift.discovery.client.ServiceDescriptor;
import io.airlift.discovery.client.testing.StaticServiceSelector;
import io.trino.server.InternalCommunicationConfig;
import org.junit.jupiter.api.Test;

import java.net.URI;

import static io.airlift.discovery.client.ServiceDescriptor.serviceDescriptor;
import static org.assertj.core.api.Assertions.assertThat;

public class TestInternalAddresses
{
    private static final ServiceDescriptor BOTH = service("both").addProperty("http", "http://127.0.0.1:8080").addProperty("https", "https://127.0.0.1:8443").build();
    private static final ServiceDescriptor HTTP_ONLY = service("http-only").addProperty("http", "http://127.0.0.2:8080").build();

    private final InternalAddresses http = new InternalAddresses(new InternalCommunicationConfig());
    private final InternalAddresses https = new InternalAddresses(new InternalCommunicationConfig().setHttpsRequired(true));

    @Test
    public void testAddressOfRequiredScheme()
    {
        assertThat(http.of(BOTH)).hasValue(URI.create("http://127.0.0.1:8080"));
        assertThat(https.of(BOTH)).hasValue(URI.create("https://127.0.0.1:8443"));
        assertThat(http.of(HTTP_ONLY)).hasValue(URI.create("http://127.0.0.2:8080"));
        assertThat(https.of(HTTP_ONLY)).isEmpty();
    }

    @Test
    public void testAddressesByNode()
    {
        StaticServiceSelector selector = new StaticServiceSelector(BOTH, HTTP_ONLY);
        assertThat(http.of(selector)).isEqualTo(ImmutableMap.of("both", URI.create("http://127.0.0.1:8080"), "http-only", URI.create("http://127.0.0.2:8080")));
        assertThat(https.of(selector)).isEqualTo(ImmutableMap.of("both", URI.create("https://127.0.0.1:8443")));
    }

    @Test
    public void testNodeThatIsAnnouncedTwice()
    {
        ServiceDescriptor restarted = service("both").addProperty("http", "http://127.0.0.3:8080").build();
        assertThat(http.of(new StaticServiceSelector(BOTH, restarted))).isEqualTo(ImmutableMap.of("both", URI.create("http://127.0.0.3:8080")));
    }

    private static ServiceDescriptor.ServiceDescriptorBuilder service(String nodeId)
    {
        return serviceDescriptor("service").setNodeId(nodeId);
    }
}
