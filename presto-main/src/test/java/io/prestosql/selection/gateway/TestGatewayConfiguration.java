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

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.prestosql.selection.PolicyConfiguration;
import io.prestosql.spi.selection.InvalidClusterSelectionException;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestGatewayConfiguration
{
    @Test
    public void testRight()
    {
        PolicyConfiguration configuration = PolicyConfiguration.parse(
                ImmutableMap.of("cluster-selection.config-file", "rules.yaml", "cluster-selection.default-routing-group", "small"),
                ImmutableList.of(TrinoGatewayConfig.class, TrinoGatewayRulesConfig.class));
        assertThat(configuration.get(TrinoGatewayRulesConfig.class).getConfigFile()).isEqualTo(Path.of("rules.yaml"));
        assertThat(configuration.get(TrinoGatewayConfig.class).getDefaultRoutingGroup()).isEqualTo("small");
    }

    @Test
    public void testProblemsNameTheProperty()
    {
        assertProblem(ImmutableMap.of(), TrinoGatewayRulesConfig.class, "cluster-selection.config-file");
        assertProblem(
                ImmutableMap.of("cluster-selection.config-file", "rules.yaml", "cluster-selection.rule-limit", "1s"),
                TrinoGatewayRulesConfig.class,
                "'cluster-selection.rule-limit' was not used");
        assertProblem(
                ImmutableMap.of("cluster-selection.config-file", "rules.yaml", "cluster-selection.rule-timeout", "soon"),
                TrinoGatewayRulesConfig.class,
                "cluster-selection.rule-timeout");
        assertProblem(
                ImmutableMap.of("cluster-selection.config-file", "rules.yaml", "cluster-selection.rule-timeout", "1h"),
                TrinoGatewayRulesConfig.class,
                "cluster-selection.rule-timeout");
        assertProblem(
                ImmutableMap.of("cluster-selection.config-file", "rules.yaml", "cluster-selection.default-routing-group", " "),
                TrinoGatewayRulesConfig.class,
                "cluster-selection.default-routing-group");
        assertProblem(
                ImmutableMap.of("cluster-selection.service-url", "router"),
                TrinoGatewayServiceConfig.class,
                "cluster-selection.service-url must be an http or https URL with a host");
    }

    private static void assertProblem(Map<String, String> properties, Class<?> type, String problem)
    {
        assertThatThrownBy(() -> PolicyConfiguration.parse(properties, ImmutableList.of(TrinoGatewayConfig.class, type)))
                .isInstanceOfSatisfying(InvalidClusterSelectionException.class, e -> assertThat(e.problems()).singleElement().asString().contains(problem));
    }
}
