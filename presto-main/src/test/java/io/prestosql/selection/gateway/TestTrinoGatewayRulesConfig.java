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

import java.nio.file.Path;

import static io.airlift.configuration.testing.ConfigAssertions.assertFullMapping;
import static io.airlift.configuration.testing.ConfigAssertions.assertRecordedDefaults;
import static io.airlift.configuration.testing.ConfigAssertions.recordDefaults;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

public class TestTrinoGatewayRulesConfig
{
    @Test
    public void testDefaults()
    {
        assertRecordedDefaults(recordDefaults(TrinoGatewayRulesConfig.class)
                .setConfigFile(null)
                .setRefreshPeriod(new Duration(2, SECONDS))
                .setRuleTimeout(new Duration(500, MILLISECONDS)));
    }

    @Test
    public void testExplicitPropertyMappings()
    {
        assertFullMapping(
                ImmutableMap.<String, String>builder()
                        .put("cluster-selection.config-file", "etc/rules.yaml")
                        .put("cluster-selection.refresh-period", "5s")
                        .put("cluster-selection.rule-timeout", "100ms")
                        .buildOrThrow(),
                new TrinoGatewayRulesConfig()
                        .setConfigFile(Path.of("etc/rules.yaml"))
                        .setRefreshPeriod(new Duration(5, SECONDS))
                        .setRuleTimeout(new Duration(100, MILLISECONDS)));
    }
}
