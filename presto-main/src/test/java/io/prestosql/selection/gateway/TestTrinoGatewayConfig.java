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
import org.junit.jupiter.api.Test;

import static io.airlift.configuration.testing.ConfigAssertions.assertFullMapping;
import static io.airlift.configuration.testing.ConfigAssertions.assertRecordedDefaults;
import static io.airlift.configuration.testing.ConfigAssertions.recordDefaults;

public class TestTrinoGatewayConfig
{
    @Test
    public void testDefaults()
    {
        assertRecordedDefaults(recordDefaults(TrinoGatewayConfig.class)
                .setDefaultRoutingGroup("adhoc")
                .setAnalyzeStatements(true));
    }

    @Test
    public void testExplicitPropertyMappings()
    {
        assertFullMapping(
                ImmutableMap.of(
                        "cluster-selection.default-routing-group", "small",
                        "cluster-selection.analyze-statements", "false"),
                new TrinoGatewayConfig()
                        .setDefaultRoutingGroup("small")
                        .setAnalyzeStatements(false));
    }
}
