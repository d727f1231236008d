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

import com.google.common.collect.ImmutableMap;
import io.airlift.units.Duration;
import jakarta.validation.constraints.AssertTrue;
import org.junit.jupiter.api.Test;

import java.net.URI;
import java.util.Map;

import static io.airlift.configuration.testing.ConfigAssertions.assertFullMapping;
import static io.airlift.testing.ValidationAssertions.assertFailsValidation;
import static io.airlift.testing.ValidationAssertions.assertValidates;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

public class TestDiscoveryServersConfig
{
    private static final String URIS_MESSAGE = "discovery.uri must be a comma list of http or https URIs with a host";

    /**
     * Checks each getter, because recorded defaults require that the getter and the setter of the URIs have the same type.
     */
    @Test
    public void testDefaults()
    {
        DiscoveryServersConfig config = new DiscoveryServersConfig();
        assertThat(config.getUris()).isEmpty();
        assertThat(config.getAnnouncementInterval()).isEqualTo(new Duration(1, SECONDS));
        assertThat(config.getLookupInterval()).isEqualTo(new Duration(500, MILLISECONDS));
        assertThat(config.getRequestTimeout()).isEqualTo(new Duration(2, SECONDS));
        assertThat(config.getUnresponsiveTimeout()).isEqualTo(new Duration(5, SECONDS));
    }

    @Test
    public void testExplicitPropertyMappings()
    {
        Map<String, String> properties = ImmutableMap.<String, String>builder()
                .put("discovery.uri", "http://one:8080,https://two:8443")
                .put("discovery.announcement-interval", "3s")
                .put("discovery.lookup-interval", "2s")
                .put("discovery.request-timeout", "7s")
                .put("discovery.unresponsive-timeout", "11s")
                .buildOrThrow();
        assertFullMapping(properties, new DiscoveryServersConfig()
                .setUris("http://one:8080,https://two:8443")
                .setAnnouncementInterval(new Duration(3, SECONDS))
                .setLookupInterval(new Duration(2, SECONDS))
                .setRequestTimeout(new Duration(7, SECONDS))
                .setUnresponsiveTimeout(new Duration(11, SECONDS)));
    }

    @Test
    public void testList()
    {
        assertThat(new DiscoveryServersConfig().setUris(" http://one:8080 ,, https://two:8443/path,").getUris())
                .containsExactly(URI.create("http://one:8080"), URI.create("https://two:8443/path"));
    }

    @Test
    public void testValidation()
    {
        assertValidates(new DiscoveryServersConfig().setUris("http://one:8080,https://[::1]:8443"));
        assertFailsValidation(new DiscoveryServersConfig().setUris("one:8080"), "urisValid", URIS_MESSAGE, AssertTrue.class);
        assertFailsValidation(new DiscoveryServersConfig().setUris("http://one:8080,ftp://two"), "urisValid", URIS_MESSAGE, AssertTrue.class);
        assertFailsValidation(new DiscoveryServersConfig().setUris("http:///path"), "urisValid", URIS_MESSAGE, AssertTrue.class);
    }
}
