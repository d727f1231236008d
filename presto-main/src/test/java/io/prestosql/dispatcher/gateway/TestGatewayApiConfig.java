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
package io.prestosql.dispatcher.gateway;

import com.google.common.collect.ImmutableMap;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.Map;

import static io.airlift.configuration.testing.ConfigAssertions.assertFullMapping;
import static io.airlift.configuration.testing.ConfigAssertions.assertRecordedDefaults;
import static io.airlift.configuration.testing.ConfigAssertions.recordDefaults;

public class TestGatewayApiConfig
{
    @Test
    public void testDefaults()
    {
        assertRecordedDefaults(recordDefaults(GatewayApiConfig.class)
                .setEnabled(false)
                .setPublic(false)
                .setTemplateDirectory(Path.of("etc/cluster-templates"))
                .setTemplate(null));
    }

    @Test
    public void testExplicitPropertyMappings()
    {
        Map<String, String> properties = ImmutableMap.of(
                "gateway-api.enabled", "true",
                "gateway-api.public", "true",
                "gateway-api.template-dir", "/etc/templates",
                "gateway-api.template", "etl");

        assertFullMapping(properties, new GatewayApiConfig()
                .setEnabled(true)
                .setPublic(true)
                .setTemplateDirectory(Path.of("/etc/templates"))
                .setTemplate("etl"));
    }
}
