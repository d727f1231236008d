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
package io.prestosql.selection.gateway;

import com.google.common.collect.ImmutableMap;
import io.airlift.units.Duration;
import org.junit.jupiter.api.Test;

import java.net.URI;

import static io.airlift.configuration.testing.ConfigAssertions.assertFullMapping;
import static io.airlift.configuration.testing.ConfigAssertions.assertRecordedDefaults;
import static io.airlift.configuration.testing.ConfigAssertions.recordDefaults;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

public class TestTrinoGatewayServiceConfig
{
    @Test
    public void testDefaults()
    {
        assertRecordedDefaults(recordDefaults(TrinoGatewayServiceConfig.class)
                .setServiceUrl(null)
                .setExcludeHeaders("")
                .setTimeout(new Duration(1, SECONDS))
                .setPropagateErrors(false));
    }

    @Test
    public void testExplicitPropertyMappings()
    {
        assertFullMapping(
                ImmutableMap.<String, String>builder()
                        .put("cluster-selection.service-url", "https://router.example.com/gateway-rules")
                        .put("cluster-selection.service-exclude-headers", "Accept-Encoding, X-Trino-Client-Info")
                        .put("cluster-selection.service-timeout", "300ms")
                        .put("cluster-selection.service-propagate-errors", "true")
                        .buildOrThrow(),
                new TrinoGatewayServiceConfig()
                        .setServiceUrl(URI.create("https://router.example.com/gateway-rules"))
                        .setExcludeHeaders("Accept-Encoding,X-Trino-Client-Info")
                        .setTimeout(new Duration(300, MILLISECONDS))
                        .setPropagateErrors(true));
    }

    @Test
    public void testUrls()
    {
        assertThat(withUrl("http://router:8080").isServiceUrlValid()).isTrue();
        assertThat(withUrl("HTTPS://router/path?key=value").isServiceUrlValid()).isTrue();
        assertThat(withUrl("ftp://router/").isServiceUrlValid()).isFalse();
        assertThat(withUrl("/gateway-rules").isServiceUrlValid()).isFalse();
        assertThat(withUrl("http:router").isServiceUrlValid()).isFalse();
        assertThat(withUrl("http://user:password@router/").isServiceUrlValid()).isFalse();
    }

    private static TrinoGatewayServiceConfig withUrl(String url)
    {
        return new TrinoGatewayServiceConfig().setServiceUrl(URI.create(url));
    }
}
